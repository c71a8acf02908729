//! What the load saw: every line before it was sent, every acknowledgement when it came. One JSON object a line, written by
//! one program and read by another, which has nothing else to go by beside the database.

use engine::compiled::encode;
use engine::wire::Entry;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Stands for a line of a conversation: the first eight bytes of the SHA-256 of what was sent.
pub type Mark = u64;

/// The mark of a line.
#[must_use]
pub fn mark(entry: &Entry) -> Mark {
    mark_bytes(&encode(entry))
}

/// The mark of a line as it is stored.
#[must_use]
pub fn mark_bytes(bytes: &[u8]) -> Mark {
    let hash = Sha256::digest(bytes);
    hash.iter()
        .take(8)
        .fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

/// Something that happened. Workspaces are named by their public names, conversations by their ids in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A conversation began; `address` is what its visitor types when asked for one.
    Begun {
        /// In which workspace.
        workspace: String,
        /// Which.
        conversation: String,
        /// The visitor's address.
        address: String,
    },
    /// Lines are about to be sent, the first at the place `first`.
    Sent {
        /// In which workspace.
        workspace: String,
        /// Of which conversation.
        conversation: String,
        /// The place of the first.
        first: u32,
        /// What they are.
        lines: Vec<Mark>,
    },
    /// The server has said that these lines are kept.
    Acknowledged {
        /// In which workspace.
        workspace: String,
        /// Of which conversation.
        conversation: String,
        /// The place of the first.
        first: u32,
        /// What they are.
        lines: Vec<Mark>,
    },
    /// A meeting is about to be asked for.
    Wished {
        /// In which workspace.
        workspace: String,
        /// In which conversation.
        conversation: String,
        /// Its start in milliseconds.
        start: i64,
        /// Minutes it lasts.
        minutes: u16,
    },
    /// The server has said that a meeting is booked.
    Booked {
        /// In which workspace.
        workspace: String,
        /// In which conversation.
        conversation: String,
        /// The place of the line that the server wrote.
        seq: u32,
        /// That line.
        line: Mark,
        /// The meeting's id.
        meeting: String,
        /// The agent's name.
        agent: String,
        /// Its start in milliseconds.
        start: i64,
        /// Minutes it lasts.
        minutes: u16,
    },
    /// A webhook has arrived, and is about to be answered by 200.
    Received {
        /// Of which workspace.
        workspace: String,
        /// The id of the delivery.
        delivery: String,
        /// The id of the activity in it.
        activity: String,
    },
    /// Somebody is about to be forgotten.
    Forgetting {
        /// In which workspace.
        workspace: String,
        /// Whose address.
        address: String,
    },
    /// The server has said that somebody is forgotten.
    Forgotten {
        /// In which workspace.
        workspace: String,
        /// Whose address.
        address: String,
    },
    /// Something that must not be, and that only whoever asked the server can know.
    Strange {
        /// The invariant it breaks.
        invariant: String,
        /// What was seen.
        what: String,
    },
}

/// Where events are written. Cheap to clone. Every event is with the system before `note` returns, so that a program that
/// ends leaves at most its last line unfinished.
#[derive(Clone, Debug)]
pub struct History {
    file: Arc<Mutex<File>>,
}

impl History {
    /// Opens a file, to be continued where there is one. An unfinished last line is ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let is_whole = std::fs::read(path)
            .map_or(true, |bytes| bytes.last().is_none_or(|last| *last == b'\n'));
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        if !is_whole {
            file.write_all(b"\n")?;
        }
        Ok(Self {
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Writes an event down.
    ///
    /// # Panics
    /// When it cannot be written: without its history a trial shows nothing.
    pub fn note(&self, event: &Event) {
        let mut line = serde_json::to_vec(event).expect("events are JSON");
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).expect("the history can be written");
    }

    /// Writes down something that must not be.
    pub fn strange(&self, invariant: &str, what: impl Into<String>) {
        self.note(&Event::Strange {
            invariant: invariant.into(),
            what: what.into(),
        });
    }
}

/// Hands over every event of a file. Lines that are no events are what an ended program left unfinished.
///
/// # Errors
/// When the file cannot be read.
pub fn read(path: &Path, mut take: impl FnMut(Event)) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if let Ok(event) = serde_json::from_slice(&line) {
            take(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forgotten(address: &str) -> Event {
        Event::Forgotten {
            workspace: "acme".into(),
            address: address.into(),
        }
    }

    #[test]
    fn a_history_goes_on_behind_an_unfinished_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        History::open(&path)
            .unwrap()
            .note(&forgotten("a@acme.example"));
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(br#"{"forgotten":{"work"#).unwrap();
        History::open(&path)
            .unwrap()
            .note(&forgotten("b@acme.example"));
        let mut events = Vec::new();
        read(&path, |event| events.push(event)).unwrap();
        assert_eq!(
            events,
            [forgotten("a@acme.example"), forgotten("b@acme.example")]
        );
    }
}
