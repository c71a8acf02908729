//! What each list can be asked for, and the shape of its pages.

use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::store::{Filter, LIMIT, Page, Scope, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// The `next` of an earlier page.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
}

/// Which goals.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct GoalsQuery {
    /// The `next` of an earlier page.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
    /// Of this dialogue, by name.
    pub dialogue: Option<String>,
    /// Of this name.
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
    /// `true` for proven ones, `false` for those a server recorded.
    pub proven: Option<bool>,
}

/// Which goals a file holds.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct GoalsFileQuery {
    /// Of this dialogue, by name.
    pub dialogue: Option<String>,
    /// Of this name.
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
    /// `true` for proven ones, `false` for those a server recorded.
    pub proven: Option<bool>,
}

/// Which activities.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ActivitiesQuery {
    /// The `next` of an earlier page.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
    /// Of this kind, `Reached Dialogue Goal`.
    pub activity: Option<String>,
    /// Of this dialogue, by name.
    pub dialogue: Option<String>,
    /// About this goal, document, link or agent.
    pub about: Option<String>,
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
}

/// Which conversations.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ConversationsQuery {
    /// The `next` of an earlier page.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
    /// Of this dialogue, by name.
    pub dialogue: Option<String>,
    /// That reached this goal.
    pub goal: Option<String>,
    /// Of this person, by address or id.
    pub person: Option<String>,
    /// Begun on pages whose address holds this.
    pub page: Option<String>,
    /// Begun on this day or from this moment on.
    pub from: Option<String>,
    /// Begun before this day or moment.
    pub until: Option<String>,
}

/// Which rows, whatever the list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    after: Option<String>,
    limit: Option<u32>,
    dialogue: Option<String>,
    goal: Option<String>,
    person: Option<String>,
    page: Option<String>,
    conversation: Option<String>,
    from: Option<String>,
    until: Option<String>,
}

impl From<GoalsQuery> for Wanted {
    fn from(query: GoalsQuery) -> Self {
        Self {
            after: query.after,
            limit: query.limit,
            dialogue: query.dialogue,
            goal: query.goal,
            person: query.person,
            page: query.page,
            conversation: query.conversation,
            from: query.from,
            until: query.until,
        }
    }
}

impl From<GoalsFileQuery> for Wanted {
    fn from(query: GoalsFileQuery) -> Self {
        Self {
            after: None,
            limit: Some(LIMIT),
            dialogue: query.dialogue,
            goal: query.goal,
            person: query.person,
            page: query.page,
            conversation: query.conversation,
            from: query.from,
            until: query.until,
        }
    }
}

impl From<ActivitiesQuery> for Wanted {
    fn from(query: ActivitiesQuery) -> Self {
        Self {
            after: query.after,
            limit: query.limit,
            dialogue: query.dialogue,
            goal: query.about,
            person: query.person,
            page: query.page,
            conversation: query.conversation,
            from: query.from,
            until: query.until,
        }
    }
}

impl From<ConversationsQuery> for Wanted {
    fn from(query: ConversationsQuery) -> Self {
        Self {
            after: query.after,
            limit: query.limit,
            dialogue: query.dialogue,
            goal: query.goal,
            person: query.person,
            page: query.page,
            conversation: None,
            from: query.from,
            until: query.until,
        }
    }
}

/// A page of a list, in the order of commits.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Pass it as `after` to go on, now or later: nothing is skipped and nothing repeated.
    pub next: String,
    /// Whether there is more already.
    pub more: bool,
}

impl<T> Listed<T> {
    /// A page with each row as the API shows it.
    pub fn of<R>(page: Page<R>, show: impl FnMut(R) -> T) -> Self {
        Self {
            items: page.items.into_iter().map(show).collect(),
            next: page.next.to_string(),
            more: page.more,
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
        _ => Err(unusable("limit", format!("a number from 1 to {LIMIT}"))),
    }
}

/// Reads where to go on from; the beginning when absent.
///
/// # Errors
/// When no list gives such a place.
pub fn after(asked: Option<&str>) -> Result<i64, ApiError> {
    match asked.map(str::parse) {
        None => Ok(0),
        Some(Ok(after)) if after >= 0 => Ok(after),
        Some(_) => Err(unusable("after", "the `next` of an earlier page")),
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
            None => Err(unusable(
                place,
                "a day (2027-03-05) or a moment with its zone (2027-03-05T10:00:00Z)",
            )),
        },
    }
}

/// Reads a span of time.
///
/// # Errors
/// When an end is no moment, or it ends before it begins.
pub fn span(from: Option<&str>, until: Option<&str>) -> Result<(i64, i64), ApiError> {
    let begins = moment("from", from)?.unwrap_or(i64::MIN);
    let ends = moment("until", until)?.unwrap_or(i64::MAX);
    if begins > ends {
        return Err(unusable("until", "not before `from`"));
    }
    Ok((begins, ends))
}

fn unusable(place: &str, words: impl Into<String>) -> ApiError {
    ApiError::Unusable(vec![Fault::at(place, words)])
}

impl PageQuery {
    /// The page of a list that is short enough to be read whole.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub fn page<T>(&self, rows: Vec<T>, position: impl Fn(&T) -> i64) -> Result<Page<T>, ApiError> {
        let after = after(self.after.as_deref())?;
        Ok(Page::of(rows, after, limit(self.limit)?, position))
    }
}

impl Wanted {
    /// The filter it describes; only where to go on when it names a dialogue or person that does not exist.
    ///
    /// # Errors
    /// When a value makes no sense.
    pub async fn filter(self, app: &App, scope: &Scope) -> Result<Result<Filter, i64>, ApiError> {
        let after = after(self.after.as_deref())?;
        let limit = limit(self.limit)?;
        let (from, until) = span(self.from.as_deref(), self.until.as_deref())?;
        let dialogue = match self.dialogue {
            None => None,
            Some(name) => match app.store.dialogue(scope, name).await {
                Ok(row) => Some(row.number.0),
                Err(StoreError::Missing(_)) => return Ok(Err(after)),
                Err(fault) => return Err(fault.into()),
            },
        };
        let person = match self.person {
            None => None,
            Some(key) => match app.store.person(scope, key).await {
                Ok(portrait) => Some(portrait.person.id),
                Err(StoreError::Missing(_)) => return Ok(Err(after)),
                Err(fault) => return Err(fault.into()),
            },
        };
        Ok(Ok(Filter {
            after,
            dialogue,
            goal: self.goal,
            person,
            page: self.page,
            conversation: self.conversation,
            from,
            until,
            limit,
        }))
    }
}
