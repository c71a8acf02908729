//! People: listed, written, forgotten, and links for their mails.

use super::caller::{Asked, Body, Caller, Reads, Writes};
use super::goals::names;
use super::query::{Listed, after, limit};
use super::values::{from_json, to_json};
use crate::app::App;
use crate::error::{ApiError, Fault};
use crate::store::{CompanyChange, LinkKind, PersonChange, Portrait, Values};
use crate::time::rfc3339;
use crate::tracked::Page;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::ids::Timestamp;
use engine::value::ValueType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json_};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonBody {
    /// The id.
    pub id: String,
    /// The address on file.
    pub email: Option<String>,
    /// A record that a visitor made by typing an address that was on file already.
    pub claimed: bool,
    /// Where the record came from.
    pub source: String,
    /// Values under their names.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Json_>,
    /// The company.
    pub company: Option<CompanyBody>,
    /// Lists.
    pub lists: Vec<String>,
    /// The dialogue that won this person.
    pub acquired_by: Option<String>,
    /// Whether reports leave the person out.
    pub test: bool,
    /// When the record was made.
    pub created: String,
    /// When it last changed.
    pub updated: String,
}

/// A company.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CompanyBody {
    /// Its name.
    pub name: String,
    /// Its domain: people with an address there belong to it.
    pub domain: Option<String>,
    /// Values under their names.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Json_>,
}

/// What to write about a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonWrite {
    /// Finds or makes the person.
    pub email: String,
    /// Values to set; null clears.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Json_>,
    /// Their company.
    #[serde(default)]
    pub company: Option<CompanyWrite>,
    /// Lists to join.
    #[serde(default)]
    pub join: Vec<String>,
    /// Lists to leave.
    #[serde(default)]
    pub leave: Vec<String>,
    /// Whether reports leave the person out.
    #[serde(default)]
    pub test: Option<bool>,
}

/// What to write about a company.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompanyWrite {
    /// Its name.
    pub name: String,
    /// Finds or makes the company.
    pub domain: Option<String>,
    /// Values to set.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Json_>,
}

/// What to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// The `next` of an earlier page.
    pub after: Option<String>,
    /// At most so many, 1 to 500; 100 when absent.
    pub limit: Option<u32>,
    /// Whose address holds this.
    pub email: Option<String>,
}

/// Which people a file holds.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PeopleFileQuery {
    /// Whose address holds this.
    pub email: Option<String>,
}

/// Which kind of link.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LinkWrite {
    /// The page it leads to, without a fragment; only the link's own fragment comes back when absent.
    pub page: String,
    /// Verify whoever opens it first within 24 hours, instead of recognising.
    pub verify: bool,
}

/// A link for a person's mails.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LinkBody {
    /// The page with the token in its fragment.
    pub link: String,
}

/// A receipt.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ForgottenBody {
    /// Records, claimed and merged ones included.
    pub records: u32,
    /// Conversations with all their inputs.
    pub conversations: u32,
    /// Goals and activities.
    pub deeds: u32,
}

fn object(values: &Values) -> Map<String, Json_> {
    values
        .iter()
        .map(|(name, value)| (name.clone(), to_json(value)))
        .collect()
}

pub(super) fn shown(portrait: Portrait, names: &BTreeMap<u32, String>) -> PersonBody {
    let person = portrait.person;
    PersonBody {
        id: person.id,
        email: person.email,
        claimed: person.claimed,
        source: person.source,
        attributes: object(&portrait.values),
        company: portrait.company.map(|company| CompanyBody {
            name: company.name,
            domain: company.domain,
            attributes: object(&company.values),
        }),
        lists: portrait.lists,
        acquired_by: person
            .acquired_dialogue
            .and_then(|number| names.get(&number).cloned()),
        test: person.test,
        created: rfc3339(Timestamp(person.created_at)),
        updated: rfc3339(Timestamp(person.updated_at)),
    }
}

/// List people.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", params(PeopleQuery),
    responses((status = 200, body = Listed<PersonBody>)))]
pub async fn list(
    State(app): State<App>,
    caller: Caller<Reads>,
    Asked(query): Asked<PeopleQuery>,
) -> Result<Json<Listed<PersonBody>>, ApiError> {
    let scope = caller.scope();
    let after = after(query.after.as_deref())?;
    let page = app
        .store
        .people(scope, after, query.email, limit(query.limit)?)
        .await?;
    let names = names(&app, scope).await?;
    Ok(Json(Listed::of(page, |portrait| shown(portrait, &names))))
}

/// One person, by address or id.
#[utoipa::path(get, path = "/api/v1/people/{key}", tag = "people", params(("key" = String, Path)),
    responses((status = 200, body = PersonBody)))]
