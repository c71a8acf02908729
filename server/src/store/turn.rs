//! Whether a run's turn has come: what the engine's rule about repeating says, asked of what this visitor is
//! known to have done. A browser may tell of its runs in another order than they happened, so only what no
//! order can explain is refused.

use super::db::Connection;
use super::{Result, Scope};
use engine::compiled::Repeat;
use engine::ids::{DialogueId, Timestamp};
use engine::memory::{DialogueMemory, Stage};
use engine::wire::Begin;

statements! {
    RUNS = "SELECT run, began_at, last_at FROM conversations WHERE workspace = ?1 AND visitor = ?2 AND dialogue = ?3";
}

/// Whether a visitor can begin this run. The first is everybody's, also of a browser that forgot the others;
/// one that is known is counted once whatever begins it again.
pub(super) fn has_come(
    db: &Connection,
    scope: &Scope,
    visitor: &str,
    begin: &Begin,
    repeat: Repeat,
    slack_ms: i64,
) -> Result<bool> {
    if begin.run <= 1 {
        return Ok(begin.run == 1);
    }
    let rows = db.query_map(
        RUNS,
        (scope.workspace(), visitor, begin.dialogue.0),
        |row| Ok((row.get(0)?, Timestamp(row.get(1)?), Timestamp(row.get(2)?))),
    )?;
    let runs: Vec<(u32, Timestamp, Timestamp)> = rows.collect::<std::result::Result<_, _>>()?;
    if runs.iter().any(|(run, ..)| *run == begin.run) {
        return Ok(true);
    }
    Ok(runs.into_iter().all(|(run, began, last)| {
        if run < begin.run {
            follows(begin.dialogue, repeat, last, begin.at.plus(slack_ms))
        } else {
            follows(begin.dialogue, repeat, begin.at, began.plus(slack_ms))
        }
    }))
}

/// Whether a run can begin at `next` when an earlier one was not completed before `completed`.
fn follows(dialogue: DialogueId, repeat: Repeat, completed: Timestamp, next: Timestamp) -> bool {
    let memory = DialogueMemory {
        dialogue,
        run: 1,
        stage: Stage::Completed(completed),
        events: 0,
        site_seconds_before: 0,
        pages: Vec::new(),
    };
    memory.may_come(repeat, next)
}
