//! Goals: proven by replay, or recorded by a customer's server.

use super::activities::{Deed, Happened, Kind, What, attributes, found, happened};
use super::db::{Connection, Kept, Optional, Read, Row, params, row};
use super::filter::Filter;
use super::outbox::enqueue;
use super::people::{self, PersonChange};
use super::webhooks::Interests;
use super::{Page, Result, Scope, Store, StoreError, workspaces};
use crate::outbox::Message;
use crate::secrets::{fresh_id, hash};
use engine::ids::Timestamp;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

statements! {
    INSERT = "INSERT INTO goals (workspace, id, once, name, score, at, proven, visitor, person, conversation,
        dialogue, edition, card, seq, page_url, attributes, content_hash, test, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    ONCE = "SELECT id, content_hash FROM goals WHERE workspace = ?1 AND once = ?2";
    LIST = "SELECT position, id, name, score, at, proven, visitor, person, conversation, dialogue,
        edition, card, seq, page_url, attributes FROM goals
        WHERE workspace = ?1 AND position > ?2 AND (?3 IS NULL OR dialogue = ?3)
        AND (?4 IS NULL OR name = ?4) AND (?5 IS NULL OR person = ?5)
        AND (?6 IS NULL OR lower(page_url) LIKE lower(?6) ESCAPE '!') AND at >= ?7 AND at < ?8
        AND (?9 IS NULL OR proven = ?9) AND (?10 IS NULL OR conversation = ?10) AND test = 0
        ORDER BY position LIMIT ?11";
    BY_ID = "SELECT position, id, name, score, at, proven, visitor, person, conversation, dialogue,
        edition, card, seq, page_url, attributes FROM goals WHERE workspace = ?1 AND id = ?2";
}

/// A goal as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct GoalRow {
    /// Its place in the order of commits.
    pub position: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// 0 to 3.
    pub score: Option<u8>,
    /// When, in milliseconds.
    pub at: i64,
    /// Proven by replay, or recorded by a customer's server.
    pub proven: bool,
    /// The browser.
    pub visitor: Option<String>,
    /// The person.
    pub person: Option<String>,
    /// The conversation.
    pub conversation: Option<String>,
    /// The dialogue's number.
    pub dialogue: Option<u32>,
    /// The edition.
    pub edition: Option<String>,
    /// The goal card.
    pub card: Option<String>,
    /// The line of the log that caused it.
    pub seq: Option<u32>,
    /// The page.
    pub page_url: String,
    /// Further attributes.
    pub attributes: Map<String, Json>,
}

/// A goal that a customer's server saw.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedGoal {
    /// Its name.
    pub name: String,
    /// 0 to 3.
    pub score: Option<u8>,
    /// When; now when absent.
    pub at: Option<Timestamp>,
    /// The person's address, in lower case.
    pub email: Option<String>,
    /// The page.
    pub page_url: String,
    /// Further attributes.
    pub attributes: Map<String, Json>,
    /// The same for every try of one wish.
    pub idempotency: String,
}

/// What a proven goal is.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProvenGoal<'a> {
    /// Whether a flow that a page has started has it.
    pub in_flow: bool,
    pub name: &'a str,
    pub score: Option<u8>,
    pub card: &'a str,
    pub confirmation: bool,
}

/// A goal as a row that waits for its place, with what it leads to.
pub(super) struct Proven {
    pub id: String,
    /// Only once per conversation.
    pub once: String,
    pub name: String,
    pub row: Vec<Kept>,
    pub activity: Happened,
    /// Whom to mail a confirmation.
    pub confirmation: Option<String>,
}

/// A goal that a replay reached, and its activity, as rows.
pub(super) fn proven(
    scope: &Scope,
    goal: ProvenGoal<'_>,
    deed: Deed<'_>,
    attributes: &Map<String, Json>,
    now: Timestamp,
) -> Proven {
    let once = format!("{}:{}", deed.conversation, goal.name);
    let id = fresh_id(now);
    let words = Json::Object(attributes.clone()).to_string();
    let edition = deed.edition.to_string();
    let row = row![
        scope.workspace(),
        id,
        once,
        goal.name,
        goal.score,
        deed.at.0,
        true,
        deed.visitor,
        deed.person,
        deed.conversation,
        deed.dialogue,
        edition,
        goal.card,
        deed.seq,
        deed.page_url,
        words,
        Vec::<u8>::new(),
        deed.test,
    ];
    let kind = if goal.in_flow {
        Kind::FlowGoal
    } else {
        Kind::Goal
    };
    let what = What {
        kind,
        about: Some(goal.name),
        once: &format!("goal:{once}"),
        attributes,
    };
    Proven {
        activity: happened(scope, what, deed, now),
        confirmation: deed.person.filter(|_| goal.confirmation).map(str::to_owned),
        name: goal.name.into(),
        row,
        id,
        once,
    }
}

