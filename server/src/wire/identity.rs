//! `POST /v1/identity`: who is this, as far as it may be said?

use super::{Message, Origin, answer, enter, login};
use crate::app::App;
use crate::error::ApiError;
use crate::peer;
use crate::secrets::{Purpose, random};
use crate::site::live::Live;
use crate::store::intake::Published;
use crate::store::known::Known;
use crate::store::visitors::{Found, Proof};
use crate::time::zone_minutes;
use axum::extract::State;
use axum::response::Response;
use engine::atoms::{Atom, Stored, bits};
use engine::authored::Activity;
use engine::compiled::encode;
use engine::condition::Clock;
use engine::identity::reveal;
use engine::ids::SnapshotId;
use engine::wire::{EditionFacts, Identified, Identify, SignedSnapshot, Snapshot, Strength};
use std::sync::Arc;

/// Most editions asked for at once.
const EDITIONS: usize = 32;

/// Answers with the truth of atoms and the tokens that may be shown. Known and unknown visitors get
/// answers of the same form.
pub async fn identify(
    State(app): State<App>,
    origin: Origin,
    Message(question): Message<Identify>,
) -> Result<Response, Response> {
    let live = enter(&app, &origin, &question.sender).await?;
    if app.config.rate_limits {
        let limit = app
            .lookups
            .take(peer::neighbourhood(origin.address), app.clock.now());
        limit.map_err(|seconds| {
            app.metrics.limited();
            ApiError::Limited(seconds).bare()
        })?;
    }
    app.metrics.identity();
    let identified = look_up(&app, &live, &origin, question)
        .await
        .map_err(|fault| fault.bare())?;
    Ok(answer(&app, &live, &identified, identified.visitor))
}

async fn look_up(
    app: &App,
    live: &Live,
    origin: &Origin,
    question: Identify,
) -> Result<Identified, ApiError> {
    let mut editions = Vec::new();
    for id in question.editions.iter().take(EDITIONS) {
        if let Ok(published) = app.store.edition(&live.scope, *id).await
            && !published.draft
        {
            editions.push(published);
        }
    }
    let private = origin.wants_privacy(&question.sender);
    let proof = if private {
        Proof::None
    } else {
        proof(app, live, &question).await?
    };
    let token = origin.token(&question.sender);
    let mut found = app
        .store
        .identify(
            &live.scope,
            token,
            proof,
            asked(&editions),
            live.is_staff(origin.address),
        )
        .await?;
    if private {
        found.strength = Strength::Anonymous;
        found.known = Arc::new(Known::default());
    }
    let now = app.clock.now();
    let zone_minutes = zone_minutes(&live.workspace.settings.zone, now);
    let clock = Clock { now, zone_minutes };
    let snapshot = Snapshot {
        id: SnapshotId(random()),
        strength: found.strength,
        made: now,
        zone_minutes,
        editions: editions
            .iter()
            .map(|published| facts(published, &found, clock))
            .collect(),
    };
    let bytes = encode(&snapshot);
    let signature = app.keys.sign(
        Purpose::Snapshot,
        live.scope.workspace(),
        &found.visitor.id,
        &bytes,
    );
    Ok(Identified {
        snapshot: SignedSnapshot { bytes, signature },
        visitor: found.token,
        now,
    })
}

async fn proof(app: &App, live: &Live, question: &Identify) -> Result<Proof, ApiError> {
    if let Some(token) = &question.login {
        let secrets = app.store.login_secrets(&live.scope, &app.keys).await?;
        let kinds = app.store.attributes(&live.scope).await?;
        let name = &live.workspace.name;
        if let Some((email, values)) = login::read(token, name, &secrets, &kinds, app.clock.now()) {
            return Ok(Proof::Login(email, values));
        }
    }
    Ok(question.link.clone().map_or(Proof::None, Proof::Link))
}

fn asked(editions: &[Published]) -> Vec<(Activity, Option<String>)> {
    let mut asked = Vec::new();
    for atom in editions
        .iter()
        .flat_map(|published| &published.compiled.atoms)
    {
        if let Atom::Activity(activity, named, _) = atom {
            let question = (*activity, named.clone());
            if !asked.contains(&question) {
                asked.push(question);
            }
        }
    }
    asked
}

fn facts(published: &Published, found: &Found, clock: Clock) -> EditionFacts {
    let compiled = &published.compiled;
    let tokens = compiled
        .editions
        .first()
        .map_or(&[][..], |edition| &edition.tokens);
    let shown = (0_u16..).zip(tokens).filter_map(|(n, token)| {
        let value = found.known.attribute(token.subject, &token.name)?;
        Some((
            n,
            reveal(found.strength, token.subject, &token.name, &value)?,
        ))
    });
    EditionFacts {
        edition: compiled.id,
        atoms: bits(&compiled.atoms, found.known.as_ref(), clock),
        tokens: shown.collect(),
    }
}
