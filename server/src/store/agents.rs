//! Agents and the pools they sit in.

use super::audit::{Action, Changing, Note};
use super::db::{Connection, Optional, Read, Row, params};
use super::{Result, Scope, Store, StoreError};
use crate::meetings::{Length, Ring, Seat, Terms, Zone};
use crate::secrets::fresh_id;
use engine::ids::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// The pool that meeting cards mean when they name none; new agents join it.
pub const DEFAULT_POOL: &str = "default";

statements! {
    AGENTS = "SELECT id, name, email, picture, zone, hours, minutes, step, before_minutes, after_minutes,
            notice_minutes, horizon_days, daily_limit, active
        FROM agents WHERE workspace = ?1 AND removed_at IS NULL ORDER BY name";
    AGENT = "SELECT id, name, email, picture, zone, hours, minutes, step, before_minutes, after_minutes,
            notice_minutes, horizon_days, daily_limit, active
        FROM agents WHERE workspace = ?1 AND id = ?2";
    AGENT_BY_NAME = "SELECT id FROM agents WHERE workspace = ?1 AND name = ?2 AND removed_at IS NULL";
    PUT_AGENT = "INSERT INTO agents
            (workspace, id, name, email, picture, zone, hours, minutes, step, before_minutes, after_minutes,
             notice_minutes, horizon_days, daily_limit, active, version, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 1, ?16)
        ON CONFLICT (workspace, name) DO UPDATE SET email = ?4, picture = ?5, zone = ?6, hours = ?7, minutes = ?8,
            step = ?9, before_minutes = ?10, after_minutes = ?11, notice_minutes = ?12, horizon_days = ?13,
            daily_limit = ?14, active = ?15, removed_at = NULL, version = agents.version + 1
        RETURNING id";
    TOUCH_AGENT = "UPDATE agents SET version = version + 1
        WHERE workspace = ?1 AND id = ?2 AND removed_at IS NULL";
    SWITCH_AGENT = "UPDATE agents SET active = ?3, version = version + 1
        WHERE workspace = ?1 AND name = ?2 AND removed_at IS NULL RETURNING id";
    REMOVE_AGENT = "UPDATE agents SET removed_at = ?3, active = 0, version = version + 1
        WHERE workspace = ?1 AND name = ?2 AND removed_at IS NULL RETURNING id";
    LEAVE_POOLS = "DELETE FROM seats WHERE workspace = ?1 AND agent = ?2";
    POOLS = "SELECT id, name, minutes, pointer FROM pools WHERE workspace = ?1 ORDER BY name";
    POOL_BY_NAME = "SELECT id, name, minutes, pointer FROM pools WHERE workspace = ?1 AND name = ?2";
    TOUCH_POOL = "UPDATE pools SET version = version + 1 WHERE workspace = ?1 AND name = ?2";
    CREATE_POOL = "INSERT INTO pools (workspace, id, name, minutes, pointer, version, created_at)
        VALUES (?1, ?2, ?3, ?4, NULL, 1, ?5) ON CONFLICT (workspace, name) DO NOTHING";
    SET_POOL = "UPDATE pools SET minutes = ?3, pointer = ?4 WHERE workspace = ?1 AND id = ?2";
    SET_POINTER = "UPDATE pools SET pointer = ?3 WHERE workspace = ?1 AND id = ?2";
    SEATS = "SELECT seats.agent, seats.position, agents.active FROM seats
        JOIN agents ON agents.workspace = seats.workspace AND agents.id = seats.agent
        WHERE seats.workspace = ?1 AND seats.pool = ?2 ORDER BY seats.position";
    PUT_SEAT = "INSERT INTO seats (workspace, pool, agent, position, skipped) VALUES (?1, ?2, ?3, ?4, 0)
        ON CONFLICT (workspace, pool, agent) DO UPDATE SET position = ?4";
    DROP_SEAT = "DELETE FROM seats WHERE workspace = ?1 AND pool = ?2 AND agent = ?3";
    SKIP_SEAT = "UPDATE seats SET skipped = skipped + 1 WHERE workspace = ?1 AND pool = ?2 AND agent = ?3";
    TURNS = "SELECT agents.name, agents.active, seats.skipped,
            (SELECT count(*) FROM meetings WHERE meetings.workspace = seats.workspace
                AND meetings.agent = seats.agent AND meetings.state = 'scheduled') AS total
        FROM seats JOIN agents ON agents.workspace = seats.workspace AND agents.id = seats.agent
        WHERE seats.workspace = ?1 AND seats.pool = ?2 ORDER BY seats.position";
}

