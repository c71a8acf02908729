//! The outbox: what leaves the server, kept in the transaction that caused it.

use super::audit::{Action, Note};
use super::db::{Connection, Kept, Read, Row, bound, row};
use super::scope::Principal;
use super::{Result, Scope, Store, StoreError, workspaces};
use crate::outbox::Message;
use crate::secrets::{fresh_id, hash};
use engine::ids::{DAY, HOUR, Timestamp};

statements! {
    ENQUEUE = "INSERT INTO outbox
        (workspace, id, subject, kind, payload, state, attempts, due_at, created_at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', 0, ?6, ?6, ?7)";
    BUSY_WORKSPACES = "SELECT DISTINCT workspace FROM outbox AS mine WHERE state = 'waiting' AND due_at <= ?1
        AND NOT EXISTS (SELECT 1 FROM outbox_pauses AS pause WHERE pause.workspace = mine.workspace
            AND pause.kind IN ('', mine.kind))";
    LEASE = "UPDATE outbox SET due_at = ?3, attempts = attempts + 1
        WHERE workspace = ?1 AND state = 'waiting' AND due_at <= ?2 AND id IN (
            SELECT id FROM outbox AS mine WHERE mine.workspace = ?1 AND mine.state = 'waiting' AND mine.due_at <= ?2
            AND NOT EXISTS (SELECT 1 FROM outbox AS earlier WHERE earlier.workspace = mine.workspace
                AND earlier.subject = mine.subject AND earlier.position < mine.position AND earlier.state = 'waiting')
            AND NOT EXISTS (SELECT 1 FROM outbox_pauses AS pause WHERE pause.workspace = mine.workspace
                AND pause.kind IN ('', mine.kind))
            ORDER BY mine.position LIMIT ?4)
        RETURNING id, subject, kind, payload, state, attempts, due_at, created_at, settled_at, fault";
    SETTLE = "UPDATE outbox SET state = ?3, settled_at = ?4, fault = ?5
        WHERE workspace = ?1 AND id = ?2 AND state = 'waiting'";
    POSTPONE = "UPDATE outbox SET due_at = ?3, fault = ?4, attempts = attempts - ?5
        WHERE workspace = ?1 AND id = ?2 AND state = 'waiting'";
    LIST = "SELECT id, subject, kind, payload, state, attempts, due_at, created_at, settled_at, fault FROM outbox
        WHERE workspace = ?1 AND (?2 IS NULL OR state = ?2) ORDER BY position DESC LIMIT ?3";
    COUNT = "SELECT state, count(*) FROM outbox WHERE workspace = ?1 GROUP BY state ORDER BY state";
    REPLAY = "UPDATE outbox SET state = 'waiting', attempts = 0, due_at = ?2, settled_at = NULL
        WHERE workspace = ?1 AND state = 'dead' AND (?3 IS NULL OR id = ?3)";
    FORGET_SETTLED = "DELETE FROM outbox WHERE state IN ('sent', 'dropped') AND settled_at < ?1";
    FORGET_DEAD = "DELETE FROM outbox WHERE state = 'dead' AND settled_at < ?1";
    FORGET_LETTERS = "DELETE FROM letters WHERE at < ?1";
    LETTERS_SINCE = "SELECT count(*), min(at) FROM letters WHERE workspace = ?1 AND address = ?2 AND at > ?3 AND id <> ?4
        AND (?5 = 0 OR invitation = 1)";
    KEEP_LETTER = "INSERT INTO letters (workspace, id, address, at, invitation) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (workspace, id) DO NOTHING";
}

/// How long a message is left to whoever took it before somebody may take it again.
const LEASE_MS: i64 = 2 * engine::ids::MINUTE;
/// How long what has left is remembered.
const REMEMBERED_MS: i64 = 30 * DAY;
/// How long what could not be delivered waits for somebody to look, or to try it again.
const DEAD_KEPT_MS: i64 = 90 * DAY;
/// Most letters to an unproven address in an hour, where nothing has changed since the last.
pub const LETTERS_AN_HOUR: u32 = 1;
/// Most letters to an unproven address in a day.
pub const LETTERS_A_DAY: u32 = 5;

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Not yet delivered.
    Waiting,
    /// Delivered.
    Sent,
    /// Given up after many attempts, or refused for good: somebody should look.
    Dead,
    /// No longer worth sending.
    Dropped,
}

