//! What was not believed: kept with its reason, counted nowhere.

use super::db::{Connection, Read, Row};
use super::{Page, Result, Scope, Store, workspaces};
use crate::secrets::hash;
use engine::ids::Timestamp;

statements! {
    KEEP = "INSERT INTO refused
        (workspace, fingerprint, reason, conversation, visitor, detail, body, times, first_at, last_at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?8, ?9)
        ON CONFLICT (workspace, fingerprint) DO UPDATE SET times = refused.times + 1, last_at = excluded.last_at";
    NEWEST = "SELECT reason, conversation, detail, times, first_at, last_at, position FROM refused
        WHERE workspace = ?1 AND (?2 IS NULL OR reason = ?2) ORDER BY last_at DESC, position DESC LIMIT ?3";
    LIST = "SELECT reason, conversation, detail, times, first_at, last_at, position FROM refused
        WHERE workspace = ?1 AND (?2 IS NULL OR reason = ?2) AND position > ?4 ORDER BY position LIMIT ?3";
    FAULT = "INSERT INTO faults (workspace, fault, times, last_at) VALUES (?1, ?2, 1, ?3)
        ON CONFLICT (workspace, fault) DO UPDATE SET times = faults.times + 1, last_at = excluded.last_at";
    FAULTS = "SELECT fault, times, last_at FROM faults WHERE workspace = ?1 ORDER BY last_at DESC LIMIT 100";
    FAULT_COUNT = "SELECT count(*) FROM faults WHERE workspace = ?1";
    DROP_OLDEST_FAULT = "DELETE FROM faults WHERE workspace = ?1 AND fault =
        (SELECT fault FROM faults WHERE workspace = ?1 ORDER BY last_at, fault LIMIT 1)";
}

/// Most kinds of faults kept per workspace, the newest: the text comes from browsers.
const FAULTS_KEPT: i64 = 1_000;
/// Longest detail of a refusal, in bytes: part of it comes from browsers.
const DETAIL_BYTES: usize = 300;

/// Why a batch was not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The edition has no such card, answer or link.
    UnknownCard,
    /// The card exists, but another one waits.
    SkippedCard,
    /// The input does not fit the card that waits.
    Impossible,
    /// The dialogue was never published in that edition, or another one was begun.
    OtherEdition,
    /// There is no such edition.
    UnknownEdition,
    /// The facts do not carry our signature.
    EditedFacts,
    /// The facts were signed for another workspace.
    OtherWorkspace,
    /// The facts were signed for another visitor.
    OtherVisitor,
    /// The booking does not carry our signature.
    ForgedBooking,
    /// The same lines came again.
    Repeated,
    /// The lines are not in order.
    Reordered,
    /// Lines are missing before these.
    BrokenSequence,
    /// A line claims to be from later than now.
    Future,
    /// The key is not the conversation's.
    WrongKey,
    /// The conversation was begun differently.
    OtherBeginning,
    /// The last line is too long ago.
    Lapsed,
    /// More lines than a conversation may have.
    TooLong,
    /// The dialogue does not come again so soon, or never.
    OutOfTurn,
    /// What is said to have started it is longer than any name of ours.
    LongSource,
}

impl Reason {
    /// All of them, in order.
    pub const ALL: [Reason; 19] = [
        Reason::UnknownCard,
        Reason::SkippedCard,
        Reason::Impossible,
        Reason::OtherEdition,
        Reason::UnknownEdition,
        Reason::EditedFacts,
        Reason::OtherWorkspace,
        Reason::OtherVisitor,
        Reason::ForgedBooking,
        Reason::Repeated,
        Reason::Reordered,
        Reason::BrokenSequence,
        Reason::Future,
        Reason::WrongKey,
        Reason::OtherBeginning,
        Reason::Lapsed,
        Reason::TooLong,
        Reason::OutOfTurn,
        Reason::LongSource,
    ];

    /// In words, as operators see it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Reason::UnknownCard => "unknown card",
            Reason::SkippedCard => "skipped card",
            Reason::Impossible => "impossible input",
            Reason::OtherEdition => "other edition",
            Reason::UnknownEdition => "unknown edition",
            Reason::EditedFacts => "edited facts",
            Reason::OtherWorkspace => "another workspace's snapshot",
            Reason::OtherVisitor => "another visitor's snapshot",
            Reason::ForgedBooking => "forged booking",
            Reason::Repeated => "repeated batch",
            Reason::Reordered => "reordered batch",
            Reason::BrokenSequence => "broken sequence",
            Reason::Future => "time in the future",
            Reason::WrongKey => "unknown conversation key",
            Reason::OtherBeginning => "another beginning",
            Reason::Lapsed => "lapsed conversation",
            Reason::TooLong => "too many inputs",
            Reason::OutOfTurn => "run out of turn",
            Reason::LongSource => "source too long",
        }
    }

    /// Reads such words.
    #[must_use]
    pub fn parse(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.words() == words)
    }

    /// A sentence that lists them all.
    #[must_use]
    pub fn known() -> String {
        format!("one of: {}", Self::ALL.map(Self::words).join(", "))
    }
}

