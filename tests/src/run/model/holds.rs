//! What the model has counted, for those who ask.

use super::super::people::People;
use super::super::server::Holds;
use super::Model;
use crate::plan;
use engine::authored::Activity;
use engine::ids::{DialogueId, EditionId};
use engine::value::Value;
use engine::wire::Opaque;
use std::collections::BTreeSet;

impl Holds for Model {
    fn counts(&self, dialogue: &str) -> [u64; 5] {
        let Some(id) = self.dialogue(dialogue).map(|published| published.id) else {
            return [0; 5];
        };
        let of = |set: &BTreeSet<(usize, DialogueId, u32)>| {
            set.iter().filter(|key| key.1 == id).count() as u64
        };
        let meetings = self
            .people
            .activities
            .iter()
            .filter(|known| known.activity == Activity::ScheduledMeeting && known.named == dialogue)
            .count() as u64;
        [
            of(&self.triggered),
            of(&self.engaged),
            of(&self.completed),
            of(&self.acquired),
            meetings,
        ]
    }

    fn goals(&self, name: &str) -> u64 {
        self.goals.get(name).copied().unwrap_or(0)
    }

    fn activities(&self, name: &str, named: Option<&str>) -> u64 {
        self.people
            .activities
            .iter()
            .filter(|known| {
                known.activity.name() == name && named.is_none_or(|named| named == known.named)
            })
            .count() as u64
    }

    fn viewed(&self, document: &str) -> Option<plan::Viewed> {
        let viewing = self.viewings.get(document)?;
        Some(plan::Viewed {
            pages: viewing.pages.into(),
            furthest: viewing.furthest.into(),
            downloaded: viewing.downloaded,
            terms: viewing.terms.lines().map(str::to_owned).collect(),
        })
    }

    fn person_value(&self, person: &str, attribute: &str) -> Result<Option<Value>, String> {
        let at = self
            .people
            .named(person)
            .ok_or(format!("there is no person {person}"))?;
        Ok(self.people.value_of(at, attribute))
    }

    fn value_by_email(&self, email: &str, attribute: &str) -> Result<Option<Value>, String> {
        let at = self
            .people
            .with_email(email)
            .ok_or(format!("nobody has the address {email}"))?;
        Ok(self.people.value_of(at, attribute))
    }

    fn score(&self, visitor: Option<Opaque>, dialogue: &str) -> Option<u64> {
        let at = self
            .tokens
            .iter()
            .position(|known| Some(*known) == visitor)?;
        let id = self.dialogue(dialogue)?.id;
        self.order
            .iter()
            .rev()
            .filter_map(|conversation| self.conversations.get(conversation))
            .find(|kept| kept.visitor == at && kept.begin.dialogue == id)
            .and_then(|kept| kept.score)
            .map(u64::from)
    }

    fn exposed(&self, arm: &str) -> u64 {
        self.exposures.values().filter(|name| *name == arm).count() as u64
    }

    fn has_meeting(&self, _: &str, _: plan::Moment) -> bool {
        false
    }

    fn mails(&self, _: &str) -> u64 {
        0
    }

    fn refused(&self) -> Vec<String> {
        self.refused.clone()
    }

    fn criteria_words(&self, dialogue: &str) -> Vec<String> {
        self.dialogue(dialogue)
            .and_then(|published| published.editions.last())
            .map_or(Vec::new(), |last| last.criteria_words.clone())
    }

    fn edition_number(&self, dialogue: &str, edition: EditionId) -> Option<u64> {
        let editions = &self.dialogue(dialogue)?.editions;
        editions
            .iter()
            .position(|known| known.id == edition)
            .map(|at| at as u64 + 1)
    }
}

impl People {
    fn value_of(&self, person: usize, attribute: &str) -> Option<Value> {
        let record = self.persons.get(person)?;
        record.values.get(attribute).cloned().or_else(|| {
            // A plan may ask for the company's attributes by the person.
            let company = self.companies.get(record.company.as_ref()?)?;
            company.values.get(attribute).cloned()
        })
    }
}
