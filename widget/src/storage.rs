//! What the frame keeps in this browser: memory, unsent conversations, the visitor's token.
//!
//! Nothing is written before consent allows it. Where the browser refuses storage, everything still works
//! for the life of the page.

use alloc::string::String;
use alloc::vec::Vec;
use engine::bytes::decode;
use engine::bytes::encode;
use engine::ids::ConversationId;
use engine::memory::VisitorMemory;
use engine::wire::{Batch, Opaque, TestDraft};
use web_sys::{Storage, Window};

const MEMORY: &str = "memory";
const LOGS: &str = "conversations";
const VISITOR: &str = "visitor";
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

/// The frame's storage under its workspace's name.
pub struct Store {
    local: Option<Storage>,
    session: Option<Storage>,
    workspace: String,
    /// Whether anything may be written.
    pub allowed: bool,
}

impl Store {
    /// The storage of this frame.
    pub fn new(window: &Window, workspace: &str) -> Self {
        Self {
            local: window.local_storage().ok().flatten(),
            session: window.session_storage().ok().flatten(),
            workspace: workspace.into(),
            allowed: false,
        }
    }

    fn key(&self, name: &str) -> String {
        ["usher:", &self.workspace, ":", name].concat()
    }

    fn get(&self, storage: Option<&Storage>, name: &str) -> Option<Vec<u8>> {
        let text = storage?.get_item(&self.key(name)).ok()??;
        text.chars().map(|c| u8::try_from(c as u32).ok()).collect()
    }

    fn put(&self, storage: Option<&Storage>, name: &str, bytes: &[u8]) {
        if let Some(storage) = storage.filter(|_| self.allowed) {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            // A full or forbidden storage means that nothing outlives the page.
            let _ = storage.set_item(&self.key(name), &text);
        }
    }

    /// What is remembered of this visitor.
    pub fn memory(&self) -> Option<VisitorMemory> {
        decode(&self.get(self.local.as_ref(), MEMORY)?)
    }

    /// Keeps what is remembered. Without full consent only what conversations need is kept.
    pub fn keep_memory(&self, memory: &VisitorMemory, full: bool) {
        if full {
            self.put(self.local.as_ref(), MEMORY, &encode(memory));
            return;
        }
        let mut less = memory.clone();
        less.visited.clear();
        less.site_seconds = 0;
        for dialogue in &mut less.dialogues {
            dialogue.pages.clear();
        }
        self.put(self.local.as_ref(), MEMORY, &encode(&less));
    }

    /// Kept conversations, oldest first.
    pub fn logs(&self) -> Vec<Saved> {
        self.get(self.local.as_ref(), LOGS)
            .and_then(|bytes| decode::<Vec<(Batch, Option<u32>)>>(&bytes))
            .unwrap_or_default()
            .into_iter()
            .map(|(log, kept)| Saved { log, kept })
            .collect()
    }

    fn keep_logs(&self, logs: Vec<Saved>) {
        let logs: Vec<_> = logs
            .into_iter()
            .map(|saved| (saved.log, saved.kept))
            .collect();
        self.put(self.local.as_ref(), LOGS, &encode(&logs));
    }

    /// Keeps a conversation in place of its older state.
    pub fn keep_log(&self, saved: Saved) {
        let mut logs = self.logs();
        logs.retain(|other| other.log.conversation != saved.log.conversation);
        logs.push(saved);
        self.keep_logs(logs);
    }

    /// Lets a conversation go.
    pub fn drop_log(&self, conversation: ConversationId) {
        let mut logs = self.logs();
        let before = logs.len();
        logs.retain(|other| other.log.conversation != conversation);
        if logs.len() != before {
            self.keep_logs(logs);
        }
    }

    /// The visitor's token, where no cookie comes back.
    pub fn visitor(&self) -> Option<Opaque> {
        self.get(self.local.as_ref(), VISITOR)?.try_into().ok()
    }

    /// Keeps the visitor's token.
    pub fn keep_visitor(&self, visitor: &Opaque) {
        self.put(self.local.as_ref(), VISITOR, visitor);
    }

    /// The test of this tab.
    pub fn test(&self) -> Option<TestDraft> {
        decode(&self.get(self.session.as_ref(), TEST)?)
    }

    /// Keeps the test for this tab, or ends it. A test is the reviewer's own wish and asks no consent.
    pub fn keep_test(&self, test: Option<&TestDraft>) {
        let Some(session) = &self.session else { return };
        let key = self.key(TEST);
        let _ = match test {
            Some(test) => {
                let text: String = encode(test).iter().map(|byte| char::from(*byte)).collect();
                session.set_item(&key, &text)
            }
            None => session.remove_item(&key),
        };
    }

    /// Whether the panel was open on the last page of this tab.
    pub fn was_open(&self) -> bool {
        self.get(self.session.as_ref(), OPEN).is_some()
    }

    /// Keeps whether the panel is open.
    pub fn keep_open(&self, open: bool) {
        if open {
            self.put(self.session.as_ref(), OPEN, b"1");
        } else if let Some(session) = &self.session {
            let _ = session.remove_item(&self.key(OPEN));
        }
    }

    /// What was being typed in this tab.
    pub fn draft(&self) -> String {
        self.get(self.session.as_ref(), DRAFT)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// Keeps what is being typed.
    pub fn keep_draft(&self, draft: &str) {
        self.put(self.session.as_ref(), DRAFT, draft.as_bytes());
    }

    /// Forgets everything.
    pub fn clear(&self) {
        for name in [MEMORY, LOGS, VISITOR, OPEN, DRAFT, TEST] {
            for storage in [&self.local, &self.session].into_iter().flatten() {
                let _ = storage.remove_item(&self.key(name));
            }
        }
    }
}
