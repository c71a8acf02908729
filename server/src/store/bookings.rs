//! Booking: one transaction that decides whose turn it is and takes the time.
//!
//! It holds the pool's row, then the candidate agent's row, asks the one bookability function again,
//! and claims every five minutes of the meeting.

use super::agents::{self, Pool, StoredAgent};
use super::db::{Connection, params};
use super::meetings::{self, Meeting};
use super::offers::{can_take, pool_name};
use super::{Result, Scope, outbox, workspaces};
use crate::meetings::Length;
use crate::meetings::quanta::claimed;
use crate::outbox::{Message, News, Reader};
use crate::secrets::{Keys, fresh_id, hash};
use engine::compiled::Host;
use engine::ids::{DAY, Timestamp};

statements! {
    INSERT_MEETING = "INSERT INTO meetings (workspace, id, position, agent, pool, start_at, end_at, state, sequence,
            manage_hash, email, name, trusted, language, zone, visitor, person, conversation, card, test, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'scheduled', 0, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    CLAIM = "INSERT INTO claims (workspace, agent, quantum, meeting) VALUES (?1, ?2, ?3, ?4)";
    RELEASE = "DELETE FROM claims WHERE workspace = ?1 AND meeting = ?2";
    LATELY = "SELECT count(*) FROM meetings WHERE workspace = ?1 AND email = ?2 AND created_at > ?3";
}

/// Most bookings for one address in 24 hours.
pub const BOOKINGS_A_DAY: u32 = 3;

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

/// Books inside a transaction, which whoever calls undoes unless a meeting came about. Its letters lie in the outbox
/// afterwards.
pub(crate) fn book(
    db: &Connection,
    scope: &Scope,
    keys: &Keys,
    wish: &Wish,
    now: Timestamp,
) -> Result<Answer<Meeting>> {
    if has_had_enough(db, scope, &wish.guest, now)? {
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
    // Places in the order are taken one by one, so nobody else's booking is in the making now.
    let position = workspaces::next_position(db, scope)?;
    if has_had_enough(db, scope, &wish.guest, now)? {
        return Ok(Answer::TooMany);
    }
    let id = fresh_id(now);
    let manage = meetings::manage_token(keys, scope, &id);
    let end = wish.start.plus(length.in_ms());
    db.execute(
        INSERT_MEETING,
        params![
            scope.workspace(),
            id,
            position,
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
        ],
    )?;
    claim(db, scope, &stored.id, wish.start, length, &id)?;
    tell(db, scope, &id, News::Booked, 0, now)?;
    meetings::meeting(db, scope, &id).map(Answer::Booked)
}

/// Whether an address nobody has proven to own has had its bookings for today.
fn has_had_enough(db: &Connection, scope: &Scope, guest: &Guest, now: Timestamp) -> Result<bool> {
    let since = now.plus(-DAY).0;
    let lately: u32 = db.query_row(LATELY, (scope.workspace(), &guest.email, since), |row| {
        row.get(0)
    })?;
    Ok(lately >= BOOKINGS_A_DAY && !guest.trusted)
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

/// Claims a meeting's time; fails where any of it is claimed already.
pub(super) fn claim(
    db: &Connection,
    scope: &Scope,
    agent: &str,
    start: Timestamp,
    length: Length,
    meeting: &str,
) -> Result<()> {
    for quantum in claimed(start, length) {
        db.execute(CLAIM, (scope.workspace(), agent, quantum, meeting))?;
    }
    Ok(())
}

/// Frees what a meeting has claimed.
pub(super) fn release(db: &Connection, scope: &Scope, meeting: &str) -> Result<()> {
    db.execute(RELEASE, (scope.workspace(), meeting))?;
    Ok(())
}

/// Tells both who meet.
pub(super) fn tell(
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

/// Tells one of the two.
pub(super) fn tell_one(
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

#[cfg(test)]
mod tests;
