//! A few connections that only read.

use super::connection;
use crate::store::db::Connection;
use crate::store::{Result, StoreError};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

/// How many reads run at once.
const READERS: usize = 4;

/// The reading connections, handed out one at a time.
pub(super) struct Readers {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let idle = (0..READERS)
            .map(|_| connection::open_to_read(path))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            idle: Mutex::new(idle),
            returned: Condvar::new(),
        })
    }

    /// Waits for a connection and reads inside one transaction. Blocks its thread.
    pub(super) fn run(&self, work: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        let lent = Lent {
            readers: self,
            db: Some(self.take()),
        };
        let db = lent.db.as_ref().ok_or(StoreError::Stopped)?;
        db.execute_batch("BEGIN")?;
        work(db)
    }

    fn take(&self) -> Connection {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(db) = idle.pop() {
                return db;
            }
            idle = self
                .returned
                .wait(idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Gives its connection back when dropped, also when the work panicked.
struct Lent<'a> {
    readers: &'a Readers,
    db: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(db) = self.db.take() {
            if let Err(fault) = db.execute_batch("ROLLBACK") {
                tracing::warn!(%fault, "a read did not end well");
            }
            self.readers
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(db);
            self.readers.returned.notify_one();
        }
    }
}
