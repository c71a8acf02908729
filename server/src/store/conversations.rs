//! Conversations: raw inputs, and the state they replay to.

use super::db::{Connection, Optional, Read, Row, params, row};
use super::filter::Filter;
use super::ledger::{Ledger, Sheet};
use super::{Page, Result, Scope, Store, StoreError};
use engine::compiled::{decode, encode};
use engine::conversation::{Conversation, Status};
use engine::ids::{EditionId, Timestamp};
use engine::wire::{Begin, Entry};

statements! {
    HEAD = "SELECT edition, language FROM conversations WHERE workspace = ?1 AND id = ?2";
    STANDING = "SELECT id, key_hash, visitor, person, begin, state, through, session, diverged, clamped, test
        FROM conversations WHERE workspace = ?1 AND id = ?2";
    HELD = "SELECT id, key_hash, visitor, person, begin, state, through, session, diverged, clamped, test
        FROM conversations WHERE workspace = ?1 AND id = ?2 FOR UPDATE";
    INSERT = "INSERT INTO conversations (workspace, id, key_hash, visitor, person, dialogue, edition, language,
        run, begin, state, through, digest, status, page_url, began_at, last_at, session, diverged, clamped,
        signals, test, received_at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, ?12, ?13, ?14, ?15, ?15, 0, 0, ?16, ?17, ?18, ?19, ?20)";
    ADVANCE = "UPDATE conversations SET state = ?3, through = ?4, digest = ?5, status = ?6, last_at = ?7,
        session = ?8, diverged = ?9, clamped = ?10, person = ?11 WHERE workspace = ?1 AND id = ?2";
    INSERT_ENTRY = "INSERT INTO entries (workspace, conversation, seq, at, entry, sent_hash, digest, received_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    SENT_HASH = "SELECT sent_hash FROM entries WHERE workspace = ?1 AND conversation = ?2 AND seq = ?3";
    LOG = "SELECT entry FROM entries WHERE workspace = ?1 AND conversation = ?2 ORDER BY seq";
    LIST = "SELECT position, id, visitor, person, dialogue, edition, language, run, status, page_url, began_at,
        last_at, through, diverged, clamped, signals FROM conversations
        WHERE workspace = ?1 AND position > ?2 AND (?3 IS NULL OR dialogue = ?3)
        AND (?4 IS NULL OR id IN (SELECT conversation FROM goals WHERE workspace = ?1 AND name = ?4))
        AND (?5 IS NULL OR person = ?5) AND (?6 IS NULL OR lower(page_url) LIKE lower(?6) ESCAPE '!')
        AND began_at >= ?7 AND began_at < ?8 AND test = 0 ORDER BY position LIMIT ?9";
    ONE = "SELECT position, id, visitor, person, dialogue, edition, language, run, status, page_url, began_at,
        last_at, through, diverged, clamped, signals FROM conversations WHERE workspace = ?1 AND id = ?2";
    ALL_BY_POSITION = "SELECT id, begin, edition, language, visitor, run, dialogue FROM conversations
        WHERE workspace = ?1 AND test = 0 ORDER BY position";
}

/// A conversation as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationRow {
    /// Its place in the order of commits.
    pub position: i64,
    /// Its id.
    pub id: String,
    /// The browser.
    pub visitor: String,
    /// The person.
    pub person: Option<String>,
    /// The dialogue's number.
    pub dialogue: u32,
    /// The edition it runs.
    pub edition: String,
    /// The language of its texts.
    pub language: String,
    /// The visitor's n-th admission.
    pub run: u32,
    /// `triggered`, `engaged` or `completed`.
    pub status: String,
    /// The page it began on.
    pub page_url: String,
    /// In milliseconds.
    pub began_at: i64,
    /// The last input, in milliseconds.
    pub last_at: i64,
    /// How many inputs.
    pub inputs: u32,
    /// The browser's state differed from the replay's.
    pub diverged: bool,
    /// A time was moved into its bounds.
    pub clamped: bool,
    /// What speaks for a robot, in words; empty when nothing does.
    pub signals: String,
}

/// A conversation with all that was said.
#[derive(Clone, Debug)]
pub struct Log {
    /// The conversation.
    pub row: ConversationRow,
    /// How it began.
    pub begin: Begin,
    /// Every input, in order.
    pub entries: Vec<Entry>,
}

