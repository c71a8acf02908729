//! How the rows of the audit log hold together, and whether they still do.

use super::{LAST, WHOLE};
use crate::secrets::{hex, mac, same};
use crate::store::db::{Connection, bound};
use crate::store::{Result, Scope};

/// What the first row is sealed to.
pub(super) const BEGINNING: [u8; 32] = [0; 32];

/// What a row's hash covers beside the row before.
pub(super) struct Link<'a> {
    pub workspace: &'a str,
    pub position: i64,
    pub at: i64,
    pub actor: &'a str,
    pub action: &'a str,
    pub subject: &'a str,
    pub person: Option<&'a str>,
    pub commitment: &'a [u8],
}

impl Link<'_> {
    pub fn sealed_to(&self, previous: &[u8]) -> [u8; 32] {
        mac(
            previous,
            &[
                self.workspace.as_bytes(),
                &self.position.to_be_bytes(),
                &self.at.to_be_bytes(),
                self.actor.as_bytes(),
                self.action.as_bytes(),
                self.subject.as_bytes(),
                &[u8::from(self.person.is_some())],
                self.person.unwrap_or_default().as_bytes(),
                self.commitment,
            ],
        )
    }
}

/// A chain that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many rows.
    pub rows: i64,
    /// The hash of the newest, as hexadecimal digits; nothing while there is none.
    pub newest: Option<String>,
    /// Whether the hash that was asked for is in it.
    pub is_known: bool,
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log is broken at row {position}: {why}")]
pub struct Broken {
    /// The first row that is not what it was, or not there.
    pub position: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Follows the whole chain, and looks for the hash of a row on the way.
pub(super) fn verify(
    db: &Connection,
    scope: &Scope,
    known: Option<&str>,
) -> Result<std::result::Result<Verified, Broken>> {
    let workspace = scope.workspace();
    let mut is_known = false;
    let mut before = BEGINNING.to_vec();
    let mut broken = None;
    let mut expected = 0;
    db.scan(WHOLE, &[bound(workspace)], &mut |row| {
        expected += 1;
        let (actor, action, subject): (String, String, String) =
            (row.get(2)?, row.get(3)?, row.get(4)?);
        let person: Option<String> = row.get(5)?;
        let (detail, salt): (Option<String>, Option<Vec<u8>>) = (row.get(6)?, row.get(7)?);
        let (commitment, previous, hash): (Vec<u8>, Vec<u8>, Vec<u8>) =
            (row.get(8)?, row.get(9)?, row.get(10)?);
        let link = Link {
            workspace,
            position: row.get(0)?,
            at: row.get(1)?,
            actor: &actor,
            action: &action,
            subject: &subject,
            person: person.as_deref(),
            commitment: &commitment,
        };
        let why = if link.position != expected {
            Some("it is missing")
        } else if !same(&previous, &before) {
            Some("it does not follow the row before")
        } else if !same(&hash, &link.sealed_to(&previous)) {
            Some("it was altered")
        } else if !is_kept(detail.as_deref(), salt.as_deref(), &commitment) {
            Some("its detail was altered")
        } else {
            None
        };
        broken = why.map(|why| Broken {
            position: expected,
            why,
        });
        is_known |= known.is_some_and(|known| known == hex(&hash));
        before = hash;
        Ok(broken.is_none())
    })?;
    if let Some(broken) = broken {
        return Ok(Err(broken));
    }
    let last: i64 = db.query_row(LAST, [workspace], |row| row.get(0))?;
    if last != expected {
        return Ok(Err(Broken {
            position: expected + 1,
            why: "it is missing",
        }));
    }
    Ok(Ok(Verified {
        rows: expected,
        newest: (expected > 0).then(|| hex(&before)),
        is_known,
    }))
}

/// Whether the detail is what was committed to. Detail and salt go together when a person is forgotten.
fn is_kept(detail: Option<&str>, salt: Option<&[u8]>, commitment: &[u8]) -> bool {
    match (detail, salt) {
        (None, None) => true,
        (Some(detail), Some(salt)) => same(&mac(salt, &[detail.as_bytes()]), commitment),
        _ => false,
    }
}
