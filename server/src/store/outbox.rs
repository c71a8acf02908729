//! The outbox: what leaves the server, kept in the transaction that caused it.

use super::{Result, Scope, workspaces};
use crate::outbox::Message;
use crate::secrets::fresh_id;
use engine::ids::Timestamp;
use rusqlite::Connection;

statements! {
    ENQUEUE = "INSERT INTO outbox
        (workspace, id, position, subject, kind, payload, state, attempts, due_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', 0, ?7, ?7)";
}

/// Puts a message into the outbox; messages of one subject leave in this order. Gives back its stable id.
pub(crate) fn enqueue(
    db: &Connection,
    scope: &Scope,
    subject: &str,
    message: &Message,
    now: Timestamp,
) -> Result<String> {
    let id = fresh_id(now);
    let position = workspaces::next_position(db, scope)?;
    let payload = serde_json::to_string(message).unwrap_or_default();
    db.prepare_cached(ENQUEUE)?.execute((
        scope.workspace(),
        &id,
        position,
        subject,
        message.kind(),
        payload,
        now.0,
    ))?;
    Ok(id)
}
