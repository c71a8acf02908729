//! Conditions of audiences and branches.

use super::error::Fault;
use super::operator::Operator;
use super::time::Duration;
use super::token::Words;
use super::value::AttributeName;
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

pub(super) fn duration(words: &mut Words) -> Result<Duration, Fault> {
    Duration::parse(&words.word("a duration")?)
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
