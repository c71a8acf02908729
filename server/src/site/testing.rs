//! The reviewer's pages behind a testing link: whom to play, where and when, then the way into the draft.
//! Nothing here looks up a real person, and nothing a reviewer does is counted.

use super::files::set;
use super::live::escape;
use crate::app::App;
use crate::error::ApiError;
use crate::mail::words::Tongue;
use crate::manage::{live_page, page};
use crate::peer;
use crate::persona::{Persona, Trait, traits};
use crate::store::values::{kind_word, parse_kind};
use crate::store::{Scope, StoreError, TestingLink};
use crate::wire::Origin;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use engine::compile::Compiled;
use engine::compiled::HostRule;
use engine::url::PageUrl;
use engine::value::ValueType;
use engine::wire::Strength;
use std::fmt::Write as _;
use std::sync::Arc;

/// Longest name of a reviewer, and longest value, in characters.
const TEXT_CHARS: usize = 200;

/// The draft a link shows.
struct Draft {
    scope: Scope,
    link: TestingLink,
    compiled: Arc<Compiled>,
}

async fn draft(app: &App, origin: &Origin, token: &str) -> Result<Draft, Response> {
    let missing = |fault: StoreError| match fault {
        StoreError::Missing(_) => {
            let limited = app.config.rate_limits.then(|| {
                app.guesses
                    .take(peer::neighbourhood(origin.address), app.clock.now())
            });
            match limited {
                Some(Err(seconds)) => ApiError::Limited(seconds).bare(),
                _ => gone(),
            }
        }
        fault => ApiError::from(fault).bare(),
    };
    let (scope, link) = app.store.enter_as_reviewer(token).await.map_err(missing)?;
    let edition = link.edition_id().ok_or_else(gone)?;
    let found = app.store.compiled(&scope, edition).await;
    let compiled = found.map_err(missing)?;
    Ok(Draft {
        scope,
        link,
        compiled,
    })
}

/// The same answer for wrong, expired and revoked links.
fn gone() -> Response {
    let words = "<h1>This link leads nowhere</h1><p>It may have expired, or been ended by whoever made it.</p>";
    hidden(page(
        StatusCode::NOT_FOUND,
        Tongue::English,
        "This link leads nowhere",
        words,
    ))
}

fn hidden(mut response: Response) -> Response {
    set(&mut response, "x-robots-tag", "noindex, nofollow");
    response
}

/// `GET /t/<token>`: says what is tested and asks whom to play.
pub async fn choose(
    State(app): State<App>,
    origin: Origin,
    Path(token): Path<String>,
) -> Result<Response, Response> {
    let draft = draft(&app, &origin, &token).await?;
    let kinds = app.store.attributes(&draft.scope).await;
    let kinds = kinds.map_err(|fault| ApiError::from(fault).bare())?;
    let name = escape(&draft.compiled.name);
    let mut form = format!(
        "<h1>Try “{name}”</h1>\
         <p>This is a draft. You talk to the real chat; nothing you do is counted, stored with a person or sent.</p>\
         <form method=\"post\" class=\"fields\">\
         <label>Your name, for your comments<input name=\"reviewer\" autocomplete=\"name\" maxlength=\"{TEXT_CHARS}\" required></label>\
         <fieldset><legend>Play</legend>\
         <label class=\"pick\"><input type=\"radio\" name=\"strength\" value=\"new\" checked>a visitor nobody knows</label>\
         <label class=\"pick\"><input type=\"radio\" name=\"strength\" value=\"recognised\">somebody recognised, from a mail</label>\
         <label class=\"pick\"><input type=\"radio\" name=\"strength\" value=\"verified\">somebody logged in</label></fieldset>"
    );
    let asked = traits(&draft.compiled, &kinds);
    if !asked.is_empty() {
        form.push_str("<fieldset><legend>What is known of them, unless nobody knows them</legend>");
        for one in &asked {
            form.push_str(&field(one));
        }
        form.push_str("</fieldset>");
    }
    form.push_str(&languages(&draft.compiled));
    let _ = write!(
        form,
        "<label>The page<input name=\"page\" type=\"url\" maxlength=\"2000\" value=\"{}\"></label>\
         <label>The time, UTC; now when empty<input name=\"time\" type=\"datetime-local\"></label>\
         <button>Begin</button></form>",
        escape(&example_page(&draft.compiled))
    );
    Ok(hidden(page(
        StatusCode::OK,
        Tongue::English,
        &draft.compiled.name,
        &form,
    )))
}

/// The languages to choose from, where there are several.
fn languages(compiled: &Compiled) -> String {
    if compiled.editions.len() < 2 {
        return String::new();
    }
    let options: Vec<String> = compiled
        .editions
        .iter()
        .map(|edition| format!("<option>{}</option>", escape(&edition.language)))
        .collect();
    format!(
        "<label>The language<select name=\"language\">{}</select></label>",
        options.join("")
    )
}

