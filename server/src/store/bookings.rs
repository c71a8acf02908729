//! Booking: one transaction that decides whose turn it is and takes the time.
//!
//! It holds the pool's row, then the candidate agent's row, asks the one bookability function again,
//! and claims every five minutes of the meeting.

use super::agents::{self, Pool, StoredAgent};
use super::meetings::{self, Meeting};
use super::{Result, Scope, Store, outbox, workspaces};
use crate::meetings::quanta::claimed;
use crate::meetings::{Diary, Length, Offer, Span, offer};
use crate::outbox::{Message, News, Reader};
use crate::secrets::{Keys, fresh_id, hash};
use engine::compiled::Host;
use engine::ids::{DAY, Timestamp};
use rusqlite::Connection;

statements! {
    TAKEN = "SELECT id, start_at, end_at FROM meetings WHERE workspace = ?1 AND agent = ?2
        AND state = 'scheduled' AND start_at < ?4 AND start_at > ?3";
    INSERT_MEETING = "INSERT INTO meetings (workspace, id, position, agent, pool, start_at, end_at, state, sequence,
            manage_hash, email, name, trusted, language, zone, visitor, person, conversation, card, test, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'scheduled', 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    CLAIM = "INSERT INTO claims (workspace, agent, quantum, meeting) VALUES (?1, ?2, ?3, ?4)";
    RELEASE = "DELETE FROM claims WHERE workspace = ?1 AND meeting = ?2";
    MOVE = "UPDATE meetings SET start_at = ?3, end_at = ?4, sequence = sequence + 1
        WHERE workspace = ?1 AND id = ?2 AND state = 'scheduled' AND sequence = ?5";
    CANCEL = "UPDATE meetings SET state = 'cancelled', sequence = sequence + 1, settled_at = ?3
        WHERE workspace = ?1 AND id = ?2 AND state = 'scheduled' AND sequence = ?4";
    OF_CONVERSATION = "SELECT id, sequence FROM meetings WHERE workspace = ?1 AND conversation = ?2
        AND state = 'scheduled' AND start_at > ?3";
    ANONYMISE = "UPDATE meetings SET email = '', name = '', zone = '', visitor = '', person = NULL, trusted = 0,
        manage_hash = ?3 WHERE workspace = ?1 AND id = ?2";
    ALL_OF_CONVERSATION = "SELECT id FROM meetings WHERE workspace = ?1 AND conversation = ?2";
    FORGET_TRIES = "DELETE FROM booking_keys WHERE workspace = ?1 AND conversation = ?2";
    LATELY = "SELECT count(*) FROM meetings WHERE workspace = ?1 AND email = ?2 AND created_at > ?3";
}

/// How many days of slots one answer covers, unless they are all empty.
pub const PAGE_DAYS: i64 = 14;
/// Most slots in one answer.
pub const PAGE_SLOTS: usize = 400;
/// How many alternatives a loser is offered.
pub const ALTERNATIVES: usize = 6;
/// Most bookings for one address in 24 hours.
pub const BOOKINGS_A_DAY: u32 = 3;

/// What can be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered {
    /// Minutes each meeting lasts; 0 where nobody can be met.
    pub minutes: u16,
    /// The starts, ascending.
    pub starts: Vec<Timestamp>,
    /// Where to ask on from, when there may be more.
    pub more: Option<Timestamp>,
}

/// Who wants to meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Where the invitation goes: trimmed and in lower case.
    pub email: String,
    /// As far as known; possibly empty.
    pub name: String,
    /// Whether the address is known to be the visitor's. Others get no words that a visitor wrote.
    pub trusted: bool,
    /// The language of the conversation.
    pub language: String,
    /// The visitor's zone by name; the agent's is used where it is unknown.
    pub zone: String,
    /// Which browser.
    pub visitor: String,
    /// Which person, when known.
    pub person: Option<String>,
    /// Whether it is a test.
    pub test: bool,
}

/// One wish for a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// With whom.
    pub host: Host,
    /// When.
    pub start: Timestamp,
    /// Minutes it lasts, as it was offered.
    pub minutes: u16,
    /// For whom.
    pub guest: Guest,
    /// In which conversation.
    pub conversation: String,
    /// On which card.
    pub card: u16,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// It is booked.
    Booked(T),
    /// Nobody can: taken meanwhile, or never offered.
    Taken,
    /// The address has had its bookings for today.
    TooMany,
}

