//! The checker finds nothing in a database whose server was killed under load, and whatever is broken in it afterwards.

use fastrand::Rng;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;
use usher_trials::history::{Event, History, read};
use usher_trials::trial::{Fault, Programs, Scale, Trial};

const CHECKER: &str = env!("CARGO_BIN_EXE_checker");
const SEED: u64 = 20;
/// Enough for every kind of row.
const SCALE: Scale = Scale {
    visitors: 12,
    lines: 400,
    bookings: 20,
};

/// The binary `usher` of the same build.
fn programs() -> Programs {
    let beside = Path::new(CHECKER).with_file_name("usher");
    let usher = std::env::var_os("USHER").map_or(beside, PathBuf::from);
    assert!(
        usher.is_file(),
        "there is no {}: cargo build --package usher-server",
        usher.display()
    );
    Programs {
        usher,
        checker: CHECKER.into(),
    }
}

async fn run(fault: Fault, folder: &Path, cycles: u32) {
    let trial = Trial::prepare(fault, folder, &programs()).await;
    let mut trial = trial.expect("the trial can be set up");
    for number in 1..=cycles {
        let cycle = trial.cycle(SEED, number, SCALE).await;
        let cycle = cycle.expect("the cycle can be carried out");
        assert!(
            cycle.violations.is_empty(),
            "seed {SEED}, cycle {number}: {:#?}",
            cycle.violations
        );
        assert!(cycle.lines >= SCALE.lines && cycle.bookings >= SCALE.bookings);
        assert!(cycle.harm > 0);
    }
    let found = trial.finish(std::time::Duration::from_secs(2)).await;
    assert_eq!(found.expect("checked"), Vec::<String>::new());
}

/// What a server left that was killed twice, and has stopped.
fn healthy() -> &'static Path {
    static HEALTHY: OnceLock<TempDir> = OnceLock::new();
    let folder = HEALTHY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(run(Fault::Kill, folder.path(), 2));
        folder
    });
    folder.path()
}

/// A copy of it, to be broken.
struct Copy {
    folder: TempDir,
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        for file in ["usher.db", "usher.db-wal"] {
            let from = healthy().join("data").join(file);
            if from.exists() {
                std::fs::copy(from, data.join(file)).expect("copied");
            }
        }
        std::fs::copy(healthy().join("history"), folder.path().join("history")).expect("copied");
        Self { folder }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn history(&self) -> PathBuf {
        self.folder.path().join("history")
    }

    fn break_rows(&self, sql: &str) {
        let db = Connection::open(self.data().join("usher.db")).expect("the database");
        db.execute_batch("PRAGMA foreign_keys = 0")
            .expect("a setting");
        let changed = db
            .execute(sql, [])
            .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
        assert!(changed > 0, "{sql} changes nothing");
    }

    /// Rewrites the history.
    fn rewrite(&self, change: impl FnOnce(&mut Vec<Event>)) {
        let mut events = Vec::new();
        read(&self.history(), |event| events.push(event)).expect("a history");
        change(&mut events);
        std::fs::remove_file(self.history()).expect("removed");
        let history = History::open(&self.history()).expect("a history");
        for event in &events {
            history.note(event);
        }
    }

    /// What the checker says, and how it ends.
    fn checked(&self) -> (Option<i32>, String) {
        let mut checker = Command::new(CHECKER);
        checker
            .arg(self.data())
            .arg(self.history())
            .arg("--thorough");
        let output = checker.output().expect("the checker runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (output.status.code(), said)
    }

    /// One of these invariants, `I2` or `I2|I12`, is said to be violated.
    fn assert_found(&self, invariants: &str, how: &str) {
        let (code, said) = self.checked();
        assert_eq!(code, Some(1), "{how}: {said}");
        let is_named = |invariant| said.contains(&format!("violated: {invariant}: "));
        assert!(invariants.split('|').any(is_named), "{how}: {said}");
    }
}

/// A conversation with lines of its own, and one with a meeting that stands.
const TALKED: &str = "(SELECT id FROM conversations WHERE through > 3 ORDER BY id LIMIT 1)";
const STANDING: &str =
    "(SELECT id FROM meetings WHERE state = 'scheduled' AND pool IS NOT NULL ORDER BY id LIMIT 1)";

fn assert_each_is_found(breaks: &[(&str, &str, String)]) {
    for (invariant, how, sql) in breaks {
        let copy = Copy::new();
        copy.break_rows(sql);
        copy.assert_found(invariant, how);
    }
}

#[test]
fn a_healthy_database_is_found_healthy_and_what_was_not_checked_is_said() {
    let (code, said) = Copy::new().checked();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("not checked: I6") && said.contains("not checked: I8"),
        "{said}"
    );
}