/// Where a conversation stands, while a batch is applied to it.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub id: String,
    pub key_hash: Vec<u8>,
    pub visitor: String,
    pub person: Option<String>,
    pub begin: Begin,
    pub state: Conversation,
    pub through: u32,
    pub session: u32,
    pub diverged: bool,
    pub clamped: bool,
    pub test: bool,
}

/// The word for how far a conversation has come.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Triggered => "triggered",
        Status::Engaged => "engaged",
        Status::Completed => "completed",
    }
}

impl Store {
    /// The edition and language a conversation runs, if it exists.
    pub(crate) async fn conversation_head(
        &self,
        scope: &Scope,
        id: String,
    ) -> Result<Option<(EditionId, String)>> {
        let scope = scope.clone();
        self.read(move |db| {
            let row: Option<(String, String)> = db
                .query_row(HEAD, (scope.workspace(), id), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            row.map(|(edition, language)| {
                Ok((
                    EditionId::parse(&edition).ok_or(StoreError::Damaged("conversation"))?,
                    language,
                ))
            })
            .transpose()
        })
        .await
    }

    /// Conversations in the order they were begun, as committed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn conversations(
        &self,
        scope: &Scope,
        filter: Filter,
    ) -> Result<Page<ConversationRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(
                LIST,
                params![
                    scope.workspace(),
                    filter.after,
                    filter.dialogue,
                    filter.goal,
                    filter.person,
                    filter.page_pattern(),
                    filter.from,
                    filter.until,
                    filter.rows(),
                ],
                read,
            )?;
            let items = rows.collect::<std::result::Result<Vec<_>, _>>()?;
            Ok(filter.page(items, |conversation| conversation.position))
        })
        .await
    }

    /// One conversation with its whole log.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn log(&self, scope: &Scope, id: String) -> Result<Log> {
        let scope = scope.clone();
        self.read(move |db| {
            let row = db
                .query_row(ONE, (scope.workspace(), &id), read)
                .optional()?
                .ok_or_else(|| StoreError::Missing(format!("conversation {id}")))?;
            let (begin, entries) = log(db, &scope, &id)?;
            Ok(Log {
                row,
                begin,
                entries,
            })
        })
        .await
    }

    /// The logs of all conversations that reports count, in the order they were begun.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raw_logs(&self, scope: &Scope) -> Result<Vec<RawLog>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(ALL_BY_POSITION, [scope.workspace()], |row| {
                Ok((
                    row.get::<String>(0)?,
                    row.get::<String>(2)?,
                    row.get::<String>(3)?,
                    row.get::<String>(4)?,
                ))
            })?;
            rows.map(|row| {
                let (id, edition, language, visitor) = row?;
                let (begin, entries) = log(db, &scope, &id)?;
                let edition =
                    EditionId::parse(&edition).ok_or(StoreError::Damaged("conversation"))?;
                Ok(RawLog {
                    conversation: id,
                    visitor,
                    edition,
                    language,
                    begin,
                    entries,
                })
            })
            .collect()
        })
        .await
    }
}

/// Everything a recount needs of one conversation.
#[derive(Clone, Debug)]
pub struct RawLog {
    /// The conversation.
    pub conversation: String,
    /// The browser.
    pub visitor: String,
    /// The edition it runs.
    pub edition: EditionId,
    /// The language it was begun in.
    pub language: String,
    /// How it began.
    pub begin: Begin,
    /// Every input, in order.
    pub entries: Vec<Entry>,
}

/// Where a conversation stands.
pub(super) fn standing(db: &Connection, scope: &Scope, id: &str) -> Result<Option<Standing>> {
    let found = db.query_row(STANDING, (scope.workspace(), id), read_standing);
    found.optional()?.transpose()
}

/// The same, held until the transaction ends: nobody else takes it further meanwhile.
pub(super) fn held(db: &Connection, scope: &Scope, id: &str) -> Result<Option<Standing>> {
    let found = db.query_row(HELD, (scope.workspace(), id), read_standing);
    found.optional()?.transpose()
}

/// Many at once, by workspace and id, held in the order of the keys.
pub(super) fn held_each(db: &Connection, keys: &[(&str, &str)]) -> Result<Vec<Option<Standing>>> {
    let found = db.query_each(HELD, keys, read_standing)?;
    found.into_iter().map(Option::transpose).collect()
}

