//! Gets every line of every conversation to the server: in order, batched, again until acknowledged.

use crate::page::Visit;
use crate::storage::Saved;
use crate::talk::Talk;
use crate::texts::Say;
use crate::view::Line;
use crate::{dom, net};
use alloc::vec::Vec;
use engine::bytes::decode;
use engine::bytes::encode;
use engine::ids::{ConversationId, MINUTE};
use engine::wire::{Begin, Entry, InputsAnswer, Kept};
use js_sys::Uint8Array;
use net::Failure;
use wasm_bindgen::JsCast;
use web_sys::MessageEvent;

/// The longest pause between tries, in milliseconds.
const LONGEST_PAUSE_MS: i64 = MINUTE;
/// Pauses shorter than this are not worth a word to the visitor.
const WORTH_SAYING: u32 = 3;

/// The way to the server.
#[derive(Default)]
pub struct Courier {
    /// Whether anything may be sent.
    pub allowed: bool,
    under_way: bool,
    tries: u32,
    /// Kept conversations that the server does not take: not tried again on this page.
    refused: Vec<ConversationId>,
}

/// Listens to other tabs and to the network coming back.
pub fn listen(visit: &Visit) {
    let later = &visit.later;
    if let Some(tabs) = &visit.tabs {
        later.listen(tabs, "message", |visit, event| {
            let data = event.unchecked_ref::<MessageEvent>().data();
            let bytes = data
                .dyn_ref::<Uint8Array>()
                .map(Uint8Array::to_vec)
                .unwrap_or_default();
            if let Some((conversation, entry)) = decode::<(ConversationId, Entry)>(&bytes) {
                visit.hear_tab(conversation, entry);
            }
        });
    }
    for name in ["online", "offline", "pageshow"] {
        later.listen(&dom::window(), name, |visit, _| {
            visit.courier.tries = 0;
            visit.send();
            visit.say_connection();
        });
    }
    later.listen(&dom::document(), "visibilitychange", |visit, _| {
        if dom::document().hidden() {
            visit.send();
        } else {
            visit.look_again();
        }
    });
}

impl Visit {
    /// Tells other tabs about a line.
    pub fn tell_tabs(&self, entry: &Entry) {
        if let (Some(tabs), Some(talk)) = (&self.tabs, &self.talk)
            && self.test.is_none()
        {
            let bytes = encode(&(talk.id, entry));
            let _ = tabs.post_message(&Uint8Array::from(bytes.as_slice()));
        }
    }

    /// Another tab has gone on with the conversation on screen.
    fn hear_tab(&mut self, conversation: ConversationId, entry: Entry) {
        let (Some(talk), Some(view)) = (&mut self.talk, &self.view) else {
            return;
        };
        let next = talk.entries.last().map_or(1, |entry| entry.seq + 1);
        if talk.id != conversation || entry.seq != next {
            return;
        }
        if let Ok(turn) = talk.replay(view.texts, entry) {
            self.obey(&turn.outputs);
            self.after_turn(turn.keep);
        }
    }

    /// Back on this tab: another may have gone on.
    fn look_again(&mut self) {
        let engaged = self.talk.as_ref().is_some_and(Talk::is_engaged);
        if engaged || self.test.is_some() || self.publication.is_none() {
            return;
        }
        if let Some(memory) = self
            .store
            .memory()
            .filter(|memory| memory.open != self.memory.open)
        {
            self.memory = memory;
            self.decide();
        }
    }

    /// Looks whether an earlier page has left something unsent.
    pub fn courier_wakes(&mut self) {
        self.send();
    }

    /// What the server lacks most urgently.
    fn unsent(&self) -> Option<Saved> {
        let refused = |saved: &Saved| self.courier.refused.contains(&saved.log.conversation);
        let here = self.talk.as_ref().map(Talk::saved).filter(|saved| {
            let begun = saved.kept.is_some() || !saved.log.entries.is_empty() || self.is_full();
            saved.is_unsent() && begun && !refused(saved)
        });
        here.or_else(|| {
            let on_screen = self.talk.as_ref().map(|talk| talk.id);
            self.store.logs().into_iter().find(|saved| {
                saved.is_unsent() && Some(saved.log.conversation) != on_screen && !refused(saved)
            })
        })
    }

