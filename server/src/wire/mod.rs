//! What widgets say: one file per verb. Bytes in, bytes out; a page can do nothing about what is refused.

pub mod book;
pub mod comment;
pub mod erase;
pub mod identity;
pub mod inputs;
pub mod login;
pub mod slots;
pub mod test;

use crate::app::App;
use crate::error::ApiError;
use crate::peer;
use crate::secrets::{base64url, from_base64url};
use crate::site::files::set;
use crate::site::live::Live;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use engine::compiled::{decode, encode};
use engine::ids::DAY;
use engine::wire::{Opaque, Sender};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Largest message, in bytes.
pub const BODY: usize = 64 * 1_024;

/// How long a browser keeps its visitor's cookie.
const COOKIE_SECONDS: i64 = 180 * DAY / 1_000;

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The visitor's address.
    pub address: IpAddr,
    /// The token in the cookie.
    cookie: Option<Opaque>,
    /// Whether the request carries Global Privacy Control.
    gpc: bool,
    /// What the browser calls itself.
    pub agent: String,
}

impl FromRequestParts<App> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        app: &App,
    ) -> Result<Self, Self::Rejection> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(peer::NOBODY, |info| info.0.ip());
        let text = |name: &str| {
            parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        Ok(Self {
            address: peer::client(peer, &parts.headers, &app.config.trusted_proxies),
            cookie: cookie(&parts.headers, cookie_name(app)),
            gpc: text("sec-gpc") == Some("1"),
            agent: text("user-agent")
                .unwrap_or_default()
                .chars()
                .take(300)
                .collect(),
        })
    }
}

impl Origin {
    /// The visitor's token: the one the page itself holds, else the cookie's. Two tabs of a new browser may each
    /// have been given one, and share the cookie of the later; what each of them says belongs to its own.
    #[must_use]
    pub fn token(&self, sender: &Sender) -> Option<Opaque> {
        sender.visitor.or(self.cookie)
    }

    /// Whether the browser asks not to be known.
    #[must_use]
    pub fn wants_privacy(&self, sender: &Sender) -> bool {
        self.gpc || sender.gpc
    }
}

/// A message that was read.
#[derive(Clone, Copy, Debug)]
pub struct Message<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Message<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Self::Rejection> {
        let headers = request.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // The frame lives on this origin; nobody else has a reason to write here.
        if peer::is_foreign(request.uri(), headers, &app.config.origin) {
            return Err(ApiError::Forbidden("write from another site").bare());
        }
        let media_type =
            text("content-type").map(|value| value.split(';').next().unwrap_or_default().trim());
        if !matches!(
            media_type,
            None | Some("application/octet-stream" | "text/plain")
        ) {
            return Err(ApiError::Unreadable(String::new()).bare());
        }
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(IntoResponse::into_response)?;
        decode(&bytes)
            .map(Message)
            .map_err(|_| ApiError::Unreadable(String::new()).bare())
    }
}

/// The answer, with the visitor's token as a cookie where there is a new one.
fn answer<T: Serialize>(app: &App, live: &Live, message: &T, token: Option<Opaque>) -> Response {
    let mut response = encode(message).into_response();
    set(
        &mut response,
        header::CONTENT_TYPE,
        "application/octet-stream",
    );
    set(&mut response, header::CACHE_CONTROL, "no-store");
    if let Some(token) = token {
        set(
            &mut response,
            header::SET_COOKIE,
            &cookie_line(app, live, token),
        );
    }
    response
}

/// The workspace of a message, after its neighbourhood's limit.
async fn enter(app: &App, origin: &Origin, sender: &Sender) -> Result<Arc<Live>, Response> {
    limit(app, origin).map_err(|limited| limited.bare())?;
    app.live(&sender.workspace)
        .await
        .map_err(|fault| ApiError::from(fault).bare())
}

/// Counts a request against its neighbourhood.
fn limit(app: &App, origin: &Origin) -> Result<(), ApiError> {
    if !app.config.rate_limits {
        return Ok(());
    }
    let neighbourhood = peer::neighbourhood(origin.address);
    app.by_neighbourhood
        .take(neighbourhood, app.clock.now())
        .map_err(|seconds| {
            app.metrics.limited();
            ApiError::Limited(seconds)
        })
}

fn cookie_name(app: &App) -> &'static str {
    if app.config.is_secure() {
        "__Host-usher-visitor"
    } else {
        "usher-visitor"
    }
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<Opaque> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| from_base64url(value))
        .and_then(|bytes| bytes.try_into().ok())
}

fn cookie_line(app: &App, live: &Live, token: Opaque) -> String {
    format!(
        "{}={}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; {}",
        cookie_name(app),
        base64url(&token),
        cookie_scope(app, live)
    )
}

/// The line that takes the cookie away. Browsers take a partitioned one away only when asked in the same words.
fn expire_line(app: &App, live: &Live) -> String {
    format!(
        "{}=; Path=/; Max-Age=0; HttpOnly; {}",
        cookie_name(app),
        cookie_scope(app, live)
    )
}

/// Where browsers send the cookie.
fn cookie_scope(app: &App, live: &Live) -> &'static str {
    if !app.config.is_secure() {
        "SameSite=Lax"
    } else if is_same_site(&app.config.origin, &live.workspace.settings.sites) {
        "Secure; SameSite=Lax"
    } else {
        "Secure; SameSite=None; Partitioned"
    }
}

/// Whether every listed site shares the chat origin's parent domain: `chat.w.example` beside `www.w.example`.
fn is_same_site(origin: &str, sites: &[String]) -> bool {
    let host = |origin: &str| {
        let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
        let host = rest.split([':', '/']).next().unwrap_or_default();
        host.trim_start_matches("*.").to_ascii_lowercase()
    };
    let chat = host(origin);
    let parent = match chat.split_once('.') {
        Some((_, parent)) if parent.contains('.') => parent,
        _ => &chat,
    };
    !sites.is_empty()
        && sites.iter().map(|site| host(site)).all(|site| {
            site == parent
                || site
                    .strip_suffix(parent)
                    .is_some_and(|rest| rest.ends_with('.'))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_origin_beside_the_site_is_of_the_same_site() {
        let same = |sites: &[&str]| {
            let sites: Vec<String> = sites.iter().map(ToString::to_string).collect();
            is_same_site("https://chat.w.example", &sites)
        };
        assert!(same(&[
            "https://www.w.example",
            "https://w.example",
            "https://*.w.example"
        ]));
        assert!(!same(&["https://www.w.example", "https://other.example"]));
        assert!(!same(&["https://notw.example"]));
        assert!(!same(&[]));
    }
}
