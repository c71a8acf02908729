//! What operators can do that is worth a row.

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $name),+
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Action] = &[$(Action::$name),+];

            /// The word in the database and on screen.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    $(Action::$name => $word),+
                }
            }
        }
    };
}

actions! {
    /// A workspace was made.
    CreateWorkspace = "create workspace";
    /// A workspace file was imported.
    ImportWorkspace = "import workspace";
    /// Settings changed, on and off included.
    SetWorkspace = "set workspace";
    /// An attribute got its type.
    DeclareAttribute = "declare attribute";
    /// A list was made.
    CreateList = "create list";
    /// A loader was pinned.
    PinLoader = "pin loader";
    /// A dialogue or flow was kept as it is written.
    ImportDialogue = "import dialogue";
    /// Dialogues or flows went live.
    Publish = "publish";
    /// A dialogue went off all pages.
    Unpublish = "unpublish";
    /// The words of a live dialogue were replaced.
    Correct = "correct";
    /// A testing link was made.
    CreateTestingLink = "create testing link";
    /// A testing link was ended.
    RevokeTestingLink = "revoke testing link";
    /// A user was added.
    CreateUser = "create user";
    /// A user was removed.
    RemoveUser = "remove user";
    /// A user got another password.
    SetPassword = "set password";
    /// A user got another role.
    SetRole = "set role";
    /// A user was logged out everywhere.
    EndSessions = "end sessions";
    /// A user logged in.
    LogIn = "log in";
    /// A user logged out.
    LogOut = "log out";
    /// An API token was made.
    CreateToken = "create token";
    /// An API token was ended.
    RevokeToken = "revoke token";
    /// A login secret was made.
    CreateSecret = "create secret";
    /// An agent was added or changed.
    PutAgent = "put agent";
    /// An agent takes part, or rests.
    SwitchAgent = "switch agent";
    /// An agent was taken out of all pools.
    RemoveAgent = "remove agent";
    /// A pool was added or changed.
    PutPool = "put pool";
    /// A webhook was added.
    CreateWebhook = "create webhook";
    /// A webhook was removed.
    RemoveWebhook = "remove webhook";
    /// An address hears of goals from now on.
    CreateGoalMail = "create goal mail";
    /// An address hears of goals no longer.
    RemoveGoalMail = "remove goal mail";
    /// A person was written by an operator or a customer's server.
    WritePerson = "write person";
    /// A company was.
    WriteCompany = "write company";
    /// A link for a person's mails was made.
    LinkPerson = "link person";
    /// A link was made that marks browsers of the staff.
    LinkStaff = "link staff";
    /// A merge into a person was undone.
    UnmergePerson = "unmerge person";
    /// A person was forgotten.
    ForgetPerson = "forget person";
    /// People left as a file.
    ExportPeople = "export people";
    /// Goals left as a file.
    ExportGoals = "export goals";
    /// Messages stay in the outbox.
    PauseOutbox = "pause outbox";
    /// Messages leave again.
    ResumeOutbox = "resume outbox";
    /// Messages that could not be delivered are tried again.
    ReplayOutbox = "replay outbox";
    /// A new key seals and signs.
    RotateKey = "rotate key";
    /// The key before opens nothing any more.
    DropKey = "drop key";
    /// The whole database came back from a copy.
    Restore = "restore";
    /// The whole database was copied into a file.
    BackUp = "back up";
}
