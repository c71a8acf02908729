//! Publishing with documents: what a document card offers is fetched once, so that visitors read it here.
//!
//! A document that cannot be had keeps nobody from publishing: its card goes on to open the address itself.

use crate::app::App;
use crate::outgoing::Unfetched;
use crate::store::{PublishError, Published, Scope, StoreError};
use futures_util::stream::{self, StreamExt as _};
use std::time::Duration;

/// The largest document that is kept. What is larger is a download, not something to read in a chat.
pub const DOCUMENT_BYTES: usize = 25_000_000;
/// How long all documents of one publication may take together: publishing by the API answers within half a minute.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many are fetched at a time: each may lie in memory as a whole.
const AT_A_TIME: usize = 3;
/// Within so many bytes a PDF says that it is one.
const HEAD: usize = 1_024;

/// A document that is not kept: its card opens the address instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKept {
    /// Its address.
    pub url: String,
    /// Why, in one sentence.
    pub why: String,
    /// Whether what was fetched before is offered on.
    pub has_older: bool,
}

impl std::fmt::Display for NotKept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            url,
            why,
            has_older,
        } = self;
        if *has_older {
            write!(
                f,
                "{url} was not fetched again, the copy from before is offered: {why}"
            )
        } else {
            write!(
                f,
                "{url} opens in a tab of its own and not in the chat: {why}"
            )
        }
    }
}

/// Which documents are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Those of which nothing is kept yet.
    Missing,
    /// All of them: they may have changed.
    All,
}

#[derive(Debug, thiserror::Error)]
enum NoDocument {
    #[error(transparent)]
    Unfetched(#[from] Unfetched),
    #[error("what is there is no PDF")]
    NoPdf,
    #[error("the other documents took the time there is; publish again to try once more")]
    NoTime,
    #[error(transparent)]
    Tls(#[from] reqwest::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches the documents of dialogues and flows, then publishes them, all or none.
///
/// # Errors
/// When one of them has faults, or does not exist.
pub async fn publish(
    app: &App,
    scope: &Scope,
    names: Vec<String>,
    fetch: Fetch,
) -> Result<(Published, Vec<NotKept>), PublishError> {
    let not_kept = prepare(app, scope, names.clone(), fetch).await?;
    Ok((app.store.publish(scope, names).await?, not_kept))
}

/// Fetches the documents that publishing would offer; gives back those that cannot be had.
///
/// # Errors
/// When there is no such dialogue.
pub async fn prepare(
    app: &App,
    scope: &Scope,
    names: Vec<String>,
    fetch: Fetch,
) -> Result<Vec<NotKept>, StoreError> {
    let all = app.store.documents_to_publish(scope, names).await?;
    let due = all
        .into_iter()
        .filter(|(_, kept)| kept.is_none() || fetch == Fetch::All);
    let until = tokio::time::Instant::now() + PATIENCE;
    let mut not_kept: Vec<NotKept> = stream::iter(due)
        .map(|(url, kept)| async move {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            let why = keep(app, scope, &url, left).await.err()?.to_string();
            let has_older = kept.is_some();
            Some(NotKept {
                url,
                why,
                has_older,
            })
        })
        .buffer_unordered(AT_A_TIME)
        .filter_map(|not_kept| async { not_kept })
        .collect()
        .await;
    not_kept.sort_by(|one, other| one.url.cmp(&other.url));
    Ok(not_kept)
}

async fn keep(app: &App, scope: &Scope, url: &str, left: Duration) -> Result<(), NoDocument> {
    if left.is_zero() {
        return Err(NoDocument::NoTime);
    }
    let content = app.outgoing()?.get(url, DOCUMENT_BYTES, left).await?;
    if !is_pdf(&content) {
        return Err(NoDocument::NoPdf);
    }
    app.store.keep_document(scope, url.into(), content).await?;
    Ok(())
}

/// Whether bytes are a PDF, whatever they were called: readers look for this mark near the beginning.
fn is_pdf(content: &[u8]) -> bool {
    let head = content.get(..HEAD).unwrap_or(content);
    head.windows(5).any(|mark| mark == b"%PDF-")
}
