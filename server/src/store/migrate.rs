//! Brings a database up to date, one numbered file after another.

use super::{Result, StoreError};
use engine::ids::Timestamp;
use rusqlite::{Connection, TransactionBehavior};

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
];

pub(super) fn run(db: &mut Connection, now: Timestamp) -> Result<()> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS migrations (
           step INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL)",
    )?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 =
        transaction.query_row("SELECT coalesce(max(step), 0) FROM migrations", [], |row| {
            row.get(0)
        })?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (step, (name, sql)) in (1..).zip(STEPS) {
        if step > found {
            transaction.execute_batch(sql)?;
            transaction.execute(
                "INSERT INTO migrations (step, name, applied_at) VALUES (?1, ?2, ?3)",
                (step, name, now.0),
            )?;
        }
    }
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_a_newer_release_is_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        run(&mut db, Timestamp(0)).unwrap();
        run(&mut db, Timestamp(0)).unwrap();
        db.execute("INSERT INTO migrations VALUES (9999, 'later', 0)", [])
            .unwrap();
        assert!(matches!(
            run(&mut db, Timestamp(0)),
            Err(StoreError::Newer { found: 9999, .. })
        ));
    }

    #[test]
    fn rows_of_an_older_release_get_places_in_their_order() {
        let mut db = Connection::open_in_memory().unwrap();
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
        run(&mut db, Timestamp(0)).unwrap();
        for workspace in ["a", "b"] {
            let places = |table: &str| -> Vec<(String, i64)> {
                let sql = format!(
                    "SELECT id, position FROM {table} WHERE workspace = ?1 ORDER BY position"
                );
                let mut rows = db.prepare(&sql).unwrap();
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
        let mut db = Connection::open_in_memory().unwrap();
        run(&mut db, Timestamp(0)).unwrap();
        let mut tables = db
            .prepare(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            )
            .unwrap();
        let tables: Vec<String> = tables
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(std::result::Result::unwrap)
            .collect();
        for table in tables {
            if matches!(table.as_str(), "migrations" | "server_key") {
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
