//! Users: who operates a workspace with a password, and in which role.

use super::audit::{Action, Changing, Note};
use super::db::{Connection, Optional, Read, Row};
use super::{Result, Scope, Store, StoreError, sessions, workspaces};
use crate::roles::Role;
use crate::secrets::fresh_id;
use serde_json::json;

statements! {
    INSERT = "INSERT INTO users (workspace, id, email, name, password, created_at, role)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    ALL = "SELECT id, email, name, role, created_at FROM users WHERE workspace = ?1 ORDER BY email";
    BY_ID = "SELECT id, email, name, role, created_at FROM users WHERE workspace = ?1 AND id = ?2";
    BY_EMAIL = "SELECT id, email, name, role, created_at FROM users WHERE workspace = ?1 AND email = ?2";
    DELETE = "DELETE FROM users WHERE workspace = ?1 AND id = ?2";
    SET_PASSWORD = "UPDATE users SET password = ?3 WHERE workspace = ?1 AND id = ?2";
    SET_ROLE = "UPDATE users SET role = ?3 WHERE workspace = ?1 AND id = ?2";
    WITH_ROLE = "SELECT count(*) FROM users WHERE workspace = ?1 AND role = ?2";
}

/// A user as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// The id.
    pub id: String,
    /// The address to log in with, in lower case.
    pub email: String,
    /// The name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// When the user was added, in milliseconds.
    pub created_at: i64,
}

impl Store {
    /// Adds a user with a password that is already hashed.
    ///
    /// # Errors
    /// When the address is taken, or the role may do more than whoever adds it.
    pub async fn create_user(
        &self,
        scope: &Scope,
        email: String,
        name: String,
        role: Role,
        password: String,
    ) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::CreateUser, move |db, scope| {
            may_give(scope, role)?;
            if by_email(db, scope, &email).is_ok() {
                return Err(StoreError::Conflict(format!(
                    "a user {email} exists already"
                )));
            }
            let id = fresh_id(now);
            let told = json!({ "email": email, "name": name, "role": role.word() });
            db.note(Note::of(format!("user {id}")).after(told));
            let row = (
                scope.workspace(),
                id,
                &email,
                &name,
                &password,
                now.0,
                role.word(),
            );
            db.execute(INSERT, row)?;
            Ok(())
        })
        .await
    }

    /// The user who asks.
    ///
    /// # Errors
    /// When whoever asks is no user, or one who was removed.
    pub async fn oneself(&self, scope: &Scope) -> Result<UserRow> {
        let scope = scope.clone();
        self.read(move |db| {
            db.query_row(BY_ID, (scope.workspace(), scope.user()), read)
                .optional()?
                .ok_or_else(|| StoreError::Missing("such user".into()))?
        })
        .await
    }

    /// All users.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self, scope: &Scope) -> Result<Vec<UserRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(ALL, [scope.workspace()], read)?;
            rows.map(|row| row?).collect()
        })
        .await
    }

    /// Gives a user another password, already hashed, and logs the user out everywhere.
    ///
    /// # Errors
    /// When there is no such user, or one who may do more.
    pub async fn set_password(&self, scope: &Scope, email: String, password: String) -> Result<()> {
        self.change(scope, Action::SetPassword, move |db, scope| {
            let user = by_email(db, scope, &email)?;
            may_give(scope, user.role)?;
            db.execute(SET_PASSWORD, (scope.workspace(), &user.id, &password))?;
            let ended = sessions::end_all(db, scope, &user.id)?;
            let told = json!({ "sessions ended": ended });
            db.note(Note::of(format!("user {}", user.id)).after(told));
            Ok(())
        })
        .await
    }

    /// Gives a user another role, and logs the user out everywhere.
    ///
    /// # Errors
    /// When there is no such user, the role or the user may do more than whoever gives it, or it is the last owner's.
    pub async fn set_role(&self, scope: &Scope, email: String, role: Role) -> Result<()> {
        self.change(scope, Action::SetRole, move |db, scope| {
            workspaces::hold(db, scope)?;
            let user = by_email(db, scope, &email)?;
            may_give(scope, user.role)?;
            may_give(scope, role)?;
            if user.role == role {
                db.nothing();
                return Ok(());
            }
            leaves_an_owner(db, scope, &user)?;
            db.execute(SET_ROLE, (scope.workspace(), &user.id, role.word()))?;
            sessions::end_all(db, scope, &user.id)?;
            let note = Note::of(format!("user {}", user.id));
            db.note(
                note.before(user.role.word().into())
                    .after(role.word().into()),
            );
            Ok(())
        })
        .await
    }

    /// Removes a user, who is logged out everywhere.
    ///
    /// # Errors
    /// When there is no such user, one who may do more, or the last owner.
    pub async fn delete_user(&self, scope: &Scope, email: String) -> Result<()> {
        self.change(scope, Action::RemoveUser, move |db, scope| {
            workspaces::hold(db, scope)?;
            let user = by_email(db, scope, &email)?;
            may_give(scope, user.role)?;
            leaves_an_owner(db, scope, &user)?;
            sessions::end_all(db, scope, &user.id)?;
            db.execute(DELETE, (scope.workspace(), &user.id))?;
            let told = json!({ "email": email, "role": user.role.word() });
            db.note(Note::of(format!("user {}", user.id)).before(told));
            Ok(())
        })
        .await
    }
}

/// Nobody gives, or takes, more than they have.
fn may_give(scope: &Scope, role: Role) -> Result<()> {
    let beyond = role.rights().iter().find(|right| !scope.may(**right));
    match beyond {
        None => Ok(()),
        Some(right) => Err(StoreError::Conflict(format!(
            "the role {} may {}, and you may not",
            role.word(),
            right.word()
        ))),
    }
}

/// There is always somebody who may do everything, once there is.
fn leaves_an_owner(db: &Changing<'_>, scope: &Scope, user: &UserRow) -> Result<()> {
    if user.role != Role::Owner {
        return Ok(());
    }
    let key = (scope.workspace(), Role::Owner.word());
    let owners: i64 = db.query_row(WITH_ROLE, key, |row| row.get(0))?;
    if owners > 1 {
        return Ok(());
    }
    Err(StoreError::Conflict(
        "this is the last owner: make another user the owner first".into(),
    ))
}

pub(super) fn by_email(db: &Connection, scope: &Scope, email: &str) -> Result<UserRow> {
    db.query_row(BY_EMAIL, (scope.workspace(), email), read)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("user {email}")))?
}

fn read(row: &Row<'_>) -> Read<Result<UserRow>> {
    let role: String = row.get(3)?;
    let Some(role) = Role::parse(&role) else {
        return Ok(Err(StoreError::Damaged("role")));
    };
    Ok(Ok(UserRow {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        role,
        created_at: row.get(4)?,
    }))
}
