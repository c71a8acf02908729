//! Editions, the files browsers load, and the publication's pointer. Immutable rows; files stay for ever.

use super::db::{Connection, Optional, Read, Row};
use super::intake::Published;
use super::{Result, Scope, Store, StoreError};
use bytes::Bytes;
use engine::compile::Compiled;
use engine::compiled::{Correction, Pattern, decode, encode};
use engine::ids::{EditionId, Timestamp};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

statements! {
    INSERT = "INSERT INTO editions
        (workspace, edition, dialogue, graph, compiled, document, draft, published_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT (workspace, edition) DO UPDATE SET draft = editions.draft * excluded.draft";
    COMPILED = "SELECT compiled, draft FROM editions WHERE workspace = ?1 AND edition = ?2";
    INSERT_FILE = "INSERT INTO edition_files (workspace, edition, language, place, bytes, brotli)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (workspace, edition, language) DO NOTHING";
    FILE = "SELECT bytes, brotli FROM edition_files
        WHERE workspace = ?1 AND edition = ?2 AND language = ?3";
    CORRECT = "INSERT INTO corrections (workspace, from_edition, to_edition) VALUES (?1, ?2, ?3)
        ON CONFLICT (workspace, from_edition) DO UPDATE SET to_edition = excluded.to_edition";
    REDIRECT = "UPDATE corrections SET to_edition = ?3 WHERE workspace = ?1 AND to_edition = ?2";
    UNCORRECT = "DELETE FROM corrections WHERE workspace = ?1 AND from_edition = ?2";
    CORRECTIONS = "SELECT from_edition, to_edition FROM corrections WHERE workspace = ?1 ORDER BY from_edition";
    OF_DIALOGUE = "SELECT edition FROM editions WHERE workspace = ?1 AND dialogue = ?2 AND draft = 0
        ORDER BY published_at, edition";
    PUBLISH = "INSERT INTO publications (workspace, number, hash, bytes, brotli, rules, visited, made_at)
        VALUES (?1, (SELECT coalesce(max(number), 0) + 1 FROM publications WHERE workspace = ?1),
                ?2, ?3, ?4, ?5, ?6, ?7)";
    LATEST = "SELECT number, hash, rules, visited FROM publications WHERE workspace = ?1
        ORDER BY number DESC LIMIT 1";
    INDEX = "SELECT bytes, brotli FROM publications WHERE workspace = ?1 AND hash = ?2 LIMIT 1";
}

/// A file in both the forms it is served in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// As it is.
    pub bytes: Bytes,
    /// Compressed once, when it was published.
    pub brotli: Bytes,
}

impl Packed {
    /// Compresses for keeps: slow and small.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        let mut brotli = Vec::new();
        let parameters = brotli::enc::BrotliEncoderParams {
            quality: 11,
            lgwin: 22,
            ..Default::default()
        };
        // Writing into memory cannot fail; an empty result is never served.
        let _ = brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &parameters);
        Self {
            bytes: bytes.into(),
            brotli: brotli.into(),
        }
    }
}

/// Most bytes of published files kept in memory.
const FILES_KEPT: u64 = 64 * 1_024 * 1_024;

/// Published files by workspace and name: what has a name never changes under it.
pub(super) struct Files(Cache<(String, String), Packed, Bulk>);

/// Weighs a file by its bytes.
#[derive(Clone)]
struct Bulk;

impl Weighter<(String, String), Packed> for Bulk {
    fn weight(&self, _: &(String, String), file: &Packed) -> u64 {
        let bytes = file.bytes.len() + file.brotli.len();
        u64::try_from(bytes).unwrap_or(u64::MAX).max(1)
    }
}

impl Default for Files {
    fn default() -> Self {
        Self(Cache::with_weighter(1_000, FILES_KEPT, Bulk))
    }
}

/// The newest publication of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Counts up.
    pub number: u32,
    /// Names the index file.
    pub hash: String,
    /// The loader's rules, as JSON.
    pub rules: String,
    /// Pages that *visited* criteria have ever asked about, in the order of their numbers.
    pub visited: Vec<Pattern>,
}

