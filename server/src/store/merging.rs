//! Merging a claimed record into the person it turned out to be of, and undoing it.
//!
//! Only a record that a visitor claimed is ever merged, and only into the person on file with the same address, by
//! somebody who proved to be that person. Two people on file are never merged. What moved is written down.

use super::audit::{Action, Note};
use super::db::{Connection, Optional, Read, Row};
use super::people::{self, Person};
use super::values::{self, Owner};
use super::{Result, Scope, Store, StoreError, remembered};
use crate::secrets::fresh_id;
use engine::ids::Timestamp;
use engine::wire::Strength;
use serde_json::json;

statements! {
    ACTIVITIES = "SELECT id FROM activities WHERE workspace = ?1 AND person = ?2";
    GOALS = "SELECT id FROM goals WHERE workspace = ?1 AND person = ?2";
    CONVERSATIONS = "SELECT id FROM conversations WHERE workspace = ?1 AND person = ?2";
    VISITORS = "SELECT id FROM visitors WHERE workspace = ?1 AND person = ?2";
    MOVE_ACTIVITY = "UPDATE activities SET person = ?4 WHERE workspace = ?1 AND id = ?2 AND person = ?3";
    MOVE_GOAL = "UPDATE goals SET person = ?4 WHERE workspace = ?1 AND id = ?2 AND person = ?3";
    MOVE_CONVERSATION = "UPDATE conversations SET person = ?4 WHERE workspace = ?1 AND id = ?2 AND person = ?3";
    MOVE_VISITOR = "UPDATE visitors SET person = ?4 WHERE workspace = ?1 AND id = ?2 AND person = ?3";
    CLAIM_AGAIN = "UPDATE visitors SET person = ?4, strength = ?5, verified_until = 0
        WHERE workspace = ?1 AND id = ?2 AND person = ?3";
    MERGED = "UPDATE people SET merged_into = ?3, updated_at = ?4 WHERE workspace = ?1 AND id = ?2";
    RECORD = "INSERT INTO merges (workspace, id, from_person, into_person, visitor, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    RECORD_ROW = "INSERT INTO merged_rows (workspace, merge, kind, id, before) VALUES (?1, ?2, ?3, ?4, ?5)";
    BY_ID = "SELECT id, from_person, into_person, visitor, at FROM merges
        WHERE workspace = ?1 AND id = ?2 AND undone_at IS NULL FOR UPDATE";
    LIST = "SELECT id, from_person, into_person, visitor, at FROM merges
        WHERE workspace = ?1 AND undone_at IS NULL AND (?2 IS NULL OR into_person = ?2) ORDER BY at, id";
    LATER = "SELECT count(*) FROM merges WHERE workspace = ?1 AND into_person = ?2 AND undone_at IS NULL
        AND (at > ?3 OR (at = ?3 AND id > ?4))";
    ROWS = "SELECT kind, id, before FROM merged_rows WHERE workspace = ?1 AND merge = ?2";
    UNDONE = "UPDATE merges SET undone_at = ?3 WHERE workspace = ?1 AND id = ?2";
    FORGET_ROWS = "DELETE FROM merged_rows WHERE workspace = ?1 AND merge IN (SELECT id FROM merges
        WHERE workspace = ?1 AND (from_person = ?2 OR into_person = ?2))";
}

/// Rows that go with a person.
const MOVED: [(&str, &str, &str); 4] = [
    ("activity", ACTIVITIES, MOVE_ACTIVITY),
    ("goal", GOALS, MOVE_GOAL),
    ("conversation", CONVERSATIONS, MOVE_CONVERSATION),
    ("visitor", VISITORS, MOVE_VISITOR),
];
const VALUE: &str = "value";

/// A merge that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeRow {
    /// Its id.
    pub id: String,
    /// The claimed record, by id.
    pub from: String,
    /// The person it was merged into, by id.
    pub into: String,
    /// The browser by which it happened, by id.
    pub visitor: String,
    /// When, in milliseconds.
    pub at: i64,
}

