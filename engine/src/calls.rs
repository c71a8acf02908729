//! What pages start: flows by their pages, and flows after web forms.

use crate::calendar;
use crate::compiled::{Form, Publication, Test};
use crate::condition::Clock;
use crate::ids::Timestamp;
use crate::reading;
use crate::url::PageUrl;
use crate::value::Value;
use crate::wire::{Page, Surface};
use alloc::string::String;

impl Publication {
    /// The first flow that this page starts by itself, as a place in `flows`.
    #[must_use]
    pub fn starts_on(&self, page: &Page) -> Option<usize> {
        let url = PageUrl::parse(&page.url)?;
        self.flows
            .iter()
            .position(|flow| flow.pages.iter().any(|pattern| pattern.covers(&url)))
    }

    /// A flow by name, as a place in `flows`.
    #[must_use]
    pub fn flow_named(&self, name: &str) -> Option<usize> {
        self.flows.iter().position(|flow| flow.name == name)
    }

    /// What follows a form: a place in `flows` and how it appears. `fields` are names and texts.
    #[must_use]
    pub fn after_form(
        &self,
        name: &str,
        fields: &[(String, String)],
        now: Timestamp,
    ) -> Option<(u16, Surface)> {
        let form = self.forms.iter().find(|form| form.name == name)?;
        form.choose(fields, now)
    }
}

impl Form {
    /// The first choice that holds: a place in `Publication::flows` and how the flow appears.
    #[must_use]
    pub fn choose(&self, fields: &[(String, String)], now: Timestamp) -> Option<(u16, Surface)> {
        let clock = Clock {
            now,
            zone_minutes: 0,
        };
        let holds = |(field, test): &(String, Test)| {
            let typed = fields.iter().find(|(name, _)| name == field);
            let value = typed.and_then(|(_, text)| as_compared(text, test));
            test.holds(value.as_ref(), clock)
        };
        let choice = self.choices.iter().find(|choice| {
            if choice.any && !choice.tests.is_empty() {
                choice.tests.iter().any(holds)
            } else {
                choice.tests.iter().all(holds)
            }
        })?;
        Some((choice.flow?, choice.surface))
    }
}

/// The text of a field as a value of the type it is compared with; none when it is no such value.
fn as_compared(text: &str, test: &Test) -> Option<Value> {
    match test.values.first() {
        Some(Value::Number(_)) => reading::number(text).map(Value::Number),
        Some(Value::Date(_)) => calendar::read_date(text).map(Value::Date),
        _ => Some(Value::Text(text.into())),
    }
}
