//! Logging in with a password: a session in a cookie that no script reads and no other site sends.

use super::caller::{Body, SignedIn, client};
use crate::app::App;
use crate::error::ApiError;
use crate::passwords::Checked;
use crate::peer;
use crate::secrets::hash;
use crate::site::files::set;
use crate::store::Right;
use crate::store::sessions::LASTS_MS;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The header that changing requests with a session carry, whatever its value: no other site can send it unasked.
pub const HEADER: &str = "x-usher-request";

/// Who wants to log in.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// The workspace's public name.
    pub workspace: String,
    /// The address.
    pub email: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

/// Who is logged in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OneselfBody {
    /// The workspace's public name.
    pub workspace: String,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The role.
    pub role: String,
    /// What it may do.
    pub rights: Vec<String>,
}

/// A request that no page of another site made.
#[derive(Clone, Copy, Debug)]
pub struct OwnPage;

impl OwnPage {
    /// Looks at what browsers say about where a request comes from.
    ///
    /// # Errors
    /// When it comes from another site, or may.
    pub fn judge(parts: &Parts, app: &App) -> Result<Self, ApiError> {
        let is_ours = !peer::is_foreign(&parts.uri, &parts.headers, &app.config.origin);
        let is_asked = parts.method.is_safe() || parts.headers.contains_key(HEADER);
        match is_ours && is_asked {
            true => Ok(Self),
            false => Err(ApiError::FromElsewhere),
        }
    }
}

impl FromRequestParts<App> for OwnPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        Self::judge(parts, app)
    }
}

/// The token of the session that a browser is in.
pub fn token<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == cookie_name(app))
        .map(|(_, token)| token)
}

fn cookie_name(app: &App) -> &'static str {
    if app.config.is_secure() {
        "__Host-usher-operator"
    } else {
        "usher-operator"
    }
}

fn with_cookie(app: &App, mut response: Response, token: &str, seconds: i64) -> Response {
    let secure = if app.config.is_secure() {
        "; Secure"
    } else {
        ""
    };
    let line = format!(
        "{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}",
        cookie_name(app)
    );
    set(&mut response, header::SET_COOKIE, &line);
    response
}

/// Log in. The answer sets a cookie; requests with it that change something carry the header `x-usher-request`.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = LogIn, security(()),
    params(("x-usher-request" = String, Header, description = "Any value.")),
    responses((status = 204, description = "Logged in; the cookie is set.")))]
pub async fn log_in(
    State(app): State<App>,
    _: OwnPage,
    client: client::Address,
    headers: HeaderMap,
    Body(write): Body<LogIn>,
) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let email = write.email.trim().to_lowercase();
    let account = hash(format!("{}\n{email}", write.workspace).as_bytes());
    if app.config.rate_limits {
        let from = app.log_ins.take(peer::neighbourhood(client.0), now);
        from.map_err(ApiError::Limited)?;
        let again = app.wrong_passwords.may(&account, now);
        again.map_err(ApiError::Limited)?;
    }
    let candidate = app.store.candidate(write.workspace, email).await?;
    let kept = candidate
        .as_ref()
        .map(|candidate| candidate.password.clone());
    let checked = app.passwords.check(write.password, kept).await;
    let (Some(candidate), Checked::Right { renewed }) =
        (candidate, checked.map_err(|_| ApiError::Limited(1))?)
    else {
        app.wrong_passwords.failed(account, now);
        return Err(ApiError::WrongPassword);
    };
    let before = token(&app, &headers).map(str::to_owned);
    let token = app
        .store
        .begin_session(candidate, before, renewed)
        .await
        .map_err(|fault| match ApiError::from(fault) {
            // Removed or given another password since it was looked at.
            ApiError::Missing(_) => ApiError::WrongPassword,
            other => other,
        })?;
    app.wrong_passwords.succeeded(&account);
    let response = StatusCode::NO_CONTENT.into_response();
    Ok(with_cookie(&app, response, &token, LASTS_MS / 1_000))
}

/// Log out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", security(("session" = [])),
    responses((status = 204, description = "Logged out; the cookie is gone.")))]
pub async fn log_out(
    State(app): State<App>,
    caller: SignedIn,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if let Some(token) = token(&app, &headers) {
        app.store.end_session(caller.scope(), token).await?;
    }
    let response = StatusCode::NO_CONTENT.into_response();
    Ok(with_cookie(&app, response, "", 0))
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", security(("session" = [])),
    responses((status = 200, body = OneselfBody)))]
pub async fn oneself(
    State(app): State<App>,
    caller: SignedIn,
) -> Result<Json<OneselfBody>, ApiError> {
    let user = app.store.oneself(caller.scope()).await?;
    let workspace = app.store.workspace(caller.scope()).await?;
    let rights = user.role.rights().iter();
    Ok(Json(OneselfBody {
        workspace: workspace.name,
        email: user.email,
        name: user.name,
        role: user.role.word().into(),
        rights: rights.copied().map(Right::word).map(Into::into).collect(),
    }))
}
