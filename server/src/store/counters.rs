//! Counts under their keys, and what reports say.

use super::conversations::Standing;
use super::ledger::{Ledger, Sheet};
use super::{Result, Scope, Store};
use engine::ids::Timestamp;
use std::collections::BTreeMap;

statements! {
    COUNT = "INSERT INTO counters (workspace, kind, dialogue, visitor, run, conversation, at, test)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (workspace, kind, dialogue, visitor, run) DO NOTHING";
    EXPOSE = "INSERT INTO exposures (workspace, experiment, visitor, arm, arm_name, dialogue, conversation, at, test)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (workspace, experiment, visitor) DO NOTHING";
    COUNTED = "SELECT dialogue, kind, count(*) FROM counters
        WHERE workspace = ?1 AND at >= ?2 AND at < ?3 AND test = 0 GROUP BY dialogue, kind";
    ACQUIRED = "SELECT acquired_dialogue, count(*) FROM people
        WHERE workspace = ?1 AND acquired_dialogue IS NOT NULL AND created_at >= ?2 AND created_at < ?3
        AND test = 0 GROUP BY acquired_dialogue";
    MEETINGS = "SELECT dialogue, count(*) FROM activities
        WHERE workspace = ?1 AND kind = 'Scheduled Meeting in Dialogue' AND at >= ?2 AND at < ?3
        AND test = 0 GROUP BY dialogue";
    GOALS = "SELECT dialogue, name, proven, count(*) FROM goals
        WHERE workspace = ?1 AND at >= ?2 AND at < ?3 AND test = 0 GROUP BY dialogue, name, proven";
    EXPOSED = "SELECT dialogue, arm_name, count(*) FROM exposures
        WHERE workspace = ?1 AND at >= ?2 AND at < ?3 AND test = 0 GROUP BY dialogue, arm_name";
    ACQUIRED_ADDRESSES = "SELECT acquired_conversation, acquired_as FROM people
        WHERE workspace = ?1 AND acquired_conversation IS NOT NULL AND test = 0";
    INVITED = "SELECT id, email FROM meetings WHERE workspace = ?1 AND test = 0";
}

/// What is counted once per visitor, dialogue and run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Counter {
    /// Shown.
    Triggered,
    /// Answered.
    Engaged,
    /// Came to an end.
    Completed,
    /// Led to a meeting.
    Meeting,
}

impl Counter {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Counter::Triggered => "triggered",
            Counter::Engaged => "engaged",
            Counter::Completed => "completed",
            Counter::Meeting => "meeting",
        }
    }
}

/// The counts of one dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs shown.
    pub triggered: i64,
    /// Runs answered.
    pub engaged: i64,
    /// Runs that came to an end.
    pub completed: i64,
    /// People it won.
    pub acquired: i64,
    /// Meetings booked in it.
    pub meetings: i64,
    /// Proven goals by name.
    pub proven: BTreeMap<String, i64>,
    /// Visitors per arm of its experiments.
    pub exposed: BTreeMap<String, i64>,
}

/// What a workspace's dialogues did in a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By dialogue number.
    pub dialogues: BTreeMap<u32, Counts>,
    /// Goals that the customer's servers recorded, by name.
    pub recorded: BTreeMap<String, i64>,
}

/// Counts something of a conversation.
pub(super) fn count(
    ledger: &Ledger,
    scope: &Scope,
    counter: Counter,
    standing: &Standing,
    at: Timestamp,
) {
    let row = (
        scope.workspace(),
        counter.word(),
        standing.begin.dialogue.0,
        &standing.visitor,
        standing.begin.run,
        &standing.id,
        at.0,
        standing.test,
    );
    ledger.put(Sheet::Counters, COUNT, row);
}

/// Notes which arm of an experiment a visitor got.
pub(super) fn expose(
    ledger: &Ledger,
    scope: &Scope,
    standing: &Standing,
    (experiment, arm): (u64, u8),
    name: &str,
    at: Timestamp,
) {
    let row = (
        scope.workspace(),
        i64::from_ne_bytes(experiment.to_ne_bytes()),
        &standing.visitor,
        arm,
        name,
        standing.begin.dialogue.0,
        &standing.id,
        at.0,
        standing.test,
    );
    ledger.put(Sheet::Exposures, EXPOSE, row);
}

impl Store {
    /// What was counted from one moment until before another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&self, scope: &Scope, from: Timestamp, until: Timestamp) -> Result<Report> {
        let scope = scope.clone();
        self.read(move |db| {
            let span = (scope.workspace(), from.0, until.0);
            let mut report = Report::default();
            db.for_each(COUNTED, span, |row| {
                let counts = report.dialogues.entry(row.get(0)?).or_default();
                match row.get::<String>(1)?.as_str() {
                    "triggered" => counts.triggered = row.get(2)?,
                    "engaged" => counts.engaged = row.get(2)?,
                    "completed" => counts.completed = row.get(2)?,
                    _ => {}
                }
                Ok(())
            })?;
            db.for_each(ACQUIRED, span, |row| {
                report.dialogues.entry(row.get(0)?).or_default().acquired = row.get(1)?;
                Ok(())
            })?;
            db.for_each(MEETINGS, span, |row| {
                report.dialogues.entry(row.get(0)?).or_default().meetings = row.get(1)?;
                Ok(())
            })?;
            db.for_each(EXPOSED, span, |row| {
                let counts = report.dialogues.entry(row.get(0)?).or_default();
                counts.exposed.insert(row.get(1)?, row.get(2)?);
                Ok(())
            })?;
            db.for_each(GOALS, span, |row| {
                let (name, times): (String, i64) = (row.get(1)?, row.get(3)?);
                match (row.get::<Option<u32>>(0)?, row.get::<bool>(2)?) {
                    (Some(dialogue), true) => {
                        report
                            .dialogues
                            .entry(dialogue)
                            .or_default()
                            .proven
                            .insert(name, times);
                    }
                    _ => *report.recorded.entry(name).or_default() += times,
                }
                Ok(())
            })?;
            Ok(report)
        })
        .await
    }

    /// The conversations that won people, with the address each gave.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acquisitions(&self, scope: &Scope) -> Result<BTreeMap<String, Vec<String>>> {
        let scope = scope.clone();
        self.read(move |db| {
            let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
            db.for_each(ACQUIRED_ADDRESSES, [scope.workspace()], |row| {
                if let Some(email) = row.get::<Option<String>>(1)? {
                    all.entry(row.get(0)?).or_default().push(email);
                }
                Ok(())
            })?;
            Ok(all)
        })
        .await
    }

    /// Where the invitation to each meeting went, by the meeting's id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn invited(&self, scope: &Scope) -> Result<BTreeMap<String, String>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(INVITED, [scope.workspace()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }
}
