//! What a plan needs in order to be run.

use super::action::Action;
use super::definition::Definition;
use super::error::Fault;
use super::expectation::Expectation;
use super::statement::{Plan, Statement};
use std::fmt;

/// What runs a plan, from the quickest to the most real.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The engine alone, with a model of the server's counters.
    #[default]
    Engine,
    /// The real server.
    Server,
    /// A real browser against the real server.
    Browser,
}

impl Level {
    /// The level called `name`: `engine`, `server` or `browser`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "engine" => Some(Level::Engine),
            "server" => Some(Level::Server),
            "browser" => Some(Level::Browser),
            _ => None,
        }
    }

    pub(super) fn parse(name: &str) -> Result<Self, Fault> {
        Level::named(name).ok_or_else(|| Fault::expected("engine, server or browser", name))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Engine => "engine",
            Level::Server => "server",
            Level::Browser => "browser",
        })
    }
}

impl Statement {
    /// The lowest level at which the statement means something.
    #[must_use]
    pub fn level(&self) -> Level {
        match self {
            Statement::Through(level) => *level,
            Statement::Define(definition) => match definition {
                Definition::Agent(_) | Definition::Busy(_) => Level::Server,
                _ => Level::Engine,
            },
            Statement::Do(action) | Statement::Cannot(action) => match action {
                Action::Book(_) => Level::Server,
                Action::Visitor(visitor) if visitor.tabs_apart => Level::Browser,
                _ => Level::Engine,
            },
            Statement::Expect(expectation) => match expectation {
                Expectation::StoredNothing | Expectation::Requests(_) => Level::Browser,
                Expectation::Mail { .. }
                | Expectation::Meeting { .. }
                | Expectation::OffersSlot(_) => Level::Server,
                _ => Level::Engine,
            },
        }
    }
}

impl Plan {
    /// The level this plan runs at when `asked` is asked for: that one, or the lowest its statements need where that is
    /// higher.
    #[must_use]
    pub fn level(&self, asked: Level) -> Level {
        self.lines
            .iter()
            .map(|line| line.statement.level())
            .fold(asked, Level::max)
    }
}

#[cfg(test)]
mod tests {
    use super::Level;
    use crate::plan::parse;
    use std::path::Path;

    fn level(text: &str, asked: Level) -> Level {
        parse(Path::new("a.plan"), text).unwrap().level(asked)
    }

    #[test]
    fn a_plan_runs_at_the_level_asked_for_or_the_one_it_needs() {
        assert_eq!(
            level("visit https://w.example/1", Level::Engine),
            Level::Engine
        );
        assert_eq!(
            level("visit https://w.example/1", Level::Server),
            Level::Server
        );
        assert_eq!(
            level("cannot book 2027-01-05T10:00Z", Level::Engine),
            Level::Server
        );
        assert_eq!(
            level("mail to \"a@b.example\" 0", Level::Browser),
            Level::Browser
        );
        assert_eq!(level("requests 0", Level::Engine), Level::Browser);
        assert_eq!(
            level("visitor V1 tabs apart", Level::Server),
            Level::Browser
        );
    }

    #[test]
    fn through_asks_for_a_level_always() {
        assert_eq!(
            level("through browser\nchat off", Level::Engine),
            Level::Browser
        );
        assert_eq!(
            level("through engine\nchat off", Level::Server),
            Level::Server
        );
    }
}
