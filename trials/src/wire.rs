//! Servers as a browser reaches them.

use crate::history::History;
use engine::compiled::{decode, encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<A> {
    /// The server has answered.
    Said(A),
    /// The server refuses for good, because it was asked too often.
    TooMuch,
    /// No server has taken it.
    Away,
}

/// One or several servers that answer alike. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wire {
    http: reqwest::Client,
    origins: Arc<[String]>,
    next: Arc<AtomicUsize>,
    history: History,
    busy: Arc<AtomicUsize>,
    torn: bool,
}

/// An HTTP client whose requests take at most so long.
///
/// # Panics
/// When this machine cannot make connections at all.
pub(crate) fn client(patience: Duration) -> reqwest::Client {
    // Whoever comes first installs it; the client wants one even where nothing is encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(patience)
        .pool_max_idle_per_host(256)
        .build()
        .expect("a client can be made on a machine with a network")
}

impl Wire {
    /// Reaches servers at these origins in turn, `http://127.0.0.1:4002`; whoever does not answer within `patience` is away.
    /// What no server should answer goes into the history.
    ///
    /// # Panics
    /// When this machine cannot make connections at all.
    #[must_use]
    pub fn new(origins: Vec<String>, patience: Duration, history: History) -> Self {
        Self {
            http: client(patience),
            origins: origins.into(),
            next: Arc::default(),
            history,
            busy: Arc::default(),
            torn: false,
        }
    }

    /// The network between may end a request before its end: what arrived is then answered by 400.
    #[must_use]
    pub fn over_a_torn_network(mut self) -> Self {
        self.torn = true;
        self
    }

    /// How often a server has said that it is too busy.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    /// Where the events go.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    fn url(&self, path: &str) -> String {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        format!("{}{path}", self.origins[turn % self.origins.len()])
    }

    /// Sends a message.
    pub async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        message: &impl Serialize,
    ) -> Answer<A> {
        let asked = self.http.post(self.url(path));
        let asked = asked.header("content-type", "application/octet-stream");
        let Ok(answer) = asked.body(encode(message)).send().await else {
            return Answer::Away;
        };
        let status = answer.status().as_u16();
        let Ok(bytes) = answer.bytes().await else {
            return Answer::Away;
        };
        match status {
            200 | 409 => {
                if let Ok(answer) = decode(&bytes) {
                    return Answer::Said(answer);
                }
            }
            429 => return Answer::TooMuch,
            503 => {
                self.busy.fetch_add(1, Ordering::Relaxed);
                return Answer::Away;
            }
            400 if self.torn => return Answer::Away,
            _ => {}
        }
        let strange = format!(
            "POST {path} was answered by {status} and {} bytes",
            bytes.len()
        );
        self.history.strange("clean answers", strange);
        Answer::Away
    }

    /// Reads a public file; nothing when no server has given it.
    pub async fn get<A: DeserializeOwned>(&self, path: &str) -> Option<A> {
        let answer = self.http.get(self.url(path)).send().await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        decode(&answer.bytes().await.ok()?).ok()
    }

    /// Forgets a person by the API; says whether they are forgotten now.
    pub async fn forget(&self, token: &str, address: &str) -> bool {
        let asked = self
            .http
            .delete(self.url(&format!("/api/v1/people/{address}")));
        let Ok(answer) = asked.bearer_auth(token).send().await else {
            return false;
        };
        match answer.status().as_u16() {
            // Nobody of that address: an earlier try came through, and its answer was lost.
            200 | 204 | 404 => true,
            503 => false,
            status => {
                let strange = format!("forgetting was answered by {status}");
                self.history.strange("clean answers", strange);
                false
            }
        }
    }

    /// Adds a webhook for one kind of activity.
    ///
    /// # Errors
    /// When the server does not take it.
    pub async fn add_webhook(
        &self,
        token: &str,
        url: &str,
        kind: &str,
    ) -> Result<(), crate::Failure> {
        let wish = serde_json::json!({ "url": url, "activities": [kind] });
        let asked = self
            .http
            .post(self.url("/api/v1/webhooks"))
            .bearer_auth(token);
        let answer = asked.json(&wish).send().await;
        let answer = answer.map_err(|fault| format!("adding a webhook: {fault}"))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(format!(
            "adding a webhook was answered by {}",
            answer.status()
        ))
    }
}
