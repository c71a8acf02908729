//! Half-open stretches of time.

use engine::ids::Timestamp;

/// From `start`, included, to `end`, excluded. Empty when `end` is not after `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The first moment inside.
    pub start: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl Span {
    /// From `start` until `ms` milliseconds later.
    #[must_use]
    pub fn lasting(start: Timestamp, ms: i64) -> Self {
        Self {
            start,
            end: start.plus(ms),
        }
    }

    /// Whether no moment is inside.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `moment` is inside.
    #[must_use]
    pub fn contains(self, moment: Timestamp) -> bool {
        self.start <= moment && moment < self.end
    }

    /// What both have in common; possibly empty.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        }
    }

    /// Sorted, without empty spans; spans that touch or overlap become one.
    #[must_use]
    pub fn joined(mut spans: Vec<Span>) -> Vec<Span> {
        spans.retain(|span| !span.is_empty());
        spans.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => joined.push(span),
            }
        }
        joined
    }

    /// The one of `joined` spans whose end is the first after `moment`.
    #[must_use]
    pub fn first_ending_after(joined: &[Span], moment: Timestamp) -> Option<Span> {
        let at = joined.partition_point(|span| span.end <= moment);
        joined.get(at).copied()
    }
}
