//! Telling a plan's statements to a world, one after the other.

use super::report::{Failure, Outcome};
use super::server::Holds;
use super::world::{self, World};
use crate::plan::{Counter, Expectation, Field, Plan, Statement, same_address};
use engine::value::Value;
use std::time::{Duration, Instant};

/// How long something may take to hold.
const PATIENCE: Duration = Duration::from_secs(4);

/// Runs a plan in a world.
///
/// # Errors
/// At the first statement that does not hold.
pub fn run(plan: &Plan, world: &mut dyn World) -> Outcome {
    for line in &plan.lines {
        let result = match &line.statement {
            Statement::Define(definition) => world.define(definition),
            Statement::Do(action) => world.act(action),
            Statement::Cannot(action) => cannot(action, world),
            Statement::Expect(expectation) => expect_soon(expectation, world),
            Statement::Through(_) => Ok(()),
        };
        result.map_err(|found| failure(plan, line.number, &line.text, found, world))?;
    }
    let last = plan.lines.last().map_or(0, |line| line.number);
    world
        .finish()
        .map_err(|found| failure(plan, last, "the end", found, world))
}

fn failure(
    plan: &Plan,
    line: usize,
    expected: &str,
    found: String,
    world: &mut dyn World,
) -> Box<Failure> {
    Box::new(Failure {
        file: plan.file.clone(),
        line,
        expected: expected.to_owned(),
        found,
        transcript: world.screen().said,
    })
}

/// What holds soon holds, where the world goes on by itself.
fn expect_soon(expectation: &Expectation, world: &mut dyn World) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let result = expect(expectation, world);
        if result.is_ok() || Instant::now() > until || !world.breathe() {
            return result;
        }
    }
}

fn cannot(action: &crate::plan::Action, world: &mut dyn World) -> Result<(), String> {
    let before = world.screen();
    if world.act(action).is_ok() {
        return Err("it was done".into());
    }
    let after = world.screen();
    if (before.said, before.offers, before.shows) != (after.said, after.offers, after.shows) {
        return Err("it was refused, but the screen has changed".into());
    }
    Ok(())
}

