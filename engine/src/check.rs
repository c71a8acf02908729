//! What is wrong with a document: all of it at once, each fault once, naming its card.

use crate::authored::{Document, Flow};
pub use crate::authored::{Unreadable, read_document};
use crate::compiled::DocumentFile;
use crate::value::ValueType;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};
use serde::Serialize;

/// Most cards of a stream with its flows: more is a mistake, and every turn stays short.
pub const CARDS: usize = 500;
/// Most edges of a stream with its flows.
pub const EDGES: usize = 2_000;
/// Most page patterns of an audience, exclusions apart.
pub const TARGETS: usize = 100;
/// Most selectors of a flow: the loader carries them.
pub const CLICKS: usize = 10;
/// Longest selector, in bytes.
pub const SELECTOR_BYTES: usize = 100;
/// Most criteria of an audience, groups counted by their members.
pub const CRITERIA: usize = 100;
/// Most members of a group.
pub const GROUP: usize = 10;
/// Most answers of a question, or values of a picklist.
pub const ANSWERS: usize = 50;
/// Longest name of anything, in bytes.
pub const NAME_BYTES: usize = 200;

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Publishing is refused.
    Error,
    /// Worth a look.
    Warning,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// How bad.
    pub severity: Severity,
    /// The card it is about, by its id; a card of a called flow as `flow/card`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// The part it is about: `text`, `answers`, `audience`, `targets`, ...
    pub place: String,
    /// What is wrong and what to do, in words for the author.
    pub message: String,
}

impl Display for Diagnosis {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        match &self.card {
            Some(card) => write!(
                f,
                "{severity}: card \"{card}\", {}: {}",
                self.place, self.message
            ),
            None => write!(f, "{severity}: {}: {}", self.place, self.message),
        }
    }
}

/// What a workspace knows that documents may name.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    /// `person.industry` and `company.size` with their types.
    pub attributes: BTreeMap<String, ValueType>,
    /// Conversational flows by name.
    pub flows: BTreeMap<String, Flow>,
    /// Agents by name.
    pub agents: BTreeSet<String>,
    /// Pools by name; `default` always exists.
    pub pools: BTreeSet<String>,
    /// Lists by name.
    pub lists: BTreeSet<String>,
    /// Documents that are kept, by their addresses.
    pub files: BTreeMap<String, DocumentFile>,
}

impl Default for Catalogue {
    /// The attributes every workspace has, and nothing else.
    fn default() -> Self {
        let text = [
            "person.email",
            "person.firstName",
            "person.lastName",
            "person.phone",
            "person.jobTitle",
            "person.country",
            "person.source",
            "company.name",
            "company.domain",
            "company.industry",
            "company.country",
        ];
        let mut attributes: BTreeMap<String, ValueType> = text
            .iter()
            .map(|name| (name.to_string(), ValueType::Text))
            .collect();
        attributes.insert("company.size".into(), ValueType::Number);
        Self {
            attributes,
            flows: BTreeMap::new(),
            agents: BTreeSet::new(),
            pools: BTreeSet::from(["default".to_string()]),
            lists: BTreeSet::new(),
            files: BTreeMap::new(),
        }
    }
}

/// Every fault of a document.
#[must_use]
pub fn check(document: &Document, catalogue: &Catalogue) -> Vec<Diagnosis> {
    crate::compile::lower(document, crate::ids::DialogueId(0), catalogue).1
}