impl Fate {
    /// All of them.
    pub const ALL: [Fate; 4] = [Fate::Waiting, Fate::Sent, Fate::Dead, Fate::Dropped];

    /// The word in the database and on screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fate::Waiting => "waiting",
            Fate::Sent => "sent",
            Fate::Dead => "dead",
            Fate::Dropped => "dropped",
        }
    }

    /// Reads such a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.word() == word)
    }
}

/// A message as it lies in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// The same in every attempt.
    pub id: String,
    /// Messages of one subject leave in order.
    pub subject: String,
    /// What it is.
    pub kind: String,
    /// The message; nothing when this program does not know its kind.
    pub message: Option<Message>,
    /// Where it stands.
    pub fate: Fate,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub due: Timestamp,
    /// When it was written.
    pub created: Timestamp,
    /// When it left or was given up.
    pub settled: Option<Timestamp>,
    /// What went wrong last.
    pub fault: Option<String>,
}

/// Puts a message into the outbox; messages of one subject leave in this order. Gives back its stable id.
pub(crate) fn enqueue(
    db: &Connection,
    scope: &Scope,
    subject: &str,
    message: &Message,
    now: Timestamp,
) -> Result<String> {
    let (id, mut row) = row(scope, subject, message, now);
    let position = workspaces::next_position(db, scope)?;
    row.push(bound(&position).into());
    db.execute(ENQUEUE, row)?;
    Ok(id)
}

/// A message as a row that waits for its place, and its stable id.
pub(super) fn row(
    scope: &Scope,
    subject: &str,
    message: &Message,
    now: Timestamp,
) -> (String, Vec<Kept>) {
    let id = fresh_id(now);
    let payload = serde_json::to_string(message).unwrap_or_default();
    let row = row![
        scope.workspace(),
        id,
        subject,
        message.kind(),
        payload,
        now.0,
    ];
    (id, row)
}

/// What a letter to an unproven address is about, which decides what holds it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A meeting that was booked: waits for other invitations only. How many there are in a day is
    /// decided when they are booked.
    Invitation,
    /// A change to something a letter has told of already: only the daily limit holds.
    Change,
    /// Anything else: waits for whatever has left.
    Other,
}

/// Whether a letter to an unproven address may leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// It may, and is counted.
    Now,
    /// Not before this moment.
    From(Timestamp),
}

impl Store {
    /// The way in for delivery: every workspace that has something due.
    pub(crate) async fn with_due_messages(&self) -> Result<Vec<Scope>> {
        let now = self.now();
        self.read(move |db| {
            let rows = db.query_map(BUSY_WORKSPACES, [now.0], |row| row.get::<String>(0))?;
            rows.map(|id| Ok(Scope::new(&id?, Principal::Operator)))
                .collect()
        })
        .await
    }

