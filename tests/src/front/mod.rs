//! The world a visitor's browser reaches: every site of the plan with our one script tag on it, and the chat
//! origin, behind which the real server stands.
//!
//! It is a proxy, one for each visitor, so that it knows whose requests it sees and can take one visitor's
//! network away. It ends TLS itself, with certificates that the test's browser is told to trust.

mod authority;
mod diary;
mod pages;
mod serve;
mod weather;

pub use authority::Authority;
pub use diary::{Diary, Request};
pub use serve::{Front, Places};
pub use weather::{Answer, Fault, Speed, Weather};

/// The chat origin's host: on another site than every page.
pub const CHAT_HOST: &str = "chat.usher.test";
/// The chat origin.
pub const CHAT_ORIGIN: &str = "https://chat.usher.test";
/// A path that the front answers on every host with an empty page, which holds an empty frame of the chat origin.
pub const EMPTY: &str = "/.front/empty";
