//! Activities under the names that campaigns use, and the goals among them.

use super::filter::Filter;
use super::outbox::enqueue;
use super::{Page, Result, Scope, Store, StoreError, webhooks, workspaces};
use crate::outbox::Message;
use crate::secrets::{fresh_id, hash};
use engine::authored::Activity;
use engine::ids::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value as Json};

statements! {
    INSERT = "INSERT INTO activities (workspace, position, id, once, kind, about, at, visitor, person,
        conversation, dialogue, edition, seq, page_url, attributes, proven, test)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    EXISTS = "SELECT count(*) FROM activities WHERE workspace = ?1 AND once = ?2";
    LIST = "SELECT position, id, kind, about, at, visitor, person, conversation, dialogue, edition, seq,
        page_url, attributes, proven FROM activities
        WHERE workspace = ?1 AND position > ?2 AND (?3 IS NULL OR dialogue = ?3)
        AND (?4 IS NULL OR about = ?4) AND (?5 IS NULL OR person = ?5)
        AND (?6 IS NULL OR page_url LIKE ?6 ESCAPE '!') AND at >= ?7 AND at < ?8
        AND (?9 IS NULL OR kind = ?9) AND (?10 IS NULL OR conversation = ?10) AND test = 0
        ORDER BY position LIMIT ?11";
    BY_ID = "SELECT position, id, kind, about, at, visitor, person, conversation, dialogue, edition, seq,
        page_url, attributes, proven FROM activities WHERE workspace = ?1 AND id = ?2";
    INSERT_GOAL = "INSERT INTO goals (workspace, position, id, once, name, score, at, proven, visitor, person,
        conversation, dialogue, edition, card, seq, page_url, attributes, content_hash, test)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
    GOAL_ONCE = "SELECT id, content_hash FROM goals WHERE workspace = ?1 AND once = ?2";
    LIST_GOALS = "SELECT position, id, name, score, at, proven, visitor, person, conversation, dialogue,
        edition, card, seq, page_url, attributes FROM goals
        WHERE workspace = ?1 AND position > ?2 AND (?3 IS NULL OR dialogue = ?3)
        AND (?4 IS NULL OR name = ?4) AND (?5 IS NULL OR person = ?5)
        AND (?6 IS NULL OR page_url LIKE ?6 ESCAPE '!') AND at >= ?7 AND at < ?8
        AND (?9 IS NULL OR proven = ?9) AND (?10 IS NULL OR conversation = ?10) AND test = 0
        ORDER BY position LIMIT ?11";
    GOAL_BY_ID = "SELECT position, id, name, score, at, proven, visitor, person, conversation, dialogue,
        edition, card, seq, page_url, attributes FROM goals WHERE workspace = ?1 AND id = ?2";
    GOAL_ADDRESSES = "SELECT address FROM goal_mails WHERE workspace = ?1 AND (goal IS NULL OR goal = ?2)
        GROUP BY address ORDER BY address";
}

/// The activities the log knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// First response of a session.
    Engaged,
    /// A document was opened.
    Document,
    /// A goal card was reached.
    Goal,
    /// A meeting was booked.
    Meeting,
    /// A link in a text was clicked.
    Link,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [
        Kind::Engaged,
        Kind::Document,
        Kind::Goal,
        Kind::Meeting,
        Kind::Link,
    ];

    /// The name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Engaged => "Engaged with a Dialogue",
            Kind::Document => "Interacted with Document in Dialogue",
            Kind::Goal => "Reached Dialogue Goal",
            Kind::Meeting => "Scheduled Meeting in Dialogue",
            Kind::Link => "Clicked Link in Chat in Dialogue",
        }
    }

    /// Reads such a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl From<Activity> for Kind {
    fn from(activity: Activity) -> Self {
        match activity {
            Activity::EngagedWithDialogue => Kind::Engaged,
            Activity::InteractedWithDocument => Kind::Document,
            Activity::ReachedDialogueGoal => Kind::Goal,
            Activity::ScheduledMeeting => Kind::Meeting,
            Activity::ClickedLink => Kind::Link,
        }
    }
}

