//! The filters that lists share.

use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::store::{Filter, LIMIT, Page, Scope, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What to list, in the order of commits: going on after `next` never skips and never repeats.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The `next` of the page before.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
    /// Of this dialogue, by name.
    pub dialogue: Option<String>,
    /// Of this goal; for activities also of this document, link or agent.
    pub goal: Option<String>,
    /// Of this person, by address or id.
    pub person: Option<String>,
    /// On pages whose address holds this.
    pub page: Option<String>,
    /// Of this conversation.
    pub conversation: Option<String>,
    /// From this day or moment on.
    pub from: Option<String>,
    /// Until before this day or moment.
    pub until: Option<String>,
    /// Goals only: `true` for proven ones, `false` for those a server recorded.
    pub proven: Option<bool>,
    /// Activities only: of this kind, `Reached Dialogue Goal`.
    pub activity: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Pass it as `after` to go on; null at the end.
    pub next: Option<String>,
}

impl<T> Listed<T> {
    /// A page with each row as the API shows it.
    pub fn of<R>(page: Page<R>, show: impl FnMut(R) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(show).collect(),
            next: page.next,
        }
    }
}

/// How many rows a page has, when nothing is asked for.
pub const PAGE: u32 = 100;

/// Reads how many rows are asked for.
///
/// # Errors
/// When it is none, or more than a page may have.
pub fn limit(asked: Option<u32>) -> Result<u32, ApiError> {
    match asked.unwrap_or(PAGE) {
        limit @ 1..=LIMIT => Ok(limit),
        _ => Err(ApiError::Unusable(vec![Fault::at(
            "limit",
            format!("a number from 1 to {LIMIT}"),
        )])),
    }
}

/// Reads a moment.
///
/// # Errors
/// When it is none.
pub fn moment(place: &str, text: Option<&str>) -> Result<Option<i64>, ApiError> {
    match text {
        None => Ok(None),
        Some(text) => match crate::time::parse(text) {
            Some(at) => Ok(Some(at.0)),
            None => Err(ApiError::Unusable(vec![Fault::at(
                place,
                "a day (2027-03-05) or a moment with its zone (2027-03-05T10:00:00Z)",
            )])),
        },
    }
}

impl ListQuery {
    /// The filter it describes; nothing when it names a dialogue or person that does not exist.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub async fn filter(&self, app: &App, scope: &Scope) -> Result<Option<Filter>, ApiError> {
        let after = match self.after.as_deref().map(str::parse::<i64>) {
            None => 0,
            Some(Ok(after)) => after,
            Some(Err(_)) => {
                return Err(ApiError::Unusable(vec![Fault::at(
                    "after",
                    "the `next` of an earlier page",
                )]));
            }
        };
        let dialogue = match &self.dialogue {
            None => None,
            Some(name) => match app.store.dialogue(scope, name.clone()).await {
                Ok(row) => Some(row.number.0),
                Err(StoreError::Missing(_)) => return Ok(None),
                Err(fault) => return Err(fault.into()),
            },
        };
        let person = match &self.person {
            None => None,
            Some(key) => match app.store.person(scope, key.clone()).await {
                Ok(portrait) => Some(portrait.person.id),
                Err(StoreError::Missing(_)) => return Ok(None),
                Err(fault) => return Err(fault.into()),
            },
        };
        Ok(Some(Filter {
            after,
            dialogue,
            goal: self.goal.clone(),
            person,
            page: self.page.clone(),
            conversation: self.conversation.clone(),
            from: moment("from", self.from.as_deref())?.unwrap_or(i64::MIN),
            until: moment("until", self.until.as_deref())?.unwrap_or(i64::MAX),
            limit: limit(self.limit)?,
        }))
    }
}
