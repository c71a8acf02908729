//! What the frame keeps in this browser: memory, unsent conversations, the visitor's token.
//!
//! Nothing is written before consent allows it. Where the browser refuses storage, everything still works
//! for the life of the page.

use crate::hands;
use alloc::string::String;
use alloc::vec::Vec;
use engine::bytes::{Read, Reader, Write, decode, encode};
use engine::ids::ConversationId;
use engine::memory::VisitorMemory;
use engine::wire::{Batch, Opaque, TestDraft};

const MEMORY: &str = "memory";
const LOGS: &str = "conversations";
const LANGUAGE: &str = "language";
const VISITOR: &str = "visitor";
const FAULT: &str = "fault";
/// For this tab alone.
const TEST: &str = "test";
const OPEN: &str = "open";
const DRAFT: &str = "draft";

/// A conversation as it is kept: all of its log, and how much of it the server has.
pub struct Saved {
    /// Everything but who sends it.
    pub log: Batch,
    /// The last line that the server has acknowledged; none when it has not even the beginning.
    pub kept: Option<u32>,
}

impl Read for Saved {
    fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            log: Read::read(reader),
            kept: Read::read(reader),
        }
    }
}

impl Write for Saved {
    fn write(&self, out: &mut Vec<u8>) {
        self.log.write(out);
        self.kept.write(out);
    }
}

/// The frame's storage.
pub struct Store {
    /// Whether anything may be written.
    pub allowed: bool,
}

impl Store {
    fn put(&self, session: bool, name: &str, bytes: &[u8]) {
        if self.allowed {
            hands::store(session, name, bytes);
        }
    }

    /// What is remembered of this visitor.
    pub fn memory(&self) -> Option<VisitorMemory> {
        decode(&hands::load(false, MEMORY))
    }

    /// Keeps what is remembered. Without full consent only what conversations need is kept.
    pub fn keep_memory(&self, memory: &VisitorMemory, full: bool) {
        if full {
            self.put(false, MEMORY, &encode(memory));
        } else {
            self.put(false, MEMORY, &encode(&memory.essential()));
        }
    }

    /// Kept conversations, oldest first.
    pub fn logs(&self) -> Vec<Saved> {
        decode(&hands::load(false, LOGS)).unwrap_or_default()
    }

    /// The kept conversation of that name.
    pub fn log(&self, conversation: ConversationId) -> Option<Saved> {
        self.logs()
            .into_iter()
            .find(|saved| saved.log.conversation == conversation)
    }

    /// Keeps a conversation in place of its older state, or lets it go. What another tab has written behind it stays.
    pub fn keep_log(&self, conversation: ConversationId, now: Option<&Saved>) {
        let logs = self.logs();
        let here = |saved: &&Saved| saved.log.conversation == conversation;
        let newest = now.and_then(|now| now.log.entries.last());
        let beyond = logs.iter().find(here).filter(|before| {
            let mut earlier = before.log.entries.iter().rev().skip(1);
            newest.is_some_and(|newest| {
                earlier.any(|entry| entry.seq == newest.seq && entry.digest == newest.digest)
            })
        });
        let others = logs.iter().filter(|saved| !here(saved));
        let all: Vec<&Saved> = others.chain(beyond.or(now)).collect();
        self.put(false, LOGS, &encode(&all));
    }

    /// The visitor's token, where no cookie comes back.
    pub fn visitor(&self) -> Option<Opaque> {
        hands::load(false, VISITOR).try_into().ok()
    }

    /// Keeps the visitor's token.
    pub fn keep_visitor(&self, visitor: &Opaque) {
        self.put(false, VISITOR, visitor);
    }

    /// A fault of this program on an earlier page.
    pub fn fault(&self) -> Option<String> {
        let fault = String::from_utf8(hands::load(false, FAULT)).ok();
        fault.filter(|fault| !fault.is_empty())
    }

    /// The server has been told of it.
    pub fn drop_fault(&self) {
        hands::forget(false, FAULT);
    }

    /// The language that the visitor has chosen; empty when none was.
    pub fn language(&self) -> String {
        String::from_utf8(hands::load(false, LANGUAGE)).unwrap_or_default()
    }

    /// Keeps it.
    pub fn keep_language(&self, language: &str) {
        self.put(false, LANGUAGE, language.as_bytes());
    }

    /// The test of this tab.
    pub fn test(&self) -> Option<TestDraft> {
        decode(&hands::load(true, TEST))
    }

    /// Keeps the test for this tab, or ends it. A test is the reviewer's own wish and asks no consent.
    pub fn keep_test(&self, test: Option<&TestDraft>) {
        match test {
            Some(test) => hands::store(true, TEST, &encode(test)),
            None => hands::forget(true, TEST),
        }
    }

    /// Whether the panel was open on the last page of this tab.
    pub fn was_open(&self) -> bool {
        !hands::load(true, OPEN).is_empty()
    }

    /// Keeps whether the panel is open.
    pub fn keep_open(&self, open: bool) {
        if open {
            self.put(true, OPEN, b"1");
        } else {
            hands::forget(true, OPEN);
        }
    }

    /// What was being typed in this tab.
    pub fn draft(&self) -> String {
        String::from_utf8(hands::load(true, DRAFT)).unwrap_or_default()
    }

    /// Keeps what is being typed.
    pub fn keep_draft(&self, draft: &str) {
        self.put(true, DRAFT, draft.as_bytes());
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for name in [MEMORY, LOGS, VISITOR, FAULT, LANGUAGE] {
            hands::forget(false, name);
        }
        for name in [TEST, OPEN, DRAFT] {
            hands::forget(true, name);
        }
    }
}