/// A publication about to be kept.
#[derive(Clone, Debug)]
pub(crate) struct NewPublication {
    pub index: Packed,
    pub rules: String,
    pub visited: Vec<Pattern>,
}

impl Store {
    /// A compiled edition, from memory where it is. Editions never change.
    ///
    /// # Errors
    /// When there is none of that id.
    pub(crate) async fn edition(&self, scope: &Scope, id: EditionId) -> Result<Published> {
        if let Some(kept) = self.editions.kept(scope, id) {
            return Ok(kept);
        }
        let (scope, editions) = (scope.clone(), Arc::clone(&self.editions));
        self.read(move |db| {
            let found = editions.find(db, &scope, id)?;
            found.ok_or_else(|| StoreError::Missing("such edition".into()))
        })
        .await
    }

    /// The compiled document of an edition.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn compiled(&self, scope: &Scope, id: EditionId) -> Result<Arc<Compiled>> {
        Ok(self.edition(scope, id).await?.compiled)
    }

    /// The file of an edition in one language.
    ///
    /// # Errors
    /// When there is none.
    pub async fn edition_file(
        &self,
        scope: &Scope,
        edition: EditionId,
        language: String,
    ) -> Result<Packed> {
        let edition = edition.to_string();
        let name = format!("{edition}.{language}");
        self.file(scope, name, move |db, scope| {
            db.query_row(FILE, (scope.workspace(), edition, language), read_packed)
        })
        .await
    }

    /// A publication's index by its hash.
    ///
    /// # Errors
    /// When there is none.
    pub async fn index_file(&self, scope: &Scope, hash: String) -> Result<Packed> {
        self.file(scope, hash.clone(), move |db, scope| {
            db.query_row(INDEX, (scope.workspace(), hash), read_packed)
        })
        .await
    }

    /// A published file from memory, or by a query.
    async fn file(
        &self,
        scope: &Scope,
        name: String,
        find: impl FnOnce(&Connection, &Scope) -> Read<Packed> + Send + 'static,
    ) -> Result<Packed> {
        let key = (scope.workspace().to_owned(), name);
        if let Some(kept) = self.files.0.get(&key) {
            return Ok(kept);
        }
        let scope = scope.clone();
        let found = self.read(move |db| {
            let found = find(db, &scope).optional()?;
            found.ok_or_else(|| StoreError::Missing("such edition".into()))
        });
        let found = found.await?;
        self.files.0.insert(key, found.clone());
        Ok(found)
    }

    /// The newest publication; none before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pointer(&self, scope: &Scope) -> Result<Option<Pointer>> {
        let scope = scope.clone();
        self.read(move |db| latest(db, &scope)).await
    }

    /// All editions a dialogue was ever published in, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn editions_of(&self, scope: &Scope, dialogue: u32) -> Result<Vec<String>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows =
                db.query_map(OF_DIALOGUE, (scope.workspace(), dialogue), |row| row.get(0))?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }
}

/// Keeps an edition and its files.
pub(super) fn keep(
    db: &Connection,
    scope: &Scope,
    compiled: &Compiled,
    files: &[(String, Packed)],
    document: &str,
    draft: bool,
    now: Timestamp,
) -> Result<()> {
    let id = compiled.id.to_string();
    db.execute(
        INSERT,
        (
            scope.workspace(),
            &id,
            compiled.dialogue.0,
            crate::secrets::hex(&compiled.graph),
            encode(compiled),
            document,
            draft,
            now.0,
        ),
    )?;
    for (place, (language, file)) in (0_i64..).zip(files) {
        db.execute(
            INSERT_FILE,
            (
                scope.workspace(),
                &id,
                language,
                place,
                &file.bytes,
                &file.brotli,
            ),
        )?;
    }
    Ok(())
}

fn read_packed(row: &Row<'_>) -> Read<Packed> {
    Ok(Packed {
        bytes: row.get(0)?,
        brotli: row.get(1)?,
    })
}

