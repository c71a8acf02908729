//! Where users are logged in: a token in a cookie, of which only the hash is kept.

use super::audit::{Action, Note};
use super::db::{Connection, Optional};
use super::{Principal, Result, Scope, Store, StoreError, users};
use crate::roles::Role;
use crate::secrets::{fresh_id, fresh_token, hash};
use engine::ids::{DAY, HOUR, MINUTE, Timestamp};

statements! {
    TO_CHECK = "SELECT u.workspace, u.id, u.role, u.password FROM users AS u
        JOIN workspaces AS w ON w.id = u.workspace WHERE w.name = ?1 AND u.email = ?2";
    PASSWORD = "SELECT password FROM users WHERE workspace = ?1 AND id = ?2 FOR UPDATE";
    RENEW = "UPDATE users SET password = ?4 WHERE workspace = ?1 AND id = ?2 AND password = ?3";
    INSERT = "INSERT INTO sessions (workspace, id, token_hash, user_id, created_at, seen_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?5)";
    BY_TOKEN = "SELECT s.workspace, s.id, s.user_id, u.role, s.seen_at FROM sessions AS s
        JOIN users AS u ON u.workspace = s.workspace AND u.id = s.user_id
        WHERE s.token_hash = ?1 AND s.created_at > ?2 AND s.seen_at > ?3";
    SEEN = "UPDATE sessions SET seen_at = ?3 WHERE workspace = ?1 AND id = ?2 AND seen_at < ?3";
    END = "DELETE FROM sessions WHERE workspace = ?1 AND token_hash = ?2";
    END_ALL = "DELETE FROM sessions WHERE workspace = ?1 AND user_id = ?2";
    SWEEP = "DELETE FROM sessions WHERE workspace = ?1 AND (created_at <= ?2 OR seen_at <= ?3)";
    OPEN = "SELECT count(*) FROM sessions WHERE created_at > ?1 AND seen_at > ?2";
    LIST = "SELECT s.id, u.email, s.created_at, s.seen_at FROM sessions AS s
        JOIN users AS u ON u.workspace = s.workspace AND u.id = s.user_id
        WHERE s.workspace = ?1 AND s.created_at > ?2 AND s.seen_at > ?3 AND (?4 IS NULL OR u.email = ?4)
        ORDER BY s.created_at, s.id";
}

/// How long somebody stays logged in at most.
pub(crate) const LASTS_MS: i64 = 7 * DAY;
/// How long without asking for anything.
const IDLE_MS: i64 = 12 * HOUR;
/// How exactly it is kept when somebody last asked.
const SEEN_MS: i64 = 5 * MINUTE;

/// Whose password is to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Who it would be.
    pub scope: Scope,
    /// The password as it is kept.
    pub password: String,
    user: String,
}

/// Somebody who is logged in somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The id; the token is in the browser's cookie alone.
    pub id: String,
    /// Whose.
    pub email: String,
    /// Since when, in milliseconds.
    pub created_at: i64,
    /// When something was last asked for, in milliseconds, five minutes exact.
    pub seen_at: i64,
}

impl Store {
    /// Whose password to look at for a workspace's public name and an address in lower case.
    pub(crate) async fn candidate(
        &self,
        workspace: String,
        email: String,
    ) -> Result<Option<Candidate>> {
        self.read(move |db| {
            let found = db
                .query_row(TO_CHECK, (&workspace, &email), |row| {
                    Ok((
                        row.get::<String>(0)?,
                        row.get::<String>(1)?,
                        row.get::<String>(2)?,
                        row.get(3)?,
                    ))
                })
                .optional()?;
            found
                .map(|(workspace, user, role, password)| {
                    Ok(Candidate {
                        scope: Scope::new(&workspace, principal(&user, &role)?),
                        password,
                        user,
                    })
                })
                .transpose()
        })
        .await
    }

