//! Asking for times, and booking one. Both need the server while the visitor waits.

use crate::net;
use crate::page::{Visit, random};
use crate::view::{Picker, Step, zone};
use alloc::vec::Vec;
use engine::ids::{CardId, ConversationId, Timestamp};
use engine::reading;
use engine::wire::{AskSlots, Batch, Book, Booked, Entry, Input, Slots};

impl Visit {
    /// A meeting card waits: asks for times.
    pub fn begin_picking(&mut self, card: CardId) {
        self.picker = Some(Picker::new(card));
        self.ask_slots();
    }

    /// The conversation with its unsent lines in front.
    fn batch(&self) -> Option<Batch> {
        Some(self.talk.as_ref()?.saved().batch(self.sender()))
    }

    /// Asks for times, from now on or from where the last ones ended.
    pub fn ask_slots(&mut self) {
        let now = self.now();
        let batch = self.batch();
        let offline = self.test.is_some();
        let (Some(picker), Some(batch)) = (&mut self.picker, batch) else {
            return;
        };
        let from = picker.more.take().unwrap_or(now);
        picker.step = Step::Loading;
        let card = picker.card;
        let conversation = batch.conversation;
        self.redraw();
        if offline {
            self.take_slots(conversation, card, Err(net::Failure::Refused));
            return;
        }
        self.ask(
            "/v1/slots",
            &AskSlots { batch, card, from },
            move |visit, answer| {
                visit.take_slots(conversation, card, net::read(answer));
            },
        );
    }

    fn picking(&mut self, conversation: ConversationId, card: CardId) -> Option<&mut Picker> {
        let here = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.id == conversation);
        self.picker
            .as_mut()
            .filter(|picker| here && picker.card == card)
    }

    fn take_slots(
        &mut self,
        conversation: ConversationId,
        card: CardId,
        answer: Result<Slots, net::Failure>,
    ) {
        let Some(picker) = self.picking(conversation, card) else {
            return;
        };
        let mut none_at_all = false;
        let mut kept = None;
        match answer {
            Ok(slots) => {
                picker.minutes = slots.minutes;
                picker.starts.extend(slots.starts);
                picker.starts.dedup();
                picker.more = slots.more;
                picker.step = Step::Choosing;
                none_at_all = picker.starts.is_empty() && picker.more.is_none();
                kept = Some(slots.inputs);
            }
            // The author has said how to go on where no server is; a server that is busy may be asked again.
            Err(net::Failure::Away) => none_at_all = true,
            Err(_) => picker.step = Step::Failed,
        }
        if let Some(kept) = kept {
            self.take_answer(conversation, kept);
        }
        if none_at_all {
            self.picker = None;
            self.input(Input::Unavailable(card));
        } else {
            self.focus_next = self.focus_next
                || self
                    .view
                    .as_ref()
                    .is_some_and(|_| crate::dom::document().has_focus().unwrap_or(false));
            self.redraw();
        }
    }

    /// The visitor chooses.
    pub fn pick(&mut self, action: &str, n: usize) {
        let Some(view) = &self.view else { return };
        let texts = view.texts;
        let Some(picker) = &mut self.picker else {
            return;
        };
        match action {
            "day" => picker.pick_day(texts, n),
            "time" => {
                picker.chosen = picker.starts.get(n).copied();
                picker.idempotency = random();
                picker.step = Step::Confirming;
                picker.taken = false;
            }
            "other" => picker.step = Step::Choosing,
            "later" => return self.ask_slots(),
            _ => return self.book(),
        }
        self.focus_next = action != "day";
        self.redraw();
        if action == "day" {
            self.focus_day();
        }
    }

    fn focus_day(&self) {
        let day = crate::dom::document()
            .query_selector(".day[aria-pressed=true]")
            .ok()
            .flatten();
        if let Some(day) = day {
            crate::dom::focus(&day);
        }
    }

    /// Where the invitation goes.
    pub fn give_address(&mut self, typed: &str) {
        let Some(address) = reading::email(typed.trim()) else {
            if let Some((view, panel)) = self
                .view
                .as_ref()
                .and_then(|view| Some((view, view.panel.as_ref()?)))
            {
                panel.fault(view.texts.fault(reading::Fault::Address));
            }
            return;
        };
        if let Some(picker) = &mut self.picker {
            picker.email = Some(address);
        }
        self.book();
    }

    fn book(&mut self) {
        let Some(batch) = self.batch() else { return };
        let Some(picker) = &mut self.picker else {
            return;
        };
        let Some(start) = picker.chosen else { return };
        picker.step = Step::Booking;
        let (card, conversation) = (picker.card, batch.conversation);
        let book = Book {
            batch,
            card,
            start,
            minutes: picker.minutes,
            idempotency: picker.idempotency,
            zone: zone(),
            email: picker.email.clone(),
        };
        self.redraw();
        self.ask("/v1/book", &book, move |visit, answer| {
            visit.take_booking(conversation, card, net::read(answer));
        });
    }

    fn take_booking(
        &mut self,
        conversation: ConversationId,
        card: CardId,
        answer: Result<Booked, net::Failure>,
    ) {
        self.focus_next = true;
        match answer {
            Ok(Booked::Done { inputs, entry }) => {
                self.take_answer(conversation, inputs);
                self.take_line(conversation, entry);
                return;
            }
            Ok(Booked::Taken {
                inputs,
                alternatives,
            }) => {
                self.take_answer(conversation, inputs);
                self.offer(conversation, card, alternatives);
            }
            Ok(Booked::AddressNeeded { inputs }) => {
                self.take_answer(conversation, inputs);
                if let Some(picker) = self.picking(conversation, card) {
                    picker.step = Step::Address;
                }
            }
            Ok(Booked::Overtaken(inputs)) => {
                self.take_answer(conversation, inputs);
                return;
            }
            Err(_) => {
                if let Some(picker) = self.picking(conversation, card) {
                    picker.step = Step::NotBooked;
                }
            }
        }
        self.redraw();
    }

    fn offer(&mut self, conversation: ConversationId, card: CardId, alternatives: Vec<Timestamp>) {
        if let Some(picker) = self.picking(conversation, card) {
            picker.taken = true;
            picker.starts = alternatives;
            picker.chosen = None;
            picker.forget_day();
            picker.step = Step::Choosing;
        }
    }

    /// Takes in the line that the server wrote.
    fn take_line(&mut self, conversation: ConversationId, entry: Entry) {
        let (Some(talk), Some(view)) = (&mut self.talk, &self.view) else {
            return;
        };
        if talk.id != conversation {
            return;
        }
        let seq = entry.seq;
        let Ok(turn) = talk.replay(view.texts, entry) else {
            return;
        };
        talk.kept = talk.kept.max(Some(seq));
        let line = talk.entries.last().cloned();
        self.picker = None;
        if let Some(line) = line {
            self.tell_tabs(&line);
        }
        self.obey(&turn.outputs);
        self.keep_talk();
        self.after_turn(turn.keep);
    }
}
