//! The audit log: who changed what, in a chain for each workspace.
//!
//! A change of what operators decide runs through [`Store::change`], which writes its row in the same transaction.
//! Functions that make such a change take a [`Changing`], which only comes from there. What visitors send has logs of
//! its own and is not here.

mod action;
mod chain;

pub use action::Action;
pub use chain::{Broken, Verified};

use super::db::{Connection, Read, Row};
use super::{Page, Principal, Result, Scope, Store, StoreError};
use crate::secrets::{hex, mac, random};
use engine::ids::Timestamp;
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use std::ops::Deref;

statements! {
    NEXT = "UPDATE workspaces SET last_audit = last_audit + 1 WHERE id = ?1 RETURNING last_audit";
    NEWEST = "SELECT hash FROM audit WHERE workspace = ?1 AND position = ?2";
    INSERT = "INSERT INTO audit
        (workspace, position, at, actor, action, subject, person, detail, salt, commitment, previous, hash)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
    LIST = "SELECT position, at, actor, action, subject, detail, hash FROM audit
        WHERE workspace = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    WHOLE = "SELECT position, at, actor, action, subject, person, detail, salt, commitment, previous, hash FROM audit
        WHERE workspace = ?1 ORDER BY position";
    EVERY = "SELECT id FROM workspaces ORDER BY id";
    LAST = "SELECT last_audit FROM workspaces WHERE id = ?1";
    ERASE = "UPDATE audit SET detail = NULL, salt = NULL WHERE workspace = ?1 AND detail IS NOT NULL
        AND (person = ?2 OR (?3 IS NOT NULL AND lower(detail) LIKE ?3 ESCAPE '!'))";
}

/// A row of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the workspace's chain, from 1 on, without a gap.
    pub position: i64,
    /// When.
    pub at: Timestamp,
    /// Who: `operator` (the command line), `user ID`, `token ID` or `server`.
    pub actor: String,
    /// What was done: the word of an [`Action`].
    pub action: String,
    /// To what, such as `dialogue Welcome`. Never personal data: a person stands here by id.
    pub subject: String,
    /// `before` and `after`, where there is something to say; nothing once a person in it was forgotten.
    pub detail: Option<Json>,
    /// What seals the row to all before it, as hexadecimal digits.
    pub hash: String,
}

/// What a change says about itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    subject: String,
    person: Option<String>,
    before: Json,
    after: Json,
}

impl Note {
    /// About what, in words without personal data.
    pub fn of(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            ..Self::default()
        }
    }

    /// About a person, by id. The detail goes when the person is forgotten.
    pub fn of_person(id: &str) -> Self {
        Self {
            person: Some(id.into()),
            ..Self::of(format!("person {id}"))
        }
    }

    /// How it was.
    pub fn before(self, before: Json) -> Self {
        Self { before, ..self }
    }

    /// How it is now.
    pub fn after(self, after: Json) -> Self {
        Self { after, ..self }
    }

    fn detail(&self) -> String {
        let mut detail = serde_json::Map::new();
        for (when, what) in [("before", &self.before), ("after", &self.after)] {
            if !what.is_null() {
                detail.insert(when.into(), what.clone());
            }
        }
        Json::Object(detail).to_string()
    }
}

/// A transaction that changes what operators decide; its row in the audit log is written at its end.
pub(crate) struct Changing<'d> {
    db: &'d Connection,
    note: RefCell<Option<Note>>,
}

impl Deref for Changing<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.db
    }
}

impl Changing<'_> {
    /// Says what the change is about. Said again, the last word counts.
    pub fn note(&self, note: Note) {
        *self.note.borrow_mut() = Some(note);
    }

    /// Says that all was so already: no row is written.
    pub fn nothing(&self) {
        *self.note.borrow_mut() = None;
    }
}

