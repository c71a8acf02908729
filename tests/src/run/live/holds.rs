//! What the server holds, read from its store and its maildir.

use super::LiveServer;
use crate::plan;
use crate::run::server::Holds;
use engine::ids::{EditionId, Timestamp};
use engine::value::Value;
use engine::wire::Opaque;
use std::collections::BTreeMap;
use usher_server::mail::post::FOLDER;
use usher_server::store::{Filter, Kind, Portrait, Report, StoreError};

impl LiveServer {
    fn report(&self) -> Report {
        let all = (Timestamp(i64::MIN), Timestamp(i64::MAX));
        let report = self.app.store.report(&self.scope, all.0, all.1);
        self.wait_for(report).expect("the store reports")
    }

    /// Names of dialogues by their numbers.
    fn names(&self) -> BTreeMap<u32, String> {
        let rows = self.wait_for(self.app.store.dialogues(&self.scope));
        let rows = rows.expect("the store lists dialogues");
        rows.into_iter()
            .map(|row| (row.number.0, row.name))
            .collect()
    }

    fn number_of(&self, dialogue: &str) -> Option<u32> {
        let row = self.wait_for(self.app.store.dialogue(&self.scope, dialogue.to_owned()));
        row.ok().map(|row| row.number.0)
    }

    fn portrait(&self, key: &str) -> Result<Portrait, String> {
        self.wait_for(self.app.store.person(&self.scope, key.to_owned()))
            .map_err(|fault| match fault {
                StoreError::Missing(_) => format!("there is no person {key}"),
                other => other.to_string(),
            })
    }
}

impl Holds for LiveServer {
    fn counts(&self, dialogue: &str) -> [u64; 5] {
        let number = self.number_of(dialogue);
        let counts = number.and_then(|number| self.report().dialogues.remove(&number));
        let counts = counts.unwrap_or_default();
        [
            counts.triggered,
            counts.engaged,
            counts.completed,
            counts.acquired,
            counts.meetings,
        ]
        .map(i64::unsigned_abs)
    }

    fn goals(&self, name: &str) -> u64 {
        let report = self.report();
        let proven = |counts: &usher_server::store::Counts| counts.proven.get(name).copied();
        let goals: i64 = report.dialogues.values().filter_map(proven).sum();
        goals.unsigned_abs()
    }

    fn activities(&self, name: &str, named: Option<&str>) -> u64 {
        let names = self.names();
        let filter = Filter::default();
        let page = self.wait_for(self.app.store.activities(&self.scope, filter, None));
        let page = page.expect("the store lists activities");
        let about = |row: &usher_server::store::ActivityRow| {
            let dialogue = row.dialogue.and_then(|number| names.get(&number));
            named.is_none_or(|named| {
                row.about.as_deref() == Some(named) || dialogue.is_some_and(|name| name == named)
            })
        };
        let found = page
            .items
            .iter()
            .filter(|row| row.kind == name && about(row));
        found.count() as u64
    }

    fn viewed(&self, document: &str) -> Option<plan::Viewed> {
        let filter = Filter {
            goal: Some(document.into()),
            ..Filter::default()
        };
        let page = self.wait_for(self.app.store.activities(
            &self.scope,
            filter,
            Some(Kind::Document),
        ));
        let page = page.expect("the store lists activities");
        page.items.iter().rev().find_map(|row| {
            let said = |name: &str| &row.attributes[name];
            row.attributes.get("Document Pages Viewed")?;
            Some(plan::Viewed {
                pages: said("Document Pages Viewed").as_u64()?,
                furthest: said("Document Furthest Page").as_u64()?,
                downloaded: said("Document Downloaded").as_bool()?,
                terms: said("Document Search Terms")
                    .as_array()?
                    .iter()
                    .filter_map(|term| term.as_str().map(str::to_owned))
                    .collect(),
            })
        })
    }

    fn person_value(&self, person: &str, attribute: &str) -> Result<Option<Value>, String> {
        let known = self.people.get(person);
        let known = known.ok_or_else(|| format!("there is no person {person}"))?;
        Ok(value_of(&self.portrait(&known.id)?, attribute))
    }

