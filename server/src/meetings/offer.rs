//! What one agent can offer: the one function that decides whether a slot can be booked.
//! Listing and booking both ask it, with the same inputs.

use engine::ids::{DAY, MINUTE, Timestamp};
use std::collections::BTreeSet;

use super::hours::{Hours, Piece};
use super::quanta::{Length, on_grain};
use super::span::Span;
use super::zone::Zone;

/// The terms on which an agent can be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where the agent's clock hangs.
    pub zone: Zone,
    /// When the agent works, by that clock.
    pub hours: Hours,
    /// How far apart starts are; as far as the meeting is long when absent.
    pub step: Option<Length>,
    /// Free time before a meeting.
    pub before: Length,
    /// Free time after a meeting.
    pub after: Length,
    /// How long ahead one must book, in minutes.
    pub notice_minutes: u32,
    /// How many local days ahead one may book; today is 0.
    pub horizon_days: u16,
    /// Most meetings that start on one local day.
    pub daily_limit: Option<u16>,
}

impl Terms {
    /// From now until nobody can book any more, wherever the agent's clock hangs: what lies outside needs
    /// no further look.
    #[must_use]
    pub fn reach(&self, now: Timestamp) -> Span {
        Span::lasting(now, (i64::from(self.horizon_days) + 2) * DAY)
    }
}

/// When an agent is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diary {
    /// Live meetings booked here; they count towards the daily limit.
    pub meetings: Vec<Span>,
    /// Everything else.
    pub busy: Vec<Span>,
}

/// Why a slot cannot be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbookable {
    /// Not a start on offer: off the grid, or outside what was asked about.
    #[error("no meeting starts at that time")]
    OffGrid,
    /// Some of its minutes are outside working hours.
    #[error("that is outside working hours")]
    Closed,
    /// Sooner than the notice allows.
    #[error("that is too soon")]
    TooSoon,
    /// Later than the horizon allows.
    #[error("that is too far ahead")]
    TooFar,
    /// The day holds as many meetings as it may.
    #[error("that day is full")]
    DayFull,
    /// Something else is there, or too close.
    #[error("that time is taken")]
    Taken,
}

/// The slots of one agent, for one length of meeting, as they stand at one moment.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    terms: &'a Terms,
    length: Length,
    now: Timestamp,
    range: Span,
    pieces: Vec<Piece>,
    open: Vec<Span>,
    taken: Vec<Span>,
    meeting_days: Vec<i64>,
}

impl<'a> Offer<'a> {
    /// What can be booked with a start in `range`. The diary holds at least everything within two
    /// days of the range.
    #[must_use]
    pub fn new(
        terms: &'a Terms,
        length: Length,
        diary: &Diary,
        now: Timestamp,
        range: Span,
    ) -> Self {
        let needed = Span {
            start: range.start,
            end: range.end.plus(length.in_ms()),
        };
        let pieces = terms.hours.pieces(&terms.zone, needed);
        let mut meeting_days: Vec<i64> = diary
            .meetings
            .iter()
            .map(|meeting| terms.zone.day(meeting.start))
            .collect();
        meeting_days.sort_unstable();
        Self {
            terms,
            length,
            now,
            range,
            open: Span::joined(pieces.iter().map(|piece| piece.span).collect()),
            taken: Span::joined(diary.meetings.iter().chain(&diary.busy).copied().collect()),
            pieces,
            meeting_days,
        }
    }

    /// Whether a meeting can start at `start`.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn bookable(&self, start: Timestamp) -> Result<(), Unbookable> {
        let meeting = Span::lasting(start, self.length.in_ms());
        if self.length == Length::NONE || !self.range.contains(start) || !on_grain(start) {
            return Err(Unbookable::OffGrid);
        }
        let at = self.pieces.partition_point(|piece| piece.span.end <= start);
        let piece = self
            .pieces
            .get(at)
            .filter(|piece| piece.span.contains(start));
        let piece = piece.ok_or(Unbookable::Closed)?;
        if (self.minute(start, piece) - i64::from(piece.anchor)).rem_euclid(self.step()) != 0 {
            return Err(Unbookable::OffGrid);
        }
        let open = Span::first_ending_after(&self.open, start);
        if open.is_none_or(|open| open.end < meeting.end) {
            return Err(Unbookable::Closed);
        }
        if start < self.now.plus(i64::from(self.terms.notice_minutes) * MINUTE) {
            return Err(Unbookable::TooSoon);
        }
        let day = start.plus(piece.ahead_ms).0.div_euclid(DAY);
        if day > self.terms.zone.day(self.now) + i64::from(self.terms.horizon_days) {
            return Err(Unbookable::TooFar);
        }
        if let Some(limit) = self.terms.daily_limit {
            let first = self.meeting_days.partition_point(|other| *other < day);
            let past = self.meeting_days.partition_point(|other| *other <= day);
            if past - first >= usize::from(limit) {
                return Err(Unbookable::DayFull);
            }
        }
        let gap = self.terms.before.max(self.terms.after).in_ms();
        let nearest = Span::first_ending_after(&self.taken, start.plus(-gap));
        if nearest.is_some_and(|nearest| nearest.start < meeting.end.plus(gap)) {
            return Err(Unbookable::Taken);
        }
        Ok(())
    }

    /// All starts that can be booked, ascending.
    pub fn starts(&self) -> impl Iterator<Item = Timestamp> {
        self.pieces.iter().flat_map(|piece| {
            let step = self.step();
            let behind = self.minute(piece.span.start, piece) - i64::from(piece.anchor);
            let minutes_ms = piece.span.start.plus(piece.ahead_ms).0.rem_euclid(MINUTE);
            let first = piece
                .span
                .start
                .plus((-behind).rem_euclid(step) * MINUTE - minutes_ms);
            (0..)
                .map(move |n: i64| first.plus(n * step * MINUTE))
                .take_while(|start| *start < piece.span.end)
                .filter(|start| self.bookable(*start).is_ok())
        })
    }

    fn step(&self) -> i64 {
        i64::from(self.terms.step.unwrap_or(self.length).in_minutes().max(1))
    }

    /// The minute of the local day.
    fn minute(&self, moment: Timestamp, piece: &Piece) -> i64 {
        moment.plus(piece.ahead_ms).0.rem_euclid(DAY) / MINUTE
    }
}

/// The starts that at least one agent can offer, ascending.
#[must_use]
pub fn union<'a>(offers: impl IntoIterator<Item = &'a Offer<'a>>) -> Vec<Timestamp> {
    let starts: BTreeSet<Timestamp> = offers.into_iter().flat_map(Offer::starts).collect();
    starts.into_iter().collect()
}

/// The `count` of the ascending `starts` that are nearest to `wanted`, ascending, without itself;
/// of two equally near the earlier.
#[must_use]
pub fn nearest(starts: &[Timestamp], wanted: Timestamp, count: usize) -> Vec<Timestamp> {
    let mut near: Vec<Timestamp> = starts
        .iter()
        .copied()
        .filter(|start| *start != wanted)
        .collect();
    near.sort_by_key(|start| (start.since(wanted).unsigned_abs(), *start));
    near.truncate(count);
    near.sort_unstable();
    near
}
