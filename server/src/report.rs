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
    let mut seen: BTreeSet<(&'static str, u32, String, u32)> = BTreeSet::new();
    let mut arms: BTreeSet<(u64, String)> = BTreeSet::new();
    let mut counted = Report {
        dialogues: BTreeMap::new(),
        recorded: report.recorded.clone(),
    };
    for log in app.store.raw_logs(scope).await? {
        let published = app.edition(scope, log.edition).await?;
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
        let mut goals = BTreeSet::new();
        for output in turns.into_iter().flatten() {
            match output {
                Output::RecordEngaged => counts.engaged += i64::from(first("engaged")),
                Output::Complete => counts.completed += i64::from(first("completed")),
                Output::RecordMeeting(..) => counts.meetings += 1,
                Output::Acquire(email) => {
                    if let Some(at) = won.iter().position(|known| *known == email.to_lowercase()) {
                        won.swap_remove(at);
                        counts.acquired += 1;
                    }
                }
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
                | Output::RecordLink(..)
                | Output::ConfirmIdentity
                | Output::DenyIdentity => {}
            }
        }
    }
    Ok(counted)
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
