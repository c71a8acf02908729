//! What users may do: one table from roles to rights.

use crate::store::Right;

/// What a user is in a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything, users and the audit log included.
    Owner,
    /// Dialogues, people and reports.
    Marketer,
    /// Reports and what they are made of.
    Analyst,
    /// Meetings and chats of their own, which come with the console.
    Agent,
}

/// Who may do what. Whatever is not here is denied.
const TABLE: &[(Role, &str, &[Right])] = &[
    (
        Role::Owner,
        "owner",
        &[
            Right::Read,
            Right::Write,
            Right::Publish,
            Right::Audit,
            Right::Manage,
        ],
    ),
    (
        Role::Marketer,
        "marketer",
        &[Right::Read, Right::Write, Right::Publish],
    ),
    (Role::Analyst, "analyst", &[Right::Read]),
    (Role::Agent, "agent", &[]),
];

impl Role {
    /// All of them, the strongest first.
    pub fn all() -> impl Iterator<Item = Role> {
        TABLE.iter().map(|(role, ..)| *role)
    }

    /// The word in the database and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::all().find(|role| role.word() == word)
    }

    /// What whoever has the role may do.
    #[must_use]
    pub fn rights(self) -> &'static [Right] {
        self.row().2
    }

    fn row(self) -> &'static (Role, &'static str, &'static [Right]) {
        let found = TABLE.iter().find(|(role, ..)| *role == self);
        found.expect("every role has its row in the table")
    }
}
