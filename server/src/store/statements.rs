//! Every SQL text is a named constant, so that one test can prepare them all.

/// Declares SQL constants and lists them for the test that prepares each.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* pub(super) const $name: &str = $sql;)+
        #[cfg(test)]
        pub(super) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $sql)),+];
    };
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    [
        super::activities::STATEMENTS,
        super::agents::STATEMENTS,
        super::audit::STATEMENTS,
        super::appointments::STATEMENTS,
        super::bookings::STATEMENTS,
        super::changes::STATEMENTS,
        super::binding::STATEMENTS,
        super::companies::STATEMENTS,
        super::copying::STATEMENTS,
        super::conversations::STATEMENTS,
        super::counters::STATEMENTS,
        super::dialogues::STATEMENTS,
        super::documents::STATEMENTS,
        super::editions::STATEMENTS,
        super::forget::STATEMENTS,
        super::goals::STATEMENTS,
        super::importing::STATEMENTS,
        super::key::STATEMENTS,
        super::known::STATEMENTS,
        super::meetings::STATEMENTS,
        super::merging::STATEMENTS,
        super::migrate::STATEMENTS,
        super::offers::STATEMENTS,
        super::outbox::STATEMENTS,
        super::pauses::STATEMENTS,
        super::people::STATEMENTS,
        super::pins::STATEMENTS,
        super::refused::STATEMENTS,
        super::registrations::STATEMENTS,
        super::remembered::STATEMENTS,
        super::restoring::STATEMENTS,
        super::sessions::STATEMENTS,
        super::testing::STATEMENTS,
        super::tokens::STATEMENTS,
        super::turn::STATEMENTS,
        super::users::STATEMENTS,
        super::values::STATEMENTS,
        super::visitors::STATEMENTS,
        super::webhooks::STATEMENTS,
        super::workspaces::STATEMENTS,
    ]
    .into_iter()
    .flatten()
}
