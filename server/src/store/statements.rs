//! Every SQL text is a named constant, so that one test can prepare them all.

/// Declares SQL constants and lists them for the test that prepares each.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)+) => {
        $($(#[$doc])* const $name: &str = $sql;)+
        #[cfg(test)]
        pub(super) const STATEMENTS: &[(&str, &str)] = &[$((stringify!($name), $sql)),+];
    };
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    [
        super::agents::STATEMENTS,
        super::appointments::STATEMENTS,
        super::bookings::STATEMENTS,
        super::changes::STATEMENTS,
        super::meetings::STATEMENTS,
        super::offers::STATEMENTS,
        super::outbox::STATEMENTS,
        super::registrations::STATEMENTS,
        super::workspaces::STATEMENTS,
    ]
    .into_iter()
    .flatten()
}
