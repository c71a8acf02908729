//! Who is behind a browser: how links, logins and typed addresses bind it to a person, and how it parts again.

use super::db::{Connection, Optional};
use super::ledger::Ledger;
use super::people::{self, NewPerson};
use super::values::{self, Owner};
use super::visitors::{Proof, SOURCE, Visitor};
use super::{Result, Scope, merging, remembered, sayings, visitors};
use crate::secrets::hash;
use engine::ids::Timestamp;
use engine::memory::SESSION_MS;
use engine::wire::Strength;

statements! {
    BIND = "UPDATE visitors SET person = ?3, strength = ?4, verified_until = ?5, denied_person = ?6, denied_at = ?7
        WHERE workspace = ?1 AND id = ?2";
    DENY = "UPDATE visitors SET person = NULL, strength = 0, verified_until = 0, denied_person = person, denied_at = ?3
        WHERE workspace = ?1 AND id = ?2 AND person IS NOT NULL";
    CONFIRM = "UPDATE visitors SET confirmed_at = ?3 WHERE workspace = ?1 AND id = ?2";
    LINK = "SELECT person, kind, expires_at FROM links WHERE workspace = ?1 AND token_hash = ?2";
    USE_LINK = "UPDATE links SET used_at = ?3 WHERE workspace = ?1 AND token_hash = ?2 AND used_at IS NULL";
    ADOPT_ACTIVITIES = "UPDATE activities SET person = ?3 WHERE workspace = ?1 AND visitor = ?2 AND person IS NULL";
    ADOPT_GOALS = "UPDATE goals SET person = ?3 WHERE workspace = ?1 AND visitor = ?2 AND person IS NULL";
    ADOPT_CONVERSATIONS = "UPDATE conversations SET person = ?3
        WHERE workspace = ?1 AND visitor = ?2 AND person IS NULL";
    SET_EMAIL = "UPDATE people SET email = ?3, updated_at = ?4 WHERE workspace = ?1 AND id = ?2";
    PART_ACTIVITIES = "UPDATE activities SET person = NULL WHERE workspace = ?1 AND conversation = ?2";
    PART_GOALS = "UPDATE goals SET person = NULL WHERE workspace = ?1 AND conversation = ?2";
    PART_CONVERSATION = "UPDATE conversations SET person = NULL WHERE workspace = ?1 AND id = ?2";
}

/// Applies a proof. Says whether the browser became verified by it just now.
pub(super) fn bind(
    db: &Connection,
    scope: &Scope,
    visitor: Visitor,
    proof: &Proof,
    now: Timestamp,
) -> Result<(Visitor, bool)> {
    match proof {
        Proof::None => Ok((visitor, false)),
        Proof::Login(email, vouched) => {
            let person = match people::by_email(db, scope, email)? {
                Some(person) => person.id,
                None => {
                    let new = NewPerson {
                        email: Some(email),
                        source: "login",
                        ..NewPerson::default()
                    };
                    people::insert(db, scope, &new, now)?
                }
            };
            for (name, value) in vouched {
                values::set(db, scope, (Owner::Person, &person), name, Some(value), now)?;
            }
            verify(db, scope, visitor, &person, now)
        }
        Proof::Link(token) => {
            let token = hash(token.as_bytes());
            let row: Option<(String, String, i64)> = db
                .query_row(LINK, (scope.workspace(), token), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            let Some((person, kind, expires_at)) = row else {
                return Ok((visitor, false));
            };
            if kind == people::LinkKind::Staff.word() {
                let is_staff = expires_at >= now.0;
                let (ledger, mut visitor) = (Ledger::default(), visitor);
                visitors::mark(&ledger, scope, &mut visitor, is_staff);
                ledger.flush(db)?;
                remembered::changed(db, scope, now)?;
                return Ok((visitor, false));
            }
            if expires_at < now.0 || people::by_id(db, scope, &person)?.is_none() {
                return Ok((visitor, false));
            }
            let first = db.execute(USE_LINK, (scope.workspace(), token, now.0))?;
            if kind == people::LinkKind::Verify.word() && first == 1 {
                verify(db, scope, visitor, &person, now)
            } else {
                Ok((recognise(db, scope, visitor, &person, now)?, false))
            }
        }
    }
}

/// A weak sign: it never replaces somebody verified, nor whom the visitor has denied to be.
fn recognise(
    db: &Connection,
    scope: &Scope,
    mut visitor: Visitor,
    person: &str,
    now: Timestamp,
) -> Result<Visitor> {
    if visitor.strength(now) == Strength::Verified || visitor.has_denied(person, now) {
        return Ok(visitor);
    }
    if visitor.person.as_deref() == Some(person) && visitor.strength == Strength::Verified {
        return Ok(visitor);
    }
    let stranger = visitor.person.is_none();
    visitor.person = Some(person.into());
    visitor.strength = Strength::Recognised;
    keep(db, scope, &visitor, now)?;
    if stranger {
        adopt(db, scope, &visitor.id, person, now)?;
    }
    Ok(visitor)
}

/// A strong sign: a claimed record of the same address is merged.
fn verify(
    db: &Connection,
    scope: &Scope,
    mut visitor: Visitor,
    person: &str,
    now: Timestamp,
) -> Result<(Visitor, bool)> {
    let already =
        visitor.person.as_deref() == Some(person) && visitor.strength(now) == Strength::Verified;
    let before = visitor.person.replace(person.into());
    visitor.strength = Strength::Verified;
    visitor.verified_until = now.plus(SESSION_MS);
    visitor.denied_person = None;
    visitor.denied_at = None;
    keep(db, scope, &visitor, now)?;
    match before {
        None => adopt(db, scope, &visitor.id, person, now)?,
        Some(before) if before != person => {
            let claimed = people::by_id(db, scope, &before)?;
            let file = people::by_id(db, scope, person)?;
            if let (Some(claimed), Some(file)) = (claimed, file) {
                merging::merge(db, scope, &claimed, &file, &visitor.id, now)?;
            }
        }
        Some(_) => {}
    }
    Ok((visitor, !already))
}

/// Gives a person what their browser did and said while nobody was known.
fn adopt(
    db: &Connection,
    scope: &Scope,
    visitor: &str,
    person: &str,
    now: Timestamp,
) -> Result<()> {
    for sql in [ADOPT_ACTIVITIES, ADOPT_GOALS, ADOPT_CONVERSATIONS] {
        db.execute(sql, (scope.workspace(), visitor, person))?;
    }
    for (name, value) in values::of(db, scope, (Owner::Visitor, visitor))? {
        match name.split_once('.') {
            Some(("person", name)) => {
                values::fill(db, scope, (Owner::Person, person), name, &value, now)?;
            }
            Some(("company", name)) => {
                sayings::fill_company(db, scope, person, name, &value, now)?;
            }
            _ => {}
        }
    }
    values::clear_all(db, scope, (Owner::Visitor, visitor))
}

fn keep(db: &Connection, scope: &Scope, visitor: &Visitor, now: Timestamp) -> Result<()> {
    db.execute(
        BIND,
        (
            scope.workspace(),
            &visitor.id,
            &visitor.person,
            visitor.strength as i64,
            visitor.verified_until.0,
            &visitor.denied_person,
            visitor.denied_at.map(|at| at.0),
        ),
    )?;
    remembered::changed(db, scope, now)
}

/// Where a typed address came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim<'a> {
    pub email: &'a str,
    pub dialogue: u32,
    pub conversation: &'a str,
    pub test: bool,
}

