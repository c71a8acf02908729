//! Mail: letters written inside the transaction that causes them, posted later from the outbox.
//!
//! A letter is words and links only; it becomes MIME when it is posted, by a typed builder that
//! cannot be talked into another header.

pub mod compose;
pub mod confirmation;
pub mod ics;
pub mod letter;
pub mod meeting;
pub mod notice;
pub mod post;
pub mod words;

pub use compose::Unsendable;
pub use letter::{Address, Letter, Passage};
pub use post::{Post, Undelivered};
