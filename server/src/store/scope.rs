//! Who asks, and in which workspace. Only the store makes scopes.

use crate::roles::Role;
use std::sync::Arc;

/// A workspace together with who asks. Without one no row can be reached.
#[derive(Clone, Debug)]
pub struct Scope {
    workspace: Arc<str>,
    principal: Principal,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A browser that knows the workspace's public name.
    Visitor,
    /// Somebody with an API token.
    Token {
        /// The token's id.
        id: String,
        /// What it may do.
        rights: Vec<Right>,
    },
    /// A user who logged in.
    User {
        /// The user's id.
        id: String,
        /// In which role.
        role: Role,
    },
    /// Whoever runs the binary beside the data folder.
    Operator,
}

/// What a token or a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Read goals, conversations, activities, people and reports.
    Read,
    /// Record goals, write people, make links.
    Write,
    /// Import and publish dialogues, make testing links, manage webhooks.
    Publish,
    /// See who changed what.
    Audit,
    /// Say who may do what: users, their roles and sessions.
    Manage,
}

impl Right {
    /// All of them.
    pub const ALL: [Right; 5] = [
        Right::Read,
        Right::Write,
        Right::Publish,
        Right::Audit,
        Right::Manage,
    ];

    /// The word tokens are made with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Right::Read => "read",
            Right::Write => "write",
            Right::Publish => "publish",
            Right::Audit => "audit",
            Right::Manage => "manage",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.word() == word)
    }
}

impl Scope {
    pub(super) fn new(workspace: &str, principal: Principal) -> Self {
        Self {
            workspace: workspace.into(),
            principal,
        }
    }

    /// The workspace's internal id: the first column of every key.
    #[must_use]
    pub fn workspace(&self) -> &str {
        &self.workspace
    }

    /// Who asks, as the audit log says it.
    #[must_use]
    pub fn actor(&self) -> String {
        match &self.principal {
            Principal::Visitor => "visitor".into(),
            Principal::Token { id, .. } => format!("token {id}"),
            Principal::User { id, .. } => format!("user {id}"),
            Principal::Operator => "operator".into(),
        }
    }

    /// The user who asks, by id.
    pub(super) fn user(&self) -> Option<&str> {
        match &self.principal {
            Principal::User { id, .. } => Some(id),
            Principal::Visitor | Principal::Token { .. } | Principal::Operator => None,
        }
    }

    /// Whether the one who asks may do this.
    #[must_use]
    pub fn may(&self, right: Right) -> bool {
        match &self.principal {
            Principal::Visitor => false,
            Principal::Token { rights, .. } => rights.contains(&right),
            Principal::User { role, .. } => role.rights().contains(&right),
            Principal::Operator => true,
        }
    }
}