    /// Takes up to `limit` due messages, of each subject the first; nobody else takes them for two minutes.
    pub(crate) async fn lease_messages(
        &self,
        scope: &Scope,
        limit: usize,
    ) -> Result<Vec<OutboxRow>> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            let until = now.plus(LEASE_MS).0;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let rows = db.query_map(LEASE, (scope.workspace(), now.0, until, limit), read)?;
            rows.map(|row| row?).collect()
        })
        .await
    }

    /// Says what became of a message for good.
    pub(crate) async fn settle_message(
        &self,
        scope: &Scope,
        id: String,
        fate: Fate,
        fault: Option<String>,
    ) -> Result<()> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| {
            db.execute(SETTLE, (scope.workspace(), &id, fate.word(), now.0, &fault))?;
            Ok(())
        })
        .await
    }

    /// Puts a message back until a moment; `counts` says whether this was an attempt.
    pub(crate) async fn postpone_message(
        &self,
        scope: &Scope,
        id: String,
        until: Timestamp,
        fault: Option<String>,
        counts: bool,
    ) -> Result<()> {
        let scope = scope.clone();
        self.write(move |db| {
            db.execute(
                POSTPONE,
                (scope.workspace(), &id, until.0, &fault, u32::from(!counts)),
            )?;
            Ok(())
        })
        .await
    }

    /// Asks leave for a letter to an address nobody has proven to own.
    pub(crate) async fn ask_leave(
        &self,
        scope: &Scope,
        id: String,
        email: String,
        sort: Sort,
    ) -> Result<Leave> {
        let (scope, now) = (scope.clone(), self.now());
        let address = hash(email.as_bytes());
        self.write(move |db| {
            workspaces::hold(db, &scope)?;
            let invitation = sort == Sort::Invitation;
            let full = |most: u32, ms: i64| -> Result<Option<Leave>> {
                let key = (scope.workspace(), address, now.plus(-ms).0, &id, invitation);
                let (count, earliest): (u32, Option<i64>) =
                    db.query_row(LETTERS_SINCE, key, |row| Ok((row.get(0)?, row.get(1)?)))?;
                let from = earliest.map_or(now, Timestamp).plus(ms);
                Ok((count >= most).then(|| Leave::From(from.max(now.plus(1)))))
            };
            let held = match sort {
                Sort::Invitation => full(LETTERS_AN_HOUR, HOUR)?,
                Sort::Change => full(LETTERS_A_DAY, DAY)?,
                Sort::Other => full(LETTERS_A_DAY, DAY)?.or(full(LETTERS_AN_HOUR, HOUR)?),
            };
            if let Some(held) = held {
                return Ok(held);
            }
            db.execute(
                KEEP_LETTER,
                (scope.workspace(), &id, address, now.0, invitation),
            )?;
            Ok(Leave::Now)
        })
        .await
    }

    /// Forgets what has long left. Gives back how many messages.
    pub(crate) async fn sweep_outbox(&self) -> Result<usize> {
        let now = self.now();
        self.write(move |db| {
            db.execute(FORGET_LETTERS, [now.plus(-2 * DAY).0])?;
            db.execute(FORGET_DEAD, [now.plus(-DEAD_KEPT_MS).0])?;
            Ok(db.execute(FORGET_SETTLED, [now.plus(-REMEMBERED_MS).0])?)
        })
        .await
    }

    /// The newest messages first, of one fate or of all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbox(
        &self,
        scope: &Scope,
        fate: Option<Fate>,
        limit: u32,
    ) -> Result<Vec<OutboxRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows =
                db.query_map(LIST, (scope.workspace(), fate.map(Fate::word), limit), read)?;
            rows.map(|row| row?).collect()
        })
        .await
    }

    /// How many messages there are of each fate.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outbox_counts(&self, scope: &Scope) -> Result<Vec<(Fate, u32)>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(COUNT, [scope.workspace()], |row| {
                Ok((row.get::<String>(0)?, row.get(1)?))
            })?;
            rows.map(|row| {
                let (fate, count) = row?;
                Ok((
                    Fate::parse(&fate).ok_or(StoreError::Damaged("outbox row"))?,
                    count,
                ))
            })
            .collect()
        })
        .await
    }

    /// Tries dead messages again under the same ids: one, or all. Gives back how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replay_messages(&self, scope: &Scope, id: Option<String>) -> Result<usize> {
        let now = self.now();
        self.change(scope, Action::ReplayOutbox, move |db, scope| {
            let replayed = db.execute(REPLAY, (scope.workspace(), now.0, &id))?;
            match (&id, replayed) {
                (_, 0) => db.nothing(),
                (Some(id), _) => db.note(Note::of(format!("message {id}"))),
                (None, _) => db.note(Note::of(format!("{replayed} messages"))),
            }
            Ok(replayed)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> Read<Result<OutboxRow>> {
    let fate: String = row.get(4)?;
    let payload: String = row.get(3)?;
    let Some(fate) = Fate::parse(&fate) else {
        return Ok(Err(StoreError::Damaged("outbox row")));
    };
    Ok(Ok(OutboxRow {
        id: row.get(0)?,
        subject: row.get(1)?,
        kind: row.get(2)?,
        message: serde_json::from_str(&payload).ok(),
        fate,
        attempts: row.get(5)?,
        due: Timestamp(row.get(6)?),
        created: Timestamp(row.get(7)?),
        settled: row.get::<Option<i64>>(8)?.map(Timestamp),
        fault: row.get(9)?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::db::sqlite::spoken;
    use crate::store::{DATABASE_FILE, Place};

    /// A webhook's messages are one subject: what has left of it would be passed by for each that waits.
    #[tokio::test]
    async fn what_is_next_is_found_without_a_look_at_what_has_left() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().into());
        drop(Store::open_if(&place, Clock::default(), |_| Ok(())).unwrap());
        let db = rusqlite::Connection::open(folder.path().join(DATABASE_FILE)).unwrap();
        let plan = format!("EXPLAIN QUERY PLAN {}", spoken(LEASE));
        let mut plan = db.prepare(&plan).unwrap();
        let steps = plan.query_map(("", 0, 0, 0), |row| row.get::<_, String>(3));
        let steps: Vec<String> = steps.unwrap().map(std::result::Result::unwrap).collect();
        let looks_back = steps.iter().find(|step| step.contains("earlier")).unwrap();
        assert!(looks_back.contains("INDEX outbox_waiting"), "{steps:?}");
    }

    #[tokio::test]
    async fn an_invitation_is_not_held_back_by_an_earlier_confirmation() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::default();
        let store = Store::for_test(folder.path(), clock.clone());
        let scope = store.create_workspace("acme".into(), "Acme".into());
        let scope = scope.await.unwrap();
        let ask = async |id: &str, sort| {
            let address = "guest@visitor.example".to_owned();
            let leave = store.ask_leave(&scope, id.into(), address, sort).await;
            leave.unwrap() == Leave::Now
        };
        for n in 0..LETTERS_A_DAY {
            assert!(ask(&format!("confirmation {n}"), Sort::Other).await);
            assert!(!ask(&format!("too soon {n}"), Sort::Other).await);
            clock.advance(HOUR + 1);
        }
        assert!(!ask("a sixth", Sort::Other).await);
        assert!(ask("an invitation", Sort::Invitation).await);
        assert!(ask("an invitation", Sort::Invitation).await, "tried again");
        assert!(!ask("another", Sort::Invitation).await);
        clock.advance(HOUR + 1);
        assert!(ask("another", Sort::Invitation).await);
    }

    #[tokio::test]
    async fn what_could_not_be_delivered_is_kept_for_ninety_days() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::default();
        let store = Store::for_test(folder.path(), clock.clone());
        let scope = store.create_workspace("acme".into(), "Acme".into());
        let scope = scope.await.unwrap();
        let within = scope.clone();
        let message = Message::Webhook {
            webhook: "w".into(),
            activity: "a".into(),
        };
        let id = store.write(move |db| enqueue(db, &within, "s", &message, Timestamp(0)));
        let id = id.await.unwrap();
        let dead = store.settle_message(&scope, id, Fate::Dead, Some("gone".into()));
        dead.await.unwrap();
        for (days, left) in [(89, 1), (2, 0)] {
            clock.advance(days * DAY);
            store.sweep_outbox().await.unwrap();
            let kept = store.outbox(&scope, Some(Fate::Dead), 10).await.unwrap();
            assert_eq!(kept.len(), left, "{days}");
        }
    }
}
