//! What browsers load from the chat origin: loader, frame, index, editions, and small pages.

pub mod documents;
pub mod files;
pub mod live;
pub mod testing;
