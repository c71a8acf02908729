//! Browsers, and who is behind them: anonymous, claimed, recognised, verified.

use super::binding::bind;
use super::db::{Connection, Optional, Read, Row};
use super::known::{Known, known};
use super::values::{self, Owner, Values};
use super::{Result, Scope, Store};
use crate::secrets::{fresh_id, hash};
use engine::authored::Activity;
use engine::ids::{DAY, Timestamp};
use engine::memory::SESSION_MS;
use engine::wire::{Opaque, Strength};

statements! {
    BY_TOKEN = "SELECT id, person, strength, verified_until, denied_person, denied_at, test
        FROM visitors WHERE workspace = ?1 AND token_hash = ?2 FOR UPDATE";
    BY_ID = "SELECT id, person, strength, verified_until, denied_person, denied_at, test
        FROM visitors WHERE workspace = ?1 AND id = ?2 FOR UPDATE";
    INSERT = "INSERT INTO visitors (workspace, id, token_hash, strength, verified_until, test, created_at, seen_at)
        VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?5)";
    SEEN = "UPDATE visitors SET seen_at = ?3, verified_until = ?4 WHERE workspace = ?1 AND id = ?2";
    MARK = "UPDATE visitors SET test = 1 WHERE workspace = ?1 AND id = ?2";
    ROTATE = "UPDATE visitors SET token_hash = ?3 WHERE workspace = ?1 AND id = ?2";
    ERASE = "DELETE FROM visitors WHERE workspace = ?1 AND id = ?2";
}

/// After *that is not me* no link recognises this person in that browser for so long.
const DENIED_FOR: i64 = 180 * DAY;

/// The source of people that a dialogue won.
pub const SOURCE: &str = "dynamicChat";

/// A browser as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The internal id; never in a browser.
    pub id: String,
    /// The person behind it.
    pub person: Option<String>,
    pub(super) strength: Strength,
    pub(super) verified_until: Timestamp,
    pub(super) denied_person: Option<String>,
    pub(super) denied_at: Option<Timestamp>,
    /// Left out of reports.
    pub test: bool,
}

impl Visitor {
    /// How sure the server is now: a verified session ends and leaves a recognised browser.
    #[must_use]
    pub fn strength(&self, now: Timestamp) -> Strength {
        match self.strength {
            _ if self.person.is_none() => Strength::Anonymous,
            Strength::Verified if now > self.verified_until => Strength::Recognised,
            strength => strength,
        }
    }

    /// A browser that was forgotten while its conversation goes on.
    pub(super) fn erased(id: &str) -> Self {
        Self {
            id: id.into(),
            person: None,
            strength: Strength::Anonymous,
            verified_until: Timestamp(0),
            denied_person: None,
            denied_at: None,
            test: false,
        }
    }

    pub(super) fn has_denied(&self, person: &str, now: Timestamp) -> bool {
        self.denied_person.as_deref() == Some(person)
            && self.denied_at.is_some_and(|at| now.since(at) < DENIED_FOR)
    }
}

/// How somebody says who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing but the browser's own token.
    None,
    /// A checked token of the host's login: the address and further values it vouches for.
    Login(String, Values),
    /// A link's token, not yet looked up.
    Link(String),
}

/// Who a lookup found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub visitor: Visitor,
    pub strength: Strength,
    /// The token to give the browser, when it has none that is valid or got a new one.
    pub token: Option<Opaque>,
    pub known: Known,
}

