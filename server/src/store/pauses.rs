//! What does not leave the outbox at present. It waits, in its order, until somebody lets it.

use super::audit::{Action, Changing, Note};
use super::{Result, Scope, Store};
use engine::ids::Timestamp;

statements! {
    PAUSE = "INSERT INTO outbox_pauses (workspace, kind, since, why) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (workspace, kind) DO NOTHING";
    RESUME = "DELETE FROM outbox_pauses WHERE workspace = ?1 AND kind = ?2";
    RESUME_ALL = "DELETE FROM outbox_pauses WHERE workspace = ?1";
    LIST = "SELECT kind, since, why FROM outbox_pauses WHERE workspace = ?1 ORDER BY kind";
    DEPTH = "SELECT coalesce(sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END), 0),
            coalesce(sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0),
            min(CASE WHEN state = 'waiting' THEN created_at END)
        FROM outbox WHERE state IN ('waiting', 'dead')";
    PAUSED = "SELECT count(*) FROM outbox_pauses";
}

/// What is held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PauseRow {
    /// The kind of messages; every kind when absent.
    pub kind: Option<String>,
    /// Since when, in milliseconds.
    pub since: i64,
    /// Why.
    pub why: String,
}

/// How much lies in the outbox of a whole server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Messages that are to leave.
    pub waiting: i64,
    /// Messages that were given up.
    pub dead: i64,
    /// How long the oldest of those that are to leave has waited, in milliseconds.
    pub oldest_ms: i64,
    /// How many pauses there are.
    pub pauses: i64,
}

/// Why somebody paused on the command line.
const WISH: &str = "an operator's wish";

impl Store {
    /// Lets no message of a kind, or none at all, leave until it is resumed. What is under way arrives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pause_outbox(&self, scope: &Scope, kind: Option<String>) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::PauseOutbox, move |db, scope| {
            db.note(Note::of(about(kind.as_deref())));
            if !pause(db, scope, kind.as_deref(), WISH, now)? {
                db.nothing();
            }
            Ok(())
        })
        .await
    }

    /// Lets messages of a kind leave again, or all. Gives back how many pauses that ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume_outbox(&self, scope: &Scope, kind: Option<String>) -> Result<usize> {
        self.change(scope, Action::ResumeOutbox, move |db, scope| {
            db.note(Note::of(about(kind.as_deref())));
            let ended = match &kind {
                Some(kind) => db.execute(RESUME, (scope.workspace(), kind))?,
                None => db.execute(RESUME_ALL, [scope.workspace()])?,
            };
            if ended == 0 {
                db.nothing();
            }
            Ok(ended)
        })
        .await
    }

    /// What is held back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbox_pauses(&self, scope: &Scope) -> Result<Vec<PauseRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(LIST, [scope.workspace()], |row| {
                let kind: String = row.get(0)?;
                Ok(PauseRow {
                    kind: Some(kind).filter(|kind| !kind.is_empty()),
                    since: row.get(1)?,
                    why: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// How much lies in the outboxes of all workspaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbox_depth(&self) -> Result<Depth> {
        let now = self.now();
        self.read(move |db| {
            let pauses = db.query_row(PAUSED, (), |row| row.get(0))?;
            Ok(db.query_row(DEPTH, (), |row| {
                let oldest: Option<i64> = row.get(2)?;
                Ok(Depth {
                    waiting: row.get(0)?,
                    dead: row.get(1)?,
                    oldest_ms: oldest.map_or(0, |oldest| (now.0 - oldest).max(0)),
                    pauses,
                })
            })?)
        })
        .await
    }
}

/// Holds a kind of messages back, or every kind. Says whether it was not so already.
pub(super) fn pause(
    db: &Changing<'_>,
    scope: &Scope,
    kind: Option<&str>,
    why: &str,
    now: Timestamp,
) -> Result<bool> {
    let row = (scope.workspace(), kind.unwrap_or_default(), now.0, why);
    Ok(db.execute(PAUSE, row)? > 0)
}

fn about(kind: Option<&str>) -> String {
    match kind {
        Some(kind) => format!("outbox, {kind}"),
        None => "outbox".into(),
    }
}
