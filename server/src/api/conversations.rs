//! Conversations, and everything that was said in one.

use super::caller::{Asked, Caller, Reads};
use super::goals::names;
use super::query::{ConversationsQuery, Listed, Wanted};
use crate::app::App;
use crate::error::ApiError;
use crate::store::{ConversationRow, Log, Page, Scope};
use crate::time::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use engine::compiled::{CardKind, Edition};
use engine::conversation::{Conversation, Output};
use engine::ids::{CardId, Timestamp};
use engine::memory::SESSION_MS;
use engine::wire::{Answer, Input, Viewing};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use utoipa::ToSchema;

/// A conversation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationBody {
    /// Its id.
    pub id: String,
    /// The dialogue's name.
    pub dialogue: Option<String>,
    /// The edition's id.
    pub edition: String,
    /// The language of its texts.
    pub language: String,
    /// The visitor's n-th admission to the dialogue.
    pub run: u32,
    /// `Initiated`, `Dropped` or `Completed`; `Shown` while nothing was answered.
    pub status: String,
    /// The person's id.
    pub person: Option<String>,
    /// The page it began on.
    pub page: String,
    /// When it began.
    pub began: String,
    /// The last input.
    pub last: String,
    /// How many inputs.
    pub inputs: u32,
    /// Whether the browser's state differed from the replay's; the replay counts.
    pub diverged: bool,
    /// What speaks for a robot; empty when nothing does.
    pub signals: String,
}

/// A conversation with its log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConversationWithLog {
    /// The conversation.
    #[serde(flatten)]
    pub conversation: ConversationBody,
    /// Every input, in order.
    pub log: Vec<Line>,
}

/// One line of a log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Line {
    /// Its place, from 1.
    pub line: u32,
    /// When.
    pub at: String,
    /// What happened: `answered`, `skipped`, `went back`, ...
    pub input: String,
    /// The card it was about, by the author's id.
    pub card: Option<String>,
    /// What was given.
    pub given: Option<String>,
}

fn shown(app: &App, row: ConversationRow, names: &BTreeMap<u32, String>) -> ConversationBody {
    let idle = app.clock.now().since(Timestamp(row.last_at)) >= SESSION_MS;
    let status = match (row.status.as_str(), idle) {
        ("triggered", _) => "Shown",
        ("completed", _) => "Completed",
        (_, true) => "Dropped",
        (_, false) => "Initiated",
    };
    ConversationBody {
        id: row.id,
        dialogue: names.get(&row.dialogue).cloned(),
        edition: row.edition,
        language: row.language,
        run: row.run,
        status: status.into(),
        person: row.person,
        page: row.page_url,
        began: rfc3339(Timestamp(row.began_at)),
        last: rfc3339(Timestamp(row.last_at)),
        inputs: row.inputs,
        diverged: row.diverged,
        signals: row.signals,
    }
}