/// Runs a change inside a transaction and writes its row.
pub(super) fn change<T>(
    db: &Connection,
    scope: &Scope,
    action: Action,
    now: Timestamp,
    work: impl FnOnce(&Changing<'_>) -> Result<T>,
) -> Result<T> {
    let changing = Changing {
        db,
        note: RefCell::new(Some(Note::default())),
    };
    let done = work(&changing)?;
    if let Some(note) = changing.note.into_inner() {
        // Last, as every position is taken: its workspace's row is held until the commit.
        write(db, scope, action, &note, now)?;
    }
    Ok(done)
}

fn write(
    db: &Connection,
    scope: &Scope,
    action: Action,
    note: &Note,
    now: Timestamp,
) -> Result<()> {
    let workspace = scope.workspace();
    let position: i64 = db.query_row(NEXT, [workspace], |row| row.get(0))?;
    let previous: Vec<u8> = match position {
        1 => chain::BEGINNING.to_vec(),
        _ => db.query_row(NEWEST, (workspace, position - 1), |row| row.get(0))?,
    };
    let (detail, salt) = (note.detail(), random::<16>());
    let commitment = mac(&salt, &[detail.as_bytes()]);
    let actor = scope.actor();
    let link = chain::Link {
        workspace,
        position,
        at: now.0,
        actor: &actor,
        action: action.word(),
        subject: &note.subject,
        person: note.person.as_deref(),
        commitment: &commitment,
    };
    db.execute(
        INSERT,
        (
            workspace,
            position,
            now.0,
            &actor,
            action.word(),
            &note.subject,
            &note.person,
            &detail,
            salt,
            commitment,
            &previous,
            link.sealed_to(&previous),
        ),
    )?;
    Ok(())
}

/// Takes the details away that are about a person, or hold their address. The chain stays whole.
pub(super) fn forget(
    db: &Connection,
    scope: &Scope,
    person: &str,
    address: Option<&str>,
) -> Result<()> {
    let held = address.map(|address| {
        let written = json!(address.to_lowercase()).to_string();
        format!("%{}%", super::like(written.trim_matches('"')))
    });
    db.execute(ERASE, (scope.workspace(), person, held))?;
    Ok(())
}

impl Store {
    /// Runs one transaction that changes what operators decide, and writes its row into the audit log with it. As with
    /// `write`, the work may run again.
    pub(crate) async fn change<T, F>(&self, scope: &Scope, action: Action, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Changing<'_>, &Scope) -> Result<T> + Send + 'static,
    {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| change(db, &scope, action, now, |db| work(db, &scope)))
            .await
    }

    /// Runs one transaction that changes something in every workspace, and notes it in each of their audit logs.
    pub(crate) async fn change_everywhere<F>(&self, action: Action, work: F) -> Result<()>
    where
        F: Fn(&Changing<'_>, &Scope) -> Result<()> + Send + 'static,
    {
        let now = self.now();
        self.write(move |db| {
            let workspaces = db.query_map(EVERY, (), |row| row.get::<String>(0))?;
            for workspace in workspaces {
                let scope = Scope::new(&workspace?, Principal::Operator);
                change(db, &scope, action, now, |db| work(db, &scope))?;
            }
            Ok(())
        })
        .await
    }

    /// The audit log behind a position, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, scope: &Scope, after: i64, limit: u32) -> Result<Page<AuditRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(LIST, (scope.workspace(), after, limit + 1), read)?;
            let rows = rows.map(|row| row?).collect::<Result<Vec<_>>>()?;
            Ok(Page::of(rows, after, limit, |row| row.position))
        })
        .await
    }

    /// Follows the audit log from its beginning, and says where it was broken. `known` is the hash of a row that
    /// somebody wrote down: a log that was written anew, or cut behind, does not hold it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_audit(
        &self,
        scope: &Scope,
        known: Option<String>,
    ) -> Result<std::result::Result<Verified, Broken>> {
        let scope = scope.clone();
        self.read(move |db| chain::verify(db, &scope, known.as_deref()))
            .await
    }

    /// Notes in the audit log that personal data left as a file, before it does.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn note_export(
        &self,
        scope: &Scope,
        action: Action,
        what: &str,
    ) -> Result<()> {
        let what = what.to_owned();
        self.change(scope, action, move |db, _| {
            db.note(Note::of(what.clone()));
            Ok(())
        })
        .await
    }
}

fn read(row: &Row<'_>) -> Read<Result<AuditRow>> {
    let detail = row
        .get::<Option<String>>(5)?
        .map(|text| serde_json::from_str(&text))
        .transpose();
    let Ok(detail) = detail else {
        return Ok(Err(StoreError::Damaged("audit row")));
    };
    Ok(Ok(AuditRow {
        position: row.get(0)?,
        at: Timestamp(row.get(1)?),
        actor: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        detail,
        hash: hex(&row.get::<Vec<u8>>(6)?),
    }))
}
