//! Pages that are hard on their guests: each case is a page of some site, met by either browser, with the chat on
//! another site and the real server behind it.
//!
//! A case says what was seen; the chat is fully there or fully absent, and whatever happens, nothing of ours throws,
//! speaks on the console, changes the page's functions or asks the server without end.

mod guest;
mod host;
mod stage;
mod table;

pub mod canary;
pub mod failing;
pub mod injection;
pub mod lifetime;
pub mod looks;
pub mod markup;
pub mod messages;
pub mod network;
pub mod policies;
pub mod scripts;
pub mod storage;
pub mod visitors;

pub use guest::{Guest, until};
pub use host::Host;
pub use stage::{Scene, Stage, talk};
pub use table::{Row, run_all};

/// What was seen, in a few words; or what is wrong.
pub type Verdict = Result<String, String>;

/// How a verdict begins that a browser cannot give.
pub const NOT_APPLICABLE: &str = "n/a: ";

/// The site of the pages.
pub const SITE: &str = "shop.example";
/// Another site, which has that site's pages in frames.
pub const PORTAL: &str = "portal.example";
