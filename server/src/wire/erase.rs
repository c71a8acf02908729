//! `POST /v1/erase`: consent was withdrawn.

use super::{Message, Origin, enter, expire_line};
use crate::app::App;
use crate::error::ApiError;
use crate::site::files::set;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::wire::Erase;

/// Forgets the browser and takes its cookie away. What a person did in conversations stays theirs to erase.
pub async fn erase(
    State(app): State<App>,
    origin: Origin,
    Message(message): Message<Erase>,
) -> Result<Response, Response> {
    let live = enter(&app, &origin, &message.sender).await?;
    if let Some(token) = origin.token(&message.sender) {
        let erased = app.erase_visitor(&live.scope, token).await;
        erased.map_err(|fault| ApiError::from(fault).bare())?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set(&mut response, header::SET_COOKIE, &expire_line(&app, &live));
    Ok(response)
}
