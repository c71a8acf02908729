//! A visitor's meeting: what it is, where it could be moved, and the way out.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::ids::Timestamp;
use serde::Deserialize;
use std::fmt::Write as _;

use super::frame::{failed, page, token, unknown};
use super::led;
use crate::app::App;
use crate::mail::compose::escape;
use crate::mail::words::{Tongue, fill};
use crate::meetings::Zone;
use crate::store::{self, Change, Meeting, Scope, Store};
use crate::wire::Origin;

/// Most other times on the page.
const TIMES: usize = 80;

/// What a form on the page asks for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// The sequence of the meeting the visitor looked at.
    sequence: u32,
    /// A new start, in milliseconds; without one the meeting is cancelled.
    start: Option<i64>,
}

pub(super) async fn show(
    State(app): State<App>,
    origin: Origin,
    Path(link): Path<String>,
) -> Result<Response, Response> {
    let (scope, meeting) = find(&app, &origin, &link).await?;
    Ok(shown(&app.store, &scope, &meeting, None).await)
}

pub(super) async fn act(
    State(app): State<App>,
    origin: Origin,
    Path(link): Path<String>,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Response> {
    let (scope, meeting) = find(&app, &origin, &link).await?;
    let change = change(&app.store, &scope, &meeting, &wanted).await;
    let change = change.map_err(|fault| failed(&fault))?;
    let (Change::Done(meeting)
    | Change::Overtaken(meeting)
    | Change::Passed(meeting)
    | Change::Taken(meeting)) = &change;
    Ok(shown(&app.store, &scope, meeting, Some(&change)).await)
}

async fn find(app: &App, origin: &Origin, link: &str) -> Result<(Scope, Meeting), Response> {
    led(app, origin, app.store.meeting_by_link(token(link))).await
}

async fn change(
    kept: &Store,
    scope: &Scope,
    meeting: &Meeting,
    wanted: &Wanted,
) -> store::Result<Change> {
    let id = meeting.id.clone();
    match wanted.start {
        Some(start) => {
            kept.move_meeting(scope, id, wanted.sequence, Timestamp(start))
                .await
        }
        None => kept.cancel_meeting(scope, id, wanted.sequence).await,
    }
}

async fn shown(
    store: &Store,
    scope: &Scope,
    meeting: &Meeting,
    change: Option<&Change>,
) -> Response {
    let tongue = Tongue::of(&meeting.language);
    let words = tongue.words();
    let Ok(zone) = Zone::parse(&meeting.zone).or_else(|_| Zone::parse(&meeting.agent_zone)) else {
        return unknown();
    };
    let title = fill(words.meeting_with, &meeting.agent);
    let mut body = format!("<h1>{}</h1>", escape(&title));
    let mut status = StatusCode::OK;
    let told = match change {
        Some(Change::Done(_)) if !meeting.is_cancelled() => Some(("told", words.moved)),
        Some(Change::Taken(_)) => {
            status = StatusCode::CONFLICT;
            Some(("told careful", words.taken))
        }
        Some(Change::Overtaken(_)) => {
            status = StatusCode::CONFLICT;
            Some(("told careful", words.overtaken))
        }
        Some(Change::Passed(_)) => {
            status = StatusCode::CONFLICT;
            None
        }
        Some(Change::Done(_)) | None => None,
    };
    if let Some((class, words)) = told {
        let _ = write!(
            body,
            "<p class=\"{class}\" role=\"status\">{}</p>",
            escape(words)
        );
    }
    let _ = write!(
        body,
        "<dl><dt>{}</dt><dd>{}</dd><dt>{}</dt><dd>{}</dd></dl>",
        escape(words.when),
        escape(&tongue.moment_and_zone(meeting.start, &zone)),
        escape(words.length),
        escape(&tongue.minutes(meeting.length().in_minutes())),
    );
    if meeting.is_cancelled() {
        let _ = write!(
            body,
            "<p class=\"told careful\" role=\"status\">{}</p>",
            escape(words.cancelled)
        );
    } else if meeting.start <= store.now() {
        let _ = write!(
            body,
            "<p class=\"told careful\" role=\"status\">{}</p>",
            escape(words.passed)
        );
    } else {
        let others = match store.other_slots(scope, meeting.id.clone()).await {
            Ok(others) => others,
            Err(fault) => return failed(&fault),
        };
        let _ = write!(
            body,
            "<p>{}</p><form method=\"post\"><input type=\"hidden\" name=\"sequence\" value=\"{}\">\
             <button class=\"danger\">{}</button></form>",
            escape(words.cancel_ask),
            meeting.sequence,
            escape(words.cancel),
        );
        body.push_str(&times(tongue, &zone, meeting, &others));
    }
    page(status, tongue, &title, &body)
}

/// Other times by day, each a button that moves the meeting.
fn times(tongue: Tongue, zone: &Zone, meeting: &Meeting, others: &[Timestamp]) -> String {
    let words = tongue.words();
    let mut html = format!("<h2>{}</h2>", escape(words.other_times));
    if others.is_empty() {
        let _ = write!(html, "<p>{}</p>", escape(words.no_other_times));
        return html;
    }
    let _ = write!(
        html,
        "<p class=\"muted\">{}</p>",
        escape(&fill(words.all_times, zone.name()))
    );
    let _ = write!(
        html,
        "<form method=\"post\"><input type=\"hidden\" name=\"sequence\" value=\"{}\">",
        meeting.sequence
    );
    let mut day = None;
    for start in others.iter().take(TIMES) {
        let date = tongue.date(*start, zone);
        if day.as_ref() != Some(&date) {
            html.push_str(if day.is_some() { "</div>" } else { "" });
            let _ = write!(html, "<h3>{}</h3><div class=\"times\">", escape(&date));
        }
        let time = zone.wall(*start).strftime("%H:%M").to_string();
        let _ = write!(
            html,
            "<button name=\"start\" value=\"{}\" aria-label=\"{}: {}\">{time}</button>",
            start.0,
            escape(words.move_to),
            escape(&tongue.moment_and_zone(*start, zone)),
        );
        day = Some(date);
    }
    html.push_str("</div></form>");
    html
}
