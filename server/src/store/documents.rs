//! Documents that cards offer: kept by their content, served as long as an edition that offers them can be met.

use super::db::{Connection, Optional};
use super::{Result, Scope, Store, StoreError};
use engine::compile::Compiled;
use engine::compiled::{CardKind, DocumentFile};
use engine::ids::{DocumentId, Timestamp};
use engine::memory::RESUME_MS;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many bytes of a document are read and sent at a time.
pub const PART: usize = 256 * 1024;

statements! {
    INSERT = "INSERT INTO documents (workspace, hash, bytes, made_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (workspace, hash) DO NOTHING";
    INSERT_PART = "INSERT INTO document_parts (workspace, hash, place, bytes) VALUES (?1, ?2, ?3, ?4)";
    INSERT_ADDRESS = "INSERT INTO document_addresses (workspace, url, hash, fetched_at) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (workspace, url) DO UPDATE SET hash = excluded.hash, fetched_at = excluded.fetched_at";
    ADDRESSES = "SELECT a.url, d.hash, d.bytes FROM document_addresses a
        JOIN documents d ON d.workspace = a.workspace AND d.hash = a.hash WHERE a.workspace = ?1";
    OFFER = "INSERT INTO edition_documents (workspace, hash, edition, url) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (workspace, hash, edition, url) DO NOTHING";
    /// A visitor meets an edition that is live or tried by a link, goes on with one in a conversation that has not
    /// lapsed, or has had its page open since before the next one replaced it.
    OFFERED = "SELECT d.bytes, o.url FROM edition_documents o
        JOIN documents d ON d.workspace = o.workspace AND d.hash = o.hash
        JOIN editions e ON e.workspace = o.workspace AND e.edition = o.edition
        WHERE o.workspace = ?1 AND o.hash = ?2 AND (
          EXISTS (SELECT 1 FROM dialogues l WHERE l.workspace = e.workspace AND l.number = e.dialogue
            AND l.edition = e.edition AND l.live = 1)
          OR EXISTS (SELECT 1 FROM testing_links t WHERE t.workspace = e.workspace AND t.edition = e.edition
            AND t.expires_at > ?3 AND t.revoked_at IS NULL)
          OR EXISTS (SELECT 1 FROM conversations c WHERE c.workspace = e.workspace AND c.edition = e.edition
            AND c.last_at > ?4)
          OR (e.draft = 0 AND EXISTS (SELECT 1 FROM editions n WHERE n.workspace = e.workspace
            AND n.dialogue = e.dialogue AND n.draft = 0 AND n.published_at > e.published_at AND n.published_at > ?4)))
        ORDER BY o.url LIMIT 1";
    READ_PART = "SELECT bytes FROM document_parts WHERE workspace = ?1 AND hash = ?2 AND place = ?3";
}

/// A document that somebody may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// How large it is.
    pub bytes: u64,
    /// Where it was fetched.
    pub url: String,
}