/// Those of workspaces' goals that were reached before.
pub(super) fn before(db: &Connection, keys: &[(&str, &str)]) -> Result<BTreeSet<(String, String)>> {
    found(db, ONCE, keys)
}

/// Mails a goal to everybody who asked to hear of it.
fn notify(db: &Connection, scope: &Scope, goal: &str, name: &str, now: Timestamp) -> Result<()> {
    for address in Interests::default().in_goal(db, scope, name)? {
        let subject = format!("notice:{address}");
        let goal = goal.to_owned();
        enqueue(
            db,
            scope,
            &subject,
            &Message::GoalNotice { address, goal },
            now,
        )?;
    }
    Ok(())
}

fn goal_once(db: &Connection, scope: &Scope, once: &str) -> Result<Option<(String, Vec<u8>)>> {
    Ok(db
        .query_row(ONCE, (scope.workspace(), once), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?)
}

impl Store {
    /// Keeps a goal that a customer's server saw, as *recorded*. The same call again changes nothing.
    /// Gives back the goal and whether it is new.
    ///
    /// # Errors
    /// When the idempotency key was used for something else.
    pub async fn record_goal(&self, scope: &Scope, goal: RecordedGoal) -> Result<(GoalRow, bool)> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let once = format!("recorded:{}", goal.idempotency);
            let content = hash(format!("{goal:?}").as_bytes()).to_vec();
            if let Some((id, before)) = goal_once(db, &scope, &once)? {
                if before != content {
                    return Err(StoreError::Conflict(
                        "this idempotency key was used for another goal".into(),
                    ));
                }
                return Ok((goal_by_id(db, &scope, &id)?, false));
            }
            let person = match &goal.email {
                None => None,
                Some(email) => {
                    let change = PersonChange {
                        email: email.clone(),
                        source: "api".into(),
                        ..Default::default()
                    };
                    Some(people::upsert(db, &scope, &change, now)?.0)
                }
            };
            let id = fresh_id(now);
            db.execute(
                INSERT,
                params![
                    scope.workspace(),
                    id,
                    once,
                    goal.name,
                    goal.score,
                    goal.at.unwrap_or(now).0,
                    false,
                    None::<String>,
                    person,
                    None::<String>,
                    None::<u32>,
                    None::<String>,
                    None::<String>,
                    None::<u32>,
                    goal.page_url,
                    Json::Object(goal.attributes.clone()).to_string(),
                    content,
                    false,
                    workspaces::next_position(db, &scope)?,
                ],
            )?;
            notify(db, &scope, &id, &goal.name, now)?;
            Ok((goal_by_id(db, &scope, &id)?, true))
        })
        .await
    }

    /// Goals in the order of commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn goals(
        &self,
        scope: &Scope,
        filter: Filter,
        proven: Option<bool>,
    ) -> Result<Page<GoalRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(
                LIST,
                params![
                    scope.workspace(),
                    filter.after,
                    filter.dialogue,
                    filter.goal,
                    filter.person,
                    filter.page_pattern(),
                    filter.from,
                    filter.until,
                    proven,
                    filter.conversation,
                    filter.rows(),
                ],
                read_goal,
            )?;
            let items = rows.collect::<std::result::Result<Vec<_>, _>>()?;
            Ok(filter.page(items, |goal| goal.position))
        })
        .await
    }

    /// One goal.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn goal(&self, scope: &Scope, id: String) -> Result<GoalRow> {
        let scope = scope.clone();
        self.read(move |db| goal_by_id(db, &scope, &id)).await
    }
}

fn goal_by_id(db: &Connection, scope: &Scope, id: &str) -> Result<GoalRow> {
    db.query_row(BY_ID, (scope.workspace(), id), read_goal)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("goal {id}")))
}

fn read_goal(row: &Row<'_>) -> Read<GoalRow> {
    Ok(GoalRow {
        position: row.get(0)?,
        id: row.get(1)?,
        name: row.get(2)?,
        score: row.get(3)?,
        at: row.get(4)?,
        proven: row.get(5)?,
        visitor: row.get(6)?,
        person: row.get(7)?,
        conversation: row.get(8)?,
        dialogue: row.get(9)?,
        edition: row.get(10)?,
        card: row.get(11)?,
        seq: row.get(12)?,
        page_url: row.get(13)?,
        attributes: attributes(&row.get::<String>(14)?),
    })
}
