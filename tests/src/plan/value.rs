//! Attribute names and the values they take.

use super::error::Fault;
use super::time::Moment;
use super::token::Words;
use std::fmt;

/// Whose attribute it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// A person in the database.
    Person,
    /// Their company.
    Company,
    /// The page view: `referrer`, `language`, `device`, `hour`, `url`.
    Page,
    /// The visitor: `strength`.
    Visitor,
}

/// `person.interest`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeName {
    /// Before the dot.
    pub namespace: Namespace,
    /// After the dot.
    pub name: String,
}

impl AttributeName {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::expected("an attribute such as person.interest", text);
        let (namespace, name) = text.split_once('.').ok_or_else(wrong)?;
        let namespace = match namespace {
            "person" => Namespace::Person,
            "company" => Namespace::Company,
            "page" => Namespace::Page,
            "visitor" => Namespace::Visitor,
            _ => return Err(wrong()),
        };
        let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(fits) {
            return Err(wrong());
        }
        Ok(AttributeName {
            namespace,
            name: name.to_owned(),
        })
    }

    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        AttributeName::parse(&words.word("an attribute")?)
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = match self.namespace {
            Namespace::Person => "person",
            Namespace::Company => "company",
            Namespace::Page => "page",
            Namespace::Visitor => "visitor",
        };
        write!(f, "{namespace}.{}", self.name)
    }
}

/// A decimal number with up to six decimals, held exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number {
    /// The number times a million.
    pub millionths: i64,
}

impl Number {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::expected("a number with at most six decimals", text);
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => (-1, digits),
            None => (1, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(decimals) || decimals.len() > 6 {
            return Err(wrong());
        }
        let millionths = format!("{whole}{decimals:0<6}")
            .parse::<i64>()
            .map_err(|_| wrong())?;
        Ok(Number {
            millionths: sign * millionths,
        })
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.millionths < 0 { "-" } else { "" };
        let (whole, decimals) = (
            self.millionths.unsigned_abs() / 1_000_000,
            self.millionths.unsigned_abs() % 1_000_000,
        );
        if decimals == 0 {
            write!(f, "{sign}{whole}")
        } else {
            let decimals = format!("{decimals:06}");
            write!(f, "{sign}{whole}.{}", decimals.trim_end_matches('0'))
        }
    }
}

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `"Retail"`
    Text(String),
    /// `20`, `1.5`, `-3`
    Number(Number),
    /// `true`, `false`
    Boolean(bool),
    /// `2027-01-01`
    Date(jiff::civil::Date),
    /// `2027-01-01T10:00Z`
    Moment(Moment),
}

impl Value {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        if words.sees_text() {
            return words.text("a value").map(Value::Text);
        }
        let word = words.word("a value")?;
        match word.as_str() {
            "true" => return Ok(Value::Boolean(true)),
            "false" => return Ok(Value::Boolean(false)),
            _ => {}
        }
        if word.contains('T') {
            Moment::parse(&word).map(Value::Moment)
        } else if word.bytes().filter(|byte| *byte == b'-').count() == 2 {
            word.parse()
                .map(Value::Date)
                .map_err(|_| Fault::expected("a date such as 2027-01-31", &word))
        } else {
            Number::parse(&word).map(Value::Number).map_err(|_| {
                Fault::expected(
                    "a text in quotes, a number, true, false, a date or a moment",
                    &word,
                )
            })
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => write!(f, "{text:?}"),
            Value::Number(number) => number.fmt(f),
            Value::Boolean(truth) => truth.fmt(f),
            Value::Date(date) => date.fmt(f),
            Value::Moment(moment) => moment.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Result<Value, Fault> {
        Value::take(&mut Words::of(text).unwrap())
    }

    #[test]
    fn the_writing_of_a_value_says_its_type() {
        assert_eq!(value("\"20\""), Ok(Value::Text("20".into())));
        assert_eq!(
            value("20"),
            Ok(Value::Number(Number {
                millionths: 20_000_000
            }))
        );
        assert_eq!(
            value("-1.5"),
            Ok(Value::Number(Number {
                millionths: -1_500_000
            }))
        );
        assert_eq!(value("true"), Ok(Value::Boolean(true)));
        assert_eq!(
            value("2027-02-28"),
            Ok(Value::Date(jiff::civil::date(2027, 2, 28)))
        );
        assert_eq!(value("2027-01-04T09:00Z"), Ok(Value::Moment(Moment::START)));
    }

    #[test]
    fn what_is_no_value_is_a_fault() {
        for text in [
            "yes",
            "1.2.3",
            "1.0000001",
            "1.",
            ".5",
            "--1",
            "2027-02-30",
            "2027-01-04T09:00",
            "99999999999999",
            ",",
        ] {
            assert!(value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_is_shown_as_it_is_written() {
        for text in [
            "\"a \\\"b\\\"\"",
            "20",
            "-1.5",
            "0.300001",
            "0",
            "true",
            "2027-02-28",
            "2027-01-04T09:00Z",
        ] {
            assert_eq!(value(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_attribute_has_a_known_namespace() {
        let name = AttributeName::parse("person.firstName").unwrap();
        assert_eq!(name.namespace, Namespace::Person);
        assert_eq!(name.to_string(), "person.firstName");
        for text in [
            "firstName",
            "lead.firstName",
            "person.",
            "person.first name",
            "person.a.b",
        ] {
            assert!(AttributeName::parse(text).is_err(), "{text}");
        }
    }
}
