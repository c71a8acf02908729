//! Who was erased, beside the database: a copy of it that is older than an erasure must not bring anybody back.
//!
//! A line of the file is a hash over the id that the erased had, which nothing else knows any more.

use crate::private;
use crate::secrets::{hash, hex};
use std::collections::HashSet;
use std::io;
use std::path::Path;

/// The name of the file in the data folder.
pub const ERASURES_FILE: &str = "erasures";

/// Who was erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased<'a> {
    /// A record of a person, by id.
    Person(&'a str),
    /// A browser, by id.
    Visitor(&'a str),
}

impl Erased<'_> {
    fn line(self, workspace: &str) -> String {
        let (kind, id) = match self {
            Erased::Person(id) => ("person", id),
            Erased::Visitor(id) => ("visitor", id),
        };
        hex(&hash(format!("{kind}\n{workspace}\n{id}").as_bytes()))
    }
}

/// Keeps erasures in a data folder; they are on the disk when this returns.
///
/// # Errors
/// When the file cannot be written.
pub fn keep(folder: &Path, workspace: &str, erased: &[Erased<'_>]) -> io::Result<()> {
    let lines = erased.iter().map(|one| one.line(workspace) + "\n");
    append(folder, &lines.collect::<String>())
}

fn append(folder: &Path, lines: &str) -> io::Result<()> {
    use std::io::{Seek as _, Write as _};
    if lines.is_empty() {
        return Ok(());
    }
    let mut file = private::open(&folder.join(ERASURES_FILE))?;
    // Two commands at once come after each other.
    file.lock()?;
    file.seek(io::SeekFrom::End(0))?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()
}

/// Everybody who was erased, as far as some files know.
#[derive(Clone, Debug, Default)]
pub struct Erasures(HashSet<String>);

impl Erasures {
    /// Adds what a file knows.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&mut self, path: &Path) -> io::Result<()> {
        let text = std::fs::read_to_string(path)?;
        self.0.extend(text.lines().map(str::to_owned));
        Ok(())
    }

    /// Adds them to the file of a data folder.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn keep(&self, folder: &Path) -> io::Result<()> {
        let mut known = Self::default();
        match known.read(&folder.join(ERASURES_FILE)) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
        let mut new: Vec<&str> = self.0.difference(&known.0).map(String::as_str).collect();
        new.sort_unstable();
        append(
            folder,
            &new.iter()
                .map(|line| format!("{line}\n"))
                .collect::<String>(),
        )
    }

    /// Whether somebody was erased.
    #[must_use]
    pub fn hold(&self, workspace: &str, erased: Erased<'_>) -> bool {
        self.0.contains(&erased.line(workspace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_knows_who_was_erased_and_names_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(ERASURES_FILE);
        keep(
            folder.path(),
            "w",
            &[Erased::Person("p1"), Erased::Visitor("v1")],
        )
        .unwrap();
        keep(folder.path(), "w", &[Erased::Person("p2")]).unwrap();
        keep(folder.path(), "w", &[]).unwrap();
        let mut erasures = Erasures::default();
        erasures.read(&path).unwrap();
        for one in [
            Erased::Person("p1"),
            Erased::Person("p2"),
            Erased::Visitor("v1"),
        ] {
            assert!(erasures.hold("w", one), "{one:?}");
            assert!(!erasures.hold("other", one), "{one:?}");
        }
        assert!(!erasures.hold("w", Erased::Person("v1")));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert!(!text.contains("p1"));
        let elsewhere = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            erasures.keep(elsewhere.path()).unwrap();
        }
        let copied = std::fs::read_to_string(elsewhere.path().join(ERASURES_FILE)).unwrap();
        assert_eq!(copied.lines().count(), 3);
    }
}