fn expect(expectation: &Expectation, world: &mut dyn World) -> Result<(), String> {
    match expectation {
        Expectation::Shows(name, form) => {
            let screen = world.screen();
            equal(
                "on screen",
                &screen.shows.as_deref().unwrap_or("nothing"),
                &name.as_str(),
            )?;
            match form {
                Some(form) => equal("its form", &screen.form, &Some(*form)),
                None => Ok(()),
            }
        }
        Expectation::ShowsNothing => {
            let screen = world.screen();
            equal(
                "on screen",
                &screen.shows.as_deref().unwrap_or("nothing"),
                &"nothing",
            )
        }
        Expectation::Holds(name) => {
            let screen = world.screen();
            equal(
                "on screen",
                &screen.shows.as_deref().unwrap_or("nothing"),
                &"nothing",
            )?;
            equal(
                "waiting",
                &screen.holds.as_deref().unwrap_or("nothing"),
                &name.as_str(),
            )
        }
        Expectation::Continues(name) => {
            let screen = world.screen();
            equal(
                "on screen",
                &screen.shows.as_deref().unwrap_or("nothing"),
                &name.as_str(),
            )?;
            if screen.continues {
                Ok(())
            } else {
                Err("it was begun here".into())
            }
        }
        Expectation::Says(texts) => {
            let screen = world.screen();
            let from = screen.said.len().saturating_sub(texts.len());
            equal(
                "the newest texts",
                &screen.said.get(from..).unwrap_or(&[]),
                &texts.as_slice(),
            )
        }
        Expectation::SaysNothingNew => {
            let screen = world.screen();
            let new = screen.said.get(screen.new_from..).unwrap_or(&[]);
            if new.is_empty() {
                Ok(())
            } else {
                Err(format!("new: {new:?}"))
            }
        }
        Expectation::Offers(answers) => equal("on offer", &world.screen().offers, answers),
        Expectation::OffersSlot(at) => {
            if world.offers_slot(*at)? {
                Ok(())
            } else {
                Err("it is not on offer".into())
            }
        }
        Expectation::AsksFor(kind) => equal("asked for", &world.screen().asks_for, &Some(*kind)),
        Expectation::Refuses(part) => match (world.screen().refusal, part) {
            (None, _) => Err("nothing was refused".into()),
            (Some(message), Some(part))
                if !message.to_lowercase().contains(&part.to_lowercase()) =>
            {
                Err(format!("the message {message:?}"))
            }
            _ => Ok(()),
        },
        Expectation::Links { words, address } => match world.link(words) {
            Some(found) if same_address(&found, address) => Ok(()),
            Some(found) => Err(format!("it leads to {found}")),
            None => Err("no such link".into()),
        },
        Expectation::Counts(name, counts) => {
            let found = world.holds().counts(name);
            for count in counts {
                let (n, what) = match count.counter {
                    Counter::Triggered => (0, "triggered"),
                    Counter::Engaged => (1, "engaged"),
                    Counter::Completed => (2, "completed"),
                    Counter::Acquired => (3, "acquired"),
                    Counter::Meetings => (4, "meetings"),
                };
                equal(what, &found[n], &count.count)
                    .map_err(|fault| with_refused(fault, world.holds()))?;
            }
            Ok(())
        }
        Expectation::Goal(name, count) => equal("goals", &world.holds().goals(name), count)
            .map_err(|fault| with_refused(fault, world.holds())),
        Expectation::Activity { name, named, count } => equal(
            "activities",
            &world.holds().activities(name, named.as_deref()),
            count,
        ),
        Expectation::Viewed(document, viewed) => equal(
            "the newest reading",
            &world.holds().viewed(document),
            &Some(viewed.clone()),
        )
        .map_err(|fault| with_refused(fault, world.holds())),
        Expectation::Meeting { agent, at } => {
            if world.holds().has_meeting(agent, *at) {
                Ok(())
            } else {
                Err("there is no such meeting".into())
            }
        }
        Expectation::Mail { to, count } => equal("mails", &world.holds().mails(to), count),
        Expectation::Person(who, fields) => person(who, fields, world.holds()),
        Expectation::NoPerson(email) => match world.holds().value_by_email(email, "email") {
            Ok(_) => Err("there is such a person".into()),
            Err(_) => Ok(()),
        },
        Expectation::WhyNot(name, part) => match world.why(name) {
            None => Err("it is the one".into()),
            Some(why) if why.contains(part) => Ok(()),
            Some(why) => Err(format!("because {why:?}")),
        },
        Expectation::Why(name) => match world.why(name) {
            None => Ok(()),
            Some(why) => Err(format!("it is not, because {why:?}")),
        },
        Expectation::Edition(name, number) => {
            let screen = world.screen();
            equal(
                "on screen",
                &screen.shows.as_deref().unwrap_or("nothing"),
                &name.as_str(),
            )?;
            equal("its edition", &screen.edition, &Some(*number))
        }
        Expectation::Score(name, score) => {
            let visitor = world.visitor();
            equal("the score", &world.holds().score(visitor, name), score)
        }
        Expectation::Exposed(arm, count) => equal("exposures", &world.holds().exposed(arm), count),
        Expectation::Notice(part) => match world.screen().notice {
            Some(notice) if notice.contains(part) => Ok(()),
            other => Err(format!("the notice {other:?}")),
        },
        Expectation::StoredNothing => {
            let stored = world.stored()?;
            if stored.is_empty() {
                Ok(())
            } else {
                Err(format!("stored: {stored:?}"))
            }
        }
        Expectation::Requests(count) => {
            let requests = world.requests()?;
            if requests.len() as u64 == *count {
                Ok(())
            } else {
                Err(format!("requests: {requests:?}"))
            }
        }
    }
}

fn person(
    who: &crate::plan::PersonHolds,
    fields: &[Field],
    holds: &dyn Holds,
) -> Result<(), String> {
    for field in fields {
        let found = match who {
            crate::plan::PersonHolds::Named(name) => holds.person_value(name, &field.name)?,
            crate::plan::PersonHolds::WithEmail(email) => {
                holds.value_by_email(email, &field.name)?
            }
        };
        let wanted: Option<Value> = field.value.as_ref().map(world::value);
        if found != wanted {
            return Err(format!("{} is {found:?}, not {wanted:?}", field.name));
        }
    }
    Ok(())
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {found:?}"))
    }
}

fn with_refused(fault: String, holds: &dyn Holds) -> String {
    match holds.refused().as_slice() {
        [] => fault,
        refused => format!("{fault}; refused: {refused:?}"),
    }
}
