//! What exists: the statements that define it.

use super::action::{Consent, address, page};
use super::agent::Agent;
use super::dialogue::{Change, Source};
use super::error::Fault;
use super::time::{Duration, Moment};
use super::token::Words;
use super::value::{AttributeName, Value};

/// A statement that makes something exist.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// `dialogue NAME [from SOURCE]` with its block. Not yet published.
    Dialogue {
        /// What it is called.
        name: String,
        /// What it begins as.
        source: Option<Source>,
        /// Its own lines.
        change: Change,
    },
    /// `flow NAME [from SOURCE]` with its block.
    Flow {
        /// What it is called.
        name: String,
        /// What it begins as.
        source: Option<Source>,
        /// Its own lines.
        change: Change,
    },
    /// `company NAME ...`
    Company(Company),
    /// `person NAME ...`, the first time.
    Person(Person),
    /// `attribute person.seats number`
    Attribute(AttributeName, AttributeType),
    /// `agent NAME ...`
    Agent(Agent),
    /// `busy A1 2027-01-05T09:00Z 30m`
    Busy(Busy),
    /// `pdf https://w.example/paper.pdf 3`: a document of so many pages, of which publishing keeps a copy.
    Pdf {
        /// Its address.
        address: String,
        /// How many pages it has.
        pages: u16,
    },
    /// `consent MODE` before the first visit: the workspace's setting.
    Consent(Consent),
    /// `time zone "Europe/Stockholm"`: the workspace's.
    TimeZone(String),
    /// `delay 2s`: the theme's, between the bot's texts.
    Delay(Duration),
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// What it is called, here and in the database.
    pub name: String,
    /// Its mail domain.
    pub domain: Option<String>,
    /// Its other attributes.
    pub fields: Vec<Field>,
}

/// A record in the database, or a change of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What the plan calls it.
    pub name: String,
    /// Its company.
    pub company: Option<String>,
    /// The lists it is on.
    pub lists: Vec<String>,
    /// Its attributes, `email` among them.
    pub fields: Vec<Field>,
}

/// An attribute with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The attribute, without its namespace.
    pub name: String,
    /// What it holds; nothing where it must be empty.
    pub value: Option<Value>,
}

/// What an attribute can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeType {
    /// Any text.
    Text,
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    DateTime,
}

/// Time that an agent's calendar holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Whose.
    pub agent: String,
    /// From when.
    pub from: Moment,
    /// How long.
    pub duration: Duration,
}

impl Definition {
    /// Reads the definitions that need no block and no memory of earlier lines; `None` when `word` begins none.
    pub(super) fn take(word: &str, words: &mut Words) -> Result<Option<Self>, Fault> {
        Ok(Some(match word {
            "company" => Definition::Company(Company::take(words)?),
            "attribute" => {
                Definition::Attribute(AttributeName::take(words)?, AttributeType::take(words)?)
            }
            "agent" => Definition::Agent(Agent::take(words)?),
            "busy" => Definition::Busy(Busy {
                agent: words.name("an agent")?,
                from: Moment::parse(&words.word("a moment")?)?,
                duration: Duration::parse(&words.word("a duration")?)?,
            }),
            "pdf" => Definition::Pdf {
                address: address(words)?,
                pages: page(words)?,
            },
            "time" => {
                words.phrase("zone")?;
                Definition::TimeZone(words.text("a time zone")?)
            }
            "delay" => Definition::Delay(Duration::parse(&words.word("a duration")?)?),
            _ => return Ok(None),
        }))
    }
}

impl Company {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let mut company = Company {
            name: words.name("a company")?,
            domain: None,
            fields: Vec::new(),
        };
        list(words, |words| {
            if words.take_phrase("domain") {
                company.domain = Some(words.text("a domain")?);
            } else {
                company.fields.push(Field::take(words)?);
            }
            Ok(())
        })?;
        Ok(company)
    }
}

impl Person {
    /// Reads what follows the person's name.
    pub(super) fn take(name: String, words: &mut Words) -> Result<Self, Fault> {
        let mut person = Person {
            name,
            company: None,
            lists: Vec::new(),
            fields: Vec::new(),
        };
        list(words, |words| {
            if words.take_phrase("company") {
                person.company = Some(words.name("a company")?);
            } else if words.take_phrase("list") {
                person.lists.push(words.text("a list")?);
            } else {
                person.fields.push(Field::take(words)?);
            }
            Ok(())
        })?;
        Ok(person)
    }
}

impl Field {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let name = words.name("an attribute's name")?;
        let value = if words.take_phrase("empty") {
            None
        } else {
            Some(Value::take(words)?)
        };
        Ok(Field { name, value })
    }
}

impl AttributeType {
    fn take(words: &mut Words) -> Result<Self, Fault> {
        let word = words.word("an attribute's type")?;
        Ok(match word.as_str() {
            "text" => AttributeType::Text,
            "email" => AttributeType::Email,
            "phone" => AttributeType::Phone,
            "number" => AttributeType::Number,
            "boolean" => AttributeType::Boolean,
            "date" => AttributeType::Date,
            "date-time" => AttributeType::DateTime,
            _ => {
                let types = "text, email, phone, number, boolean, date or date-time";
                return Err(Fault::expected(types, &word));
            }
        })
    }
}

/// Reads items until the line ends; commas between them may be left out.
pub(super) fn list(
    words: &mut Words,
    mut item: impl FnMut(&mut Words) -> Result<(), Fault>,
) -> Result<(), Fault> {
    while !words.is_empty() {
        item(words)?;
        if words.take_comma() && words.is_empty() {
            return Err("a comma at the end of the line".into());
        }
    }
    Ok(())
}
