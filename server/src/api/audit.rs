//! The audit log: who changed what.

use super::caller::{Asked, Audits, Caller};
use super::query::{Listed, PageQuery, after, limit};
use crate::app::App;
use crate::error::ApiError;
use crate::store::AuditRow;
use crate::time::rfc3339;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value as Json_;
use utoipa::ToSchema;

/// A change that somebody made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditBody {
    /// Its place in the chain, from 1 on, without a gap.
    pub position: i64,
    /// When.
    pub at: String,
    /// Who: `operator` (the command line), `user` or `token` with its id.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what. A person stands here by id.
    pub subject: String,
    /// `before` and `after`, where there is something to say; null once a person in it was forgotten.
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Json_>,
    /// What seals it to all before it.
    pub hash: String,
}

impl From<AuditRow> for AuditBody {
    fn from(row: AuditRow) -> Self {
        Self {
            position: row.position,
            at: rfc3339(row.at),
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            detail: row.detail,
            hash: row.hash,
        }
    }
}

/// List what operators and tokens changed.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", params(PageQuery),
    responses((status = 200, body = Listed<AuditBody>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Audits>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<AuditBody>>, ApiError> {
    let (after, limit) = (after(query.after.as_deref())?, limit(query.limit)?);
    let page = app.store.audit(caller.scope(), after, limit).await?;
    Ok(Json(Listed::of(page, AuditBody::from)))
}
