//! Dialogues: imported, checked, published, shared with reviewers.

use super::caller::{Asked, Body, Caller, Publishes, Reads, Written};
use super::query::{Listed, PageQuery};
use crate::app::App;
use crate::documents::{self, Fetch, NotKept};
use crate::error::{ApiError, ErrorBody, Fault};
use crate::store::PublishError;
use crate::time::rfc3339;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::authored::Document;
use engine::ids::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A dialogue or flow, without its stream.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DialogueBody {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// `dialogue` or `flow`.
    pub kind: String,
    /// Whether it is published.
    pub live: bool,
    /// The edition published last.
    pub edition: Option<String>,
    /// When it was first published.
    pub first_published: Option<String>,
    /// When the document last changed.
    pub updated: String,
}

/// What became of a document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Imported {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Whether it was not there before.
    pub new: bool,
    /// Every fault it has now; importing is allowed with faults, publishing is not.
    pub faults: Vec<Fault>,
}

/// Every fault of a document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Checked {
    /// The faults.
    pub faults: Vec<Fault>,
}

/// What is live now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublishedBody {
    /// Every edition that was made; several when a flow renewed the dialogues that call it.
    pub published: Vec<EditionBody>,
    /// Documents of which there is no fresh copy. Without any copy, a card opens the document's own address in a tab
    /// of its own, and neither pages, downloads nor searches are known.
    pub not_kept: Vec<NotKeptBody>,
}

/// A document that could not be fetched.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NotKeptBody {
    /// Its address.
    pub url: String,
    /// Why, in one sentence.
    pub why: String,
    /// Whether an older copy is offered on.
    pub has_older: bool,
}

/// How to publish.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PublishQuery {
    /// `true` fetches every document anew, also those of which a copy is kept.
    pub fetch: bool,
}

/// An edition of a dialogue.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EditionBody {
    /// The dialogue's name.
    pub dialogue: String,
    /// The edition's id.
    pub edition: String,
}

/// Whether the chat is on.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// Off hides everything, open conversations included.
    pub on: bool,
}

/// A testing link, just made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NewTestingLink {
    /// Where reviewers go; shown once.
    pub link: String,
}

/// A testing link.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TestingLinkBody {
    /// Its id.
    pub id: String,
    /// The edition it shows.
    pub edition: String,
    /// How often it was opened.
    pub opened: u32,
    /// Until when it works.
    pub expires: String,
}

/// What a reviewer said.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CommentBody {
    /// The name they gave.
    pub reviewer: String,
    /// The card on screen.
    pub card: String,
    /// Their words.
    pub words: String,
    /// The edition they saw.
    pub edition: String,
    /// When.
    pub at: String,
}

impl From<PublishError> for ApiError {
    fn from(fault: PublishError) -> Self {
        match fault {
            PublishError::Faulty { diagnoses, .. } => {
                ApiError::Unusable(diagnoses.iter().map(Fault::from).collect())
            }
            PublishError::Store(fault) => fault.into(),
            other @ (PublishError::NotOnlyWords(_) | PublishError::NotLive(_)) => {
                ApiError::Conflict(other.to_string())
            }
        }
    }
}

/// List dialogues and flows.
#[utoipa::path(get, path = "/api/v1/dialogues", tag = "dialogues", params(PageQuery),
    responses((status = 200, body = Listed<DialogueBody>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<DialogueBody>>, ApiError> {
    let scope = caller.scope();
    let rows = app.store.dialogues(scope).await?;
    let page = query.page(rows, |row| i64::from(row.number.0))?;
    Ok(Json(Listed::of(page, |row| DialogueBody {
        number: row.number.0,
        kind: if row.is_flow() {
            "flow".into()
        } else {
            "dialogue".into()
        },
        name: row.name,
        live: row.live,
        edition: row.edition,
        first_published: row.first_published.map(rfc3339),
        updated: rfc3339(row.updated),
    })))
}

/// Keep a dialogue or flow under its name. Publishes nothing.
#[utoipa::path(post, path = "/api/v1/dialogues", tag = "dialogues", request_body(content = Object, description = "A dialogue document."),
    responses((status = 201, body = Imported), (status = 200, body = Imported),
        (status = 409, body = ErrorBody)))]
pub async fn import(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Written(document): Written,
) -> Result<(StatusCode, Json<Imported>), ApiError> {
    let scope = caller.scope();
    let name = document.name().to_owned();
    let faults = app
        .store
        .check(scope, document.clone())
        .await?
        .iter()
        .map(Fault::from)
        .collect();
    let (number, new) = app.store.import(scope, document).await?;
    let status = if new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((
        status,
        Json(Imported {
            number: number.0,
            name,
            new,
            faults,
        }),
    ))
}

/// Every fault of a document, which is not kept.
#[utoipa::path(post, path = "/api/v1/dialogues/check", tag = "dialogues", request_body(content = Object, description = "A dialogue document."),
    responses((status = 200, body = Checked)))]
pub async fn check(
    State(app): State<App>,
    caller: Caller<Reads>,
    Written(document): Written,
) -> Result<Json<Checked>, ApiError> {
    let scope = caller.scope();
    let faults = app
        .store
        .check(scope, document)
        .await?
        .iter()
        .map(Fault::from)
        .collect();
    Ok(Json(Checked { faults }))
}

/// A dialogue or flow as its author wrote it.
#[utoipa::path(get, path = "/api/v1/dialogues/{name}", tag = "dialogues", params(("name" = String, Path)),
    responses((status = 200, body = Object)))]