impl Store {
    /// The slots of a host from `from` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn slots(&self, scope: &Scope, host: Host, from: Timestamp) -> Result<Offered> {
        let (scope, now) = (scope.clone(), self.now());
        self.read(move |db| slots(db, &scope, &host, from, now))
            .await
    }

    /// The slots nearest to `wanted` that can be booked now; at least three where there are as many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn alternatives(
        &self,
        scope: &Scope,
        host: Host,
        wanted: Timestamp,
    ) -> Result<Vec<Timestamp>> {
        let (scope, now) = (scope.clone(), self.now());
        self.read(move |db| alternatives(db, &scope, &host, wanted, now))
            .await
    }
}

/// A host's agents as they stand: who could take a meeting, and how long it lasts.
struct Hosting {
    length: Length,
    agents: Vec<StoredAgent>,
}

fn hosting(db: &Connection, scope: &Scope, host: &Host) -> Result<Option<Hosting>> {
    match host {
        Host::Agent(name) => {
            let Some(id) = agents::agent_by_name(db, scope, name)? else {
                return Ok(None);
            };
            let agent = agents::agent(db, scope, &id)?;
            let length = agent.agent.length;
            Ok(Some(Hosting {
                length,
                agents: vec![agent],
            }))
        }
        Host::Pool(name) => {
            let Some(pool) = agents::pool_by_name(db, scope, pool_name(name))? else {
                return Ok(None);
            };
            let ring = agents::ring(db, scope, &pool)?;
            let agents = ring
                .seats()
                .iter()
                .map(|seat| agents::agent(db, scope, &seat.agent));
            Ok(Some(Hosting {
                length: pool.length,
                agents: agents.collect::<Result<_>>()?,
            }))
        }
    }
}

fn pool_name(name: &str) -> &str {
    if name.is_empty() {
        agents::DEFAULT_POOL
    } else {
        name
    }
}

fn slots(
    db: &Connection,
    scope: &Scope,
    host: &Host,
    from: Timestamp,
    now: Timestamp,
) -> Result<Offered> {
    let Some(hosting) = hosting(db, scope, host)? else {
        return Ok(Offered::default());
    };
    let active: Vec<&StoredAgent> = hosting
        .agents
        .iter()
        .filter(|agent| agent.agent.active)
        .collect();
    let furthest = active
        .iter()
        .map(|agent| i64::from(agent.agent.terms.horizon_days))
        .max();
    let last = now.plus((furthest.unwrap_or(0) + 2) * DAY);
    let mut page = Span::lasting(from.max(now), PAGE_DAYS * DAY);
    loop {
        let mut starts = union(db, scope, &active, hosting.length, now, page, None)?;
        let cut = starts.get(PAGE_SLOTS).copied();
        starts.truncate(PAGE_SLOTS);
        let more = cut.or((page.end < last).then_some(page.end));
        if !starts.is_empty() || more.is_none() {
            return Ok(Offered {
                minutes: hosting.length.in_minutes(),
                starts,
                more,
            });
        }
        page = Span::lasting(page.end, PAGE_DAYS * DAY);
    }
}

fn alternatives(
    db: &Connection,
    scope: &Scope,
    host: &Host,
    wanted: Timestamp,
    now: Timestamp,
) -> Result<Vec<Timestamp>> {
    let Some(hosting) = hosting(db, scope, host)? else {
        return Ok(Vec::new());
    };
    let active: Vec<&StoredAgent> = hosting
        .agents
        .iter()
        .filter(|agent| agent.agent.active)
        .collect();
    near(db, scope, &active, hosting.length, wanted, now, None)
}

