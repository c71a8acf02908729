//! Where transactions run: a file beside the binary, or a PostgreSQL that many binaries share.

pub(super) mod connection;
pub(super) mod postgres;
mod queue;
mod readers;
pub(super) mod sqlite;
mod writer;

use super::db::Connection;
use super::{Result, StoreError};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use tokio::sync::oneshot;

/// What a database can do for a store.
pub(super) trait Backend: Send + Sync {
    /// Takes a piece of work for one transaction; it is settled once that is committed and synced.
    fn write(&self, piece: Box<dyn Piece>) -> Result<()>;

    /// Runs one consistent read. Blocks its thread.
    fn read(&self, work: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()>;

    /// How many pieces of work wait to be written.
    fn waiting(&self) -> usize;

    /// How many pieces of work were run again because another was first.
    fn retries(&self) -> u64 {
        0
    }

    /// What the database says about its own soundness: `ok`, or what is broken. Blocks its thread.
    fn integrity(&self) -> Result<String>;

    /// Copies everything into a new SQLite file while the database is in use. Blocks its thread.
    fn back_up(&self, target: &Path) -> Result<()>;

    /// Lets nothing that was deleted stay in a log. Blocks its thread.
    fn empty_log(&self) -> Result<()>;
}

/// A piece of work, and who waits for it.
pub(super) trait Piece: Any + Send {
    /// Runs it inside a transaction, once or, where a rival was first, again in another. Says whether to keep what it did.
    fn run(&mut self, db: &Connection) -> Ran;

    /// Tells whoever waits, when its transaction has come to an end.
    fn settle(self: Box<Self>, committed: Result<()>);

    /// Whether others could be joined to it.
    fn can_join(&self) -> bool {
        false
    }

    /// Takes on another piece, to be run together, or gives it back.
    fn join(&mut self, other: Box<dyn Piece>) -> Option<Box<dyn Piece>> {
        Some(other)
    }

    /// What was joined, each alone again.
    fn part(self: Box<Self>) -> Vec<Box<dyn Piece>>;
}

/// How a piece of work went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// To be committed.
    Well,
    /// To be rolled back, alone.
    Badly,
    /// To be rolled back and run again: another transaction was first.
    Again,
    /// To be rolled back, and what was joined to be run one by one: one of them fails.
    Apart,
}

/// Runs work that may panic.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!("a transaction panicked and was rolled back");
        Err(StoreError::Damaged("row"))
    })
}

/// A closure as a piece of work.
pub(super) struct Task<T, F> {
    work: F,
    result: Result<T>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Task<T, F> {
    pub fn new(work: F) -> (Self, oneshot::Receiver<Result<T>>) {
        let (answer, answered) = oneshot::channel();
        let task = Self {
            work,
            result: Err(StoreError::Stopped),
            answer,
        };
        (task, answered)
    }
}

impl<T, F> Piece for Task<T, F>
where
    T: Send + 'static,
    F: Fn(&Connection) -> Result<T> + Send + 'static,
{
    fn run(&mut self, db: &Connection) -> Ran {
        self.result = caught(|| (self.work)(db));
        match &self.result {
            Ok(_) => Ran::Well,
            Err(fault) if fault.was_overtaken() => Ran::Again,
            Err(_) => Ran::Badly,
        }
    }

    fn settle(self: Box<Self>, committed: Result<()>) {
        let _ = self.answer.send(committed.and(self.result));
    }

    fn part(self: Box<Self>) -> Vec<Box<dyn Piece>> {
        vec![self]
    }
}
