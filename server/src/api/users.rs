//! Users: who they are, in which role, and where they are logged in.

use super::caller::{Asked, Body, Caller, Manages};
use super::query::{Listed, PageQuery};
use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::roles::Role;
use crate::time::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::ids::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A user.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserBody {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The role: `owner`, `marketer`, `analyst` or `agent`.
    pub role: String,
    /// When the user was added.
    pub created: String,
}

/// A role to give.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleWrite {
    /// `owner`, `marketer`, `analyst` or `agent`; none that may do more than whoever gives it.
    pub role: String,
}

/// What ended.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EndedBody {
    /// How many sessions.
    pub sessions: usize,
}

/// List users.
#[utoipa::path(get, path = "/api/v1/users", tag = "users", params(PageQuery),
    responses((status = 200, body = Listed<UserBody>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Manages>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<UserBody>>, ApiError> {
    let users = app.store.users(caller.scope()).await?;
    let placed: Vec<_> = (1..).zip(users).collect();
    let page = query.page(placed, |(place, _)| *place)?;
    Ok(Json(Listed::of(page, |(_, user)| UserBody {
        email: user.email,
        name: user.name,
        role: user.role.word().into(),
        created: rfc3339(Timestamp(user.created_at)),
    })))
}

/// Give a user another role. The user is logged out everywhere; the last owner stays one.
#[utoipa::path(post, path = "/api/v1/users/{email}/role", tag = "users", params(("email" = String, Path)),
    request_body = RoleWrite, responses((status = 204), (status = 409, body = crate::error::ErrorBody)))]
pub async fn set_role(
    State(app): State<App>,
    caller: Caller<Manages>,
    Path(email): Path<String>,
    Body(write): Body<RoleWrite>,
) -> Result<StatusCode, ApiError> {
    let Some(role) = Role::parse(&write.role) else {
        let known: Vec<&str> = Role::all().map(Role::word).collect();
        let words = format!("there are {}", known.join(", "));
        return Err(ApiError::Unusable(vec![Fault::at("role", words)]));
    };
    let scope = caller.scope();
    app.store
        .set_role(scope, email.to_lowercase(), role)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Log a user out everywhere.
#[utoipa::path(delete, path = "/api/v1/users/{email}/sessions", tag = "users", params(("email" = String, Path)),
    responses((status = 200, body = EndedBody)))]
pub async fn end_sessions(
    State(app): State<App>,
    caller: Caller<Manages>,
    Path(email): Path<String>,
) -> Result<Json<EndedBody>, ApiError> {
    let ended = app.store.end_sessions(caller.scope(), email.to_lowercase());
    Ok(Json(EndedBody {
        sessions: ended.await?,
    }))
}
