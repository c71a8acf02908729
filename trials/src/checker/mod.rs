//! The checker: from the database and the history alone, whether the invariants hold. It replays every log by the engine and
//! counts everything again; what the server says about itself is only compared.

mod borders;
mod database;
mod deeds;
mod known;
mod logs;
mod meetings;
mod outbox;

pub use database::{Cell, Database, Row};
pub use known::Known;

use crate::Failure;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// A conversation: the workspace's public name and the id.
pub type Key = (String, String);

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// What it breaks: `I1` to `I12`, or another promise in words.
    pub invariant: String,
    /// Where, and how.
    pub what: String,
}

/// How much is to hold already.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// Everything has left the outbox.
    pub delivered: bool,
    /// The file is read to its last page.
    pub thorough: bool,
}

/// What a check has found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// All that must not be.
    pub violations: Vec<Violation>,
    /// What this database has nothing of, and was not checked for.
    pub unchecked: Vec<String>,
    /// How much was looked at.
    pub counts: BTreeMap<&'static str, usize>,
}

impl Verdict {
    fn violated(&mut self, invariant: &str, what: impl Into<String>) {
        self.violations.push(Violation {
            invariant: invariant.into(),
            what: what.into(),
        });
    }

    fn counted(&mut self, what: &'static str, count: usize) {
        *self.counts.entry(what).or_default() += count;
    }
}

/// What every part of the check works with.
struct Check {
    db: Database,
    known: Known,
    /// Public names of workspaces by their ids.
    names: HashMap<String, String>,
    verdict: Verdict,
}

impl Check {
    /// The public name of a row's workspace.
    fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }
}

/// Checks a database, `postgres://...` or a data folder, against a history. Nobody talks any more; webhooks may go on.
///
/// # Errors
/// When one of them cannot be read.
pub fn check(place: &str, history: &Path, wish: Wish) -> Result<Verdict, Failure> {
    let mut db = Database::open(place)?;
    let mut names = HashMap::new();
    db.each("SELECT id, name FROM workspaces", |mut row| {
        names.insert(row.text(), row.text());
    })?;
    // Read after the moment of the database: what has left the outbox by then has arrived by now.
    let known = Known::read(history)?;
    let mut check = Check {
        db,
        known,
        names,
        verdict: Verdict::default(),
    };
    for broken in check.db.broken(wish.thorough)? {
        check.verdict.violated("a sound file", broken);
    }
    for (invariant, what) in std::mem::take(&mut check.known.strange) {
        check.verdict.violated(&invariant, what);
    }
    let logs = logs::check(&mut check)?;
    deeds::check(&mut check, &logs)?;
    meetings::check(&mut check, &logs)?;
    outbox::check(&mut check, wish.delivered)?;
    borders::check(&mut check)?;
    say_what_is_missing(&mut check)?;
    check.verdict.violations.sort();
    Ok(check.verdict)
}

fn say_what_is_missing(check: &mut Check) -> Result<(), Failure> {
    let tables = check.db.tables()?;
    let unchecked = &mut check.verdict.unchecked;
    if tables.iter().any(|table| table.starts_with("audit")) {
        unchecked.push("I6: there is an audit log, which this checker does not know yet".into());
    } else {
        unchecked.push("I6: there is no audit log in this database".into());
    }
    unchecked.push("I8: there is no live chat in this database".into());
    Ok(())
}
