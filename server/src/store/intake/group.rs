//! Batches of many conversations in one transaction: what they need is read for all of them, each is replayed, and what
//! they yielded is written for all of them.

use super::batch::Intake;
use super::{Incoming, Taken};
use crate::secrets::{Keys, hash};
use crate::store::backend::{Piece, Ran, caught};
use crate::store::conversations::{self, Standing};
use crate::store::db::Connection;
use crate::store::editions::Editions;
use crate::store::ledger::Ledger;
use crate::store::remembered::Memory;
use crate::store::visitors::{self, Held, Visitor};
use crate::store::{Result, Scope, StoreError};
use engine::ids::Timestamp;
use engine::wire::Opaque;
use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::oneshot;

/// A row's workspace and id.
type Key = (String, String);

/// A batch that waits to be taken in.
struct Waiting {
    scope: Scope,
    keys: Keys,
    now: Timestamp,
    incoming: Incoming,
    answer: oneshot::Sender<Result<Taken>>,
}

/// Batches that are taken in together, each of another conversation.
pub(super) struct Group {
    editions: Arc<Editions>,
    memory: Arc<Memory>,
    conversations: BTreeSet<Key>,
    waiting: Vec<Waiting>,
    taken: Result<Vec<Taken>>,
    touched: BTreeSet<String>,
}

impl Group {
    /// A batch, and where its answer comes.
    pub fn of(
        (editions, memory): (Arc<Editions>, Arc<Memory>),
        scope: Scope,
        keys: Keys,
        now: Timestamp,
        incoming: Incoming,
    ) -> (Self, oneshot::Receiver<Result<Taken>>) {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            scope,
            keys,
            now,
            incoming,
            answer,
        };
        (Self::alone(editions, memory, waiting), answered)
    }

    fn alone(editions: Arc<Editions>, memory: Arc<Memory>, waiting: Waiting) -> Self {
        Self {
            editions,
            memory,
            touched: BTreeSet::new(),
            conversations: BTreeSet::from([waiting.key()]),
            waiting: vec![waiting],
            taken: Err(StoreError::Stopped),
        }
    }

    fn take(&self, db: &Connection) -> Result<Vec<Taken>> {
        let mut loaded = Loaded::of(db, &self.waiting)?;
        let ledger = Ledger::default();
        let mut taken = Vec::with_capacity(self.waiting.len());
        for waiting in &self.waiting {
            let intake = Intake {
                db,
                ledger: &ledger,
                editions: &self.editions,
                browsers: &loaded.browsers,
                scope: &waiting.scope,
                keys: &waiting.keys,
                now: waiting.now,
            };
            let standing = loaded.standings.remove(&waiting.key());
            taken.push(intake.take(standing, &waiting.incoming)?);
        }
        ledger.flush(db)?;
        Ok(taken)
    }
}

impl Waiting {
    fn key(&self) -> Key {
        let workspace = self.scope.workspace().to_owned();
        (workspace, self.incoming.conversation.clone())
    }
}

impl Piece for Group {
    fn run(&mut self, db: &Connection) -> Ran {
        db.touched();
        self.taken = caught(|| self.take(db));
        self.touched = db.touched();
        match &self.taken {
            Ok(_) => Ran::Well,
            Err(fault) if fault.was_overtaken() => Ran::Again,
            Err(_) if self.waiting.len() > 1 => Ran::Apart,
            Err(_) => Ran::Badly,
        }
    }

    fn settle(self: Box<Self>, committed: Result<()>) {
        match committed.and(self.taken) {
            Ok(taken) => {
                self.memory.forget_all(&self.touched);
                for (waiting, taken) in self.waiting.into_iter().zip(taken) {
                    if let Some(token) = waiting.incoming.token {
                        self.memory.forget(&waiting.scope, token);
                    }
                    let _ = waiting.answer.send(Ok(taken));
                }
            }
            Err(fault) => {
                let mut fault = Some(fault);
                for waiting in self.waiting {
                    let fault = fault.take().unwrap_or(StoreError::Busy);
                    let _ = waiting.answer.send(Err(fault));
                }
            }
        }
    }

    fn can_join(&self) -> bool {
        true
    }

