//! Token buckets: how often one neighbourhood, or one conversation, may ask.

use engine::ids::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Most buckets remembered; when there are more, full ones are dropped.
const REMEMBERED: usize = 100_000;

/// Buckets of one size, by key.
#[derive(Debug)]
pub struct Limit<K> {
    burst: f64,
    per_second: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl<K: Eq + Hash> Limit<K> {
    /// Buckets that hold `burst` and fill by `per_second`.
    #[must_use]
    pub fn new(burst: u32, per_second: f64) -> Self {
        Self {
            burst: f64::from(burst),
            per_second,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Takes one from a bucket.
    ///
    /// # Errors
    /// The seconds to wait, when it is empty.
    pub fn take(&self, key: K, now: Timestamp) -> Result<(), u32> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
            if buckets.len() >= REMEMBERED {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            left: self.burst,
            at: now,
        });
        let left = self.filled(*bucket, now);
        if left < 1.0 {
            let wait = ((1.0 - left) / self.per_second).ceil();
            return Err(wait.clamp(1.0, 3_600.0) as u32);
        }
        *bucket = Bucket {
            left: left - 1.0,
            at: now,
        };
        Ok(())
    }

    fn filled(&self, bucket: Bucket, now: Timestamp) -> f64 {
        let passed = now.since(bucket.at).max(0) as f64 / 1_000.0;
        (bucket.left + passed * self.per_second).min(self.burst)
    }
}

/// Failures that are free: people mistype.
const FREE: u32 = 5;
/// The longest that one has to wait.
const LONGEST_MS: i64 = 15 * engine::ids::MINUTE;

/// Failures in a row, by key: each makes the next attempt wait for twice as long.
#[derive(Debug)]
pub struct Backoff<K> {
    failures: Mutex<HashMap<K, (u32, Timestamp)>>,
}

impl<K> Default for Backoff<K> {
    fn default() -> Self {
        Self {
            failures: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash> Backoff<K> {
    /// Whether it may be tried again.
    ///
    /// # Errors
    /// The seconds to wait.
    pub fn may(&self, key: &K, now: Timestamp) -> Result<(), u32> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((times, last)) = failures.get(key) else {
            return Ok(());
        };
        match wait(*times) - now.since(*last) {
            left if left > 0 => Err(u32::try_from(left / 1_000 + 1).unwrap_or(u32::MAX)),
            _ => Ok(()),
        }
    }

    /// It failed.
    pub fn failed(&self, key: K, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= REMEMBERED {
            failures.retain(|_, (_, last)| now.since(*last) < LONGEST_MS);
            if failures.len() >= REMEMBERED {
                failures.clear();
            }
        }
        let known = failures.entry(key).or_insert((0, now));
        let was_long_ago = now.since(known.1) > LONGEST_MS * 2;
        *known = (if was_long_ago { 1 } else { known.0 + 1 }, now);
    }

    /// It went well: what failed before is forgotten.
    pub fn succeeded(&self, key: &K) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(key);
    }
}

fn wait(times: u32) -> i64 {
    match times.checked_sub(FREE) {
        None => 0,
        Some(beyond) => (1_000 << beyond.min(20)).min(LONGEST_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_doubles_the_wait_and_a_success_ends_it() {
        let backoff = Backoff::default();
        let at = |seconds: i64| Timestamp(seconds * 1_000);
        for _ in 0..4 {
            backoff.failed("a", at(0));
        }
        assert_eq!(backoff.may(&"a", at(0)), Ok(()));
        backoff.failed("a", at(0));
        assert_eq!(backoff.may(&"a", at(0)), Err(2));
        assert_eq!(backoff.may(&"a", at(1)), Ok(()));
        for _ in 0..40 {
            backoff.failed("a", at(1));
        }
        assert_eq!(backoff.may(&"a", at(1)), Err(901));
        assert_eq!(backoff.may(&"b", at(1)), Ok(()));
        backoff.succeeded(&"a");
        assert_eq!(backoff.may(&"a", at(1)), Ok(()));
    }

    #[test]
    fn a_bucket_empties_says_how_long_to_wait_and_fills_again() {
        let limit = Limit::new(2, 0.5);
        let at = |seconds: i64| Timestamp(seconds * 1_000);
        assert_eq!(limit.take("a", at(0)), Ok(()));
        assert_eq!(limit.take("a", at(0)), Ok(()));
        assert_eq!(limit.take("a", at(0)), Err(2));
        assert_eq!(limit.take("b", at(0)), Ok(()));
        assert_eq!(limit.take("a", at(2)), Ok(()));
        assert_eq!(limit.take("a", at(2)), Err(2));
    }
}