/// Merges a claimed record into the person on file whom its browser was proven to belong to. Whatever else is left apart.
pub(super) fn merge(
    db: &Connection,
    scope: &Scope,
    from: &Person,
    into: &Person,
    visitor: &str,
    now: Timestamp,
) -> Result<()> {
    let may = from.claimed && !into.claimed && from.email.is_some() && from.email == into.email;
    if !may {
        return Ok(());
    }
    let workspace = scope.workspace();
    let id = fresh_id(now);
    let merge = (workspace, &id, &from.id, &into.id, visitor, now.0);
    db.execute(RECORD, merge)?;
    let record = |kind: &str, row: &str, before: Option<String>| {
        db.execute(RECORD_ROW, (workspace, &id, kind, row, before))
    };
    let known = values::rows(db, scope, (Owner::Person, &into.id))?;
    for (name, value) in values::of(db, scope, (Owner::Person, &from.id))? {
        let before = known.get(&name).map(|row| json!(row).to_string());
        values::set(
            db,
            scope,
            (Owner::Person, &into.id),
            &name,
            Some(&value),
            now,
        )?;
        record(VALUE, &name, before)?;
    }
    for (kind, select, set) in MOVED {
        let rows = db.query_map(select, (workspace, &from.id), |row| row.get::<String>(0))?;
        for row in rows {
            let row = row?;
            db.execute(set, (workspace, &row, &from.id, &into.id))?;
            record(kind, &row, None)?;
        }
    }
    db.execute(MERGED, (workspace, &from.id, &into.id, now.0))?;
    Ok(())
}

/// Forgets what merges of a record moved.
pub(super) fn forget(db: &Connection, scope: &Scope, record: &str) -> Result<()> {
    db.execute(FORGET_ROWS, (scope.workspace(), record))?;
    Ok(())
}

impl Store {
    /// Merges that stand, oldest first, of all people or one.
    ///
    /// # Errors
    /// When there is no such person.
    pub async fn merges(&self, scope: &Scope, person: Option<String>) -> Result<Vec<MergeRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let person = match person {
                None => None,
                Some(key) => Some(
                    people::find(db, &scope, &key)?
                        .ok_or_else(|| StoreError::Missing(format!("person {key}")))?
                        .id,
                ),
            };
            let rows = db.query_map(LIST, (scope.workspace(), person), read)?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Undoes a merge: the claimed record is one of its own again, with what it had, and its browser is no more certain
    /// than before. A value that was changed since stays as it is.
    ///
    /// # Errors
    /// When there is no such merge, or a later one into the same person stands.
    pub async fn unmerge(&self, scope: &Scope, id: String) -> Result<MergeRow> {
        let now = self.now();
        self.change(scope, Action::UnmergePerson, move |db, scope| {
            let workspace = scope.workspace();
            let merge = db
                .query_row(BY_ID, (workspace, &id), read)
                .optional()?
                .ok_or_else(|| StoreError::Missing(format!("merge {id}")))?;
            let later = (workspace, &merge.into, merge.at, &merge.id);
            let later: i64 = db.query_row(LATER, later, |row| row.get(0))?;
            if later > 0 {
                return Err(StoreError::Conflict(
                    "a later merge into the same person stands: undo that first".into(),
                ));
            }
            let rows = db.query_map(ROWS, (workspace, &merge.id), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            let rows = rows.collect::<std::result::Result<Vec<_>, _>>()?;
            if rows.is_empty() {
                return Err(StoreError::Conflict(
                    "an earlier release merged them and did not write down what moved".into(),
                ));
            }
            for row in rows {
                let (kind, row, before): (String, String, Option<String>) = row;
                if kind == VALUE {
                    give_back(db, scope, &merge, &row, before)?;
                } else if let Some((_, _, set)) = MOVED.iter().find(|(known, ..)| *known == kind) {
                    db.execute(set, (workspace, &row, &merge.into, &merge.from))?;
                }
            }
            let visitor = (
                workspace,
                &merge.visitor,
                &merge.into,
                &merge.from,
                Strength::Claimed as i64,
            );
            db.execute(CLAIM_AGAIN, visitor)?;
            db.execute(MERGED, (workspace, &merge.from, None::<String>, now.0))?;
            db.execute(UNDONE, (workspace, &merge.id, now.0))?;
            remembered::changed(db, scope, now)?;
            db.note(Note::of_person(&merge.into).after(json!({ "apart": merge.from })));
            Ok(merge)
        })
        .await
    }
}

fn give_back(
    db: &Connection,
    scope: &Scope,
    merge: &MergeRow,
    name: &str,
    before: Option<String>,
) -> Result<()> {
    let merged = values::rows(db, scope, (Owner::Person, &merge.from))?;
    let now = values::rows(db, scope, (Owner::Person, &merge.into))?;
    if now.get(name).map(|row| (&row.0, &row.1)) != merged.get(name).map(|row| (&row.0, &row.1)) {
        return Ok(());
    }
    let before = before
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|_| StoreError::Damaged("merge"))?;
    values::put_back(db, scope, (Owner::Person, &merge.into), name, before)
}

fn read(row: &Row<'_>) -> Read<MergeRow> {
    Ok(MergeRow {
        id: row.get(0)?,
        from: row.get(1)?,
        into: row.get(2)?,
        visitor: row.get(3)?,
        at: row.get(4)?,
    })
}
