//! Documents as people, files, the API and exports hold them: JSON, tagged, with defaults; unknown fields are refused.

mod audience;
mod card;
mod read;
mod text;
mod words;

pub use audience::{Activity, Audience, Criterion, Event, Group, Operator, Scalar};
pub use card::{
    Agreement, Answer, Arm, Branch, Card, CardKind, Confirmation, ConfirmationEvent, Effect,
    InputKind, Known, Pick, Refuse,
};
pub use read::{Unreadable, read_document, shortened};
pub use text::Text;

use crate::wire::Surface;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A dialogue, or a conversational flow, as its author wrote it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Document {
    /// Shown to an audience.
    Dialogue(Dialogue),
    /// Called by dialogues.
    Flow(Flow),
}

impl Document {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Document::Dialogue(dialogue) => &dialogue.name,
            Document::Flow(flow) => &flow.name,
        }
    }

    /// Its stream.
    #[must_use]
    pub fn stream(&self) -> &Stream {
        match self {
            Document::Dialogue(dialogue) => &dialogue.stream,
            Document::Flow(flow) => &flow.stream,
        }
    }
}

/// What a marketer authors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialogue {
    /// Unique within the workspace.
    pub name: String,
    /// For colleagues.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Goes to activities, and is the default `utm_campaign` of links.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub campaign: String,
    /// 1, the strongest, to 100.
    #[serde(default = "default_priority")]
    pub priority: u8,
    /// The language of plain texts.
    #[serde(default = "default_language")]
    pub language: String,
    /// Values of `{{my.name}}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
    /// Fields added to every web link: `source`, `medium`, `campaign`, `term`, `content`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub utm: BTreeMap<String, String>,
    /// When a completed run may be followed by another.
    #[serde(default)]
    pub repeat: Repeat,
    /// Whether visitors may go back a question.
    #[serde(default = "yes")]
    pub back: bool,
    /// Whether visitors may start over.
    #[serde(default = "yes")]
    pub restart: bool,
    /// Who sees it, where and after what.
    #[serde(default)]
    pub audience: Audience,
    /// Its cards.
    pub stream: Stream,
}

/// A stream that is called. It has no audience and no priority.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Unique within the workspace.
    pub name: String,
    /// For colleagues.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The language of plain texts.
    #[serde(default = "default_language")]
    pub language: String,
    /// How it appears when a page starts it.
    #[serde(default)]
    pub surface: Surface,
    /// Page patterns: pages that start it by themselves, once a page view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
    /// CSS selectors: a click on what one of them finds starts it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clicks: Vec<String>,
    /// Its cards.
    pub stream: Stream,
}

/// A web form that is handed over to flows: the first choice that holds decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// What the page calls it: `<form data-usher-form="name">`.
    pub form: String,
    /// In order, at most ten. When none holds nothing happens.
    pub choices: Vec<Choice>,
}

/// One way on from a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// How the conditions combine.
    #[serde(default)]
    pub holds: Group,
    /// Conditions on the form's own fields; none: always.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<FieldCriterion>,
    /// The flow that follows, by name; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// How it appears; as the flow says when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
}

/// A field of a form compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldCriterion {
    /// The field's `name`.
    pub field: String,
    /// How to compare. Numbers compare as numbers, days as days, by what stands in `values`.
    pub op: Operator,
    /// With what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Scalar>,
}

/// Cards; the first is the opening card.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// In the author's order.
    pub cards: Vec<Card>,
}

/// When a completed dialogue may come again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeat {
    /// Once per visitor.
    #[default]
    Once,
    /// So many days after the last run was completed.
    EveryDays(u16),
    /// At the next page view.
    Always,
}

fn default_priority() -> u8 {
    50
}

fn default_language() -> String {
    "en".into()
}

fn yes() -> bool {
    true
}
