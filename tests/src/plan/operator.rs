//! The operators of conditions.

use super::condition::duration;
use super::error::Fault;
use super::time::Duration;
use super::token::Words;
use super::value::Value;
use std::fmt;

/// How an attribute compares, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operator {
    /// Equal to one of the values.
    Is(Vec<Value>),
    /// Equal to none of them.
    IsNot(Vec<Value>),
    /// A boolean that is true.
    IsTrue,
    /// A boolean that is false.
    IsFalse,
    /// There is no value.
    IsEmpty,
    /// There is one.
    IsNotEmpty,
    /// Begins with one of the texts.
    StartsWith(Vec<Value>),
    /// Begins with none of them.
    NotStartsWith(Vec<Value>),
    /// Holds one of the texts.
    Contains(Vec<Value>),
    /// Holds none of them.
    NotContains(Vec<Value>),
    /// From the first to the second, both included.
    Between(Value, Value),
    /// Greater.
    GreaterThan(Value),
    /// Less.
    LessThan(Value),
    /// Greater or equal.
    AtLeast(Value),
    /// Less or equal.
    AtMost(Value),
    /// Later.
    After(Value),
    /// Earlier.
    Before(Value),
    /// Later or the same.
    OnOrAfter(Value),
    /// Earlier or the same.
    OnOrBefore(Value),
    /// Within the time that has passed.
    InPast(Duration),
    /// Longer ago.
    InPastBefore(Duration),
    /// Within the time to come.
    InFuture(Duration),
    /// Further ahead.
    InFutureAfter(Duration),
    /// In the named calendar frame, such as `today` or `last month`.
    InTimeFrame(String),
}

/// One value or several with `or` between them.
fn alternatives(words: &mut Words) -> Result<Vec<Value>, Fault> {
    let mut values = vec![Value::take(words)?];
    while words.take_phrase("or") {
        values.push(Value::take(words)?);
    }
    Ok(values)
}

/// An operator that takes one value.
type OfOne = fn(Value) -> Operator;
/// An operator that takes a duration.
type OfDuration = fn(Duration) -> Operator;
/// An operator that takes alternatives.
type OfSeveral = fn(Vec<Value>) -> Operator;

const OF_ONE: [(&str, OfOne); 8] = [
    ("greater than", Operator::GreaterThan),
    ("less than", Operator::LessThan),
    ("at least", Operator::AtLeast),
    ("at most", Operator::AtMost),
    ("on or after", Operator::OnOrAfter),
    ("on or before", Operator::OnOrBefore),
    ("after", Operator::After),
    ("before", Operator::Before),
];

const OF_DURATION: [(&str, OfDuration); 4] = [
    ("in past before", Operator::InPastBefore),
    ("in past", Operator::InPast),
    ("in future after", Operator::InFutureAfter),
    ("in future", Operator::InFuture),
];

const OF_SEVERAL: [(&str, OfSeveral); 4] = [
    ("starts with", Operator::StartsWith),
    ("not starts with", Operator::NotStartsWith),
    ("contains", Operator::Contains),
    ("not contains", Operator::NotContains),
];

impl Operator {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        if words.take_phrase("is not empty") {
            return Ok(Operator::IsNotEmpty);
        }
        if words.take_phrase("is empty") {
            return Ok(Operator::IsEmpty);
        }
        if words.take_phrase("is not") {
            return alternatives(words).map(Operator::IsNot);
        }
        if words.take_phrase("is") {
            return Ok(match alternatives(words)? {
                values if values == [Value::Boolean(true)] => Operator::IsTrue,
                values if values == [Value::Boolean(false)] => Operator::IsFalse,
                values => Operator::Is(values),
            });
        }
        if words.take_phrase("between") {
            let from = Value::take(words)?;
            words.phrase("and")?;
            return Ok(Operator::Between(from, Value::take(words)?));
        }
        if words.take_phrase("in time frame") {
            return words.text("a time frame").map(Operator::InTimeFrame);
        }
        for (phrase, operator) in OF_DURATION {
            if words.take_phrase(phrase) {
                return duration(words).map(operator);
            }
        }
        for (phrase, operator) in OF_SEVERAL {
            if words.take_phrase(phrase) {
                return alternatives(words).map(operator);
            }
        }
        for (phrase, operator) in OF_ONE {
            if words.take_phrase(phrase) {
                return Value::take(words).map(operator);
            }
        }
        Err(Fault::expected(
            "an operator such as is or contains",
            &words.found(),
        ))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = |f: &mut fmt::Formatter<'_>, phrase: &str, values: &[Value]| {
            let values: Vec<_> = values.iter().map(Value::to_string).collect();
            write!(f, "{phrase} {}", values.join(" or "))
        };
        match self {
            Operator::Is(values) => several(f, "is", values),
            Operator::IsNot(values) => several(f, "is not", values),
            Operator::IsTrue => f.write_str("is true"),
            Operator::IsFalse => f.write_str("is false"),
            Operator::IsEmpty => f.write_str("is empty"),
            Operator::IsNotEmpty => f.write_str("is not empty"),
            Operator::StartsWith(values) => several(f, "starts with", values),
            Operator::NotStartsWith(values) => several(f, "not starts with", values),
            Operator::Contains(values) => several(f, "contains", values),
            Operator::NotContains(values) => several(f, "not contains", values),
            Operator::Between(from, to) => write!(f, "between {from} and {to}"),
            Operator::GreaterThan(value) => write!(f, "greater than {value}"),
            Operator::LessThan(value) => write!(f, "less than {value}"),
            Operator::AtLeast(value) => write!(f, "at least {value}"),
            Operator::AtMost(value) => write!(f, "at most {value}"),
            Operator::After(value) => write!(f, "after {value}"),
            Operator::Before(value) => write!(f, "before {value}"),
            Operator::OnOrAfter(value) => write!(f, "on or after {value}"),
            Operator::OnOrBefore(value) => write!(f, "on or before {value}"),
            Operator::InPast(duration) => write!(f, "in past {duration}"),
            Operator::InPastBefore(duration) => write!(f, "in past before {duration}"),
            Operator::InFuture(duration) => write!(f, "in future {duration}"),
            Operator::InFutureAfter(duration) => write!(f, "in future after {duration}"),
            Operator::InTimeFrame(frame) => write!(f, "in time frame {frame:?}"),
        }
    }
}