/// One refusal as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// Why, in words.
    pub reason: String,
    /// The conversation it claimed to be of.
    pub conversation: String,
    /// More about it.
    pub detail: String,
    /// How often the same came.
    pub times: i64,
    /// First, in milliseconds.
    pub first_at: i64,
    /// Last, in milliseconds.
    pub last_at: i64,
    /// Its place in the order of commits: when it came first.
    pub position: i64,
}

impl Store {
    /// The newest refusals first, of one reason or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refused(
        &self,
        scope: &Scope,
        reason: Option<Reason>,
        limit: u32,
    ) -> Result<Vec<RefusedRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let reason = reason.map(Reason::words);
            let rows = db.query_map(NEWEST, (scope.workspace(), reason, limit), read)?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Refusals in the order in which each came first, of one reason or all.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refused_after(
        &self,
        scope: &Scope,
        reason: Option<Reason>,
        after: i64,
        limit: u32,
    ) -> Result<Page<RefusedRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let reason = reason.map(Reason::words);
            let asked = (scope.workspace(), reason, limit.saturating_add(1), after);
            let rows = db.query_map(LIST, asked, read)?;
            let rows = rows.collect::<std::result::Result<_, _>>()?;
            Ok(Page::of(rows, after, limit, |row: &RefusedRow| {
                row.position
            }))
        })
        .await
    }

    /// Faults that visitors' browsers reported: text, how often, last in milliseconds.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn faults(&self, scope: &Scope) -> Result<Vec<(String, i64, i64)>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(FAULTS, [scope.workspace()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }
}

fn read(row: &Row<'_>) -> Read<RefusedRow> {
    Ok(RefusedRow {
        reason: row.get(0)?,
        conversation: row.get(1)?,
        detail: row.get(2)?,
        times: row.get(3)?,
        first_at: row.get(4)?,
        last_at: row.get(5)?,
        position: row.get(6)?,
    })
}

/// Where a refusal belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct About<'a> {
    pub conversation: &'a str,
    pub visitor: Option<&'a str>,
    pub body: &'a [u8],
}

pub(super) fn keep(
    db: &Connection,
    scope: &Scope,
    reason: Reason,
    detail: &str,
    about: About<'_>,
    now: Timestamp,
) -> Result<()> {
    let mut content = Vec::with_capacity(about.body.len() + 64);
    content.extend_from_slice(about.conversation.as_bytes());
    content.extend_from_slice(reason.words().as_bytes());
    content.extend_from_slice(about.body);
    db.execute(
        KEEP,
        (
            scope.workspace(),
            &hash(&content)[..16],
            reason.words(),
            about.conversation,
            about.visitor,
            &detail[..detail.floor_char_boundary(DETAIL_BYTES)],
            about.body,
            now.0,
            workspaces::next_position(db, scope)?,
        ),
    )?;
    Ok(())
}

pub(super) fn keep_fault(
    db: &Connection,
    scope: &Scope,
    fault: &str,
    now: Timestamp,
) -> Result<()> {
    db.execute(FAULT, (scope.workspace(), fault, now.0))?;
    let kept: i64 = db.query_row(FAULT_COUNT, [scope.workspace()], |row| row.get(0))?;
    if kept > FAULTS_KEPT {
        db.execute(DROP_OLDEST_FAULT, [scope.workspace()])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    async fn store(folder: &std::path::Path) -> (Store, Scope) {
        let store = Store::for_test(folder, Clock::default());
        let scope = store.create_workspace("acme".into(), "Acme".into());
        let scope = scope.await.unwrap();
        (store, scope)
    }

    #[tokio::test]
    async fn a_detail_is_cut_where_a_character_ends() {
        let folder = tempfile::tempdir().unwrap();
        let (store, scope) = store(folder.path()).await;
        let within = scope.clone();
        let kept = store.write(move |db| {
            let about = About {
                conversation: "c",
                visitor: None,
                body: b"",
            };
            let detail = format!("x{}", "ä".repeat(40_000));
            keep(
                db,
                &within,
                Reason::UnknownEdition,
                &detail,
                about,
                Timestamp(1),
            )
        });
        kept.await.unwrap();
        let kept = store.refused(&scope, None, 10).await.unwrap();
        assert_eq!(kept[0].detail.len(), DETAIL_BYTES - 1);
    }

    #[tokio::test]
    async fn of_more_faults_than_are_kept_the_newest_stay() {
        let folder = tempfile::tempdir().unwrap();
        let (store, scope) = store(folder.path()).await;
        let within = scope.clone();
        let kept = store.write(move |db| {
            for n in 0..FAULTS_KEPT + 5 {
                keep_fault(db, &within, &format!("fault {n}"), Timestamp(n))?;
            }
            Ok(())
        });
        kept.await.unwrap();
        let faults = store.faults(&scope).await.unwrap();
        assert_eq!(faults[0].0, format!("fault {}", FAULTS_KEPT + 4));
        let within = scope.clone();
        let oldest = store.read(move |db| {
            let sql = "SELECT count(*), min(last_at) FROM faults WHERE workspace = ?1";
            Ok(db.query_row(sql, [within.workspace()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?)
        });
        let (count, oldest): (i64, i64) = oldest.await.unwrap();
        assert_eq!((count, oldest), (FAULTS_KEPT, 5));
    }
}
