//! Rich text as a typed tree that can hold nothing unsafe.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A text as its author wrote it, parsed once at publish time.
pub type Markup = Vec<Span>;

/// A piece of a text. Bits of `Mark` say how it is set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Span {
    /// Words.
    Text(String, Mark),
    /// A token: its place in `Edition::tokens`, and the words shown when its value is not.
    Token(u16, String, Mark),
    /// A link: its number within the card, its address (checked, UTM fields added:
    /// `Text` and `Token` spans only), and what is read and clicked.
    Link(u8, Vec<Span>, Vec<Span>),
    /// A new line.
    Break,
    /// The start of a list item; it lasts until the next `Break` or `Item`.
    Item,
}

/// How words are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark(pub u8);

impl Mark {
    /// No marks.
    pub const PLAIN: Mark = Mark(0);
    /// Strong words.
    pub const BOLD: Mark = Mark(1);
    /// Stressed words.
    pub const ITALIC: Mark = Mark(2);
    /// Something to be typed or read letter by letter.
    pub const CODE: Mark = Mark(4);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub fn has(self, other: Mark) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both marks together.
    #[must_use]
    pub fn with(self, other: Mark) -> Mark {
        Mark(self.0 | other.0)
    }
}
