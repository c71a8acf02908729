//! Criteria in words, as scenario files and explanations write them.

use super::audience::{Criterion, Group, Operator, Scalar};
use alloc::string::{String, ToString};
use core::fmt::{self, Display, Formatter};

impl Operator {
    /// The words people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Operator::Is => "is",
            Operator::IsNot => "is not",
            Operator::StartsWith => "starts with",
            Operator::NotStartsWith => "not starts with",
            Operator::Contains => "contains",
            Operator::NotContains => "not contains",
            Operator::IsEmpty => "is empty",
            Operator::IsNotEmpty => "is not empty",
            Operator::Between => "between",
            Operator::GreaterThan => "greater than",
            Operator::LessThan => "less than",
            Operator::AtLeast => "at least",
            Operator::AtMost => "at most",
            Operator::After => "after",
            Operator::Before => "before",
            Operator::OnOrAfter => "on or after",
            Operator::OnOrBefore => "on or before",
            Operator::InPast => "in past",
            Operator::InPastBefore => "in past before",
            Operator::InFuture => "in future",
            Operator::InFutureAfter => "in future after",
            Operator::InTimeFrame => "in time frame",
            Operator::IsTrue => "is true",
            Operator::IsFalse => "is false",
        }
    }
}

impl Scalar {
    /// Its words without quotes.
    #[must_use]
    pub fn plain(&self) -> String {
        match self {
            Scalar::Text(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Boolean(value) => write!(f, "{value}"),
            Scalar::Integer(value) => write!(f, "{value}"),
            Scalar::Decimal(value) => write!(f, "{value}"),
            Scalar::Text(value) => write!(f, "\"{value}\""),
        }
    }
}

impl Display for Criterion {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Criterion::Attribute {
                name,
                op,
                values,
                days,
            } => {
                write!(f, "{name} {}", op.words())?;
                let between = if *op == Operator::Between {
                    " and "
                } else {
                    " or "
                };
                for (n, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if n == 0 { " " } else { between })?;
                }
                match days {
                    Some(days) => write!(f, " {days}d"),
                    None => Ok(()),
                }
            }
            Criterion::List { list, not } => {
                write!(
                    f,
                    "{}member of list \"{list}\"",
                    if *not { "not " } else { "" }
                )
            }
            Criterion::Activity {
                activity,
                named,
                days,
            } => {
                write!(f, "activity \"{}\"", activity.name())?;
                if let Some(named) = named {
                    write!(f, " \"{named}\"")?;
                }
                write!(f, " in past {days}d")
            }
            Criterion::Visited { page, days } => write!(f, "visited {page} in past {days}d"),
            Criterion::Group { holds, of } => {
                f.write_str(match holds {
                    Group::All => "all of (",
                    Group::Any => "any of (",
                })?;
                for (n, criterion) in of.iter().enumerate() {
                    write!(f, "{}{criterion}", if n == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}
