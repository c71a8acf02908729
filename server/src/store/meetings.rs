//! Meetings as they were booked, and the secret links that lead to them.

use super::db::{Connection, Optional, Read, Row};
use super::scope::Principal;
use super::{Result, Scope, Store, StoreError};
use crate::meetings::Length;
use crate::secrets::{Keys, hash};
use engine::ids::{MINUTE, Timestamp};

statements! {
    MEETING = "SELECT meetings.id, meetings.position, meetings.agent, agents.name, agents.email, agents.picture,
            meetings.start_at, meetings.end_at, meetings.state, meetings.sequence, meetings.email, meetings.name,
            meetings.trusted, meetings.language, meetings.zone, agents.zone, meetings.conversation, meetings.card,
            meetings.person, meetings.created_at, meetings.test
        FROM meetings JOIN agents ON agents.workspace = meetings.workspace AND agents.id = meetings.agent
        WHERE meetings.workspace = ?1 AND meetings.id = ?2";
    HOST = "SELECT agents.email, pools.name
        FROM meetings JOIN agents ON agents.workspace = meetings.workspace AND agents.id = meetings.agent
        LEFT JOIN pools ON pools.workspace = meetings.workspace AND pools.id = meetings.pool
        WHERE meetings.workspace = ?1 AND meetings.id = ?2";
    BY_LINK = "SELECT workspace, id FROM meetings WHERE manage_hash = ?1
        UNION SELECT workspace, subject FROM renewed_links WHERE token_hash = ?1 AND kind = 'manage'";
    ALL_MEETINGS = "SELECT meetings.id, meetings.position, meetings.agent, agents.name, agents.email, agents.picture,
            meetings.start_at, meetings.end_at, meetings.state, meetings.sequence, meetings.email, meetings.name,
            meetings.trusted, meetings.language, meetings.zone, agents.zone, meetings.conversation, meetings.card,
            meetings.person, meetings.created_at, meetings.test
        FROM meetings JOIN agents ON agents.workspace = meetings.workspace AND agents.id = meetings.agent
        WHERE meetings.workspace = ?1 AND meetings.position > ?2 ORDER BY meetings.position LIMIT ?3";
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Its id, for ever.
    pub id: String,
    /// Its place in the workspace's order of commits.
    pub position: i64,
    /// The agent's id.
    pub agent_id: String,
    /// The agent's name.
    pub agent: String,
    /// Where the agent's mail goes.
    pub agent_email: String,
    /// The agent's picture, or empty.
    pub picture: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Grows with each change, from 0.
    pub sequence: u32,
    /// The visitor's address.
    pub email: String,
    /// The visitor's name, or empty.
    pub name: String,
    /// Whether the address is known to be the visitor's.
    pub trusted: bool,
    /// The visitor's language.
    pub language: String,
    /// The visitor's zone by name, as the browser said it.
    pub zone: String,
    /// The agent's zone by name.
    pub agent_zone: String,
    /// The conversation it was booked in.
    pub conversation: String,
    /// The card it was booked on.
    pub card: u16,
    /// The person, when known.
    pub person: Option<String>,
    /// When it was booked.
    pub created: Timestamp,
    /// Whether it is a test.
    pub test: bool,
}

/// Who takes a meeting, as activities name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Host {
    /// The agent's address.
    pub agent_email: String,
    /// The pool that assigned it; empty where the agent was named.
    pub pool: String,
}

/// Who takes a meeting; empty where it is not known.
pub(super) fn host(db: &Connection, scope: &Scope, id: &str) -> Result<Host> {
    let host = db
        .query_row(HOST, (scope.workspace(), id), |row| {
            Ok(Host {
                agent_email: row.get(0)?,
                pool: row.get::<Option<String>>(1)?.unwrap_or_default(),
            })
        })
        .optional()?;
    Ok(host.unwrap_or_default())
}

/// What is stored of a meeting's fate. Whether it has passed is asked of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It stands.
    Scheduled,
    /// It was called off.
    Cancelled,
}

impl Meeting {
    /// How long it lasts.
    #[must_use]
    pub fn length(&self) -> Length {
        let minutes = self.end.since(self.start) / MINUTE;
        u16::try_from(minutes)
            .ok()
            .and_then(|minutes| Length::minutes(minutes).ok())
            .unwrap_or_default()
    }

    /// Whether it was called off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.state == State::Cancelled
    }

    /// What lists call it: scheduled, rescheduled, cancelled or passed.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &'static str {
        match self.state {
            State::Cancelled => "cancelled",
            State::Scheduled if self.end <= now => "passed",
            State::Scheduled if self.sequence > 0 => "rescheduled",
            State::Scheduled => "scheduled",
        }
    }
}

/// The secret in a meeting's link: 128 bits that only this server can make again.
#[must_use]
pub fn manage_token(keys: &Keys, scope: &Scope, meeting: &str) -> [u8; 16] {
    keys.link(&[b"manage", scope.workspace().as_bytes(), meeting.as_bytes()])
}

impl Store {
    /// The meeting a link leads to, and the way in to its workspace.
    ///
    /// # Errors
    /// When the link leads nowhere.
    pub async fn meeting_by_link(&self, token: Vec<u8>) -> Result<(Scope, Meeting)> {
        self.read(move |db| {
            let found = db
                .query_row(BY_LINK, [hash(&token)], |row| {
                    Ok((row.get::<String>(0)?, row.get::<String>(1)?))
                })
                .optional()?;
            let (workspace, id) = found.ok_or_else(|| StoreError::Missing("meeting".into()))?;
            let scope = Scope::new(&workspace, Principal::Visitor);
            let meeting = meeting(db, &scope, &id)?;
            Ok((scope, meeting))
        })
        .await
    }

    /// One meeting.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn meeting(&self, scope: &Scope, id: String) -> Result<Meeting> {
        let scope = scope.clone();
        self.read(move |db| meeting(db, &scope, &id)).await
    }

    /// Meetings in the order in which they were booked, after a position; at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn meetings(&self, scope: &Scope, after: i64, limit: u32) -> Result<Vec<Meeting>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(ALL_MEETINGS, (scope.workspace(), after, limit), read)?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }
}

/// The meeting of that id.
pub(crate) fn meeting(db: &Connection, scope: &Scope, id: &str) -> Result<Meeting> {
    db.query_row(MEETING, (scope.workspace(), id), read)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("meeting {id}")))
}

fn read(row: &Row<'_>) -> Read<Meeting> {
    let state: String = row.get(8)?;
    Ok(Meeting {
        id: row.get(0)?,
        position: row.get(1)?,
        agent_id: row.get(2)?,
        agent: row.get(3)?,
        agent_email: row.get(4)?,
        picture: row.get(5)?,
        start: Timestamp(row.get(6)?),
        end: Timestamp(row.get(7)?),
        state: if state == "cancelled" {
            State::Cancelled
        } else {
            State::Scheduled
        },
        sequence: row.get(9)?,
        email: row.get(10)?,
        name: row.get(11)?,
        trusted: row.get(12)?,
        language: row.get(13)?,
        zone: row.get(14)?,
        agent_zone: row.get(15)?,
        conversation: row.get(16)?,
        card: row.get(17)?,
        person: row.get(18)?,
        created: Timestamp(row.get(19)?),
        test: row.get(20)?,
    })
}
