//! The undoing of a registration.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::{failed, page, token};
use super::led;
use crate::app::App;
use crate::mail::compose::escape;
use crate::mail::words::Tongue;
use crate::store::Registration;
use crate::wire::Origin;

pub(super) async fn show(
    State(app): State<App>,
    origin: Origin,
    Path(link): Path<String>,
) -> Result<Response, Response> {
    let found = app.store.registration_by_link(token(&link));
    let (_, registration) = led(&app, &origin, found).await?;
    Ok(shown(&registration, registration.undone.is_some()))
}

/// Also what mail programs post when somebody clicks their own *unsubscribe*.
pub(super) async fn act(
    State(app): State<App>,
    origin: Origin,
    Path(link): Path<String>,
) -> Result<Response, Response> {
    let found = app.store.registration_by_link(token(&link));
    let (scope, registration) = led(&app, &origin, found).await?;
    let undone = app
        .store
        .undo_registration(&scope, registration.goal.clone())
        .await;
    undone.map_err(|fault| failed(&fault))?;
    Ok(shown(&registration, true))
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