/// List conversations.
#[utoipa::path(get, path = "/api/v1/conversations", tag = "conversations", params(ConversationsQuery),
    responses((status = 200, body = Listed<ConversationBody>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<ConversationsQuery>,
) -> Result<Json<Listed<ConversationBody>>, ApiError> {
    let scope = caller.scope();
    let page = match Wanted::from(query).filter(&app, scope).await? {
        Ok(filter) => app.store.conversations(scope, filter).await?,
        Err(after) => Page::empty(after),
    };
    let names = names(&app, scope).await?;
    Ok(Json(Listed::of(page, |row| shown(&app, row, &names))))
}

/// One conversation with everything that was said.
#[utoipa::path(get, path = "/api/v1/conversations/{id}", tag = "conversations", params(("id" = String, Path)),
    responses((status = 200, body = ConversationWithLog)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller<Reads>,
    Path(id): Path<String>,
) -> Result<Json<ConversationWithLog>, ApiError> {
    let scope = caller.scope();
    let log = app.store.log(scope, id).await?;
    let (lines, _) = shown_log(&app, scope, &log).await?;
    let names = names(&app, scope).await?;
    Ok(Json(ConversationWithLog {
        conversation: shown(&app, log.row, &names),
        log: lines,
    }))
}

/// A log in words, and the goal cards that replaying it reaches: (line, card).
pub(super) async fn shown_log(
    app: &App,
    scope: &Scope,
    log: &Log,
) -> Result<(Vec<Line>, Vec<(u32, String)>), ApiError> {
    let published = app.store.edition(scope, log.begin.edition).await?;
    let edition = published
        .edition(&log.begin.language)
        .ok_or_else(|| ApiError::Missing("such edition".into()))?;
    let mut goals = Vec::new();
    if let Ok((mut state, _)) = Conversation::begin(edition, log.begin.edition, &log.begin) {
        for entry in &log.entries {
            let Ok(outputs) = state.handle(edition, &entry.input, entry.at) else {
                break;
            };
            for output in outputs {
                if let Output::RecordGoal(card) = output
                    && let Some(card) = edition.cards.get(usize::from(card.0))
                {
                    goals.push((entry.seq, card.id.clone()));
                }
            }
        }
    }
    let lines = log
        .entries
        .iter()
        .map(|entry| {
            let (input, card, given) = words(edition, &entry.input);
            Line {
                line: entry.seq,
                at: rfc3339(entry.at),
                input: input.into(),
                card: card
                    .and_then(|card| edition.cards.get(usize::from(card.0)))
                    .map(|card| card.id.clone()),
                given,
            }
        })
        .collect();
    Ok((lines, goals))
}

fn words(edition: &Edition, input: &Input) -> (&'static str, Option<CardId>, Option<String>) {
    match input {
        Input::Opened => ("opened", None, None),
        Input::Answered(card, Answer::Typed(text)) => ("answered", Some(*card), Some(text.clone())),
        Input::Answered(card, Answer::Choice(n)) => {
            ("answered", Some(*card), choice(edition, *card, *n))
        }
        Input::Agreed(card, answer) => {
            let (_, _, given) = words(edition, &Input::Answered(*card, answer.clone()));
            ("answered and agreed", Some(*card), given)
        }
        Input::Skipped(card) => ("skipped", Some(*card), None),
        Input::DocumentOpened(card) => ("opened the document", Some(*card), None),
        Input::Declined(card) => ("declined", Some(*card), None),
        Input::Unavailable(card) => ("found no time on offer", Some(*card), None),
        Input::LinkClicked(card, _) => ("clicked a link", Some(*card), None),
        Input::WentBack => ("went back", None, None),
        Input::Restarted => ("started over", None, None),
        Input::Moved(page) => ("went on to another page", None, Some(page.url.clone())),
        Input::Told(_) => ("was told by the page", None, None),
        Input::FactsChanged(_) => ("was looked up", None, None),
        Input::SlotBooked(card, _) => ("booked", Some(*card), None),
        Input::DocumentViewed(card, viewing) => {
            ("read the document", Some(*card), Some(viewed(viewing)))
        }
    }
}

/// How a document was read, in a few words.
fn viewed(viewing: &Viewing) -> String {
    let mut words = format!("{} pages, to page {}", viewing.pages, viewing.furthest);
    if viewing.downloaded {
        words.push_str(", downloaded");
    }
    for term in viewing.terms.lines() {
        let _ = write!(words, ", searched \"{term}\"");
    }
    words
}

fn choice(edition: &Edition, card: CardId, n: u16) -> Option<String> {
    match &edition.cards.get(usize::from(card.0))?.kind {
        CardKind::Question { answers, .. } => answers
            .get(usize::from(n))
            .map(|answer| answer.label.clone()),
        CardKind::Capture(capture) => capture
            .picklist
            .get(usize::from(n))
            .map(|(label, _)| label.clone()),
        _ => None,
    }
}
