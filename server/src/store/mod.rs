//! Everything that is kept. One method, one transaction.
//!
//! Methods take a `Scope` first: a workspace together with who asks. A scope
//! comes only from the store itself, by a public name, a token or the command
//! line, so nothing reaches another workspace's rows. SQL is written once, in
//! what SQLite and PostgreSQL share; every key begins with the workspace.

#[macro_use]
mod statements;

pub(crate) mod activities;
mod agents;
pub(crate) mod appointments;
pub(crate) mod audit;
mod backend;
mod binding;
mod bookings;
mod changes;
pub(crate) mod companies;
pub(crate) mod conversations;
mod copying;
pub(crate) mod counters;
mod db;
pub(crate) mod dialogues;
pub(crate) mod documents;
pub(crate) mod editions;
mod error;
mod filter;
mod forget;
pub(crate) mod goals;
mod importing;
pub(crate) mod intake;
mod key;
pub(crate) mod known;
mod ledger;
mod meetings;
mod merging;
mod migrate;
mod offers;
pub(crate) mod outbox;
mod pauses;
pub(crate) mod people;
mod pins;
pub(crate) mod publishing;
pub(crate) mod refused;
mod registrations;
mod remembered;
mod restoring;
mod sayings;
mod scope;
pub(crate) mod sessions;
pub(crate) mod testing;
pub(crate) mod tokens;
mod turn;
mod users;
pub(crate) mod values;
pub(crate) mod visitors;
pub(crate) mod webhooks;
pub(crate) mod workspaces;

pub use activities::{ActivityRow, Kind};
pub use agents::{Agent, DEFAULT_POOL, PoolReport, SeatReport};
pub use audit::{Action, AuditRow, Broken, Verified};
pub use bookings::{Answer, Guest, Wish};
pub use changes::Change;
pub use companies::{Company, CompanyChange};
pub use conversations::{ConversationRow, Log, RawLog};
pub use copying::Progress;
pub use counters::{Counts, Report};
pub use dialogues::DialogueRow;
pub use editions::{Packed, Pointer};
pub use error::StoreError;
pub use filter::{Filter, LIMIT, Page};
pub use forget::Forgotten;
pub use goals::{GoalRow, RecordedGoal};
pub use importing::WorkspaceImport;
pub use meetings::{Meeting, State, manage_token};
pub use merging::MergeRow;
pub use offers::Offered;
pub use outbox::{Fate, OutboxRow};
pub use pauses::{Depth, PauseRow};
pub use people::{LinkKind, Person, PersonChange, Portrait};
pub use publishing::{PublishError, Published};
pub use refused::{Reason, RefusedRow};
pub use registrations::{Registration, undo_token};
pub use restoring::{Replayed, unpack};
pub use scope::{Principal, Right, Scope};
pub use sessions::SessionRow;
pub use testing::{CommentRow, TestingLink};
pub use tokens::TokenRow;
pub use users::UserRow;
pub use values::Values;
pub use webhooks::{GoalMailRow, WebhookRow};
pub use workspaces::{Settings, Workspace, consent_word, parse_consent};

use crate::clock::Clock;
use backend::postgres::{Address, Postgres};
use backend::sqlite::Sqlite;
use backend::{Backend, Task, connection};
use db::Connection;
use editions::{Editions, Files};
use engine::ids::Timestamp;
use remembered::Memory;
use std::path::PathBuf;
use std::sync::Arc;

/// What a store method gives back.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    backend: Arc<dyn Backend>,
    clock: Clock,
    editions: Arc<Editions>,
    files: Arc<Files>,
    memory: Arc<Memory>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// The name of the database in the data folder.
pub const DATABASE_FILE: &str = "usher.db";

/// Where the rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file of this folder.
    Folder(PathBuf),
    /// On a PostgreSQL server: `postgres://user:password@host/database`.
    Server(String),
}