/// The nearest slots of `agents`, looked for in ever wider circles.
fn near(
    db: &Connection,
    scope: &Scope,
    agents: &[&StoredAgent],
    length: Length,
    wanted: Timestamp,
    now: Timestamp,
    moving: Option<&str>,
) -> Result<Vec<Timestamp>> {
    const CIRCLES_DAYS: [i64; 3] = [3, 21, 400];
    let wanted = wanted.max(now);
    let mut starts = Vec::new();
    for days in CIRCLES_DAYS {
        let range = Span {
            start: now.max(wanted.plus(-days * DAY)),
            end: wanted.plus(days * DAY),
        };
        starts = union(db, scope, agents, length, now, range, moving)?;
        if starts.len() > ALTERNATIVES {
            break;
        }
    }
    Ok(offer::nearest(&starts, wanted, ALTERNATIVES))
}

fn union(
    db: &Connection,
    scope: &Scope,
    agents: &[&StoredAgent],
    length: Length,
    now: Timestamp,
    range: Span,
    moving: Option<&str>,
) -> Result<Vec<Timestamp>> {
    let offers = agents.iter().map(|stored| {
        let diary = diary(db, scope, &stored.id, range, moving)?;
        Ok(Offer::new(&stored.agent.terms, length, &diary, now, range))
    });
    let offers: Vec<Offer<'_>> = offers.collect::<Result<_>>()?;
    Ok(offer::union(&offers))
}

/// An agent's meetings within two days of a range, without the one that is being moved.
fn diary(
    db: &Connection,
    scope: &Scope,
    agent: &str,
    range: Span,
    moving: Option<&str>,
) -> Result<Diary> {
    let (from, to) = (range.start.plus(-3 * DAY), range.end.plus(3 * DAY));
    let mut rows = db.prepare_cached(TAKEN)?;
    let rows = rows.query_map((scope.workspace(), agent, from.0, to.0), |row| {
        let id: String = row.get(0)?;
        Ok((
            id,
            Span {
                start: Timestamp(row.get(1)?),
                end: Timestamp(row.get(2)?),
            },
        ))
    })?;
    let mut meetings = Vec::new();
    for row in rows {
        let (id, span) = row?;
        if moving != Some(id.as_str()) {
            meetings.push(span);
        }
    }
    Ok(Diary {
        meetings,
        busy: Vec::new(),
    })
}

/// Whether the agent, whose row is held, can take a meeting.
fn can_take(
    db: &Connection,
    scope: &Scope,
    stored: &StoredAgent,
    length: Length,
    start: Timestamp,
    now: Timestamp,
    moving: Option<&str>,
) -> Result<bool> {
    let alone = Span::lasting(start, 1);
    let diary = diary(db, scope, &stored.id, alone, moving)?;
    let offer = Offer::new(&stored.agent.terms, length, &diary, now, alone);
    Ok(stored.agent.active && offer.bookable(start).is_ok())
}

/// Books inside a transaction. The meeting's letters lie in the outbox afterwards.
pub(crate) fn book(
    db: &Connection,
    scope: &Scope,
    keys: &Keys,
    wish: &Wish,
    now: Timestamp,
) -> Result<Answer<Meeting>> {
    let lately: u32 = db.prepare_cached(LATELY)?.query_row(
        (scope.workspace(), &wish.guest.email, now.plus(-DAY).0),
        |row| row.get(0),
    )?;
    if lately >= BOOKINGS_A_DAY && !wish.guest.trusted {
        return Ok(Answer::TooMany);
    }
    let (stored, length, pool) = match &wish.host {
        Host::Agent(name) => {
            let Some(id) = agents::agent_by_name(db, scope, name)? else {
                return Ok(Answer::Taken);
            };
            let Some(stored) = agents::hold_agent(db, scope, &id)? else {
                return Ok(Answer::Taken);
            };
            let length = stored.agent.length;
            if length.in_minutes() != wish.minutes
                || !can_take(db, scope, &stored, length, wish.start, now, None)?
            {
                return Ok(Answer::Taken);
            }
            (stored, length, None)
        }
        Host::Pool(name) => {
            let Some(pool) = agents::hold_pool(db, scope, pool_name(name))? else {
                return Ok(Answer::Taken);
            };
            if pool.length.in_minutes() != wish.minutes {
                return Ok(Answer::Taken);
            }
            let Some(stored) = take_turn(db, scope, &pool, wish.start, now)? else {
                return Ok(Answer::Taken);
            };
            (stored, pool.length, Some(pool.id))
        }
    };
    let id = fresh_id(now);
    let manage = meetings::manage_token(keys, scope, &id);
    let end = wish.start.plus(length.in_ms());
    db.prepare_cached(INSERT_MEETING)?
        .execute(rusqlite::params![
            scope.workspace(),
            id,
            workspaces::next_position(db, scope)?,
            stored.id,
            pool,
            wish.start.0,
            end.0,
            hash(&manage),
            wish.guest.email,
            wish.guest.name,
            wish.guest.trusted,
            wish.guest.language,
            wish.guest.zone,
            wish.guest.visitor,
            wish.guest.person,
            wish.conversation,
            wish.card,
            wish.guest.test,
            now.0,
        ])?;
    claim(db, scope, &stored.id, wish.start, length, &id)?;
    tell(db, scope, &id, News::Booked, 0, now)?;
    meetings::meeting(db, scope, &id).map(Answer::Booked)
}