/// An activity as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivityRow {
    /// Its place in the order of commits.
    pub position: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub kind: String,
    /// The goal, document or agent it is about.
    pub about: Option<String>,
    /// When, in milliseconds.
    pub at: i64,
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
    /// The line of the log that caused it.
    pub seq: Option<u32>,
    /// The page.
    pub page_url: String,
    /// Attributes under their names.
    pub attributes: Map<String, Json>,
    /// Whether a replay produced it.
    pub proven: bool,
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

/// Whose deed, where and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'a> {
    pub visitor: &'a str,
    pub person: Option<&'a str>,
    pub conversation: &'a str,
    pub dialogue: u32,
    pub edition: engine::ids::EditionId,
    pub seq: u32,
    pub page_url: &'a str,
    pub at: Timestamp,
    pub test: bool,
}

/// Keeps an activity unless the same happened before; tells webhooks. Gives back whether it is new.
pub(super) fn record(
    db: &Connection,
    scope: &Scope,
    kind: Kind,
    about: Option<&str>,
    once: &str,
    deed: Deed<'_>,
    attributes: &Map<String, Json>,
    now: Timestamp,
) -> Result<bool> {
    let before: i64 = db
        .prepare_cached(EXISTS)?
        .query_row((scope.workspace(), once), |row| row.get(0))?;
    if before > 0 {
        return Ok(false);
    }
    let id = fresh_id(now);
    db.prepare_cached(INSERT)?.execute(params![
        scope.workspace(),
        workspaces::next_position(db, scope)?,
        id,
        once,
        kind.name(),
        about,
        deed.at.0,
        deed.visitor,
        deed.person,
        deed.conversation,
        deed.dialogue,
        deed.edition.to_string(),
        deed.seq,
        deed.page_url,
        Json::Object(attributes.clone()).to_string(),
        true,
        deed.test,
    ])?;
    if !deed.test {
        for webhook in webhooks::interested(db, scope, kind)? {
            let subject = format!("webhook:{webhook}");
            let message = Message::Webhook {
                webhook,
                activity: id.clone(),
            };
            enqueue(db, scope, &subject, &message, now)?;
        }
    }
    Ok(true)
}

/// What a proven goal is.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProvenGoal<'a> {
    pub name: &'a str,
    pub score: Option<u8>,
    pub card: &'a str,
    pub confirmation: bool,
}

/// Keeps a goal that a replay reached, its activity, and the mails it causes. Only once per conversation.
pub(super) fn prove(
    db: &Connection,
    scope: &Scope,
    goal: ProvenGoal<'_>,
    deed: Deed<'_>,
    attributes: &Map<String, Json>,
    now: Timestamp,
) -> Result<bool> {
    let once = format!("{}:{}", deed.conversation, goal.name);
    if goal_once(db, scope, &once)?.is_some() {
        return Ok(false);
    }
    let id = fresh_id(now);
    db.prepare_cached(INSERT_GOAL)?.execute(params![
        scope.workspace(),
        workspaces::next_position(db, scope)?,
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
        deed.edition.to_string(),
        goal.card,
        deed.seq,
        deed.page_url,
        Json::Object(attributes.clone()).to_string(),
        Vec::<u8>::new(),
        deed.test,
    ])?;
    let once = format!("goal:{once}");
    record(
        db,
        scope,
        Kind::Goal,
        Some(goal.name),
        &once,
        deed,
        attributes,
        now,
    )?;
    if !deed.test {
        notify(db, scope, &id, goal.name, now)?;
        if let (true, Some(person)) = (goal.confirmation, deed.person) {
            let message = Message::Confirmation {
                goal: id,
                person: person.into(),
            };
            enqueue(db, scope, &format!("person:{person}"), &message, now)?;
        }
    }
    Ok(true)
}

