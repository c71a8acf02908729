//! What visitors say about themselves, and where it is kept.

use super::db::Connection;
use super::people;
use super::values::{self, Owner};
use super::visitors::Visitor;
use super::{Result, Scope};
use engine::compiled::Subject;
use engine::ids::Timestamp;
use engine::value::Value;
use engine::wire::Strength;

/// A value said in a conversation: the person's when there is one, else kept with the browser.
pub(super) fn say(
    db: &Connection,
    scope: &Scope,
    visitor: &Visitor,
    subject: Subject,
    name: &str,
    value: Option<&Value>,
    now: Timestamp,
) -> Result<()> {
    match (&visitor.person, subject) {
        (Some(person), Subject::Person) => {
            values::set(db, scope, (Owner::Person, person), name, value, now)
        }
        (Some(person), Subject::Company)
            if visitor.strength(now) >= Strength::Recognised && value.is_some() =>
        {
            value.map_or(Ok(()), |value| {
                fill_company(db, scope, person, name, value, now)
            })
        }
        _ => {
            let name = spoken_name(subject, name);
            values::set(db, scope, (Owner::Visitor, &visitor.id), &name, value, now)
        }
    }
}

/// A value the page passed in: it fills a blank and changes nothing.
pub(super) fn fill_in(
    db: &Connection,
    scope: &Scope,
    visitor: &Visitor,
    subject: Subject,
    name: &str,
    value: &Value,
    now: Timestamp,
) -> Result<()> {
    match (&visitor.person, subject) {
        (Some(person), Subject::Person) => {
            values::fill(db, scope, (Owner::Person, person), name, value, now)
        }
        (Some(person), Subject::Company) if visitor.strength(now) >= Strength::Recognised => {
            fill_company(db, scope, person, name, value, now)
        }
        _ => {
            let name = spoken_name(subject, name);
            values::fill(db, scope, (Owner::Visitor, &visitor.id), &name, value, now)
        }
    }
}

/// The name under which a browser's own words are kept.
fn spoken_name(subject: Subject, name: &str) -> String {
    let owner = match subject {
        Subject::Person => Owner::Person,
        Subject::Company => Owner::Company,
    };
    format!("{}.{name}", owner.word())
}

/// One person's word fills what nobody knew of a company; it changes nothing that is known.
pub(super) fn fill_company(
    db: &Connection,
    scope: &Scope,
    person: &str,
    name: &str,
    value: &Value,
    now: Timestamp,
) -> Result<()> {
    match people::by_id(db, scope, person)?.and_then(|person| person.company) {
        Some(company) => values::fill(db, scope, (Owner::Company, &company), name, value, now),
        None => Ok(()),
    }
}
