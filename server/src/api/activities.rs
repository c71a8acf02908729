//! Activities, under the names that campaigns use.

use super::caller::{Asked, Caller, Reads};
use super::goals::names;
use super::query::{ActivitiesQuery, Listed, Wanted};
use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::store::{ActivityRow, Kind, Page};
use crate::time::rfc3339;
use axum::Json;
use axum::extract::State;
use engine::ids::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json_};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An activity.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Activity {
    /// Its id.
    pub id: String,
    /// Its kind, `Reached Dialogue Goal`.
    pub activity: String,
    /// When.
    pub at: String,
    /// The person's id.
    pub person: Option<String>,
    /// The conversation's id.
    pub conversation: Option<String>,
    /// The dialogue's name.
    pub dialogue: Option<String>,
    /// The edition's id.
    pub edition: Option<String>,
    /// The page.
    pub page: String,
    /// Attributes under their names.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Json_>,
}

fn shown(row: ActivityRow, names: &BTreeMap<u32, String>) -> Activity {
    Activity {
        id: row.id,
        activity: row.kind,
        at: rfc3339(Timestamp(row.at)),
        person: row.person,
        conversation: row.conversation,
        dialogue: row.dialogue.and_then(|number| names.get(&number).cloned()),
        edition: row.edition,
        page: row.page_url,
        attributes: row.attributes,
    }
}

/// List activities.
///
/// An activity says what is new. `Interacted with Document in Dialogue` comes with `Document Opened` true when a document
/// is opened, and once more with it false whenever its reader shuts it, leaves or downloads it: then with
/// `Document Pages Viewed` (different pages since it was opened), `Document Furthest Page`, and what has come since the
/// activity before: `Document Downloaded` and `Document Search Terms`.
#[utoipa::path(get, path = "/api/v1/activities", tag = "activities", params(ActivitiesQuery),
    responses((status = 200, body = Listed<Activity>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<ActivitiesQuery>,
) -> Result<Json<Listed<Activity>>, ApiError> {
    let scope = caller.scope();
    let kind = match &query.activity {
        None => None,
        Some(name) => Some(Kind::parse(name).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
            ApiError::Unusable(vec![Fault::at(
                "activity",
                format!("one of: {}", known.join(", ")),
            )])
        })?),
    };
    let page = match Wanted::from(query).filter(&app, scope).await? {
        Ok(filter) => app.store.activities(scope, filter, kind).await?,
        Err(after) => Page::empty(after),
    };
    let names = names(&app, scope).await?;
    Ok(Json(Listed::of(page, |row| shown(row, &names))))
}