    fn value_by_email(&self, email: &str, attribute: &str) -> Result<Option<Value>, String> {
        Ok(value_of(&self.portrait(email)?, attribute))
    }

    fn score(&self, visitor: Option<Opaque>, dialogue: &str) -> Option<u64> {
        let number = self.number_of(dialogue)?;
        let mine = self
            .conversations
            .iter()
            .rev()
            .filter(|(whose, _)| Some(*whose) == visitor);
        for (_, conversation) in mine {
            let id = conversation.to_string();
            let Ok(log) = self.wait_for(self.app.store.log(&self.scope, id.clone())) else {
                continue;
            };
            if log.row.dialogue == number {
                let filter = Filter {
                    conversation: Some(id),
                    ..Filter::default()
                };
                let goals = self.wait_for(self.app.store.goals(&self.scope, filter, Some(true)));
                let goals = goals.expect("the store lists goals").items;
                let score = goals.iter().rev().find_map(|goal| goal.score);
                return score.map(u64::from);
            }
        }
        None
    }

    fn exposed(&self, arm: &str) -> u64 {
        let report = self.report();
        let exposed = |counts: &usher_server::store::Counts| counts.exposed.get(arm).copied();
        let visitors: i64 = report.dialogues.values().filter_map(exposed).sum();
        visitors.unsigned_abs()
    }

    fn has_meeting(&self, agent: &str, at: plan::Moment) -> bool {
        let meetings = self.wait_for(self.app.store.meetings(&self.scope, 0, 10_000));
        let meetings = meetings.expect("the store lists meetings");
        meetings.iter().any(|meeting| {
            meeting.agent == agent
                && meeting.start.0 == at.milliseconds()
                && !meeting.is_cancelled()
        })
    }

    fn mails(&self, to: &str) -> u64 {
        self.settle();
        let Ok(folder) = std::fs::read_dir(self.data.path().join(FOLDER).join("new")) else {
            return 0;
        };
        let to = to.to_lowercase();
        let letters = folder
            .flatten()
            .filter_map(|file| std::fs::read_to_string(file.path()).ok());
        let addressed = letters.filter(|letter| {
            letter
                .lines()
                .take_while(|line| !line.is_empty())
                .filter_map(|line| line.strip_prefix("To:"))
                .any(|line| line.to_lowercase().contains(&to))
        });
        addressed.count() as u64
    }

    fn refused(&self) -> Vec<String> {
        let rows = self.wait_for(self.app.store.refused(&self.scope, None, 100));
        let rows = rows.expect("the store lists what it refused");
        let refused = rows
            .into_iter()
            .map(|row| format!("{} {}", row.reason, row.detail));
        refused.chain(self.faults.iter().cloned()).collect()
    }

    fn criteria_words(&self, dialogue: &str) -> Vec<String> {
        let Some(edition) = self.editions.get(dialogue).and_then(|all| all.last()) else {
            return Vec::new();
        };
        let compiled = self.wait_for(self.app.store.compiled(&self.scope, *edition));
        compiled.map_or(Vec::new(), |compiled| compiled.criteria_words.clone())
    }

    fn edition_number(&self, dialogue: &str, edition: EditionId) -> Option<u64> {
        let editions = self.editions.get(dialogue)?;
        let at = editions.iter().position(|known| *known == edition)?;
        Some(at as u64 + 1)
    }
}

fn value_of(portrait: &Portrait, attribute: &str) -> Option<Value> {
    let text = |text: &String| Value::Text(text.clone());
    match attribute {
        "email" => portrait.person.email.as_ref().map(text),
        "source" => Some(text(&portrait.person.source)),
        _ => {
            let company = portrait.company.as_ref();
            let own = portrait.values.get(attribute).cloned();
            // A plan may ask for the company's attributes by the person.
            own.or_else(|| company?.values.get(attribute).cloned())
                .or_else(|| match attribute {
                    "company" | "name" => company.map(|company| text(&company.name)),
                    "domain" => company?.domain.as_ref().map(text),
                    _ => None,
                })
        }
    }
}