/// The agent whose turn it is, held; the pointer rests on that seat afterwards.
fn take_turn(
    db: &Connection,
    scope: &Scope,
    pool: &Pool,
    start: Timestamp,
    now: Timestamp,
) -> Result<Option<StoredAgent>> {
    let ring = agents::ring(db, scope, pool)?;
    let mut chosen = None;
    let mut failed = None;
    let turn = ring.turn(|id| {
        let able = agents::hold_agent(db, scope, id).and_then(|held| match held {
            Some(stored) if can_take(db, scope, &stored, pool.length, start, now, None)? => {
                Ok(Some(stored))
            }
            _ => Ok(None),
        });
        match able {
            Ok(able) => chosen = able,
            Err(fault) => failed = Some(fault),
        }
        chosen.is_some() || failed.is_some()
    });
    if let Some(fault) = failed {
        return Err(fault);
    }
    if let Some(turn) = turn {
        agents::pass_turn(db, scope, pool, turn.position, &turn.skipped)?;
    }
    Ok(chosen)
}

fn claim(
    db: &Connection,
    scope: &Scope,
    agent: &str,
    start: Timestamp,
    length: Length,
    meeting: &str,
) -> Result<()> {
    let mut insert = db.prepare_cached(CLAIM)?;
    for quantum in claimed(start, length) {
        insert.execute((scope.workspace(), agent, quantum, meeting))?;
    }
    Ok(())
}

fn tell(
    db: &Connection,
    scope: &Scope,
    meeting: &str,
    news: News,
    sequence: u32,
    now: Timestamp,
) -> Result<()> {
    for reader in [Reader::Guest, Reader::Agent] {
        tell_one(db, scope, meeting, news, sequence, reader, now)?;
    }
    Ok(())
}

fn tell_one(
    db: &Connection,
    scope: &Scope,
    meeting: &str,
    news: News,
    sequence: u32,
    reader: Reader,
    now: Timestamp,
) -> Result<()> {
    let message = Message::Meeting {
        meeting: meeting.into(),
        news,
        sequence,
        reader,
    };
    let subject = format!("meeting/{meeting}/{}", reader.word());
    outbox::enqueue(db, scope, &subject, &message, now)?;
    Ok(())
}

/// Why a meeting was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is as wished.
    Done(Meeting),
    /// It was changed meanwhile; here it is.
    Overtaken(Meeting),
    /// It has begun.
    Passed(Meeting),
    /// The new time is gone; the old one stands.
    Taken(Meeting),
}

impl Store {
    /// Cancels a meeting that has not begun. Cancelling again changes nothing.
    ///
    /// # Errors
    /// When there is no such meeting.
    pub async fn cancel_meeting(&self, scope: &Scope, id: String, sequence: u32) -> Result<Change> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| cancel(db, &scope, &id, sequence, now))
            .await
    }

    /// Moves a meeting of the same agent to another start; the old time is free in the same transaction.
    ///
    /// # Errors
    /// When there is no such meeting.
    pub async fn move_meeting(
        &self,
        scope: &Scope,
        id: String,
        sequence: u32,
        start: Timestamp,
    ) -> Result<Change> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| move_to(db, &scope, &id, sequence, start, now))
            .await
    }

    /// Where a meeting could be moved: slots of its agent, as if it were not there.
    ///
    /// # Errors
    /// When there is no such meeting.
    pub async fn other_slots(&self, scope: &Scope, id: String) -> Result<Vec<Timestamp>> {
        let (scope, now) = (scope.clone(), self.now());
        self.read(move |db| {
            let meeting = meetings::meeting(db, &scope, &id)?;
            let stored = agents::agent(db, &scope, &meeting.agent_id)?;
            let moving = Some(meeting.id.as_str());
            let range = Span::lasting(now, PAGE_DAYS * DAY);
            let active = if stored.agent.active {
                vec![&stored]
            } else {
                Vec::new()
            };
            let mut starts = union(db, &scope, &active, meeting.length(), now, range, moving)?;
            starts.retain(|start| *start != meeting.start);
            Ok(starts)
        })
        .await
    }
}

