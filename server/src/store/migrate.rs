//! Brings a database up to date, one numbered file after another.

use super::db::Connection;
use super::db::postgres::translated;
use super::{Result, StoreError};
use engine::ids::Timestamp;
use std::time::Duration;

/// The steps, in order. A released file is never edited; a change is a new file at the end.
const STEPS: &[(&str, &str)] = &[
    (
        "0001_workspaces",
        include_str!("../../migrations/0001_workspaces.sql"),
    ),
    (
        "0002_dialogues",
        include_str!("../../migrations/0002_dialogues.sql"),
    ),
    (
        "0003_people",
        include_str!("../../migrations/0003_people.sql"),
    ),
    (
        "0004_conversations",
        include_str!("../../migrations/0004_conversations.sql"),
    ),
    (
        "0005_activities",
        include_str!("../../migrations/0005_activities.sql"),
    ),
    (
        "0006_outbox",
        include_str!("../../migrations/0006_outbox.sql"),
    ),
    (
        "0007_testing",
        include_str!("../../migrations/0007_testing.sql"),
    ),
    (
        "0008_meetings",
        include_str!("../../migrations/0008_meetings.sql"),
    ),
    (
        "0009_letters",
        include_str!("../../migrations/0009_letters.sql"),
    ),
    (
        "0010_acquired",
        include_str!("../../migrations/0010_acquired.sql"),
    ),
    (
        "0011_invitations",
        include_str!("../../migrations/0011_invitations.sql"),
    ),
    ("0012_key", include_str!("../../migrations/0012_key.sql")),
    (
        "0013_positions",
        include_str!("../../migrations/0013_positions.sql"),
    ),
    (
        "0014_forms",
        include_str!("../../migrations/0014_forms.sql"),
    ),
    ("0015_pins", include_str!("../../migrations/0015_pins.sql")),
    (
        "0016_documents",
        include_str!("../../migrations/0016_documents.sql"),
    ),
    (
        "0017_arriving",
        include_str!("../../migrations/0017_arriving.sql"),
    ),
    (
        "0018_audit",
        include_str!("../../migrations/0018_audit.sql"),
    ),
    (
        "0019_operators",
        include_str!("../../migrations/0019_operators.sql"),
    ),
    (
        "0020_rotation",
        include_str!("../../migrations/0020_rotation.sql"),
    ),
    (
        "0021_pauses",
        include_str!("../../migrations/0021_pauses.sql"),
    ),
    (
        "0022_staff",
        include_str!("../../migrations/0022_staff.sql"),
    ),
    (
        "0023_merges",
        include_str!("../../migrations/0023_merges.sql"),
    ),
    (
        "0024_known",
        include_str!("../../migrations/0024_known.sql"),
    ),
    (
        "0025_waiting",
        include_str!("../../migrations/0025_waiting.sql"),
    ),
];

statements! {
    FOUND = "SELECT coalesce(max(step), 0) FROM migrations";
    APPLIED = "INSERT INTO migrations (step, name, applied_at) VALUES (?1, ?2, ?3)";
}

const TABLE: &str = "CREATE TABLE IF NOT EXISTS migrations (
    step INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)";

/// How often several binaries that start at once give way to each other.
const TRIES: usize = 100;

