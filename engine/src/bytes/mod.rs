//! Reads compiled documents and messages: the same bytes as `compiled::decode`, with a tenth of its code, for browsers.
//!
//! A reader never fails in the middle. What cannot be read is noted, the rest reads as nothing, and the whole is
//! dropped at the end: that spares the error path of every single field. A field that is added to a document is a
//! compile error here, and a test reads what the engine has written.

mod documents;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use read::item;
pub use read::{Read, Reader, decode};
pub use write::{Write, encode};
pub(crate) use write::{written_enums, written_structs};
