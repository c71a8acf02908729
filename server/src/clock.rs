//! The one place that reads the time.
//!
//! Everything else is handed a `Clock`. It can be moved, so that tests and the
//! demo live through months in a second; it is never slept on.

use engine::ids::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Stands for a clock that runs.
const RUNNING: i64 = i64::MIN;

/// The machine's clock plus an offset that all clones share; or a moment at which it stands still.
#[derive(Clone, Debug)]
pub struct Clock {
    hands: Arc<Hands>,
}

#[derive(Debug)]
struct Hands {
    offset_ms: AtomicI64,
    still_at: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            hands: Arc::new(Hands {
                offset_ms: AtomicI64::new(0),
                still_at: AtomicI64::new(RUNNING),
            }),
        }
    }
}

impl Clock {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let still_at = self.hands.still_at.load(Ordering::Relaxed);
        if still_at != RUNNING {
            return Timestamp(still_at);
        }
        let machine = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            });
        Timestamp(machine).plus(self.hands.offset_ms.load(Ordering::Relaxed))
    }

    /// Moves the clock by `ms` milliseconds from where it stands.
    pub fn advance(&self, ms: i64) {
        self.hands.offset_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Puts the clock `ms` milliseconds ahead of the machine's.
    pub fn set_offset(&self, ms: i64) {
        self.hands.offset_ms.store(ms, Ordering::Relaxed);
    }

    /// Milliseconds ahead of the machine's clock.
    #[must_use]
    pub fn offset_ms(&self) -> i64 {
        self.hands.offset_ms.load(Ordering::Relaxed)
    }

    /// Lets the clock stand still at a moment, so that two tests of one rule see the same times.
    pub fn stand_at(&self, moment: Timestamp) {
        self.hands.still_at.store(moment.0, Ordering::Relaxed);
    }
}
