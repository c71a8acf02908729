//! Conditions as browsers see them.
//!
//! What a condition says about stored data never travels: such a condition is an
//! atom, a number whose truth the identity lookup answers. Its text comes along
//! only where a card of the same edition can set the attribute.

use crate::ids::{AtomId, AttributeId};
use crate::value::Value;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Something that holds or does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// Answered by the server.
    Atom(AtomId),
    /// Answered by the server until this conversation has set the attribute.
    Local(AtomId, AttributeId, Test),
    /// A fact of the page or the browser.
    Page(PageField, Test),
    /// How sure the server is of who the visitor is, as one of the words of `Strength::word`.
    Strength(Test),
    /// The page numbered here was visited within so many days; asks the browser's own record.
    Visited(u16, u16),
    /// All hold; true when empty.
    All(Vec<Condition>),
    /// At least one holds; false when empty.
    Any(Vec<Condition>),
}

/// What a page or browser can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PageField {
    /// The address that led here, as text.
    Referrer,
    /// The page's language tag, in lower case.
    Language,
    /// `phone`, `tablet` or `desktop`.
    Device,
    /// Hour of the day in the visitor's zone, 0 to 23.
    Hour,
    /// The page's whole address, as text.
    Url,
}

/// An operator with its right-hand side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Test {
    /// How to compare.
    pub op: Op,
    /// With what: any of several for *is* and its like, two for *between*, none for *is empty*.
    pub values: Vec<Value>,
    /// For the relative date operators; a week is seven of them.
    pub days: u16,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    /// Equal to any of the values; text ignores case.
    Is,
    /// Equal to none of them; true when empty.
    IsNot,
    /// Text begins with any of them.
    StartsWith,
    /// Text begins with none of them; true when empty.
    NotStartsWith,
    /// Text holds any of them.
    Contains,
    /// Text holds none of them; true when empty.
    NotContains,
    /// There is no value.
    IsEmpty,
    /// There is a value.
    IsNotEmpty,
    /// From the first to the second, both included.
    Between,
    /// Greater than the value.
    GreaterThan,
    /// Less than the value.
    LessThan,
    /// Greater or equal.
    AtLeast,
    /// Less or equal.
    AtMost,
    /// Later than the day or moment.
    After,
    /// Earlier than it.
    Before,
    /// Later or the same.
    OnOrAfter,
    /// Earlier or the same.
    OnOrBefore,
    /// Within the last `days`, today included.
    InPast,
    /// Longer ago than `days`.
    InPastBefore,
    /// Within the next `days`, today included.
    InFuture,
    /// Further ahead than `days`.
    InFutureAfter,
    /// Within the named calendar frame: the value is its name (`today`, `this week`, `last month`, ...).
    InTimeFrame,
}

/// The names `InTimeFrame` knows.
pub const TIME_FRAMES: [&str; 13] = [
    "today",
    "yesterday",
    "tomorrow",
    "this week",
    "last week",
    "next week",
    "this month",
    "last month",
    "next month",
    "this quarter",
    "last quarter",
    "this year",
    "last year",
];
