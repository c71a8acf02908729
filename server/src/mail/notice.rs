//! What operators are told of a goal: who, where, and everything that was said.

use engine::ids::Timestamp;

use super::letter::{Address, Letter, Passage};
use super::meeting::spoken;
use super::words::Tongue;
use crate::meetings::Zone;
use crate::store::{GoalRow, Portrait};
use crate::transcript::Line;

/// The notice of a goal to an address that asked for it.
#[must_use]
pub fn letter(
    address: &str,
    goal: &GoalRow,
    person: Option<&Portrait>,
    zone: &Zone,
    transcript: &[Line],
) -> Letter {
    let who = person.and_then(|portrait| portrait.person.email.clone());
    let who = who.unwrap_or_else(|| "an anonymous visitor".into());
    let proven = if goal.proven {
        "proven by replay"
    } else {
        "recorded by your server"
    };
    let mut facts = vec![
        ("Goal".to_owned(), goal.name.clone()),
        ("Reached by".to_owned(), who.clone()),
        (
            "When".to_owned(),
            Tongue::English.moment_and_zone(Timestamp(goal.at), zone),
        ),
        ("How known".to_owned(), proven.to_owned()),
    ];
    if let Some(score) = goal.score {
        facts.push(("Score".into(), score.to_string()));
    }
    if !goal.page_url.is_empty() {
        facts.push(("Page".into(), goal.page_url.clone()));
    }
    for (name, value) in person
        .map(|portrait| &portrait.values)
        .into_iter()
        .flatten()
    {
        facts.push((name.clone(), engine::reading::write(value)));
    }
    let letter = Letter::new(
        Address::of(address),
        "en",
        &format!("Goal reached: {} ({who})", goal.name),
    )
    .with(Passage::Facts(facts));
    if transcript.is_empty() {
        return letter;
    }
    letter
        .with(Passage::Words("What was said:".into()))
        .with(Passage::Facts(spoken(transcript)))
}
