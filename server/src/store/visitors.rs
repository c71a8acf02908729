//! Browsers, and who is behind them: anonymous, claimed, recognised, verified.

use super::binding::bind;
use super::db::{Connection, Optional, Read, Row};
use super::known::{Known, known};
use super::ledger::{Ledger, Sheet};
use super::values::{self, Owner, Values};
use super::{Result, Scope, Store, remembered};
use crate::secrets::{fresh_id, hash};
use engine::authored::Activity;
use engine::ids::{DAY, HOUR, MINUTE, Timestamp};
use engine::memory::SESSION_MS;
use engine::wire::{Opaque, Strength};
use std::sync::Arc;

statements! {
    BY_TOKEN = "SELECT id, person, strength, verified_until, denied_person, denied_at, test, seen_at
        FROM visitors WHERE workspace = ?1 AND token_hash = ?2 FOR UPDATE";
    FIND = "SELECT id, person, strength, verified_until, denied_person, denied_at, test, seen_at
        FROM visitors WHERE workspace = ?1 AND token_hash = ?2";
    ID_BY_TOKEN = "SELECT id FROM visitors WHERE workspace = ?1 AND token_hash = ?2";
    BY_ID = "SELECT id, person, strength, verified_until, denied_person, denied_at, test, seen_at, token_hash
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

/// How exactly it is kept when a browser was seen last.
const SEEN_EVERY: i64 = HOUR;

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
    seen_at: Timestamp,
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

    /// Until when a verified session lasts, now that the browser was seen.
    fn extended(&self, now: Timestamp) -> Timestamp {
        if self.strength == Strength::Verified && now <= self.verified_until {
            self.verified_until.max(now.plus(SESSION_MS))
        } else {
            self.verified_until
        }
    }

    /// Whether it is time to note that the browser was seen.
    fn is_due(&self, now: Timestamp) -> bool {
        now.since(self.seen_at) >= SEEN_EVERY
            || self.extended(now).since(self.verified_until) >= MINUTE
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
            seen_at: Timestamp(0),
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
    pub known: Arc<Known>,
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
        if let (Some(token), Proof::None) = (token, &proof)
            && let Some(found) = self.recall(scope, token, asked.clone()).await?
            && (found.visitor.test || !is_staff)
        {
            return Ok(found);
        }
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let found = match token {
                Some(token) => by_token(db, &scope, token)?,
                None => None,
            };
            let ledger = Ledger::default();
            let (visitor, mut fresh) = admit(&ledger, &scope, found, is_staff, now);
            ledger.flush(db)?;
            let (visitor, strong) = bind(db, &scope, visitor, &proof, now)?;
            if strong && fresh.is_none() {
                fresh = Some(rotate(db, &scope, &visitor.id)?);
            }
            Ok(Found {
                known: Arc::new(on_file(db, &scope, &visitor, &asked, now)?),
                strength: visitor.strength(now),
                visitor,
                token: fresh,
            })
        })
        .await
    }

    /// A browser that is known and need not be noted as seen, from memory or the database.
    async fn recall(
        &self,
        scope: &Scope,
        token: Opaque,
        asked: Vec<(Activity, Option<String>)>,
    ) -> Result<Option<Found>> {
        let now = self.now();
        if let Some(remembered) = self.memory.recall(scope, token, &asked, now)
            && !remembered.visitor.is_due(now)
        {
            let (visitor, known) = (remembered.visitor.clone(), Arc::clone(&remembered.known));
            return Ok(Some(Found::again(visitor, known, now)));
        }
        let (mark, within) = (self.memory.mark(token), scope.clone());
        let found = self.read(move |db| {
            let key = (within.workspace(), hash(&token));
            let visitor = db.query_row(FIND, key, read).optional()?;
            match visitor.filter(|visitor| !visitor.is_due(now)) {
                Some(visitor) => {
                    let known = Arc::new(on_file(db, &within, &visitor, &asked, now)?);
                    Ok(Some((visitor, known, asked)))
                }
                None => Ok(None),
            }
        });
        Ok(found.await?.map(|(visitor, known, asked)| {
            let look_up = (visitor.clone(), Arc::clone(&known));
            self.memory
                .remember(scope, token, mark, look_up, &asked, now);
            Found::again(visitor, known, now)
        }))
    }

    /// Forgets a browser: its token is dead from now on.
    pub(crate) async fn erase_visitor(&self, scope: &Scope, id: String) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| erase(db, &scope, &id, now)).await
    }

    /// The id of the browser that has a token.
    pub(crate) async fn visitor_of(&self, scope: &Scope, token: Opaque) -> Result<Option<String>> {
        let scope = scope.clone();
        self.read(move |db| {
            let key = (scope.workspace(), hash(&token));
            Ok(db
                .query_row(ID_BY_TOKEN, key, |row| row.get(0))
                .optional()?)
        })
        .await
    }
}