#[test]
fn lines_that_are_lost_changed_or_made_up_are_found() {
    assert_each_is_found(&[
        (
            "I1",
            "the last line is lost",
            format!("DELETE FROM entries WHERE conversation = {TALKED}
                AND seq = (SELECT through FROM conversations WHERE id = {TALKED})"),
        ),
        (
            "I1",
            "a line holds another's content",
            format!("UPDATE entries SET entry = (SELECT other.entry FROM entries AS other
                WHERE other.conversation = entries.conversation AND other.seq = 1)
                WHERE conversation = {TALKED} AND seq = 2"),
        ),
        (
            "I1",
            "a whole conversation is lost",
            format!("DELETE FROM conversations WHERE id = {TALKED}"),
        ),
        (
            // Whether it still fits where the conversation stands depends on the line.
            "I2|I12",
            "the last line is there twice",
            format!("INSERT INTO entries (workspace, conversation, seq, at, entry, sent_hash, digest, received_at)
                SELECT workspace, conversation, seq + 1, at, entry, sent_hash, digest, received_at FROM entries
                WHERE conversation = {TALKED} ORDER BY seq DESC LIMIT 1"),
        ),
        (
            "I2",
            "a line in the middle is lost",
            format!("DELETE FROM entries WHERE conversation = {TALKED} AND seq = 2"),
        ),
        (
            "I2",
            "lines are in a conversation that nobody has begun",
            format!("UPDATE entries SET conversation = 'ffffffffffffffffffffffffffffffff' WHERE conversation = {TALKED}"),
        ),
    ]);
}

#[test]
fn goals_and_counts_that_differ_from_the_logs_are_found() {
    assert_each_is_found(&[
        (
            "I3",
            "a goal counts twice",
            "INSERT INTO goals SELECT workspace, position + 10000000, id || 'x', once || 'x', name, score, at, proven, visitor,
                person, conversation, dialogue, edition, card, seq, page_url, attributes, content_hash, test
                FROM goals LIMIT 1"
                .into(),
        ),
        (
            "I3",
            "a goal is lost",
            "DELETE FROM goals WHERE position = (SELECT max(position) FROM goals)".into(),
        ),
        (
            "I3",
            "a goal has another name",
            "UPDATE goals SET name = 'Made up' WHERE position = (SELECT max(position) FROM goals)".into(),
        ),
        (
            "I10",
            "an activity is lost",
            "DELETE FROM activities WHERE kind = 'Engaged with a Dialogue' AND position IN
                (SELECT max(position) FROM activities WHERE kind = 'Engaged with a Dialogue')"
                .into(),
        ),
        (
            "I10",
            "a run was not counted",
            format!("DELETE FROM counters WHERE kind = 'engaged' AND conversation = {TALKED}"),
        ),
        (
            "I10",
            "a run was counted twice",
            format!("UPDATE counters SET run = 2 WHERE kind = 'triggered' AND conversation = {TALKED}"),
        ),
        (
            "I10",
            "an arm was not counted",
            "DELETE FROM exposures WHERE visitor = (SELECT min(visitor) FROM exposures)".into(),
        ),
        (
            "I10",
            "a person was won by nobody",
            "UPDATE people SET acquired_as = 'x@elsewhere.example' WHERE id =
                (SELECT min(id) FROM people WHERE acquired_conversation IS NOT NULL)"
                .into(),
        ),
    ]);
}

#[test]
fn meetings_that_overlap_or_went_out_of_turn_are_found() {
    assert_each_is_found(&[
        (
            "I4",
            "two meetings overlap",
            "UPDATE meetings SET (start_at, end_at) = (SELECT other.start_at + 300000, other.end_at + 300000 FROM meetings AS other
                WHERE other.agent = meetings.agent AND other.id <> meetings.id AND other.state = 'scheduled' LIMIT 1)
                WHERE id = (SELECT min(id) FROM meetings WHERE state = 'scheduled' AND agent IN
                    (SELECT agent FROM meetings WHERE state = 'scheduled' GROUP BY agent HAVING count(*) > 1))"
                .into(),
        ),
        (
            "I4",
            "time of a meeting is free",
            format!("DELETE FROM claims WHERE meeting = {STANDING}"),
        ),
        (
            "I4",
            "a meeting is lost",
            format!("DELETE FROM meetings WHERE id = {STANDING}"),
        ),
        (
            "I4",
            "a meeting was cancelled by nobody",
            format!("UPDATE meetings SET state = 'cancelled' WHERE id = {STANDING}"),
        ),
        (
            "I5",
            "a meeting went to another of the ring",
            format!("UPDATE meetings SET agent = (SELECT seats.agent FROM seats WHERE seats.pool = meetings.pool
                AND seats.agent <> meetings.agent LIMIT 1) WHERE id = {STANDING}"),
        ),
        (
            "I5",
            "the pointer rests elsewhere",
            "UPDATE pools SET pointer = (pointer + 1) % 5 WHERE pointer IS NOT NULL".into(),
        ),
    ]);
}

#[test]
fn rows_that_cross_a_border_are_found() {
    let other = "(SELECT id FROM workspaces WHERE workspaces.id <> workspace LIMIT 1)";
    assert_each_is_found(&[
        (
            "I9",
            "a visitor's person is of another workspace",
            format!("UPDATE visitors SET person = (SELECT people.id FROM people WHERE people.workspace <> visitors.workspace
                LIMIT 1) WHERE id = (SELECT visitor FROM conversations WHERE id = {TALKED})"),
        ),
        (
            "I9",
            "an activity lies in another workspace",
            format!("UPDATE activities SET workspace = {other} WHERE position =
                (SELECT max(position) FROM activities)"),
        ),
        (
            "I9",
            "a value was written down in another workspace",
            "UPDATE attribute_values SET value = 'v0123456789abcdef@bolt.example' WHERE workspace =
                (SELECT id FROM workspaces WHERE name = 'acme')"
                .into(),
        ),
    ]);
}

#[test]
fn states_that_a_replay_does_not_lead_to_and_broken_files_are_found() {
    assert_each_is_found(&[
        (
            "I12",
            "the digest is another",
            format!("UPDATE conversations SET digest = digest - 1 WHERE id = {TALKED}"),
        ),
        (
            "I12",
            "the state is another's",
            format!(
                "UPDATE conversations SET state = (SELECT other.state FROM conversations AS other
                WHERE other.id <> conversations.id LIMIT 1) WHERE id = {TALKED}"
            ),
        ),
        ("I12", "the edition is gone", "DELETE FROM editions".into()),
    ]);
    let copy = Copy::new();
    let path = copy.data().join("usher.db");
    // Everything into the one file.
    let db = Connection::open(&path).expect("the database");
    let brought = db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    brought.expect("brought there");
    drop(db);
    let mut bytes = std::fs::read(&path).expect("the file");
    let mut dice = Rng::with_seed(SEED);
    let (first, last) = (bytes.len() / 2, bytes.len());
    for byte in &mut bytes[first..last] {
        *byte = dice.u8(..);
    }
    std::fs::write(&path, bytes).expect("written");
    let (code, said) = copy.checked();
    assert!(
        matches!(code, Some(1 | 2)),
        "a file that is half noise: {said}"
    );
}

#[test]
fn webhooks_that_were_lost_or_came_out_of_order_are_found() {
    assert_each_is_found(&[
        (
            "I7",
            "a message is lost",
            "DELETE FROM outbox WHERE id = (SELECT max(id) FROM outbox WHERE kind = 'webhook')".into(),
        ),
        (
            "I7",
            "a message is said to be sent and was not",
            "UPDATE outbox SET state = 'sent' WHERE id =
                (SELECT max(id) FROM outbox WHERE kind = 'webhook' AND state = 'waiting')"
                .into(),
        ),
        (
            "I7",
            "a message was given up without a reason",
            "UPDATE outbox SET state = 'dead', fault = NULL WHERE id = (SELECT max(id) FROM outbox)".into(),
        ),
    ]);
    let copy = Copy::new();
    let is_one = |event: &Event| matches!(event, Event::Received { .. });
    copy.rewrite(|events| {
        let mut received: Vec<Event> = events
            .iter()
            .filter(|event| is_one(event))
            .cloned()
            .collect();
        assert!(received.len() > 2, "webhooks have arrived");
        received.reverse();
        events.retain(|event| !is_one(event));
        events.extend(received);
    });
    copy.assert_found("I7", "webhooks came in the wrong order");
}

#[test]
fn whoever_is_said_to_be_forgotten_and_is_still_there_is_found() {
    let copy = Copy::new();
    let db = Connection::open(copy.data().join("usher.db")).expect("the database");
    let sql = "SELECT workspaces.name, people.email FROM people JOIN workspaces ON workspaces.id = people.workspace
        WHERE people.email IS NOT NULL LIMIT 1";
    let (workspace, address): (String, String) = db
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("somebody with an address");
    copy.rewrite(|events| {
        events.push(Event::Forgetting {
            workspace: workspace.clone(),
            address: address.clone(),
        });
        events.push(Event::Forgotten { workspace, address });
    });
    copy.assert_found("I11", "somebody who was forgotten is there");
}

#[test]
fn what_only_the_load_could_see_is_told() {
    let copy = Copy::new();
    copy.rewrite(|events| {
        events.push(Event::Strange {
            invariant: "I12".into(),
            what: "an empty panel".into(),
        });
    });
    copy.assert_found("I12", "a browser saw it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_drops_and_resets_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    run(Fault::Network, folder.path(), 1).await;
}
