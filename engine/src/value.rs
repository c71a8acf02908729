//! Values of attributes: typed once, compared by the same rules everywhere.

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// How many units one whole number is; numbers carry six decimals.
pub const MILLION: i64 = 1_000_000;

/// The type of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "authoring", serde(rename_all = "snake_case"))]
pub enum ValueType {
    /// Any text.
    Text,
    /// A number with up to six decimals.
    Number,
    /// Yes or no.
    Boolean,
    /// A calendar day.
    Date,
    /// A moment.
    DateTime,
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Text as given.
    Text(String),
    /// Millionths: `1_500_000` is 1.5.
    Number(i64),
    /// Yes or no.
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Seconds since 1970-01-01T00:00Z.
    DateTime(i64),
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub fn kind(&self) -> ValueType {
        match self {
            Value::Text(_) => ValueType::Text,
            Value::Number(_) => ValueType::Number,
            Value::Boolean(_) => ValueType::Boolean,
            Value::Date(_) => ValueType::Date,
            Value::DateTime(_) => ValueType::DateTime,
        }
    }

    /// Whether this is an empty text; no other value is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        matches!(self, Value::Text(text) if text.trim().is_empty())
    }
}
