//! The model's people, companies and activities, and what it tells browsers of them.

use engine::atoms::Stored;
use engine::authored::Activity;
use engine::compiled::Subject;
use engine::ids::{ConversationId, Timestamp};
use engine::value::Value;
use engine::wire::Strength;
use std::collections::{BTreeMap, BTreeSet};

/// An organisation.
#[derive(Clone, Debug, Default)]
pub struct Company {
    /// Its attributes.
    pub values: BTreeMap<String, Value>,
}

/// A record in the database.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// What the plan calls it; empty for those whom the chat acquired.
    pub name: String,
    /// Its attributes, `email` among them.
    pub values: BTreeMap<String, Value>,
    /// The name of its company.
    pub company: Option<String>,
    /// Its lists.
    pub lists: BTreeSet<String>,
    /// Holds an address that is on file elsewhere and that nobody has proven: its answers stay here.
    pub is_claimed: bool,
}

/// A browser as the model knows it.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// Whose it is said to be: a place in `People::persons`.
    pub person: Option<usize>,
    /// How surely.
    pub strength: Strength,
    /// Values given before there was a person.
    pub values: BTreeMap<String, Value>,
}

/// Something on record.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Which activity.
    pub activity: Activity,
    /// What it is about: the goal, document or dialogue.
    pub named: String,
    /// Who: a place in `People::visitors`.
    pub visitor: usize,
    /// When.
    pub at: Timestamp,
    /// In which conversation.
    pub conversation: ConversationId,
}

/// Everybody and everything on record.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Companies by name.
    pub companies: BTreeMap<String, Company>,
    /// Records.
    pub persons: Vec<Person>,
    /// Browsers.
    pub visitors: Vec<Visitor>,
    /// Activities, oldest first.
    pub activities: Vec<Recorded>,
}

impl People {
    /// The proven record with an address.
    #[must_use]
    pub fn with_email(&self, email: &str) -> Option<usize> {
        self.persons.iter().position(|person| {
            !person.is_claimed
                && matches!(person.values.get("email"), Some(Value::Text(known)) if engine::fold::same(known, email))
        })
    }

    /// The record the plan calls so.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<usize> {
        self.persons.iter().position(|person| person.name == name)
    }

    /// A visitor gave an address: a new one makes a person, one on file only a claim.
    pub fn acquire(&mut self, visitor: usize, email: &str) {
        let same = |person: &Person| matches!(person.values.get("email"), Some(Value::Text(known)) if engine::fold::same(known, email));
        let current = self.visitors[visitor].person;
        if current.is_some_and(|person| same(&self.persons[person])) {
            return;
        }
        let on_file = self.with_email(email).is_some();
        let given = std::mem::take(&mut self.visitors[visitor].values);
        let mut person = Person {
            values: given,
            is_claimed: on_file,
            ..Person::default()
        };
        person
            .values
            .insert("email".into(), Value::Text(email.into()));
        person
            .values
            .insert("source".into(), Value::Text("dynamicChat".into()));
        let domain = email.rsplit('@').next().unwrap_or_default();
        person.company = self
            .companies
            .iter()
            .find(|(_, company)| matches!(company.values.get("domain"), Some(Value::Text(known)) if known == domain))
            .map(|(name, _)| name.clone());
        self.persons.push(person);
        self.visitors[visitor].person = Some(self.persons.len() - 1);
        self.visitors[visitor].strength = Strength::Claimed;
    }

    /// A visitor gave a value, or an action set one.
    pub fn give(&mut self, visitor: usize, subject: Subject, name: &str, value: Option<Value>) {
        let values = match (self.visitors[visitor].person, subject) {
            (None, _) => &mut self.visitors[visitor].values,
            (Some(person), Subject::Person) if name == "email" => {
                // Who somebody is changes by `acquire` only.
                let _ = person;
                return;
            }
            (Some(person), Subject::Person) => &mut self.persons[person].values,
            (Some(person), Subject::Company) => {
                let person = &mut self.persons[person];
                if person.is_claimed {
                    return;
                }
                let company = person
                    .company
                    .clone()
                    .unwrap_or_else(|| format!("of {}", person.name));
                person.company = Some(company.clone());
                &mut self.companies.entry(company).or_default().values
            }
        };
        match value {
            Some(value) => values.insert(name.into(), value),
            None => values.remove(name),
        };
    }

    /// What is on file about a visitor, whatever the strength: only for the engine's gate.
    #[must_use]
    pub fn on_file(&self, visitor: usize, subject: Subject, name: &str) -> Option<Value> {
        let person = self.persons.get(self.visitors.get(visitor)?.person?)?;
        match subject {
            Subject::Person => person.values.get(name).cloned(),
            Subject::Company => {
                let company = self.companies.get(person.company.as_ref()?)?;
                company.values.get(name).cloned()
            }
        }
    }

    /// What a lookup may ask about a visitor.
    #[must_use]
    pub fn about(&self, visitor: usize) -> About<'_> {
        About {
            people: self,
            visitor,
        }
    }
}

/// What is on file about one visitor, as far as its strength unlocks it.
pub struct About<'a> {
    people: &'a People,
    visitor: usize,
}

impl About<'_> {
    fn person(&self) -> Option<&Person> {
        let visitor = self.people.visitors.get(self.visitor)?;
        visitor
            .person
            .filter(|_| visitor.strength >= Strength::Recognised)
            .and_then(|person| self.people.persons.get(person))
    }
}

impl Stored for About<'_> {
    fn attribute(&self, subject: Subject, name: &str) -> Option<Value> {
        self.person()?;
        self.people.on_file(self.visitor, subject, name)
    }

    fn is_on_list(&self, list: &str) -> bool {
        self.person()
            .is_some_and(|person| person.lists.contains(list))
    }

    fn last_activity(&self, activity: Activity, named: Option<&str>) -> Option<Timestamp> {
        let person = self.people.visitors.get(self.visitor)?.person;
        self.person()?;
        self.people
            .activities
            .iter()
            .filter(|recorded| self.people.visitors[recorded.visitor].person == person)
            .filter(|recorded| {
                recorded.activity == activity && named.is_none_or(|named| named == recorded.named)
            })
            .map(|recorded| recorded.at)
            .max()
    }
}
