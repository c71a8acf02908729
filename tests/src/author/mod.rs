//! From the blocks of plans to the documents authors write.
//!
//! This is the only place where a plan meets the engine's documents; whatever runs plans publishes what comes from here.

mod attributes;
mod cards;
mod criteria;

pub use attributes::attribute_types;
pub use criteria::criterion;

use crate::plan::{Change, Duration, Event as PlanEvent, Repeat as PlanRepeat};
use cards::lay_cards;
use engine::authored::{Dialogue, Event, Flow, Repeat};

/// Lays the lines of a block over a dialogue.
///
/// # Errors
/// When the block says something that documents have no form for.
pub fn lay(change: &Change, dialogue: &mut Dialogue) -> Result<(), String> {
    if !change.targets.is_empty() || !change.exclusions.is_empty() {
        dialogue.audience.targets.clone_from(&change.targets);
        dialogue.audience.exclusions.clone_from(&change.exclusions);
    }
    if let Some(priority) = change.priority {
        dialogue.priority = u8::try_from(priority).unwrap_or(u8::MAX);
    }
    if let Some(campaign) = &change.campaign {
        dialogue.campaign.clone_from(campaign);
    }
    if let Some(language) = &change.language {
        dialogue.language.clone_from(language);
    }
    dialogue.details.extend(change.details.iter().cloned());
    dialogue.utm.extend(change.utm.iter().cloned());
    if !change.criteria.is_empty() {
        dialogue.audience.criteria = change
            .criteria
            .iter()
            .map(criterion)
            .collect::<Result<_, _>>()?;
    }
    if !change.events.is_empty() {
        dialogue.audience.events = change.events.iter().map(event).collect::<Result<_, _>>()?;
    }
    if let Some(policy) = change.repeat {
        dialogue.repeat = repeat(policy)?;
    }
    dialogue.back = change.back.unwrap_or(dialogue.back);
    dialogue.restart = change.restart.unwrap_or(dialogue.restart);
    let language = dialogue.language.clone();
    lay_cards(change, &mut dialogue.stream.cards, &language)
}

/// Lays the lines of a block over a flow.
///
/// # Errors
/// When the block says something that documents have no form for.
pub fn lay_flow(change: &Change, flow: &mut Flow) -> Result<(), String> {
    if let Some(language) = &change.language {
        flow.language.clone_from(language);
    }
    let language = flow.language.clone();
    lay_cards(change, &mut flow.stream.cards, &language)
}

/// A dialogue without anything, as its definition begins: what a document says that says nothing.
///
/// # Panics
/// Never: a name and no cards are a document.
#[must_use]
pub fn blank_dialogue(name: &str) -> Dialogue {
    let empty = serde_json::json!({ "name": name, "stream": { "cards": [] } });
    serde_json::from_value(empty).expect("a name and no cards are a document")
}

/// A flow without anything, as its definition begins.
///
/// # Panics
/// Never: a name and no cards are a document.
#[must_use]
pub fn blank_flow(name: &str) -> Flow {
    let empty = serde_json::json!({ "name": name, "stream": { "cards": [] } });
    serde_json::from_value(empty).expect("a name and no cards are a document")
}

fn event(event: &PlanEvent) -> Result<Event, String> {
    let seconds = |duration: &Duration| {
        u32::try_from(duration.seconds())
            .map_err(|_| format!("{duration} is too long for an event"))
    };
    Ok(match event {
        PlanEvent::TimeOnPage(duration) => Event::TimeOnPage(seconds(duration)?),
        PlanEvent::TimeOnSite(duration) => Event::TimeOnSite(seconds(duration)?),
        PlanEvent::Scroll(percent) => Event::Scroll(*percent),
        PlanEvent::ExitIntent => Event::ExitIntent,
    })
}

/// So many days.
fn days(duration: Duration) -> Result<u16, String> {
    duration
        .days()
        .and_then(|days| u16::try_from(days).ok())
        .ok_or_else(|| format!("{duration} is no number of days"))
}

fn repeat(policy: PlanRepeat) -> Result<Repeat, String> {
    Ok(match policy {
        PlanRepeat::Once => Repeat::Once,
        PlanRepeat::Every(duration) => Repeat::EveryDays(days(duration)?),
        PlanRepeat::Always => Repeat::Always,
    })
}
