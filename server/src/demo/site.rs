//! The demo site's own server: pages, log-in, and what its bar asks for.

use super::pages::{self, Filling};
use super::personas::{PERSONAS, Way, persona};
use super::{CLOCK_FILE, Demo, mailbox};
use crate::assets::media_type;
use crate::secrets::{base64url, from_base64url, hash, hex, mac_plain};
use crate::site::files::set;
use crate::store::{LinkKind, consent_word, parse_consent};
use crate::time::rfc3339;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use engine::ids::{DAY, HOUR, SECOND};
use serde::Deserialize;
use serde_json::json;

/// The cookie of somebody who has logged in on the site.
const LOGIN: &str = "espalier-login";
/// The cookie that remembers which persona was chosen.
const CHOSEN: &str = "espalier-persona";

/// Which of the demo's hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The site itself.
    Site,
    /// A magazine that carries the same script tag.
    Partner,
}

impl Host {
    /// Its front page. The loader knows pages by how their paths begin, and every path begins with `/`:
    /// with a front page there, it could tell no page on which nothing can show.
    fn home(self) -> &'static str {
        match self {
            Host::Site => "/home",
            Host::Partner => "/kvartal",
        }
    }
}

type Shared = State<(Demo, Host)>;

/// The routes of one host.
pub fn router(demo: Demo, host: Host) -> Router {
    Router::new()
        .route("/login", get(page).post(log_in))
        .route("/logout", post(log_out))
        .route("/events/talent-day/register", get(page).post(register))
        .route("/demo/state.json", get(state))
        .route("/demo/as/{who}", get(become_))
        .route("/demo/clock", post(clock))
        .route("/demo/consent", post(consent))
        .route("/demo/mailbox", get(mails))
        .route("/demo/mailbox/{mail}/{n}", get(attachment))
        .fallback(get(page))
        .with_state((demo, host))
}

/// The files of both hosts, without anything that needs the demo.
pub fn files() -> Router {
    Router::new().fallback(get(|uri: Uri, headers: HeaderMap| async move {
        match pages::plain(uri.path()) {
            Some((name, bytes)) => plain(&headers, name, bytes),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }))
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

fn logged_in(headers: &HeaderMap) -> Option<String> {
    let bytes = from_base64url(&cookie(headers, LOGIN)?)?;
    String::from_utf8(bytes)
        .ok()
        .filter(|email| PERSONAS.iter().any(|one| one.email == email))
}

async fn filling(demo: &Demo, headers: &HeaderMap) -> Filling {
    let workspace = demo.app.store.workspace(&demo.scope).await;
    let (name, version) = workspace.map_or_else(
        |_| (String::new(), 0),
        |workspace| (workspace.name, workspace.version),
    );
    // The loader may be a minute old; the demo's switches are meant to be seen at once.
    let origin = &demo.app.config.origin;
    let mut usher = format!("<script async src=\"{origin}/w/{name}.js?{version}\"></script>");
    if let Some(email) = logged_in(headers) {
        let token = identity(demo, &name, &email);
        usher.push_str(&format!(
            "<script>(window.usher=window.usher||function(){{(usher.q=usher.q||[]).push(arguments)}})('identify','{token}')</script>"
        ));
    }
    let bar = "<usher-demo-bar></usher-demo-bar><script src=\"/bar.js\" defer></script>".into();
    Filling {
        usher,
        bar,
        messages: String::new(),
    }
}

/// A signed token as any customer's server makes it.
fn identity(demo: &Demo, workspace: &str, email: &str) -> String {
    let now = demo.app.clock.now().0 / SECOND;
    let claims =
        json!({ "workspace": workspace, "email": email, "iat": now, "exp": now + HOUR / SECOND });
    let payload = base64url(claims.to_string().as_bytes());
    let signature = base64url(&mac_plain(demo.secret.as_bytes(), payload.as_bytes()));
    format!("{payload}.{signature}")
}

async fn page(State((demo, host)): Shared, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if let Some((name, bytes)) = pages::plain(path) {
        return plain(&headers, name, bytes);
    }
    if path == "/" {
        let query = uri
            .query()
            .map_or_else(String::new, |query| format!("?{query}"));
        return redirect(&format!("{}{query}", host.home()), &[]);
    }
    let filling = filling(&demo, &headers).await;
    let elsewhere = host == Host::Site && path == Host::Partner.home();
    let found = pages::file_of(path)
        .filter(|_| !elsewhere)
        .and_then(|name| pages::page(&name, &filling));
    let (status, html) = match found {
        Some(html) => (StatusCode::OK, html),
        None => (
            StatusCode::NOT_FOUND,
            pages::page("404.html", &filling).unwrap_or_default(),
        ),
    };
    html_response(&headers, status, html)
}

/// A file as it is, compressed once where that helps, and asked for again only when it changed.
fn plain(headers: &HeaderMap, name: &str, bytes: &'static [u8]) -> Response {
    let tag = format!("\"{}\"", hex(&hash(bytes)[..8]));
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains(&tag));
    let media_type = media_type(name);
    let small = (!known && shrinks(media_type) && takes_brotli(headers))
        .then(|| pages::small(name))
        .flatten();
    let mut response = match small {
        _ if known => StatusCode::NOT_MODIFIED.into_response(),
        Some(small) => small.into_response(),
        None => bytes.into_response(),
    };
    if small.is_some() {
        set(&mut response, header::CONTENT_ENCODING, "br");
    }
    set(&mut response, header::CONTENT_TYPE, media_type);
    set(&mut response, header::VARY, "accept-encoding");
    set(&mut response, header::ETAG, &tag);
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}

/// Whether files of this kind become smaller.
fn shrinks(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type == "image/svg+xml"
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| item.trim() == "br")
}

