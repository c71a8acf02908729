//! Five minutes: the grain of durations, steps, buffers and claims.

use engine::ids::{MINUTE, Timestamp};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Milliseconds in a quantum.
pub const QUANTUM_MS: i64 = 5 * MINUTE;
/// Minutes in a quantum.
pub const QUANTUM_MINUTES: u16 = 5;
/// Longest meeting, step or buffer: a day, in minutes.
pub const LONGEST_MINUTES: u16 = 24 * 60;

/// A length of time in whole quanta, written in minutes; possibly zero, as buffers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Length(u16);

/// Why a number of minutes is no length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLength {
    /// It does not fit the grain.
    #[error("{0} minutes is not a multiple of {QUANTUM_MINUTES}")]
    OffGrain(u16),
    /// It is longer than a day.
    #[error("{0} minutes is longer than a day")]
    TooLong(u16),
    /// A meeting or a step takes time.
    #[error("a meeting and a step last at least {QUANTUM_MINUTES} minutes")]
    Zero,
}

impl Length {
    /// No time at all.
    pub const NONE: Self = Self(0);

    /// So many minutes.
    ///
    /// # Errors
    /// When it is not a multiple of five minutes, or longer than a day.
    pub fn minutes(minutes: u16) -> Result<Self, NoLength> {
        if minutes > LONGEST_MINUTES {
            Err(NoLength::TooLong(minutes))
        } else if !minutes.is_multiple_of(QUANTUM_MINUTES) {
            Err(NoLength::OffGrain(minutes))
        } else {
            Ok(Self(minutes))
        }
    }

    /// So many minutes, and some: what a meeting or a step lasts.
    ///
    /// # Errors
    /// As `minutes`, and for zero.
    pub fn lasting(minutes: u16) -> Result<Self, NoLength> {
        match Self::minutes(minutes)? {
            Self::NONE => Err(NoLength::Zero),
            length => Ok(length),
        }
    }

    /// In minutes.
    #[must_use]
    pub fn in_minutes(self) -> u16 {
        self.0
    }

    /// In milliseconds.
    #[must_use]
    pub fn in_ms(self) -> i64 {
        i64::from(self.0) * MINUTE
    }
}

impl TryFrom<u16> for Length {
    type Error = NoLength;

    fn try_from(minutes: u16) -> Result<Self, NoLength> {
        Self::minutes(minutes)
    }
}

impl From<Length> for u16 {
    fn from(length: Length) -> u16 {
        length.0
    }
}

/// Whether a moment lies on the grain.
#[must_use]
pub fn on_grain(moment: Timestamp) -> bool {
    moment.0.rem_euclid(QUANTUM_MS) == 0
}

/// The quanta a meeting claims, ascending: their numbers since 1970-01-01T00:00Z.
/// A start off the grain claims the quantum it falls into as well as the one it runs into.
#[must_use]
pub fn claimed(start: Timestamp, length: Length) -> Range<i64> {
    let end = start.plus(length.in_ms()).0;
    let past_end = end.div_euclid(QUANTUM_MS) + i64::from(end.rem_euclid(QUANTUM_MS) != 0);
    start.0.div_euclid(QUANTUM_MS)..past_end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_keep_to_the_grain_and_to_a_day() {
        assert_eq!(Length::minutes(0), Ok(Length::NONE));
        assert_eq!(Length::minutes(7), Err(NoLength::OffGrain(7)));
        assert_eq!(Length::minutes(1_445), Err(NoLength::TooLong(1_445)));
        assert_eq!(Length::lasting(0), Err(NoLength::Zero));
        assert_eq!(Length::lasting(45).map(Length::in_ms), Ok(2_700_000));
    }

    #[test]
    fn a_meeting_claims_its_core_time_and_nothing_beside_it() {
        let half_hour = Length::lasting(30).expect("a multiple of five");
        assert_eq!(claimed(Timestamp(0), half_hour), 0..6);
        assert_eq!(claimed(Timestamp(6 * QUANTUM_MS), half_hour), 6..12);
        assert_eq!(claimed(Timestamp(-QUANTUM_MS), half_hour), -1..5);
        assert_eq!(claimed(Timestamp(1), half_hour), 0..7);
    }
}