fn cancel(
    db: &Connection,
    scope: &Scope,
    id: &str,
    sequence: u32,
    now: Timestamp,
) -> Result<Change> {
    let meeting = meetings::meeting(db, scope, id)?;
    if meeting.is_cancelled() {
        return Ok(Change::Done(meeting));
    }
    if meeting.start <= now {
        return Ok(Change::Passed(meeting));
    }
    let changed = db
        .prepare_cached(CANCEL)?
        .execute((scope.workspace(), id, now.0, sequence))?;
    if changed == 0 {
        return Ok(Change::Overtaken(meeting));
    }
    db.prepare_cached(RELEASE)?
        .execute((scope.workspace(), id))?;
    tell(db, scope, id, News::Cancelled, sequence + 1, now)?;
    meetings::meeting(db, scope, id).map(Change::Done)
}

fn move_to(
    db: &Connection,
    scope: &Scope,
    id: &str,
    sequence: u32,
    start: Timestamp,
    now: Timestamp,
) -> Result<Change> {
    let meeting = meetings::meeting(db, scope, id)?;
    let held = agents::hold_agent(db, scope, &meeting.agent_id)?;
    if meeting.is_cancelled() || meeting.sequence != sequence {
        return Ok(Change::Overtaken(meeting));
    }
    if meeting.start <= now {
        return Ok(Change::Passed(meeting));
    }
    let Some(stored) = held else {
        return Ok(Change::Taken(meeting));
    };
    let length = meeting.length();
    if !can_take(db, scope, &stored, length, start, now, Some(id))? {
        return Ok(Change::Taken(meeting));
    }
    let end = start.plus(length.in_ms());
    let changed =
        db.prepare_cached(MOVE)?
            .execute((scope.workspace(), id, start.0, end.0, sequence))?;
    if changed == 0 {
        return Ok(Change::Overtaken(meeting));
    }
    db.prepare_cached(RELEASE)?
        .execute((scope.workspace(), id))?;
    claim(db, scope, &stored.id, start, length, id)?;
    tell(db, scope, id, News::Moved, sequence + 1, now)?;
    meetings::meeting(db, scope, id).map(Change::Done)
}

/// Forgets who booked in a conversation. Meetings to come are called off, and only the agent is told;
/// those that were stay as an agent's hours without a guest.
pub(super) fn forget(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    now: Timestamp,
) -> Result<()> {
    let key = (scope.workspace(), conversation);
    let mut rows = db.prepare_cached(OF_CONVERSATION)?;
    let rows = rows.query_map((key.0, key.1, now.0), |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?))
    })?;
    for row in rows {
        let (id, sequence) = row?;
        db.prepare_cached(CANCEL)?
            .execute((key.0, &id, now.0, sequence))?;
        db.prepare_cached(RELEASE)?.execute((key.0, &id))?;
        let (news, sequence) = (News::Cancelled, sequence + 1);
        tell_one(db, scope, &id, news, sequence, Reader::Agent, now)?;
    }
    let mut rows = db.prepare_cached(ALL_OF_CONVERSATION)?;
    let rows = rows.query_map(key, |row| row.get::<_, String>(0))?;
    for id in rows {
        let id = id?;
        let nobodys = hash(&crate::secrets::random::<16>());
        db.prepare_cached(ANONYMISE)?
            .execute((key.0, id, nobodys))?;
    }
    db.prepare_cached(FORGET_TRIES)?.execute(key)?;
    Ok(())
}

#[cfg(test)]
mod tests;
