//! I3 and I10: goals, activities and counts are exactly those that replaying the logs yields.

use super::logs::{Log, named};
use super::{Check, Key};
use crate::Failure;
use engine::compiled::CardKind;
use engine::conversation::Output;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Something counted, and how often.
type Counted = BTreeMap<String, usize>;

/// What the logs lead to, under names that rows can be given, too.
#[derive(Default)]
struct Expected {
    goals: HashMap<Key, BTreeSet<String>>,
    activities: Counted,
    counters: BTreeSet<String>,
    exposures: BTreeSet<String>,
    acquired: BTreeSet<(String, String)>,
}

pub fn check(check: &mut Check, logs: &[Log]) -> Result<(), Failure> {
    let mut expected = Expected::default();
    for log in logs {
        expected.add(log);
    }
    goals(check, &expected)?;
    activities(check, &expected)?;
    counts(check, &expected)?;
    acquired(check, &expected)
}

impl Expected {
    fn add(&mut self, log: &Log) {
        self.count(log, "triggered");
        for (seq, outputs) in &log.turns {
            for output in outputs {
                match output {
                    Output::RecordEngaged => {
                        self.act(log, *seq, "Engaged with a Dialogue");
                        self.count(log, "engaged");
                    }
                    Output::RecordLink(..) => {
                        self.act(log, *seq, "Clicked Link in Chat in Dialogue")
                    }
                    Output::RecordDocument(_) | Output::RecordViewing(..) => {
                        self.act(log, *seq, "Interacted with Document in Dialogue");
                    }
                    Output::RecordAgreement(_) => self.act(log, *seq, "Gave Consent in Dialogue"),
                    Output::RecordMeeting(..) => {
                        self.act(log, *seq, "Scheduled Meeting in Dialogue");
                        self.count(log, "meeting");
                    }
                    Output::RecordGoal(card) => {
                        let card = log
                            .edition()
                            .and_then(|edition| edition.cards.get(usize::from(card.0)));
                        if let Some(CardKind::Goal(goal)) = card.map(|card| &card.kind)
                            && self
                                .goals
                                .entry(log.key.clone())
                                .or_default()
                                .insert(goal.name.clone())
                        {
                            self.act(log, *seq, "Reached Dialogue Goal");
                        }
                    }
                    Output::Expose(experiment, _) => {
                        self.exposures
                            .insert(exposure(&log.key.0, *experiment, &log.visitor));
                    }
                    Output::Complete => self.count(log, "completed"),
                    Output::Acquire(address) => {
                        self.acquired
                            .insert((log.key.0.clone(), address.to_lowercase()));
                    }
                    Output::Say(_)
                    | Output::Ask(_)
                    | Output::AskAgain(..)
                    | Output::BackTo(_)
                    | Output::StartOver
                    | Output::SetAttribute(..)
                    | Output::FillIn(..)
                    | Output::ConfirmIdentity
                    | Output::DenyIdentity => {}
                }
            }
        }
    }

    fn act(&mut self, log: &Log, seq: u32, kind: &str) {
        *self
            .activities
            .entry(activity(&log.key, seq, kind))
            .or_default() += 1;
    }

    fn count(&mut self, log: &Log, kind: &str) {
        let (dialogue, run) = (i64::from(log.begin.dialogue.0), i64::from(log.begin.run));
        self.counters
            .insert(counter(&log.key.0, kind, dialogue, &log.visitor, run));
    }
}

fn activity(key: &Key, seq: u32, kind: &str) -> String {
    format!("{} line {seq}: {kind}", named(key))
}

fn counter(workspace: &str, kind: &str, dialogue: i64, visitor: &str, run: i64) -> String {
    format!("{workspace}: {kind} in dialogue {dialogue} by {visitor}, run {run}")
}

fn exposure(workspace: &str, experiment: u64, visitor: &str) -> String {
    format!("{workspace}: experiment {experiment:x} shown to {visitor}")
}

