//! Who sees a dialogue, where, and after what.

use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Target, criteria and events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audience {
    /// Page patterns; at least one before publishing.
    #[serde(default)]
    pub targets: Vec<String>,
    /// Page patterns that always win over targets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<String>,
    /// All must hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<Criterion>,
    /// All must have happened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
}

/// Something that holds or does not hold for a visitor on a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "if", rename_all = "snake_case", deny_unknown_fields)]
pub enum Criterion {
    /// An attribute compares: `person.NAME`, `company.NAME` or `page.NAME` (referrer, language, device, hour, url).
    Attribute {
        /// `person.industry`
        name: String,
        /// How to compare.
        op: Operator,
        /// With what. Several for *is* and its like are alternatives; *between* takes two.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        values: Vec<Scalar>,
        /// For *in past* and its like.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        days: Option<u16>,
    },
    /// The person is on a list.
    List {
        /// Its name.
        list: String,
        /// `true`: is not on it.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        not: bool,
    },
    /// The person has an activity on record.
    Activity {
        /// Its name, as the log calls it.
        activity: Activity,
        /// The goal, document or dialogue it is about; any when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        named: Option<String>,
        /// Within so many days, today included.
        days: u16,
    },
    /// The browser's own record says that a page was visited.
    Visited {
        /// A page pattern.
        page: String,
        /// Within so many days, today included.
        days: u16,
    },
    /// Several: all or any of them.
    Group {
        /// How they combine.
        holds: Group,
        /// At most ten, none of them a group.
        of: Vec<Criterion>,
    },
}

/// How the members of a group combine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// All of them.
    #[default]
    All,
    /// Any of them.
    Any,
}

/// A value in a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// `true`
    Boolean(bool),
    /// `20`
    Integer(i64),
    /// `1.5`; at most six decimals count.
    Decimal(f64),
    /// `"SE"`, `"2027-03-05"` for days, `"2027-03-05T10:00Z"` for moments.
    Text(String),
}

/// The operators of product.md 2.2, by the words people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Operator {
    #[serde(rename = "is")]
    Is,
    #[serde(rename = "is not")]
    IsNot,
    #[serde(rename = "starts with")]
    StartsWith,
    #[serde(rename = "not starts with")]
    NotStartsWith,
    #[serde(rename = "contains")]
    Contains,
    #[serde(rename = "not contains")]
    NotContains,
    #[serde(rename = "is empty")]
    IsEmpty,
    #[serde(rename = "is not empty")]
    IsNotEmpty,
    #[serde(rename = "between")]
    Between,
    #[serde(rename = "greater than")]
    GreaterThan,
    #[serde(rename = "less than")]
    LessThan,
    #[serde(rename = "at least")]
    AtLeast,
    #[serde(rename = "at most")]
    AtMost,
    #[serde(rename = "after")]
    After,
    #[serde(rename = "before")]
    Before,
    #[serde(rename = "on or after")]
    OnOrAfter,
    #[serde(rename = "on or before")]
    OnOrBefore,
    #[serde(rename = "in past")]
    InPast,
    #[serde(rename = "in past before")]
    InPastBefore,
    #[serde(rename = "in future")]
    InFuture,
    #[serde(rename = "in future after")]
    InFutureAfter,
    #[serde(rename = "in time frame")]
    InTimeFrame,
    #[serde(rename = "is true")]
    IsTrue,
    #[serde(rename = "is false")]
    IsFalse,
}

/// Activities by the names the log uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Activity {
    #[serde(rename = "Engaged with a Dialogue")]
    EngagedWithDialogue,
    #[serde(rename = "Interacted with Document in Dialogue")]
    InteractedWithDocument,
    #[serde(rename = "Reached Dialogue Goal")]
    ReachedDialogueGoal,
    #[serde(rename = "Scheduled Meeting in Dialogue")]
    ScheduledMeeting,
    #[serde(rename = "Clicked Link in Chat in Dialogue")]
    ClickedLink,
    #[serde(rename = "Engaged with a Conversational Flow")]
    EngagedWithFlow,
    #[serde(rename = "Interacted with Document in Conversational Flow")]
    InteractedWithDocumentInFlow,
    #[serde(rename = "Reached Goal in Conversational Flow")]
    ReachedFlowGoal,
    #[serde(rename = "Scheduled Meeting in Conversational Flow")]
    ScheduledMeetingInFlow,
    #[serde(rename = "Clicked Link in Chat in Conversational Flow")]
    ClickedLinkInFlow,
    #[serde(rename = "Gave Consent in Dialogue")]
    GaveConsent,
    #[serde(rename = "Gave Consent in Conversational Flow")]
    GaveConsentInFlow,
}

impl Activity {
    /// Every activity.
    pub const ALL: [Activity; 12] = [
        Activity::EngagedWithDialogue,
        Activity::InteractedWithDocument,
        Activity::ReachedDialogueGoal,
        Activity::ScheduledMeeting,
        Activity::ClickedLink,
        Activity::EngagedWithFlow,
        Activity::InteractedWithDocumentInFlow,
        Activity::ReachedFlowGoal,
        Activity::ScheduledMeetingInFlow,
        Activity::ClickedLinkInFlow,
        Activity::GaveConsent,
        Activity::GaveConsentInFlow,
    ];

    /// Its name in the log.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Activity::EngagedWithDialogue => "Engaged with a Dialogue",
            Activity::InteractedWithDocument => "Interacted with Document in Dialogue",
            Activity::ReachedDialogueGoal => "Reached Dialogue Goal",
            Activity::ScheduledMeeting => "Scheduled Meeting in Dialogue",
            Activity::ClickedLink => "Clicked Link in Chat in Dialogue",
            Activity::EngagedWithFlow => "Engaged with a Conversational Flow",
            Activity::InteractedWithDocumentInFlow => {
                "Interacted with Document in Conversational Flow"
            }
            Activity::ReachedFlowGoal => "Reached Goal in Conversational Flow",
            Activity::ScheduledMeetingInFlow => "Scheduled Meeting in Conversational Flow",
            Activity::ClickedLinkInFlow => "Clicked Link in Chat in Conversational Flow",
            Activity::GaveConsent => "Gave Consent in Dialogue",
            Activity::GaveConsentInFlow => "Gave Consent in Conversational Flow",
        }
    }
}

/// Something that must happen on the page first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Seconds of visible time on the page, over visits.
    TimeOnPage(u32),
    /// Seconds of visible time on the site, over visits.
    TimeOnSite(u32),
    /// Percent of the page scrolled past.
    Scroll(u8),
    /// The visitor is about to leave.
    ExitIntent,
}
