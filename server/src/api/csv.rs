//! Lists as CSV, safe to open in a spreadsheet: every cell quoted, no cell a formula.

use super::caller::Caller;
use super::goals::{names, shown};
use super::people;
use crate::app::App;
use crate::error::{ApiError, ErrorBody};
use crate::store::{Filter, Right};
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// Most rows of one file.
const ROWS: usize = 100_000;

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

fn file(name: &str, text: String) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ),
        ],
        text,
    )
}

/// All goals as CSV.
#[utoipa::path(get, path = "/api/v1/goals.csv", tag = "goals",
    responses((status = 200, body = String, content_type = "text/csv"), (status = 401, body = ErrorBody)))]
pub async fn goals(State(app): State<App>, caller: Caller) -> Result<impl IntoResponse, ApiError> {
    let scope = caller.with(Right::Read)?;
    let names = names(&app, scope).await?;
    let heads = [
        "id",
        "goal",
        "score",
        "at",
        "proven",
        "person",
        "conversation",
        "dialogue",
        "edition",
        "page",
    ];
    let mut text = line(&heads.map(str::to_owned));
    let mut filter = Filter::default();
    let mut rows = 0;
    loop {
        let page = app.store.goals(scope, filter.clone(), None).await?;
        rows += page.items.len();
        for row in page.items {
            let goal = shown(row, &names);
            text.push_str(&line(&[
                goal.id,
                goal.goal,
                goal.score
                    .map_or_else(String::new, |score| score.to_string()),
                goal.at,
                if goal.proven {
                    "proven".into()
                } else {
                    "recorded".into()
                },
                goal.person.unwrap_or_default(),
                goal.conversation.unwrap_or_default(),
                goal.dialogue.unwrap_or_default(),
                goal.edition.unwrap_or_default(),
                goal.page,
            ]));
        }
        match page.next.and_then(|next| next.parse().ok()) {
            Some(next) if rows < ROWS => filter.after = next,
            _ => return Ok(file("goals.csv", text)),
        }
    }
}

/// All people as CSV.
#[utoipa::path(get, path = "/api/v1/people.csv", tag = "people",
    responses((status = 200, body = String, content_type = "text/csv"), (status = 401, body = ErrorBody)))]
pub async fn people(State(app): State<App>, caller: Caller) -> Result<impl IntoResponse, ApiError> {
    let scope = caller.with(Right::Read)?;
    let names = names(&app, scope).await?;
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = app
            .store
            .people(scope, after, None, crate::store::LIMIT)
            .await?;
        all.extend(
            page.items
                .into_iter()
                .map(|portrait| people::shown(portrait, &names)),
        );
        match page.next {
            Some(next) if all.len() < ROWS => after = next,
            _ => break,
        }
    }
    let attributes: BTreeSet<String> = all
        .iter()
        .flat_map(|person| person.attributes.keys().cloned())
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
    let mut text = line(&heads);
    for person in all {
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
        text.push_str(&line(&cells));
    }
    Ok(file("people.csv", text))
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
