//! `POST /v1/slots`: when could it be?

use super::inputs::take;
use super::{Message, Origin, answer, enter};
use crate::app::App;
use crate::error::ApiError;
use crate::site::live::Live;
use crate::store::intake::Published;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::ids::ConversationId;
use engine::wire::{AskSlots, InputsAnswer, Slots};

/// Answers with the union of what the card's agents can offer; empty where the card does not wait.
pub async fn slots(
    State(app): State<App>,
    origin: Origin,
    Message(asked): Message<AskSlots>,
) -> Result<Response, Response> {
    let live = enter(&app, &origin, &asked.batch.sender).await?;
    find(&app, &live, &origin, asked)
        .await
        .map_err(|fault| fault.bare())
}

async fn find(
    app: &App,
    live: &Live,
    origin: &Origin,
    asked: AskSlots,
) -> Result<Response, ApiError> {
    let (conversation, key) = (asked.batch.conversation, asked.batch.key);
    let (inputs, token) = take(app, live, origin, asked.batch).await?;
    let overtaken = matches!(inputs, InputsAnswer::Overtaken { .. });
    let host = match published(app, live, conversation).await? {
        Some(published) if !overtaken => {
            let id = conversation.to_string();
            app.store
                .awaited_host(&live.scope, published, id, key.0, asked.card)
                .await?
        }
        _ => None,
    };
    let offered = match host {
        Some(host) => app.store.slots(&live.scope, host, asked.from).await?,
        None => Default::default(),
    };
    let slots = Slots {
        inputs,
        minutes: offered.minutes,
        starts: offered.starts,
        more: offered.more,
    };
    let mut response = answer(app, live, &slots, token);
    if overtaken {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

/// The edition that a conversation runs; nothing where there is no such conversation.
pub(super) async fn published(
    app: &App,
    live: &Live,
    conversation: ConversationId,
) -> Result<Option<Published>, ApiError> {
    match app
        .store
        .conversation_head(&live.scope, conversation.to_string())
        .await?
    {
        Some((edition, _)) => Ok(Some(app.store.edition(&live.scope, edition).await?)),
        None => Ok(None),
    }
}