fn goals(check: &mut Check, expected: &Expected) -> Result<(), Failure> {
    let names = check.names.clone();
    let mut found: HashMap<Key, Vec<String>> = HashMap::new();
    let mut rows = 0;
    let sql = "SELECT workspace, conversation, name FROM goals WHERE proven = 1";
    check.db.each(sql, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        found
            .entry((name, row.text()))
            .or_default()
            .push(row.text());
        rows += 1;
    })?;
    check.verdict.counted("goals", rows);
    let none = BTreeSet::new();
    for (key, goals) in &found {
        let reached = expected.goals.get(key).unwrap_or(&none);
        let distinct: BTreeSet<String> = goals.iter().cloned().collect();
        if distinct.len() != goals.len() {
            check.verdict.violated(
                "I3",
                format!("{}: a goal counts twice of {goals:?}", named(key)),
            );
        }
        for goal in distinct.difference(reached) {
            check
                .verdict
                .violated("I3", format!("{}: {goal:?} was not reached", named(key)));
        }
    }
    for (key, goals) in &expected.goals {
        for goal in goals {
            if !found.get(key).is_some_and(|found| found.contains(goal)) {
                check.verdict.violated(
                    "I3",
                    format!("{}: {goal:?} was reached and is not there", named(key)),
                );
            }
        }
    }
    Ok(())
}

fn activities(check: &mut Check, expected: &Expected) -> Result<(), Failure> {
    let names = check.names.clone();
    let mut found = Counted::new();
    let sql = "SELECT workspace, conversation, seq, kind FROM activities WHERE proven = 1";
    check.db.each(sql, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        let key = (name, row.text());
        let (seq, kind) = (row.small(), row.text());
        *found.entry(activity(&key, seq, &kind)).or_default() += 1;
    })?;
    check.verdict.counted("activities", found.values().sum());
    let all: BTreeSet<&String> = found.keys().chain(expected.activities.keys()).collect();
    for what in all {
        let of = |counted: &Counted| counted.get(what).copied().unwrap_or(0);
        let (rows, replayed) = (of(&found), of(&expected.activities));
        if rows != replayed {
            check.verdict.violated(
                "I10",
                format!("{what}: {rows} rows, {replayed} by the replay"),
            );
        }
    }
    Ok(())
}

fn counts(check: &mut Check, expected: &Expected) -> Result<(), Failure> {
    let names = check.names.clone();
    let name = |id: String| names.get(&id).cloned().unwrap_or(id);
    let mut counters = BTreeSet::new();
    let sql = "SELECT workspace, kind, dialogue, visitor, run FROM counters";
    check.db.each(sql, |mut row| {
        let (workspace, kind, dialogue) = (name(row.text()), row.text(), row.integer());
        counters.insert(counter(
            &workspace,
            &kind,
            dialogue,
            &row.text(),
            row.integer(),
        ));
    })?;
    let mut exposures = BTreeSet::new();
    check.db.each(
        "SELECT workspace, experiment, visitor FROM exposures",
        |mut row| {
            let (workspace, experiment) = (name(row.text()), row.integer());
            let experiment = u64::from_ne_bytes(experiment.to_ne_bytes());
            exposures.insert(exposure(&workspace, experiment, &row.text()));
        },
    )?;
    for (found, expected) in [
        (&counters, &expected.counters),
        (&exposures, &expected.exposures),
    ] {
        for what in found.difference(expected) {
            check
                .verdict
                .violated("I10", format!("{what}: counted, and not by the replay"));
        }
        for what in expected.difference(found) {
            check
                .verdict
                .violated("I10", format!("{what}: not counted"));
        }
    }
    Ok(())
}

/// People who were won: every address that a log gives won one person, once.
fn acquired(check: &mut Check, expected: &Expected) -> Result<(), Failure> {
    let names = check.names.clone();
    let mut found = Vec::new();
    let sql = "SELECT workspace, acquired_as FROM people WHERE acquired_conversation IS NOT NULL";
    check.db.each(sql, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        found.push((name, row.text()));
    })?;
    let distinct: BTreeSet<(String, String)> = found.iter().cloned().collect();
    if distinct.len() != found.len() {
        let twice = found.len() - distinct.len();
        check
            .verdict
            .violated("I10", format!("{twice} people were won twice"));
    }
    for (workspace, address) in distinct.difference(&expected.acquired) {
        let what = format!("{workspace}: {address} was won in no conversation");
        check.verdict.violated("I10", what);
    }
    for (workspace, address) in expected.acquired.difference(&distinct) {
        check
            .verdict
            .violated("I10", format!("{workspace}: {address} was not won"));
    }
    Ok(())
}
