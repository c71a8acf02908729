//! A PostgreSQL that any number of binaries share.
//!
//! Every piece of work is a transaction of its own, at *read committed*: what must not change meanwhile is held by
//! updating or locking its row first, and a piece of work that a rival overtook is run again.

use super::queue::{Exit, Queue};
use super::{Backend, Piece, Ran};
use crate::clock::Clock;
use crate::private;
use crate::store::db::{Connection, Fault, postgres::Session};
use crate::store::{Result, StoreError, copying, migrate};
use ::postgres::Config;
use ::postgres::config::SslMode;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How many transactions write at once. PostgreSQL groups their commits.
const WRITERS: usize = 8;
/// Most pieces of work that are joined into one transaction.
const GROUP: usize = 256;
/// How many reads run at once.
const READERS: usize = 8;
/// How often a piece of work is run again after rivals were first.
const TRIES: u32 = 12;
/// How a connection begins: nobody waits for ever for a row that another holds, and what is only worth a remark
/// stays with the server.
const MANNERS: &str = "SET lock_timeout = '10s'; SET client_min_messages = warning";
/// The longest a connection may take to come about.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

/// How long a server may leave unanswered what was sent to it, before it counts as gone.
const SILENCE_PATIENCE: Duration = Duration::from_secs(15);

