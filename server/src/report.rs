//! Counting everything again from the raw inputs, to be compared with what was counted as it happened.

use crate::app::App;
use crate::store::{Counts, Report, Scope, StoreError};
use engine::compiled::CardKind;
use engine::conversation::{Output, replay};
use std::collections::{BTreeMap, BTreeSet};

/// Replays every conversation and counts what it yields. Recorded goals are none of a replay's: the
/// report's own are left as they are.
///
/// # Errors
/// When the store fails.
pub async fn recount(app: &App, scope: &Scope, report: &Report) -> Result<Report, StoreError> {
    let acquisitions = app.store.acquisitions(scope).await?;
    let invited = app.store.invited(scope).await?;
    let mut seen: BTreeSet<(&'static str, u32, String, u32)> = BTreeSet::new();
    let mut arms: BTreeSet<(u64, String)> = BTreeSet::new();
    let mut counted = Report {
        dialogues: BTreeMap::new(),
        recorded: report.recorded.clone(),
    };
    for log in app.store.raw_logs(scope).await? {
        let published = app.store.edition(scope, log.edition).await?;
        let Some(edition) = published.edition(&log.language) else {
            continue;
        };
        let Ok((_, turns)) = replay(edition, log.edition, &log.begin, &log.entries) else {
            continue;
        };
        let dialogue = log.begin.dialogue.0;
        let counts = counted.dialogues.entry(dialogue).or_default();
        let mut first = |kind| seen.insert((kind, dialogue, log.visitor.clone(), log.begin.run));
        counts.triggered += i64::from(first("triggered"));
        let mut won = acquisitions
            .get(&log.conversation)
            .cloned()
            .unwrap_or_default();
        let mut wins = |address: &str| match won.iter().position(|known| known == address) {
            Some(at) => {
                won.swap_remove(at);
                1
            }
            None => 0,
        };
        let mut goals = BTreeSet::new();
        for output in turns.into_iter().flatten() {
            match output {
                Output::RecordEngaged => counts.engaged += i64::from(first("engaged")),
                Output::Complete => counts.completed += i64::from(first("completed")),
                Output::RecordMeeting(_, booking) => {
                    counts.meetings += 1;
                    if let Some(address) = invited.get(&booking.meeting) {
                        counts.acquired += wins(address);
                    }
                }
                Output::Acquire(email) => counts.acquired += wins(&email.to_lowercase()),
                Output::RecordGoal(card) => {
                    if let Some(CardKind::Goal(goal)) = edition
                        .cards
                        .get(usize::from(card.0))
                        .map(|card| &card.kind)
                        && goals.insert(goal.name.clone())
                    {
                        *counts.proven.entry(goal.name.clone()).or_default() += 1;
                    }
                }
                Output::Expose(experiment, arm) => {
                    if arms.insert((experiment, log.visitor.clone())) {
                        expose(counts, edition, experiment, arm);
                    }
                }
                Output::Say(_)
                | Output::Ask(_)
                | Output::AskAgain(..)
                | Output::BackTo(_)
                | Output::StartOver
                | Output::SetAttribute(..)
                | Output::FillIn(..)
                | Output::RecordDocument(_)
                | Output::RecordViewing(..)
                | Output::RecordLink(..)
                | Output::RecordAgreement(_)
                | Output::ConfirmIdentity
                | Output::DenyIdentity => {}
            }
        }
    }
    Ok(counted)
}

/// What differs between a report and its recount, a line each; empty when nothing does.
#[must_use]
pub fn differences(
    counted: &Report,
    recounted: &Report,
    names: &BTreeMap<u32, String>,
) -> Vec<String> {
    let nothing = Counts::default();
    let numbers: BTreeSet<u32> = counted
        .dialogues
        .keys()
        .chain(recounted.dialogues.keys())
        .copied()
        .collect();
    let mut lines = Vec::new();
    for number in numbers {
        let name = names
            .get(&number)
            .cloned()
            .unwrap_or_else(|| format!("number {number}"));
        let of = |report: &Report| rows(report.dialogues.get(&number).unwrap_or(&nothing));
        let (before, after) = (of(counted), of(recounted));
        let words: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for word in words {
            let value = |rows: &BTreeMap<String, i64>| rows.get(word).copied().unwrap_or(0);
            let (before, after) = (value(&before), value(&after));
            if before != after {
                lines.push(format!(
                    "{name}: {word}: {before} counted, {after} recounted"
                ));
            }
        }
    }
    lines
}

fn rows(counts: &Counts) -> BTreeMap<String, i64> {
    let mut rows = BTreeMap::from([
        ("triggered".to_owned(), counts.triggered),
        ("engaged".to_owned(), counts.engaged),
        ("completed".to_owned(), counts.completed),
        ("acquired".to_owned(), counts.acquired),
        ("meetings".to_owned(), counts.meetings),
    ]);
    let named = |kind: &str, of: &BTreeMap<String, i64>| -> Vec<(String, i64)> {
        of.iter()
            .map(|(name, n)| (format!("{kind} {name}"), *n))
            .collect()
    };
    rows.extend(named("goal", &counts.proven));
    rows.extend(named("arm", &counts.exposed));
    rows
}

fn expose(counts: &mut Counts, edition: &engine::compiled::Edition, experiment: u64, arm: u8) {
    for card in &edition.cards {
        if let CardKind::Experiment {
            experiment: id,
            arms,
        } = &card.kind
            && *id == experiment
            && let Some(arm) = arms.get(usize::from(arm))
        {
            *counts.exposed.entry(arm.name.clone()).or_default() += 1;
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_the_dialogue_and_the_count() {
        let report = |acquired: i64, goals: i64| Report {
            dialogues: BTreeMap::from([(
                3,
                Counts {
                    acquired,
                    proven: BTreeMap::from([("Won".to_owned(), goals)]),
                    ..Counts::default()
                },
            )]),
            recorded: BTreeMap::new(),
        };
        let names = BTreeMap::from([(3, "Welcome".to_owned())]);
        assert!(differences(&report(2, 1), &report(2, 1), &names).is_empty());
        assert_eq!(
            differences(&report(2, 1), &report(1, 0), &names),
            [
                "Welcome: acquired: 2 counted, 1 recounted",
                "Welcome: goal Won: 1 counted, 0 recounted"
            ]
        );
    }
}
