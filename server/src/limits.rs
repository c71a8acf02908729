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

#[cfg(test)]
mod tests {
    use super::*;

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
