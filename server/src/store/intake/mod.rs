//! The intake's transaction: new lines of a conversation are checked, replayed
//! and kept together with everything they lead to, or refused.

mod batch;
mod effects;
mod group;

use super::conversations;
use super::ledger::Ledger;
use super::refused::Reason;
use super::visitors::{self, Visitor};
use super::{Result, Scope, Store, StoreError};
use crate::secrets::{Keys, hash, same};
use crate::store::db::Connection;
use effects::Effects;
use engine::compile::Compiled;
use engine::compiled::{Edition, encode};
use engine::conversation::Conversation;
use engine::ids::Timestamp;
use engine::wire::{Begin, Entry, Input, Opaque};
use group::Group;
use std::sync::Arc;

/// An edition with everything that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// The compiled document.
    pub compiled: Arc<Compiled>,
    /// Never live: a reviewer's draft.
    pub draft: bool,
}

impl Published {
    /// The edition in a language.
    pub fn edition(&self, language: &str) -> Option<&Edition> {
        self.compiled
            .editions
            .iter()
            .find(|edition| edition.language == language)
    }
}

/// A batch as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The conversation's id.
    pub conversation: String,
    /// What proves it to be theirs.
    pub key: [u8; 16],
    /// The browser's token.
    pub token: Option<Opaque>,
    /// How it began.
    pub begin: Option<Begin>,
    /// New lines.
    pub entries: Vec<Entry>,
    /// A fault of the browser's own program.
    pub fault: Option<String>,
    /// What speaks for a robot.
    pub signals: String,
    /// Whether it comes from the company's own people.
    pub is_staff: bool,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub(crate) enum Taken {
    /// Stored as far as it is believed.
    Kept {
        through: u32,
        digest: u64,
        token: Option<Opaque>,
        /// Lines newly stored, for metrics.
        stored: u32,
        /// The first reason something was refused for.
        refused: Option<Reason>,
        /// The replay came out differently than the browser said.
        diverged: bool,
    },
    /// Another content was first.
    Overtaken {
        begin: Box<Begin>,
        entries: Vec<Entry>,
    },
}

impl Store {
    /// Takes a batch in.
    pub(crate) async fn take(
        &self,
        scope: &Scope,
        keys: &Keys,
        incoming: Incoming,
    ) -> Result<Taken> {
        let shared = (Arc::clone(&self.editions), Arc::clone(&self.memory));
        let now = self.now();
        let (group, answered) = Group::of(shared, scope.clone(), keys.clone(), now, incoming);
        self.backend.write(Box::new(group))?;
        answered.await.unwrap_or(Err(StoreError::Stopped))
    }
}

/// Writes a line that the server itself originates into a conversation's log: a booked slot.
/// Gives back the line as stored.
pub(crate) fn insert(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    published: &Published,
    input: Input,
    now: Timestamp,
) -> Result<Entry> {
    let mut standing = conversations::held(db, scope, conversation)?
        .ok_or_else(|| StoreError::Missing(format!("conversation {conversation}")))?;
    let mut visitor = match visitors::by_id(db, scope, &standing.visitor)? {
        Some(visitor) => visitor,
        None => Visitor::erased(&standing.visitor),
    };
    let ledger = Ledger::default();
    let edition = published
        .edition(&standing.begin.language)
        .ok_or_else(|| StoreError::Missing("such edition".into()))?;
    let at = now.max(standing.state.last());
    let outputs = standing
        .state
        .handle(edition, &input, at)
        .map_err(|why| StoreError::Conflict(why.to_string()))?;
    let seq = standing.through + 1;
    let entry = Entry {
        seq,
        at,
        input,
        digest: standing.state.digest(),
    };
    standing.through = seq;
    let effects = Effects {
        db,
        ledger: &ledger,
        scope,
        published,
        edition,
        at,
        now,
    };
    effects.apply(&mut standing, &mut visitor, seq, outputs)?;
    let sent_hash = hash(&encode(&entry));
    conversations::append(&ledger, scope, conversation, &entry, &sent_hash, now);
    conversations::advance(&ledger, scope, &standing);
    ledger.flush(db)?;
    Ok(entry)
}

/// A conversation as whoever holds its key may act on it.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub state: Conversation,
    pub begin: Begin,
    pub person: Option<String>,
    pub visitor: String,
}

/// The conversation a wire call is about, when its key is right.
pub(super) fn own_conversation(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    key: &[u8; 16],
) -> Result<Option<Own>> {
    Ok(own(conversations::standing(db, scope, conversation)?, key))
}

/// The same, held until the transaction ends.
pub(super) fn own_held(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    key: &[u8; 16],
) -> Result<Option<Own>> {
    Ok(own(conversations::held(db, scope, conversation)?, key))
}

fn own(standing: Option<conversations::Standing>, key: &[u8; 16]) -> Option<Own> {
    let standing = standing.filter(|standing| same(&standing.key_hash, &hash(key)))?;
    Some(Own {
        state: standing.state,
        begin: standing.begin,
        person: standing.person,
        visitor: standing.visitor,
    })
}
