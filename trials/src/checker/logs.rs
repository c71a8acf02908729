//! I1, I2 and I12: every line that was acknowledged is stored once, what was not is stored once or not at all, and whoever
//! comes back stands where the log leads.

use super::{Check, Key};
use crate::Failure;
use crate::history::{Mark, mark_bytes};
use engine::compile::Compiled;
use engine::compiled::{Edition, decode, encode};
use engine::conversation::{Output, replay};
use engine::ids::EditionId;
use engine::wire::{Begin, Booking, Entry, Input};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A conversation, replayed.
pub struct Log {
    /// Which.
    pub key: Key,
    /// Its visitor.
    pub visitor: String,
    /// How it began.
    pub begin: Begin,
    /// What each line led to, with its place; 0 is the beginning.
    pub turns: Vec<(u32, Vec<Output>)>,
    /// Meetings that its lines say are booked.
    pub bookings: Vec<Booking>,
    /// The edition's own words about its cards.
    pub edition: std::sync::Arc<Compiled>,
}

impl Log {
    /// The edition it ran.
    pub fn edition(&self) -> Option<&Edition> {
        language(&self.edition, &self.begin.language)
    }

    /// Named for people.
    pub fn name(&self) -> String {
        named(&self.key)
    }
}

/// A conversation as people read it.
pub fn named(key: &Key) -> String {
    format!("{}/{}", key.0, key.1)
}

fn language<'e>(compiled: &'e Compiled, language: &str) -> Option<&'e Edition> {
    compiled
        .editions
        .iter()
        .find(|edition| edition.language == language)
}

/// A conversation's row.
struct Standing {
    key: Key,
    visitor: String,
    edition: String,
    begin: Vec<u8>,
    state: Vec<u8>,
    through: u32,
    digest: u64,
    session: i64,
    clamped: i64,
    diverged: i64,
}

const CONVERSATIONS: &str = "SELECT workspace, id, visitor, edition, begin, state, through, digest, session, clamped, diverged
    FROM conversations ORDER BY workspace, position";
const ENTRIES: &str =
    "SELECT workspace, conversation, seq, entry FROM entries ORDER BY workspace, conversation, seq";

/// Checks every log, and gives back what each leads to, a workspace after the other in the order of their beginnings.
pub fn check(check: &mut Check) -> Result<Vec<Log>, Failure> {
    let editions = editions(check)?;
    let mut entries: HashMap<Key, Vec<(u32, Vec<u8>)>> = HashMap::new();
    let names = check.names.clone();
    check.db.each(ENTRIES, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        let of = entries.entry((name, row.text())).or_default();
        of.push((row.small(), row.blob()));
    })?;
    let standings = standings(check)?;
    let mut logs = Vec::new();
    let mut present = HashSet::new();
    for standing in standings {
        let stored = entries.remove(&standing.key).unwrap_or_default();
        compare(check, &standing.key, &stored);
        check.verdict.counted("conversations", 1);
        check.verdict.counted("lines", stored.len());
        match run(&standing, &stored, &editions) {
            Ok(log) => logs.push(log),
            Err((invariant, what)) => {
                let what = format!("{}: {what}", named(&standing.key));
                check.verdict.violated(invariant, what);
            }
        }
        present.insert(standing.key);
    }
    for (key, lines) in entries {
        let what = format!(
            "{}: {} lines without a conversation",
            named(&key),
            lines.len()
        );
        check.verdict.violated("I2", what);
    }
    let missing: Vec<String> = check
        .known
        .said
        .iter()
        .filter(|(key, said)| {
            said.begun && !present.contains(*key) && !check.known.may_be_gone(key)
        })
        .map(|(key, said)| {
            format!(
                "{}: gone, with {} acknowledged lines",
                named(key),
                said.acknowledged.len()
            )
        })
        .collect();
    for what in missing {
        check.verdict.violated("I1", what);
    }
    let acknowledged = check
        .known
        .said
        .values()
        .map(|said| said.acknowledged.len());
    let acknowledged = acknowledged.sum();
    check.verdict.counted("acknowledged", acknowledged);
    Ok(logs)
}

fn editions(
    check: &mut Check,
) -> Result<HashMap<(String, String), std::sync::Arc<Compiled>>, Failure> {
    let names = check.names.clone();
    let mut editions = HashMap::new();
    let mut unreadable = Vec::new();
    check.db.each(
        "SELECT workspace, edition, compiled FROM editions",
        |mut row| {
            let workspace = row.text();
            let key = (
                names.get(&workspace).cloned().unwrap_or(workspace),
                row.text(),
            );
            match decode(&row.blob()) {
                Ok(compiled) => {
                    editions.insert(key, std::sync::Arc::new(compiled));
                }
                Err(_) => unreadable.push(format!("edition {} cannot be read", key.1)),
            }
        },
    )?;
    for what in unreadable {
        check.verdict.violated("I12", what);
    }
    Ok(editions)
}

fn standings(check: &mut Check) -> Result<Vec<Standing>, Failure> {
    let names = check.names.clone();
    let mut standings = Vec::new();
    check.db.each(CONVERSATIONS, |mut row| {
        let workspace = row.text();
        standings.push(Standing {
            key: (
                names.get(&workspace).cloned().unwrap_or(workspace),
                row.text(),
            ),
            visitor: row.text(),
            edition: row.text(),
            begin: row.blob(),
            state: row.blob(),
            through: row.small(),
            digest: u64::from_ne_bytes(row.integer().to_ne_bytes()),
            session: row.integer(),
            clamped: row.integer(),
            diverged: row.integer(),
        });
    })?;
    Ok(standings)
}

