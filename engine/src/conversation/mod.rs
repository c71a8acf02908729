//! A visitor's way through one edition: a small value that inputs advance.
//!
//! The same inputs lead to the same state in the visitor's browser and in the
//! server's replay. A refused input changes nothing.

mod run;
mod words;

pub use words::{Piece, pieces, plain, text_of};

use crate::bytes::{Write, decode, written_enums, written_structs};
use crate::compiled::{
    Answer as Choice, Card, CardKind, Edition, Effect, InputKind, Route, Subject,
};
use crate::condition::newest;
use crate::ids::{AttributeId, CardId, EditionId, Timestamp, fnv1a};
use crate::memory::{RESUME_MS, SESSION_MS};
use crate::reading::{self, Fault};
use crate::value::Value;
use crate::wire::{
    Answer, Begin, Booking, EditionFacts, Entry, Input, Page, SignedSnapshot, Snapshot, Strength,
    Viewing,
};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Most cards passed in one turn; `check` proves that no stream needs more than its cards.
pub const TURN_STEPS: usize = 600;
/// Deepest nesting of flows.
pub const FLOW_DEPTH: usize = 5;

/// How far a conversation has come. Later is further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    /// Shown.
    Triggered,
    /// Answered at least once.
    Engaged,
    /// Came to the end of a branch.
    Completed,
}

/// What the driver should now do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Draw a message card.
    Say(CardId),
    /// Draw a card that waits for the visitor.
    Ask(CardId),
    /// The answer cannot be read; nothing has changed.
    AskAgain(CardId, Fault),
    /// Remove everything from this card's answer on; it is asked again.
    BackTo(CardId),
    /// Remove everything; the stream begins anew.
    StartOver,
    /// A value was given, or cleared.
    SetAttribute(AttributeId, Option<Value>),
    /// The page passed a value in: it is stored where there is none.
    FillIn(AttributeId, Value),
    /// A mail address was given.
    Acquire(String),
    /// What stands beside this card was agreed to.
    RecordAgreement(CardId),
    /// First response of a session.
    RecordEngaged,
    /// The document of this card was opened.
    RecordDocument(CardId),
    /// The opened document of this card was read so far.
    RecordViewing(CardId, Viewing),
    /// The link of this card was clicked.
    RecordLink(CardId, u8),
    /// The goal of this card was reached, for the first time in this conversation.
    RecordGoal(CardId),
    /// A meeting was booked.
    RecordMeeting(CardId, Booking),
    /// The visitor says that the address on file is theirs.
    ConfirmIdentity,
    /// The visitor says that it is not: part this browser from the person at once.
    DenyIdentity,
    /// An arm of an experiment was taken.
    Expose(u64, u8),
    /// The stream has ended, for the first time in this conversation.
    Complete,
}

/// Why an input was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// The edition runs by rules this engine does not know.
    Rules,
    /// The conversation was begun on another edition.
    Edition,
    /// There is no such card, answer or link.
    Unknown,
    /// That card is not the one that waits.
    NotAwaited,
    /// That cannot be done with this card.
    NotPossible,
    /// The panel is open already.
    AlreadyOpen,
    /// There is nothing to go back to, or the author has switched it off.
    NoWayBack,
    /// The author has switched it off.
    NoRestart,
    /// Facts or a booking cannot be read.
    Unreadable,
    /// The last input is too long ago.
    Lapsed,
}

/// What each reason means, in a few words for operators.
impl core::fmt::Display for Rejected {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Rejected::Rules => "the edition runs by unknown rules",
            Rejected::Edition => "the conversation was begun on another edition",
            Rejected::Unknown => "unknown card, answer or link",
            Rejected::NotAwaited => "another card waits",
            Rejected::NotPossible => "not possible with this card",
            Rejected::AlreadyOpen => "open already",
            Rejected::NoWayBack => "no way back",
            Rejected::NoRestart => "restart is switched off",
            Rejected::Unreadable => "unreadable facts or booking",
            Rejected::Lapsed => "the conversation has lapsed",
        })
    }
}

