//! What is counted about the server itself, as Prometheus reads it. No personal data, no labels from outside.

use crate::store::Depth;
use crate::store::refused::Reason;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counters.
#[derive(Debug, Default)]
pub struct Metrics {
    batches: AtomicU64,
    inputs: AtomicU64,
    overtaken: AtomicU64,
    diverged: AtomicU64,
    identities: AtomicU64,
    limited: AtomicU64,
    busy: AtomicU64,
    faults: AtomicU64,
    refused: [AtomicU64; Reason::ALL.len()],
}

impl Metrics {
    /// A batch was taken in with so many new inputs.
    pub fn batch(&self, inputs: u32) {
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.inputs.fetch_add(u64::from(inputs), Ordering::Relaxed);
    }

    /// A batch came too late: another content was first.
    pub fn overtaken(&self) {
        self.overtaken.fetch_add(1, Ordering::Relaxed);
    }

    /// A replay came out differently than the browser said.
    pub fn diverged(&self) {
        self.diverged.fetch_add(1, Ordering::Relaxed);
    }

    /// Something was refused.
    pub fn refused(&self, reason: Reason) {
        self.refused[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// An identity was looked up.
    pub fn identity(&self) {
        self.identities.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody asked too often.
    pub fn limited(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    /// The store was too busy to take something.
    pub fn busy(&self) {
        self.busy.fetch_add(1, Ordering::Relaxed);
    }

    /// A request failed for a reason of ours.
    pub fn fault(&self) {
        self.faults.fetch_add(1, Ordering::Relaxed);
    }

    /// All of them in Prometheus' text format.
    #[must_use]
    pub fn text(&self, waiting: usize, outbox: Option<Depth>) -> String {
        let mut text = String::new();
        for (name, help, counter) in [
            ("batches", "Batches of inputs taken in.", &self.batches),
            ("inputs", "Inputs stored.", &self.inputs),
            (
                "overtaken",
                "Batches answered with another tab's log.",
                &self.overtaken,
            ),
            (
                "diverged",
                "Conversations whose replay differed from the browser's state.",
                &self.diverged,
            ),
            ("identities", "Identity lookups.", &self.identities),
            (
                "limited",
                "Requests refused by a rate limit.",
                &self.limited,
            ),
            ("busy", "Requests the store was too busy for.", &self.busy),
            (
                "faults",
                "Requests that failed for a reason of the server.",
                &self.faults,
            ),
        ] {
            let value = counter.load(Ordering::Relaxed);
            let _ = writeln!(
                text,
                "# HELP usher_{name}_total {help}\n# TYPE usher_{name}_total counter\nusher_{name}_total {value}"
            );
        }
        text.push_str("# HELP usher_refused_total Batches not believed.\n# TYPE usher_refused_total counter\n");
        for (reason, counter) in Reason::ALL.into_iter().zip(&self.refused) {
            let value = counter.load(Ordering::Relaxed);
            let _ = writeln!(
                text,
                "usher_refused_total{{reason=\"{}\"}} {value}",
                reason.words()
            );
        }
        let _ = writeln!(
            text,
            "# HELP usher_writes_waiting Transactions waiting.\n# TYPE usher_writes_waiting gauge\nusher_writes_waiting {waiting}"
        );
        if let Some(depth) = outbox {
            for (name, help, value) in [
                ("waiting", "Messages that are to leave.", depth.waiting),
                ("dead", "Messages that were given up.", depth.dead),
                (
                    "oldest_seconds",
                    "How long the oldest message has waited.",
                    depth.oldest_ms / 1_000,
                ),
                ("pauses", "What is held back.", depth.pauses),
            ] {
                let _ = writeln!(
                    text,
                    "# HELP usher_outbox_{name} {help}\n# TYPE usher_outbox_{name} gauge\nusher_outbox_{name} {value}"
                );
            }
        }
        text
    }
}