fn html_response(headers: &HeaderMap, status: StatusCode, html: String) -> Response {
    let mut response = if takes_brotli(headers) {
        let mut response = (status, pages::shrunk(html.as_bytes())).into_response();
        set(&mut response, header::CONTENT_ENCODING, "br");
        response
    } else {
        (status, html).into_response()
    };
    set(&mut response, header::VARY, "accept-encoding");
    set(
        &mut response,
        header::CONTENT_TYPE,
        "text/html; charset=utf-8",
    );
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

fn redirect(to: &str, cookies: &[String]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    set(&mut response, header::LOCATION, to);
    for cookie in cookies {
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn kept(name: &str, value: &str) -> String {
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax")
}

fn dropped(name: &str) -> String {
    format!("{name}=; Path=/; Max-Age=0")
}

/// Where to go on: the page that is asked for, or else the one the request came from.
fn onward(demo: &Demo, headers: &HeaderMap, to: Option<String>) -> String {
    // Two slashes would lead to another host.
    to.filter(|to| to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '#']))
        .unwrap_or_else(|| back(demo, headers))
}

/// The page a request came from, when it is one of the demo's own.
fn back(demo: &Demo, headers: &HeaderMap) -> String {
    let referrer = headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let own = [&*demo.site, &*demo.partner]
        .into_iter()
        .find_map(|origin| {
            referrer
                .strip_prefix(origin)
                .filter(|path| path.starts_with('/'))
        });
    own.and_then(|path| path.split('#').next())
        .unwrap_or("/")
        .to_owned()
}

#[derive(Deserialize)]
struct LogIn {
    person: String,
}

async fn log_in(Form(form): Form<LogIn>) -> Response {
    let Some(chosen) = PERSONAS.iter().find(|one| one.email == form.person) else {
        return redirect("/login", &[]);
    };
    let id = if chosen.way == Way::Login {
        chosen.id
    } else {
        ""
    };
    redirect(
        "/account",
        &[
            kept(LOGIN, &base64url(form.person.as_bytes())),
            kept(CHOSEN, id),
        ],
    )
}

async fn log_out() -> Response {
    redirect(Host::Site.home(), &[dropped(LOGIN), dropped(CHOSEN)])
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Registration {
    first_name: String,
    last_name: String,
    email: String,
    company: String,
    ticket: String,
}

/// Registers for the event: the site's own server records the goal through the public API.
async fn register(
    State((demo, _)): Shared,
    headers: HeaderMap,
    Form(form): Form<Registration>,
) -> Response {
    let page = format!("{}/events/talent-day/register", demo.site);
    let goal = json!({
        "goal": "Event registration",
        "email": form.email,
        "page": page,
        "attributes": {
            "firstName": form.first_name, "lastName": form.last_name,
            "company": form.company, "ticket": form.ticket,
        },
    });
    let idempotency = hex(&hash(goal.to_string().as_bytes())[..16]);
    let recorded = reqwest::Client::new()
        .post(format!("{}/api/v1/goals", demo.app.config.origin))
        .bearer_auth(&demo.token)
        .header("idempotency-key", idempotency)
        .header(header::CONTENT_TYPE, "application/json")
        .body(goal.to_string())
        .send()
        .await;
    match recorded {
        Ok(answer) if answer.status().is_success() => {
            redirect("/events/talent-day/registered", &[])
        }
        Ok(answer) => {
            tracing::warn!(status = %answer.status(), "a registration was not recorded");
            redirect(&back(&demo, &headers), &[])
        }
        Err(fault) => {
            tracing::warn!(%fault, "a registration was not recorded");
            redirect(&back(&demo, &headers), &[])
        }
    }
}

async fn state(State((demo, _)): Shared, headers: HeaderMap) -> Response {
    let workspace = demo.app.store.workspace(&demo.scope).await;
    let consent = workspace.map_or("full", |workspace| consent_word(workspace.settings.consent));
    let personas: Vec<_> = PERSONAS
        .iter()
        .map(|one| {
            json!({
                "id": one.id,
                "name": one.name,
                "how": one.how,
                "strength": one.way.strength(),
                "href": format!("/demo/as/{}", one.id),
            })
        })
        .collect();
    let current = cookie(&headers, CHOSEN).filter(|id| persona(id).is_some());
    // Somebody may log in whom the bar brings by a mail.
    let login = logged_in(&headers).and_then(|email| {
        let one = PERSONAS.iter().find(|one| one.email == email)?;
        Some(format!("{}, logged in", one.name.split(',').next()?))
    });
    let mut audiences = serde_json::Map::new();
    for row in demo
        .app
        .store
        .dialogues(&demo.scope)
        .await
        .unwrap_or_default()
    {
        if let engine::authored::Document::Dialogue(dialogue) = row.document {
            let words = dialogue
                .audience
                .criteria
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>();
            audiences.insert(row.name, json!(words));
        }
    }
    let mut response = Json(json!({
        "now": rfc3339(demo.app.clock.now()),
        "consent": consent,
        "personas": personas,
        "current": current.unwrap_or_else(|| if login.is_some() { "" } else { "new" }.into()),
        "login": login,
        "hosts": { "site": &*demo.site, "partner": &*demo.partner },
        "mailbox": "/demo/mailbox",
        "audiences": audiences,
    }))
    .into_response();
    set(&mut response, header::CACHE_CONTROL, "no-store");
    response
}

#[derive(Deserialize)]
struct Onward {
    to: Option<String>,
}

/// Turns the browser into somebody else: it is forgotten first, then comes back by that persona's way in.
async fn become_(
    State((demo, _)): Shared,
    Path(who): Path<String>,
    Query(Onward { to }): Query<Onward>,
    headers: HeaderMap,
) -> Response {
    let page = onward(&demo, &headers, to);
    let Some(chosen) = persona(&who) else {
        return redirect(&page, &[]);
    };
    // Site and chat share a host here, so that the site can see the visitor's cookie and end it.
    let visitor = cookie(&headers, "usher-visitor")
        .and_then(|value| from_base64url(&value))
        .and_then(|bytes| bytes.try_into().ok());
    if let Some(token) = visitor
        && let Err(fault) = demo.app.store.erase_visitor(&demo.scope, token).await
    {
        tracing::warn!(%fault, "a visitor was not forgotten");
    }
    let mut cookies = vec![
        dropped("usher-visitor"),
        dropped("usher"),
        dropped(LOGIN),
        kept(CHOSEN, chosen.id),
    ];
    match chosen.way {
        Way::Unknown => redirect(&page, &cookies),
        Way::Login => {
            cookies.push(kept(LOGIN, &base64url(chosen.email.as_bytes())));
            redirect(&page, &cookies)
        }
        Way::Link => {
            let email = chosen.email.to_owned();
            match demo
                .app
                .store
                .create_link(&demo.scope, email, LinkKind::Tracked)
                .await
            {
                Ok(token) => redirect(&format!("{page}#usher-link={token}"), &cookies),
                Err(fault) => {
                    tracing::warn!(%fault, "no link was made");
                    redirect(&page, &cookies)
                }
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Jump {
    days: Option<i64>,
    to: Option<String>,
}

async fn clock(State((demo, _)): Shared, headers: HeaderMap, Form(jump): Form<Jump>) -> Response {
    match jump.days {
        Some(days) => demo.app.clock.advance(days.clamp(-3_650, 3_650) * DAY),
        None => demo.app.clock.set_offset(0),
    }
    let offset = demo.app.clock.offset_ms().to_string();
    if let Err(fault) = std::fs::write(demo.data.join(CLOCK_FILE), offset) {
        tracing::warn!(%fault, "the demo clock is not remembered");
    }
    redirect(&onward(&demo, &headers, jump.to), &[])
}

#[derive(Deserialize)]
struct Mode {
    mode: String,
}

async fn consent(State((demo, _)): Shared, headers: HeaderMap, Form(mode): Form<Mode>) -> Response {
    if let Some(consent) = parse_consent(&mode.mode) {
        let changed = async {
            let mut settings = demo.app.store.workspace(&demo.scope).await?.settings;
            settings.consent = consent;
            demo.app.store.set_settings(&demo.scope, settings).await?;
            demo.app.look_again().await
        };
        if let Err(fault) = changed.await {
            tracing::warn!(%fault, "the consent mode was not changed");
        }
    }
    redirect(&back(&demo, &headers), &[])
}

async fn mails(State((demo, _)): Shared, headers: HeaderMap) -> Response {
    let mut filling = filling(&demo, &headers).await;
    filling.messages = mailbox::messages(&demo);
    html_response(
        &headers,
        StatusCode::OK,
        pages::page("mailbox.html", &filling).unwrap_or_default(),
    )
}

async fn attachment(State((demo, _)): Shared, Path((mail, n)): Path<(String, usize)>) -> Response {
    match mailbox::attachment(&demo, &mail, n) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some(attachment) => {
            let mut response = attachment.bytes.into_response();
            set(&mut response, header::CONTENT_TYPE, &attachment.media_type);
            set(&mut response, header::CONTENT_DISPOSITION, "attachment");
            set(&mut response, "x-content-type-options", "nosniff");
            response
        }
    }
}
