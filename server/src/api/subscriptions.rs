//! Who hears of what: webhooks, and addresses that goals are mailed to.

use super::caller::{Asked, Body, Caller, Publishes, Reads};
use super::query::{Listed, PageQuery};
use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::outgoing::Allowed;
use crate::store::Kind;
use crate::time::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::ids::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest address of a receiver, in bytes.
const URL_BYTES: usize = 2_048;

/// A webhook to add.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookWrite {
    /// Where activities go.
    pub url: String,
    /// Which activities, by name; all when absent.
    #[serde(default)]
    pub activities: Vec<String>,
}

/// A webhook, just added.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewWebhook {
    /// Its id.
    pub id: String,
    /// What deliveries are signed with; shown once.
    pub secret: String,
}

/// A webhook.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookBody {
    /// Its id.
    pub id: String,
    /// Where activities go.
    pub url: String,
    /// Which activities; all when empty.
    pub activities: Vec<String>,
    /// When it was added.
    pub created: String,
}

/// An address that is to hear of goals.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalMailWrite {
    /// The address.
    pub address: String,
    /// Which goal; every one when absent.
    #[serde(default)]
    pub goal: Option<String>,
}

/// An address that hears of goals.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoalMailBody {
    /// Its id.
    pub id: String,
    /// The address.
    pub address: String,
    /// Which goal; every one when null.
    pub goal: Option<String>,
    /// When it was added.
    pub created: String,
}

/// List webhooks.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "subscriptions", params(PageQuery),
    responses((status = 200, body = Listed<WebhookBody>)))]
pub async fn webhooks(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<WebhookBody>>, ApiError> {
    let rows = app.store.webhooks(caller.scope()).await?;
    let page = query.page(rows, |row| row.position)?;
    Ok(Json(Listed::of(page, |row| WebhookBody {
        id: row.id,
        url: row.url,
        activities: row.kinds,
        created: rfc3339(Timestamp(row.created_at)),
    })))
}

/// Send every activity, or some kinds, to an address of yours from now on, signed and with retries.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "subscriptions", request_body = WebhookWrite,
    responses((status = 201, body = NewWebhook)))]
pub async fn add_webhook(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Body(write): Body<WebhookWrite>,
) -> Result<(StatusCode, Json<NewWebhook>), ApiError> {
    let scope = caller.scope();
    let mut faults = Vec::new();
    if write.url.len() > URL_BYTES {
        faults.push(Fault::at("url", format!("at most {URL_BYTES} bytes")));
    } else if let Err(why) = Allowed::new(&app.config.outgoing_allowed).judge(&write.url) {
        faults.push(Fault::at("url", why));
    }
    let mut kinds = Vec::new();
    for name in &write.activities {
        match Kind::parse(name) {
            Some(kind) => kinds.push(kind),
            None => {
                let known: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
                faults.push(Fault::at(
                    "activities",
                    format!("{name}: there are {}", known.join(", ")),
                ));
            }
        }
    }
    if !faults.is_empty() {
        return Err(ApiError::Unusable(faults));
    }
    let (id, secret) = app
        .store
        .create_webhook(scope, &app.keys, write.url, kinds)
        .await?;
    Ok((StatusCode::CREATED, Json(NewWebhook { id, secret })))
}

/// Remove a webhook.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "subscriptions", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn remove_webhook(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope();
    app.store.delete_webhook(scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List addresses that hear of goals.
#[utoipa::path(get, path = "/api/v1/goal-mails", tag = "subscriptions", params(PageQuery),
    responses((status = 200, body = Listed<GoalMailBody>)))]
pub async fn mails(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<GoalMailBody>>, ApiError> {
    let rows = app.store.goal_mails(caller.scope()).await?;
    let page = query.page(rows, |row| row.position)?;
    Ok(Json(Listed::of(page, |row| GoalMailBody {
        id: row.id,
        address: row.address,
        goal: row.goal,
        created: rfc3339(Timestamp(row.created_at)),
    })))
}

/// Mail a goal, or every goal, with its transcript to an address from now on.
#[utoipa::path(post, path = "/api/v1/goal-mails", tag = "subscriptions", request_body = GoalMailWrite,
    responses((status = 201, body = GoalMailBody)))]
pub async fn add_mail(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Body(write): Body<GoalMailWrite>,
) -> Result<(StatusCode, Json<GoalMailBody>), ApiError> {
    let scope = caller.scope();
    let Some(address) = engine::reading::email(&write.address) else {
        return Err(ApiError::Unusable(vec![Fault::at(
            "address",
            "a mail address",
        )]));
    };
    let id = app
        .store
        .create_goal_mail(scope, write.goal.clone(), address.clone())
        .await?;
    let created = rfc3339(app.clock.now());
    Ok((
        StatusCode::CREATED,
        Json(GoalMailBody {
            id,
            address,
            goal: write.goal,
            created,
        }),
    ))
}

/// Mail goals to an address no longer.
#[utoipa::path(delete, path = "/api/v1/goal-mails/{id}", tag = "subscriptions", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn remove_mail(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope();
    app.store.delete_goal_mail(scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
