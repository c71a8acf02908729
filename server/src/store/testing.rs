//! Testing links: a draft for reviewers, and what they say about it.

use super::audit::{Action, Note};
use super::db::{Connection, Optional, Read, Row};
use super::publishing::{self, PublishError};
use super::{Result, Scope, Store, StoreError, editions, workspaces};
use crate::secrets::{fresh_id, fresh_token, hash};
use engine::compile::Compiled;
use engine::ids::{DAY, EditionId, MINUTE, Timestamp};

statements! {
    INSERT = "INSERT INTO testing_links (workspace, id, token_hash, dialogue, edition, opened, created_at, expires_at,
        position) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)";
    BY_TOKEN = "SELECT workspace, id, dialogue, edition, opened, created_at, expires_at, position FROM testing_links
        WHERE token_hash = ?1 AND revoked_at IS NULL AND expires_at > ?2";
    LIST = "SELECT workspace, id, dialogue, edition, opened, created_at, expires_at, position FROM testing_links
        WHERE workspace = ?1 AND revoked_at IS NULL AND expires_at > ?2 AND (?3 IS NULL OR dialogue = ?3)
        ORDER BY position";
    OPENED = "UPDATE testing_links SET opened = opened + 1 WHERE workspace = ?1 AND id = ?2";
    REVOKE = "UPDATE testing_links SET revoked_at = ?3 WHERE workspace = ?1 AND id = ?2 AND revoked_at IS NULL";
    INSERT_SESSION = "INSERT INTO testing_sessions
        (workspace, id, link, code_hash, reviewer, persona, clock_ms, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    USE_CODE = "UPDATE testing_sessions SET code_used_at = ?3
        WHERE workspace = ?1 AND code_hash = ?2 AND code_used_at IS NULL AND created_at > ?4
        RETURNING id, link, persona, clock_ms";
    LINK_OF = "SELECT workspace, id, dialogue, edition, opened, created_at, expires_at, position FROM testing_links
        WHERE workspace = ?1 AND id = ?2 AND revoked_at IS NULL AND expires_at > ?3";
    SESSION = "SELECT link, reviewer FROM testing_sessions WHERE workspace = ?1 AND id = ?2";
    INSERT_COMMENT = "INSERT INTO comments (workspace, id, link, dialogue, edition, reviewer, card, words, at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    COMMENTS = "SELECT reviewer, card, words, edition, at, position FROM comments
        WHERE workspace = ?1 AND dialogue = ?2 ORDER BY position";
    COMMENT_COUNT = "SELECT count(*) FROM comments WHERE workspace = ?1 AND link = ?2";
}

/// How long a testing link lasts.
const LINK_FOR: i64 = 7 * DAY;
/// How long a code in a fragment waits for its one use.
const CODE_FOR: i64 = 2 * MINUTE;
/// Most comments by one link, which strangers hold.
const COMMENTS_KEPT: i64 = 1_000;

/// A testing link as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestingLink {
    /// The workspace's internal id.
    pub(crate) workspace: String,
    /// Its id; the token was shown once.
    pub id: String,
    /// The dialogue's number.
    pub dialogue: u32,
    /// The edition it shows, for ever.
    pub edition: String,
    /// How often it was opened.
    pub opened: u32,
    /// In milliseconds.
    pub created_at: i64,
    /// In milliseconds.
    pub expires_at: i64,
    /// Its place in the order of commits.
    pub position: i64,
}

/// What a reviewer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommentRow {
    /// The name they gave.
    pub reviewer: String,
    /// The card on screen, by the author's id.
    pub card: String,
    /// Their words.
    pub words: String,
    /// The edition they saw.
    pub edition: String,
    /// In milliseconds.
    pub at: i64,
    /// Its place in the order of commits.
    pub position: i64,
}

/// A testing session that a code was exchanged for.
#[derive(Clone, Debug)]
pub(crate) struct TestingSession {
    pub id: String,
    pub persona: String,
    pub clock_ms: i64,
    pub compiled: Compiled,
}

