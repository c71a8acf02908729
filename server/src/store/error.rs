//! What can go wrong while storing.

use super::db::Fault;

/// Why a store method did not do its work. Nothing of it was done.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// More is waiting to be written than memory should hold. Try again shortly.
    #[error("the store is busy")]
    Busy,
    /// The server is stopping.
    #[error("the store has stopped")]
    Stopped,
    /// There is no such thing in this workspace.
    #[error("there is no {0}")]
    Missing(String),
    /// It would contradict what is stored already.
    #[error("{0}")]
    Conflict(String),
    /// A row holds what this program cannot read.
    #[error("a stored {0} cannot be read")]
    Damaged(&'static str),
    /// SQLite is older than the release that does not lose committed pages.
    #[error("SQLite {0} is too old: 3.51.3 is the first without the WAL reset fault")]
    OldSqlite(String),
    /// A newer release has changed the database.
    #[error("the database was written by a newer release (step {found}, this one knows {known})")]
    Newer {
        /// The step found in the file.
        found: i64,
        /// The last step this program knows.
        known: i64,
    },
    /// The secrets in the database were sealed with another key.
    #[error(
        "the key file is not the one this database belongs to: put the right one back, or this database beside its own key"
    )]
    OtherKey,
    /// A file beside the database cannot be used.
    #[error("cannot use {0}")]
    File(String, #[source] std::io::Error),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] Fault),
}

impl From<rusqlite::Error> for StoreError {
    fn from(fault: rusqlite::Error) -> Self {
        StoreError::Database(fault.into())
    }
}

impl StoreError {
    /// What went wrong, with its cause, for whoever runs the server.
    #[must_use]
    pub fn with_cause(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(deeper) = cause {
            words = format!("{words}: {deeper}");
            cause = deeper.source();
        }
        words
    }

    /// Whether a unique key stood in the way.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        matches!(self, StoreError::Database(fault) if fault.is_duplicate())
    }

    /// Whether the same work can succeed later, when the database has space, works or can be reached again.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, StoreError::Database(fault) if fault.is_passing())
    }

    /// Whether another transaction was first, so that the same work can succeed in a new one.
    pub(super) fn was_overtaken(&self) -> bool {
        matches!(self, StoreError::Database(fault) if fault.was_overtaken())
    }
}
