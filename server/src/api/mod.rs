//! The goal tracking API: JSON under `/api/v1`, with bearer tokens or the session of a user.

pub mod activities;
pub mod audit;
pub mod caller;
pub mod conversations;
pub mod csv;
pub mod dialogues;
pub mod goals;
pub mod openapi;
pub mod people;
pub mod query;
pub mod reference;
pub mod reports;
pub mod session;
pub mod subscriptions;
pub mod users;
pub mod values;

use crate::app::App;
use crate::error::ApiError;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{any, delete, get, post};

/// Largest body, in bytes: a dialogue of the largest size that can be kept.
const BODY: usize = 1_024 * 1_024;

/// All calls of the API.
pub fn router() -> Router<App> {
    Router::new()
        .route("/api/reference", get(reference::show))
        .route("/api/v1/openapi.json", get(openapi::document))
        .route("/api/v1/audit", get(audit::list))
        .route("/api/v1/goals", get(goals::list).post(goals::record))
        .route("/api/v1/goals.csv", get(csv::goals))
        .route("/api/v1/goals/{id}", get(goals::one))
        .route("/api/v1/activities", get(activities::list))
        .route("/api/v1/conversations", get(conversations::list))
        .route("/api/v1/conversations/{id}", get(conversations::one))
        .route("/api/v1/people", get(people::list).post(people::upsert))
        .route("/api/v1/people.csv", get(csv::people))
        .route(
            "/api/v1/people/{key}",
            get(people::one).delete(people::forget),
        )
        .route("/api/v1/people/{key}/links", post(people::link))
        .route(
            "/api/v1/dialogues",
            get(dialogues::list).post(dialogues::import),
        )
        .route("/api/v1/dialogues/check", post(dialogues::check))
        .route("/api/v1/dialogues/{name}", get(dialogues::export))
        .route("/api/v1/dialogues/{name}/publish", post(dialogues::publish))
        .route(
            "/api/v1/dialogues/{name}/unpublish",
            post(dialogues::unpublish),
        )
        .route("/api/v1/dialogues/{name}/correct", post(dialogues::correct))
        .route(
            "/api/v1/dialogues/{name}/testing-links",
            get(dialogues::links).post(dialogues::link),
        )
        .route(
            "/api/v1/dialogues/{name}/comments",
            get(dialogues::comments),
        )
        .route("/api/v1/testing-links/{id}", delete(dialogues::revoke))
        .route("/api/v1/chat", post(dialogues::chat))
        .route(
            "/api/v1/webhooks",
            get(subscriptions::webhooks).post(subscriptions::add_webhook),
        )
        .route(
            "/api/v1/webhooks/{id}",
            delete(subscriptions::remove_webhook),
        )
        .route(
            "/api/v1/goal-mails",
            get(subscriptions::mails).post(subscriptions::add_mail),
        )
        .route(
            "/api/v1/goal-mails/{id}",
            delete(subscriptions::remove_mail),
        )
        .route(
            "/api/v1/session",
            get(session::oneself)
                .post(session::log_in)
                .delete(session::log_out),
        )
        .route("/api/v1/users", get(users::list))
        .route("/api/v1/users/{email}/role", post(users::set_role))
        .route(
            "/api/v1/users/{email}/sessions",
            delete(users::end_sessions),
        )
        .route("/api/v1/report", get(reports::report))
        .route("/api/v1/refused", get(reports::refused))
        .route("/api/v1/{*rest}", any(unknown))
        .layer(DefaultBodyLimit::max(BODY))
        .method_not_allowed_fallback(wrong_method)
}

/// Whatever the API does not know is answered like everything else in it.
async fn unknown() -> ApiError {
    ApiError::Missing("such call; /api/v1/openapi.json lists them".into())
}

async fn wrong_method() -> ApiError {
    ApiError::WrongMethod
}