impl Store {
    /// Makes a testing link to a dialogue as it is written now. Gives back its token, shown once.
    ///
    /// # Errors
    /// When the document has faults.
    pub async fn create_testing_link(
        &self,
        scope: &Scope,
        name: String,
    ) -> std::result::Result<String, PublishError> {
        let (now, token) = (self.now(), fresh_token("tl_"));
        let hashed = hash(token.as_bytes());
        self.all_or_none(scope, Action::CreateTestingLink, move |db, scope| {
            let (dialogue, edition) = publishing::draft(db, scope, &name, now)?;
            let id = fresh_id(now);
            db.note(Note::of(format!("testing link {id} to {name}")));
            db.execute(
                INSERT,
                (
                    scope.workspace(),
                    id,
                    hashed,
                    dialogue.0,
                    edition.to_string(),
                    now.0,
                    now.plus(LINK_FOR).0,
                    workspaces::next_position(db, scope)?,
                ),
            )
            .map_err(StoreError::from)?;
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// The way in for reviewers: by a link's token. The same answer for wrong, expired and revoked.
    ///
    /// # Errors
    /// When the token opens nothing.
    pub async fn enter_as_reviewer(&self, token: &str) -> Result<(Scope, TestingLink)> {
        let (hashed, now) = (hash(token.as_bytes()), self.now());
        self.read(move |db| {
            let link = db
                .query_row(BY_TOKEN, (hashed, now.0), read)
                .optional()?
                .ok_or_else(|| StoreError::Missing("such link".into()))?;
            Ok((Scope::new(&link.workspace, super::Principal::Visitor), link))
        })
        .await
    }

    /// Testing links that open something, of one dialogue or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn testing_links(
        &self,
        scope: &Scope,
        dialogue: Option<u32>,
    ) -> Result<Vec<TestingLink>> {
        let (scope, now) = (scope.clone(), self.now());
        self.read(move |db| {
            let rows = db.query_map(LIST, (scope.workspace(), now.0, dialogue), read)?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Ends a testing link.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn revoke_testing_link(&self, scope: &Scope, id: String) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::RevokeTestingLink, move |db, scope| {
            db.note(Note::of(format!("testing link {id}")));
            match db.execute(REVOKE, (scope.workspace(), &id, now.0))? {
                0 => Err(StoreError::Missing(format!("testing link {id}"))),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Begins a testing session and gives back its one-time code.
    pub(crate) async fn begin_testing(
        &self,
        scope: &Scope,
        link: String,
        reviewer: String,
        persona: String,
        clock_ms: i64,
    ) -> Result<String> {
        let (scope, now, code) = (scope.clone(), self.now(), fresh_token("tc_"));
        let hashed = hash(code.as_bytes());
        self.write(move |db| {
            db.execute(OPENED, (scope.workspace(), &link))?;
            let session = fresh_token("ts_");
            db.execute(
                INSERT_SESSION,
                (
                    scope.workspace(),
                    session,
                    &link,
                    hashed,
                    &reviewer,
                    &persona,
                    clock_ms,
                    now.0,
                ),
            )?;
            Ok(())
        })
        .await?;
        Ok(code)
    }

    /// Exchanges a code, once and within two minutes.
    pub(crate) async fn exchange_test_code(
        &self,
        scope: &Scope,
        code: &str,
    ) -> Result<TestingSession> {
        let (scope, now, hashed) = (scope.clone(), self.now(), hash(code.as_bytes()));
        self.write(move |db| {
            let oldest = now.plus(-CODE_FOR).0;
            let row: Option<(String, String, String, i64)> = db
                .query_row(
                    USE_CODE,
                    (scope.workspace(), hashed, now.0, oldest),
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
                )
                .optional()?;
            let (id, link, persona, clock_ms) =
                row.ok_or_else(|| StoreError::Missing("such code".into()))?;
            let link = link_of(db, &scope, &link, now)?;
            let (compiled, _) = editions::compiled(db, &scope, &link.edition)?;
            Ok(TestingSession {
                id,
                persona,
                clock_ms,
                compiled,
            })
        })
        .await
    }

    /// Keeps a reviewer's words.
    pub(crate) async fn comment(
        &self,
        scope: &Scope,
        session: String,
        card: String,
        words: String,
    ) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let found: Option<(String, String)> = db
                .query_row(SESSION, (scope.workspace(), &session), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let (link, reviewer) =
                found.ok_or_else(|| StoreError::Missing("such testing session".into()))?;
            let link = link_of(db, &scope, &link, now)?;
            let kept: i64 = db.query_row(COMMENT_COUNT, (scope.workspace(), &link.id), |row| {
                row.get(0)
            })?;
            if kept >= COMMENTS_KEPT {
                return Err(StoreError::Conflict(
                    "this link has all the comments it can hold".into(),
                ));
            }
            db.execute(
                INSERT_COMMENT,
                (
                    scope.workspace(),
                    fresh_id(now),
                    link.id,
                    link.dialogue,
                    link.edition,
                    reviewer,
                    &card,
                    &words,
                    now.0,
                    workspaces::next_position(db, &scope)?,
                ),
            )?;
            Ok(())
        })
        .await
    }

    /// What reviewers said about a dialogue, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn comments(&self, scope: &Scope, dialogue: u32) -> Result<Vec<CommentRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(COMMENTS, (scope.workspace(), dialogue), |row| {
                Ok(CommentRow {
                    reviewer: row.get(0)?,
                    card: row.get(1)?,
                    words: row.get(2)?,
                    edition: row.get(3)?,
                    at: row.get(4)?,
                    position: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }
}

impl TestingLink {
    /// The edition it shows.
    #[must_use]
    pub fn edition_id(&self) -> Option<EditionId> {
        EditionId::parse(&self.edition)
    }
}

fn link_of(db: &Connection, scope: &Scope, id: &str, now: Timestamp) -> Result<TestingLink> {
    db.query_row(LINK_OF, (scope.workspace(), id, now.0), read)
        .optional()?
        .ok_or_else(|| StoreError::Missing("such link".into()))
}

fn read(row: &Row<'_>) -> Read<TestingLink> {
    Ok(TestingLink {
        workspace: row.get(0)?,
        id: row.get(1)?,
        dialogue: row.get(2)?,
        edition: row.get(3)?,
        opened: row.get(4)?,
        created_at: row.get(5)?,
        expires_at: row.get(6)?,
        position: row.get(7)?,
    })
}