/// How a server is reached.
#[derive(Clone)]
pub(in crate::store) struct Address {
    config: Config,
    tls: MakeRustlsConnect,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?sslmode=...`, or the words of libpq.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn parse(url: &str) -> Result<Self> {
        let mut config = Config::from_str(url).map_err(|fault| {
            StoreError::Conflict(format!(
                "the database's address should be such as postgres://user:password@host/name: {}",
                StoreError::from(Fault::Postgres(fault)).with_cause()
            ))
        })?;
        if config.get_application_name().is_none() {
            config.application_name("usher");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_PATIENCE);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE_PATIENCE);
        }
        let mut roots = rustls::RootCertStore::empty();
        if config.get_ssl_mode() != SslMode::Disable {
            for root in rustls_native_certs::load_native_certs().certs {
                // One that rustls cannot read verifies nobody; the others still do.
                let _ = roots.add(root);
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| StoreError::Damaged("TLS library"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// Connects, from a thread that may block.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub fn connect(&self) -> Result<Connection> {
        let client = self.config.connect(self.tls.clone());
        let db = Connection::from(Session::from(client.map_err(Fault::Postgres)?));
        db.execute_batch(MANNERS)?;
        // What is acknowledged must be on disk, whatever the server does for others.
        let commits: String = db.query_row("SHOW synchronous_commit", (), |row| row.get(0))?;
        if commits == "off" {
            db.execute_batch("SET synchronous_commit = on")?;
        }
        Ok(db)
    }
}

/// A database on a server.
pub(in crate::store) struct Postgres {
    queue: Queue,
    readers: Readers,
    clock: Clock,
    retries: Arc<AtomicU64>,
}

impl Postgres {
    /// Makes use of a server whose database is up to date.
    pub(in crate::store) fn open(address: Address, clock: Clock) -> Self {
        let retries = Arc::<AtomicU64>::default();
        let writers = (0..WRITERS).map(|_| {
            let (address, retries) = (address.clone(), Arc::clone(&retries));
            move |exit: Exit| write(&address, &exit, &retries)
        });
        Self {
            clock,
            retries: Arc::clone(&retries),
            queue: Queue::start(writers),
            readers: Readers {
                address,
                idle: Mutex::new(Vec::new()),
                lent: Mutex::new(0),
                returned: Condvar::new(),
            },
        }
    }
}

impl Backend for Postgres {
    fn write(&self, piece: Box<dyn Piece>) -> Result<()> {
        self.queue.push(piece)
    }

    fn read(&self, work: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        self.readers.run(work)
    }

    fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    fn integrity(&self) -> Result<String> {
        self.read(&mut |db| Ok(db.query_row("SELECT 1", (), |_| Ok(()))?))?;
        Ok("ok".into())
    }

    fn back_up(&self, target: &Path) -> Result<()> {
        let made = private::create(target);
        made.map_err(|fault| StoreError::File(target.display().to_string(), fault))?;
        let copy = Connection::from(rusqlite::Connection::open(target)?);
        migrate::run(&copy, self.clock.now())?;
        self.read(&mut |db| {
            copying::copy(db, &copy, self.clock.now(), &mut |_| {
                ControlFlow::Continue(())
            })
        })
    }

    fn empty_log(&self) -> Result<()> {
        Ok(())
    }
}

fn write(address: &Address, exit: &Exit, retries: &AtomicU64) {
    let mut db = None;
    while let Some(piece) = exit.take_one(GROUP) {
        let mut pieces = VecDeque::from([piece]);
        while let Some(mut piece) = pieces.pop_front() {
            match commit(address, &mut db, piece.as_mut(), retries) {
                Ok(Ran::Apart) => pieces.extend(piece.part()),
                Ok(Ran::Well | Ran::Badly | Ran::Again) => piece.settle(Ok(())),
                Err(fault) => {
                    tracing::error!(fault = fault.with_cause(), "cannot write");
                    piece.settle(Err(StoreError::Busy));
                }
            }
        }
    }
}

/// Runs a piece of work until its transaction has ended one way or the other. An error says that the database could
/// not be used, and that nobody knows whether the work was done.
fn commit(
    address: &Address,
    db: &mut Option<Connection>,
    piece: &mut dyn Piece,
    retries: &AtomicU64,
) -> Result<Ran> {
    for attempt in 1.. {
        let db = begin(address, db, "BEGIN")?;
        match piece.run(db) {
            Ran::Well => match db.execute_batch("COMMIT") {
                Err(fault) if attempt < TRIES && fault.was_overtaken() => {}
                Err(fault) => return Err(fault.into()),
                Ok(()) => return Ok(Ran::Well),
            },
            Ran::Again if attempt < TRIES => db.execute_batch("ROLLBACK")?,
            ran @ (Ran::Badly | Ran::Again | Ran::Apart) => {
                db.execute_batch("ROLLBACK")?;
                return Ok(ran);
            }
        }
        retries.fetch_add(1, Ordering::Relaxed);
        // Rivals part by waiting differently long.
        let spread: [u8; 1] = crate::secrets::random();
        std::thread::sleep(Duration::from_micros(
            u64::from(spread[0]) * 20 * u64::from(attempt),
        ));
    }
    Ok(Ran::Again)
}

/// Begins a transaction, on a new connection where the old one has gone.
fn begin<'d>(
    address: &Address,
    db: &'d mut Option<Connection>,
    how: &str,
) -> Result<&'d Connection> {
    let usable = db.as_ref().is_some_and(|db| db.execute_batch(how).is_ok());
    if usable {
        db.as_ref().ok_or(StoreError::Stopped)
    } else {
        let fresh = db.insert(address.connect()?);
        fresh.execute_batch(how)?;
        Ok(fresh)
    }
}

/// Connections that only read, made when they are needed and handed out one at a time.
struct Readers {
    address: Address,
    idle: Mutex<Vec<Connection>>,
    lent: Mutex<usize>,
    returned: Condvar,
}

impl Readers {
    fn run(&self, work: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        let _turn = self.turn();
        let mut db = self.idle().pop();
        begin(
            &self.address,
            &mut db,
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        )
        .map_err(|fault| {
            tracing::error!(fault = fault.with_cause(), "cannot read");
            StoreError::Busy
        })?;
        let db = db.ok_or(StoreError::Stopped)?;
        let done = work(&db);
        // A connection that does not end its transaction is of no use to anybody.
        match db.execute_batch("ROLLBACK") {
            Ok(()) => self.idle().push(db),
            Err(_) if done.is_err() => return Err(StoreError::Busy),
            Err(_) => {}
        }
        done
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> Turn<'_> {
        let lent = self.lent.lock().unwrap_or_else(PoisonError::into_inner);
        let lent = self.returned.wait_while(lent, |lent| *lent >= READERS);
        *lent.unwrap_or_else(PoisonError::into_inner) += 1;
        Turn(self)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // To close a connection the client runs an executor of its own, which cannot be inside another.
        let idle = std::mem::take(&mut *self.idle());
        let _ = std::thread::spawn(move || drop(idle)).join();
    }
}

/// Leave to read, given back when dropped, also when the work panicked.
struct Turn<'a>(&'a Readers);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.lent.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.returned.notify_one();
    }
}
