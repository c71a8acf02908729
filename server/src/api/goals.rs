//! Goals: listed, with their proof, and recorded by a customer's server.

use super::caller::{Asked, Body, Caller, Reads, Writes};
use super::conversations::{Line, shown_log};
use super::query::{GoalsQuery, Listed, Wanted, moment};
use crate::app::App;
use crate::error::{ApiError, ErrorBody, Fault};
use crate::store::{GoalRow, Page, RecordedGoal, Scope};
use crate::time::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use engine::ids::{MINUTE, Timestamp};
use engine::url::PageUrl;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json_};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Longest name, key or address, in bytes.
const TEXT_BYTES: usize = 2_048;

/// How far ahead of ours a server's clock may be.
const AHEAD_MS: i64 = 5 * MINUTE;

/// A goal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Goal {
    /// Its id.
    pub id: String,
    /// Its name.
    pub goal: String,
    /// 0 to 3.
    pub score: Option<u8>,
    /// When.
    pub at: String,
    /// `true`: a replay of the visitor's answers reached the goal card. `false`: a server recorded it.
    pub proven: bool,
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

/// A goal with everything that proves it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoalWithProof {
    /// The goal.
    #[serde(flatten)]
    pub goal: Goal,
    /// Absent for a recorded goal.
    pub proof: Option<Proof>,
}

/// Why a goal is believed: replaying these inputs through this edition reaches its card.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Proof {
    /// The goal card, by the author's id.
    pub card: String,
    /// The line that reached it.
    pub line: u32,
    /// Whether replaying the inputs now reaches the card again.
    pub replayed: bool,
    /// Every input up to the goal, as the visitor gave it.
    pub inputs: Vec<Line>,
}

/// What a customer's server says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGoal {
    /// Its name.
    pub goal: String,
    /// 0 to 3.
    #[serde(default)]
    pub score: Option<u8>,
    /// When; now when absent.
    #[serde(default)]
    pub at: Option<String>,
    /// The person's address; a new one makes a person.
    #[serde(default)]
    pub email: Option<String>,
    /// The page.
    #[serde(default)]
    pub page: String,
    /// Further attributes.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Json_>,
}

/// Names of dialogues by number.
pub(super) async fn names(app: &App, scope: &Scope) -> Result<BTreeMap<u32, String>, ApiError> {
    let rows = app.store.dialogues(scope).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.number.0, row.name))
        .collect())
}

pub(super) fn shown(row: GoalRow, names: &BTreeMap<u32, String>) -> Goal {
    Goal {
        id: row.id,
        goal: row.name,
        score: row.score,
        at: rfc3339(Timestamp(row.at)),
        proven: row.proven,
        person: row.person,
        conversation: row.conversation,
        dialogue: row.dialogue.and_then(|number| names.get(&number).cloned()),
        edition: row.edition,
        page: row.page_url,
        attributes: row.attributes,
    }
}

/// List goals, proven and recorded.
#[utoipa::path(get, path = "/api/v1/goals", tag = "goals", params(GoalsQuery),
    responses((status = 200, body = Listed<Goal>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<GoalsQuery>,
) -> Result<Json<Listed<Goal>>, ApiError> {
    let scope = caller.scope();
    let proven = query.proven;
    let page = match Wanted::from(query).filter(&app, scope).await? {
        Ok(filter) => app.store.goals(scope, filter, proven).await?,
        Err(after) => Page::empty(after),
    };
    let names = names(&app, scope).await?;
    Ok(Json(Listed::of(page, |row| shown(row, &names))))
}

/// One goal with its proof.
#[utoipa::path(get, path = "/api/v1/goals/{id}", tag = "goals", params(("id" = String, Path)),
    responses((status = 200, body = GoalWithProof)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller<Reads>,
    Path(id): Path<String>,
) -> Result<Json<GoalWithProof>, ApiError> {
    let scope = caller.scope();
    let row = app.store.goal(scope, id).await?;
    let proof = match (&row.conversation, &row.card, row.seq) {
        (Some(conversation), Some(card), Some(line)) if row.proven => {
            let log = app.store.log(scope, conversation.clone()).await?;
            let (inputs, goals) = shown_log(&app, scope, &log).await?;
            Some(Proof {
                card: card.clone(),
                line,
                replayed: goals.iter().any(|reached| *reached == (line, card.clone())),
                inputs: inputs
                    .into_iter()
                    .filter(|input| input.line <= line)
                    .collect(),
            })
        }
        _ => None,
    };
    let names = names(&app, scope).await?;
    Ok(Json(GoalWithProof {
        goal: shown(row, &names),
        proof,
    }))
}

/// Record a goal that your server saw. It is kept apart from proven ones. The same call with the same
/// `Idempotency-Key` again changes nothing and answers 200.
#[utoipa::path(post, path = "/api/v1/goals", tag = "goals", request_body = NewGoal,
    params(("Idempotency-Key" = String, Header, description = "The same for every try of one wish.")),
    responses((status = 201, body = Goal), (status = 200, body = Goal),
        (status = 409, body = ErrorBody)))]
pub async fn record(
    State(app): State<App>,
    caller: Caller<Writes>,
    headers: HeaderMap,
    Body(new): Body<NewGoal>,
) -> Result<(StatusCode, Json<Goal>), ApiError> {
    let scope = caller.scope();
    let mut faults = Vec::new();
    let key = headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if key.is_empty() || key.len() > 255 {
        faults.push(Fault::at(
            "idempotency-key",
            "send this header, 1 to 255 characters, the same for every try",
        ));
    }
    if new.goal.trim().is_empty() || new.goal.len() > TEXT_BYTES {
        faults.push(Fault::at("goal", "the goal's name"));
    }
    if new.score.is_some_and(|score| score > 3) {
        faults.push(Fault::at("score", "a number from 0 to 3"));
    }
    let is_page = new.page.is_empty() || PageUrl::parse(&new.page).is_some();
    if new.page.len() > TEXT_BYTES || !is_page {
        faults.push(Fault::at(
            "page",
            format!("a web address of at most {TEXT_BYTES} bytes, or nothing"),
        ));
    }
    let at = moment("at", new.at.as_deref()).unwrap_or_else(|_| {
        faults.push(Fault::at(
            "at",
            "a moment with its zone (2027-03-05T10:00:00Z), or a day",
        ));
        None
    });
    if at.is_some_and(|at| Timestamp(at) > app.clock.now().plus(AHEAD_MS)) {
        faults.push(Fault::at("at", "not later than now"));
    }
    let email = new.email.as_deref().map(engine::reading::email);
    if matches!(email, Some(None)) {
        faults.push(Fault::at("email", "a mail address"));
    }
    if !faults.is_empty() {
        return Err(ApiError::Unusable(faults));
    }
    let goal = RecordedGoal {
        name: new.goal.trim().into(),
        score: new.score,
        at: at.map(Timestamp),
        email: email.flatten().map(|email| email.to_lowercase()),
        page_url: new.page,
        attributes: new.attributes,
        idempotency: key.into(),
    };
    let (row, is_new) = app.store.record_goal(scope, goal).await?;
    let names = names(&app, scope).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(shown(row, &names))))
}
