//! What leaves the server: webhooks and mails. Written in the transaction that
//! caused it, delivered afterwards at least once under a stable id.

mod message;

pub use message::{Message, News, Reader};