/// Somebody who can be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The name visitors see; unique in the workspace.
    pub name: String,
    /// Where invitations and notices go.
    pub email: String,
    /// The address of a picture, or empty.
    pub picture: String,
    /// On which terms.
    pub terms: Terms,
    /// How long a meeting lasts when this agent was asked for by name.
    pub length: Length,
    /// Whether the agent takes part at present.
    pub active: bool,
}

/// An agent with the id it is stored under.
#[derive(Clone, Debug)]
pub(crate) struct StoredAgent {
    pub id: String,
    pub agent: Agent,
}

/// A pool as stored.
#[derive(Clone, Debug)]
pub(crate) struct Pool {
    pub id: String,
    pub name: String,
    pub length: Length,
    pub pointer: Option<u32>,
}

/// A pool as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolReport {
    /// Its name.
    pub name: String,
    /// How long its meetings last.
    pub length: Length,
    /// The seats in the order of the ring.
    pub seats: Vec<SeatReport>,
    /// Whose turn it is next, if that agent is free.
    pub next: Option<String>,
}

/// A seat as operators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeatReport {
    /// Who sits there.
    pub agent: String,
    /// Whether the agent takes part.
    pub active: bool,
    /// How often it was this agent's turn and the agent was taken.
    pub skipped: u32,
    /// The agent's meetings to date, without cancelled ones, whatever pool they came through.
    pub total: u32,
}

impl Store {
    /// Creates an agent, or changes the one of that name. A new agent joins the default pool, behind the others.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_agent(&self, scope: &Scope, agent: Agent) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::PutAgent, move |db, scope| {
            let id = put_agent(db, scope, &agent, now)?;
            db.note(Note::of(format!("agent {id}")).after(json!({
                "name": agent.name, "email": agent.email, "zone": agent.terms.zone.name(),
                "hours": agent.terms.hours.to_string(), "minutes": agent.length.in_minutes(),
                "active": agent.active,
            })));
            Ok(())
        })
        .await
    }

    /// All agents by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agents(&self, scope: &Scope) -> Result<Vec<Agent>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(AGENTS, [scope.workspace()], read_agent)?;
            rows.map(|row| row?.map(|stored| stored.agent)).collect()
        })
        .await
    }

    /// Lets an agent take part, or rest without losing the seat.
    ///
    /// # Errors
    /// When there is no such agent.
    pub async fn switch_agent(&self, scope: &Scope, name: String, active: bool) -> Result<()> {
        self.change(scope, Action::SwitchAgent, move |db, scope| {
            let id: Option<String> = db
                .query_row(SWITCH_AGENT, (scope.workspace(), &name, active), |row| {
                    row.get(0)
                })
                .optional()?;
            let id = id.ok_or_else(|| StoreError::Missing(format!("agent {name}")))?;
            let told = json!({ "name": name, "active": active });
            db.note(Note::of(format!("agent {id}")).after(told));
            Ok(())
        })
        .await
    }

    /// Takes an agent out of all pools. Meetings that are booked stay.
    ///
    /// # Errors
    /// When there is no such agent.
    pub async fn remove_agent(&self, scope: &Scope, name: String) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::RemoveAgent, move |db, scope| {
            let id: Option<String> = db
                .query_row(REMOVE_AGENT, (scope.workspace(), &name, now.0), |row| {
                    row.get(0)
                })
                .optional()?;
            let id = id.ok_or_else(|| StoreError::Missing(format!("agent {name}")))?;
            db.note(Note::of(format!("agent {id}")).before(json!({ "name": name })));
            db.execute(LEAVE_POOLS, (scope.workspace(), id))?;
            Ok(())
        })
        .await
    }

    /// Creates a pool, or changes the one of that name: how long its meetings last, and who sits in
    /// which order. The pointer goes with the agent it rests on.
    ///
    /// # Errors
    /// When there is no agent of one of the names.
    pub async fn put_pool(
        &self,
        scope: &Scope,
        name: String,
        length: Length,
        agents: Vec<String>,
    ) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::PutPool, move |db, scope| {
            let told = json!({ "minutes": length.in_minutes(), "agents": agents });
            db.note(Note::of(format!("pool {name}")).after(told));
            put_pool(db, scope, &name, length, &agents, now)
        })
        .await
    }

    /// All pools by name, each with its ring, totals and who is next.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pools(&self, scope: &Scope) -> Result<Vec<PoolReport>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(POOLS, [scope.workspace()], read_pool)?;
            rows.map(|pool| report(db, &scope, &pool??)).collect()
        })
        .await
    }
}

