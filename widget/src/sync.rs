//! Gets every line of every conversation to the server: in order, batched, again until acknowledged.

use crate::hands;
use crate::net::{self, Failure};
use crate::page::Visit;
use crate::storage::Saved;
use crate::talk::Talk;
use crate::view::Line;
use alloc::boxed::Box;
use alloc::vec::Vec;
use engine::bytes::{decode, encode};
use engine::ids::{ConversationId, MINUTE};
use engine::memory::OpenConversation;
use engine::wire::{Begin, Entry, InputsAnswer, Kept, Opaque, Unsent};

/// The longest pause between tries, in milliseconds.
const LONGEST_PAUSE_MS: i64 = MINUTE;
/// Pauses shorter than this are not worth a word to the visitor.
const WORTH_SAYING: u32 = 3;

/// What is done later.
type Later = Box<dyn FnOnce(&mut Visit)>;

/// The way to the server.
#[derive(Default)]
pub struct Courier {
    /// Whether anything may be sent.
    pub allowed: bool,
    under_way: bool,
    tries: u32,
    /// The token by which the server knows this browser, for the life of the page.
    pub visitor: Option<Opaque>,
    /// Whether a message is under way that makes the server name this browser.
    naming: bool,
    /// What waits for that.
    unnamed: Vec<Later>,
    /// The kept conversation in which another tab was first before it was on screen here.
    pub(crate) overtaken: Option<ConversationId>,
    /// Kept conversations that the server does not take: not tried again on this page.
    refused: Vec<ConversationId>,
}

impl Visit {
    /// Tells other tabs about the newest line.
    pub fn tell_tabs(&self) {
        if let Some(talk) = &self.talk
            && let Some(entry) = talk.newest()
            && self.test.is_none()
        {
            hands::share(&encode(&(talk.id(), entry)));
        }
    }

    /// Another tab has gone on with the conversation on screen.
    pub(crate) fn hear_tab(&mut self) {
        let Some((conversation, entry)) = decode::<(ConversationId, Entry)>(&hands::bytes(1))
        else {
            return;
        };
        let here = self.talk.as_mut().filter(|talk| talk.id() == conversation);
        let Some(talk) = here else {
            self.look_again();
            return;
        };
        let digest = entry.digest;
        if entry.seq == talk.last_seq() + 1
            && let Ok(turn) = talk.replay(entry)
        {
            if talk.state.digest() != digest {
                // It was written after other lines than stand here.
                talk.saved.log.entries.pop();
                self.run_again(false);
                return;
            }
            self.obey(turn.outputs);
            self.after_turn(turn.keep);
        }
    }

    /// The network has come or gone, or the page has come back.
    pub(crate) fn network_changed(&mut self) {
        self.courier.tries = 0;
        self.send();
        self.say_connection();
    }

    /// Looks whether another tab has begun or gone on with a conversation; says whether it has.
    pub(crate) fn look_again(&mut self) -> bool {
        if self.test.is_some() || !self.is_decided() {
            return false;
        }
        if self.talk.as_ref().is_some_and(Talk::is_engaged) {
            return self.catch_up();
        }
        let news = self
            .store
            .memory()
            .filter(|memory| memory.open != self.memory.open);
        let Some(memory) = news else { return false };
        self.memory = memory;
        self.decide();
        true
    }

    /// Takes over what another tab has kept of the conversation on screen: lines behind ours, or what the server has
    /// in place of ours.
    fn catch_up(&mut self) -> bool {
        let Some(talk) = &mut self.talk else {
            return false;
        };
        let digest = talk.state.digest();
        let kept = self.store.log(talk.id());
        let later = |kept: &Saved| {
            kept.log.entries.len() >= talk.saved.log.entries.len()
                && kept
                    .log
                    .entries
                    .last()
                    .is_some_and(|entry| entry.digest != digest)
        };
        let Some(kept) = kept.filter(later) else {
            return false;
        };
        let goes_on = kept.log.entries.iter().any(|entry| entry.digest == digest);
        if !goes_on && kept.is_unsent() {
            return false;
        }
        talk.saved = kept;
        self.stand_by_log();
        true
    }

    /// Shows what the log of the conversation on screen leads to, and that another tab was there before.
    fn stand_by_log(&mut self) {
        self.run_again(true);
        if let Some(talk) = &mut self.talk {
            talk.lines.push(Line::Note("overtaken"));
            if talk.has_ended() {
                self.note_end();
            }
        }
        self.after_turn(Some(0));
    }

    /// Keeps the token by which the server knows this browser.
    pub(crate) fn name(&mut self, visitor: Option<Opaque>) {
        if let Some(visitor) = visitor {
            self.store.keep_visitor(&visitor);
            self.courier.visitor = Some(visitor);
        }
    }

    /// Does something that speaks to the server; while a message is under way that makes the server name this
    /// browser, not before it is answered, or there would be two names.
    pub(crate) fn when_named(&mut self, what: impl FnOnce(&mut Self) + 'static) {
        if self.courier.naming {
            self.courier.unnamed.push(Box::new(what));
        } else {
            what(self);
        }
    }

    /// Sends a message of this visitor's; the answer leads to `then`, which keeps the name.
    pub(crate) fn speak_as_visitor(
        &mut self,
        path: &str,
        body: &[u8],
        then: impl FnOnce(&mut Self, net::Answer) + 'static,
    ) {
        let names = self.courier.visitor.is_none();
        self.courier.naming |= names;
        self.post(path, body, move |visit, answer| {
            let heard = answer.is_ok();
            then(visit, answer);
            if names {
                visit.courier.naming = false;
                for what in core::mem::take(&mut visit.courier.unnamed) {
                    visit.when_named(|visit| what(visit));
                }
                // After a failure the pause that doubles decides when to try again.
                if heard {
                    visit.send();
                }
            }
        });
    }

