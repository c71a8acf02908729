//! What a run came to: kept after every cycle, so that it can go on where it was interrupted, and written for people at the end.

use crate::Failure;
use crate::servers::told;
use crate::trial::{Cycle, Fault, Scale};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::Command;

/// What is to be done of one kind of harm, and what was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Cycles in all.
    pub cycles: u32,
    /// How much happens in each.
    pub scale: Scale,
    /// Those that are done, in order.
    pub done: Vec<Cycle>,
    /// What must not be, found after the last of them; nothing before that was looked for.
    pub end: Option<Vec<String>>,
    /// Webhooks that had not arrived then.
    pub waiting: usize,
    /// Why nothing was done.
    pub skipped: Option<String>,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// What all chance in it follows from.
    pub seed: u64,
    /// The commit it was begun on, with `+` behind it where files were changed.
    pub commit: String,
    /// When it was begun, as a date.
    pub date: String,
    /// Its parts.
    pub parts: BTreeMap<Fault, Part>,
}

impl Run {
    /// A run of which nothing is done.
    #[must_use]
    pub fn new(seed: u64, parts: impl IntoIterator<Item = (Fault, u32, Scale)>) -> Self {
        let part = |(fault, cycles, scale)| {
            let part = Part {
                cycles,
                scale,
                done: Vec::new(),
                end: None,
                waiting: 0,
                skipped: None,
            };
            (fault, part)
        };
        Self {
            seed,
            commit: commit(),
            date: jiff::Timestamp::now().strftime("%-d %B %Y").to_string(),
            parts: parts.into_iter().map(part).collect(),
        }
    }

    /// Reads what was kept.
    ///
    /// # Errors
    /// When there is nothing, or something else.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(told(path.display()))?;
        serde_json::from_str(&text).map_err(|fault| format!("{}: {fault}", path.display()))
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string(self).map_err(|fault| fault.to_string())?;
        let beside = path.with_extension("new");
        std::fs::write(&beside, text).map_err(told(beside.display()))?;
        std::fs::rename(&beside, path).map_err(told(path.display()))
    }

    /// How many violations were found.
    #[must_use]
    pub fn violations(&self) -> usize {
        self.parts.values().map(Part::violations).sum()
    }

    /// The run as a table, a column for each kind of harm.
    #[must_use]
    pub fn table(&self) -> String {
        let mut lines = vec![
            row("", self.parts.keys().map(|fault| fault.word().to_owned())),
            row("---", self.parts.keys().map(|_| "---".to_owned())),
        ];
        for (name, cell) in ROWS {
            lines.push(row(name, self.parts.values().map(cell)));
        }
        lines.join("\n")
    }

    /// Appends the run to a file of results.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, path: &Path) -> Result<(), Failure> {
        let ms: u64 = self
            .parts
            .values()
            .flat_map(|part| &part.done)
            .map(|cycle| cycle.took_ms)
            .sum();
        let mut file = OpenOptions::new().create(true).append(true).open(path);
        let file = file
            .as_mut()
            .map_err(|fault| format!("{}: {fault}", path.display()))?;
        let skipped: String = self
            .parts
            .iter()
            .filter_map(|(fault, part)| Some((fault.word(), part.skipped.as_ref()?)))
            .map(|(fault, why)| format!("\nNot run: {fault}, because {why}.\n"))
            .collect();
        let text = format!(
            "\n## {}, seed {}\n\n`cargo xtask chaos --seed {}`, commit {}, {}, {} minutes of cycles.\n\n{}\n{skipped}",
            self.date,
            self.seed,
            self.seed,
            self.commit,
            machine(),
            ms.div_ceil(60_000),
            self.table(),
        );
        file.write_all(text.as_bytes())
            .map_err(told(path.display()))
    }
}

impl Part {
    fn violations(&self) -> usize {
        let found = self.done.iter().map(|cycle| cycle.violations.len());
        found.sum::<usize>() + self.end.as_ref().map_or(0, Vec::len)
    }

    fn sum(&self, of: impl Fn(&Cycle) -> usize) -> String {
        let sum: usize = self.done.iter().map(of).sum();
        thousands(sum)
    }
}

type Cell = fn(&Part) -> String;

const ROWS: [(&str, Cell); 13] = [
    ("cycles", |part| {
        format!("{} of {}", part.done.len(), part.cycles)
    }),
    ("violations", |part| thousands(part.violations())),
    ("lines acknowledged", |part| part.sum(|cycle| cycle.lines)),
    ("meetings booked", |part| part.sum(|cycle| cycle.bookings)),
    ("wishes for a time that was taken", |part| {
        part.sum(|cycle| cycle.refusals)
    }),
    ("tabs that gave way", |part| part.sum(|cycle| cycle.forks)),
    ("people forgotten", |part| part.sum(|cycle| cycle.forgotten)),
    ("harm done", |part| part.sum(|cycle| cycle.harm)),
    ("tries without an answer, 503 included", |part| {
        part.sum(|cycle| cycle.away)
    }),
    ("answers 503", |part| part.sum(|cycle| cycle.busy)),
    ("start to serving, ms: median, longest", |part| {
        let mut all: Vec<u64> = part
            .done
            .iter()
            .flat_map(|cycle| cycle.serving_ms.clone())
            .collect();
        all.sort_unstable();
        match (all.get(all.len() / 2), all.last()) {
            (Some(median), Some(longest)) => format!("{median}, {longest}"),
            _ => "-".into(),
        }
    }),
    ("webhooks still waiting at the end", |part| match part.end {
        Some(_) => thousands(part.waiting),
        None => "-".into(),
    }),
    ("minutes", |part| {
        let ms: u64 = part.done.iter().map(|cycle| cycle.took_ms).sum();
        format!("{:.1}", ms as f64 / 60_000.0)
    }),
];

fn row(name: &str, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells.collect();
    format!("| {name} | {} |", cells.join(" | "))
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn said(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn commit() -> String {
    let commit = said("git", &["rev-parse", "--short", "HEAD"]);
    let changed = said("git", &["status", "--porcelain", "--untracked-files=no"]);
    let mark = if changed.is_some_and(|changed| !changed.is_empty()) {
        "+"
    } else {
        ""
    };
    commit.map_or_else(|| "unknown".into(), |commit| format!("{commit}{mark}"))
}

fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let system = said("uname", &["-sm"]).unwrap_or_else(|| std::env::consts::OS.into());
    format!("{processors} processors that other work may have used as well, {system}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_as_it_was_kept_and_told_in_a_table() {
        let scale = Scale {
            visitors: 2,
            lines: 10,
            bookings: 1,
        };
        let mut run = Run::new(7, [(Fault::Kill, 2, scale)]);
        let part = run.parts.get_mut(&Fault::Kill).unwrap();
        part.done.push(Cycle {
            number: 1,
            lines: 1_234,
            violations: vec!["I1: lost".into()],
            ..Cycle::default()
        });
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.json");
        run.keep(&path).unwrap();
        assert_eq!(Run::read(&path).unwrap(), run);
        assert_eq!(run.violations(), 1);
        assert!(run.table().contains("| lines acknowledged | 1,234 |"));
    }
}
