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
}

impl Message {
    /// The word for its kind, as stored beside it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Message::Webhook { .. } => "webhook",
            Message::GoalNotice { .. } => "goal_notice",
            Message::Confirmation { .. } => "confirmation",
        }
    }
}
