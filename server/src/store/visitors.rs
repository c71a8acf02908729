//! Browsers, and who is behind them: anonymous, claimed, recognised, verified.

use super::activities::Kind;
use super::people::{self, NewPerson, Person};
use super::values::{self, Owner, Values};
use super::{Result, Scope, Store};
use crate::secrets::{fresh_id, hash};
use engine::authored::Activity;
use engine::compiled::Subject;
use engine::ids::{DAY, Timestamp};
use engine::memory::SESSION_MS;
use engine::value::Value;
use engine::wire::{Opaque, Strength};
use rusqlite::{Connection, OptionalExtension, Row};

statements! {
    BY_TOKEN = "SELECT id, person, strength, verified_until, denied_person, denied_at, test
        FROM visitors WHERE workspace = ?1 AND token_hash = ?2";
    BY_ID = "SELECT id, person, strength, verified_until, denied_person, denied_at, test
        FROM visitors WHERE workspace = ?1 AND id = ?2";
    INSERT = "INSERT INTO visitors (workspace, id, token_hash, strength, verified_until, test, created_at, seen_at)
        VALUES (?1, ?2, ?3, 0, 0, ?4, ?5, ?5)";
    SEEN = "UPDATE visitors SET seen_at = ?3, verified_until = ?4 WHERE workspace = ?1 AND id = ?2";
    BIND = "UPDATE visitors SET person = ?3, strength = ?4, verified_until = ?5, denied_person = ?6, denied_at = ?7
        WHERE workspace = ?1 AND id = ?2";
    DENY = "UPDATE visitors SET person = NULL, strength = 0, verified_until = 0, denied_person = person, denied_at = ?3
        WHERE workspace = ?1 AND id = ?2 AND person IS NOT NULL";
    CONFIRM = "UPDATE visitors SET confirmed_at = ?3 WHERE workspace = ?1 AND id = ?2";
    ROTATE = "UPDATE visitors SET token_hash = ?3 WHERE workspace = ?1 AND id = ?2";
    ERASE = "DELETE FROM visitors WHERE workspace = ?1 AND id = ?2";
    LINK = "SELECT person, kind, expires_at, used_at FROM links WHERE workspace = ?1 AND token_hash = ?2";
    USE_LINK = "UPDATE links SET used_at = ?3 WHERE workspace = ?1 AND token_hash = ?2 AND used_at IS NULL";
    ADOPT_ACTIVITIES = "UPDATE activities SET person = ?3 WHERE workspace = ?1 AND visitor = ?2 AND person IS NULL";
    ADOPT_GOALS = "UPDATE goals SET person = ?3 WHERE workspace = ?1 AND visitor = ?2 AND person IS NULL";
    ADOPT_CONVERSATIONS = "UPDATE conversations SET person = ?3
        WHERE workspace = ?1 AND visitor = ?2 AND person IS NULL";
    MOVE_ACTIVITIES = "UPDATE activities SET person = ?3 WHERE workspace = ?1 AND person = ?2";
    MOVE_GOALS = "UPDATE goals SET person = ?3 WHERE workspace = ?1 AND person = ?2";
    MOVE_CONVERSATIONS = "UPDATE conversations SET person = ?3 WHERE workspace = ?1 AND person = ?2";
    MOVE_VISITORS = "UPDATE visitors SET person = ?3 WHERE workspace = ?1 AND person = ?2";
    MERGED = "UPDATE people SET merged_into = ?3, updated_at = ?4 WHERE workspace = ?1 AND id = ?2";
    RECORD_MERGE = "INSERT INTO merges (workspace, id, from_person, into_person, visitor, at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    SET_EMAIL = "UPDATE people SET email = ?3, updated_at = ?4 WHERE workspace = ?1 AND id = ?2";
    PART_ACTIVITIES = "UPDATE activities SET person = NULL WHERE workspace = ?1 AND conversation = ?2";
    PART_GOALS = "UPDATE goals SET person = NULL WHERE workspace = ?1 AND conversation = ?2";
    PART_CONVERSATION = "UPDATE conversations SET person = NULL WHERE workspace = ?1 AND id = ?2";
    LAST_ACTIVITY = "SELECT max(at) FROM activities WHERE workspace = ?1 AND person = ?2 AND kind = ?3
        AND (?4 IS NULL OR about = ?4 OR dialogue =
            (SELECT number FROM dialogues WHERE workspace = ?1 AND name = ?4))";
    LAST_RECORDED_GOAL = "SELECT max(at) FROM goals WHERE workspace = ?1 AND person = ?2 AND proven = 0
        AND (?3 IS NULL OR name = ?3)";
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
    strength: Strength,
    verified_until: Timestamp,
    denied_person: Option<String>,
    denied_at: Option<Timestamp>,
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

    fn has_denied(&self, person: &str, now: Timestamp) -> bool {
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

/// What is on file about whoever asks, read in one go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    person: Option<Person>,
    values: Values,
    company: Option<super::companies::Company>,
    lists: Vec<String>,
    activities: Vec<(Activity, Option<String>, Option<Timestamp>)>,
}

impl engine::atoms::Stored for Known {
    fn attribute(&self, subject: Subject, name: &str) -> Option<Value> {
        match (subject, name) {
            (Subject::Person, "email") => self.person.as_ref()?.email.clone().map(Value::Text),
            (Subject::Person, "source") => Some(Value::Text(self.person.as_ref()?.source.clone())),
            (Subject::Person, _) => self.values.get(name).cloned(),
            (Subject::Company, "name") => Some(Value::Text(self.company.as_ref()?.name.clone())),
            (Subject::Company, "domain") => self.company.as_ref()?.domain.clone().map(Value::Text),
            (Subject::Company, _) => self.company.as_ref()?.values.get(name).cloned(),
        }
    }

    fn is_on_list(&self, list: &str) -> bool {
        self.lists.iter().any(|member| member == list)
    }

    fn last_activity(&self, activity: Activity, named: Option<&str>) -> Option<Timestamp> {
        self.activities
            .iter()
            .find(|(kind, about, _)| *kind == activity && about.as_deref() == named)
            .and_then(|(_, _, at)| *at)
    }
}

impl Store {
    /// Finds out who asks, binding the browser to whom a proof names. `asked` lists the activities
    /// that conditions will ask for.
    pub(crate) async fn identify(
        &self,
        scope: &Scope,
        token: Option<Opaque>,
        proof: Proof,
        asked: Vec<(Activity, Option<String>)>,
    ) -> Result<Found> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let (visitor, mut fresh) = admit(db, &scope, token, false, now)?;
            let (visitor, strong) = bind(db, &scope, visitor, proof, now)?;
            if strong && fresh.is_none() {
                fresh = Some(rotate(db, &scope, &visitor.id)?);
            }
            let strength = visitor.strength(now);
            let known = match (&visitor.person, strength) {
                (Some(person), Strength::Recognised | Strength::Verified) => {
                    known(db, &scope, person, asked)?
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
    pub(crate) async fn erase_visitor(&self, scope: &Scope, token: Opaque) -> Result<()> {
        let scope = scope.clone();
        self.write(move |db| {
            if let Some(visitor) = by_token(db, &scope, token)? {
                values::clear_all(db, &scope, (Owner::Visitor, &visitor.id))?;
                db.prepare_cached(ERASE)?
                    .execute((scope.workspace(), &visitor.id))?;
            }
            Ok(())
        })
        .await
    }

    /// The strength a browser has now, without changing anything.
    pub(crate) async fn visitor(&self, scope: &Scope, token: Opaque) -> Result<Option<Visitor>> {
        let scope = scope.clone();
        self.read(move |db| by_token(db, &scope, token)).await
    }
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
        db.prepare_cached(SEEN)?.execute((
            scope.workspace(),
            &visitor.id,
            now.0,
            visitor.verified_until.0,
        ))?;
        return Ok((visitor, None));
    }
    let token: Opaque = crate::secrets::random();
    let id = fresh_id(now);
    db.prepare_cached(INSERT)?
        .execute((scope.workspace(), &id, hash(&token), test, now.0))?;
    Ok((
        Visitor {
            test,
            ..Visitor::erased(&id)
        },
        Some(token),
    ))
}

pub(super) fn by_token(db: &Connection, scope: &Scope, token: Opaque) -> Result<Option<Visitor>> {
    Ok(db
        .prepare_cached(BY_TOKEN)?
        .query_row((scope.workspace(), hash(&token)), read)
        .optional()?)
}

pub(super) fn by_id(db: &Connection, scope: &Scope, id: &str) -> Result<Option<Visitor>> {
    Ok(db
        .prepare_cached(BY_ID)?
        .query_row((scope.workspace(), id), read)
        .optional()?)
}

fn rotate(db: &Connection, scope: &Scope, visitor: &str) -> Result<Opaque> {
    let token: Opaque = crate::secrets::random();
    db.prepare_cached(ROTATE)?
        .execute((scope.workspace(), visitor, hash(&token)))?;
    Ok(token)
}

/// Applies a proof. Says whether the browser became verified by it just now.
fn bind(
    db: &Connection,
    scope: &Scope,
    visitor: Visitor,
    proof: Proof,
    now: Timestamp,
) -> Result<(Visitor, bool)> {
    match proof {
        Proof::None => Ok((visitor, false)),
        Proof::Login(email, vouched) => {
            let person = match people::by_email(db, scope, &email)? {
                Some(person) => person.id,
                None => {
                    let new = NewPerson {
                        email: Some(&email),
                        source: "login",
                        ..NewPerson::default()
                    };
                    people::insert(db, scope, &new, now)?
                }
            };
            for (name, value) in &vouched {
                values::set(db, scope, (Owner::Person, &person), name, Some(value), now)?;
            }
            verify(db, scope, visitor, &person, now)
        }
        Proof::Link(token) => {
            let token = hash(token.as_bytes());
            let row: Option<(String, String, i64, Option<i64>)> = db
                .prepare_cached(LINK)?
                .query_row((scope.workspace(), token), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
                .optional()?;
            let Some((person, kind, expires_at, used_at)) = row else {
                return Ok((visitor, false));
            };
            if expires_at < now.0 || people::by_id(db, scope, &person)?.is_none() {
                return Ok((visitor, false));
            }
            db.prepare_cached(USE_LINK)?
                .execute((scope.workspace(), token, now.0))?;
            if kind == people::LinkKind::Verify.word() && used_at.is_none() {
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
    keep(db, scope, &visitor)?;
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
    keep(db, scope, &visitor)?;
    match before {
        None => adopt(db, scope, &visitor.id, person, now)?,
        Some(before) if before != person => {
            let claimed = people::by_id(db, scope, &before)?.filter(|record| record.claimed);
            let file = people::by_id(db, scope, person)?;
            if let (Some(claimed), Some(file)) = (claimed, file)
                && claimed.email == file.email
            {
                merge(db, scope, &claimed.id, &file.id, &visitor.id, now)?;
            }
        }
        Some(_) => {}
    }
    Ok((visitor, !already))
}

fn merge(
    db: &Connection,
    scope: &Scope,
    from: &str,
    into: &str,
    visitor: &str,
    now: Timestamp,
) -> Result<()> {
    for (name, value) in values::of(db, scope, (Owner::Person, from))? {
        values::set(db, scope, (Owner::Person, into), &name, Some(&value), now)?;
    }
    for sql in [
        MOVE_ACTIVITIES,
        MOVE_GOALS,
        MOVE_CONVERSATIONS,
        MOVE_VISITORS,
    ] {
        db.prepare_cached(sql)?
            .execute((scope.workspace(), from, into))?;
    }
    db.prepare_cached(MERGED)?
        .execute((scope.workspace(), from, into, now.0))?;
    db.prepare_cached(RECORD_MERGE)?.execute((
        scope.workspace(),
        fresh_id(now),
        from,
        into,
        visitor,
        now.0,
    ))?;
    Ok(())
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
        db.prepare_cached(sql)?
            .execute((scope.workspace(), visitor, person))?;
    }
    for (name, value) in values::of(db, scope, (Owner::Visitor, visitor))? {
        match name.split_once('.') {
            Some(("person", name)) => {
                values::fill(db, scope, (Owner::Person, person), name, &value, now)?;
            }
            Some(("company", name)) => {
                fill_company(db, scope, person, name, &value, now)?;
            }
            _ => {}
        }
    }
    values::clear_all(db, scope, (Owner::Visitor, visitor))
}

fn keep(db: &Connection, scope: &Scope, visitor: &Visitor) -> Result<()> {
    db.prepare_cached(BIND)?.execute((
        scope.workspace(),
        &visitor.id,
        &visitor.person,
        visitor.strength as i64,
        visitor.verified_until.0,
        &visitor.denied_person,
        visitor.denied_at.map(|at| at.0),
    ))?;
    Ok(())
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
            db.prepare_cached(SET_EMAIL)?.execute((
                scope.workspace(),
                &current.id,
                &email,
                now.0,
            ))?;
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
    keep(db, scope, visitor)?;
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
        db.prepare_cached(DENY)?
            .execute((scope.workspace(), &visitor.id, now.0))?;
        for sql in [PART_ACTIVITIES, PART_GOALS, PART_CONVERSATION] {
            db.prepare_cached(sql)?
                .execute((scope.workspace(), conversation))?;
        }
        visitor.denied_person = Some(person);
        visitor.denied_at = Some(now);
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
    db.prepare_cached(CONFIRM)?
        .execute((scope.workspace(), &visitor.id, now.0))?;
    Ok(())
}

/// A value said in a conversation: the person's when there is one, else kept with the browser.
pub(super) fn say(
    db: &Connection,
    scope: &Scope,
    visitor: &Visitor,
    subject: Subject,
    name: &str,
    value: Option<&Value>,
    now: Timestamp,
) -> Result<()> {
    match (&visitor.person, subject) {
        (Some(person), Subject::Person) => {
            values::set(db, scope, (Owner::Person, person), name, value, now)
        }
        (Some(person), Subject::Company)
            if visitor.strength(now) >= Strength::Recognised && value.is_some() =>
        {
            value.map_or(Ok(()), |value| {
                fill_company(db, scope, person, name, value, now)
            })
        }
        _ => {
            let name = spoken_name(subject, name);
            values::set(db, scope, (Owner::Visitor, &visitor.id), &name, value, now)
        }
    }
}

/// A value the page passed in: it fills a blank and changes nothing.
pub(super) fn fill_in(
    db: &Connection,
    scope: &Scope,
    visitor: &Visitor,
    subject: Subject,
    name: &str,
    value: &Value,
    now: Timestamp,
) -> Result<()> {
    match (&visitor.person, subject) {
        (Some(person), Subject::Person) => {
            values::fill(db, scope, (Owner::Person, person), name, value, now)
        }
        (Some(person), Subject::Company) if visitor.strength(now) >= Strength::Recognised => {
            fill_company(db, scope, person, name, value, now)
        }
        _ => {
            let name = spoken_name(subject, name);
            values::fill(db, scope, (Owner::Visitor, &visitor.id), &name, value, now)
        }
    }
}

/// The name under which a browser's own words are kept.
fn spoken_name(subject: Subject, name: &str) -> String {
    let owner = match subject {
        Subject::Person => Owner::Person,
        Subject::Company => Owner::Company,
    };
    format!("{}.{name}", owner.word())
}

/// One person's word fills what nobody knew of a company; it changes nothing that is known.
fn fill_company(
    db: &Connection,
    scope: &Scope,
    person: &str,
    name: &str,
    value: &Value,
    now: Timestamp,
) -> Result<()> {
    match people::by_id(db, scope, person)?.and_then(|person| person.company) {
        Some(company) => values::fill(db, scope, (Owner::Company, &company), name, value, now),
        None => Ok(()),
    }
}

fn known(
    db: &Connection,
    scope: &Scope,
    person: &str,
    asked: Vec<(Activity, Option<String>)>,
) -> Result<Known> {
    let Some(person) = people::by_id(db, scope, person)? else {
        return Ok(Known::default());
    };
    let mut activities = Vec::with_capacity(asked.len());
    for (kind, named) in asked {
        let mut at: Option<i64> = db.prepare_cached(LAST_ACTIVITY)?.query_row(
            (
                scope.workspace(),
                &person.id,
                Kind::from(kind).name(),
                &named,
            ),
            |row| row.get(0),
        )?;
        if kind == Activity::ReachedDialogueGoal {
            let recorded: Option<i64> = db
                .prepare_cached(LAST_RECORDED_GOAL)?
                .query_row((scope.workspace(), &person.id, &named), |row| row.get(0))?;
            at = at.max(recorded);
        }
        activities.push((kind, named, at.map(Timestamp)));
    }
    let portrait = people::portrait(db, scope, person)?;
    Ok(Known {
        values: portrait.values,
        company: portrait.company,
        lists: portrait.lists,
        person: Some(portrait.person),
        activities,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Visitor> {
    let strength = match row.get::<_, i64>(2)? {
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
        denied_at: row.get::<_, Option<i64>>(5)?.map(Timestamp),
        test: row.get(6)?,
    })
}
