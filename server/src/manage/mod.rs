//! What links in letters lead to: a visitor's meeting, and the undoing of a registration.
//!
//! GET shows and changes nothing, because mail scanners open links; POST acts. A link that leads
//! nowhere is answered alike, whatever is wrong with it.

mod frame;
mod meeting;
mod registration;

use axum::Router;
use axum::routing::get;

use crate::store::Store;

/// The routes under `/m/`.
pub fn routes(store: Store) -> Router {
    Router::new()
        .route("/m/{token}", get(meeting::show).post(meeting::act))
        .route(
            "/m/undo/{token}",
            get(registration::show).post(registration::act),
        )
        .with_state(store)
}
