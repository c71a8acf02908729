//! Our own words in letters and on the meeting page, one language a file.

mod arabic;
mod english;
mod swedish;

use engine::ids::Timestamp;

use crate::meetings::zone::{Zone, offset_label};

/// A language this program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// English; for every language without words of its own.
    English,
    /// Swedish.
    Swedish,
    /// Arabic, written from right to left.
    Arabic,
}

/// The words of one language. `{}` stands for what is put in.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Words {
    pub meeting_with: &'static str,
    pub cancelled_with: &'static str,
    pub moved_with: &'static str,
    pub booked: &'static str,
    pub moved: &'static str,
    pub cancelled: &'static str,
    pub when: &'static str,
    pub who: &'static str,
    pub length: &'static str,
    pub minutes: &'static str,
    pub change: &'static str,
    pub not_you: &'static str,
    pub cancel: &'static str,
    pub cancel_ask: &'static str,
    pub move_to: &'static str,
    pub other_times: &'static str,
    pub no_other_times: &'static str,
    pub passed: &'static str,
    pub taken: &'static str,
    pub overtaken: &'static str,
    pub unknown: &'static str,
    pub undo: &'static str,
    pub undo_ask: &'static str,
    pub undone: &'static str,
    pub registered_note: &'static str,
    pub all_times: &'static str,
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
}

impl Tongue {
    /// By a language tag such as `sv-SE`.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        match tag.split(['-', '_']).next().unwrap_or_default() {
            "sv" | "SV" => Tongue::Swedish,
            "ar" | "AR" => Tongue::Arabic,
            _ => Tongue::English,
        }
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Tongue::English => "en",
            Tongue::Swedish => "sv",
            Tongue::Arabic => "ar",
        }
    }

    /// Which way it is written.
    #[must_use]
    pub fn direction(self) -> &'static str {
        match self {
            Tongue::English | Tongue::Swedish => "ltr",
            Tongue::Arabic => "rtl",
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Tongue::English => &english::WORDS,
            Tongue::Swedish => &swedish::WORDS,
            Tongue::Arabic => &arabic::WORDS,
        }
    }

    /// A day by the clocks of a zone: weekday and date.
    #[must_use]
    pub fn date(self, at: Timestamp, zone: &Zone) -> String {
        let wall = zone.wall(at);
        let weekday = usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(wall.month() - 1).unwrap_or(0);
        let words = self.words();
        let weekday = words.weekdays.get(weekday).copied().unwrap_or_default();
        let month = words.months.get(month).copied().unwrap_or_default();
        let (day, year) = (wall.day(), wall.year());
        match self {
            Tongue::English => format!("{weekday}, {day} {month} {year}"),
            Tongue::Swedish => format!("{weekday} {day} {month} {year}"),
            Tongue::Arabic => format!("{weekday}، {day} {month} {year}"),
        }
    }

    /// A moment by the clocks of a zone: weekday, date and time.
    #[must_use]
    pub fn moment(self, at: Timestamp, zone: &Zone) -> String {
        let date = self.date(at, zone);
        let time = zone.wall(at).strftime("%H:%M");
        match self {
            Tongue::English => format!("{date}, {time}"),
            Tongue::Swedish => format!("{date} kl. {time}"),
            Tongue::Arabic => format!("{date}، {time}"),
        }
    }

    /// `moment`, followed by the zone and how far its clocks are from UTC then, so that a repeated
    /// hour can be told apart.
    #[must_use]
    pub fn moment_and_zone(self, at: Timestamp, zone: &Zone) -> String {
        let offset = offset_label(zone.ahead_ms(at));
        format!("{} ({}, {offset})", self.moment(at, zone), zone.name())
    }
}

/// `pattern` with `value` in place of `{}`.
#[must_use]
pub fn fill(pattern: &str, value: &str) -> String {
    pattern.replace("{}", value)
}
