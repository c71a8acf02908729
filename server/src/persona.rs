//! Whom a reviewer plays: an invented visitor, never a real one.

use crate::api::values::from_json;
use engine::atoms::{Atom, Stored};
use engine::authored::Activity;
use engine::compile::Compiled;
use engine::compiled::Subject;
use engine::ids::Timestamp;
use engine::value::{Value, ValueType};
use engine::wire::Strength;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the reviewer chose. Kept as text with the testing session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Persona {
    /// The language to try; the first of the draft when empty or not among them.
    pub language: String,
    /// How sure the server plays to be.
    pub strength: Strength,
    /// Values by `person.NAME` and `company.NAME`, as typed.
    pub values: BTreeMap<String, (String, String)>,
    /// Lists the persona is on.
    pub lists: BTreeSet<String>,
    /// Activities the persona has, as their words.
    pub activities: BTreeSet<String>,
}

/// One thing a dialogue asks about a person, that a reviewer can choose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trait {
    /// A value.
    Attribute(String, ValueType),
    /// Membership of a list.
    List(String),
    /// An activity on record.
    Activity(String),
}

impl Persona {
    /// Reads a kept persona; an unreadable one is anonymous.
    #[must_use]
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// The persona as conditions ask it.
    #[must_use]
    pub fn stored(&self, now: Timestamp) -> Played {
        let known = self.strength >= Strength::Recognised;
        let mut values = BTreeMap::new();
        if known {
            for (name, (kind, text)) in &self.values {
                if let Some(kind) = crate::store::values::parse_kind(kind)
                    && let Some(value) = from_json(&serde_json::Value::String(text.clone()), kind)
                        .or_else(|| engine::reading::parse(kind, text, 0))
                {
                    values.insert(name.clone(), value);
                }
            }
        }
        Played {
            values,
            lists: if known {
                self.lists.clone()
            } else {
                BTreeSet::new()
            },
            activities: if known {
                self.activities.clone()
            } else {
                BTreeSet::new()
            },
            now,
        }
    }
}

/// A persona at one moment.
#[derive(Clone, Debug)]
pub struct Played {
    values: BTreeMap<String, Value>,
    lists: BTreeSet<String>,
    activities: BTreeSet<String>,
    now: Timestamp,
}

impl Stored for Played {
    fn attribute(&self, subject: Subject, name: &str) -> Option<Value> {
        self.values.get(&attribute_name(subject, name)).cloned()
    }

    fn is_on_list(&self, list: &str) -> bool {
        self.lists.contains(list)
    }

    fn last_activity(&self, activity: Activity, named: Option<&str>) -> Option<Timestamp> {
        self.activities
            .contains(&activity_words(activity, named))
            .then_some(self.now)
    }
}

/// Everything a dialogue asks about a person, once each.
#[must_use]
pub fn traits(compiled: &Compiled, kinds: &BTreeMap<String, ValueType>) -> BTreeSet<Trait> {
    let mut traits = BTreeSet::new();
    let mut attribute = |subject, name: &str| {
        let name = attribute_name(subject, name);
        let kind = kinds.get(&name).copied().unwrap_or(ValueType::Text);
        traits.insert(Trait::Attribute(name, kind));
    };
    for token in compiled.editions.iter().flat_map(|edition| &edition.tokens) {
        attribute(token.subject, &token.name);
    }
    for atom in &compiled.atoms {
        if let Atom::Attribute(subject, name, _) = atom {
            attribute(*subject, name);
        }
    }
    for atom in &compiled.atoms {
        match atom {
            Atom::Attribute(..) => {}
            Atom::List(list, _) => {
                traits.insert(Trait::List(list.clone()));
            }
            Atom::Activity(activity, named, _) => {
                traits.insert(Trait::Activity(activity_words(*activity, named.as_deref())));
            }
        }
    }
    traits
}

fn attribute_name(subject: Subject, name: &str) -> String {
    match subject {
        Subject::Person => format!("person.{name}"),
        Subject::Company => format!("company.{name}"),
    }
}

fn activity_words(activity: Activity, named: Option<&str>) -> String {
    let kind = crate::store::Kind::from(activity).name();
    named.map_or_else(|| kind.to_owned(), |named| format!("{kind}: {named}"))
}
