//! Conditions of audiences and branches.

use super::error::Fault;
use super::time::Duration;
use super::token::Words;
use super::value::{AttributeName, Value};
use std::fmt;

/// Something that holds or does not hold for a visitor on a page. Shown as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `person.industry is "Retail"`
    Attribute(AttributeCondition),
    /// `member of list "Customers"`
    List(ListCondition),
    /// `activity "Reached Dialogue Goal" "Survey" in past 45d`
    Activity(ActivityCondition),
    /// `visited https://w.example/thanks in past 45d`
    Visited(VisitedCondition),
    /// `all` or `any` with a block.
    Group(Group, Vec<Condition>),
}

/// An attribute compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeCondition {
    /// Which attribute.
    pub name: AttributeName,
    /// How, and with what.
    pub operator: Operator,
}

/// The person is on a list, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCondition {
    /// The list.
    pub list: String,
    /// Whether it is asked that they are on it.
    pub member: bool,
}

/// The person did something lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityCondition {
    /// The activity, as the log calls it.
    pub activity: String,
    /// The goal, document or dialogue it is about; any when absent.
    pub named: Option<String>,
    /// How lately.
    pub within: Duration,
}

/// The browser has seen a page lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisitedCondition {
    /// A page pattern.
    pub page: String,
    /// How lately.
    pub within: Duration,
}

/// How the members of a group combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Every one holds.
    All,
    /// One at least holds.
    Any,
}

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

impl Condition {
    /// Reads a condition that is no group.
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        if words.take_phrase("member of list") {
            return list(words, true);
        }
        if words.take_phrase("not member of list") {
            return list(words, false);
        }
        if words.take_phrase("activity") {
            let activity = words.text("an activity")?;
            let named = words
                .sees_text()
                .then(|| words.text("what the activity is about"))
                .transpose()?;
            return Ok(Condition::Activity(ActivityCondition {
                activity,
                named,
                within: in_past(words)?,
            }));
        }
        if words.take_phrase("visited") {
            return Ok(Condition::Visited(VisitedCondition {
                page: words.word("a page pattern")?,
                within: in_past(words)?,
            }));
        }
        Ok(Condition::Attribute(AttributeCondition {
            name: AttributeName::take(words)?,
            operator: Operator::take(words)?,
        }))
    }
}

fn list(words: &mut Words, member: bool) -> Result<Condition, Fault> {
    Ok(Condition::List(ListCondition {
        list: words.text("a list")?,
        member,
    }))
}

fn in_past(words: &mut Words) -> Result<Duration, Fault> {
    words.phrase("in past")?;
    duration(words)
}

fn duration(words: &mut Words) -> Result<Duration, Fault> {
    Duration::parse(&words.word("a duration")?)
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
    fn take(words: &mut Words) -> Result<Self, Fault> {
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

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Attribute(condition) => {
                write!(f, "{} {}", condition.name, condition.operator)
            }
            Condition::List(condition) => {
                let not = if condition.member { "" } else { "not " };
                write!(f, "{not}member of list {:?}", condition.list)
            }
            Condition::Activity(condition) => {
                write!(f, "activity {:?}", condition.activity)?;
                if let Some(named) = &condition.named {
                    write!(f, " {named:?}")?;
                }
                write!(f, " in past {}", condition.within)
            }
            Condition::Visited(condition) => {
                write!(f, "visited {} in past {}", condition.page, condition.within)
            }
            Condition::Group(group, of) => {
                let of: Vec<_> = of.iter().map(Condition::to_string).collect();
                let word = match group {
                    Group::All => "all",
                    Group::Any => "any",
                };
                write!(f, "{word} ({})", of.join(", "))
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_shown_as_it_is_written() {
        for text in [
            r#"person.industry is "Retail" or "Health""#,
            r#"person.industry is not "Retail""#,
            "person.customer is true",
            "person.customer is false",
            "person.email is empty",
            "person.email is not empty",
            r#"page.language starts with "sv""#,
            r#"page.language not starts with "sv""#,
            r#"page.referrer contains "search" or "find""#,
            r#"page.referrer not contains "search""#,
            "company.size between 10 and 20",
            "company.size greater than 10",
            "company.size less than 10.5",
            "company.size at least 10",
            "company.size at most 10",
            "person.renewal before 2027-01-01",
            "person.renewal after 2027-01-01T10:00Z",
            "person.renewal on or before 2027-01-01",
            "person.renewal on or after 2027-01-01",
            "person.renewal in past 45d",
            "person.renewal in past before 45d",
            "person.renewal in future 2w",
            "person.renewal in future after 45d",
            r#"person.renewal in time frame "last month""#,
            r#"member of list "Customers""#,
            r#"not member of list "Customers""#,
            r#"activity "Reached Dialogue Goal" "Survey" in past 45d"#,
            r#"activity "Engaged with a Dialogue" in past 10d"#,
            "visited https://w.example/thanks in past 45d",
        ] {
            let mut words = Words::of(text).unwrap();
            let condition = Condition::take(&mut words).unwrap();
            assert_eq!(words.end(), Ok(()), "{text}");
            assert_eq!(condition.to_string(), text);
        }
    }

    #[test]
    fn a_torn_condition_is_a_fault() {
        for text in [
            "industry is \"Retail\"",
            "person.industry",
            "person.industry equals \"Retail\"",
            "person.industry is",
            "person.industry is \"Retail\" or",
            "company.size between 10",
            "person.renewal in past",
            "person.renewal in past ten",
            "member of list Customers",
            "visited https://w.example/thanks",
            "activity in past 45d",
        ] {
            let mut words = Words::of(text).unwrap();
            assert!(Condition::take(&mut words).is_err(), "{text}");
        }
    }
}
