//! How SQLite is opened: write-ahead log, every commit synced.

use crate::private;
use crate::store::db::Connection;
use crate::store::{Result, StoreError};
use rusqlite::OpenFlags;
use std::path::Path;
use std::time::Duration;

/// The first SQLite whose write-ahead log cannot be reset under a second connection.
const OLDEST: i32 = 3_051_003;

/// How long a connection waits for another process, such as the command line beside a server.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of the file the writer keeps in memory.
const WRITER_CACHE_KIB: i64 = 64 * 1_024;

/// How many pages of four kilobytes the write-ahead log holds before they are brought into the file.
const LOG_PAGES: i64 = 4_000;

pub(in crate::store) fn open_to_write(path: &Path) -> Result<Connection> {
    if rusqlite::version_number() < OLDEST {
        return Err(StoreError::OldSqlite(rusqlite::version().into()));
    }
    keep_private(path)?;
    let db = rusqlite::Connection::open(path)?;
    prepare(&db)?;
    db.pragma_update(None, "secure_delete", "ON")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // What a group of batches changes should neither be written twice nor read back from the log.
    db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    db.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    Ok(db.into())
}

/// The files beside the database get its mode when SQLite makes them.
fn keep_private(path: &Path) -> Result<()> {
    let of = |fault| StoreError::File(path.display().to_string(), fault);
    private::open(path).map_err(of)?;
    for ending in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        private::tighten(Path::new(&file)).map_err(of)?;
    }
    Ok(())
}

pub(super) fn open_to_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = rusqlite::Connection::open_with_flags(path, flags)?;
    prepare(&db)?;
    Ok(db.into())
}

fn prepare(db: &rusqlite::Connection) -> Result<()> {
    db.busy_timeout(PATIENCE)?;
    db.pragma_update(None, "foreign_keys", "ON")?;
    db.set_prepared_statement_cache_capacity(256);
    Ok(())
}
