//! The undoing of a registration.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{failed, page, token};
use crate::mail::compose::escape;
use crate::mail::words::Tongue;
use crate::store::{Registration, Store};

pub(super) async fn show(State(store): State<Store>, Path(link): Path<String>) -> Response {
    match store.registration_by_link(token(&link)).await {
        Ok((_, registration)) => shown(&registration, registration.undone.is_some()),
        Err(fault) => failed(&fault),
    }
}

/// Also what mail programs post when somebody clicks their own *unsubscribe*.
pub(super) async fn act(State(store): State<Store>, Path(link): Path<String>) -> Response {
    let (scope, registration) = match store.registration_by_link(token(&link)).await {
        Ok(found) => found,
        Err(fault) => return failed(&fault),
    };
    match store
        .undo_registration(&scope, registration.goal.clone())
        .await
    {
        Ok(()) => shown(&registration, true),
        Err(fault) => failed(&fault),
    }
}

fn shown(registration: &Registration, undone: bool) -> Response {
    let tongue = Tongue::of(&registration.language);
    let words = tongue.words();
    let body = if undone {
        format!(
            "<h1>{}</h1><p class=\"told\" role=\"status\">{}</p>",
            escape(&registration.subject),
            escape(words.undone),
        )
    } else {
        format!(
            "<h1>{}</h1><p>{}</p><form method=\"post\"><button class=\"danger\">{}</button></form>",
            escape(&registration.subject),
            escape(words.undo_ask),
            escape(words.undo),
        )
    };
    page(StatusCode::OK, tongue, &registration.subject, &body)
}
