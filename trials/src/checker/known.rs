//! The history, sorted by what it is about.

use super::Key;
use crate::Failure;
use crate::history::{Event, Mark, read};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

/// A meeting that the server has said is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The place of its line.
    pub seq: u32,
    /// Its id.
    pub meeting: String,
    /// The agent's name.
    pub agent: String,
    /// Its start and end in milliseconds.
    pub span: (i64, i64),
}

/// What was said in one conversation.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What its visitor types when asked for an address.
    pub address: String,
    /// What was sent for each place.
    pub sent: BTreeMap<u32, Vec<Mark>>,
    /// What was acknowledged for each place.
    pub acknowledged: BTreeMap<u32, Mark>,
    /// Whether the server has said to have it, be it without a line.
    pub begun: bool,
    /// Starts that were wished for.
    pub wished: Vec<i64>,
    /// What was booked.
    pub booked: Vec<Booked>,
}

/// A webhook that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Of which workspace.
    pub workspace: String,
    /// The id of the delivery.
    pub delivery: String,
    /// The id of the activity in it.
    pub activity: String,
}

/// Everything the load has seen.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// By conversation.
    pub said: HashMap<Key, Said>,
    /// Webhooks in the order in which they arrived.
    pub received: Vec<Received>,
    /// People who may be forgotten: workspace and address.
    pub forgetting: HashSet<Key>,
    /// People who are.
    pub forgotten: HashSet<Key>,
    /// What only the load could see: the invariant, and what broke it.
    pub strange: Vec<(String, String)>,
}

impl Known {
    /// Reads a history.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mut known = Known::default();
        read(path, |event| known.take(event))
            .map_err(|fault| format!("{}: {fault}", path.display()))?;
        Ok(known)
    }

    /// Whether a conversation may be gone because its visitor was to be forgotten.
    #[must_use]
    pub fn may_be_gone(&self, key: &Key) -> bool {
        self.said.get(key).is_some_and(|said| {
            self.forgetting
                .contains(&(key.0.clone(), said.address.clone()))
        })
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Begun {
                workspace,
                conversation,
                address,
            } => {
                self.said
                    .entry((workspace, conversation))
                    .or_default()
                    .address = address
            }
            Event::Sent {
                workspace,
                conversation,
                first,
                lines,
            } => {
                let said = self.said.entry((workspace, conversation)).or_default();
                for (seq, line) in (first..).zip(lines) {
                    let sent = said.sent.entry(seq).or_default();
                    if !sent.contains(&line) {
                        sent.push(line);
                    }
                }
            }
            Event::Acknowledged {
                workspace,
                conversation,
                first,
                lines,
            } => {
                let key = (workspace, conversation);
                self.said.entry(key.clone()).or_default().begun = true;
                for (seq, line) in (first..).zip(lines) {
                    self.acknowledge(&key, seq, line);
                }
            }
            Event::Wished {
                workspace,
                conversation,
                start,
                ..
            } => {
                let said = self.said.entry((workspace, conversation)).or_default();
                said.wished.push(start);
            }
            Event::Booked {
                workspace,
                conversation,
                seq,
                line,
                meeting,
                agent,
                start,
                minutes,
            } => {
                let key = (workspace, conversation);
                self.acknowledge(&key, seq, line);
                let booked = Booked {
                    seq,
                    meeting,
                    agent,
                    span: (start, start + i64::from(minutes) * 60_000),
                };
                let said = self.said.entry(key).or_default();
                if !said.booked.contains(&booked) {
                    said.booked.push(booked);
                }
            }
            Event::Received {
                workspace,
                delivery,
                activity,
            } => self.received.push(Received {
                workspace,
                delivery,
                activity,
            }),
            Event::Forgetting { workspace, address } => {
                self.forgetting.insert((workspace, address));
            }
            Event::Forgotten { workspace, address } => {
                self.forgotten.insert((workspace, address));
            }
            Event::Strange { invariant, what } => self.strange.push((invariant, what)),
        }
    }

    fn acknowledge(&mut self, key: &Key, seq: u32, line: Mark) {
        let said = self.said.entry(key.clone()).or_default();
        if *said.acknowledged.entry(seq).or_insert(line) != line {
            let what = format!(
                "{}/{}: two contents of line {seq} were acknowledged",
                key.0, key.1
            );
            self.strange.push(("I1".into(), what));
        }
    }
}
