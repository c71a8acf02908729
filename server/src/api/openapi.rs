//! The description of the API, made from the handlers and their types.

use super::{activities, conversations, csv, dialogues, goals, people, reports, subscriptions};
use axum::Json;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Usher's goal tracking API",
        description = "Goals, activities, conversations and people of one workspace. Tokens come from `usher token create`.",
        version = "1",
        license(name = "MIT OR Apache-2.0"),
    ),
    paths(
        goals::list, goals::one, goals::record, csv::goals,
        activities::list,
        conversations::list, conversations::one,
        people::list, people::one, people::upsert, people::forget, people::link, csv::people,
        dialogues::list, dialogues::import, dialogues::check, dialogues::export, dialogues::publish,
        dialogues::unpublish, dialogues::correct, dialogues::chat,
        dialogues::link, dialogues::links, dialogues::revoke, dialogues::comments,
        subscriptions::webhooks, subscriptions::add_webhook, subscriptions::remove_webhook,
        subscriptions::mails, subscriptions::add_mail, subscriptions::remove_mail,
        reports::report, reports::refused,
    ),
    security(("token" = [])),
    modifiers(&Token),
)]
struct Described;

/// How callers say who they are.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// `GET /api/v1/openapi.json`: this description; no token needed.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Described::openapi())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Set it to write the description anew after the API has changed.
    const RENEW: &str = "USHER_RENEW_OPENAPI";

    #[test]
    fn the_description_that_is_checked_in_is_the_one_that_is_served() {
        let served = Described::openapi().to_pretty_json().unwrap() + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
        if std::env::var_os(RENEW).is_some() {
            std::fs::write(path, &served).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            kept == served,
            "server/openapi.json is old: run this test with {RENEW}=1"
        );
    }
}