    /// Logs somebody in whose password was right, and out where the browser was logged in before. `renewed` is the same
    /// password under another hash. Gives back the token for the cookie.
    pub(crate) async fn begin_session(
        &self,
        candidate: Candidate,
        before: Option<String>,
        renewed: Option<String>,
    ) -> Result<String> {
        let (now, token) = (self.now(), fresh_token("us_"));
        let hashed = hash(token.as_bytes());
        let scope = candidate.scope.clone();
        self.change(&scope, Action::LogIn, move |db, scope| {
            let workspace = scope.workspace();
            let user = &candidate.user;
            let kept: String = db.query_row(PASSWORD, (workspace, user), |row| row.get(0))?;
            if kept != candidate.password {
                return Err(StoreError::Missing("such user".into()));
            }
            if let Some(renewed) = &renewed {
                db.execute(RENEW, (workspace, user, &kept, renewed))?;
            }
            if let Some(before) = &before {
                db.execute(END, (workspace, hash(before.as_bytes())))?;
            }
            let (begun, seen) = oldest(now);
            db.execute(SWEEP, (workspace, begun, seen))?;
            let id = fresh_id(now);
            db.note(Note::of(format!("session {id}")));
            db.execute(INSERT, (workspace, id, hashed, user, now.0))?;
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// The way in with the token of a session.
    ///
    /// # Errors
    /// When there is none, or it has ended.
    pub async fn enter_with_session(&self, token: &str) -> Result<Scope> {
        let (now, hashed) = (self.now(), hash(token.as_bytes()));
        let (begun, seen) = oldest(now);
        let (scope, id, seen) = self
            .read(move |db| {
                let found = db
                    .query_row(BY_TOKEN, (hashed, begun, seen), |row| {
                        let cells: (String, String, String) =
                            (row.get(0)?, row.get(2)?, row.get(3)?);
                        Ok((cells, row.get::<String>(1)?, Timestamp(row.get(4)?)))
                    })
                    .optional()?;
                let ((workspace, user, role), id, seen) =
                    found.ok_or_else(|| StoreError::Missing("such session".into()))?;
                Ok((Scope::new(&workspace, principal(&user, &role)?), id, seen))
            })
            .await?;
        if now.since(seen) > SEEN_MS {
            let within = scope.clone();
            self.write(move |db| {
                db.execute(SEEN, (within.workspace(), &id, now.0))?;
                Ok(())
            })
            .await?;
        }
        Ok(scope)
    }

    /// Logs out where this token is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, scope: &Scope, token: &str) -> Result<()> {
        let hashed = hash(token.as_bytes());
        self.change(scope, Action::LogOut, move |db, scope| {
            db.note(Note::of(scope.actor()));
            if db.execute(END, (scope.workspace(), hashed))? == 0 {
                db.nothing();
            }
            Ok(())
        })
        .await
    }

    /// How many sessions are open, in all workspaces.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_sessions(&self) -> Result<i64> {
        let oldest = oldest(self.now());
        self.read(move |db| Ok(db.query_row(OPEN, oldest, |row| row.get(0))?))
            .await
    }

    /// Where users are logged in, all or one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, scope: &Scope, email: Option<String>) -> Result<Vec<SessionRow>> {
        let scope = scope.clone();
        let (begun, seen) = oldest(self.now());
        self.read(move |db| {
            let rows = db.query_map(LIST, (scope.workspace(), begun, seen, &email), |row| {
                Ok(SessionRow {
                    id: row.get(0)?,
                    email: row.get(1)?,
                    created_at: row.get(2)?,
                    seen_at: row.get(3)?,
                })
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Logs a user out everywhere. Gives back from how many places.
    ///
    /// # Errors
    /// When there is no such user.
    pub async fn end_sessions(&self, scope: &Scope, email: String) -> Result<usize> {
        self.change(scope, Action::EndSessions, move |db, scope| {
            let user = users::by_email(db, scope, &email)?;
            let ended = end_all(db, scope, &user.id)?;
            let note = Note::of(format!("user {}", user.id));
            db.note(note.after(serde_json::json!({ "sessions ended": ended })));
            Ok(ended)
        })
        .await
    }
}

/// Ends every session of a user.
pub(super) fn end_all(db: &Connection, scope: &Scope, user: &str) -> Result<usize> {
    Ok(db.execute(END_ALL, (scope.workspace(), user))?)
}

/// Before when a session that is still open cannot have begun, and cannot have been used last.
fn oldest(now: Timestamp) -> (i64, i64) {
    (now.plus(-LASTS_MS).0, now.plus(-IDLE_MS).0)
}

fn principal(user: &str, role: &str) -> Result<Principal> {
    Ok(Principal::User {
        id: user.into(),
        role: Role::parse(role).ok_or(StoreError::Damaged("role"))?,
    })
}