fn field(one: &Trait) -> String {
    match one {
        Trait::Attribute(name, kind) => {
            let (name, word) = (escape(name), kind_word(*kind));
            let hint = match kind {
                ValueType::Text => "",
                ValueType::Number => ", a number",
                ValueType::Boolean => ", true or false",
                ValueType::Date => ", like 2027-03-05",
                ValueType::DateTime => ", like 2027-03-05T10:00Z",
            };
            format!(
                "<label>{name}{hint}<input name=\"value:{word}:{name}\" maxlength=\"{TEXT_CHARS}\"></label>"
            )
        }
        Trait::List(list) => {
            let list = escape(list);
            format!(
                "<label class=\"pick\"><input type=\"checkbox\" name=\"list:{list}\">on the list {list}</label>"
            )
        }
        Trait::Activity(words) => {
            let words = escape(words);
            format!(
                "<label class=\"pick\"><input type=\"checkbox\" name=\"activity:{words}\">{words}, just now</label>"
            )
        }
    }
}

/// A page of the customer's that the dialogue is for, as far as its targets name one.
fn example_page(compiled: &Compiled) -> String {
    compiled
        .targets
        .iter()
        .find_map(|pattern| match &pattern.host {
            HostRule::Exact(host) => {
                let port = pattern
                    .port
                    .map_or_else(String::new, |port| format!(":{port}"));
                let path = pattern.path.first().map_or("/", String::as_str);
                Some(format!("https://{host}{port}{path}"))
            }
            HostRule::Domain(_) | HostRule::Any => None,
        })
        .unwrap_or_default()
}

/// `POST /t/<token>`: begins a session and shows the ways into it.
pub async fn begin(
    State(app): State<App>,
    origin: Origin,
    Path(token): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Response> {
    let draft = draft(&app, &origin, &token).await?;
    let get = |name: &str| {
        fields
            .iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.trim())
    };
    let reviewer: String = get("reviewer").chars().take(TEXT_CHARS).collect();
    let reviewer = if reviewer.is_empty() {
        "Somebody".to_owned()
    } else {
        reviewer
    };
    let now = app.clock.now();
    let time = match get("time") {
        "" => Some(now),
        text => crate::time::parse(&format!("{text}Z"))
            .or_else(|| crate::time::parse(&format!("{text}:00Z"))),
    };
    let Some(time) = time else {
        return Ok(careful(
            "That is no time",
            "Go back and choose a time, or leave it empty.",
        ));
    };
    let address = get("page");
    if !address.is_empty() && PageUrl::parse(address).is_none() {
        return Ok(careful(
            "That is no page",
            "Go back and give a web address, or leave it empty.",
        ));
    }
    let persona = serde_json::to_string(&persona(&fields)).unwrap_or_default();
    let begun = app
        .store
        .begin_testing(
            &draft.scope,
            draft.link.id,
            reviewer,
            persona,
            time.since(now),
        )
        .await;
    let code = begun.map_err(|fault| ApiError::from(fault).bare())?;
    let mut body = format!(
        "<h1>Ready</h1><p>Each way in works once, within two minutes. Come back here for another.</p>\
         <p><a class=\"button\" href=\"/t/{}/page#usher-test={code}\">Try it on an empty page</a></p>",
        escape(&token)
    );
    if !address.is_empty() {
        let address = escape(address.split('#').next().unwrap_or_default());
        let _ = write!(
            body,
            "<p><a class=\"button\" href=\"{address}#usher-test={code}\">Try it on {address}</a></p>\
             <p class=\"muted\">That page has to carry the script tag.</p>"
        );
    }
    Ok(hidden(page(
        StatusCode::OK,
        Tongue::English,
        "Ready",
        &body,
    )))
}

fn careful(title: &str, words: &str) -> Response {
    let body = format!("<h1>{title}</h1><p class=\"told careful\" role=\"alert\">{words}</p>");
    hidden(page(
        StatusCode::UNPROCESSABLE_ENTITY,
        Tongue::English,
        title,
        &body,
    ))
}

fn persona(fields: &[(String, String)]) -> Persona {
    let mut persona = Persona::default();
    for (key, value) in fields {
        match key.split_once(':') {
            None if key == "strength" => {
                persona.strength = match value.as_str() {
                    "recognised" => Strength::Recognised,
                    "verified" => Strength::Verified,
                    _ => Strength::Anonymous,
                };
            }
            None if key == "language" => {
                persona.language = value.trim().chars().take(TEXT_CHARS).collect();
            }
            Some(("value", rest)) => {
                let value: String = value.trim().chars().take(TEXT_CHARS).collect();
                if let Some((kind, name)) = rest.split_once(':')
                    && parse_kind(kind).is_some()
                    && !value.is_empty()
                {
                    persona.values.insert(name.into(), (kind.into(), value));
                }
            }
            Some(("list", list)) => {
                persona.lists.insert(list.into());
            }
            Some(("activity", words)) => {
                persona.activities.insert(words.into());
            }
            _ => {}
        }
    }
    persona
}

/// `GET /t/<token>/page`: a page with nothing on it but the workspace's script tag.
pub async fn empty_page(
    State(app): State<App>,
    origin: Origin,
    Path(token): Path<String>,
) -> Result<Response, Response> {
    let draft = draft(&app, &origin, &token).await?;
    let workspace = app.store.workspace(&draft.scope).await;
    let workspace = workspace.map_err(|fault| ApiError::from(fault).bare())?;
    let name = escape(&draft.compiled.name);
    let body = format!(
        "<h1>{name}</h1><p>This page stands for one of yours.</p>\
         <p class=\"muted\">The chat comes up by itself. Leave the test with the link in its ribbon.</p>\
         <script async src=\"/w/{}.js\"></script>",
        escape(&workspace.name),
    );
    Ok(hidden(live_page(&draft.compiled.name, &body)))
}