pub async fn export(
    State(app): State<App>,
    caller: Caller<Reads>,
    Path(name): Path<String>,
) -> Result<Json<Document>, ApiError> {
    let scope = caller.scope();
    Ok(Json(app.store.dialogue(scope, name).await?.document))
}

/// Make a dialogue live as it is written now. PDFs that its cards offer and of which no copy is kept are fetched first.
#[utoipa::path(post, path = "/api/v1/dialogues/{name}/publish", tag = "dialogues",
    params(("name" = String, Path), PublishQuery),
    responses((status = 200, body = PublishedBody)))]
pub async fn publish(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(name): Path<String>,
    Asked(query): Asked<PublishQuery>,
) -> Result<Json<PublishedBody>, ApiError> {
    let scope = caller.scope();
    let fetch = if query.fetch {
        Fetch::All
    } else {
        Fetch::Missing
    };
    let (published, not_kept) = documents::publish(&app, scope, vec![name], fetch).await?;
    app.look_again().await?;
    let published = published
        .into_iter()
        .map(|(dialogue, edition)| EditionBody {
            dialogue,
            edition: edition.to_string(),
        })
        .collect();
    let not_kept = not_kept
        .into_iter()
        .map(
            |NotKept {
                 url,
                 why,
                 has_older,
             }| NotKeptBody {
                url,
                why,
                has_older,
            },
        )
        .collect();
    Ok(Json(PublishedBody {
        published,
        not_kept,
    }))
}

/// Take a dialogue off all pages; whoever is in a conversation finishes it.
#[utoipa::path(post, path = "/api/v1/dialogues/{name}/unpublish", tag = "dialogues", params(("name" = String, Path)),
    responses((status = 204)))]
pub async fn unpublish(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope();
    app.store.unpublish(scope, name).await?;
    app.look_again().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replace the words of a live dialogue for everybody.
#[utoipa::path(post, path = "/api/v1/dialogues/{name}/correct", tag = "dialogues", params(("name" = String, Path)),
    responses((status = 200, body = EditionBody),
        (status = 409, body = ErrorBody)))]
pub async fn correct(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(name): Path<String>,
) -> Result<Json<EditionBody>, ApiError> {
    let scope = caller.scope();
    let edition = app.store.correct(scope, name.clone()).await?;
    app.look_again().await?;
    Ok(Json(EditionBody {
        dialogue: name,
        edition: edition.to_string(),
    }))
}

/// Switch the chat on or off, everywhere and at once.
#[utoipa::path(post, path = "/api/v1/chat", tag = "dialogues", request_body = Chat,
    responses((status = 200, body = Chat)))]
pub async fn chat(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Body(chat): Body<Chat>,
) -> Result<Json<Chat>, ApiError> {
    let scope = caller.scope();
    let mut settings = app.store.workspace(scope).await?.settings;
    settings.chat_on = chat.on;
    app.store.set_settings(scope, settings).await?;
    app.look_again().await?;
    Ok(Json(chat))
}

/// Make a link by which colleagues try a dialogue as it is written now.
#[utoipa::path(post, path = "/api/v1/dialogues/{name}/testing-links", tag = "reviews", params(("name" = String, Path)),
    responses((status = 201, body = NewTestingLink)))]
pub async fn link(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<NewTestingLink>), ApiError> {
    let scope = caller.scope();
    documents::prepare(&app, scope, vec![name.clone()], Fetch::Missing).await?;
    let token = app.store.create_testing_link(scope, name).await?;
    let link = format!("{}/t/{token}", app.config.origin);
    Ok((StatusCode::CREATED, Json(NewTestingLink { link })))
}

/// List a dialogue's testing links that work.
#[utoipa::path(get, path = "/api/v1/dialogues/{name}/testing-links", tag = "reviews",
    params(("name" = String, Path), PageQuery), responses((status = 200, body = Listed<TestingLinkBody>)))]
pub async fn links(
    State(app): State<App>,
    caller: Caller<Reads>,
    Path(name): Path<String>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<TestingLinkBody>>, ApiError> {
    let scope = caller.scope();
    let number = app.store.dialogue(scope, name).await?.number.0;
    let links = app.store.testing_links(scope, Some(number)).await?;
    let page = query.page(links, |link| link.position)?;
    Ok(Json(Listed::of(page, |link| TestingLinkBody {
        id: link.id,
        edition: link.edition,
        opened: link.opened,
        expires: rfc3339(Timestamp(link.expires_at)),
    })))
}

/// End a testing link.
#[utoipa::path(delete, path = "/api/v1/testing-links/{id}", tag = "reviews", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller<Publishes>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let scope = caller.scope();
    app.store.revoke_testing_link(scope, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What reviewers said about a dialogue.
#[utoipa::path(get, path = "/api/v1/dialogues/{name}/comments", tag = "reviews",
    params(("name" = String, Path), PageQuery), responses((status = 200, body = Listed<CommentBody>)))]
pub async fn comments(
    State(app): State<App>,
    caller: Caller<Reads>,
    Path(name): Path<String>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Listed<CommentBody>>, ApiError> {
    let scope = caller.scope();
    let number = app.store.dialogue(scope, name).await?.number.0;
    let comments = app.store.comments(scope, number).await?;
    let page = query.page(comments, |comment| comment.position)?;
    Ok(Json(Listed::of(page, |comment| CommentBody {
        reviewer: comment.reviewer,
        card: comment.card,
        words: comment.words,
        edition: comment.edition,
        at: rfc3339(Timestamp(comment.at)),
    })))
}
