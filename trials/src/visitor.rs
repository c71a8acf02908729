//! A visitor: talks, loses answers on the way, reloads, opens a second tab, books, and is sometimes forgotten. Everything by
//! chance comes from dice of its own, so that the same number does the same again.

use crate::history::{Event, mark};
use crate::load::Load;
use crate::talk::{Talk, deed, marks, now};
use crate::wire;
use crate::world::{HORIZON_DAYS, Place};
use engine::compiled::{CardKind, decode};
use engine::ids::{CardId, DAY, MINUTE, Timestamp};
use engine::wire::{Answer, Batch, Book, Booked, Booking, Input, InputsAnswer, Opaque};
use fastrand::Rng;
use std::time::{Duration, Instant};

/// Most lines of one conversation.
const LINES: u32 = 24;
/// Most lines said before any is sent.
const BATCH: u32 = 10;
/// How long a visitor tries to have something acknowledged.
const PATIENCE: Duration = Duration::from_secs(90);
/// Minutes a meeting of the pools lasts.
const MINUTES: u16 = 30;

/// A visitor of one workspace.
pub struct Visitor<'l> {
    load: &'l Load,
    place: &'l Place,
    dice: Rng,
    address: String,
    token: Option<Opaque>,
    has_booked: bool,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Kept,
    Overtaken,
    Away,
}

impl<'l> Visitor<'l> {
    /// A visitor who does what follows from `seed`.
    #[must_use]
    pub fn new(load: &'l Load, seed: u64) -> Self {
        let mut dice = Rng::with_seed(seed);
        let place = &load.places[dice.usize(..load.places.len())];
        let address = format!("v{:016x}@{}.example", dice.u64(..), place.workspace.name);
        Self {
            load,
            place,
            dice,
            address,
            token: None,
            has_booked: false,
        }
    }

    /// One or two conversations, one after the other.
    pub async fn live(mut self) {
        let mut order = [0, 1];
        self.dice.shuffle(&mut order);
        let dialogues = 1 + self.dice.usize(..2);
        let mut is_whole = true;
        for dialogue in order.iter().take(dialogues) {
            if self.load.is_stopping() {
                return;
            }
            is_whole &= self.talk(*dialogue).await;
        }
        let may_go = self.place.workspace.name == "cove" || !self.has_booked;
        if is_whole && may_go && self.load.forgets && self.dice.u8(..100) < 3 {
            self.be_forgotten().await;
        }
    }

