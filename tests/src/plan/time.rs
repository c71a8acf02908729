//! Durations and moments as plans write them.

use super::error::Fault;
use std::fmt;

/// A span of time, in whole seconds: `30s`, `10m`, `24h`, `45d`, `3w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(u64);

const UNITS: [(char, u64); 5] = [
    ('w', 604_800),
    ('d', 86_400),
    ('h', 3_600),
    ('m', 60),
    ('s', 1),
];

impl Duration {
    /// So many seconds.
    #[must_use]
    pub fn of_seconds(seconds: u64) -> Self {
        Duration(seconds)
    }

    /// Its length in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// Its length in whole days, when it is that.
    #[must_use]
    pub fn days(self) -> Option<u64> {
        self.0.is_multiple_of(86_400).then_some(self.0 / 86_400)
    }

    /// Its length in whole minutes, when it is that.
    #[must_use]
    pub fn minutes(self) -> Option<u64> {
        self.0.is_multiple_of(60).then_some(self.0 / 60)
    }

    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::expected("a duration such as 30s, 10m, 24h or 45d", text);
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let (_, seconds) = UNITS
            .into_iter()
            .find(|(letter, _)| *letter == unit)
            .ok_or_else(wrong)?;
        let digits = &text[..text.len() - unit.len_utf8()];
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        number.checked_mul(seconds).map(Duration).ok_or_else(wrong)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, seconds) = UNITS
            .into_iter()
            .find(|(_, seconds)| self.0 >= *seconds && self.0.is_multiple_of(*seconds))
            .unwrap_or(('s', 1));
        write!(f, "{}{letter}", self.0 / seconds)
    }
}

/// A moment of the world's clock, to the minute and in UTC: `2027-03-05T10:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(jiff::Timestamp);

impl Moment {
    /// When every plan begins.
    pub const START: Moment = Moment(jiff::Timestamp::constant(1_799_053_200, 0));

    /// Milliseconds since 1970.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    /// The same as a timestamp of `jiff`.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        self.0
    }

    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = || Fault::expected("a moment such as 2027-03-05T10:00Z", text);
        let minute = text.strip_suffix('Z').ok_or_else(wrong)?;
        if minute.len() != "2027-03-05T10:00".len() {
            return Err(wrong());
        }
        format!("{minute}:00Z")
            .parse()
            .map(Moment)
            .map_err(|_| wrong())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.strftime("%Y-%m-%dT%H:%MZ").fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        for (text, seconds) in [
            ("30s", 30),
            ("10m", 600),
            ("24h", 86_400),
            ("45d", 3_888_000),
            ("2w", 1_209_600),
            ("0m", 0),
        ] {
            assert_eq!(Duration::parse(text).unwrap().seconds(), seconds, "{text}");
        }
        for text in ["", "s", "30", "-5s", "+5s", "3 d", "5x", "1h30m", "5é"] {
            assert!(Duration::parse(text).is_err(), "{text}");
        }
        assert!(Duration::parse("99999999999999999999w").is_err());
    }

    #[test]
    fn a_duration_is_shown_in_its_largest_unit() {
        assert_eq!(Duration::of_seconds(1_800).to_string(), "30m");
        assert_eq!(Duration::of_seconds(86_400).to_string(), "1d");
        assert_eq!(Duration::of_seconds(61).to_string(), "61s");
        assert_eq!(Duration::of_seconds(0).to_string(), "0s");
        assert_eq!(Duration::of_seconds(172_800).days(), Some(2));
        assert_eq!(Duration::of_seconds(90_000).days(), None);
        assert_eq!(Duration::of_seconds(90).minutes(), None);
    }

    #[test]
    fn a_moment_is_a_minute_in_utc() {
        let moment = Moment::parse("2027-01-04T09:00Z").unwrap();
        assert_eq!(moment, Moment::START);
        assert_eq!(moment.milliseconds(), 1_799_053_200_000);
        assert_eq!(moment.to_string(), "2027-01-04T09:00Z");
        for text in [
            "2027-01-04",
            "2027-01-04T09:00",
            "2027-01-04T09:00:00Z",
            "2027-02-30T09:00Z",
            "2027-01-04T25:00Z",
        ] {
            assert!(Moment::parse(text).is_err(), "{text}");
        }
    }
}
