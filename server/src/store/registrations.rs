//! Registrations: goals that were confirmed by mail, and can be undone by whoever got the mail.

use super::db::{Connection, Optional, Read, Row};
use super::scope::Principal;
use super::{Result, Scope, Store, StoreError};
use crate::secrets::{Keys, hash};
use engine::ids::Timestamp;
use serde_json::{Map, Value as Json, json};

statements! {
    KEEP = "INSERT INTO registrations (workspace, goal, person, email, language, subject, undo_hash, made_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (workspace, goal) DO NOTHING";
    BY_LINK = "SELECT workspace, goal, email, language, subject, undone_at FROM registrations AS r WHERE undo_hash = ?1
        OR EXISTS (SELECT 1 FROM renewed_links AS l WHERE l.token_hash = ?1 AND l.kind = 'undo'
            AND l.workspace = r.workspace AND l.subject = r.goal)";
    UNDO = "UPDATE registrations SET undone_at = ?3 WHERE workspace = ?1 AND goal = ?2 AND undone_at IS NULL";
    FORGET = "DELETE FROM registrations WHERE workspace = ?1 AND person = ?2";
    GOAL = "SELECT attributes FROM goals WHERE workspace = ?1 AND id = ?2";
    MARK_GOAL = "UPDATE goals SET attributes = ?3 WHERE workspace = ?1 AND id = ?2";
}

/// A registration, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The goal's id.
    pub goal: String,
    /// Where the confirmation went.
    pub email: String,
    /// The language of the conversation.
    pub language: String,
    /// What the confirmation was about.
    pub subject: String,
    /// When it was undone.
    pub undone: Option<Timestamp>,
}

/// The secret in a registration's undo link: 128 bits that only this server can make again.
#[must_use]
pub fn undo_token(keys: &Keys, scope: &Scope, goal: &str) -> [u8; 16] {
    keys.link(&[b"undo", scope.workspace().as_bytes(), goal.as_bytes()])
}

impl Store {
    /// Keeps a registration before its confirmation leaves. Keeping it again changes nothing.
    pub(crate) async fn keep_registration(
        &self,
        scope: &Scope,
        keys: &Keys,
        person: String,
        registration: Registration,
    ) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        let undo = hash(&undo_token(keys, &scope, &registration.goal));
        self.write(move |db| {
            db.execute(
                KEEP,
                (
                    scope.workspace(),
                    &registration.goal,
                    &person,
                    &registration.email,
                    &registration.language,
                    &registration.subject,
                    undo,
                    now.0,
                ),
            )?;
            Ok(())
        })
        .await
    }

    /// The registration an undo link leads to, and the way in to its workspace.
    ///
    /// # Errors
    /// When the link leads nowhere.
    pub async fn registration_by_link(&self, token: Vec<u8>) -> Result<(Scope, Registration)> {
        self.read(move |db| {
            db.query_row(BY_LINK, [hash(&token)], read)
                .optional()?
                .ok_or_else(|| StoreError::Missing("registration".into()))
        })
        .await
    }

    /// Undoes a registration: the goal stays proven and says so. Undoing it again changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn undo_registration(&self, scope: &Scope, goal: String) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let changed = db.execute(UNDO, (scope.workspace(), &goal, now.0))?;
            if changed > 0 {
                mark(db, &scope, &goal)
            } else {
                Ok(())
            }
        })
        .await
    }
}

/// Forgets a person's registrations; their undo links lead nowhere from now on.
pub(super) fn forget(db: &Connection, scope: &Scope, person: &str) -> Result<()> {
    db.execute(FORGET, (scope.workspace(), person))?;
    Ok(())
}

fn mark(db: &Connection, scope: &Scope, goal: &str) -> Result<()> {
    let stored: Option<String> = db
        .query_row(GOAL, (scope.workspace(), goal), |row| row.get(0))
        .optional()?;
    if let Some(stored) = stored {
        let mut attributes: Map<String, Json> =
            serde_json::from_str(&stored).map_err(|_| StoreError::Damaged("goal"))?;
        attributes.insert("Registration".into(), json!("undone"));
        let attributes = Json::Object(attributes).to_string();
        db.execute(MARK_GOAL, (scope.workspace(), goal, attributes))?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Read<(Scope, Registration)> {
    let workspace: String = row.get(0)?;
    let registration = Registration {
        goal: row.get(1)?,
        email: row.get(2)?,
        language: row.get(3)?,
        subject: row.get(4)?,
        undone: row.get::<Option<i64>>(5)?.map(Timestamp),
    };
    Ok((Scope::new(&workspace, Principal::Visitor), registration))
}
