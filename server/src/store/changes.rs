//! Changing a meeting: moved, called off, or its guest forgotten.

use super::bookings::{claim, release, tell, tell_one};
use super::db::Connection;
use super::meetings::{self, Meeting};
use super::offers::can_take;
use super::{Kind, Result, Scope, Store, StoreError, agents};
use crate::outbox::{News, Reader};
use crate::secrets::hash;
use crate::time::rfc3339;
use engine::ids::Timestamp;
use serde_json::{Map, Value as Json, json};

statements! {
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
    ACTIVITIES = "SELECT position, attributes FROM activities WHERE workspace = ?1 AND conversation = ?2 AND kind IN (?3, ?4)";
    SET_ATTRIBUTES = "UPDATE activities SET attributes = ?3 WHERE workspace = ?1 AND position = ?2";
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
    let changed = db.execute(CANCEL, (scope.workspace(), id, now.0, sequence))?;
    if changed == 0 {
        return Ok(Change::Overtaken(meeting));
    }
    release(db, scope, id)?;
    tell(db, scope, id, News::Cancelled, sequence + 1, now)?;
    let meeting = meetings::meeting(db, scope, id)?;
    note(db, scope, &meeting, "Cancelled")?;
    Ok(Change::Done(meeting))
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
    let changed = db.execute(MOVE, (scope.workspace(), id, start.0, end.0, sequence))?;
    if changed == 0 {
        return Ok(Change::Overtaken(meeting));
    }
    release(db, scope, id)?;
    claim(db, scope, &stored.id, start, length, id)?;
    tell(db, scope, id, News::Moved, sequence + 1, now)?;
    let meeting = meetings::meeting(db, scope, id)?;
    note(db, scope, &meeting, "Rescheduled")?;
    Ok(Change::Done(meeting))
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
    let rows = db.query_map(OF_CONVERSATION, (key.0, key.1, now.0), |row| {
        Ok((row.get::<String>(0)?, row.get::<u32>(1)?))
    })?;
    for row in rows {
        let (id, sequence) = row?;
        db.execute(CANCEL, (key.0, &id, now.0, sequence))?;
        release(db, scope, &id)?;
        let (news, sequence) = (News::Cancelled, sequence + 1);
        tell_one(db, scope, &id, news, sequence, Reader::Agent, now)?;
    }
    let rows = db.query_map(ALL_OF_CONVERSATION, key, |row| row.get::<String>(0))?;
    for id in rows {
        let id = id?;
        let nobodys = hash(&crate::secrets::random::<16>());
        db.execute(ANONYMISE, (key.0, id, nobodys))?;
    }
    db.execute(FORGET_TRIES, key)?;
    Ok(())
}

/// Says in the activity of a booking what became of its meeting.
fn note(db: &Connection, scope: &Scope, meeting: &Meeting, status: &str) -> Result<()> {
    let rows = db.query_map(
        ACTIVITIES,
        (
            scope.workspace(),
            &meeting.conversation,
            Kind::Meeting.name(),
            Kind::FlowMeeting.name(),
        ),
        |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)),
    )?;
    for row in rows {
        let (position, attributes) = row?;
        let mut attributes: Map<String, Json> =
            serde_json::from_str(&attributes).map_err(|_| StoreError::Damaged("activity"))?;
        if attributes.get("Meeting") == Some(&json!(meeting.id)) {
            attributes.insert("meeting status".into(), json!(status));
            attributes.insert("Scheduled For".into(), json!(rfc3339(meeting.start)));
            let attributes = Json::Object(attributes).to_string();
            db.execute(SET_ATTRIBUTES, (scope.workspace(), position, attributes))?;
        }
    }
    Ok(())
}
