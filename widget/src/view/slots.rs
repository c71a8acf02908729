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
                let skeleton = dom::element("div", "skeleton");
                dom::attr(&skeleton, "role", "status");
                dom::attr(&skeleton, "aria-label", texts.say(Say::SlotsLoading));
                for _ in 0..4 {
                    dom::add(&skeleton, &dom::element("i", ""));
                }
                dom::add(into, &skeleton);
            }
            Step::Failed => composer::trouble(
                into,
                texts.say(Say::SlotsFailed),
                &[
                    ("retry", texts.say(Say::Retry)),
                    ("unavailable", texts.say(Say::GoOn)),
                ],
            ),
            Step::Choosing => self.draw_choice(texts, into),
            Step::Confirming | Step::Booking | Step::NotBooked => {
                self.draw_confirmation(texts, into)
            }
            Step::Address => {
                dom::add(
                    into,
                    &dom::words("p", "month", texts.say(Say::AddressNeeded)),
                );
                composer::line_input(into, texts, "address", "email", "email", "name@company.com");
            }
        }
    }

    fn draw_choice(&self, texts: &Texts, into: &Element) {
        if self.taken {
            let note = dom::words("p", "month", texts.say(Say::Taken));
            dom::attr(&note, "role", "alert");
            dom::add(into, &note);
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

        let strip = dom::element("div", "strip");
        dom::attr(&strip, "role", "group");
        dom::attr(&strip, "aria-label", texts.say(Say::Days));
        dom::attr(&strip, "data-group", "");
        let times = dom::element("div", "times");
        dom::attr(&times, "role", "group");
        dom::attr(&times, "aria-label", texts.say(Say::Times));
        dom::attr(&times, "data-group", "");
        let mut last = String::new();
        let mut month = String::new();
        for (n, start) in self.starts.iter().enumerate() {
            let key = day_key(texts, *start);
            let is_shown = key == *shown;
            if key != last {
                let day = dom::button("day", "day", "");
                dom::attr(&day, "data-n", &n.to_string());
                dom::attr(
                    &day,
                    "aria-label",
                    &format(
                        texts,
                        *start,
                        &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
                    ),
                );
                dom::attr(
                    &day,
                    "aria-pressed",
                    if is_shown { "true" } else { "false" },
                );
                dom::add(
                    &day,
                    &dom::words("span", "", &format(texts, *start, &[("weekday", "short")])),
                );
                dom::add(
                    &day,
                    &dom::words("b", "", &format(texts, *start, &[("day", "numeric")])),
                );
                dom::add(&strip, &day);
                last = key;
            }
            if is_shown {
                month = format(texts, *start, &[("month", "long"), ("year", "numeric")]);
                let words = format(texts, *start, &[("hour", "numeric"), ("minute", "2-digit")]);
                let time = dom::button("time", "time", &words);
                dom::attr(&time, "data-n", &n.to_string());
                dom::add(&times, &time);
            }
        }
        if self.more.is_some() {
            let later = dom::button("day later", "later", texts.say(Say::Later));
            dom::add(&strip, &later);
        }
        dom::add(into, &dom::words("p", "month", &month));
        dom::add(into, &strip);
        dom::add(into, &times);
        let zone = [texts.say(Say::Zone), " ", &zone_words()].concat();
        dom::add(into, &dom::words("p", "small", &zone));
        let foot = dom::element("div", "foot");
        dom::add(
            &foot,
            &dom::button("quiet", "decline", texts.say(Say::NoneFits)),
        );
        dom::add(into, &foot);
    }

    fn draw_confirmation(&self, texts: &Texts, into: &Element) {
        let Some(start) = self.chosen else { return };
        let holder = dom::element("div", "box");
        let paper = dom::element("div", "paper");
        dom::add(&paper, &dom::icon(icons::CALENDAR));
        dom::add(&paper, &when(texts, start, self.minutes));
        dom::add(&holder, &paper);
        if self.step == Step::NotBooked {
            let fault = dom::words("p", "fault", texts.say(Say::BookingFailed));
            dom::attr(&fault, "role", "alert");
            dom::add(&holder, &fault);
        }
        let busy = self.step == Step::Booking;
        let label = match self.step {
            Step::Booking => texts.say(Say::Booking),
            Step::NotBooked => texts.say(Say::Retry),
            _ => texts.say(Say::Book),
        };
        let book = dom::button("action wide", "book", label);
        dom::attr(&book, "data-first", "");
        let other = dom::button("quiet", "other", texts.say(Say::OtherTime));
        if busy {
            dom::attr(&book, "disabled", "");
            dom::attr(&other, "disabled", "");
        }
        dom::add(&holder, &book);
        dom::add(into, &holder);
        let foot = dom::element("div", "foot");
        dom::add(&foot, &other);
        dom::add(into, &foot);
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
