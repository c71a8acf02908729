//! Lists as CSV, safe to open in a spreadsheet: every cell quoted, no cell a formula.

use super::caller::{Asked, Caller, Reads};
use super::goals::{Goal, names, shown};
use super::people::{self, PeopleFileQuery, PersonBody};
use super::query::{GoalsFileQuery, Wanted};
use crate::app::App;
use crate::error::ApiError;
use crate::store::{Action, Filter, LIMIT};
use axum::body::Body as AxumBody;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// One line of cells.
fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    cells.join(",") + "\r\n"
}

/// A quoted cell. A text that a spreadsheet would compute gets an apostrophe in front.
fn cell(text: &str) -> String {
    let text: String = text
        .chars()
        .filter(|character| *character == '\n' || !character.is_control())
        .collect();
    let begins = text
        .trim_start_matches([' ', '\u{a0}', '"', '\''])
        .chars()
        .next();
    let formula = matches!(
        begins,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|')
    );
    let is_number = text.parse::<f64>().is_ok();
    let guard = if formula && !is_number { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

fn plain(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// A file that leaves page by page. When something fails on the way the connection breaks, so that no half
/// of a list looks like all of it.
fn file<S, F>(
    name: &str,
    heads: &[String],
    state: S,
    next: impl FnMut(S) -> F + Send + 'static,
) -> Response
where
    S: Send + 'static,
    F: Future<Output = Result<Option<(String, S)>, ApiError>> + Send + 'static,
{
    let rows =
        stream::try_unfold(state, next).map_err(|fault| std::io::Error::other(fault.to_string()));
    let head = stream::iter([Ok(line(heads))]);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    (headers, AxumBody::from_stream(head.chain(rows))).into_response()
}

/// Goals as CSV, all or those that a filter leaves.
#[utoipa::path(get, path = "/api/v1/goals.csv", tag = "goals", params(GoalsFileQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn goals(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<GoalsFileQuery>,
) -> Result<Response, ApiError> {
    let scope = caller.scope().clone();
    let names = names(&app, &scope).await?;
    let proven = query.proven;
    let filter = Wanted::from(query).filter(&app, &scope).await?;
    let noted = app
        .store
        .note_export(&scope, Action::ExportGoals, "goals.csv");
    noted.await?;
    let heads = [
        "id",
        "goal",
        "score",
        "at",
        "proven",
        "person",
        "email",
        "conversation",
        "dialogue",
        "edition",
        "page",
    ];
    let next = move |filter: Option<Filter>| {
        let (app, scope, names) = (app.clone(), scope.clone(), names.clone());
        async move {
            let Some(mut filter) = filter else {
                return Ok(None);
            };
            let page = app.store.goals(&scope, filter.clone(), proven).await?;
            let people = page.items.iter().filter_map(|row| row.person.clone());
            let addresses = app.store.addresses(&scope, people.collect()).await?;
            let rows = page.items.into_iter();
            let text = rows
                .map(|row| goal_line(shown(row, &names), &addresses))
                .collect();
            filter.after = page.next;
            Ok(Some((text, page.more.then_some(filter))))
        }
    };
    Ok(file(
        "goals.csv",
        &heads.map(str::to_owned),
        filter.ok(),
        next,
    ))
}

fn goal_line(goal: Goal, addresses: &BTreeMap<String, String>) -> String {
    let address = goal.person.as_ref().and_then(|id| addresses.get(id));
    let address = address.cloned().unwrap_or_default();
    let proven = if goal.proven { "proven" } else { "recorded" };
    line(&[
        goal.id,
        goal.goal,
        goal.score
            .map_or_else(String::new, |score| score.to_string()),
        goal.at,
        proven.into(),
        goal.person.unwrap_or_default(),
        address,
        goal.conversation.unwrap_or_default(),
        goal.dialogue.unwrap_or_default(),
        goal.edition.unwrap_or_default(),
        goal.page,
    ])
}

/// People as CSV, with a column for every attribute a person can have.
#[utoipa::path(get, path = "/api/v1/people.csv", tag = "people", params(PeopleFileQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn people(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<PeopleFileQuery>,
) -> Result<Response, ApiError> {
    let scope = caller.scope().clone();
    let names = names(&app, &scope).await?;
    let declared = app.store.attributes(&scope).await?;
    let noted = app
        .store
        .note_export(&scope, Action::ExportPeople, "people.csv");
    noted.await?;
    let attributes: Vec<String> = declared
        .keys()
        .filter_map(|name| name.strip_prefix("person."))
        .filter(|name| !matches!(*name, "email" | "source"))
        .map(str::to_owned)
        .collect();
    let mut heads: Vec<String> = [
        "id",
        "email",
        "source",
        "company",
        "lists",
        "acquired_by",
        "created",
    ]
    .map(str::to_owned)
    .to_vec();
    heads.extend(attributes.iter().cloned());
    let next = move |after: Option<i64>| {
        let (app, scope, names) = (app.clone(), scope.clone(), names.clone());
        let (attributes, email) = (attributes.clone(), query.email.clone());
        async move {
            let Some(after) = after else {
                return Ok(None);
            };
            let page = app.store.people(&scope, after, email, LIMIT).await?;
            let rows = page.items.into_iter();
            let text = rows
                .map(|portrait| person_line(people::shown(portrait, &names), &attributes))
                .collect();
            Ok(Some((text, page.more.then_some(page.next))))
        }
    };
    Ok(file("people.csv", &heads, Some(0), next))
}

fn person_line(person: PersonBody, attributes: &[String]) -> String {
    let mut cells = vec![
        person.id,
        person.email.unwrap_or_default(),
        person.source,
        person
            .company
            .map_or_else(String::new, |company| company.name),
        person.lists.join("; "),
        person.acquired_by.unwrap_or_default(),
        person.created,
    ];
    cells.extend(
        attributes
            .iter()
            .map(|name| person.attributes.get(name).map_or_else(String::new, plain)),
    );
    line(&cells)
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for text in [
            "=1+1", "+1+1", "-1+1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\"=1", "＝1", "|x", "'=1",
        ] {
            let cell = cell(text);
            assert!(cell.starts_with("\"'"), "{text:?} became {cell}");
        }
        assert_eq!(cell("-1.5"), "\"-1.5\"");
        assert_eq!(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
    }
}
