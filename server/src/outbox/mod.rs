//! What leaves the server: webhooks and mails. Written in the transaction that
//! caused it, delivered afterwards at least once under a stable id.

pub mod backoff;
mod delivery;
mod message;
pub mod webhook;

pub use delivery::Delivery;
pub use message::{Message, News, Reader};
