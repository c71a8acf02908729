//! The kinds of messages. They name rows instead of copying them, so that what is forgotten is not sent.

use serde::{Deserialize, Serialize};

/// Something to be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// One activity to one webhook.
    Webhook {
        /// The webhook's id.
        webhook: String,
        /// The activity's id.
        activity: String,
    },
    /// A goal to the addresses that asked to hear of it, with the transcript.
    GoalNotice {
        /// Who hears of it.
        address: String,
        /// The goal's id.
        goal: String,
    },
    /// The confirmation that a goal card carries, to the address on file.
    Confirmation {
        /// The goal's id.
        goal: String,
        /// The person's id.
        person: String,
    },
    /// What happened to a meeting, to one of the two who meet.
    Meeting {
        /// The meeting's id.
        meeting: String,
        /// What happened.
        news: News,
        /// The meeting's sequence after it. Where the meeting has moved on, newer news follow and this is not sent.
        sequence: u32,
        /// Who hears of it.
        reader: Reader,
    },
}

/// What happens to meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// It was booked.
    Booked,
    /// It has another time.
    Moved,
    /// It was called off.
    Cancelled,
}

/// The two who meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// The visitor.
    Guest,
    /// The agent.
    Agent,
}

impl Reader {
    /// The word that keeps the letters to both apart.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Reader::Guest => "guest",
            Reader::Agent => "agent",
        }
    }
}

impl Message {
    /// All kinds.
    pub const KINDS: [&'static str; 4] = ["webhook", "goal_notice", "confirmation", "meeting"];

    /// The word for its kind, as stored beside it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Message::Webhook { .. } => "webhook",
            Message::GoalNotice { .. } => "goal_notice",
            Message::Confirmation { .. } => "confirmation",
            Message::Meeting { .. } => "meeting",
        }
    }
}