    /// Two batches of one conversation are taken in one after the other.
    fn join(&mut self, other: Box<dyn Piece>) -> Option<Box<dyn Piece>> {
        let is_group = (other.as_ref() as &dyn Any).is::<Group>();
        if !is_group {
            return Some(other);
        }
        let other: Box<dyn Any> = other;
        let Ok(mut other) = other.downcast::<Group>() else {
            return None;
        };
        if !self.conversations.is_disjoint(&other.conversations) {
            return Some(other);
        }
        self.conversations.append(&mut other.conversations);
        self.waiting.append(&mut other.waiting);
        None
    }

    fn part(self: Box<Self>) -> Vec<Box<dyn Piece>> {
        let parts = self.waiting.into_iter().map(|waiting| {
            let (editions, memory) = (Arc::clone(&self.editions), Arc::clone(&self.memory));
            Box::new(Self::alone(editions, memory, waiting)) as Box<dyn Piece>
        });
        parts.collect()
    }
}

/// What a group's batches are about, held until the transaction ends.
struct Loaded {
    standings: HashMap<Key, Standing>,
    browsers: Browsers,
}

/// The browsers of a group's batches: all see what one has changed.
#[derive(Default)]
pub(super) struct Browsers {
    by_token: HashMap<(String, [u8; 32]), String>,
    by_id: RefCell<HashMap<Key, Visitor>>,
}

impl Browsers {
    /// The browser of a token.
    pub fn of_token(&self, scope: &Scope, token: Opaque) -> Option<Visitor> {
        let key = (scope.workspace().to_owned(), hash(&token));
        let id = self.by_token.get(&key)?;
        self.by_id.borrow().get(&(key.0, id.clone())).cloned()
    }

    /// The browser of a conversation; it may have been forgotten while the conversation goes on.
    pub fn of_conversation(&self, scope: &Scope, standing: &Standing) -> Visitor {
        let key = (scope.workspace().to_owned(), standing.visitor.clone());
        let found = self.by_id.borrow().get(&key).cloned();
        found.unwrap_or_else(|| Visitor::erased(&standing.visitor))
    }

    /// Lets others see how a browser is now.
    pub fn put(&self, scope: &Scope, visitor: &Visitor) {
        let key = (scope.workspace().to_owned(), visitor.id.clone());
        self.by_id.borrow_mut().insert(key, visitor.clone());
    }
}

impl Loaded {
    /// Conversations first and then browsers, each in the order of their ids, so that no two groups wait for each other.
    fn of(db: &Connection, waiting: &[Waiting]) -> Result<Self> {
        let keys: BTreeSet<Key> = waiting.iter().map(Waiting::key).collect();
        let found = conversations::held_each(db, &pairs(&keys))?;
        let standings: HashMap<Key, Standing> = keys
            .into_iter()
            .zip(found)
            .filter_map(|(key, standing)| Some((key, standing?)))
            .collect();
        let tokens: BTreeSet<(&str, [u8; 32])> = waiting
            .iter()
            .filter_map(|waiting| {
                let token = waiting.incoming.token?;
                Some((waiting.scope.workspace(), hash(&token)))
            })
            .collect();
        let tokens: Vec<_> = tokens.into_iter().collect();
        let ids = visitors::ids_by_token(db, &tokens)?;
        let mut of_tokens: BTreeMap<Key, [u8; 32]> = BTreeMap::new();
        for ((workspace, token), id) in tokens.into_iter().zip(ids) {
            if let Some(id) = id {
                of_tokens.insert((workspace.to_owned(), id), token);
            }
        }
        let talking = standings
            .iter()
            .map(|((workspace, _), standing)| (workspace.clone(), standing.visitor.clone()));
        let keys: BTreeSet<Key> = of_tokens.keys().cloned().chain(talking).collect();
        let found = visitors::held_each(db, &pairs(&keys))?;
        let mut browsers = Browsers::default();
        for (key, found) in keys.into_iter().zip(found) {
            let Some(Held { visitor, token }) = found else {
                continue;
            };
            // Between the two questions a browser may have been given another token.
            if let Some(asked) = of_tokens.get(&key).filter(|asked| asked[..] == token[..]) {
                let by_token = (key.0.clone(), *asked);
                browsers.by_token.insert(by_token, key.1.clone());
            }
            browsers.by_id.get_mut().insert(key, visitor);
        }
        Ok(Self {
            standings,
            browsers,
        })
    }
}

fn pairs(keys: &BTreeSet<Key>) -> Vec<(&str, &str)> {
    keys.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect()
}
