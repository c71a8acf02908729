//! One SQLite file: one thread writes, a few connections read.

use super::queue::Queue;
use super::readers::Readers;
use super::{Backend, Piece, connection, writer};
use crate::private;
use crate::store::db::Connection;
use crate::store::{Result, StoreError};
use std::path::{Path, PathBuf};

/// A database in a file.
pub(in crate::store) struct Sqlite {
    path: PathBuf,
    queue: Queue,
    readers: Readers,
}

impl Sqlite {
    /// Opens a file whose database is up to date; `writing` is the connection that brought it there.
    pub(in crate::store) fn open(path: PathBuf, writing: Connection) -> Result<Self> {
        Ok(Self {
            readers: Readers::open(&path)?,
            queue: writer::start(writing),
            path,
        })
    }
}

impl Backend for Sqlite {
    fn write(&self, piece: Box<dyn Piece>) -> Result<()> {
        self.queue.push(piece)
    }

    fn read(&self, work: &mut dyn FnMut(&Connection) -> Result<()>) -> Result<()> {
        self.readers.run(work)
    }

    fn waiting(&self) -> usize {
        self.queue.waiting()
    }

    fn integrity(&self) -> Result<String> {
        let mut found = String::new();
        self.read(&mut |db| {
            found = db.query_row("PRAGMA quick_check", (), |row| row.get(0))?;
            Ok(())
        })?;
        Ok(found)
    }

    fn back_up(&self, target: &Path) -> Result<()> {
        self.read(&mut |db| {
            let from = db.sqlite().ok_or(StoreError::Damaged("connection"))?;
            let made = private::create(target);
            made.map_err(|fault| StoreError::File(target.display().to_string(), fault))?;
            let mut copy = rusqlite::Connection::open(target)?;
            let backup = rusqlite::backup::Backup::new(from, &mut copy)?;
            backup.run_to_completion(1_024, std::time::Duration::from_millis(1), None)?;
            Ok(())
        })
    }

    /// Everything committed is brought from the write-ahead log into the file, and the log emptied. While somebody
    /// reads, it is emptied later.
    fn empty_log(&self) -> Result<()> {
        let db = connection::open_to_write(&self.path)?;
        let busy: bool = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
        if busy {
            tracing::warn!("the write-ahead log is in use and will be emptied later");
        }
        Ok(())
    }
}
