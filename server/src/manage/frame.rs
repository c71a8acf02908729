//! The page around what a link leads to: one card, no script, nothing loaded.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;

use crate::mail::compose::escape;
use crate::mail::words::Tongue;
use crate::store::StoreError;

const STYLE: &str = include_str!("manage.css");

/// The one style, as a policy names it by its hash.
static STYLE_SOURCE: LazyLock<String> = LazyLock::new(|| {
    use base64::Engine as _;
    let hash = crate::secrets::hash(STYLE.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    format!("'sha256-{hash}'")
});

/// Forms only, to ourselves.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let policy = format!(
        "default-src 'none'; style-src {}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        *STYLE_SOURCE
    );
    HeaderValue::try_from(policy).expect("base64 has no control characters")
});

/// A page that also runs scripts of this origin and holds its frames.
pub(crate) fn live_page(title: &str, body: &str) -> Response {
    let mut response = page(StatusCode::OK, Tongue::English, title, body);
    let policy = format!(
        "default-src 'none'; style-src {}; script-src 'self'; frame-src 'self'; form-action 'none'; \
         frame-ancestors 'none'; base-uri 'none'",
        *STYLE_SOURCE
    );
    crate::site::files::set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    response
}

/// A page in a language. `body` is HTML.
pub(crate) fn page(status: StatusCode, tongue: Tongue, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"{}\" dir=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}\n</main>\n</body>\n</html>\n",
        tongue.tag(),
        tongue.direction(),
        escape(title),
    );
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY.clone()),
    ] {
        headers.insert(name, value);
    }
    response
}

/// The answer to every link that leads nowhere.
pub(super) fn unknown() -> Response {
    let tongue = Tongue::English;
    let words = tongue.words().unknown;
    page(
        StatusCode::NOT_FOUND,
        tongue,
        words,
        &format!("<h1>{}</h1>", escape(words)),
    )
}

/// The answer when something failed.
pub(super) fn failed(fault: &StoreError) -> Response {
    match fault {
        StoreError::Missing(_) => unknown(),
        fault => {
            tracing::error!(%fault, "a managed link failed");
            let mut response = page(
                StatusCode::SERVICE_UNAVAILABLE,
                Tongue::English,
                "Not now",
                "<h1>Not now</h1><p>Something is not working here at the moment. Nothing was changed; \
                 open the link again in a minute.</p>",
            );
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            response
        }
    }
}

/// The secret of a link as bytes; wrong ones become a secret that leads nowhere, so that they take as long.
pub(super) fn token(text: &str) -> Vec<u8> {
    crate::secrets::from_base64url(text).unwrap_or_default()
}
