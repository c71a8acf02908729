//! How long to wait after a failure.

use engine::ids::{HOUR, SECOND, fnv1a};

/// Most attempts before a message is given up: about a day.
pub const ATTEMPTS: u32 = 30;
/// The first wait.
const FIRST_MS: i64 = 30 * SECOND;
/// The longest wait.
const LONGEST_MS: i64 = HOUR;

/// Milliseconds to wait after the n-th failed attempt, from 1; none when it was the last. Waits double up
/// to an hour, each moved by up to a quarter so that what failed together does not come back together.
#[must_use]
pub fn wait(id: &str, attempt: u32) -> Option<i64> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let doubled = FIRST_MS << attempt.saturating_sub(1).min(12);
    let wait = doubled.min(LONGEST_MS);
    let quarter = wait / 4;
    let chance = fnv1a(u64::from(attempt), id.as_bytes()) % 1_000;
    Some(wait - quarter + 2 * quarter * i64::try_from(chance).unwrap_or(0) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::ids::DAY;

    #[test]
    fn waits_grow_stay_near_an_hour_and_end_after_about_a_day() {
        let waits: Vec<i64> = (1..ATTEMPTS)
            .map_while(|attempt| wait("m", attempt))
            .collect();
        assert_eq!(waits.len(), 29);
        assert!((22 * SECOND..=38 * SECOND).contains(&waits[0]));
        assert!(waits.iter().all(|wait| *wait <= HOUR + HOUR / 4));
        let total: i64 = waits.iter().sum();
        assert!((DAY * 3 / 4..DAY * 3 / 2).contains(&total), "{total}");
        assert_eq!(wait("m", ATTEMPTS), None);
    }

    #[test]
    fn two_messages_that_failed_together_come_back_apart() {
        assert_ne!(wait("one", 5), wait("two", 5));
        assert_eq!(wait("one", 5), wait("one", 5));
    }
}