/// A visitor's way through one edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    edition: EditionId,
    /// The card it started at.
    start: CardId,
    status: Status,
    opened: bool,
    /// The card that waits, or the opening card while it is all that is drawn.
    at: Option<CardId>,
    /// Where called flows return to, outermost first.
    calls: Vec<Route>,
    /// The cards that were answered on the way here.
    path: Vec<Step>,
    /// Values given, newest last.
    given: Vec<(AttributeId, Option<Value>)>,
    /// Goal cards reached, and cards whose kept documents were opened.
    reached: Vec<CardId>,
    /// Cards whose words were shown.
    said: Vec<CardId>,
    seed: u64,
    exposed: Vec<(u64, u8)>,
    facts: EditionFacts,
    strength: Strength,
    denied: bool,
    zone_minutes: i16,
    page: Page,
    last: Timestamp,
}

/// A card that was answered, with what must be restored to ask it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Step {
    card: CardId,
    calls: Vec<Route>,
    given: u16,
}

impl Conversation {
    /// Begins: draws the opening card and nothing more.
    ///
    /// # Errors
    /// When the edition is another than the one named, or runs by unknown rules.
    pub fn begin(
        edition: &Edition,
        id: EditionId,
        begin: &Begin,
    ) -> Result<(Self, Vec<Output>), Rejected> {
        if edition.rules != crate::compiled::RULES {
            return Err(Rejected::Rules);
        }
        if begin.edition != id || begin.dialogue != edition.dialogue {
            return Err(Rejected::Edition);
        }
        let start = begin.card.unwrap_or(edition.opening);
        if start != edition.opening && !edition.entries.contains(&start) {
            return Err(Rejected::Unknown);
        }
        let mut conversation = Self {
            edition: id,
            start,
            status: Status::Triggered,
            opened: false,
            at: None,
            calls: Vec::new(),
            path: Vec::new(),
            given: Vec::new(),
            reached: Vec::new(),
            said: Vec::new(),
            seed: begin.seed,
            exposed: begin.exposed.clone(),
            facts: EditionFacts {
                edition: id,
                atoms: edition.anonymous.clone(),
                tokens: Vec::new(),
            },
            strength: Strength::Anonymous,
            denied: false,
            zone_minutes: 0,
            page: begin.page.clone(),
            last: begin.at,
        };
        if let Some(snapshot) = &begin.snapshot {
            conversation.learn(snapshot)?;
        }
        let mut outputs = Vec::new();
        conversation.open_with(edition, begin.at, &mut outputs);
        Ok((conversation, outputs))
    }

