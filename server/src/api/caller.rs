//! Who calls, by their token or their session; and bodies and queries that are read or refused in words.

use super::session::{self, OwnPage};
use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::peer;
use crate::store::{Right, Scope, StoreError};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::http::request::Parts;
use engine::authored::Document;
use engine::check::{Unreadable, read_document};
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::net::SocketAddr;

/// A right that a call needs, as a type: it is looked at before anything else of the request is read.
pub trait Needs: Send + Sync + 'static {
    /// Which.
    const RIGHT: Right;
}

/// Needs the right to read.
#[derive(Clone, Copy, Debug)]
pub struct Reads;
/// Needs the right to write.
#[derive(Clone, Copy, Debug)]
pub struct Writes;
/// Needs the right to publish.
#[derive(Clone, Copy, Debug)]
pub struct Publishes;

/// Needs the right to see the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Audits;

/// Needs the right to say who may do what.
#[derive(Clone, Copy, Debug)]
pub struct Manages;

impl Needs for Manages {
    const RIGHT: Right = Right::Manage;
}

impl Needs for Audits {
    const RIGHT: Right = Right::Audit;
}

impl Needs for Reads {
    const RIGHT: Right = Right::Read;
}

impl Needs for Writes {
    const RIGHT: Right = Right::Write;
}

impl Needs for Publishes {
    const RIGHT: Right = Right::Publish;
}

/// Somebody with a valid token, or logged in, who has the right that the call needs.
#[derive(Clone, Debug)]
pub struct Caller<R>(Scope, PhantomData<R>);

impl<R> Caller<R> {
    /// Where the caller may act.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0
    }
}

impl<R: Needs> FromRequestParts<App> for Caller<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let scope = match bearer(&parts.headers) {
            Some(token) => with_token(token, parts, app).await?,
            None => with_session(parts, app).await?,
        };
        match scope.may(R::RIGHT) {
            true => Ok(Self(scope, PhantomData)),
            false => Err(ApiError::Forbidden(R::RIGHT.word())),
        }
    }
}

/// A user who is logged in, whatever they may do.
#[derive(Clone, Debug)]
pub struct SignedIn(Scope);

impl SignedIn {
    /// Where the user may act.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        with_session(parts, app).await.map(Self)
    }
}

async fn with_token(token: &str, parts: &Parts, app: &App) -> Result<Scope, ApiError> {
    match app.store.enter_with_token(token).await {
        Err(StoreError::Missing(_)) => {
            if app.config.rate_limits {
                let peer = client::address(parts, app);
                let guess = app.guesses.take(peer::neighbourhood(peer), app.clock.now());
                guess.map_err(ApiError::Limited)?;
            }
            Err(ApiError::Unauthorised)
        }
        entered => Ok(entered?),
    }
}

async fn with_session(parts: &Parts, app: &App) -> Result<Scope, ApiError> {
    let token = session::token(app, &parts.headers).ok_or(ApiError::Unauthorised)?;
    OwnPage::judge(parts, app)?;
    match app.store.enter_with_session(token).await {
        Err(StoreError::Missing(_)) => Err(ApiError::Unauthorised),
        entered => Ok(entered?),
    }
}

/// Where a request comes from.
pub mod client {
    use super::{App, ConnectInfo, FromRequestParts, Parts, SocketAddr, peer};
    use std::convert::Infallible;
    use std::net::IpAddr;

    /// The caller's address, behind proxies that may be believed.
    #[derive(Clone, Copy, Debug)]
    pub struct Address(pub IpAddr);

    impl FromRequestParts<App> for Address {
        type Rejection = Infallible;

        async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
            Ok(Self(address(parts, app)))
        }
    }

    pub(super) fn address(parts: &Parts, app: &App) -> IpAddr {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(peer::NOBODY, |info| info.0.ip());
        peer::client(peer, &parts.headers, &app.config.trusted_proxies)
    }
}

/// The token behind `Bearer`, whose case does not matter.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = json_bytes(request, app).await?;
        serde_json::from_slice(&bytes).map(Body).map_err(|fault| {
            if fault.is_data() {
                ApiError::Unusable(vec![Fault::at("body", fault.to_string())])
            } else {
                ApiError::Unreadable(format!("the body is no JSON: {fault}"))
            }
        })
    }
}

/// A dialogue document, with every fault of its form at once.
#[derive(Clone, Debug)]
pub struct Written(pub Document);

impl FromRequest<App> for Written {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = json_bytes(request, app).await?;
        let text = std::str::from_utf8(&bytes)
            .map_err(|fault| ApiError::Unreadable(format!("the body is no JSON: {fault}")))?;
        read_document(text)
            .map(Written)
            .map_err(|fault| match fault {
                Unreadable::Syntax(fault) => {
                    ApiError::Unreadable(format!("the body is no JSON: {fault}"))
                }
                Unreadable::Form(faults) => {
                    ApiError::Unusable(faults.iter().map(Fault::from).collect())
                }
            })
    }
}

async fn json_bytes(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let is_json = media_type.is_some_and(|value| {
        let name = value.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return Err(ApiError::Unreadable(
            "send content-type: application/json".into(),
        ));
    }
    Bytes::from_request(request, app).await.map_err(|fault| {
        if fault.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ApiError::TooLarge
        } else {
            ApiError::Unreadable(fault.body_text())
        }
    })
}

/// The query of an address. What a list does not know is refused, never ignored.
#[derive(Clone, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query.map(|query| Asked(query.0)).map_err(|fault| {
            let words = fault.body_text();
            let words = words
                .rsplit_once("query string: ")
                .map_or(words.as_str(), |(_, rest)| rest);
            ApiError::Unusable(vec![Fault::at("query", words)])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_bearer_is_read_in_any_case() {
        let token = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).map(str::to_owned)
        };
        for value in ["Bearer ut_1", "bearer ut_1", "BEARER  ut_1 "] {
            assert_eq!(token(value).as_deref(), Some("ut_1"), "{value}");
        }
        for value in ["ut_1", "Basic ut_1", "Bearer"] {
            assert_eq!(token(value), None, "{value}");
        }
    }
}
