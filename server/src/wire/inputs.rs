//! `POST /v1/inputs`: what happened in a conversation.

use super::{Message, Origin, answer, enter};
use crate::app::App;
use crate::error::ApiError;
use crate::site::live::Live;
use crate::store::StoreError;
use crate::store::intake::{Incoming, Taken};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::wire::{Batch, FAULT_TEXT, InputsAnswer, Kept, Opaque, PAGE_TEXT, Page};
use std::time::Instant;

/// Answers when everything is committed and synced.
pub async fn inputs(
    State(app): State<App>,
    origin: Origin,
    Message(batch): Message<Batch>,
) -> Result<Response, Response> {
    let (begun, inputs) = (Instant::now(), batch.entries.len());
    let live = enter(&app, &origin, &batch.sender).await?;
    let (said, token) = take(&app, &live, &origin, batch)
        .await
        .map_err(|fault| fault.bare())?;
    app.metrics.answered(inputs, begun.elapsed());
    let mut response = answer(&app, &live, &said, token);
    if matches!(said, InputsAnswer::Overtaken { .. }) {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

/// Takes a batch in: alone, or in front of a question about slots or a booking.
/// Gives back the answer and a new visitor's token.
///
/// # Errors
/// When the conversation's limit is reached or the store cannot take it.
pub(crate) async fn take(
    app: &App,
    live: &Live,
    origin: &Origin,
    batch: Batch,
) -> Result<(InputsAnswer, Option<Opaque>), ApiError> {
    if app.config.rate_limits {
        let limit = app
            .by_conversation
            .take(batch.conversation.0, app.clock.now());
        limit.map_err(|seconds| {
            app.metrics.limited();
            ApiError::Limited(seconds)
        })?;
    }
    let token = origin.token(&batch.sender);
    let mut begin = batch.begin;
    if let Some(begin) = &mut begin {
        shorten(&mut begin.page);
    }
    let conversation = batch.conversation;
    let incoming = Incoming {
        conversation: conversation.to_string(),
        key: batch.key.0,
        token,
        begin,
        entries: batch.entries,
        fault: batch.fault.map(|fault| cut(&fault, FAULT_TEXT).to_owned()),
        signals: signals(&origin.agent),
        is_staff: live.is_staff(origin.address),
    };
    let taken = app
        .store
        .take(&live.scope, &app.keys, incoming)
        .await
        .inspect_err(|fault| {
            if matches!(fault, StoreError::Busy) {
                app.metrics.busy();
            }
        })?;
    Ok(match taken {
        Taken::Kept {
            through,
            digest,
            token,
            stored,
            refused,
            diverged,
        } => {
            app.metrics.batch(stored);
            if let Some(reason) = refused {
                app.metrics.refused(reason);
            }
            if diverged {
                app.metrics.diverged();
                tracing::warn!(%conversation, "a conversation's replay differs from the browser's state");
            }
            (
                InputsAnswer::Kept(Kept {
                    through,
                    digest,
                    visitor: token,
                    now: app.clock.now(),
                }),
                token,
            )
        }
        Taken::Overtaken { begin, entries } => {
            app.metrics.overtaken();
            (InputsAnswer::Overtaken { begin, entries }, None)
        }
    })
}

/// What speaks for a robot: words in the name that the browser gives itself.
fn signals(agent: &str) -> String {
    let agent = agent.to_ascii_lowercase();
    let found = [
        "headless", "bot", "crawl", "spider", "python", "curl", "preview",
    ]
    .into_iter()
    .filter(|word| agent.contains(word));
    found.collect::<Vec<_>>().join(" ")
}

fn shorten(page: &mut Page) {
    for text in [&mut page.url, &mut page.referrer] {
        let kept = cut(text, PAGE_TEXT).len();
        text.truncate(kept);
    }
}

/// The first so many bytes, without a broken character at the end.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}
