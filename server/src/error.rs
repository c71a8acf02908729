//! What goes wrong, as the caller is told.

use crate::store::StoreError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer that is no success.
#[derive(Debug)]
pub enum ApiError {
    /// 400: the request cannot be read.
    Unreadable(String),
    /// 401: no token, or none that is valid.
    Unauthorised,
    /// 401: no user has this address and this password.
    WrongPassword,
    /// 403: whoever asks may not do this.
    Forbidden(&'static str),
    /// 403: a session's request that another site's page may have made.
    FromElsewhere,
    /// 404: there is no such thing in this workspace.
    Missing(String),
    /// 409: it contradicts what is there.
    Conflict(String),
    /// 405: there is such a thing, and it is not asked that way.
    WrongMethod,
    /// 413: more than a call may hold.
    TooLarge,
    /// 422: read, but it makes no sense; every fault at once.
    Unusable(Vec<Fault>),
    /// 429: too often; seconds to wait.
    Limited(u32),
    /// 503: too busy; try again shortly.
    Busy,
    /// 500: our fault; the cause is in the log.
    Internal,
}

/// One fault in what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// `error`, or `warning` beside errors.
    pub severity: String,
    /// The card it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// The part it is about.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Fault {
    /// A fault in one part of what was sent.
    #[must_use]
    pub fn at(place: &str, message: impl Into<String>) -> Self {
        Self {
            severity: "error".into(),
            card: None,
            place: place.into(),
            message: message.into(),
        }
    }
}

impl From<&engine::check::Diagnosis> for Fault {
    fn from(diagnosis: &engine::check::Diagnosis) -> Self {
        Self {
            severity: match diagnosis.severity {
                engine::check::Severity::Error => "error".into(),
                engine::check::Severity::Warning => "warning".into(),
            },
            card: diagnosis.card.clone(),
            place: diagnosis.place.clone(),
            message: diagnosis.message.clone(),
        }
    }
}

/// The body of an error.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    /// What went wrong, in one sentence.
    pub error: String,
    /// Every fault, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            ApiError::Unreadable(_) => StatusCode::BAD_REQUEST,
            ApiError::Unauthorised | ApiError::WrongPassword => StatusCode::UNAUTHORIZED,
            ApiError::Forbidden(_) | ApiError::FromElsewhere => StatusCode::FORBIDDEN,
            ApiError::Missing(_) => StatusCode::NOT_FOUND,
            ApiError::Conflict(_) => StatusCode::CONFLICT,
            ApiError::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            ApiError::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ApiError::Limited(_) => StatusCode::TOO_MANY_REQUESTS,
            ApiError::Busy => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(&self) -> String {
        match self {
            ApiError::Unreadable(why) | ApiError::Conflict(why) => why.clone(),
            ApiError::Unauthorised => {
                "log in, or send a valid token: authorization: Bearer ut_…".into()
            }
            ApiError::WrongPassword => "nobody has this address and this password".into(),
            ApiError::Forbidden(right) => format!("you have no right to {right}"),
            ApiError::FromElsewhere => {
                "send the header x-usher-request, from a page of this server".into()
            }
            ApiError::Missing(what) => format!("there is no {what}"),
            ApiError::WrongMethod => "this is not asked that way: the header allow says how".into(),
            ApiError::TooLarge => "the body is larger than 1 MB".into(),
            ApiError::Unusable(_) => "what was sent has faults".into(),
            ApiError::Limited(_) => "too many requests".into(),
            ApiError::Busy => "the server is busy; try again shortly".into(),
            ApiError::Internal => "something went wrong on the server".into(),
        }
    }

    fn wait(&self) -> Option<u32> {
        match self {
            ApiError::Limited(seconds) => Some(*seconds),
            ApiError::Busy => Some(1),
            _ => None,
        }
    }

    /// The answer without words, as the wire gives it.
    #[must_use]
    pub fn bare(&self) -> Response {
        let mut response = self.status().into_response();
        if let Some(seconds) = self.wait() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words())
    }
}

impl From<StoreError> for ApiError {
    fn from(fault: StoreError) -> Self {
        match fault {
            StoreError::Busy | StoreError::Stopped => ApiError::Busy,
            StoreError::Missing(what) => ApiError::Missing(what),
            StoreError::Conflict(why) => ApiError::Conflict(why),
            other => {
                let cause = std::error::Error::source(&other).map(ToString::to_string);
                tracing::error!(fault = %other, cause, "the store failed");
                if other.is_passing() {
                    ApiError::Busy
                } else {
                    ApiError::Internal
                }
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.bare();
        let error = self.words();
        let faults = match self {
            ApiError::Unusable(faults) => faults,
            _ => Vec::new(),
        };
        let body = Json(ErrorBody { error, faults }).into_response();
        let (parts, body) = body.into_parts();
        if let Some(media_type) = parts.headers.get(header::CONTENT_TYPE) {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, media_type.clone());
        }
        *response.body_mut() = body;
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    #[test]
    fn a_disk_that_is_full_or_fails_is_told_as_busy() {
        let status = |code| {
            let fault = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            ApiError::from(StoreError::from(fault)).status()
        };
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_WRITE,
        ] {
            assert_eq!(status(code), StatusCode::SERVICE_UNAVAILABLE);
        }
        assert_eq!(
            status(ffi::SQLITE_CORRUPT),
            StatusCode::INTERNAL_SERVER_ERROR
        );
    }
}