    /// Advances by one input.
    ///
    /// # Errors
    /// When the input does not fit; nothing has changed then.
    pub fn handle(
        &mut self,
        edition: &Edition,
        input: &Input,
        now: Timestamp,
    ) -> Result<Vec<Output>, Rejected> {
        let now = now.max(self.last);
        if now.since(self.last) >= RESUME_MS {
            return Err(Rejected::Lapsed);
        }
        let mut outputs = Vec::new();
        match input {
            Input::Opened => {
                if self.opened {
                    return Err(Rejected::AlreadyOpen);
                }
                self.open(edition, now, &mut outputs);
            }
            Input::Answered(card, answer) => {
                self.answer(edition, *card, answer, false, now, &mut outputs)?
            }
            Input::Agreed(card, answer) => {
                self.answer(edition, *card, answer, true, now, &mut outputs)?
            }
            Input::Skipped(card) => match self.awaited(edition, *card)? {
                CardKind::Capture(capture) if capture.optional => {
                    self.respond(*card, now, &mut outputs);
                    self.run(edition, capture.skipped, now, &mut outputs);
                }
                _ => return Err(Rejected::NotPossible),
            },
            Input::DocumentOpened(card) => match self.awaited(edition, *card)? {
                CardKind::Document(document) => {
                    self.respond(*card, now, &mut outputs);
                    outputs.push(Output::RecordDocument(*card));
                    if document.file.is_some() && !self.reached.contains(card) {
                        self.reached.push(*card);
                    }
                    self.run(edition, document.opened, now, &mut outputs);
                }
                _ => return Err(Rejected::NotPossible),
            },
            Input::Declined(card) => {
                let route = match self.awaited(edition, *card)? {
                    CardKind::Document(document) => document.declined,
                    CardKind::Meeting(meeting) => meeting.none,
                    _ => return Err(Rejected::NotPossible),
                };
                self.respond(*card, now, &mut outputs);
                self.run(edition, route, now, &mut outputs);
            }
            Input::Unavailable(card) => match self.awaited(edition, *card)? {
                CardKind::Meeting(meeting) => {
                    self.leave(*card);
                    self.run(edition, meeting.unavailable, now, &mut outputs);
                }
                _ => return Err(Rejected::NotPossible),
            },
            Input::LinkClicked(card, link) => {
                let shown = self.said.contains(card)
                    && edition
                        .cards
                        .get(usize::from(card.0))
                        .is_some_and(|c| words::has_link(c, *link));
                if !shown {
                    return Err(Rejected::Unknown);
                }
                outputs.push(Output::RecordLink(*card, *link));
            }
            Input::DocumentViewed(card, viewing) => {
                let kind = edition
                    .cards
                    .get(usize::from(card.0))
                    .map(|card| &card.kind);
                let opened =
                    matches!(kind, Some(CardKind::Document(_))) && self.reached.contains(card);
                if !opened || !viewing.is_sound() {
                    return Err(Rejected::NotPossible);
                }
                outputs.push(Output::RecordViewing(*card, viewing.clone()));
            }
            Input::WentBack => self.go_back(edition, &mut outputs)?,
            Input::Restarted => {
                if !edition.restart {
                    return Err(Rejected::NoRestart);
                }
                self.path.clear();
                self.calls.clear();
                self.given.clear();
                self.opened = false;
                outputs.push(Output::StartOver);
                self.open_with(edition, now, &mut outputs);
                self.open(edition, now, &mut outputs);
            }
            Input::Moved(page) => self.page = page.clone(),
            Input::Told(values) => {
                for (id, value) in values {
                    let attribute = edition
                        .attributes
                        .get(usize::from(id.0))
                        .ok_or(Rejected::Unknown)?;
                    // An address would say who somebody is; no page may say that unsigned.
                    let identifies =
                        attribute.subject == Subject::Person && attribute.name == "email";
                    if attribute.kind != value.kind() || identifies {
                        return Err(Rejected::NotPossible);
                    }
                }
                for (id, value) in values {
                    if newest(&self.given, *id).is_none() {
                        self.given.push((*id, Some(value.clone())));
                        outputs.push(Output::FillIn(*id, value.clone()));
                    }
                }
            }
            Input::FactsChanged(snapshot) => self.learn(snapshot)?,
            Input::SlotBooked(card, booking) => match self.awaited(edition, *card)? {
                CardKind::Meeting(meeting) => {
                    let booking: Booking = decode(&booking.bytes).ok_or(Rejected::Unreadable)?;
                    self.respond(*card, now, &mut outputs);
                    if let Some(attribute) = meeting.agent_to {
                        self.give(
                            attribute,
                            Some(Value::Text(booking.agent.clone())),
                            &mut outputs,
                        );
                    }
                    outputs.push(Output::RecordMeeting(*card, booking));
                    self.run(edition, meeting.booked, now, &mut outputs);
                }
                _ => return Err(Rejected::NotPossible),
            },
        }
        // What the page or the server does is no activity of the visitor.
        let is_visitors = !matches!(
            input,
            Input::Moved(_) | Input::Told(_) | Input::FactsChanged(_)
        );
        if is_visitors && !matches!(outputs.first(), Some(Output::AskAgain(..))) {
            self.last = now;
        }
        Ok(outputs)
    }

    /// How far it has come.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// The edition it runs.
    #[must_use]
    pub fn edition(&self) -> EditionId {
        self.edition
    }

