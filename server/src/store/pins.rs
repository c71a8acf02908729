//! Pinned loaders: kept as they were printed, because pages hold their hash.

use super::audit::{Action, Note};
use super::db::Optional;
use super::{Packed, Result, Scope, Store, StoreError};

statements! {
    KEEP = "INSERT INTO pins (workspace, version, bytes, brotli, made_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT DO NOTHING";
    BY_VERSION = "SELECT bytes, brotli FROM pins WHERE version = ?1";
}

impl Store {
    /// Keeps a loader under its version. The same again changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pin(&self, scope: &Scope, version: String, loader: Packed) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::PinLoader, move |db, scope| {
            db.note(Note::of(format!("loader {version}")));
            let kept = db.execute(
                KEEP,
                (
                    scope.workspace(),
                    &version,
                    &loader.bytes,
                    &loader.brotli,
                    now.0,
                ),
            )?;
            if kept == 0 {
                db.nothing();
            }
            Ok(())
        })
        .await
    }

    /// The pinned loader of that version. Its name is a hash of its content, so that nobody needs a workspace to ask.
    ///
    /// # Errors
    /// When there is none.
    pub async fn pinned(&self, version: String) -> Result<Packed> {
        self.read(move |db| {
            db.query_row(BY_VERSION, [version], |row| {
                Ok(Packed {
                    bytes: row.get(0)?,
                    brotli: row.get(1)?,
                })
            })
            .optional()?
            .ok_or_else(|| StoreError::Missing("such loader".into()))
        })
        .await
    }
}