/// Runs the steps that are missing, each in a transaction of its own.
///
/// # Errors
/// When a newer release has changed the database, or it fails.
pub(super) fn run(db: &Connection, now: Timestamp) -> Result<()> {
    let mut tries = 0;
    loop {
        match step(db, now) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(fault) => {
                let _ = db.execute_batch("ROLLBACK");
                tries += 1;
                if !fault.was_overtaken() || tries == TRIES {
                    return Err(fault);
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

/// The last step a database has had.
///
/// # Errors
/// When it fails.
pub(super) fn found(db: &Connection) -> Result<i64> {
    Ok(db.query_row(FOUND, (), |row| row.get(0))?)
}

/// The next missing step; says whether there was one.
fn step(db: &Connection, now: Timestamp) -> Result<bool> {
    let is_file = db.sqlite().is_some();
    let run = |sql: &str| match is_file {
        true => db.execute_batch(sql),
        false => db.execute_batch(&translated(sql)),
    };
    run(TABLE)?;
    db.execute_batch(if is_file { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
    let found = found(db)?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    let missing = usize::try_from(found).ok().and_then(|done| STEPS.get(done));
    if let Some((name, sql)) = missing {
        // First the row, so that whoever starts at the same time waits for this transaction.
        db.execute(APPLIED, (found + 1, *name, now.0))?;
        run(sql)?;
    }
    db.execute_batch("COMMIT")?;
    Ok(missing.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_memory() -> Connection {
        rusqlite::Connection::open_in_memory().unwrap().into()
    }

    #[test]
    fn a_database_of_a_newer_release_is_left_alone() {
        let db = in_memory();
        run(&db, Timestamp(0)).unwrap();
        run(&db, Timestamp(0)).unwrap();
        db.execute("INSERT INTO migrations VALUES (9999, 'later', 0)", ())
            .unwrap();
        assert!(matches!(
            run(&db, Timestamp(0)),
            Err(StoreError::Newer { found: 9999, .. })
        ));
    }

    #[test]
    fn rows_of_an_older_release_get_places_in_their_order() {
        let db = in_memory();
        let before = STEPS
            .iter()
            .position(|(name, _)| *name == "0013_positions")
            .unwrap();
        db.execute_batch(
            "CREATE TABLE migrations (step INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)",
        )
        .unwrap();
        for (step, (name, sql)) in (1..).zip(&STEPS[..before]) {
            db.execute_batch(sql).unwrap();
            let row = (step, name, 0);
            db.execute("INSERT INTO migrations VALUES (?1, ?2, ?3)", row)
                .unwrap();
        }
        for workspace in ["a", "b"] {
            db.execute(
                "INSERT INTO workspaces VALUES (?1, ?1, '', 'UTC', 'full', 1, '[]', '{}', 1, 10, 0, 0)",
                [workspace],
            )
            .unwrap();
            for (id, made) in [("z", 1), ("y", 2), ("x", 2)] {
                db.execute(
                    "INSERT INTO people (workspace, id, claimed, source, test, created_at, updated_at)
                     VALUES (?1, ?2, 0, '', 0, ?3, 0)",
                    (workspace, id, made),
                )
                .unwrap();
                db.execute(
                    "INSERT INTO comments VALUES (?1, ?2, '', 1, '', '', '', '', ?3)",
                    (workspace, id, made),
                )
                .unwrap();
            }
        }
        run(&db, Timestamp(0)).unwrap();
        for workspace in ["a", "b"] {
            let places = |table: &str| -> Vec<(String, i64)> {
                let sql = format!(
                    "SELECT id, position FROM {table} WHERE workspace = ?1 ORDER BY position"
                );
                let mut rows = db.sqlite().unwrap().prepare(&sql).unwrap();
                let rows = rows.query_map([workspace], |row| Ok((row.get(0)?, row.get(1)?)));
                rows.unwrap().map(std::result::Result::unwrap).collect()
            };
            let from = |first: i64| {
                let ids = ["z", "x", "y"].map(str::to_owned);
                ids.into_iter().zip(first..).collect::<Vec<_>>()
            };
            assert_eq!(places("people"), from(11));
            assert_eq!(places("comments"), from(14));
            let last: i64 = db
                .query_row(
                    "SELECT last_position FROM workspaces WHERE id = ?1",
                    [workspace],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(last, 16);
        }
    }

    #[test]
    fn every_key_begins_with_the_workspace() {
        let db = in_memory();
        run(&db, Timestamp(0)).unwrap();
        let tables = db
            .query_map(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
                (),
                |row| row.get::<String>(0),
            )
            .unwrap();
        for table in tables {
            let table = table.unwrap();
            if matches!(table.as_str(), "migrations" | "server_key" | "arriving") {
                continue;
            }
            let first: String = db
                .query_row(
                    "SELECT name FROM pragma_table_info(?1) WHERE pk = 1",
                    [&table],
                    |row| row.get(0),
                )
                .unwrap();
            let expected = if table == "workspaces" {
                "id"
            } else {
                "workspace"
            };
            assert_eq!(first, expected, "{table}");
        }
    }
}
