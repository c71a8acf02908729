//! `POST /v1/test`: a testing link's one-time code for the draft it shows.

use super::{Message, Origin, answer, enter};
use crate::app::App;
use crate::error::ApiError;
use crate::persona::Persona;
use crate::time::zone_minutes;
use axum::extract::State;
use axum::response::Response;
use engine::atoms::{Stored, bits};
use engine::compiled::encode;
use engine::condition::Clock;
use engine::identity::reveal;
use engine::wire::{EditionFacts, ExchangeTest, Sender, TestDraft};

/// Gives the draft with what the chosen persona makes true. Nobody real is looked up.
pub async fn exchange(
    State(app): State<App>,
    origin: Origin,
    Message(question): Message<ExchangeTest>,
) -> Result<Response, Response> {
    let sender = Sender {
        workspace: question.workspace.clone(),
        visitor: None,
        gpc: false,
    };
    let live = enter(&app, &origin, &sender).await?;
    let session = app
        .store
        .exchange_test_code(&live.scope, &question.code)
        .await;
    let session = session.map_err(|fault| ApiError::from(fault).bare())?;
    let persona = Persona::read(&session.persona);
    let compiled = session.compiled;
    let missing = || ApiError::Missing("such edition".into()).bare();
    let edition = compiled
        .editions
        .iter()
        .find(|edition| edition.language == persona.language)
        .or(compiled.editions.first())
        .ok_or_else(missing)?;
    let now = app.clock.now().plus(session.clock_ms);
    let clock = Clock {
        now,
        zone_minutes: zone_minutes(&live.workspace.settings.zone, now),
    };
    let stored = persona.stored(now);
    let tokens = (0_u16..).zip(&edition.tokens).filter_map(|(n, token)| {
        let value = stored.attribute(token.subject, &token.name)?;
        Some((
            n,
            reveal(persona.strength, token.subject, &token.name, &value)?,
        ))
    });
    let draft = TestDraft {
        session: format!("{}/{}", live.workspace.name, session.id),
        name: compiled.name.clone(),
        edition: encode(edition),
        id: compiled.id,
        facts: EditionFacts {
            edition: compiled.id,
            atoms: bits(&compiled.atoms, &stored, clock),
            tokens: tokens.collect(),
        },
        strength: persona.strength,
        clock_ms: session.clock_ms,
    };
    Ok(answer(&app, &live, &draft, None))
}
