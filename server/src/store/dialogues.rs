//! Dialogues and flows as their authors wrote them.

use super::audit::{Action, Changing, Note};
use super::db::{Connection, Optional, Read, Row};
use super::{Result, Scope, Store, StoreError, workspaces};
use crate::secrets::{hash, hex};
use engine::authored::{Document, Flow};
use engine::ids::{DialogueId, Timestamp};
use std::collections::BTreeMap;

statements! {
    BY_NAME = "SELECT number, name, kind, document, live, edition, first_published_at, updated_at, published
        FROM dialogues WHERE workspace = ?1 AND name = ?2";
    BY_NUMBER = "SELECT number, name, kind, document, live, edition, first_published_at, updated_at, published
        FROM dialogues WHERE workspace = ?1 AND number = ?2";
    ALL = "SELECT number, name, kind, document, live, edition, first_published_at, updated_at, published
        FROM dialogues WHERE workspace = ?1 ORDER BY number";
    INSERT = "INSERT INTO dialogues (workspace, number, name, kind, document, live, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?6)";
    UPDATE = "UPDATE dialogues SET kind = ?3, document = ?4, updated_at = ?5
        WHERE workspace = ?1 AND number = ?2";
    SET_LIVE = "UPDATE dialogues SET live = 1, edition = ?3,
        first_published_at = coalesce(first_published_at, ?4), published = ?5 WHERE workspace = ?1 AND number = ?2";
    SET_UNPUBLISHED = "UPDATE dialogues SET live = 0 WHERE workspace = ?1 AND number = ?2";
}

/// A dialogue or flow as stored.
#[derive(Clone, Debug)]
pub struct DialogueRow {
    /// Its number in the workspace.
    pub number: DialogueId,
    /// Its name.
    pub name: String,
    /// What the author wrote.
    pub document: Document,
    /// What of it was published last; for a flow also what dialogues call.
    pub published: Option<Document>,
    /// Whether it is published.
    pub live: bool,
    /// The edition published last.
    pub edition: Option<String>,
    /// When it was first published.
    pub first_published: Option<Timestamp>,
    /// When the document last changed.
    pub updated: Timestamp,
}

impl DialogueRow {
    /// Whether it is called by dialogues instead of shown to an audience.
    #[must_use]
    pub fn is_flow(&self) -> bool {
        matches!(self.document, Document::Flow(_))
    }
}

impl Store {
    /// Keeps a document under its name, without publishing it. Gives back its number and whether it is new.
    ///
    /// # Errors
    /// When a dialogue would take a flow's name or the other way round.
    pub async fn import(&self, scope: &Scope, document: Document) -> Result<(DialogueId, bool)> {
        let now = self.now();
        self.change(scope, Action::ImportDialogue, move |db, scope| {
            import(db, scope, &document, now)
        })
        .await
    }

    /// One dialogue or flow by name.
    ///
    /// # Errors
    /// When there is none.
    pub async fn dialogue(&self, scope: &Scope, name: String) -> Result<DialogueRow> {
        let scope = scope.clone();
        self.read(move |db| by_name(db, &scope, &name)).await
    }

    /// One dialogue or flow by number.
    ///
    /// # Errors
    /// When there is none.
    pub async fn dialogue_numbered(&self, scope: &Scope, number: u32) -> Result<DialogueRow> {
        let scope = scope.clone();
        self.read(move |db| {
            db.query_row(BY_NUMBER, (scope.workspace(), number), read)
                .optional()?
                .ok_or_else(|| StoreError::Missing(format!("dialogue number {number}")))?
        })
        .await
    }

    /// All dialogues and flows, by number.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn dialogues(&self, scope: &Scope) -> Result<Vec<DialogueRow>> {
        let scope = scope.clone();
        self.read(move |db| all(db, &scope)).await
    }
}

fn import(
    db: &Changing<'_>,
    scope: &Scope,
    document: &Document,
    now: Timestamp,
) -> Result<(DialogueId, bool)> {
    let kind = match document {
        Document::Dialogue(_) => "dialogue",
        Document::Flow(_) => "flow",
    };
    let json = serde_json::to_string(document).map_err(|_| StoreError::Damaged("document"))?;
    let found: Option<(u32, String, String)> = db
        .query_row(BY_NAME, (scope.workspace(), document.name()), |row| {
            Ok((row.get(0)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let before = found.as_ref().map(|(_, _, json)| named_by_content(json));
    db.note(
        Note::of(format!("{kind} {}", document.name()))
            .before(before.into())
            .after(named_by_content(&json).into()),
    );
    let answer = match found {
        Some((_, other, _)) if other != kind => {
            return Err(StoreError::Conflict(format!(
                "{} is the name of a {other} already",
                document.name()
            )));
        }
        Some((number, ..)) => {
            db.execute(UPDATE, (scope.workspace(), number, kind, json, now.0))?;
            (DialogueId(number), false)
        }
        None => {
            let number = workspaces::next_dialogue(db, scope)?;
            db.execute(
                INSERT,
                (
                    scope.workspace(),
                    number,
                    document.name(),
                    kind,
                    json,
                    now.0,
                ),
            )?;
            (DialogueId(number), true)
        }
    };
    workspaces::bump(db, scope)?;
    Ok(answer)
}

/// What names a document in the audit log, which keeps none.
fn named_by_content(json: &str) -> String {
    hex(&hash(json.as_bytes()))
}

pub(super) fn by_name(db: &Connection, scope: &Scope, name: &str) -> Result<DialogueRow> {
    db.query_row(BY_NAME, (scope.workspace(), name), read)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("dialogue {name}")))?
}

pub(super) fn all(db: &Connection, scope: &Scope) -> Result<Vec<DialogueRow>> {
    let rows = db.query_map(ALL, [scope.workspace()], read)?;
    rows.map(|row| row?).collect()
}

/// All flows by name, as dialogues call them: as published, else as written.
pub(super) fn flows(all: &[DialogueRow]) -> BTreeMap<String, Flow> {
    all.iter()
        .filter_map(
            |row| match row.published.as_ref().unwrap_or(&row.document) {
                Document::Flow(flow) => Some((row.name.clone(), flow.clone())),
                Document::Dialogue(_) => None,
            },
        )
        .collect()
}

pub(super) fn set_live(
    db: &Changing<'_>,
    scope: &Scope,
    number: DialogueId,
    edition: Option<&str>,
    published: &Document,
    now: Timestamp,
) -> Result<()> {
    let json = serde_json::to_string(published).map_err(|_| StoreError::Damaged("document"))?;
    db.execute(
        SET_LIVE,
        (scope.workspace(), number.0, edition, now.0, json),
    )?;
    Ok(())
}

pub(super) fn set_unpublished(db: &Changing<'_>, scope: &Scope, number: DialogueId) -> Result<()> {
    db.execute(SET_UNPUBLISHED, (scope.workspace(), number.0))?;
    Ok(())
}

fn read(row: &Row<'_>) -> Read<Result<DialogueRow>> {
    let json: String = row.get(3)?;
    let Ok(document) = serde_json::from_str(&json) else {
        return Ok(Err(StoreError::Damaged("document")));
    };
    let published: Option<String> = row.get(8)?;
    Ok(Ok(DialogueRow {
        published: published.and_then(|json| serde_json::from_str(&json).ok()),
        number: DialogueId(row.get(0)?),
        name: row.get(1)?,
        document,
        live: row.get(4)?,
        edition: row.get(5)?,
        first_published: row.get::<Option<i64>>(6)?.map(Timestamp),
        updated: Timestamp(row.get(7)?),
    }))
}
