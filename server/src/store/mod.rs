//! Everything that is kept. One method, one transaction.
//!
//! Methods take a `Scope` first: a workspace together with who asks. A scope
//! comes only from the store itself, by a public name, a token or the command
//! line, so nothing reaches another workspace's rows. SQL stays in the subset
//! that SQLite and PostgreSQL share; every key begins with the workspace.

#[macro_use]
mod statements;

pub(crate) mod activities;
mod agents;
pub(crate) mod appointments;
mod binding;
mod bookings;
mod changes;
pub(crate) mod companies;
mod connection;
pub(crate) mod conversations;
pub(crate) mod counters;
pub(crate) mod dialogues;
pub(crate) mod documents;
pub(crate) mod editions;
mod error;
mod filter;
mod forget;
pub(crate) mod goals;
pub(crate) mod intake;
mod key;
pub(crate) mod known;
mod meetings;
mod migrate;
mod offers;
pub(crate) mod outbox;
pub(crate) mod people;
mod pins;
pub(crate) mod publishing;
mod readers;
pub(crate) mod refused;
mod registrations;
mod sayings;
mod scope;
pub(crate) mod testing;
pub(crate) mod tokens;
mod turn;
pub(crate) mod values;
pub(crate) mod visitors;
pub(crate) mod webhooks;
pub(crate) mod workspaces;
mod writer;

pub use activities::{ActivityRow, Kind};
pub use agents::{Agent, DEFAULT_POOL, PoolReport, SeatReport};
pub use bookings::{Answer, Guest, Wish};
pub use changes::Change;
pub use companies::{Company, CompanyChange};
pub use conversations::{ConversationRow, Log, RawLog};
pub use counters::{Counts, Report};
pub use dialogues::DialogueRow;
pub use editions::{Packed, Pointer};
pub use error::StoreError;
pub use filter::{Filter, LIMIT, Page};
pub use forget::Forgotten;
pub use goals::{GoalRow, RecordedGoal};
pub use meetings::{Meeting, State, manage_token};
pub use offers::Offered;
pub use outbox::{Fate, OutboxRow};
pub use people::{LinkKind, Person, PersonChange, Portrait};
pub use publishing::{PublishError, Published};
pub use refused::{Reason, RefusedRow};
pub use registrations::{Registration, undo_token};
pub use scope::{Principal, Right, Scope};
pub use testing::{CommentRow, TestingLink};
pub use tokens::TokenRow;
pub use values::Values;
pub use webhooks::{GoalMailRow, WebhookRow};
pub use workspaces::{Settings, Workspace, consent_word, parse_consent};

use crate::clock::Clock;
use crate::private;
use engine::ids::Timestamp;
use readers::Readers;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use writer::Writer;

/// What a store method gives back.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    path: Arc<PathBuf>,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    clock: Clock,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.path).finish()
    }
}

/// The name of the database in the data folder.
pub const DATABASE_FILE: &str = "usher.db";

impl Store {
    /// Opens the database of a data folder, creates it the first time and brings it up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, SQLite is too old, or a newer release has written it.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self> {
        Self::open_if(folder, clock, |_| Ok(()))
    }

    /// The same, unless the database was made with another key than the one with this fingerprint.
    ///
    /// # Errors
    /// As `open`, and when it was.
    pub fn open_with_key(folder: &Path, clock: Clock, fingerprint: [u8; 32]) -> Result<Self> {
        Self::open_if(folder, clock, |db| key::recognise(db, &fingerprint))
    }

    fn open_if(
        folder: &Path,
        clock: Clock,
        fits: impl FnOnce(&Connection) -> Result<()>,
    ) -> Result<Self> {
        let path = folder.join(DATABASE_FILE);
        let mut writing = connection::open_to_write(&path)?;
        migrate::run(&mut writing, clock.now())?;
        fits(&writing)?;
        let readers = Readers::open(&path)?;
        Ok(Self {
            path: Arc::new(path),
            writer: Arc::new(Writer::start(writing)),
            readers: Arc::new(readers),
            clock,
        })
    }

    /// The present moment, by the clock everything runs on.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// How many transactions wait to be written.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Copies the database into `target` while it is in use.
    ///
    /// # Errors
    /// When the target exists or cannot be written.
    pub async fn back_up(&self, target: PathBuf) -> Result<()> {
        self.read(move |db| {
            let made = private::create(&target);
            made.map_err(|fault| StoreError::File(target.display().to_string(), fault))?;
            let mut copy = Connection::open(target)?;
            let backup = rusqlite::backup::Backup::new(db, &mut copy)?;
            backup.run_to_completion(1_024, std::time::Duration::from_millis(1), None)?;
            Ok(())
        })
        .await
    }

    /// Brings everything committed from the write-ahead log into the database and empties the log, so that
    /// nothing that was deleted stays in it. While somebody reads, the log is emptied later.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        let path = Arc::clone(&self.path);
        let emptied = tokio::task::spawn_blocking(move || {
            let db = connection::open_to_write(&path)?;
            let busy: bool =
                db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
            if busy {
                tracing::warn!("the write-ahead log is in use and will be emptied later");
            }
            Ok(())
        });
        emptied.await.map_err(|_| StoreError::Stopped)?
    }

    /// What the database says about its own soundness: `ok`, or what is broken.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn integrity(&self) -> Result<String> {
        self.read(|db| Ok(db.query_row("PRAGMA quick_check", [], |row| row.get(0))?))
            .await
    }

    /// Runs one transaction in the writer; it is committed and synced when this returns.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.writer.run(work).await
    }

    /// Runs one consistent read.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        tokio::task::spawn_blocking(move || readers.run(work))
            .await
            .map_err(|_| StoreError::Stopped)?
    }
}

/// Text for LIKE, whose wildcards stand for themselves behind `!`.
fn like(text: &str) -> String {
    text.replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_prepares_against_a_fresh_database() {
        let folder = tempfile::tempdir().unwrap();
        let mut db = connection::open_to_write(&folder.path().join(DATABASE_FILE)).unwrap();
        migrate::run(&mut db, Timestamp(0)).unwrap();
        for (name, sql) in statements::all() {
            if let Err(fault) = db.prepare(sql) {
                panic!("{name}: {fault}\n{sql}");
            }
        }
    }
}
