//! The description of the API, made from the handlers and their types.

use super::{
    activities, audit, conversations, csv, dialogues, goals, people, reports, session,
    subscriptions, users,
};
use crate::error::ErrorBody;
use axum::Json;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
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
        audit::list, users::list, users::set_role, users::end_sessions,
        session::log_in, session::log_out, session::oneself,
    ),
    components(schemas(ErrorBody)),
    security(("token" = []), ("session" = [])),
    modifiers(&Token, &Refusals),
)]
struct Described;

/// How callers say who they are.
struct Token;

impl Modify for Token {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
        let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
            "__Host-usher-operator",
            "What logging in sets; over plain HTTP it is named usher-operator. Requests with it that change something \
             carry the header x-usher-request.",
        ));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
    }
}

/// What every call may answer when it is refused, so that no handler has to say it again.
struct Refusals;

impl Modify for Refusals {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut openapi.paths.paths {
            let calls = [&mut item.get, &mut item.post, &mut item.delete];
            for call in calls.into_iter().flatten() {
                let mut codes = vec![
                    ("401", "No token or session, or none that is valid."),
                    ("403", "The caller has no right to this."),
                    (
                        "429",
                        "Too often; the header retry-after says how many seconds to wait.",
                    ),
                    (
                        "503",
                        "Too busy; the header retry-after says how many seconds to wait.",
                    ),
                ];
                if path.contains('{') {
                    codes.push(("404", "There is no such thing in this workspace."));
                }
                if call.request_body.is_some() {
                    codes.push(("400", "The body is no JSON."));
                    codes.push(("413", "The body is larger than 1 MB."));
                }
                let asked = call.parameters.iter().flatten();
                let has_query = asked.clone().any(|one| {
                    matches!(one, RefOr::T(one) if matches!(one.parameter_in, ParameterIn::Query))
                });
                if call.request_body.is_some() || has_query || path.ends_with("/publish") {
                    codes.push(("422", "Read, but it makes no sense; every fault at once."));
                }
                for (code, words) in codes {
                    let known = &mut call.responses.responses;
                    known
                        .entry(code.into())
                        .or_insert_with(|| refusal(words).into());
                }
            }
        }
    }
}

fn refusal(words: &str) -> Response {
    let schema = Ref::from_schema_name("ErrorBody");
    ResponseBuilder::new()
        .description(words)
        .content(
            "application/json",
            ContentBuilder::new().schema(Some(schema)).build(),
        )
        .build()
}

/// `GET /api/v1/openapi.json`: this description; no token needed.
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Described::openapi())
}

/// The same as a value.
pub(super) fn described() -> serde_json::Value {
    serde_json::to_value(Described::openapi()).unwrap_or_default()
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
