//! Who calls, by their token; and bodies that are read or refused in words.

use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::peer;
use crate::store::{Right, Scope, StoreError};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Query, Request};
use axum::http::header;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;

/// Somebody with a valid token.
#[derive(Clone, Debug)]
pub struct Caller(Scope);

impl Caller {
    /// The caller's scope, if the token has a right.
    ///
    /// # Errors
    /// When it has not.
    pub fn with(&self, right: Right) -> Result<&Scope, ApiError> {
        if self.0.may(right) {
            Ok(&self.0)
        } else {
            Err(ApiError::Forbidden(right.word()))
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(peer::NOBODY, |info| info.0.ip());
        let peer = peer::client(peer, &parts.headers, &app.config.trusted_proxies);
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or(ApiError::Unauthorised)?;
        match app.store.enter_with_token(token.trim()).await {
            Ok(scope) => Ok(Self(scope)),
            Err(StoreError::Missing(_)) => {
                if app.config.rate_limits {
                    let guess = app.guesses.take(peer::neighbourhood(peer), app.clock.now());
                    guess.map_err(ApiError::Limited)?;
                }
                Err(ApiError::Unauthorised)
            }
            Err(fault) => Err(fault.into()),
        }
    }
}

/// A JSON body.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let media_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_json = media_type.is_some_and(|value| {
            value.split(';').next().unwrap_or_default().trim() == "application/json"
        });
        if !is_json {
            return Err(ApiError::Unreadable(
                "send content-type: application/json".into(),
            ));
        }
        let bytes = Bytes::from_request(request, app)
            .await
            .map_err(|fault| ApiError::Unreadable(fault.body_text()))?;
        serde_json::from_slice(&bytes)
            .map(Body)
            .map_err(|fault| ApiError::Unusable(vec![Fault::at("body", fault.to_string())]))
    }
}

/// The query of an address.
#[derive(Clone, Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let query = Query::<T>::from_request_parts(parts, app).await;
        query
            .map(|query| Asked(query.0))
            .map_err(|fault| ApiError::Unusable(vec![Fault::at("query", fault.body_text())]))
    }
}