fn read_standing(row: &Row<'_>) -> Read<Result<Standing>> {
    let (begin, state): (Vec<u8>, Vec<u8>) = (row.get(4)?, row.get(5)?);
    let (Ok(begin), Ok(state)) = (decode(&begin), decode(&state)) else {
        return Ok(Err(StoreError::Damaged("conversation")));
    };
    Ok(Ok(Standing {
        id: row.get(0)?,
        key_hash: row.get(1)?,
        visitor: row.get(2)?,
        person: row.get(3)?,
        begin,
        state,
        through: row.get(6)?,
        session: row.get(7)?,
        diverged: row.get(8)?,
        clamped: row.get(9)?,
        test: row.get(10)?,
    }))
}

/// Keeps a conversation that has just begun.
pub(super) fn begin(
    ledger: &Ledger,
    scope: &Scope,
    standing: &Standing,
    signals: &str,
    received: Timestamp,
) {
    let row = row![
        scope.workspace(),
        standing.id,
        standing.key_hash,
        standing.visitor,
        standing.person,
        standing.begin.dialogue.0,
        standing.begin.edition.to_string(),
        standing.begin.language,
        standing.begin.run,
        encode(&standing.begin),
        encode(&standing.state),
        digest_column(standing.state.digest()),
        status_word(standing.state.status()),
        standing.begin.page.url,
        standing.begin.at.0,
        standing.clamped,
        signals,
        standing.test,
        received.0,
    ];
    ledger.place(scope, Sheet::Conversations, INSERT, row);
}

/// Keeps where a conversation stands now.
pub(super) fn advance(ledger: &Ledger, scope: &Scope, standing: &Standing) {
    let row = (
        scope.workspace(),
        &standing.id,
        encode(&standing.state),
        standing.through,
        digest_column(standing.state.digest()),
        status_word(standing.state.status()),
        standing.state.last().0,
        standing.session,
        standing.diverged,
        standing.clamped,
        &standing.person,
    );
    ledger.put(Sheet::Advances, ADVANCE, row);
}

/// Keeps one line of the log.
pub(super) fn append(
    ledger: &Ledger,
    scope: &Scope,
    conversation: &str,
    entry: &Entry,
    sent_hash: &[u8],
    received: Timestamp,
) {
    let row = (
        scope.workspace(),
        conversation,
        entry.seq,
        entry.at.0,
        encode(entry),
        sent_hash,
        digest_column(entry.digest),
        received.0,
    );
    ledger.put(Sheet::Lines, INSERT_ENTRY, row);
}

/// The hash of what was first sent for a place in the log.
pub(super) fn sent_hash(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    seq: u32,
) -> Result<Option<Vec<u8>>> {
    Ok(db
        .query_row(SENT_HASH, (scope.workspace(), conversation, seq), |row| {
            row.get(0)
        })
        .optional()?)
}

/// How a conversation began, and all its lines.
pub(super) fn log(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
) -> Result<(Begin, Vec<Entry>)> {
    let standing = standing(db, scope, conversation)?
        .ok_or_else(|| StoreError::Missing(format!("conversation {conversation}")))?;
    let rows = db.query_map(LOG, (scope.workspace(), conversation), |row| {
        row.get::<Vec<u8>>(0)
    })?;
    let entries = rows
        .map(|bytes| decode(&bytes?).map_err(|_| StoreError::Damaged("input")))
        .collect::<Result<_>>()?;
    Ok((standing.begin, entries))
}

/// A digest as the database keeps it: the same 64 bits, read as signed.
fn digest_column(digest: u64) -> i64 {
    i64::from_ne_bytes(digest.to_ne_bytes())
}

fn read(row: &Row<'_>) -> Read<ConversationRow> {
    Ok(ConversationRow {
        position: row.get(0)?,
        id: row.get(1)?,
        visitor: row.get(2)?,
        person: row.get(3)?,
        dialogue: row.get(4)?,
        edition: row.get(5)?,
        language: row.get(6)?,
        run: row.get(7)?,
        status: row.get(8)?,
        page_url: row.get(9)?,
        began_at: row.get(10)?,
        last_at: row.get(11)?,
        inputs: row.get(12)?,
        diverged: row.get(13)?,
        clamped: row.get(14)?,
        signals: row.get(15)?,
    })
}