/// Marks a browser whose visits reports leave out from now on.
pub(super) fn mark(ledger: &Ledger, scope: &Scope, visitor: &mut Visitor, is_staff: bool) {
    if is_staff && !visitor.test {
        ledger.put(Sheet::Marked, MARK, (scope.workspace(), &visitor.id));
        visitor.test = true;
    }
}

/// Forgets a browser, and what it said while nobody was known.
pub(super) fn erase(db: &Connection, scope: &Scope, id: &str, now: Timestamp) -> Result<()> {
    values::clear_all(db, scope, (Owner::Visitor, id))?;
    db.execute(ERASE, (scope.workspace(), id))?;
    remembered::changed(db, scope, now)
}

impl Found {
    /// A browser that keeps its token.
    fn again(visitor: Visitor, known: Arc<Known>, now: Timestamp) -> Self {
        Self {
            strength: visitor.strength(now),
            visitor,
            token: None,
            known,
        }
    }
}

/// What is on file about whoever is behind a browser, as far as the server is sure of it.
fn on_file(
    db: &Connection,
    scope: &Scope,
    visitor: &Visitor,
    asked: &[(Activity, Option<String>)],
    now: Timestamp,
) -> Result<Known> {
    match (&visitor.person, visitor.strength(now)) {
        (Some(person), Strength::Recognised | Strength::Verified) => {
            known(db, scope, person, asked)
        }
        _ => Ok(Known::default()),
    }
}

/// The browser that was found, seen now, or a new one with the token it gets.
pub(super) fn admit(
    ledger: &Ledger,
    scope: &Scope,
    found: Option<Visitor>,
    test: bool,
    now: Timestamp,
) -> (Visitor, Option<Opaque>) {
    if let Some(mut visitor) = found {
        mark(ledger, scope, &mut visitor, test);
        if !visitor.is_due(now) {
            return (visitor, None);
        }
        visitor.seen_at = now;
        visitor.verified_until = visitor.extended(now);
        let row = (
            scope.workspace(),
            &visitor.id,
            now.0,
            visitor.verified_until.0,
        );
        ledger.put(Sheet::Seen, SEEN, row);
        return (visitor, None);
    }
    let token: Opaque = crate::secrets::random();
    let id = fresh_id(now);
    ledger.put(
        Sheet::Visitors,
        INSERT,
        (scope.workspace(), &id, hash(&token), test, now.0),
    );
    let visitor = Visitor {
        test,
        seen_at: now,
        ..Visitor::erased(&id)
    };
    (visitor, Some(token))
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

/// The ids of the browsers of many tokens, by workspace and the token's hash.
pub(super) fn ids_by_token(
    db: &Connection,
    keys: &[(&str, [u8; 32])],
) -> Result<Vec<Option<String>>> {
    Ok(db.query_each(ID_BY_TOKEN, keys, |row| row.get(0))?)
}

/// A browser that is held until the transaction ends.
pub(super) struct Held {
    pub visitor: Visitor,
    /// The hash of the token it has now.
    pub token: Vec<u8>,
}

/// Many browsers by workspace and id, held in the order of the keys.
pub(super) fn held_each(db: &Connection, keys: &[(&str, &str)]) -> Result<Vec<Option<Held>>> {
    Ok(db.query_each(BY_ID, keys, |row| {
        Ok(Held {
            visitor: read(row)?,
            token: row.get(8)?,
        })
    })?)
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
        seen_at: Timestamp(row.get(7)?),
    })
}
