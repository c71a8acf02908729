//! Calls to the chat origin. The frame lives there, so none of them crosses an origin.

use crate::hands;
use crate::page::Visit;
use alloc::boxed::Box;
use alloc::vec::Vec;
use engine::bytes::{Read, Write, decode, encode};
use engine::ids::EditionId;

/// Why nothing came back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No network, no server, or no answer in time.
    Away,
    /// The server asks to wait so many seconds.
    Busy(u32),
    /// The server does not take this, however often it is sent.
    Refused,
}

/// The bytes of an answer, or why there are none.
pub type Answer = Result<Vec<u8>, Failure>;
/// What an answer leads to, or the end of a pause.
pub type Then = Box<dyn FnOnce(&mut Visit, Answer)>;

/// Reads an answer.
///
/// # Errors
/// When there is none, or it is not what it should be.
pub fn read<T: Read>(answer: Answer) -> Result<T, Failure> {
    decode(&answer?).ok_or(Failure::Refused)
}

/// Reads an answer that is needed as long as the page: it is never dropped, which spares the code for that.
///
/// # Errors
/// When there is none, or it is not what it should be.
pub fn keep<T: Read>(answer: Answer) -> Result<&'static T, Failure> {
    read(answer).map(|document| &*Box::leak(Box::new(document)))
}

impl Visit {
    fn wait(&mut self, then: Then) -> u32 {
        self.waits += 1;
        self.waiting.push((self.waits, then));
        self.waits
    }

    /// Sends a message; the answer leads to `then`.
    pub fn ask<Q: Write>(
        &mut self,
        path: &str,
        question: &Q,
        then: impl FnOnce(&mut Self, Answer) + 'static,
    ) {
        self.post(path, &encode(question), then);
    }

    /// Sends an encoded message; the answer leads to `then`.
    pub fn post(
        &mut self,
        path: &str,
        body: &[u8],
        then: impl FnOnce(&mut Self, Answer) + 'static,
    ) {
        let number = self.wait(Box::new(then));
        hands::call(number, path, body);
    }

    /// Fetches an edition in one of its languages, which leads to `then`.
    pub fn fetch_edition(
        &mut self,
        id: EditionId,
        language: &str,
        then: impl FnOnce(&mut Self, Answer) + 'static,
    ) {
        let number = self.wait(Box::new(then));
        hands::fetch_edition(number, &id.0, language);
    }

    /// Fetches the index of what is live.
    pub fn fetch_index(&mut self, then: impl FnOnce(&mut Self, Answer) + 'static) {
        let number = self.wait(Box::new(then));
        hands::fetch_index(number);
    }

    /// Fetches a newer index, where there is one.
    pub fn renew_index(&mut self, then: impl FnOnce(&mut Self, Answer) + 'static) {
        let number = self.wait(Box::new(then));
        hands::renew_index(number);
    }

    /// Does something after so many milliseconds.
    pub fn after(&mut self, ms: i32, then: impl FnOnce(&mut Visit) + 'static) {
        let number = self.wait(Box::new(move |visit, _| then(visit)));
        hands::after(ms, number);
    }

    /// What was waited for is here.
    pub(crate) fn go_on(&mut self, number: u32, answer: Answer) {
        if let Some(at) = self.waiting.iter().position(|(n, _)| *n == number) {
            let (_, then) = self.waiting.swap_remove(at);
            then(self, answer);
        }
    }

    /// The server's answer, as it was told.
    pub(crate) fn hear_answer(&mut self) {
        let answer = match hands::figure(2) as u32 {
            200..=299 | 409 => Ok(hands::bytes(3)),
            429 | 503 => Err(Failure::Busy((hands::figure(4) as u32).max(5))),
            400..=499 => Err(Failure::Refused),
            _ => Err(Failure::Away),
        };
        self.go_on(hands::figure(1) as u32, answer);
    }
}
