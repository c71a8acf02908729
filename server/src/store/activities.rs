//! Activities under the names that campaigns use, and the goals among them.

use super::db::{Connection, Kept, Optional, Read, Row, params, row};
use super::filter::Filter;
use super::{Page, Result, Scope, Store, StoreError};
use crate::secrets::fresh_id;
use engine::authored::Activity;
use engine::ids::Timestamp;
use serde_json::{Map, Value as Json};
use std::collections::BTreeSet;

statements! {
    INSERT = "INSERT INTO activities (workspace, id, once, kind, about, at, visitor, person, conversation,
        dialogue, edition, seq, page_url, attributes, proven, test, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)";
    BEFORE = "SELECT id FROM activities WHERE workspace = ?1 AND once = ?2";
    LIST = "SELECT position, id, kind, about, at, visitor, person, conversation, dialogue, edition, seq,
        page_url, attributes, proven FROM activities
        WHERE workspace = ?1 AND position > ?2 AND (?3 IS NULL OR dialogue = ?3)
        AND (?4 IS NULL OR about = ?4) AND (?5 IS NULL OR person = ?5)
        AND (?6 IS NULL OR lower(page_url) LIKE lower(?6) ESCAPE '!') AND at >= ?7 AND at < ?8
        AND (?9 IS NULL OR kind = ?9) AND (?10 IS NULL OR conversation = ?10) AND test = 0
        ORDER BY position LIMIT ?11";
    BY_ID = "SELECT position, id, kind, about, at, visitor, person, conversation, dialogue, edition, seq,
        page_url, attributes, proven FROM activities WHERE workspace = ?1 AND id = ?2";
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
    /// First response of a session, in a flow.
    FlowEngaged,
    /// A document of a flow was opened.
    FlowDocument,
    /// A goal card of a flow was reached.
    FlowGoal,
    /// A meeting was booked in a flow.
    FlowMeeting,
    /// A link in a text of a flow was clicked.
    FlowLink,
    /// A box beside a capture was ticked.
    Consent,
    /// A box beside a capture of a flow was ticked.
    FlowConsent,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 12] = [
        Kind::Engaged,
        Kind::Document,
        Kind::Goal,
        Kind::Meeting,
        Kind::Link,
        Kind::FlowEngaged,
        Kind::FlowDocument,
        Kind::FlowGoal,
        Kind::FlowMeeting,
        Kind::FlowLink,
        Kind::Consent,
        Kind::FlowConsent,
    ];

    /// The same in a flow that a page has started.
    #[must_use]
    pub fn in_flow(self) -> Self {
        match self {
            Kind::Engaged | Kind::FlowEngaged => Kind::FlowEngaged,
            Kind::Document | Kind::FlowDocument => Kind::FlowDocument,
            Kind::Goal | Kind::FlowGoal => Kind::FlowGoal,
            Kind::Meeting | Kind::FlowMeeting => Kind::FlowMeeting,
            Kind::Link | Kind::FlowLink => Kind::FlowLink,
            Kind::Consent | Kind::FlowConsent => Kind::FlowConsent,
        }
    }

    /// The name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Engaged => "Engaged with a Dialogue",
            Kind::Document => "Interacted with Document in Dialogue",
            Kind::Goal => "Reached Dialogue Goal",
            Kind::Meeting => "Scheduled Meeting in Dialogue",
            Kind::Link => "Clicked Link in Chat in Dialogue",
            Kind::FlowEngaged => "Engaged with a Conversational Flow",
            Kind::FlowDocument => "Interacted with Document in Conversational Flow",
            Kind::FlowGoal => "Reached Goal in Conversational Flow",
            Kind::FlowMeeting => "Scheduled Meeting in Conversational Flow",
            Kind::FlowLink => "Clicked Link in Chat in Conversational Flow",
            Kind::Consent => "Gave Consent in Dialogue",
            Kind::FlowConsent => "Gave Consent in Conversational Flow",
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
            Activity::EngagedWithFlow => Kind::FlowEngaged,
            Activity::InteractedWithDocumentInFlow => Kind::FlowDocument,
            Activity::ReachedFlowGoal => Kind::FlowGoal,
            Activity::ScheduledMeetingInFlow => Kind::FlowMeeting,
            Activity::ClickedLinkInFlow => Kind::FlowLink,
            Activity::GaveConsent => Kind::Consent,
            Activity::GaveConsentInFlow => Kind::FlowConsent,
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

/// What was done.
#[derive(Clone, Copy, Debug)]
pub(super) struct What<'a> {
    pub kind: Kind,
    /// The goal, document, link or agent it is about.
    pub about: Option<&'a str>,
    /// The same text never happens twice.
    pub once: &'a str,
    pub attributes: &'a Map<String, Json>,
}

/// An activity as a row that waits for its place.
pub(super) struct Happened {
    pub id: String,
    pub once: String,
    pub kind: Kind,
    pub test: bool,
    pub row: Vec<Kept>,
}

/// What was done, by whom, as a row.
pub(super) fn happened(scope: &Scope, what: What<'_>, deed: Deed<'_>, now: Timestamp) -> Happened {
    let id = fresh_id(now);
    let attributes = Json::Object(what.attributes.clone()).to_string();
    let edition = deed.edition.to_string();
    let row = row![
        scope.workspace(),
        id,
        what.once,
        what.kind.name(),
        what.about,
        deed.at.0,
        deed.visitor,
        deed.person,
        deed.conversation,
        deed.dialogue,
        edition,
        deed.seq,
        deed.page_url,
        attributes,
        true,
        deed.test,
    ];
    Happened {
        once: what.once.into(),
        kind: what.kind,
        test: deed.test,
        row,
        id,
    }
}

/// Those of workspaces' activities that have happened before.
pub(super) fn before(db: &Connection, keys: &[(&str, &str)]) -> Result<BTreeSet<(String, String)>> {
    found(db, BEFORE, keys)
}

/// Those keys under which a query finds a row.
pub(super) fn found(
    db: &Connection,
    sql: &'static str,
    keys: &[(&str, &str)],
) -> Result<BTreeSet<(String, String)>> {
    let rows = db.query_each(sql, keys, |_| Ok(()))?;
    let found = keys.iter().zip(rows).filter(|(_, row)| row.is_some());
    Ok(found
        .map(|((workspace, once), _)| ((*workspace).to_owned(), (*once).to_owned()))
        .collect())
}

impl Store {
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
                    kind.map(Kind::name),
                    filter.conversation,
                    filter.rows(),
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
            db.query_row(BY_ID, (scope.workspace(), &id), read_activity)
                .optional()?
                .ok_or_else(|| StoreError::Missing(format!("activity {id}")))
        })
        .await
    }
}

/// Attributes as the database keeps them.
pub(super) fn attributes(json: &str) -> Map<String, Json> {
    serde_json::from_str(json).unwrap_or_default()
}

fn read_activity(row: &Row<'_>) -> Read<ActivityRow> {
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
        attributes: attributes(&row.get::<String>(12)?),
        proven: row.get(13)?,
    })
}
