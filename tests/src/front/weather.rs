//! What a test lays over the world: pages of its own, and what befalls requests on their way to the chat origin. It is
//! the same for every browser.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An answer of a page or a server.
pub type Answer = Response<Full<Bytes>>;
/// What a place answers.
type Answering = Arc<dyn Fn(&Parts) -> Answer + Send + Sync>;

/// What befalls a request to the chat origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends without an answer.
    Broken,
    /// Nothing comes for so long; then the connection ends.
    Hanging(Duration),
    /// This status, without a body.
    Status(u16),
    /// This text with a status 200 and this media type.
    Text(&'static str, &'static str),
    /// The server's answer under another media type.
    Retyped(&'static str),
    /// The first half of the server's answer.
    Halved,
}

/// How slow the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// How long until an answer begins.
    pub latency: Duration,
    /// How many bytes come in a second, over all answers.
    pub bytes_per_second: u32,
}

/// What a test has laid over the world.
#[derive(Default)]
pub struct Weather(Mutex<Laid>);

#[derive(Default)]
struct Laid {
    pages: Vec<(String, String, Answering)>,
    faults: Vec<(String, Fault)>,
    speed: Option<Speed>,
    free: Option<Instant>,
    hosts: BTreeSet<String>,
    bodies: Option<Vec<(String, Bytes)>>,
}

impl Weather {
    fn laid(&self) -> MutexGuard<'_, Laid> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a path of a host, whatever its query.
    pub fn answer(
        &self,
        host: &str,
        path: &str,
        answering: impl Fn(&Parts) -> Answer + Send + Sync + 'static,
    ) {
        let mut laid = self.laid();
        laid.pages
            .retain(|(h, p, _)| (h.as_str(), p.as_str()) != (host, path));
        laid.pages
            .push((host.into(), path.into(), Arc::new(answering)));
    }

    /// From now on this befalls every request to the chat origin whose path begins so.
    pub fn befall(&self, prefix: &str, fault: Fault) {
        self.laid().faults.push((prefix.into(), fault));
    }

    /// Nothing befalls anybody any more.
    pub fn clear(&self) {
        self.laid().faults.clear();
    }

    /// How slow the way is from now on.
    pub fn set_speed(&self, speed: Option<Speed>) {
        self.laid().speed = speed;
    }

    /// Every host that was asked for anything.
    #[must_use]
    pub fn hosts(&self) -> BTreeSet<String> {
        self.laid().hosts.clone()
    }

    /// Keeps the bodies of the chat origin's answers from now on, uncompressed.
    pub fn keep_bodies(&self) {
        self.laid().bodies.get_or_insert_default();
    }

    /// The bodies that were kept, with the paths that were asked for.
    #[must_use]
    pub fn bodies(&self) -> Vec<(String, Bytes)> {
        self.laid().bodies.clone().unwrap_or_default()
    }

    pub(super) fn keeps_bodies(&self) -> bool {
        self.laid().bodies.is_some()
    }

    pub(super) fn keep_body(&self, path: &str, body: &Bytes) {
        if let Some(bodies) = &mut self.laid().bodies {
            bodies.push((path.into(), body.clone()));
        }
    }

    pub(super) fn page(&self, host: &str, request: &Parts) -> Option<Answer> {
        let mut laid = self.laid();
        laid.hosts.insert(host.into());
        let answering = laid
            .pages
            .iter()
            .find(|(h, path, _)| h == host && path == request.uri.path())
            .map(|(_, _, answering)| Arc::clone(answering));
        drop(laid);
        Some(answering?(request))
    }

    pub(super) fn fault(&self, path: &str) -> Option<Fault> {
        let laid = self.laid();
        let found = laid.faults.iter().rev();
        found
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
            .map(|(_, fault)| fault.clone())
            .next()
    }

    /// How long an answer of so many bytes takes, after all that are on their way.
    pub(super) fn delay(&self, bytes: usize) -> Duration {
        let mut laid = self.laid();
        let Some(speed) = laid.speed else {
            return Duration::ZERO;
        };
        let now = Instant::now();
        let begins = laid.free.unwrap_or(now).max(now + speed.latency);
        let size = u32::try_from(bytes).unwrap_or(u32::MAX);
        let takes = Duration::from_secs(1) * size / speed.bytes_per_second;
        laid.free = Some(begins + takes);
        begins + takes - now
    }
}
