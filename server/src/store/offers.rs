//! What can be had: the slots of a pool or an agent as they stand.

use super::agents::{self, StoredAgent};
use super::db::Connection;
use super::{Result, Scope, Store, meetings};
use crate::meetings::{Diary, Length, Offer, Span, offer};
use engine::compiled::Host;
use engine::ids::{DAY, Timestamp};

statements! {
    TAKEN = "SELECT id, start_at, end_at FROM meetings WHERE workspace = ?1 AND agent = ?2
        AND state = 'scheduled' AND start_at < ?4 AND start_at > ?3";
}

/// How many days of slots one answer covers, unless they are all empty.
pub const PAGE_DAYS: i64 = 14;
/// Most slots in one answer.
pub const PAGE_SLOTS: usize = 400;
/// How many alternatives a loser is offered.
pub const ALTERNATIVES: usize = 6;

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

pub(super) fn pool_name(name: &str) -> &str {
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
    let last = reach(&active, now).end;
    let mut page = Span::lasting(from.max(now), PAGE_DAYS * DAY);
    if page.start >= last {
        return Ok(Offered {
            minutes: hosting.length.in_minutes(),
            ..Offered::default()
        });
    }
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

/// From now until the last of `agents` can be booked no more.
fn reach(agents: &[&StoredAgent], now: Timestamp) -> Span {
    let ends = agents.iter().map(|agent| agent.agent.terms.reach(now).end);
    Span {
        start: now,
        end: ends.max().unwrap_or(now),
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
    let within = reach(agents, now);
    let wanted = wanted.clamp(within.start, within.end);
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
    let rows = db.query_map(TAKEN, (scope.workspace(), agent, from.0, to.0), |row| {
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
pub(super) fn can_take(
    db: &Connection,
    scope: &Scope,
    stored: &StoredAgent,
    length: Length,
    start: Timestamp,
    now: Timestamp,
    moving: Option<&str>,
) -> Result<bool> {
    if !stored.agent.active || !stored.agent.terms.reach(now).contains(start) {
        return Ok(false);
    }
    let alone = Span::lasting(start, 1);
    let diary = diary(db, scope, &stored.id, alone, moving)?;
    let offer = Offer::new(&stored.agent.terms, length, &diary, now, alone);
    Ok(offer.bookable(start).is_ok())
}
