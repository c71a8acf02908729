//! What links in letters lead to: a visitor's meeting, and the undoing of a registration.
//!
//! GET shows and changes nothing, because mail scanners open links; POST acts. A link that leads
//! nowhere is answered alike, whatever is wrong with it.

mod frame;
mod meeting;
mod registration;

pub(crate) use frame::{live_page, page};

use axum::Router;
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::error::ApiError;
use crate::store::{Result, StoreError};
use crate::wire::Origin;

/// The routes under `/m/`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/m/{token}", get(meeting::show).post(meeting::act))
        .route(
            "/m/undo/{token}",
            get(registration::show).post(registration::act),
        )
}

/// What a link leads to. Guessing is counted, and soon refused.
async fn led<T>(
    app: &App,
    origin: &Origin,
    found: impl Future<Output = Result<T>>,
) -> std::result::Result<T, Response> {
    found.await.map_err(|fault| {
        let guessed = matches!(fault, StoreError::Missing(_)) && app.config.rate_limits;
        let neighbourhood = crate::peer::neighbourhood(origin.address);
        match guessed.then(|| app.guesses.take(neighbourhood, app.clock.now())) {
            Some(Err(seconds)) => ApiError::Limited(seconds).bare(),
            _ => frame::failed(&fault),
        }
    })
}