pub async fn one(
    State(app): State<App>,
    caller: Caller<Reads>,
    Path(key): Path<String>,
) -> Result<Json<PersonBody>, ApiError> {
    let scope = caller.scope();
    let portrait = app.store.person(scope, key).await?;
    let names = names(&app, scope).await?;
    Ok(Json(shown(portrait, &names)))
}

/// Create or change a person, found by address.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = PersonWrite,
    responses((status = 201, body = PersonBody), (status = 200, body = PersonBody)))]
pub async fn upsert(
    State(app): State<App>,
    caller: Caller<Writes>,
    Body(write): Body<PersonWrite>,
) -> Result<(StatusCode, Json<PersonBody>), ApiError> {
    let scope = caller.scope();
    let kinds = app.store.attributes(scope).await?;
    let mut faults = Vec::new();
    let email = engine::reading::email(&write.email);
    if email.is_none() {
        faults.push(Fault::at("email", "a mail address"));
    }
    let mut values = BTreeMap::new();
    for (name, json) in &write.attributes {
        match read(&kinds, "person", name, json) {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(fault) => faults.push(fault),
        }
    }
    let company = write.company.map(|company| {
        let mut values = Values::new();
        for (name, json) in &company.attributes {
            match read(&kinds, "company", name, json) {
                Ok(Some(value)) => {
                    values.insert(name.clone(), value);
                }
                Ok(None) => faults.push(Fault::at(name, "a company's value is set, not cleared")),
                Err(fault) => faults.push(fault),
            }
        }
        if company.name.is_empty() && company.domain.is_none() {
            faults.push(Fault::at("company", "a name or a domain"));
        }
        CompanyChange {
            name: company.name,
            domain: company.domain.map(|d| d.to_lowercase()),
            values,
        }
    });
    let Some(email) = email.filter(|_| faults.is_empty()) else {
        return Err(ApiError::Unusable(faults));
    };
    let change = PersonChange {
        email: email.to_lowercase(),
        values,
        company,
        join: write.join,
        leave: write.leave,
        test: write.test,
        source: "api".into(),
    };
    let (id, is_new) = app.store.upsert_person(scope, change).await?;
    let portrait = app.store.person(scope, id).await?;
    let names = names(&app, scope).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(shown(portrait, &names))))
}

fn read(
    kinds: &BTreeMap<String, ValueType>,
    subject: &str,
    name: &str,
    json: &Json_,
) -> Result<Option<engine::value::Value>, Fault> {
    let full = format!("{subject}.{name}");
    if name == "email"
        || name == "source"
        || (subject == "company" && (name == "name" || name == "domain"))
    {
        return Err(Fault::at(&full, "this one is a field of its own"));
    }
    let Some(kind) = kinds.get(&full) else {
        return Err(Fault::at(
            &full,
            "there is no such attribute; declare it in the workspace file",
        ));
    };
    if json.is_null() {
        return Ok(None);
    }
    match from_json(json, *kind) {
        Some(value) => Ok(Some(value)),
        None => {
            let kind = crate::store::values::kind_word(*kind);
            Err(Fault::at(
                &full,
                format!("{json} is not of the type {kind}"),
            ))
        }
    }
}

/// Forget a person: records, conversations, goals, and what waits to be sent about them.
#[utoipa::path(delete, path = "/api/v1/people/{key}", tag = "people", params(("key" = String, Path)),
    responses((status = 200, body = ForgottenBody)))]
pub async fn forget(
    State(app): State<App>,
    caller: Caller<Writes>,
    Path(key): Path<String>,
) -> Result<Json<ForgottenBody>, ApiError> {
    let scope = caller.scope();
    let forgotten = app.forget(scope, key).await?;
    Ok(Json(ForgottenBody {
        records: forgotten.records,
        conversations: forgotten.conversations,
        deeds: forgotten.deeds,
    }))
}

/// Make a link for a person's mails.
#[utoipa::path(post, path = "/api/v1/people/{key}/links", tag = "people", params(("key" = String, Path)),
    request_body = LinkWrite,
    responses((status = 201, body = LinkBody)))]
pub async fn link(
    State(app): State<App>,
    caller: Caller<Writes>,
    Path(key): Path<String>,
    Body(write): Body<LinkWrite>,
) -> Result<(StatusCode, Json<LinkBody>), ApiError> {
    let scope = caller.scope();
    let kind = if write.verify {
        LinkKind::Verify
    } else {
        LinkKind::Tracked
    };
    let page =
        Page::parse(&write.page).map_err(|why| ApiError::Unusable(vec![Fault::at("page", why)]))?;
    let token = app.store.create_link(scope, key, kind).await?;
    Ok((
        StatusCode::CREATED,
        Json(LinkBody {
            link: page.with(&token),
        }),
    ))
}