    /// Whether the panel was opened or anything answered.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.opened
    }

    /// The card that waits for the visitor; none at the end, or while a message is all that is drawn.
    #[must_use]
    pub fn awaiting<'e>(&self, edition: &'e Edition) -> Option<(CardId, &'e Card)> {
        let id = self.at?;
        let card = edition.cards.get(usize::from(id.0))?;
        let waits = match card.kind {
            CardKind::Question { .. }
            | CardKind::Capture(_)
            | CardKind::Document(_)
            | CardKind::Meeting(_) => true,
            CardKind::Message { .. }
            | CardKind::Goal(_)
            | CardKind::Action { .. }
            | CardKind::Branch { .. }
            | CardKind::Experiment { .. }
            | CardKind::Flow { .. } => false,
        };
        waits.then_some((id, card))
    }

    /// Whether the previous question can be asked again.
    #[must_use]
    pub fn can_go_back(&self, edition: &Edition) -> bool {
        edition.back && !self.path.is_empty()
    }

    /// Whether the visitor may start over.
    #[must_use]
    pub fn can_restart(&self, edition: &Edition) -> bool {
        edition.restart && self.opened && !(self.path.is_empty() && self.at.is_some())
    }

    /// Whether the stream has ended and nothing waits.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.at.is_none()
    }

    /// How sure the server was of who this is.
    #[must_use]
    pub fn strength(&self) -> Strength {
        self.strength
    }

    /// The page the visitor is on.
    #[must_use]
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// The last input.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// When the conversation lapses unless something happens.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Timestamp> {
        (self.status != Status::Completed).then(|| self.last.plus(RESUME_MS))
    }

    /// The newest value given here for an attribute.
    #[must_use]
    pub fn value(&self, attribute: AttributeId) -> Option<&Value> {
        newest(&self.given, attribute).flatten()
    }

    /// A hash of the whole state: equal states of browser and server have equal digests.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut state = Vec::new();
        self.write(&mut state);
        fnv1a(0, &state)
    }

    fn learn(&mut self, signed: &SignedSnapshot) -> Result<(), Rejected> {
        let snapshot: Snapshot = decode(&signed.bytes).ok_or(Rejected::Unreadable)?;
        if self.denied {
            return Ok(());
        }
        if let Some(facts) = snapshot
            .editions
            .into_iter()
            .find(|facts| facts.edition == self.edition)
        {
            self.facts = facts;
        }
        self.strength = snapshot.strength;
        self.zone_minutes = snapshot.zone_minutes;
        Ok(())
    }

    /// The card, if it is the one that waits.
    fn awaited<'e>(&self, edition: &'e Edition, card: CardId) -> Result<&'e CardKind, Rejected> {
        let found = edition
            .cards
            .get(usize::from(card.0))
            .ok_or(Rejected::Unknown)?;
        if self.at == Some(card) {
            Ok(&found.kind)
        } else {
            Err(Rejected::NotAwaited)
        }
    }

    fn answer(
        &mut self,
        edition: &Edition,
        card: CardId,
        answer: &Answer,
        agreed: bool,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) -> Result<(), Rejected> {
        match self.awaited(edition, card)? {
            CardKind::Question {
                attribute, answers, ..
            } if !agreed => {
                let Answer::Choice(n) = answer else {
                    return Err(Rejected::NotPossible);
                };
                let choice = answers.get(usize::from(*n)).ok_or(Rejected::Unknown)?;
                self.respond(card, now, outputs);
                if let (Some(attribute), Some(stores)) = (attribute, &choice.stores) {
                    self.give(*attribute, Some(stores.clone()), outputs);
                }
                self.effect(edition, choice, outputs);
                self.run(edition, choice.next, now, outputs);
            }
            CardKind::Capture(capture) => {
                let value = match answer {
                    Answer::Choice(n) if !capture.picklist.is_empty() => capture
                        .picklist
                        .get(usize::from(*n))
                        .ok_or(Rejected::Unknown)?
                        .1
                        .clone(),
                    Answer::Choice(n @ 0..=1) if capture.field == InputKind::Boolean => {
                        Value::Boolean(*n == 0)
                    }
                    Answer::Choice(_) => return Err(Rejected::Unknown),
                    Answer::Typed(_) if !capture.picklist.is_empty() => {
                        outputs.push(Output::AskAgain(card, Fault::Choice));
                        return Ok(());
                    }
                    Answer::Typed(typed) => {
                        match reading::read(capture, typed, self.page.zone_minutes) {
                            Ok(value) => value,
                            Err(fault) => {
                                outputs.push(Output::AskAgain(card, fault));
                                return Ok(());
                            }
                        }
                    }
                };
                match &capture.agreement {
                    None if agreed => return Err(Rejected::NotPossible),
                    Some(agreement) if agreement.required && !agreed => {
                        outputs.push(Output::AskAgain(card, Fault::Agreement));
                        return Ok(());
                    }
                    _ => {}
                }
                self.respond(card, now, outputs);
                if agreed {
                    outputs.push(Output::RecordAgreement(card));
                }
                if let (InputKind::Email, Value::Text(address)) = (capture.field, &value) {
                    outputs.push(Output::Acquire(address.clone()));
                }
                self.give(capture.attribute, Some(value), outputs);
                self.run(edition, capture.given, now, outputs);
            }
            _ => return Err(Rejected::NotPossible),
        }
        Ok(())
    }

    fn effect(&mut self, edition: &Edition, choice: &Choice, outputs: &mut Vec<Output>) {
        match choice.effect {
            Effect::None => {}
            Effect::ConfirmIdentity => outputs.push(Output::ConfirmIdentity),
            Effect::DenyIdentity => {
                self.denied = true;
                self.strength = Strength::Anonymous;
                self.facts.atoms.clone_from(&edition.anonymous);
                self.facts.tokens.clear();
                outputs.push(Output::DenyIdentity);
            }
        }
    }

    /// Notes a response to the card that waits: engaged from the first on, and again in a later session.
    fn respond(&mut self, card: CardId, now: Timestamp, outputs: &mut Vec<Output>) {
        self.opened = true;
        if self.status == Status::Triggered || now.since(self.last) >= SESSION_MS {
            outputs.push(Output::RecordEngaged);
        }
        self.status = self.status.max(Status::Engaged);
        self.leave(card);
    }

    fn leave(&mut self, card: CardId) {
        self.path.push(Step {
            card,
            calls: self.calls.clone(),
            given: u16::try_from(self.given.len()).unwrap_or(u16::MAX),
        });
    }

    fn give(&mut self, attribute: AttributeId, value: Option<Value>, outputs: &mut Vec<Output>) {
        self.given.push((attribute, value.clone()));
        outputs.push(Output::SetAttribute(attribute, value));
    }

    fn go_back(&mut self, edition: &Edition, outputs: &mut Vec<Output>) -> Result<(), Rejected> {
        if !edition.back {
            return Err(Rejected::NoWayBack);
        }
        let step = self.path.pop().ok_or(Rejected::NoWayBack)?;
        self.at = Some(step.card);
        self.calls = step.calls;
        self.given.truncate(usize::from(step.given));
        outputs.push(Output::BackTo(step.card));
        outputs.push(Output::Ask(step.card));
        Ok(())
    }
}