/// Mails a goal to everybody who asked to hear of it.
fn notify(db: &Connection, scope: &Scope, goal: &str, name: &str, now: Timestamp) -> Result<()> {
    let addresses: Vec<String> = db
        .prepare_cached(GOAL_ADDRESSES)?
        .query_map((scope.workspace(), name), |row| row.get(0))?
        .collect::<std::result::Result<_, _>>()?;
    for address in addresses {
        let subject = format!("notice:{address}");
        enqueue(
            db,
            scope,
            &subject,
            &Message::GoalNotice {
                address,
                goal: goal.into(),
            },
            now,
        )?;
    }
    Ok(())
}

fn goal_once(db: &Connection, scope: &Scope, once: &str) -> Result<Option<(String, Vec<u8>)>> {
    Ok(db
        .prepare_cached(GOAL_ONCE)?
        .query_row((scope.workspace(), once), |row| {
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
                    let change = super::people::PersonChange {
                        email: email.clone(),
                        source: "api".into(),
                        ..Default::default()
                    };
                    Some(super::people::upsert(db, &scope, &change, now)?.0)
                }
            };
            let id = fresh_id(now);
            db.prepare_cached(INSERT_GOAL)?.execute(params![
                scope.workspace(),
                workspaces::next_position(db, &scope)?,
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
            ])?;
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
            let mut rows = db.prepare_cached(LIST_GOALS)?;
            let rows = rows.query_map(
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
                    filter.limit,
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

    /// Activities in the order of commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn activities(
        &self,
        scope: &Scope,
        filter: Filter,
        kind: Option<Kind>,
    ) -> Result<Page<ActivityRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let mut rows = db.prepare_cached(LIST)?;
            let rows = rows.query_map(
                params![
                    scope.workspace(),
                    filter.after,
                    filter.dialogue,
                    filter.goal,
                    filter.person,
                    filter.page_pattern(),
                    filter.from,
                    filter.until,
                    kind.map(Kind::name),
                    filter.conversation,
                    filter.limit,
                ],
                read_activity,
            )?;
            let items = rows.collect::<std::result::Result<Vec<_>, _>>()?;
            Ok(filter.page(items, |activity| activity.position))
        })
        .await
    }

    /// One activity.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn activity(&self, scope: &Scope, id: String) -> Result<ActivityRow> {
        let scope = scope.clone();
        self.read(move |db| {
            db.prepare_cached(BY_ID)?
                .query_row((scope.workspace(), &id), read_activity)
                .optional()?
                .ok_or_else(|| StoreError::Missing(format!("activity {id}")))
        })
        .await
    }
}

fn goal_by_id(db: &Connection, scope: &Scope, id: &str) -> Result<GoalRow> {
    db.prepare_cached(GOAL_BY_ID)?
        .query_row((scope.workspace(), id), read_goal)
        .optional()?
        .ok_or_else(|| StoreError::Missing(format!("goal {id}")))
}

fn attributes(json: &str) -> Map<String, Json> {
    serde_json::from_str(json).unwrap_or_default()
}

fn read_activity(row: &Row<'_>) -> rusqlite::Result<ActivityRow> {
    Ok(ActivityRow {
        position: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        about: row.get(3)?,
        at: row.get(4)?,
        visitor: row.get(5)?,
        person: row.get(6)?,
        conversation: row.get(7)?,
        dialogue: row.get(8)?,
        edition: row.get(9)?,
        seq: row.get(10)?,
        page_url: row.get(11)?,
        attributes: attributes(&row.get::<_, String>(12)?),
        proven: row.get(13)?,
    })
}

fn read_goal(row: &Row<'_>) -> rusqlite::Result<GoalRow> {
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
        attributes: attributes(&row.get::<_, String>(14)?),
    })
}
