//! Asking for times, and booking one. Both need the server while the visitor waits.

use crate::actions::sentence;
use crate::hands::{self, told};
use crate::net;
use crate::page::{Visit, random};
use crate::view::{Picker, Step};
use alloc::string::String;
use alloc::vec::Vec;
use engine::bytes::encode;
use engine::ids::{CardId, ConversationId, Timestamp};
use engine::reading;
use engine::wire::{Booked, Entry, Input, Slots};

impl Visit {
    /// A meeting card waits: asks for times.
    pub fn begin_picking(&mut self, card: CardId) {
        self.picker = Some(Picker::new(card));
        self.ask_slots();
    }

    /// Asks for times, from now on or from where the last ones ended.
    pub fn ask_slots(&mut self) {
        let now = self.now();
        let Some(picker) = &mut self.picker else {
            return;
        };
        picker.step = Step::Loading;
        let card = picker.card;
        let from = picker.more.take().unwrap_or(now);
        self.redraw();
        let Some(talk) = &self.talk else { return };
        let conversation = talk.id();
        if self.test.is_some() {
            self.take_slots(conversation, card, Err(net::Failure::Refused));
            return;
        }
        self.when_named(move |visit| {
            let Some(talk) = &visit.talk else { return };
            // An `AskSlots`, with the unsent lines in front.
            let question = encode(&((visit.unsent(&talk.saved), card), from));
            visit.speak_as_visitor("/v1/slots", &question, move |visit, answer| {
                visit.take_slots(conversation, card, net::read(answer));
            });
        });
    }

    fn picking(&mut self, conversation: ConversationId, card: CardId) -> Option<&mut Picker> {
        let here = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.id() == conversation);
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
            self.focus_next |= hands::focused();
            self.redraw();
        }
    }

    /// The visitor chooses.
    pub(crate) fn pick(&mut self, action: u32, n: usize) {
        let Some(picker) = &mut self.picker else {
            return;
        };
        match action {
            told::DAY => picker.day = n,
            told::TIME => {
                picker.chosen = picker.starts.get(n).copied();
                picker.idempotency = random();
                picker.step = Step::Confirming;
                picker.taken = false;
            }
            told::OTHER => picker.step = Step::Choosing,
            told::LATER => return self.ask_slots(),
            told::BOOK => return self.book(),
            _ => return,
        }
        self.focus_next = action != told::DAY;
        self.redraw();
        if action == told::DAY {
            hands::focus(".day[aria-pressed=true]");
        }
    }

    /// Where the invitation goes.
    pub(crate) fn give_address(&mut self, typed: &str) {
        let address = reading::email(typed.trim());
        if let (None, Some(view)) = (&address, &self.view) {
            view.fault(sentence(reading::Fault::Address));
            return;
        }
        if let Some(picker) = &mut self.picker {
            picker.email = address;
        }
        self.book();
    }

    fn book(&mut self) {
        let (Some(talk), Some(picker)) = (&self.talk, &mut self.picker) else {
            return;
        };
        let Some(start) = picker.chosen else { return };
        picker.step = Step::Booking;
        let (card, conversation) = (picker.card, talk.id());
        let (minutes, idempotency) = (picker.minutes, picker.idempotency);
        let email: Option<String> = picker.email.clone();
        // A `Book`, with the unsent lines in front.
        let front = ((self.unsent(&talk.saved), card), start);
        let wish = (((front, minutes), idempotency), (hands::zone(), email));
        let wish = encode(&wish);
        self.redraw();
        self.speak_as_visitor("/v1/book", &wish, move |visit, answer| {
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
            picker.day = 0;
            picker.step = Step::Choosing;
        }
    }

    /// Takes in the line that the server wrote.
    fn take_line(&mut self, conversation: ConversationId, entry: Entry) {
        let seq = entry.seq;
        let talk = self.talk.as_mut().filter(|talk| talk.id() == conversation);
        let Some(Ok(turn)) = talk.map(|talk| {
            let turn = talk.replay(entry)?;
            talk.saved.acknowledge(seq);
            Ok::<_, engine::conversation::Rejected>(turn)
        }) else {
            return;
        };
        self.picker = None;
        self.tell_tabs();
        self.obey(turn.outputs);
        self.keep_talk();
        self.after_turn(turn.keep);
    }
}