    /// Sends what the server lacks, one batch at a time.
    pub fn send(&mut self) {
        if !self.courier.allowed || self.courier.under_way || self.test.is_some() {
            return;
        }
        let Some(saved) = self.unsent() else { return };
        let conversation = saved.log.conversation;
        let batch = saved.batch(self.sender());
        self.courier.under_way = true;
        self.ask("/v1/inputs", &batch, move |visit, answer| {
            visit.courier.under_way = false;
            match net::read(answer) {
                Ok(answer) => {
                    visit.courier.tries = 0;
                    visit.take_answer(conversation, answer);
                    visit.send();
                }
                Err(Failure::Refused) => visit.courier.refused.push(conversation),
                Err(Failure::Away) => visit.try_later(0),
                Err(Failure::Busy(seconds)) => visit.try_later(i64::from(seconds) * 1_000),
            }
            visit.say_connection();
        });
    }

    /// Tries again after a pause that doubles, with a share of chance so that tabs do not come together.
    fn try_later(&mut self, at_least_ms: i64) {
        self.courier.tries += 1;
        let doubled = (500_i64 << self.courier.tries.min(8)).min(LONGEST_PAUSE_MS);
        let share = i64::from(crate::page::random().first().copied().unwrap_or(0));
        let pause = doubled.max(at_least_ms) * (256 + share) / 512;
        let pause = pause.max(at_least_ms);
        self.after(i32::try_from(pause).unwrap_or(i32::MAX), Visit::send);
    }

    /// Says in the panel what is the matter with the network, or nothing.
    pub fn say_connection(&self) {
        let Some((view, panel)) = self
            .view
            .as_ref()
            .and_then(|view| Some((view, view.panel.as_ref()?)))
        else {
            return;
        };
        panel.say(if !dom::window().navigator().on_line() {
            view.texts.say(Say::Offline)
        } else if self.courier.tries >= WORTH_SAYING {
            view.texts.say(Say::Reconnecting)
        } else {
            ""
        });
    }

    /// Takes in what became of a conversation's lines.
    pub fn take_answer(&mut self, conversation: ConversationId, answer: InputsAnswer) {
        match answer {
            InputsAnswer::Kept(kept) => self.take_kept(conversation, &kept),
            InputsAnswer::Overtaken { begin, entries } => self.adopt(conversation, *begin, entries),
        }
    }

    fn take_kept(&mut self, conversation: ConversationId, kept: &Kept) {
        self.set_clock(kept.now);
        if let Some(visitor) = &kept.visitor {
            self.store.keep_visitor(visitor);
        }
        if let Some(talk) = self.talk.as_mut().filter(|talk| talk.id == conversation) {
            talk.kept = talk.kept.max(Some(kept.through));
            let done = talk.has_ended() && !talk.saved().is_unsent();
            if done || (!talk.is_engaged() && !talk.saved().is_unsent()) {
                self.store.drop_log(conversation);
            } else {
                self.keep_talk();
            }
            return;
        }
        let kept_here = self
            .store
            .logs()
            .into_iter()
            .find(|saved| saved.log.conversation == conversation);
        if let Some(mut saved) = kept_here {
            saved.acknowledge(kept.through);
            let open = self
                .memory
                .open
                .is_some_and(|open| open.conversation == conversation);
            if open || saved.is_unsent() {
                self.store.keep_log(saved);
            } else {
                self.store.drop_log(conversation);
            }
        }
    }

    /// Another tab was first: what it did stands, and what was done here is dropped.
    fn adopt(&mut self, conversation: ConversationId, begin: Begin, entries: Vec<Entry>) {
        let here = self.talk.as_ref().filter(|talk| talk.id == conversation);
        let Some(talk) = here else {
            self.store.drop_log(conversation);
            return;
        };
        let mut saved = talk.saved();
        saved.kept = Some(entries.last().map_or(0, |entry| entry.seq));
        saved.log.begin = Some(begin);
        saved.log.entries = entries;
        let (edition, language) = (talk.begin.edition, talk.begin.language.clone());
        self.store.keep_log(Saved {
            log: saved.log.clone(),
            kept: saved.kept,
        });
        let path = self.edition_path(edition, &language);
        self.fetch_file(&path, move |visit, edition| {
            let (Ok(edition), Some(view)) = (net::keep(edition), &visit.view) else {
                return;
            };
            let Ok(mut talk) = Talk::resume(view.texts, edition, saved) else {
                return;
            };
            talk.lines.push(Line::Note(view.texts.say(Say::Overtaken)));
            if talk.has_ended() {
                let now = visit.now();
                visit.memory.completed(talk.begin.dialogue, now);
            }
            visit.talk = Some(talk);
            visit.picker = None;
            visit.keep_memory();
            visit.after_turn(Some(0));
        });
    }
}
