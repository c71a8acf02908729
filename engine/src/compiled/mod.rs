//! What browsers load: the publication's index and one edition per language, as postcard.
//!
//! Every document begins with its format byte. Structs are frozen per format,
//! enum variants are only appended, and no serde attribute changes a shape.

mod condition;
mod edition;
mod publication;
mod table;
mod target;
mod text;

pub use condition::{Condition, Op, PageField, TIME_FRAMES, Test};
pub use edition::{
    Agreement, Answer, Arm, Attribute, Capture, Card, CardKind, DocumentCard, DocumentFile,
    Edition, Effect, Field, Goal, Host, InputKind, KnownValue, Meeting, Refusals, Route, Subject,
    TokenName,
};
pub use publication::{
    Consent, Correction, EventRule, FlowEntry, Form, FormChoice, IndexEntry, Opening, Publication,
    Repeat, Theme,
};
pub use table::Table;
pub use target::{Bucket, HostRule, Pattern, QueryPair, Scheme, Target, TargetIndex};
pub use text::{Mark, Markup, Span};

use alloc::vec::Vec;
use serde::{Serialize, de::DeserializeOwned};

/// The first byte of every compiled document and wire message of this version.
pub const FORMAT: u8 = 1;

/// The behaviour this engine gives to a document. Any change of behaviour for an existing document raises it.
pub const RULES: u16 = 1;

/// Why bytes are not the document they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// No bytes at all.
    Empty,
    /// A format this engine does not know.
    Format(u8),
    /// The bytes end early, or hold something that is not of the type.
    Broken,
    /// Bytes are left over after the document.
    Trailing,
}

/// The format byte followed by the document.
pub fn encode<T: Serialize>(document: &T) -> Vec<u8> {
    let start = alloc::vec![FORMAT];
    postcard::to_extend(document, start).unwrap_or_default()
}

/// Reads what `encode` wrote.
///
/// # Errors
/// When the bytes are not exactly one document of a known format.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    let (format, rest) = bytes.split_first().ok_or(Unreadable::Empty)?;
    if *format != FORMAT {
        return Err(Unreadable::Format(*format));
    }
    match postcard::take_from_bytes(rest) {
        Ok((document, [])) => Ok(document),
        Ok(_) => Err(Unreadable::Trailing),
        Err(_) => Err(Unreadable::Broken),
    }
}
