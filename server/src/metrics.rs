//! What is counted about the server itself, as Prometheus reads it. No personal data, no labels from outside.

use crate::store::refused::Reason;
use crate::store::{Depth, Store};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};
use std::time::Duration;

/// The media type of the text.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labelled = Family<[(&'static str, &'static str); 1], Counter>;

/// What is counted, timed and measured.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    batches: Counter,
    inputs: Counter,
    batch_inputs: Histogram,
    intake: Histogram,
    overtaken: Counter,
    diverged: Counter,
    identities: Counter,
    limited: Counter,
    busy: Counter,
    faults: Counter,
    refused: Labelled,
    retries: Counter,
    writes_waiting: Gauge,
    sessions: Gauge,
    outbox_waiting: Gauge,
    outbox_dead: Gauge,
    outbox_oldest: Gauge,
    outbox_pauses: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("usher");
        let refused = Labelled::default();
        for reason in Reason::ALL {
            // One that never came is there as 0.
            drop(refused.get_or_create(&[("reason", reason.words())]));
        }
        registry.register("refused", "Batches not believed", refused.clone());
        let mut counted = |name, help| kept(&mut registry, name, help, Counter::default());
        let batches = counted("batches", "Batches of inputs taken in");
        let inputs = counted("inputs", "Inputs stored");
        let overtaken = counted("overtaken", "Batches answered with another tab's log");
        let diverged = counted(
            "diverged",
            "Conversations whose replay differed from the browser's state",
        );
        let identities = counted("identities", "Identity lookups");
        let limited = counted("limited", "Requests refused by a rate limit");
        let busy = counted("busy", "Requests the store was too busy for");
        let faults = counted("faults", "Requests that failed for a reason of the server");
        let retries = counted(
            "database_retries",
            "Transactions run again because another was first",
        );
        let mut measured = |name, help| kept(&mut registry, name, help, Gauge::default());
        let writes_waiting = measured("writes_waiting", "Transactions waiting");
        let sessions = measured("sessions", "Sessions of users that are open");
        let outbox_waiting = measured("outbox_waiting", "Messages that are to leave");
        let outbox_dead = measured("outbox_dead", "Messages that were given up");
        let outbox_oldest = measured(
            "outbox_oldest_seconds",
            "How long the oldest message has waited",
        );
        let outbox_pauses = measured("outbox_pauses", "What is held back");
        let sizes = Histogram::new([1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        let times = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        Self {
            batch_inputs: kept(&mut registry, "batch_inputs", "Inputs in a batch", sizes),
            intake: kept(
                &mut registry,
                "intake_seconds",
                "From a batch's arrival to its answer, synced",
                times,
            ),
            registry,
            batches,
            inputs,
            overtaken,
            diverged,
            identities,
            limited,
            busy,
            faults,
            refused,
            retries,
            writes_waiting,
            sessions,
            outbox_waiting,
            outbox_dead,
            outbox_oldest,
            outbox_pauses,
        }
    }
}

/// Registers a metric and gives it back.
fn kept<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// A batch was taken in with so many new inputs.
    pub fn batch(&self, inputs: u32) {
        self.batches.inc();
        self.inputs.inc_by(u64::from(inputs));
    }

    /// A batch with so many inputs was answered after so long, whatever the answer.
    pub fn answered(&self, inputs: usize, after: Duration) {
        self.batch_inputs.observe(inputs as f64);
        self.intake.observe(after.as_secs_f64());
    }

    /// A batch came too late: another content was first.
    pub fn overtaken(&self) {
        self.overtaken.inc();
    }

    /// A replay came out differently than the browser said.
    pub fn diverged(&self) {
        self.diverged.inc();
    }

    /// Something was refused.
    pub fn refused(&self, reason: Reason) {
        self.refused
            .get_or_create(&[("reason", reason.words())])
            .inc();
    }

    /// An identity was looked up.
    pub fn identity(&self) {
        self.identities.inc();
    }

    /// Somebody asked too often.
    pub fn limited(&self) {
        self.limited.inc();
    }

    /// The store was too busy to take something.
    pub fn busy(&self) {
        self.busy.inc();
    }

    /// A request failed for a reason of ours.
    pub fn fault(&self) {
        self.faults.inc();
    }

    /// All of it in the text format of OpenMetrics. What only the database knows stays as it was while that is away.
    pub async fn text(&self, store: &Store) -> String {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.writes_waiting.set(number(store.waiting()));
        let retries = store.retries();
        self.retries
            .inc_by(retries.saturating_sub(self.retries.get()));
        if let Ok(Depth {
            waiting,
            dead,
            oldest_ms,
            pauses,
        }) = store.outbox_depth().await
        {
            self.outbox_waiting.set(waiting);
            self.outbox_dead.set(dead);
            self.outbox_oldest.set(oldest_ms / 1_000);
            self.outbox_pauses.set(pauses);
        }
        if let Ok(sessions) = store.open_sessions().await {
            self.sessions.set(sessions);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a text takes whatever is written");
        text
    }
}
