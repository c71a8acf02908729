//! Whom a server has looked up lately, so that it need not ask the database again.
//!
//! What is remembered is at most half a minute old. What this server itself changes is forgotten when it is committed; what
//! others change, when it is noticed by `Store::look_around`, within about a second.

use super::db::{Connection, Read};
use super::known::Known;
use super::visitors::Visitor;
use super::{Result, Scope, Store};
use crate::secrets::hash;
use engine::authored::Activity;
use engine::ids::{MINUTE, SECOND, Timestamp};
use engine::wire::Opaque;
use quick_cache::sync::Cache;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

statements! {
    KEEP = "INSERT INTO known_changes (workspace, at) VALUES (?1, ?2) ON CONFLICT (workspace, at) DO NOTHING";
    SINCE = "SELECT workspace, at FROM known_changes WHERE at > ?1";
    SWEEP = "DELETE FROM known_changes WHERE at < ?1";
}

/// How long a look-up is remembered.
const REMEMBERED_MS: i64 = 30 * SECOND;
/// How long a change is announced: longer than any transaction lasts, and than clocks differ.
const ANNOUNCED_MS: i64 = MINUTE;
/// Most browsers remembered.
const BROWSERS: usize = 20_000;
/// In how many parts browsers are counted apart.
const PARTS: usize = 256;

/// Which activities a look-up asked for.
pub(super) type Asked = [(Activity, Option<String>)];

/// A look-up.
#[derive(Clone, Debug)]
pub(super) struct Remembered {
    pub visitor: Visitor,
    pub known: Arc<Known>,
    asked: Box<Asked>,
    at: Timestamp,
}

/// The look-ups of one server.
pub(super) struct Memory {
    browsers: Cache<Token, Arc<Remembered>>,
    changes: [AtomicU64; PARTS],
    noticed: Mutex<BTreeSet<(String, i64)>>,
}

type Token = (String, [u8; 32]);

/// How often something was forgotten before a look-up began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Default for Memory {
    fn default() -> Self {
        Self {
            browsers: Cache::new(BROWSERS),
            changes: [const { AtomicU64::new(0) }; PARTS],
            noticed: Mutex::default(),
        }
    }
}

impl Memory {
    /// What is remembered of a browser, if it answers what is asked.
    pub fn recall(
        &self,
        scope: &Scope,
        token: Opaque,
        asked: &Asked,
        now: Timestamp,
    ) -> Option<Arc<Remembered>> {
        let remembered = self.browsers.get(&key(scope, token))?;
        let fresh = now.since(remembered.at) < REMEMBERED_MS && now >= remembered.at;
        (fresh && *remembered.asked == *asked).then_some(remembered)
    }

    /// To be taken before the database is asked.
    pub fn mark(&self, token: Opaque) -> Mark {
        Mark(self.part(&hash(&token)).load(Ordering::SeqCst))
    }

    /// Remembers a look-up, unless something was forgotten since it began.
    pub fn remember(
        &self,
        scope: &Scope,
        token: Opaque,
        mark: Mark,
        (visitor, known): (Visitor, Arc<Known>),
        asked: &Asked,
        now: Timestamp,
    ) {
        let remembered = Remembered {
            visitor,
            known,
            asked: asked.into(),
            at: now,
        };
        self.browsers
            .insert(key(scope, token), Arc::new(remembered));
        // Whoever forgets counts first: one of us sees the other.
        if self.mark(token) != mark {
            self.browsers.remove(&key(scope, token));
        }
    }

    /// Forgets one browser.
    pub fn forget(&self, scope: &Scope, token: Opaque) {
        let key = key(scope, token);
        self.part(&key.1).fetch_add(1, Ordering::SeqCst);
        self.browsers.remove(&key);
    }

    /// Forgets all browsers of workspaces.
    pub fn forget_all(&self, workspaces: &BTreeSet<String>) {
        if workspaces.is_empty() {
            return;
        }
        for part in &self.changes {
            part.fetch_add(1, Ordering::SeqCst);
        }
        self.browsers
            .retain(|(workspace, _), _| !workspaces.contains(workspace));
    }

    fn part(&self, hash: &[u8; 32]) -> &AtomicU64 {
        &self.changes[usize::from(hash[0])]
    }
}

fn key(scope: &Scope, token: Opaque) -> Token {
    (scope.workspace().into(), hash(&token))
}

/// Announces that something on file about a workspace's people, or who is behind one of its browsers, is changed by
/// this transaction.
pub(super) fn changed(db: &Connection, scope: &Scope, now: Timestamp) -> Result<()> {
    db.execute(KEEP, (scope.workspace(), now.0))?;
    db.touch(scope.workspace());
    Ok(())
}

impl Store {
    /// Forgets what other servers and the command line have changed since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_around(&self) -> Result<()> {
        let since = self.now().plus(-ANNOUNCED_MS);
        let announced: BTreeSet<(String, i64)> = self
            .read(move |db| {
                let rows = db.query_map(SINCE, [since.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
                Ok(rows.collect::<Read<_>>()?)
            })
            .await?;
        let mut noticed = self
            .memory
            .noticed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let fresh = announced.difference(&noticed);
        let workspaces = fresh.map(|(workspace, _)| workspace.clone()).collect();
        *noticed = announced;
        drop(noticed);
        self.memory.forget_all(&workspaces);
        Ok(())
    }

    /// Forgets announcements that every server has noticed.
    pub(crate) async fn sweep_announcements(&self) -> Result<()> {
        let before = self.now().plus(-10 * ANNOUNCED_MS);
        self.write(move |db| {
            db.execute(SWEEP, [before.0])?;
            Ok(())
        })
        .await
    }
}
