//! What a visitor's browser asked the chat origin for.

use engine::compiled::decode;
use engine::ids::ConversationId;
use engine::wire::{AskSlots, Batch, Book, Opaque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use usher_server::secrets::from_base64url;

/// A request to the chat origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Whether it carried a cookie.
    pub with_cookie: bool,
    /// The answer's status; 0 where the network was away.
    pub status: u16,
}

/// What is known of one visitor's network.
#[derive(Debug)]
pub struct Diary {
    away: AtomicBool,
    under_way: AtomicUsize,
    book: Mutex<Pages>,
}

#[derive(Debug)]
struct Pages {
    requests: Vec<Request>,
    visitor: Option<Opaque>,
    conversations: Vec<ConversationId>,
    last: Instant,
}

impl Default for Diary {
    fn default() -> Self {
        Self {
            away: AtomicBool::new(false),
            under_way: AtomicUsize::new(0),
            book: Mutex::new(Pages {
                requests: Vec::new(),
                visitor: None,
                conversations: Vec::new(),
                last: Instant::now(),
            }),
        }
    }
}

impl Diary {
    fn book(&self) -> MutexGuard<'_, Pages> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the chat origin away, or gives it back.
    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// Whether the chat origin cannot be reached.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away.load(Ordering::Relaxed)
    }

    /// All requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.book().requests.clone()
    }

    /// How many requests so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.book().requests.len()
    }

    /// The token by which the server knows this browser.
    #[must_use]
    pub fn visitor(&self) -> Option<Opaque> {
        self.book().visitor
    }

    /// Conversations that this browser has sent lines of.
    #[must_use]
    pub fn conversations(&self) -> Vec<ConversationId> {
        self.book().conversations.clone()
    }

    /// Whether nothing is under way, and nothing was for a while.
    #[must_use]
    pub fn is_quiet(&self, for_a: Duration) -> bool {
        self.under_way.load(Ordering::Relaxed) == 0 && self.book().last.elapsed() >= for_a
    }

    pub(super) fn begins(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        self.book().last = Instant::now();
        UnderWay(self)
    }

    pub(super) fn note(&self, request: Request) {
        self.book().requests.push(request);
    }

    /// Reads whose conversation a message is about.
    pub(super) fn read(&self, path: &str, body: &[u8]) {
        let batch = match path {
            "/v1/inputs" => decode::<Batch>(body).ok(),
            "/v1/slots" => decode::<AskSlots>(body).ok().map(|ask| ask.batch),
            "/v1/book" => decode::<Book>(body).ok().map(|book| book.batch),
            _ => None,
        };
        if let Some(batch) = batch {
            let mut book = self.book();
            book.conversations
                .retain(|known| *known != batch.conversation);
            book.conversations.push(batch.conversation);
        }
    }

    /// Reads the visitor's token out of a cookie header, or forgets it when it is taken back.
    pub(super) fn read_cookie(&self, header: &str) {
        let token = header
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| name.ends_with("usher-visitor"))
            .map(|(_, value)| value);
        if let Some(token) = token {
            self.book().visitor = from_base64url(token).and_then(|bytes| bytes.try_into().ok());
        }
    }
}

/// A request on its way.
pub(super) struct UnderWay<'a>(&'a Diary);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.book().last = Instant::now();
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}