    /// A conversation to its end, or until the load stops; says whether the server has all of it.
    async fn talk(&mut self, dialogue: usize) -> bool {
        let place = self.place;
        let mut talk = Talk::begin(place, &place.dialogues[dialogue], &mut self.dice);
        self.note(Event::Begun {
            workspace: place.workspace.name.clone(),
            conversation: talk.id.to_string(),
            address: self.address.clone(),
        });
        let most = self.dice.u32(6..LINES);
        while talk.lines() < most && !self.load.is_stopping() {
            self.say_some(&mut talk);
            if self.dice.u8(..100) < 4 && self.fork(&mut talk).await {
                continue;
            }
            if let Some(card) = meeting(&talk)
                && self.dice.u8(..100) < 90
            {
                if !self.book(&mut talk, card).await {
                    return false;
                }
            } else if !self.send(&mut talk).await {
                return false;
            }
            if talk.state.has_ended() && self.dice.u8(..100) < 80 {
                break;
            }
            let pause = self.dice.u64(..self.load.pause_ms.max(1));
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
        if !talk.is_kept() && !self.send(&mut talk).await {
            return false;
        }
        if self.dice.u8(..100) < 20 {
            // A reload that has forgotten what was acknowledged.
            let Told::Kept = self.tell(&mut talk, true).await else {
                return talk.is_kept();
            };
        }
        talk.is_kept()
    }

    fn say_some(&mut self, talk: &mut Talk<'_>) {
        let wanted = self.dice.u32(1..=BATCH);
        let mut tries = 0;
        let mut said = 0;
        while said < wanted && tries < 40 && !talk.is_full() {
            tries += 1;
            if meeting(talk).is_some() && self.dice.u8(..100) < 95 {
                return;
            }
            let Some(input) = deed(talk, &self.address, &mut self.dice) else {
                continue;
            };
            if talk.hear(input) {
                said += 1;
            }
        }
    }

    /// Sends what is not acknowledged until it is; says whether it was in time.
    async fn send(&mut self, talk: &mut Talk<'_>) -> bool {
        let begun = Instant::now();
        while !talk.is_kept() {
            let whole = self.dice.u8(..100) < 25;
            if self.tell(talk, whole).await == Told::Away {
                if !self.wait(begun).await {
                    return false;
                }
                if self.dice.u8(..100) < 20 && !self.load.is_stopping() && meeting(talk).is_none() {
                    self.say_some(talk);
                }
            }
        }
        true
    }

    /// A moment until the next try; says whether there is one.
    async fn wait(&mut self, begun: Instant) -> bool {
        if begun.elapsed() > PATIENCE {
            let strange = format!("nothing was acknowledged within {} s", PATIENCE.as_secs());
            self.load
                .wire
                .history()
                .strange("goes on by itself", strange);
            return false;
        }
        self.load.tally.away();
        tokio::time::sleep(Duration::from_millis(self.dice.u64(10..60))).await;
        true
    }

    /// One try to have lines kept.
    async fn tell(&mut self, talk: &mut Talk<'_>, whole: bool) -> Told {
        let batch = talk.batch(self.token, whole);
        self.note_sent(&batch);
        match self.load.wire.post("/v1/inputs", &batch).await {
            wire::Answer::Said(answer) => self.heard(talk, &batch, answer),
            wire::Answer::TooMuch | wire::Answer::Away => Told::Away,
        }
    }

    fn note_sent(&self, batch: &Batch) {
        let (first, lines) = marks(&batch.entries);
        self.note(Event::Sent {
            workspace: batch.sender.workspace.clone(),
            conversation: batch.conversation.to_string(),
            first,
            lines,
        });
    }

    fn heard(&mut self, talk: &mut Talk<'_>, batch: &Batch, answer: InputsAnswer) -> Told {
        match answer {
            InputsAnswer::Kept(kept) => {
                let before = talk.kept();
                if !talk.keep(batch, kept.through, kept.digest) {
                    let id = talk.id;
                    let strange = format!("{id}: through {}, in another state", kept.through);
                    self.load.wire.history().strange("I12", strange);
                }
                if kept.visitor.is_some() {
                    self.token = kept.visitor;
                }
                let (first, lines) = marks(&batch.entries);
                self.load.tally.acknowledged(talk.kept() - before);
                self.note(Event::Acknowledged {
                    workspace: batch.sender.workspace.clone(),
                    conversation: batch.conversation.to_string(),
                    first,
                    lines,
                });
                Told::Kept
            }
            InputsAnswer::Overtaken { begin, entries } => {
                self.load.tally.overtaken();
                if !talk.follow(*begin, entries) {
                    let strange = format!("{}: the log that stands cannot be replayed", talk.id);
                    self.load.wire.history().strange("I12", strange);
                }
                Told::Overtaken
            }
        }
    }

    /// Answers a question differently in two tabs at one moment; says whether there was a question.
    async fn fork(&mut self, talk: &mut Talk<'_>) -> bool {
        let edition = &talk.dialogue.edition;
        let Some((card, waiting)) = talk.state.awaiting(edition) else {
            return false;
        };
        if !matches!(&waiting.kind, CardKind::Question { answers, .. } if answers.len() > 1) {
            return false;
        }
        let mut other = talk.clone();
        talk.hear(Input::Answered(card, Answer::Choice(0)));
        other.hear(Input::Answered(card, Answer::Choice(1)));
        let (mine, its) = (
            talk.batch(self.token, false),
            other.batch(self.token, false),
        );
        self.note_sent(&mine);
        self.note_sent(&its);
        let wire = &self.load.wire;
        let (one, two) = tokio::join!(
            wire.post("/v1/inputs", &mine),
            wire.post("/v1/inputs", &its)
        );
        let one = match one {
            wire::Answer::Said(answer) => self.heard(talk, &mine, answer),
            wire::Answer::TooMuch | wire::Answer::Away => Told::Away,
        };
        let two = match two {
            wire::Answer::Said(answer) => self.heard(&mut other, &its, answer),
            wire::Answer::TooMuch | wire::Answer::Away => Told::Away,
        };
        if one != Told::Kept && two == Told::Kept {
            *talk = other;
        }
        true
    }

    /// Books at the card that waits, or gives up; says whether the server could be reached.
    async fn book(&mut self, talk: &mut Talk<'_>, card: CardId) -> bool {
        let mut start = self.some_start();
        for _ in 0..4 {
            let key = self.dice.u128(..).to_be_bytes();
            let begun = Instant::now();
            let booked = loop {
                let wish = Book {
                    batch: talk.batch(self.token, self.dice.u8(..100) < 25),
                    card,
                    start,
                    minutes: MINUTES,
                    idempotency: key,
                    zone: "Europe/Stockholm".into(),
                    email: None,
                };
                self.note_sent(&wish.batch);
                self.note(Event::Wished {
                    workspace: self.place.workspace.name.clone(),
                    conversation: talk.id.to_string(),
                    start: start.0,
                    minutes: MINUTES,
                });
                match self.load.wire.post("/v1/book", &wish).await {
                    wire::Answer::Said(booked) => break (wish.batch, booked),
                    // The address has had its meetings for today.
                    wire::Answer::TooMuch => {
                        talk.hear(Input::Declined(card));
                        return self.send(talk).await;
                    }
                    wire::Answer::Away => {}
                }
                if !self.wait(begun).await {
                    return false;
                }
            };
            match booked {
                (batch, Booked::Done { inputs, entry }) => {
                    self.heard(talk, &batch, inputs);
                    self.note_booked(talk, &entry);
                    if !talk.take(entry) {
                        let strange = format!("{}: the booked line does not fit", talk.id);
                        self.load.wire.history().strange("I12", strange);
                        return false;
                    }
                    self.has_booked = true;
                    return true;
                }
                (
                    batch,
                    Booked::Taken {
                        inputs,
                        alternatives,
                    },
                ) => {
                    self.heard(talk, &batch, inputs);
                    self.load.tally.taken();
                    match self.dice.choice(alternatives) {
                        Some(other) => start = other,
                        None => break,
                    }
                }
                (batch, Booked::AddressNeeded { inputs }) => {
                    self.heard(talk, &batch, inputs);
                    break;
                }
                (batch, Booked::Overtaken(inputs)) => {
                    self.heard(talk, &batch, inputs);
                    return true;
                }
            }
        }
        talk.hear(Input::Declined(card));
        self.send(talk).await
    }

    fn note_booked(&self, talk: &Talk<'_>, entry: &engine::wire::Entry) {
        let booking: Option<Booking> = match &entry.input {
            Input::SlotBooked(_, signed) => decode(&signed.bytes).ok(),
            _ => None,
        };
        let Some(booking) = booking else {
            let strange = format!("{}: what was booked cannot be read", talk.id);
            self.load.wire.history().strange("I1", strange);
            return;
        };
        self.load.tally.booked();
        self.note(Event::Booked {
            workspace: self.place.workspace.name.clone(),
            conversation: talk.id.to_string(),
            seq: entry.seq,
            line: mark(entry),
            meeting: booking.meeting,
            agent: booking.agent,
            start: booking.start.0,
            minutes: booking.minutes,
        });
    }

    /// Mostly anywhere in the coming weeks; sometimes in the few hours that everybody wants.
    fn some_start(&mut self) -> Timestamp {
        let today = now().0.div_euclid(DAY) * DAY;
        let days = i64::from(HORIZON_DAYS) - 5;
        let (day, half_hour) = if self.dice.u8(..100) < 20 {
            (2 + self.dice.i64(0..3), 18 + self.dice.i64(0..8))
        } else {
            (2 + self.dice.i64(0..days), self.dice.i64(0..48))
        };
        Timestamp(today + day * DAY + half_hour * 30 * MINUTE)
    }

    async fn be_forgotten(&mut self) {
        let workspace = &self.place.workspace;
        self.note(Event::Forgetting {
            workspace: workspace.name.clone(),
            address: self.address.clone(),
        });
        let begun = Instant::now();
        while !self.load.wire.forget(&workspace.token, &self.address).await {
            if !self.wait(begun).await {
                return;
            }
        }
        self.load.tally.forgotten();
        self.note(Event::Forgotten {
            workspace: workspace.name.clone(),
            address: self.address.clone(),
        });
    }

    fn note(&self, event: Event) {
        self.load.wire.history().note(&event);
    }
}

/// The meeting card that waits, if one does.
fn meeting(talk: &Talk<'_>) -> Option<CardId> {
    let (card, waiting) = talk.state.awaiting(&talk.dialogue.edition)?;
    matches!(waiting.kind, CardKind::Meeting(_)).then_some(card)
}
