//! `POST /v1/book`: that one, please.

use super::inputs::take;
use super::slots::published;
use super::{Message, Origin, answer, enter};
use crate::app::App;
use crate::error::ApiError;
use crate::site::live::Live;
use crate::store::appointments::{Attempt, Attempted};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::wire::{Book, Booked, InputsAnswer};

/// How long an address that has booked enough for today is told to wait, in seconds.
const TOMORROW: u32 = 24 * 60 * 60;

/// Books after the lines in front are kept. 409 for a slot that is gone, with the nearest others.
pub async fn book(
    State(app): State<App>,
    origin: Origin,
    Message(wish): Message<Book>,
) -> Result<Response, Response> {
    let live = enter(&app, &origin, &wish.batch.sender).await?;
    attempt(&app, &live, &origin, wish)
        .await
        .map_err(|fault| fault.bare())
}

async fn attempt(
    app: &App,
    live: &Live,
    origin: &Origin,
    wish: Book,
) -> Result<Response, ApiError> {
    let attempt = Attempt {
        conversation: wish.batch.conversation.to_string(),
        key: wish.batch.key.0,
        card: wish.card,
        start: wish.start,
        minutes: wish.minutes,
        idempotency: wish.idempotency,
        zone: wish.zone,
        email: wish.email,
    };
    let conversation = wish.batch.conversation;
    let (inputs, token) = take(app, live, origin, wish.batch).await?;
    if matches!(inputs, InputsAnswer::Overtaken { .. }) {
        return Ok(conflict(answer(
            app,
            live,
            &Booked::Overtaken(inputs),
            token,
        )));
    }
    let attempted = match published(app, live, conversation).await? {
        Some(published) => {
            app.store
                .book(
                    &live.scope,
                    &app.keys,
                    &app.config.origin,
                    published,
                    attempt,
                )
                .await?
        }
        None => Attempted::NotAwaited,
    };
    match attempted {
        Attempted::Booked(entry) => Ok(answer(
            app,
            live,
            &Booked::Done {
                inputs,
                entry: *entry,
            },
            token,
        )),
        Attempted::Taken(host) => {
            let alternatives = app
                .store
                .alternatives(&live.scope, host, wish.start)
                .await?;
            Ok(conflict(answer(
                app,
                live,
                &Booked::Taken {
                    inputs,
                    alternatives,
                },
                token,
            )))
        }
        // No browser can mend what was refused; it goes on as if nothing could be had.
        Attempted::NotAwaited => {
            let taken = Booked::Taken {
                inputs,
                alternatives: Vec::new(),
            };
            Ok(conflict(answer(app, live, &taken, token)))
        }
        Attempted::AddressNeeded => Ok(answer(app, live, &Booked::AddressNeeded { inputs }, token)),
        Attempted::TooMany => Err(ApiError::Limited(TOMORROW)),
        Attempted::KeyReused => Err(ApiError::Unusable(Vec::new())),
    }
}

fn conflict(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::CONFLICT;
    response
}
