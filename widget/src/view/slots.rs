//! The slot picker: days, then times, then a second press to book.

use super::composer;
use crate::hands::{Style, city, draw, moment, number, plant, spell, word};
use alloc::string::String;
use alloc::vec::Vec;
use engine::ids::{CardId, Timestamp};
use engine::wire::Opaque;

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
    /// A slot of the day that is shown.
    pub day: usize,
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
            day: 0,
        }
    }

    /// Whether the visitor is still choosing, and may go back to an earlier question.
    pub fn is_open(&self) -> bool {
        matches!(self.step, Step::Loading | Step::Failed | Step::Choosing)
    }

    /// Draws it; gives back the plan of what belongs beneath it.
    pub(super) fn draw(&self) -> &'static str {
        let start = self.chosen.unwrap_or_default();
        match self.step {
            Step::Loading => {
                plant(
                    ".composer",
                    "div.skeleton[role=status][aria-label=~slots-loading](i,i,i,i)",
                );
                ""
            }
            Step::Failed => {
                plant(
                    ".composer",
                    "div.centre[role=alert]@cloud(p~slots-failed,div.row(button.action[data-do=retry]~retry,button.quiet[data-do=unavailable]~go-on))",
                );
                ""
            }
            Step::Choosing => {
                self.draw_choice();
                "button.quiet[data-do=decline]~none-fits"
            }
            Step::Address => {
                plant(".composer", "p.month~address-needed");
                composer::line_input("address", "email", "email", "email", "name@company.com", "");
                ""
            }
            Step::Confirming | Step::Booking | Step::NotBooked => {
                plant(".composer", "div.box(div.paper@calendar)");
                when(".composer .paper", start, self.minutes);
                let (button, aside) = match self.step {
                    Step::Booking => (
                        "button.action wide[disabled]~booking",
                        "button.quiet[disabled]~other-time",
                    ),
                    Step::NotBooked => (
                        "p.fault[role=alert]@warn(span~booking-failed),button.action wide[data-do=book][data-first]~retry",
                        "button.quiet[data-do=other]~other-time",
                    ),
                    _ => (
                        "button.action wide[data-do=book][data-first]~book",
                        "button.quiet[data-do=other]~other-time",
                    ),
                };
                plant(".composer .box", button);
                aside
            }
        }
    }

    fn draw_choice(&self) {
        if self.taken {
            plant(".composer", "p.month[role=alert]~taken");
        }
        plant(
            ".composer",
            "p.month month-name,div.strip[role=group][aria-label=~days][data-group],div.times[role=group][aria-label=~times][data-group]",
        );
        let key = |start: &Timestamp| spell(start.0 as f64, Style::Key);
        let shown = self.starts.get(self.day).map(key);
        let mut last = None;
        for (n, start) in self.starts.iter().enumerate() {
            let at = start.0 as f64;
            let day = Some(key(start));
            if day != last {
                number(n as f64);
                moment(at, Style::Day);
                word(if day == shown { "true" } else { "false" });
                moment(at, Style::Weekday);
                moment(at, Style::DayOfMonth);
                plant(
                    ".strip",
                    "button.day[data-do=day][data-n=$0][aria-label=$1][aria-pressed=$2](span=3,b=4)",
                );
                if day == shown {
                    moment(at, Style::Month);
                    plant(".month-name", "=0");
                }
            }
            if day == shown {
                number(n as f64);
                moment(at, Style::Time);
                plant(".times", "button.time[data-do=time][data-n=$0]=1");
            }
            last = day;
        }
        if self.more.is_some() {
            plant(".strip", "button.day later[data-do=later]~later");
        }
        draw!(
            ".composer",
            "p.small(span~zone=0=1,button[data-do=zone]~zone-change)",
            " ",
            city().as_str()
        );
    }
}

/// Day, time, zone and length in the visitor's words.
pub(super) fn when(place: &str, start: Timestamp, minutes: u16) {
    moment(start.0 as f64, Style::Day);
    moment(start.0 as f64, Style::TimeAndZone);
    number(minutes.into());
    draw!(place, "div.when(span=0,small=1=3=2=4~minutes)", " · ", " ");
}