impl Store {
    /// Finds out who asks, binding the browser to whom a proof names. `asked` lists the activities
    /// that conditions will ask for. Staff is marked, and counts in no report from then on.
    pub(crate) async fn identify(
        &self,
        scope: &Scope,
        token: Option<Opaque>,
        proof: Proof,
        asked: Vec<(Activity, Option<String>)>,
        is_staff: bool,
    ) -> Result<Found> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let (visitor, mut fresh) = admit(db, &scope, token, is_staff, now)?;
            let (visitor, strong) = bind(db, &scope, visitor, &proof, now)?;
            if strong && fresh.is_none() {
                fresh = Some(rotate(db, &scope, &visitor.id)?);
            }
            let strength = visitor.strength(now);
            let known = match (&visitor.person, strength) {
                (Some(person), Strength::Recognised | Strength::Verified) => {
                    known(db, &scope, person, &asked)?
                }
                _ => Known::default(),
            };
            Ok(Found {
                visitor,
                strength,
                token: fresh,
                known,
            })
        })
        .await
    }

    /// Forgets a browser: its token is dead from now on.
    pub(crate) async fn erase_visitor(&self, scope: &Scope, id: String) -> Result<()> {
        let scope = scope.clone();
        self.write(move |db| erase(db, &scope, &id)).await
    }

    /// The id of the browser that has a token.
    pub(crate) async fn visitor_of(&self, scope: &Scope, token: Opaque) -> Result<Option<String>> {
        let scope = scope.clone();
        self.write(move |db| Ok(by_token(db, &scope, token)?.map(|visitor| visitor.id)))
            .await
    }
}

/// Marks a browser whose visits reports leave out from now on.
pub(super) fn mark(
    db: &Connection,
    scope: &Scope,
    mut visitor: Visitor,
    is_staff: bool,
) -> Result<Visitor> {
    if is_staff && !visitor.test {
        db.execute(MARK, (scope.workspace(), &visitor.id))?;
        visitor.test = true;
    }
    Ok(visitor)
}

/// Forgets a browser, and what it said while nobody was known.
pub(super) fn erase(db: &Connection, scope: &Scope, id: &str) -> Result<()> {
    values::clear_all(db, scope, (Owner::Visitor, id))?;
    db.execute(ERASE, (scope.workspace(), id))?;
    Ok(())
}

/// The browser of a token, or a new one with the token it gets.
pub(super) fn admit(
    db: &Connection,
    scope: &Scope,
    token: Option<Opaque>,
    test: bool,
    now: Timestamp,
) -> Result<(Visitor, Option<Opaque>)> {
    if let Some(token) = token
        && let Some(mut visitor) = by_token(db, scope, token)?
    {
        if visitor.strength == Strength::Verified && now <= visitor.verified_until {
            visitor.verified_until = visitor.verified_until.max(now.plus(SESSION_MS));
        }
        db.execute(
            SEEN,
            (
                scope.workspace(),
                &visitor.id,
                now.0,
                visitor.verified_until.0,
            ),
        )?;
        return Ok((mark(db, scope, visitor, test)?, None));
    }
    let token: Opaque = crate::secrets::random();
    let id = fresh_id(now);
    db.execute(INSERT, (scope.workspace(), &id, hash(&token), test, now.0))?;
    Ok((
        Visitor {
            test,
            ..Visitor::erased(&id)
        },
        Some(token),
    ))
}

/// The browser of a token, held until the transaction ends.
pub(super) fn by_token(db: &Connection, scope: &Scope, token: Opaque) -> Result<Option<Visitor>> {
    Ok(db
        .query_row(BY_TOKEN, (scope.workspace(), hash(&token)), read)
        .optional()?)
}

/// The browser of an id, held until the transaction ends.
pub(super) fn by_id(db: &Connection, scope: &Scope, id: &str) -> Result<Option<Visitor>> {
    Ok(db
        .query_row(BY_ID, (scope.workspace(), id), read)
        .optional()?)
}

fn rotate(db: &Connection, scope: &Scope, visitor: &str) -> Result<Opaque> {
    let token: Opaque = crate::secrets::random();
    db.execute(ROTATE, (scope.workspace(), visitor, hash(&token)))?;
    Ok(token)
}

fn read(row: &Row<'_>) -> Read<Visitor> {
    let strength = match row.get::<i64>(2)? {
        1 => Strength::Claimed,
        2 => Strength::Recognised,
        3 => Strength::Verified,
        _ => Strength::Anonymous,
    };
    Ok(Visitor {
        id: row.get(0)?,
        person: row.get(1)?,
        strength,
        verified_until: Timestamp(row.get(3)?),
        denied_person: row.get(4)?,
        denied_at: row.get::<Option<i64>>(5)?.map(Timestamp),
        test: row.get(6)?,
    })
}