/// A compiled edition, and whether it is a reviewer's draft.
pub(super) fn compiled(db: &Connection, scope: &Scope, edition: &str) -> Result<(Compiled, bool)> {
    let found = look_up(db, scope, edition)?;
    found.ok_or_else(|| StoreError::Missing("such edition".into()))
}

fn look_up(db: &Connection, scope: &Scope, edition: &str) -> Result<Option<(Compiled, bool)>> {
    let row: Option<(Vec<u8>, bool)> = db
        .query_row(COMPILED, (scope.workspace(), edition), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    row.map(|(bytes, draft)| {
        let compiled = decode(&bytes).map_err(|_| StoreError::Damaged("edition"))?;
        Ok((compiled, draft))
    })
    .transpose()
}

/// Most editions kept decoded in memory.
const KEPT: usize = 1_000;

/// Published editions, decoded, by workspace and id.
#[derive(Default)]
pub(super) struct Editions(Mutex<HashMap<(String, EditionId), Published>>);

impl Editions {
    /// An edition that is in memory.
    pub fn kept(&self, scope: &Scope, id: EditionId) -> Option<Published> {
        self.all().get(&(scope.workspace().into(), id)).cloned()
    }

    /// An edition, from memory or the database. Drafts are not kept.
    ///
    /// # Errors
    /// When the database fails, or holds what is no edition.
    pub fn find(&self, db: &Connection, scope: &Scope, id: EditionId) -> Result<Option<Published>> {
        if let Some(kept) = self.kept(scope, id) {
            return Ok(Some(kept));
        }
        let Some((compiled, draft)) = look_up(db, scope, &id.to_string())? else {
            return Ok(None);
        };
        let published = Published {
            compiled: Arc::new(compiled),
            draft,
        };
        if !draft {
            let mut all = self.all();
            if all.len() >= KEPT {
                all.clear();
            }
            all.insert((scope.workspace().into(), id), published.clone());
        }
        Ok(Some(published))
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(String, EditionId), Published>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets conversations of one edition show the words of another. Chains are shortened to one step.
pub(super) fn correct(db: &Connection, scope: &Scope, from: &str, to: &str) -> Result<()> {
    db.execute(REDIRECT, (scope.workspace(), from, to))?;
    db.execute(CORRECT, (scope.workspace(), from, to))?;
    db.execute(UNCORRECT, (scope.workspace(), to))?;
    Ok(())
}

pub(super) fn corrections(db: &Connection, scope: &Scope) -> Result<Vec<Correction>> {
    let rows = db.query_map(CORRECTIONS, [scope.workspace()], |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?))
    })?;
    rows.map(|row| {
        let (from, to) = row?;
        let parse = |id: &str| EditionId::parse(id).ok_or(StoreError::Damaged("correction"));
        Ok(Correction {
            from: parse(&from)?,
            to: parse(&to)?,
        })
    })
    .collect()
}

pub(super) fn latest(db: &Connection, scope: &Scope) -> Result<Option<Pointer>> {
    Ok(db
        .query_row(LATEST, [scope.workspace()], |row| {
            Ok(Pointer {
                number: row.get(0)?,
                hash: row.get(1)?,
                rules: row.get(2)?,
                visited: decode(&row.get::<Vec<u8>>(3)?).unwrap_or_default(),
            })
        })
        .optional()?)
}

/// Makes a publication the newest, unless it is what is newest already.
pub(super) fn publish(
    db: &Connection,
    scope: &Scope,
    publication: &NewPublication,
    now: Timestamp,
) -> Result<()> {
    let hash = crate::secrets::hex(&crate::secrets::hash(&publication.index.bytes)[..16]);
    if latest(db, scope)?
        .is_some_and(|latest| latest.hash == hash && latest.rules == publication.rules)
    {
        return Ok(());
    }
    db.execute(
        PUBLISH,
        (
            scope.workspace(),
            hash,
            &publication.index.bytes,
            &publication.index.brotli,
            &publication.rules,
            encode(&publication.visited),
            now.0,
        ),
    )?;
    Ok(())
}