/// Where a log led: the state, and the outputs of the beginning and of each line.
pub type Replayed = (Conversation, Vec<Vec<Output>>);

written_structs! {
    Conversation {
        edition, start, status, opened, at, calls, path, given, reached, said, seed, exposed, facts, strength, denied,
        zone_minutes, page, last,
    }
    Step { card, calls, given }
}

written_enums! {
    Status: Triggered; 1 Engaged, 2 Completed
}

/// Runs a whole log again: what each line led to.
///
/// # Errors
/// The place of the first line that does not fit (0 is the beginning) and why.
/// An answer that cannot be read counts as one that does not fit: no widget sends it.
pub fn replay(
    edition: &Edition,
    id: EditionId,
    begin: &Begin,
    entries: &[Entry],
) -> Result<Replayed, (u32, Rejected)> {
    let (mut conversation, first) =
        Conversation::begin(edition, id, begin).map_err(|why| (0, why))?;
    let mut all = Vec::with_capacity(entries.len() + 1);
    all.push(first);
    for entry in entries {
        let outputs = conversation
            .handle(edition, &entry.input, entry.at)
            .map_err(|why| (entry.seq, why))?;
        if matches!(outputs.first(), Some(Output::AskAgain(..))) {
            return Err((entry.seq, Rejected::NotPossible));
        }
        all.push(outputs);
    }
    Ok((conversation, all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_digest_is_of_the_bytes_that_are_saved() {
        let conversation = Conversation {
            edition: EditionId([1; 12]),
            start: CardId(1),
            status: Status::Completed,
            opened: true,
            at: Some(CardId(300)),
            calls: vec![None, Some(CardId(2))],
            path: vec![Step {
                card: CardId(1),
                calls: vec![Some(CardId(4))],
                given: 2,
            }],
            given: vec![
                (AttributeId(1), None),
                (AttributeId(2), Some(Value::Date(-3))),
            ],
            reached: vec![CardId(5)],
            said: vec![CardId(6)],
            seed: u64::MAX,
            exposed: vec![(7, 1)],
            facts: EditionFacts::default(),
            strength: Strength::Verified,
            denied: true,
            zone_minutes: -60,
            page: Page::default(),
            last: Timestamp(-1),
        };
        let saved = postcard::to_allocvec(&conversation).unwrap();
        assert_eq!(conversation.digest(), fnv1a(0, &saved));
    }
}
