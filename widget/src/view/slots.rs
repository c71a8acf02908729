//! The slot picker: days, then times, then a second press to book.

use super::meeting::{format, when};
use super::{composer, icons};
use crate::dom;
use crate::texts::{Say, Texts};
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use engine::ids::{CardId, Timestamp};
use engine::wire::Opaque;
use web_sys::Element;

/// How far the choice of a time has come.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Times are asked for.
    Loading,
    /// They could not be had.
    Failed,
    /// Days and times are on offer.
    Choosing,
    /// One was pressed and waits for the second press.
    Confirming,
    /// The invitation needs an address.
    Address,
    /// The booking is on its way.
    Booking,
    /// It did not get through.
    NotBooked,
}

/// A choice of time in progress.
pub struct Picker {
    /// The meeting card.
    pub card: CardId,
    /// How far it has come.
    pub step: Step,
    /// Minutes each slot lasts.
    pub minutes: u16,
    /// Starts on offer, ascending.
    pub starts: Vec<Timestamp>,
    /// Where to ask on from.
    pub more: Option<Timestamp>,
    /// The start that was pressed.
    pub chosen: Option<Timestamp>,
    /// The same for every try of one wish.
    pub idempotency: Opaque,
    /// Where the invitation goes, when it was asked for here.
    pub email: Option<String>,
    /// Whether somebody was faster.
    pub taken: bool,
    day: String,
}

impl Picker {
    /// Nothing is known yet.
    pub fn new(card: CardId) -> Self {
        Self {
            card,
            step: Step::Loading,
            minutes: 0,
            starts: Vec::new(),
            more: None,
            chosen: None,
            idempotency: Opaque::default(),
            email: None,
            taken: false,
            day: String::new(),
        }
    }

    /// Shows the first day again.
    pub fn forget_day(&mut self) {
        self.day.clear();
    }

    /// Whether the visitor is still choosing, and may go back to an earlier question.
    pub fn is_open(&self) -> bool {
        matches!(self.step, Step::Loading | Step::Failed | Step::Choosing)
    }

    /// Whether an address is asked for.
    pub(super) fn asks_address(&self) -> bool {
        self.step == Step::Address
    }

    /// Shows the day of the n-th slot.
    pub fn pick_day(&mut self, texts: &Texts, n: usize) {
        if let Some(start) = self.starts.get(n) {
            self.day = day_key(texts, *start);
        }
    }

    pub(super) fn draw(&self, texts: &'static Texts, into: &Element) {
        dom::empty(into);
        match self.step {
            Step::Loading => {
                let plan = "div.skeleton[role=status][aria-label=$0](i,i,i,i)";
                dom::plant(into, plan, &[texts.say(Say::SlotsLoading)]);
            }
            Step::Failed => {
                let plan = "div.centre[role=alert]@0(p=1,div.row(button.action[data-do=retry]=2,button.quiet[data-do=unavailable]=3))";
                let words = [Say::SlotsFailed, Say::Retry, Say::GoOn].map(|what| texts.say(what));
                let [why, retry, go_on] = words;
                dom::plant(into, plan, &[icons::CLOUD, why, retry, go_on]);
            }
            Step::Choosing => self.draw_choice(texts, into),
            Step::Confirming | Step::Booking | Step::NotBooked => {
                self.draw_confirmation(texts, into)
            }
            Step::Address => {
                dom::plant(into, "p.month=0", &[texts.say(Say::AddressNeeded)]);
                composer::line_input(into, texts, "address", "email", "email", "name@company.com");
            }
        }
    }

    fn draw_choice(&self, texts: &Texts, into: &Element) {
        if self.taken {
            dom::plant(into, "p.month[role=alert]=0", &[texts.say(Say::Taken)]);
        }
        let first_day = self
            .starts
            .first()
            .map(|start| day_key(texts, *start))
            .unwrap_or_default();
        let shown = if self.day.is_empty() {
            &first_day
        } else {
            &self.day
        };

        let month = dom::plant(into, "p.month", &[]);
        let plan = "div.strip[role=group][aria-label=$0][data-group]";
        let strip = dom::plant(into, plan, &[texts.say(Say::Days)]);
        let plan = "div.times[role=group][aria-label=$0][data-group]";
        let times = dom::plant(into, plan, &[texts.say(Say::Times)]);
        let mut last = String::new();
        for (n, start) in self.starts.iter().enumerate() {
            let key = day_key(texts, *start);
            let is_shown = key == *shown;
            let place = n.to_string();
            if key != last {
                let words = [
                    place.as_str(),
                    &format(
                        texts,
                        *start,
                        &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
                    ),
                    if is_shown { "true" } else { "false" },
                    &format(texts, *start, &[("weekday", "short")]),
                    &format(texts, *start, &[("day", "numeric")]),
                ];
                let plan = "button.day[data-do=day][data-n=$0][aria-label=$1][aria-pressed=$2](span=3,b=4)";
                dom::plant(&strip, plan, &words);
                last = key;
            }
            if is_shown {
                let words = format(texts, *start, &[("month", "long"), ("year", "numeric")]);
                month.set_text_content(Some(&words));
                let words = format(texts, *start, &[("hour", "numeric"), ("minute", "2-digit")]);
                dom::plant(
                    &times,
                    "button.time[data-do=time][data-n=$0]=1",
                    &[&place, &words],
                );
            }
        }
        if self.more.is_some() {
            dom::plant(
                &strip,
                "button.day later[data-do=later]=0",
                &[texts.say(Say::Later)],
            );
        }
        let zone = [texts.say(Say::Zone), " ", &zone_words()].concat();
        dom::plant(into, "p.small=0", &[&zone]);
        let plan = "div.foot(button.quiet[data-do=decline]=0)";
        dom::plant(into, plan, &[texts.say(Say::NoneFits)]);
    }

    fn draw_confirmation(&self, texts: &Texts, into: &Element) {
        let Some(start) = self.chosen else { return };
        let label = match self.step {
            Step::Booking => Say::Booking,
            Step::NotBooked => Say::Retry,
            _ => Say::Book,
        };
        let fault = match self.step {
            Step::NotBooked => texts.say(Say::BookingFailed),
            _ => "",
        };
        let plan = if self.step == Step::Booking {
            "div(div.box(div.paper@0,button.action wide[disabled]=1),div.foot(button.quiet[disabled]=2))"
        } else {
            "div(div.box(div.paper@0,p.fault[role=alert]=3,button.action wide[data-do=book][data-first]=1),div.foot(button.quiet[data-do=other]=2))"
        };
        let words = [
            icons::CALENDAR,
            texts.say(label),
            texts.say(Say::OtherTime),
            fault,
        ];
        let drawn = dom::plant(into, plan, &words);
        if let Some(paper) = dom::find(&drawn, ".paper") {
            dom::add(&paper, &when(texts, start, self.minutes));
        }
    }
}

fn day_key(texts: &Texts, start: Timestamp) -> String {
    format(
        texts,
        start,
        &[
            ("year", "numeric"),
            ("month", "numeric"),
            ("day", "numeric"),
        ],
    )
}

/// The visitor's zone by its IANA name.
pub fn zone() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new())
        .resolved_options();
    crate::host::text_at(&options, "timeZone").unwrap_or_default()
}

/// The zone's city, as people call it.
fn zone_words() -> String {
    let zone = zone();
    zone.rsplit('/').next().unwrap_or(&zone).replace('_', " ")
}