    /// Sends what the server lacks most urgently, one batch at a time.
    pub fn send(&mut self) {
        let courier = &self.courier;
        if !courier.allowed || courier.under_way || courier.naming || self.test.is_some() {
            return;
        }
        let refused = &self.courier.refused;
        let lacks = |saved: &Saved| saved.is_unsent() && !refused.contains(&saved.log.conversation);
        let here = self.talk.as_ref().map(|talk| &talk.saved);
        let begun = |saved: &&Saved| {
            saved.kept.is_some() || !saved.log.entries.is_empty() || self.is_full()
        };
        let kept;
        let saved = match here.filter(begun).filter(|saved| lacks(saved)) {
            Some(saved) => saved,
            None => {
                let on_screen = self.talk.as_ref().map(Talk::id);
                let other = |saved: &Saved| Some(saved.log.conversation) != on_screen;
                kept = self
                    .store
                    .logs()
                    .into_iter()
                    .find(|saved| other(saved) && lacks(saved));
                match &kept {
                    Some(saved) => saved,
                    None => {
                        // What was to be said has come there by another way.
                        self.courier.tries = 0;
                        self.say_connection();
                        return;
                    }
                }
            }
        };
        let conversation = saved.log.conversation;
        let batch = encode(&self.unsent(saved));
        self.courier.under_way = true;
        self.speak_as_visitor("/v1/inputs", &batch, move |visit, answer| {
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

    /// What the server lacks of a conversation.
    pub(crate) fn unsent<'a>(&self, saved: &'a Saved) -> Unsent<'a> {
        Unsent {
            sender: self.sender(),
            log: &saved.log,
            kept: saved.kept,
            fault: self.store.fault(),
        }
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
        let key = if !hands::online() {
            "offline"
        } else if self.courier.tries >= WORTH_SAYING {
            "reconnecting"
        } else {
            ""
        };
        let here = self.talk.as_ref().filter(|_| !key.is_empty());
        hands::say(key, here.map_or(0, |talk| talk.saved.unsent_answers()));
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
        self.name(kept.visitor);
        self.store.drop_fault();
        let Some(talk) = self.talk.as_mut().filter(|talk| talk.id() == conversation) else {
            let goes_on = self.goes_on(conversation);
            if let Some(mut saved) = self.store.log(conversation) {
                saved.acknowledge(kept.through);
                let needed = goes_on || saved.is_unsent();
                self.store
                    .keep_log(conversation, Some(&saved).filter(|_| needed));
            }
            return;
        };
        talk.saved.acknowledge(kept.through);
        let unsent = talk.saved.is_unsent();
        let here = talk.newest().filter(|entry| entry.seq == kept.through);
        let diverged = here.is_some_and(|entry| entry.digest != kept.digest);
        if unsent || talk.is_engaged() && !talk.has_ended() {
            self.keep_talk();
        } else {
            self.store.keep_log(conversation, None);
        }
        if diverged && self.run_again(false) {
            self.after_turn(Some(0));
        }
    }

    /// Whether a conversation is under way, on screen or not.
    fn goes_on(&self, conversation: ConversationId) -> bool {
        let mut under_way = self.memory.open.iter().chain(&self.memory.flows);
        under_way.any(|open| open.conversation == conversation)
    }

    /// Runs the whole log again: where this page has come to something else step by step, what the log leads to
    /// stands. Says whether it did. What was said may be something else although it led to the same: `anyway` takes it
    /// from the log in any case.
    fn run_again(&mut self, anyway: bool) -> bool {
        let Some(talk) = &self.talk else { return false };
        let again = talk.again(talk.edition);
        let news = |again: &Talk| anyway || again.state.digest() != talk.state.digest();
        let Some(again) = again.filter(news) else {
            return false;
        };
        self.talk = Some(again);
        self.picker = None;
        true
    }

    /// Another tab was first: what it did stands, and what was done here is dropped.
    fn adopt(&mut self, conversation: ConversationId, begin: Begin, entries: Vec<Entry>) {
        let Some(talk) = self.talk.as_mut().filter(|talk| talk.id() == conversation) else {
            self.courier.overtaken = Some(conversation);
            let Some(mut saved) = self.store.log(conversation) else {
                return;
            };
            saved.adopt(begin, entries);
            self.store.keep_log(conversation, Some(&saved));
            if !self.goes_on(conversation) {
                self.bring_back(saved);
            }
            return;
        };
        talk.saved.adopt(begin, entries);
        self.store.keep_log(conversation, Some(&talk.saved));
        self.stand_by_log();
    }

    /// What ended here has not ended that way: whoever comes back is shown how far it came.
    fn bring_back(&mut self, saved: Saved) {
        let Some(begin) = saved.log.begin else { return };
        let open = OpenConversation {
            conversation: saved.log.conversation,
            dialogue: begin.dialogue,
            edition: begin.edition,
            last: saved.log.entries.last().map_or(begin.at, |entry| entry.at),
        };
        if !begin.source.is_empty() {
            self.memory.engaged_flow(open);
        } else if self.memory.open.is_none() {
            self.memory.engaged(open);
            if self.is_decided() && !self.is_open() {
                self.decide();
            }
        }
        self.keep_memory();
    }
}
