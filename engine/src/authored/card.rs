//! The cards of a stream as authors write them. A port without a target ends the stream it is in.

use super::audience::{Criterion, Scalar};
use super::text::Text;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// One step: `{"id": "hello", "card": "message", "text": "Hello", "then": "more"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Unique within its stream.
    pub id: String,
    /// Whether a page may start the stream here.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub entry: bool,
    /// What it is.
    #[serde(flatten)]
    pub kind: CardKind,
}

/// The kinds of cards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "card", rename_all = "snake_case", deny_unknown_fields)]
pub enum CardKind {
    /// Says something.
    Message {
        /// What.
        text: Text,
        /// The card that follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<String>,
    },
    /// Offers answers.
    Question {
        /// What is asked.
        text: Text,
        /// The attribute the answer fills, `person.interest`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attribute: Option<String>,
        /// At least one.
        answers: Vec<Answer>,
    },
    /// Asks for a piece of information.
    Capture {
        /// What is asked.
        text: Text,
        /// What stands in the empty input.
        #[serde(default, skip_serializing_if = "Text::is_empty")]
        placeholder: Text,
        /// The attribute it fills.
        attribute: String,
        /// How the answer is read; by the attribute's name and type when absent.
        #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
        input: Option<InputKind>,
        /// Values to pick from instead of typing.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        picklist: Vec<Pick>,
        /// What happens when a value is known.
        #[serde(default)]
        known: Known,
        /// Whether it may be skipped.
        #[serde(default)]
        optional: bool,
        /// Which mail addresses are refused.
        #[serde(default, skip_serializing_if = "Refuse::is_empty")]
        refuse: Refuse,
        /// What the visitor may agree to beside it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agreement: Option<Agreement>,
        /// After an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        given: Option<String>,
        /// After a skip.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<String>,
    },
    /// Offers a document.
    Document {
        /// What is said beside it.
        #[serde(default, skip_serializing_if = "Text::is_empty")]
        text: Text,
        /// Its name, as activities carry it.
        name: String,
        /// Its address.
        url: String,
        /// After it was opened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opened: Option<String>,
        /// After it was declined.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        declined: Option<String>,
    },
    /// Books a meeting.
    Meeting {
        /// What is asked.
        text: Text,
        /// The pool that assigns by its ring; the default pool when neither is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pool: Option<String>,
        /// One agent, by name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        /// The attribute that takes the agent's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent_to: Option<String>,
        /// After booking.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        booked: Option<String>,
        /// When no time suits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none: Option<String>,
        /// When no time can be offered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unavailable: Option<String>,
    },
    /// Marks a goal as reached.
    Goal {
        /// Its name, shared by all dialogues.
        goal: String,
        /// 0 to 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score: Option<u8>,
        /// The mail that reaching it sends to a person with an address on file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmation: Option<Confirmation>,
        /// The card that follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<String>,
    },
    /// Sets an attribute.
    Action {
        /// Which, `person.stage`.
        attribute: String,
        /// To what; a text may hold tokens; absent clears it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Scalar>,
        /// The card that follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<String>,
    },
    /// Chooses by conditions, the first that holds.
    Branch {
        /// In order.
        conditions: Vec<Branch>,
        /// When none holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        otherwise: Option<String>,
    },
    /// Chooses by chance, once per visitor.
    Experiment {
        /// At least one.
        arms: Vec<Arm>,
    },
    /// Runs a conversational flow, then goes on.
    Flow {
        /// Its name.
        flow: String,
        /// The card that follows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        then: Option<String>,
    },
}

/// An answer of a question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What the button says.
    pub label: Text,
    /// What is stored when that is not the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stores: Option<Scalar>,
    /// What else it does.
    #[serde(default, skip_serializing_if = "Effect::is_none")]
    pub effect: Effect,
    /// The card that follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// What an answer does beside leading on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    #[default]
    None,
    /// The visitor says that the address on file is theirs.
    ConfirmIdentity,
    /// The visitor says that it is not.
    DenyIdentity,
}

impl Effect {
    fn is_none(&self) -> bool {
        *self == Effect::None
    }
}

/// What kind of input awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum InputKind {
    Text,
    Email,
    Phone,
    Number,
    Boolean,
    Date,
    DateTime,
}

/// A value of a picklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// What it says.
    pub label: Text,
    /// What is stored when that is not the label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stores: Option<Scalar>,
}

/// What a capture does about a stored value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Ask; the answer replaces it.
    #[default]
    Overwrite,
    /// Do not ask; leave by *given*.
    Skip,
}

/// Which mail addresses a capture refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refuse {
    /// Those at free mail providers.
    #[serde(default)]
    pub free_mail: bool,
    /// Those at these domains.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

impl Refuse {
    fn is_empty(&self) -> bool {
        !self.free_mail && self.domains.is_empty()
    }
}

/// A box to tick beside a capture: `{"text": "Send me the [newsletter](/news)", "required": false}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// What ticking it says.
    pub text: Text,
    /// Whether no answer counts without it.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub required: bool,
}

/// A confirmation mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// Its subject; may hold tokens.
    pub subject: Text,
    /// Its text; may hold tokens.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub body: Text,
    /// What goes into the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<ConfirmationEvent>,
}

/// The calendar entry of a confirmation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmationEvent {
    /// What it is called.
    pub title: Text,
    /// Where.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// `2027-03-05T10:00Z`
    pub start: String,
    /// How long, in minutes.
    pub minutes: u16,
}

/// A condition of a branch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// What must hold.
    pub when: Criterion,
    /// The card that follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}

/// An arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its share among all weights.
    pub weight: u16,
    /// The card that follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
}
