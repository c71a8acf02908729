//! Which keys belong to this database, and how one replaces another.

use super::audit::{Action, Note};
use super::db::Connection;
use super::{Principal, Result, Scope, Store, StoreError, meetings, registrations};
use crate::secrets::{Keys, hash, hex, same};

statements! {
    KEPT = "SELECT fingerprint FROM server_key";
    KEEP = "INSERT INTO server_key (fingerprint) VALUES (?1) ON CONFLICT (fingerprint) DO NOTHING";
    KEEP_ONLY = "DELETE FROM server_key WHERE fingerprint <> ?1";
    LOGIN_SECRETS = "SELECT workspace, id, sealed FROM login_secrets WHERE (workspace, id) > (?1, ?2)
        ORDER BY workspace, id LIMIT ?3";
    SET_LOGIN_SECRET = "UPDATE login_secrets SET sealed = ?4 WHERE workspace = ?1 AND id = ?2 AND sealed = ?3";
    WEBHOOKS = "SELECT workspace, id, sealed FROM webhooks WHERE (workspace, id) > (?1, ?2)
        ORDER BY workspace, id LIMIT ?3";
    SET_WEBHOOK = "UPDATE webhooks SET sealed = ?4 WHERE workspace = ?1 AND id = ?2 AND sealed = ?3";
    MEETINGS = "SELECT workspace, id FROM meetings WHERE (workspace, id) > (?1, ?2)
        ORDER BY workspace, id LIMIT ?3";
    REGISTRATIONS = "SELECT workspace, goal FROM registrations WHERE (workspace, goal) > (?1, ?2)
        ORDER BY workspace, goal LIMIT ?3";
    RENEW_LINK = "INSERT INTO renewed_links (workspace, token_hash, kind, subject) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (workspace, token_hash) DO NOTHING";
    COUNT = "SELECT (SELECT count(*) FROM login_secrets) + (SELECT count(*) FROM webhooks)
        + (SELECT count(*) FROM meetings) + (SELECT count(*) FROM registrations)";
}

/// How many rows are sealed anew in one transaction.
const PIECE: u32 = 200;

/// What a key has to do with.
#[derive(Clone, Copy)]
enum Kind {
    LoginSecrets,
    Webhooks,
    Meetings,
    Registrations,
}

/// Keeps the fingerprint of the first key, and refuses a file without any that is kept.
pub(super) fn recognise(db: &Connection, fingerprints: &[[u8; 32]]) -> Result<()> {
    let kept = kept(db)?;
    if kept.is_empty() {
        if let Some(first) = fingerprints.first() {
            db.execute(KEEP, [first])?;
        }
        return Ok(());
    }
    let is_kept = |one: &[u8; 32]| kept.iter().any(|kept| same(kept, one));
    match fingerprints.iter().any(is_kept) {
        true => Ok(()),
        false => Err(StoreError::OtherKey),
    }
}

fn kept(db: &Connection) -> Result<Vec<Vec<u8>>> {
    let rows = db.query_map(KEPT, (), |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

impl Store {
    /// Whether secrets may be sealed with a key in this database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_key(&self, fingerprint: [u8; 32]) -> Result<bool> {
        self.read(move |db| Ok(kept(db)?.iter().any(|kept| same(kept, &fingerprint))))
            .await
    }

    /// Whether a key belongs to this database beside the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_rotating(&self) -> Result<bool> {
        self.read(|db| Ok(kept(db)?.len() > 1)).await
    }

    /// Lets a new key belong to this database beside the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_rotation(&self, fingerprint: [u8; 32]) -> Result<()> {
        self.change_everywhere(Action::RotateKey, move |db, _| {
            db.note(Note::of(format!("key {}", hex(&fingerprint[..4]))));
            db.execute(KEEP, [fingerprint])?;
            Ok(())
        })
        .await
    }

    /// Lets no other key belong to this database any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_rotation(&self, fingerprint: [u8; 32]) -> Result<()> {
        self.change_everywhere(Action::DropKey, move |db, _| {
            db.note(Note::of(format!("all but key {}", hex(&fingerprint[..4]))));
            db.execute(KEEP_ONLY, [fingerprint])?;
            Ok(())
        })
        .await
    }

    /// Seals every secret with the first key, and lets links lead where they lead under that key, too. What is so already
    /// stays, so it can be interrupted and begun again. Tells after every piece how many rows are done of how many.
    ///
    /// # Errors
    /// When a secret opens with no key of the file, or the database fails.
    pub async fn reseal(&self, keys: &Keys, mut tell: impl FnMut(u64, u64)) -> Result<()> {
        let all: i64 = self
            .read(|db| Ok(db.query_row(COUNT, (), |row| row.get(0))?))
            .await?;
        let mut done = 0;
        for kind in [
            Kind::LoginSecrets,
            Kind::Webhooks,
            Kind::Meetings,
            Kind::Registrations,
        ] {
            let mut after = (String::new(), String::new());
            loop {
                let (behind, keys) = (after.clone(), keys.clone());
                let piece = self
                    .write(move |db| renew(db, kind, &behind, &keys))
                    .await?;
                let Some(last) = piece.last() else {
                    break;
                };
                after = last.clone();
                done += piece.len() as u64;
                tell(done, u64::try_from(all).unwrap_or(done).max(done));
            }
        }
        Ok(())
    }
}

/// Renews the next rows behind a key; gives back theirs.
fn renew(
    db: &Connection,
    kind: Kind,
    (workspace, id): &(String, String),
    keys: &Keys,
) -> Result<Vec<(String, String)>> {
    let rows = |sql| -> Result<Vec<(String, String)>> {
        let rows = db.query_map(sql, (workspace, id, PIECE), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<std::result::Result<_, _>>()?)
    };
    let secrets = |sql, set, purpose: &dyn Fn(&str) -> Vec<String>| {
        let found = db.query_map(sql, (workspace, id, PIECE), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        let mut done = Vec::new();
        for row in found {
            let (workspace, id, sealed): (String, String, Vec<u8>) = row?;
            let place: Vec<String> = std::iter::once(workspace.clone())
                .chain(purpose(&id))
                .collect();
            let place: Vec<&str> = place.iter().map(String::as_str).collect();
            if !keys.is_newly_sealed(&place, &sealed) {
                let secret = keys.open_sealed(&place, &sealed);
                let secret = secret.map_err(|_| StoreError::Damaged("secret"))?;
                let renewed = keys.seal(&place, &secret);
                db.execute(set, (&workspace, &id, &sealed, renewed))?;
            }
            done.push((workspace, id));
        }
        Ok(done)
    };
    let links = |sql, kind: &str, token: &dyn Fn(&Scope, &str) -> [u8; 16]| {
        let rows = rows(sql)?;
        for (workspace, subject) in &rows {
            let scope = Scope::new(workspace, Principal::Operator);
            let hashed = hash(&token(&scope, subject));
            db.execute(RENEW_LINK, (workspace, hashed, kind, subject))?;
        }
        Ok(rows)
    };
    match kind {
        Kind::LoginSecrets => secrets(LOGIN_SECRETS, SET_LOGIN_SECRET, &|_| vec!["login".into()]),
        Kind::Webhooks => secrets(WEBHOOKS, SET_WEBHOOK, &|id| {
            vec!["webhook".into(), id.into()]
        }),
        Kind::Meetings => links(MEETINGS, "manage", &|scope, id| {
            meetings::manage_token(keys, scope, id)
        }),
        Kind::Registrations => links(REGISTRATIONS, "undo", &|scope, goal| {
            registrations::undo_token(keys, scope, goal)
        }),
    }
}