/// Copies every row of a data folder's database into one that is empty, or where an earlier move was interrupted. Holds
/// the folder's database, so that a server that runs on it is told to try later. Blocks its thread.
///
/// # Errors
/// When one of them cannot be used, `tell` wants to stop, or they are not equal afterwards.
pub fn move_rows(
    folder: &std::path::Path,
    into: &str,
    clock: &Clock,
    fingerprints: &[[u8; 32]],
    tell: &mut dyn FnMut(Progress<'_>) -> std::ops::ControlFlow<()>,
) -> Result<()> {
    let path = folder.join(DATABASE_FILE);
    if !path.exists() {
        return Err(StoreError::Missing(path.display().to_string()));
    }
    let from = connection::open_to_write(&path)?;
    migrate::run(&from, clock.now())?;
    key::recognise(&from, fingerprints)?;
    from.execute_batch("BEGIN IMMEDIATE")?;
    let into = Address::parse(into)?.connect()?;
    migrate::run(&into, clock.now())?;
    key::recognise(&into, fingerprints)?;
    copying::copy(&from, &into, clock.now(), tell)
}

impl Store {
    /// Opens a database, creates it the first time and brings it up to date, unless it was made with another key than
    /// those with these fingerprints.
    ///
    /// # Errors
    /// When it cannot be opened or reached, SQLite is too old, a newer release has written it, or it belongs to
    /// another key.
    pub fn open(place: &Place, clock: Clock, fingerprints: &[[u8; 32]]) -> Result<Self> {
        Self::open_if(place, clock, |db| key::recognise(db, fingerprints))
    }

    fn open_if(
        place: &Place,
        clock: Clock,
        fits: impl FnOnce(&Connection) -> Result<()> + Send,
    ) -> Result<Self> {
        let backend: Arc<dyn Backend> = match place {
            Place::Folder(folder) => {
                let path = folder.join(DATABASE_FILE);
                let writing = connection::open_to_write(&path)?;
                migrate::run(&writing, clock.now())?;
                fits(&writing)?;
                copying::is_whole(&writing)?;
                Arc::new(Sqlite::open(path, writing)?)
            }
            Place::Server(url) => {
                let address = Address::parse(url)?;
                // The client has an executor of its own, which cannot run inside another.
                std::thread::scope(|threads| {
                    let prepared = threads.spawn(|| {
                        let db = address.connect()?;
                        migrate::run(&db, clock.now())?;
                        fits(&db)?;
                        copying::is_whole(&db)
                    });
                    prepared.join().map_err(|_| StoreError::Stopped)?
                })?;
                Arc::new(Postgres::open(address, clock.clone()))
            }
        };
        Ok(Self {
            backend,
            clock,
            editions: Arc::default(),
            files: Arc::default(),
            memory: Arc::default(),
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
        self.backend.waiting()
    }

    /// How many transactions were run again because another was first.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.backend.retries()
    }

    /// Copies the database into `target` while it is in use, and notes in every audit log that it left.
    ///
    /// # Errors
    /// When the target exists or cannot be written.
    pub async fn back_up(&self, target: PathBuf) -> Result<()> {
        self.change_everywhere(Action::BackUp, |db, _| {
            db.note(audit::Note::of("the whole database"));
            Ok(())
        })
        .await?;
        self.ask(move |backend| backend.back_up(&target)).await
    }

    /// Lets nothing that was deleted stay in a log.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn empty_log(&self) -> Result<()> {
        self.ask(|backend| backend.empty_log()).await
    }

    /// What the database says about its own soundness: `ok`, or what is broken.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn integrity(&self) -> Result<String> {
        self.ask(|backend| backend.integrity()).await
    }

    /// How many migrations the database has had.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn step(&self) -> Result<i64> {
        self.read(migrate::found).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Backend) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let backend = Arc::clone(&self.backend);
        tokio::task::spawn_blocking(move || question(backend.as_ref()))
            .await
            .map_err(|_| StoreError::Stopped)?
    }

    /// Runs one transaction that changes nothing operators decide: intake, delivery, upkeep. What they decide runs through
    /// `change`, which notes it in the audit log.
    ///
    /// It is committed and synced when this returns. Where a rival was first the work is run again, so it may not
    /// use up what it was given.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Connection) -> Result<T> + Send + 'static,
    {
        let (task, answered) = Task::new(move |db: &Connection| {
            db.touched();
            let done = work(db)?;
            Ok((done, db.touched()))
        });
        self.backend.write(Box::new(task))?;
        let (done, touched) = answered.await.unwrap_or(Err(StoreError::Stopped))?;
        self.memory.forget_all(&touched);
        Ok(done)
    }

    /// Runs one consistent read.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.ask(move |backend| {
            let mut work = Some(work);
            let mut found = Err(StoreError::Stopped);
            backend.read(&mut |db| {
                if let Some(work) = work.take() {
                    found = work(db);
                }
                Ok(())
            })?;
            found
        })
        .await
    }
}

#[cfg(test)]
#[path = "../../tests/house/database.rs"]
mod database;

#[cfg(test)]
impl Store {
    /// A store for one test: in a folder, or in a schema of the PostgreSQL that tests are to run on.
    fn for_test(folder: &std::path::Path, clock: Clock) -> Self {
        let place = database::fresh().map_or_else(|| Place::Folder(folder.into()), Place::Server);
        Self::open_if(&place, clock, |_| Ok(())).expect("a store")
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
        let db = connection::open_to_write(&folder.path().join(DATABASE_FILE)).unwrap();
        migrate::run(&db, Timestamp(0)).unwrap();
        for (name, sql) in statements::all() {
            if let Err(fault) = db.sqlite().unwrap().prepare(db::sqlite::spoken(sql)) {
                panic!("{name}: {fault}\n{sql}");
            }
        }
    }
}