fn report(db: &Connection, scope: &Scope, pool: &Pool) -> Result<PoolReport> {
    let rows = db.query_map(TURNS, (scope.workspace(), &pool.id), |row| {
        Ok(SeatReport {
            agent: row.get(0)?,
            active: row.get(1)?,
            skipped: row.get(2)?,
            total: row.get(3)?,
        })
    })?;
    let seats = rows.collect::<std::result::Result<Vec<_>, _>>()?;
    let next = ring(db, scope, pool)?.turn(|_| true);
    let next = match next {
        Some(turn) => Some(agent(db, scope, &turn.agent)?.agent.name),
        None => None,
    };
    Ok(PoolReport {
        name: pool.name.clone(),
        length: pool.length,
        seats,
        next,
    })
}

pub(super) fn put_agent(
    db: &Changing<'_>,
    scope: &Scope,
    agent: &Agent,
    now: Timestamp,
) -> Result<String> {
    let known = agent_by_name(db, scope, &agent.name)?.is_some();
    let terms = &agent.terms;
    let id: String = db.query_row(
        PUT_AGENT,
        params![
            scope.workspace(),
            fresh_id(now),
            agent.name,
            agent.email,
            agent.picture,
            terms.zone.name(),
            terms.hours.to_string(),
            agent.length.in_minutes(),
            terms.step.map(Length::in_minutes),
            terms.before.in_minutes(),
            terms.after.in_minutes(),
            terms.notice_minutes,
            terms.horizon_days,
            terms.daily_limit,
            agent.active,
            now.0,
        ],
        |row| row.get(0),
    )?;
    if known {
        return Ok(id);
    }
    create_pool(db, scope, DEFAULT_POOL, agent.length, now)?;
    db.execute(TOUCH_POOL, (scope.workspace(), DEFAULT_POOL))?;
    let pool = pool_by_name(db, scope, DEFAULT_POOL)?.ok_or(StoreError::Damaged("pool"))?;
    let position = ring(db, scope, &pool)?.next_position();
    db.execute(PUT_SEAT, (scope.workspace(), &pool.id, &id, position))?;
    Ok(id)
}

pub(super) fn put_pool(
    db: &Changing<'_>,
    scope: &Scope,
    name: &str,
    length: Length,
    agents: &[String],
    now: Timestamp,
) -> Result<()> {
    create_pool(db, scope, name, length, now)?;
    db.execute(TOUCH_POOL, (scope.workspace(), name))?;
    let pool = pool_by_name(db, scope, name)?.ok_or(StoreError::Damaged("pool"))?;
    let mut wanted = Vec::new();
    for name in agents {
        let id = agent_by_name(db, scope, name)?;
        let id = id.ok_or_else(|| StoreError::Missing(format!("agent {name}")))?;
        if wanted.contains(&id) {
            return Err(StoreError::Conflict(format!("agent {name} is named twice")));
        }
        wanted.push(id);
    }
    let ring = ring(db, scope, &pool)?;
    let mut seats = ring.seats().to_vec();
    for id in &wanted {
        if !seats.iter().any(|seat| seat.agent == *id) {
            let position = Ring::new(seats.clone(), ring.pointer()).next_position();
            seats.push(Seat {
                position,
                agent: id.clone(),
                active: true,
            });
        }
    }
    for gone in seats.iter().filter(|seat| !wanted.contains(&seat.agent)) {
        db.execute(DROP_SEAT, (scope.workspace(), &pool.id, &gone.agent))?;
    }
    seats.retain(|seat| wanted.contains(&seat.agent));
    let ring = Ring::new(seats, ring.pointer()).reordered(&wanted);
    for seat in ring.seats() {
        db.execute(
            PUT_SEAT,
            (scope.workspace(), &pool.id, &seat.agent, seat.position),
        )?;
    }
    db.execute(
        SET_POOL,
        (
            scope.workspace(),
            &pool.id,
            length.in_minutes(),
            ring.pointer(),
        ),
    )?;
    Ok(())
}

fn create_pool(
    db: &Connection,
    scope: &Scope,
    name: &str,
    length: Length,
    now: Timestamp,
) -> Result<()> {
    db.execute(
        CREATE_POOL,
        (
            scope.workspace(),
            fresh_id(now),
            name,
            length.in_minutes(),
            now.0,
        ),
    )?;
    Ok(())
}

