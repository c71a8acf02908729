//! Conditions on stored data, answered where the data is.

use crate::authored::Activity;
use crate::compiled::{Subject, Test};
use crate::condition::Clock;
use crate::ids::Timestamp;
use crate::value::Value;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// One condition on stored data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Atom {
    /// An attribute compares.
    Attribute(Subject, String, Test),
    /// The person is on a list, or, when the second is true, is not.
    List(String, bool),
    /// The person has an activity, about something named or anything, within so many days.
    Activity(Activity, Option<String>, u16),
}

/// What is on file about one visitor.
pub trait Stored {
    /// A stored value.
    fn attribute(&self, subject: Subject, name: &str) -> Option<Value>;
    /// Whether the person is on a list.
    fn is_on_list(&self, list: &str) -> bool;
    /// The person's last activity of a kind, about something named or anything.
    fn last_activity(&self, activity: Activity, named: Option<&str>) -> Option<Timestamp>;
}

/// A visitor nobody knows.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

impl Stored for Nobody {
    fn attribute(&self, _: Subject, _: &str) -> Option<Value> {
        None
    }

    fn is_on_list(&self, _: &str) -> bool {
        false
    }

    fn last_activity(&self, _: Activity, _: Option<&str>) -> Option<Timestamp> {
        None
    }
}

impl Atom {
    /// Whether it holds. The clock carries the workspace's zone.
    #[must_use]
    pub fn holds(&self, stored: &dyn Stored, clock: Clock) -> bool {
        match self {
            Atom::Attribute(subject, name, test) => {
                test.holds(stored.attribute(*subject, name).as_ref(), clock)
            }
            Atom::List(list, not) => stored.is_on_list(list) != *not,
            Atom::Activity(activity, named, days) => stored
                .last_activity(*activity, named.as_deref())
                .is_some_and(|at| {
                    let age = clock.now.day(clock.zone_minutes) - at.day(clock.zone_minutes);
                    (0..=i32::from(*days)).contains(&age)
                }),
        }
    }
}

/// The truth of an edition's atoms, one bit each, lowest first.
#[must_use]
pub fn bits(atoms: &[Atom], stored: &dyn Stored, clock: Clock) -> alloc::vec::Vec<u8> {
    let mut bits = alloc::vec![0u8; atoms.len().div_ceil(8)];
    for (n, atom) in atoms.iter().enumerate() {
        if atom.holds(stored, clock) {
            bits[n / 8] |= 1 << (n % 8);
        }
    }
    bits
}