/// A visitor typed an address. A new one makes a person; one on file gets an own, claimed record.
/// Nothing that was stored changes, and nothing tells the two apart from outside.
pub(super) fn claim(
    db: &Connection,
    scope: &Scope,
    visitor: &mut Visitor,
    claim: Claim<'_>,
    now: Timestamp,
) -> Result<()> {
    let email = claim.email.to_lowercase();
    let current = match &visitor.person {
        Some(person) => people::by_id(db, scope, person)?,
        None => None,
    };
    if current
        .as_ref()
        .is_some_and(|person| person.email.as_deref() == Some(&email))
    {
        return Ok(());
    }
    let on_file = people::by_email(db, scope, &email)?;
    if let Some(current) = &current
        && visitor.strength(now) == Strength::Verified
    {
        // Somebody verified may change to a free address; they stay who they are.
        if on_file.is_none() {
            db.execute(SET_EMAIL, (scope.workspace(), &current.id, &email, now.0))?;
        }
        return Ok(());
    }
    let person = people::insert(
        db,
        scope,
        &NewPerson {
            email: Some(&email),
            claimed: on_file.is_some(),
            source: SOURCE,
            dialogue: on_file.is_none().then_some(claim.dialogue),
            conversation: on_file.is_none().then_some(claim.conversation),
            test: claim.test,
        },
        now,
    )?;
    let stranger = current.is_none();
    visitor.person = Some(person.clone());
    visitor.strength = Strength::Claimed;
    visitor.verified_until = Timestamp(0);
    keep(db, scope, visitor, now)?;
    if stranger {
        adopt(db, scope, &visitor.id, &person, now)?;
    }
    Ok(())
}

/// *That is not me*: the browser and the person part at once, and so does what this conversation did.
pub(super) fn deny(
    db: &Connection,
    scope: &Scope,
    visitor: &mut Visitor,
    conversation: &str,
    now: Timestamp,
) -> Result<()> {
    if let Some(person) = visitor.person.take() {
        db.execute(DENY, (scope.workspace(), &visitor.id, now.0))?;
        for sql in [PART_ACTIVITIES, PART_GOALS, PART_CONVERSATION] {
            db.execute(sql, (scope.workspace(), conversation))?;
        }
        visitor.denied_person = Some(person);
        visitor.denied_at = Some(now);
        remembered::changed(db, scope, now)?;
    }
    visitor.strength = Strength::Anonymous;
    Ok(())
}

/// *Yes, that is me*: the visitor's word, which makes nobody more certain.
pub(super) fn confirm(
    db: &Connection,
    scope: &Scope,
    visitor: &Visitor,
    now: Timestamp,
) -> Result<()> {
    db.execute(CONFIRM, (scope.workspace(), &visitor.id, now.0))?;
    Ok(())
}
