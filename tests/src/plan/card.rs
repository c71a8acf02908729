//! Cards as plans write them. A port without an arrow ends the stream.

use super::condition::Condition;
use super::error::Fault;
use super::token::Words;
use super::value::{AttributeName, Value};

/// One step of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Unique within its stream.
    pub name: String,
    /// What it is.
    pub kind: CardKind,
}

/// The kinds of cards. Every `to`, and every other port, is the card that follows; none ends the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum CardKind {
    /// Says something.
    Message {
        /// What.
        text: String,
        /// The card that follows.
        to: Option<String>,
    },
    /// Offers answers.
    Question {
        /// The attribute that answers fill.
        attribute: Option<AttributeName>,
        /// What is asked.
        text: String,
        /// In order.
        answers: Vec<Answer>,
    },
    /// Asks for a piece of information.
    Capture(Capture),
    /// Offers a document.
    Document {
        /// Its name.
        name: String,
        /// Its address.
        address: String,
        /// After it was opened.
        opened: Option<String>,
        /// After it was declined.
        declined: Option<String>,
    },
    /// Books a meeting.
    Meeting(Meeting),
    /// Marks a goal as reached.
    Goal {
        /// Its name.
        name: String,
        /// As written; whether it is allowed is for the product to say.
        score: Option<u64>,
        /// The subject of the mail that reaching it sends.
        confirmation: Option<String>,
        /// The card that follows.
        to: Option<String>,
    },
    /// Sets an attribute.
    Action {
        /// Which.
        attribute: AttributeName,
        /// To what.
        value: Value,
        /// The card that follows.
        to: Option<String>,
    },
    /// Chooses by conditions.
    Branch {
        /// In order.
        cases: Vec<Case>,
        /// When none holds.
        otherwise: Option<String>,
    },
    /// Chooses by weight.
    Experiment {
        /// In order.
        arms: Vec<Arm>,
    },
    /// Runs a flow.
    Flow {
        /// Its name.
        flow: String,
        /// The card that follows.
        to: Option<String>,
    },
}

/// An answer of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the button says.
    pub label: String,
    /// What is stored when that is not the label.
    pub stores: Option<Value>,
    /// What else it does.
    pub effect: Option<Effect>,
    /// The card that follows.
    pub to: Option<String>,
}

/// What an answer does to the visitor's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The visitor says that the person is them.
    ConfirmsIdentity,
    /// The visitor says that it is somebody else.
    DeniesIdentity,
}

/// A capture card.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// The attribute it fills.
    pub attribute: AttributeName,
    /// What is asked.
    pub text: String,
    /// How the answer is read; by the attribute when absent.
    pub input: Option<InputKind>,
    /// Whether it may be skipped.
    pub optional: bool,
    /// Whether a known value is taken without asking.
    pub skip_when_known: bool,
    /// Whether free mail providers are refused.
    pub business_only: bool,
    /// Mail domains that are refused.
    pub blocked: Vec<String>,
    /// Values to pick from; none when it is typed.
    pub picks: Vec<String>,
    /// What may be agreed to beside it, and whether it must be.
    pub agreement: Option<(String, bool)>,
    /// After an answer.
    pub given: Option<String>,
    /// After a skip.
    pub skipped: Option<String>,
}

/// A meeting card.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// What is asked.
    pub text: String,
    /// The one agent it is about; all agents in turn when absent.
    pub agent: Option<String>,
    /// After booking.
    pub booked: Option<String>,
    /// When no time suits.
    pub none: Option<String>,
    /// When no time can be offered.
    pub unavailable: Option<String>,
}

/// A condition of a branch, and the card that follows where it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What must hold.
    pub condition: Condition,
    /// The card that follows.
    pub to: Option<String>,
}

/// An arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its share among all weights.
    pub weight: u64,
    /// The card that follows.
    pub to: Option<String>,
}

/// What kind of input awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputKind {
    /// Anything.
    Text,
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A day and a time of day.
    DateTime,
    /// A time for a meeting.
    Slot,
}

impl InputKind {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let word = words.word("a kind of input")?;
        Ok(match word.as_str() {
            "text" => InputKind::Text,
            "email" => InputKind::Email,
            "phone" => InputKind::Phone,
            "number" => InputKind::Number,
            "boolean" => InputKind::Boolean,
            "date" => InputKind::Date,
            "date-time" => InputKind::DateTime,
            "slot" => InputKind::Slot,
            _ => {
                let kinds = "text, email, phone, number, boolean, date, date-time or slot";
                return Err(Fault::expected(kinds, &word));
            }
        })
    }
}
