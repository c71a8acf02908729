//! Which key file belongs to this database.

use super::db::{Connection, Optional};
use super::{Result, StoreError};
use crate::secrets::same;

statements! {
    KEPT = "SELECT fingerprint FROM server_key";
    KEEP = "INSERT INTO server_key (fingerprint) VALUES (?1) ON CONFLICT (fingerprint) DO NOTHING";
}

/// Keeps the fingerprint of the first key, and refuses any other.
pub(super) fn recognise(db: &Connection, fingerprint: &[u8; 32]) -> Result<()> {
    let kept: Option<Vec<u8>> = db.query_row(KEPT, (), |row| row.get(0)).optional()?;
    match kept {
        Some(kept) if same(&kept, fingerprint) => Ok(()),
        Some(_) => Err(StoreError::OtherKey),
        None => {
            db.execute(KEEP, [fingerprint])?;
            Ok(())
        }
    }
}