impl Store {
    /// Keeps a document that was fetched at an address: the newest there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_document(
        &self,
        scope: &Scope,
        url: String,
        content: Vec<u8>,
    ) -> Result<DocumentFile> {
        let (scope, now) = (scope.clone(), self.now());
        self.write(move |db| keep(db, &scope, &url, &content, now))
            .await
    }

    /// A document, while an edition that offers it can be met.
    ///
    /// # Errors
    /// When there is none of that id, or nobody can meet it.
    pub async fn offered_document(&self, scope: &Scope, id: DocumentId) -> Result<Offered> {
        let (scope, now) = (scope.clone(), self.now());
        self.read(move |db| {
            let known = (scope.workspace(), id.to_string(), now.0, now.0 - RESUME_MS);
            db.query_row(OFFERED, known, |row| {
                Ok(Offered {
                    bytes: row.get::<u32>(0)?.into(),
                    url: row.get(1)?,
                })
            })
            .optional()?
            .ok_or_else(|| StoreError::Missing("such document".into()))
        })
        .await
    }

    /// The bytes of a document from the first of `range` on, as far as one part holds them.
    ///
    /// # Errors
    /// When there are none.
    pub async fn document_part(
        &self,
        scope: &Scope,
        id: DocumentId,
        range: Range<u64>,
    ) -> Result<Vec<u8>> {
        let scope = scope.clone();
        let (place, from) = (range.start / PART as u64, range.start % PART as u64);
        let place = i64::try_from(place).map_err(|_| StoreError::Damaged("document"))?;
        let mut part: Vec<u8> = self
            .read(move |db| {
                db.query_row(
                    READ_PART,
                    (scope.workspace(), id.to_string(), place),
                    |row| row.get(0),
                )
                .optional()?
                .ok_or(StoreError::Damaged("document"))
            })
            .await?;
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(part.len());
        part.drain(..from);
        part.truncate(usize::try_from(range.end - range.start).unwrap_or(usize::MAX));
        if part.is_empty() {
            return Err(StoreError::Damaged("document"));
        }
        Ok(part)
    }
}

fn keep(
    db: &Connection,
    scope: &Scope,
    url: &str,
    content: &[u8],
    now: Timestamp,
) -> Result<DocumentFile> {
    let digest = crate::secrets::hash(content);
    let mut id = DocumentId::default();
    id.0.copy_from_slice(&digest[..16]);
    let hash = id.to_string();
    let bytes = u32::try_from(content.len()).map_err(|_| StoreError::Damaged("document"))?;
    let new = db.execute(INSERT, (scope.workspace(), &hash, bytes, now.0))?;
    if new > 0 {
        for (place, part) in (0_i64..).zip(content.chunks(PART)) {
            db.execute(INSERT_PART, (scope.workspace(), &hash, place, part))?;
        }
    }
    db.execute(INSERT_ADDRESS, (scope.workspace(), url, &hash, now.0))?;
    Ok(DocumentFile { id, bytes })
}

/// What is kept, by address.
pub(super) fn files(db: &Connection, scope: &Scope) -> Result<BTreeMap<String, DocumentFile>> {
    let rows = db.query_map(ADDRESSES, [scope.workspace()], |row| {
        Ok((row.get(0)?, row.get::<String>(1)?, row.get::<u32>(2)?))
    })?;
    rows.map(|row| {
        let (url, hash, bytes) = row?;
        let id = DocumentId::parse(&hash).ok_or(StoreError::Damaged("document"))?;
        Ok((url, DocumentFile { id, bytes }))
    })
    .collect()
}

/// Notes what an edition offers.
pub(super) fn offer(db: &Connection, scope: &Scope, compiled: &Compiled) -> Result<()> {
    for (url, file) in cards(compiled) {
        if let Some(file) = file {
            db.execute(
                OFFER,
                (
                    scope.workspace(),
                    file.id.to_string(),
                    compiled.id.to_string(),
                    url,
                ),
            )?;
        }
    }
    Ok(())
}

/// The addresses of an edition's documents, with what is kept of each.
fn cards(compiled: &Compiled) -> BTreeMap<&str, Option<&DocumentFile>> {
    let cards = compiled.editions.iter().flat_map(|edition| &edition.cards);
    cards
        .filter_map(|card| match &card.kind {
            CardKind::Document(document) => Some((document.url.as_str(), document.file.as_ref())),
            _ => None,
        })
        .collect()
}

/// What an edition has of its documents, by address.
pub(super) fn files_of(compiled: &Compiled) -> BTreeMap<String, DocumentFile> {
    cards(compiled)
        .into_iter()
        .filter_map(|(url, file)| Some((url.to_owned(), file?.clone())))
        .collect()
}

/// The addresses of an edition's documents.
pub(super) fn addresses(compiled: &Compiled) -> BTreeSet<String> {
    cards(compiled).into_keys().map(str::to_owned).collect()
}