/// The names of all agents, for checking documents.
pub(super) fn names(db: &Connection, scope: &Scope) -> Result<BTreeSet<String>> {
    let rows = db.query_map(AGENTS, [scope.workspace()], |row| row.get(1))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// The names of all pools; the default pool is there before anybody joins it.
pub(super) fn pool_names(db: &Connection, scope: &Scope) -> Result<BTreeSet<String>> {
    let rows = db.query_map(POOLS, [scope.workspace()], |row| row.get(1))?;
    let mut names = rows.collect::<std::result::Result<BTreeSet<String>, _>>()?;
    names.insert(DEFAULT_POOL.into());
    Ok(names)
}

/// The pool of that name.
pub(super) fn pool_by_name(db: &Connection, scope: &Scope, name: &str) -> Result<Option<Pool>> {
    db.query_row(POOL_BY_NAME, (scope.workspace(), name), read_pool)
        .optional()?
        .transpose()
}

/// The pool of that name, held until the transaction ends: nobody else's turn is decided meanwhile.
pub(super) fn hold_pool(db: &Connection, scope: &Scope, name: &str) -> Result<Option<Pool>> {
    db.execute(TOUCH_POOL, (scope.workspace(), name))?;
    pool_by_name(db, scope, name)
}

/// The agent, held until the transaction ends: nobody else books time of this agent meanwhile.
/// None when the agent is gone.
pub(super) fn hold_agent(db: &Connection, scope: &Scope, id: &str) -> Result<Option<StoredAgent>> {
    let held = db.execute(TOUCH_AGENT, (scope.workspace(), id))?;
    if held == 0 {
        Ok(None)
    } else {
        agent(db, scope, id).map(Some)
    }
}

/// The ring of a pool.
pub(super) fn ring(db: &Connection, scope: &Scope, pool: &Pool) -> Result<Ring<String>> {
    let seats = db.query_map(SEATS, (scope.workspace(), &pool.id), |row| {
        Ok(Seat {
            agent: row.get(0)?,
            position: row.get(1)?,
            active: row.get(2)?,
        })
    })?;
    Ok(Ring::new(
        seats.collect::<std::result::Result<_, _>>()?,
        pool.pointer,
    ))
}

/// Moves the pointer to the seat that took a meeting, and counts who was passed over.
pub(super) fn pass_turn(
    db: &Connection,
    scope: &Scope,
    pool: &Pool,
    position: u32,
    skipped: &[String],
) -> Result<()> {
    db.execute(SET_POINTER, (scope.workspace(), &pool.id, position))?;
    for agent in skipped {
        db.execute(SKIP_SEAT, (scope.workspace(), &pool.id, agent))?;
    }
    Ok(())
}

/// The id of the agent of that name.
pub(super) fn agent_by_name(db: &Connection, scope: &Scope, name: &str) -> Result<Option<String>> {
    Ok(db
        .query_row(AGENT_BY_NAME, (scope.workspace(), name), |row| row.get(0))
        .optional()?)
}

/// The agent of that id, also when removed.
pub(super) fn agent(db: &Connection, scope: &Scope, id: &str) -> Result<StoredAgent> {
    db.query_row(AGENT, (scope.workspace(), id), read_agent)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("agent {id}")))?
}

fn read_pool(row: &Row<'_>) -> Read<Result<Pool>> {
    let Ok(length) = Length::minutes(row.get(2)?) else {
        return Ok(Err(StoreError::Damaged("pool")));
    };
    Ok(Ok(Pool {
        id: row.get(0)?,
        name: row.get(1)?,
        length,
        pointer: row.get(3)?,
    }))
}

fn read_agent(row: &Row<'_>) -> Read<Result<StoredAgent>> {
    let zone: String = row.get(4)?;
    let hours: String = row.get(5)?;
    let length = |at: usize| {
        row.get::<u16>(at)
            .ok()
            .and_then(|minutes| Length::minutes(minutes).ok())
    };
    let step: Option<u16> = row.get(7)?;
    let terms = || {
        Some(Terms {
            zone: Zone::parse(&zone).ok()?,
            hours: hours.parse().ok()?,
            step: step.map(Length::lasting).transpose().ok()?,
            before: length(8)?,
            after: length(9)?,
            notice_minutes: row.get(10).ok()?,
            horizon_days: row.get(11).ok()?,
            daily_limit: row.get(12).ok()?,
        })
    };
    let (Some(terms), Some(length)) = (terms(), length(6)) else {
        return Ok(Err(StoreError::Damaged("agent")));
    };
    let (id, name, email, picture, active) = (
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(13)?,
    );
    Ok(Ok(StoredAgent {
        id,
        agent: Agent {
            name,
            email,
            picture,
            terms,
            length,
            active,
        },
    }))
}