/// What is stored beside what was sent and acknowledged.
fn compare(check: &mut Check, key: &Key, stored: &[(u32, Vec<u8>)]) {
    let Some(said) = check.known.said.get(key) else {
        let what = format!("{}: nobody has ever begun it", named(key));
        check.verdict.violated("I2", what);
        return;
    };
    let marks: BTreeMap<u32, (Mark, &[u8])> = stored
        .iter()
        .map(|(seq, bytes)| (*seq, (mark_bytes(bytes), bytes.as_slice())))
        .collect();
    let mut found = Vec::new();
    for (expected, (seq, _)) in (1..).zip(stored) {
        if *seq != expected {
            found.push((
                "I2",
                format!("line {expected} is missing before line {seq}"),
            ));
            break;
        }
    }
    for (seq, line) in &said.acknowledged {
        match marks.get(seq) {
            None => found.push((
                "I1",
                format!("line {seq} was acknowledged and is not stored"),
            )),
            Some((mark, _)) if mark != line => {
                found.push((
                    "I1",
                    format!("line {seq} is another than the one acknowledged"),
                ));
            }
            Some(_) => {}
        }
    }
    for (seq, (mark, bytes)) in &marks {
        let was_sent = said.sent.get(seq).is_some_and(|sent| sent.contains(mark));
        let acknowledged = said.acknowledged.get(seq) == Some(mark);
        if !was_sent && !acknowledged && !was_wished(bytes, &said.wished) {
            found.push(("I2", format!("line {seq} was never sent")));
        }
    }
    for (invariant, what) in found {
        check
            .verdict
            .violated(invariant, format!("{}: {what}", named(key)));
    }
}

/// Whether a line is the server's own, about a meeting that was asked for.
fn was_wished(bytes: &[u8], wished: &[i64]) -> bool {
    let entry: Result<Entry, _> = decode(bytes);
    entry
        .is_ok_and(|entry| booking(&entry).is_some_and(|booking| wished.contains(&booking.start.0)))
}

fn booking(entry: &Entry) -> Option<Booking> {
    match &entry.input {
        Input::SlotBooked(_, signed) => decode(&signed.bytes).ok(),
        _ => None,
    }
}

type Found = (&'static str, String);

/// Replays a log, and compares where it leads with what the row says.
fn run(
    standing: &Standing,
    stored: &[(u32, Vec<u8>)],
    editions: &HashMap<(String, String), std::sync::Arc<Compiled>>,
) -> Result<Log, Found> {
    let blank = |what: &str| ("I12", what.to_owned());
    let begin: Begin =
        decode(&standing.begin).map_err(|_| blank("its beginning cannot be read"))?;
    let named = (standing.key.0.clone(), standing.edition.clone());
    let compiled = editions
        .get(&named)
        .ok_or_else(|| blank("its edition is not there"))?;
    let edition =
        language(compiled, &begin.language).ok_or_else(|| blank("its language is not there"))?;
    let entries = stored.iter().map(|(_, bytes)| decode::<Entry>(bytes));
    let entries: Result<Vec<Entry>, _> = entries.collect();
    let entries = entries.map_err(|_| blank("a line cannot be read"))?;
    let id = EditionId::parse(&standing.edition).ok_or_else(|| blank("its edition has no name"))?;
    let (state, turns) = replay(edition, id, &begin, &entries)
        .map_err(|(seq, why)| blank(&format!("line {seq} does not fit: {why}")))?;
    let last = entries.last().map_or(0, |last| last.seq);
    if standing.through != last {
        return Err((
            "I1",
            format!(
                "stored through line {last}, and through {} by its row",
                standing.through
            ),
        ));
    }
    if !entries.is_empty() && standing.digest != state.digest() {
        return Err(blank(
            "the replay leads to another state than the row's digest",
        ));
    }
    if standing.state != encode(&state) {
        return Err(blank("the replay leads to another state than the row's"));
    }
    if entries
        .last()
        .is_some_and(|last| last.digest != state.digest())
    {
        return Err(blank(
            "the replay leads to another state than the browser was in",
        ));
    }
    if standing.diverged != 0 || standing.clamped != 0 {
        return Err(blank("it is marked as diverged or clamped"));
    }
    if state.is_opened() && state.awaiting(edition).is_none() && !state.has_ended() {
        return Err(blank("it has not ended, and no card waits"));
    }
    let engaged = turns
        .iter()
        .flatten()
        .filter(|output| matches!(output, Output::RecordEngaged));
    if i64::try_from(engaged.count()) != Ok(standing.session) {
        return Err(("I10", "its sessions are not those of its replay".into()));
    }
    let bookings = entries.iter().filter_map(booking).collect();
    let places = std::iter::once(0).chain(entries.iter().map(|entry| entry.seq));
    Ok(Log {
        key: standing.key.clone(),
        visitor: standing.visitor.clone(),
        turns: places.zip(turns).collect(),
        begin,
        bookings,
        edition: std::sync::Arc::clone(compiled),
    })
}
