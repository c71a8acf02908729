//! Counts, and what was not believed.

use super::caller::{Asked, Caller, Reads};
use super::goals::names;
use super::query::{self, Listed, after, limit};
use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::store::{Reason, Report};
use crate::time::rfc3339;
use axum::Json;
use axum::extract::State;
use engine::ids::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Which span of time.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// From this day or moment on.
    pub from: Option<String>,
    /// Until before this day or moment.
    pub until: Option<String>,
}

/// What was counted. Test visits and test people are left out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportBody {
    /// By dialogue.
    pub dialogues: Vec<CountsBody>,
    /// Goals that your servers recorded, by name.
    pub recorded_goals: BTreeMap<String, i64>,
}

/// The counts of one dialogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CountsBody {
    /// The dialogue's name.
    pub dialogue: String,
    /// Runs shown.
    pub triggered: i64,
    /// Runs answered.
    pub engaged: i64,
    /// Runs that came to an end.
    pub completed: i64,
    /// People it won.
    pub acquired: i64,
    /// Meetings booked in it.
    pub meetings: i64,
    /// Goals proven by replay, by name.
    pub proven_goals: BTreeMap<String, i64>,
    /// Visitors per arm of its experiments.
    pub exposed: BTreeMap<String, i64>,
}

/// Which refusals.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RefusedQuery {
    /// The `next` of an earlier page.
    pub after: Option<String>,
    /// Only for this reason, such as `edited facts`.
    pub reason: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
}

/// Something that was not believed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedBody {
    /// Why.
    pub reason: String,
    /// The conversation it claimed to be of.
    pub conversation: String,
    /// More about it.
    pub detail: String,
    /// How often the same came.
    pub times: i64,
    /// First.
    pub first: String,
    /// Last.
    pub last: String,
}

/// A report with names instead of numbers.
pub(crate) fn body(report: &Report, names: &BTreeMap<u32, String>) -> ReportBody {
    let dialogues = report
        .dialogues
        .iter()
        .map(|(number, counts)| CountsBody {
            dialogue: names
                .get(number)
                .cloned()
                .unwrap_or_else(|| format!("number {number}")),
            triggered: counts.triggered,
            engaged: counts.engaged,
            completed: counts.completed,
            acquired: counts.acquired,
            meetings: counts.meetings,
            proven_goals: counts.proven.clone(),
            exposed: counts.exposed.clone(),
        })
        .collect();
    ReportBody {
        dialogues,
        recorded_goals: report.recorded.clone(),
    }
}

/// What dialogues did: triggered, engaged, completed, acquired, meetings, goals proven and recorded.
#[utoipa::path(get, path = "/api/v1/report", tag = "reports", params(Span),
    responses((status = 200, body = ReportBody)))]
pub async fn report(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(span): Asked<Span>,
) -> Result<Json<ReportBody>, ApiError> {
    let scope = caller.scope();
    let (from, until) = query::span(span.from.as_deref(), span.until.as_deref())?;
    let (from, until) = (Timestamp(from), Timestamp(until));
    let report = app.store.report(scope, from, until).await?;
    let names = names(&app, scope).await?;
    Ok(Json(body(&report, &names)))
}

/// What browsers sent and was not believed, in the order in which each came first.
#[utoipa::path(get, path = "/api/v1/refused", tag = "reports", params(RefusedQuery),
    responses((status = 200, body = Listed<RefusedBody>)))]
pub async fn refused(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<RefusedQuery>,
) -> Result<Json<Listed<RefusedBody>>, ApiError> {
    let scope = caller.scope();
    let reason = match query.reason.as_deref() {
        None => None,
        Some(words) => Some(
            Reason::parse(words)
                .ok_or_else(|| ApiError::Unusable(vec![Fault::at("reason", Reason::known())]))?,
        ),
    };
    let (after, limit) = (after(query.after.as_deref())?, limit(query.limit)?);
    let page = app.store.refused_after(scope, reason, after, limit).await?;
    Ok(Json(Listed::of(page, |row| RefusedBody {
        reason: row.reason,
        conversation: row.conversation,
        detail: row.detail,
        times: row.times,
        first: rfc3339(Timestamp(row.first_at)),
        last: rfc3339(Timestamp(row.last_at)),
    })))
}
