//! The intake's transaction: new lines of a conversation are checked, replayed
//! and kept together with everything they lead to, or refused.

use super::activities::{self, Deed, Kind, ProvenGoal};
use super::conversations::{self, Standing};
use super::refused::{self, About, Reason};
use super::visitors::{self, Claim, Visitor};
use super::{Result, Scope, Store, StoreError, counters, workspaces};
use crate::secrets::{Keys, hash, same};
use crate::signing::{Verdict, verify};
use engine::compile::Compiled;
use engine::compiled::{CardKind, Edition, Subject, decode, encode};
use engine::conversation::{Conversation, Output, Piece, Rejected, text_of};
use engine::ids::{CardId, MINUTE, SECOND, Timestamp};
use engine::value::Value;
use engine::wire::{
    BATCH_ENTRIES, Begin, Entry, Input, LOG_ENTRIES, Opaque, SignedSnapshot, Snapshot,
};
use rusqlite::Connection;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// How far ahead of the receipt a time may be before it is moved back.
const AHEAD_MS: i64 = 5 * SECOND;
/// How far ahead a time may be before the line is refused.
const FUTURE_MS: i64 = 5 * MINUTE;

/// An edition with everything that belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    /// The compiled document.
    pub compiled: Arc<Compiled>,
    /// Never live: a reviewer's draft.
    pub draft: bool,
}

impl Published {
    /// The edition in a language.
    pub fn edition(&self, language: &str) -> Option<&Edition> {
        self.compiled
            .editions
            .iter()
            .find(|edition| edition.language == language)
    }
}

/// A batch as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    /// The conversation's id.
    pub conversation: String,
    /// What proves it to be theirs.
    pub key: [u8; 16],
    /// The browser's token.
    pub token: Option<Opaque>,
    /// How it began.
    pub begin: Option<Begin>,
    /// New lines.
    pub entries: Vec<Entry>,
    /// A fault of the browser's own program.
    pub fault: Option<String>,
    /// The edition the conversation runs, where it exists; looked up beforehand because it never changes.
    pub published: Option<Published>,
    /// What speaks for a robot.
    pub signals: String,
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub(crate) enum Taken {
    /// Stored as far as it is believed.
    Kept {
        through: u32,
        digest: u64,
        token: Option<Opaque>,
        /// Lines newly stored, for metrics.
        stored: u32,
        /// The first reason something was refused for.
        refused: Option<Reason>,
        /// The replay came out differently than the browser said.
        diverged: bool,
    },
    /// Another content was first.
    Overtaken {
        begin: Box<Begin>,
        entries: Vec<Entry>,
    },
}

impl Store {
    /// Takes a batch in.
    pub(crate) async fn take(
        &self,
        scope: &Scope,
        keys: &Keys,
        incoming: Incoming,
    ) -> Result<Taken> {
        let (scope, keys, now) = (scope.clone(), keys.clone(), self.now());
        self.write(move |db| {
            Intake {
                db,
                scope: &scope,
                keys: &keys,
                now,
            }
            .take(incoming)
        })
        .await
    }
}

/// Writes a line that the server itself originates into a conversation's log: a booked slot.
/// Gives back the line as stored.
pub(crate) fn insert(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    published: &Published,
    input: Input,
    now: Timestamp,
) -> Result<Entry> {
    let mut standing = conversations::standing(db, scope, conversation)?
        .ok_or_else(|| StoreError::Missing(format!("conversation {conversation}")))?;
    let mut visitor = visitor_of(db, scope, &standing)?;
    let edition = published
        .edition(&standing.begin.language)
        .ok_or_else(|| StoreError::Missing("such edition".into()))?;
    let at = now.max(standing.state.last());
    let outputs = standing
        .state
        .handle(edition, &input, at)
        .map_err(|why| StoreError::Conflict(why.to_string()))?;
    let seq = standing.through + 1;
    let entry = Entry {
        seq,
        at,
        input,
        digest: standing.state.digest(),
    };
    standing.through = seq;
    let effects = Effects {
        db,
        scope,
        published,
        edition,
        at,
        now,
    };
    effects.apply(&mut standing, &mut visitor, seq, outputs)?;
    conversations::append(db, scope, conversation, &entry, &hash(&encode(&entry)), now)?;
    conversations::advance(db, scope, &standing)?;
    Ok(entry)
}

/// The conversation a wire call is about, when its key is right.
pub(crate) fn own_conversation(
    db: &Connection,
    scope: &Scope,
    conversation: &str,
    key: &[u8; 16],
) -> Result<Option<(Conversation, Begin, Option<String>, String)>> {
    Ok(conversations::standing(db, scope, conversation)?
        .filter(|standing| same(&standing.key_hash, &hash(key)))
        .map(|standing| {
            (
                standing.state,
                standing.begin,
                standing.person,
                standing.visitor,
            )
        }))
}

fn visitor_of(db: &Connection, scope: &Scope, standing: &Standing) -> Result<Visitor> {
    match visitors::by_id(db, scope, &standing.visitor)? {
        Some(visitor) => Ok(visitor),
        None => Ok(Visitor::erased(&standing.visitor)),
    }
}

struct Intake<'a> {
    db: &'a Connection,
    scope: &'a Scope,
    keys: &'a Keys,
    now: Timestamp,
}

impl Intake<'_> {
    fn take(&self, incoming: Incoming) -> Result<Taken> {
        if let Some(fault) = &incoming.fault {
            refused::keep_fault(self.db, self.scope, fault, self.now)?;
        }
        match conversations::standing(self.db, self.scope, &incoming.conversation)? {
            Some(standing) => self.go_on(standing, &incoming, None, false),
            None => self.begin(&incoming),
        }
    }

    fn begin(&self, incoming: &Incoming) -> Result<Taken> {
        let Some(begin) = &incoming.begin else {
            return self.refuse(
                incoming,
                Reason::BrokenSequence,
                "the beginning is missing",
                None,
            );
        };
        let Some(published) = incoming
            .published
            .as_ref()
            .filter(|published| !published.draft)
        else {
            return self.refuse(
                incoming,
                Reason::UnknownEdition,
                &begin.edition.to_string(),
                None,
            );
        };
        if published.compiled.dialogue != begin.dialogue {
            return self.refuse(
                incoming,
                Reason::OtherEdition,
                &begin.edition.to_string(),
                None,
            );
        }
        let Some(edition) = published.edition(&begin.language) else {
            return self.refuse(incoming, Reason::UnknownEdition, &begin.language, None);
        };
        let visitor = match incoming.token {
            Some(token) => visitors::by_token(self.db, self.scope, token)?,
            None => None,
        };
        let mut begin = begin.clone();
        let mut made = None;
        if let Some(signed) = &begin.snapshot {
            let holders: Vec<&str> = visitor.iter().map(|visitor| visitor.id.as_str()).collect();
            match self.check_snapshot(signed, &holders) {
                Ok(snapshot) => made = Some(snapshot.made),
                Err(reason) => return self.refuse(incoming, reason, "at the beginning", None),
            }
        }
        let sent_at = begin.at;
        begin.at = match self.settle(sent_at, made.unwrap_or(Timestamp(i64::MIN))) {
            Some(at) => at,
            None => return self.refuse(incoming, Reason::Future, "at the beginning", None),
        };
        let clamped = begin.at != sent_at;
        let state = match Conversation::begin(edition, published.compiled.id, &begin) {
            Ok((state, _)) => state,
            Err(why) => return self.refuse(incoming, reason_of(why), &why.to_string(), None),
        };
        let (visitor, token) =
            visitors::admit(self.db, self.scope, incoming.token, false, self.now)?;
        let standing = Standing {
            id: incoming.conversation.clone(),
            key_hash: hash(&incoming.key).to_vec(),
            visitor: visitor.id.clone(),
            person: visitor.person.clone(),
            begin,
            state,
            through: 0,
            session: 0,
            diverged: false,
            clamped,
            test: visitor.test,
        };
        let position = workspaces::next_position(self.db, self.scope)?;
        conversations::begin(
            self.db,
            self.scope,
            &standing,
            &incoming.signals,
            position,
            self.now,
        )?;
        counters::count(
            self.db,
            self.scope,
            counters::Counter::Triggered,
            &standing,
            standing.begin.at,
        )?;
        self.go_on(standing, incoming, token, true)
    }

    fn go_on(
        &self,
        mut standing: Standing,
        incoming: &Incoming,
        token: Option<Opaque>,
        begun_now: bool,
    ) -> Result<Taken> {
        if !same(&standing.key_hash, &hash(&incoming.key)) {
            return self.refuse(incoming, Reason::WrongKey, "", None);
        }
        if !begun_now && let Some(begin) = &incoming.begin {
            if begin.edition != standing.begin.edition || begin.dialogue != standing.begin.dialogue
            {
                return self.refuse(
                    incoming,
                    Reason::OtherEdition,
                    &begin.edition.to_string(),
                    None,
                );
            }
            let as_stored = Begin {
                at: standing.begin.at,
                ..begin.clone()
            };
            if as_stored != standing.begin {
                return self.refuse(incoming, Reason::OtherBeginning, "", None);
            }
        }
        if incoming
            .entries
            .windows(2)
            .any(|pair| pair[0].seq >= pair[1].seq)
        {
            return self.refuse(incoming, Reason::Reordered, "", token);
        }
        let gap = incoming
            .entries
            .windows(2)
            .any(|pair| pair[0].seq + 1 != pair[1].seq)
            || incoming
                .entries
                .first()
                .is_some_and(|first| first.seq == 0 || first.seq > standing.through + 1);
        if gap {
            return self.refuse(incoming, Reason::BrokenSequence, "lines are missing", token);
        }
        if incoming.entries.len() > BATCH_ENTRIES
            || incoming
                .entries
                .last()
                .is_some_and(|last| last.seq > LOG_ENTRIES)
        {
            return self.refuse(incoming, Reason::TooLong, "", token);
        }
        let fresh = incoming
            .entries
            .partition_point(|entry| entry.seq <= standing.through);
        let (known, fresh) = incoming.entries.split_at(fresh);
        for entry in known {
            let first = conversations::sent_hash(self.db, self.scope, &standing.id, entry.seq)?;
            if first.is_none_or(|first| !same(&first, &hash(&encode(entry)))) {
                let (begin, entries) = conversations::log(self.db, self.scope, &standing.id)?;
                return Ok(Taken::Overtaken {
                    begin: Box::new(begin),
                    entries,
                });
            }
        }
        let Some(published) = &incoming.published else {
            return Err(StoreError::Damaged("conversation"));
        };
        let edition = published
            .edition(&standing.begin.language)
            .ok_or(StoreError::Damaged("conversation"))?;
        let mut visitor = visitor_of(self.db, self.scope, &standing)?;
        let mut refused = None;
        let was_diverged = standing.diverged;
        for (n, entry) in fresh.iter().enumerate() {
            if let Err((reason, detail)) = self.line(
                &mut standing,
                &mut visitor,
                published,
                edition,
                incoming.token,
                entry,
            )? {
                let detail = format!("line {}: {detail}", entry.seq);
                let about = About {
                    conversation: &standing.id,
                    visitor: Some(&standing.visitor),
                    body: &encode(&fresh[n..].to_vec()),
                };
                refused::keep(self.db, self.scope, reason, &detail, about, self.now)?;
                refused = Some(reason);
                break;
            }
        }
        if !known.is_empty() && fresh.is_empty() {
            let about = About {
                conversation: &standing.id,
                visitor: Some(&standing.visitor),
                body: &encode(&known.to_vec()),
            };
            refused::keep(self.db, self.scope, Reason::Repeated, "", about, self.now)?;
            refused = Some(Reason::Repeated);
        }
        if !fresh.is_empty() {
            conversations::advance(self.db, self.scope, &standing)?;
        }
        let stored = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
        let last = incoming
            .entries
            .last()
            .filter(|last| last.seq > standing.through);
        Ok(Taken::Kept {
            // What was refused is answered like what was kept: no browser can mend it.
            through: last.map_or(standing.through, |last| last.seq),
            digest: last.map_or_else(|| standing.state.digest(), |last| last.digest),
            token,
            stored: if refused.is_none() { stored } else { 0 },
            refused,
            diverged: standing.diverged && !was_diverged,
        })
    }

    /// One new line: believed, replayed and kept, or the reason why not.
    fn line(
        &self,
        standing: &mut Standing,
        visitor: &mut Visitor,
        published: &Published,
        edition: &Edition,
        token: Option<Opaque>,
        sent: &Entry,
    ) -> Result<std::result::Result<(), (Reason, String)>> {
        let mut earliest = standing.state.last();
        match &sent.input {
            Input::FactsChanged(signed) => {
                let sender = match token {
                    Some(token) => visitors::by_token(self.db, self.scope, token)?,
                    None => None,
                };
                let mut holders = vec![standing.visitor.as_str()];
                holders.extend(sender.as_ref().map(|sender| sender.id.as_str()));
                match self.check_snapshot(signed, &holders) {
                    Ok(snapshot) => earliest = earliest.max(snapshot.made),
                    Err(reason) => return Ok(Err((reason, String::new()))),
                }
            }
            Input::SlotBooked(_, signed) => {
                let verdict = verify(
                    self.keys.booking(),
                    self.scope.workspace(),
                    &[&standing.id],
                    &signed.bytes,
                    &signed.signature,
                );
                if verdict != Verdict::Genuine {
                    return Ok(Err((Reason::ForgedBooking, String::new())));
                }
            }
            Input::Opened
            | Input::Answered(..)
            | Input::Skipped(_)
            | Input::DocumentOpened(_)
            | Input::Declined(_)
            | Input::Unavailable(_)
            | Input::LinkClicked(..)
            | Input::WentBack
            | Input::Restarted
            | Input::Moved(_)
            | Input::Told(_) => {}
        }
        let Some(at) = self.settle(sent.at, earliest) else {
            return Ok(Err((Reason::Future, String::new())));
        };
        let mut state = standing.state.clone();
        let outputs = match state.handle(edition, &sent.input, at) {
            Ok(outputs) => outputs,
            Err(why) => return Ok(Err((reason_of(why), why.to_string()))),
        };
        if let Some(Output::AskAgain(_, _)) = outputs.first() {
            return Ok(Err((
                Reason::Impossible,
                "an answer that cannot be read".into(),
            )));
        }
        standing.state = state;
        standing.through = sent.seq;
        standing.clamped |= at != sent.at;
        // A moved time is part of the state, so digests can only be compared without one.
        standing.diverged |= !standing.clamped && standing.state.digest() != sent.digest;
        let entry = Entry {
            at,
            digest: standing.state.digest(),
            ..sent.clone()
        };
        let effects = Effects {
            db: self.db,
            scope: self.scope,
            published,
            edition,
            at,
            now: self.now,
        };
        effects.apply(standing, visitor, sent.seq, outputs)?;
        let sent_hash = hash(&encode(sent));
        conversations::append(
            self.db,
            self.scope,
            &standing.id,
            &entry,
            &sent_hash,
            self.now,
        )?;
        Ok(Ok(()))
    }

    fn check_snapshot(
        &self,
        signed: &SignedSnapshot,
        holders: &[&str],
    ) -> std::result::Result<Snapshot, Reason> {
        let verdict = verify(
            self.keys.snapshot(),
            self.scope.workspace(),
            holders,
            &signed.bytes,
            &signed.signature,
        );
        match verdict {
            Verdict::Genuine => decode(&signed.bytes).map_err(|_| Reason::EditedFacts),
            Verdict::OtherHolder => Err(Reason::OtherVisitor),
            Verdict::OtherWorkspace => Err(Reason::OtherWorkspace),
            Verdict::Forged => Err(Reason::EditedFacts),
        }
    }

    /// A time moved into its bounds; nothing when it is too far ahead to be an honest clock.
    fn settle(&self, sent: Timestamp, earliest: Timestamp) -> Option<Timestamp> {
        if sent > self.now.plus(FUTURE_MS) {
            return None;
        }
        Some(sent.min(self.now.plus(AHEAD_MS)).max(earliest))
    }

    /// Keeps a whole batch as refused, and answers as if it were kept.
    fn refuse(
        &self,
        incoming: &Incoming,
        reason: Reason,
        detail: &str,
        token: Option<Opaque>,
    ) -> Result<Taken> {
        let body = encode(&(&incoming.begin, &incoming.entries));
        let about = About {
            conversation: &incoming.conversation,
            visitor: None,
            body: &body,
        };
        refused::keep(self.db, self.scope, reason, detail, about, self.now)?;
        let last = incoming.entries.last();
        Ok(Taken::Kept {
            through: last.map_or(0, |last| last.seq),
            digest: last.map_or(0, |last| last.digest),
            token,
            stored: 0,
            refused: Some(reason),
            diverged: false,
        })
    }
}

fn reason_of(why: Rejected) -> Reason {
    match why {
        Rejected::Unknown => Reason::UnknownCard,
        Rejected::NotAwaited => Reason::SkippedCard,
        Rejected::Edition | Rejected::Rules => Reason::OtherEdition,
        Rejected::Unreadable => Reason::EditedFacts,
        Rejected::Lapsed => Reason::Lapsed,
        Rejected::NotPossible
        | Rejected::AlreadyOpen
        | Rejected::NoWayBack
        | Rejected::NoRestart => Reason::Impossible,
    }
}

/// Carries out what the replay orders.
struct Effects<'a> {
    db: &'a Connection,
    scope: &'a Scope,
    published: &'a Published,
    edition: &'a Edition,
    at: Timestamp,
    now: Timestamp,
}

impl Effects<'_> {
    fn apply(
        &self,
        standing: &mut Standing,
        visitor: &mut Visitor,
        seq: u32,
        outputs: Vec<Output>,
    ) -> Result<()> {
        for (n, output) in outputs.into_iter().enumerate() {
            let once = format!("{}:{seq}:{n}", standing.id);
            match output {
                Output::Say(_)
                | Output::Ask(_)
                | Output::AskAgain(..)
                | Output::BackTo(_)
                | Output::StartOver => {}
                Output::SetAttribute(attribute, value) => {
                    if let Some(attribute) = self.edition.attributes.get(usize::from(attribute.0)) {
                        // Who somebody is changes by `Acquire` only.
                        let is_address =
                            attribute.subject == Subject::Person && attribute.name == "email";
                        if !is_address {
                            self.say(visitor, attribute.subject, &attribute.name, value.as_ref())?;
                        }
                    }
                }
                Output::FillIn(attribute, value) => {
                    if let Some(attribute) = self.edition.attributes.get(usize::from(attribute.0)) {
                        let (subject, name) = (attribute.subject, &attribute.name);
                        visitors::fill_in(
                            self.db, self.scope, visitor, subject, name, &value, self.now,
                        )?;
                    }
                }
                Output::Acquire(email) => {
                    let claim = Claim {
                        email: &email,
                        dialogue: standing.begin.dialogue.0,
                        conversation: &standing.id,
                        test: standing.test,
                    };
                    visitors::claim(self.db, self.scope, visitor, claim, self.now)?;
                    standing.person.clone_from(&visitor.person);
                }
                Output::RecordEngaged => {
                    standing.session += 1;
                    counters::count(
                        self.db,
                        self.scope,
                        counters::Counter::Engaged,
                        standing,
                        self.at,
                    )?;
                    let once = format!(
                        "engaged:{}:{}:{}:{}",
                        standing.visitor,
                        standing.begin.dialogue.0,
                        standing.begin.run,
                        standing.session
                    );
                    let mut attributes = self.attributes(standing);
                    attributes.insert("Conversation Status".into(), json!("Initiated"));
                    self.record(standing, seq, Kind::Engaged, None, &once, &attributes)?;
                }
                Output::RecordDocument(card) => self.document(standing, seq, card, &once)?,
                Output::RecordLink(card, number) => {
                    self.link(standing, seq, card, number, &once)?
                }
                Output::RecordGoal(card) => self.goal(standing, seq, card)?,
                Output::RecordMeeting(_, booking) => {
                    counters::count(
                        self.db,
                        self.scope,
                        counters::Counter::Meeting,
                        standing,
                        self.at,
                    )?;
                    let mut attributes = self.attributes(standing);
                    attributes.insert("Agent Name".into(), json!(booking.agent));
                    attributes.insert("meeting status".into(), json!("Scheduled"));
                    attributes.insert(
                        "Scheduled For".into(),
                        json!(crate::time::rfc3339(booking.start)),
                    );
                    attributes.insert("Meeting".into(), json!(booking.meeting));
                    self.record(
                        standing,
                        seq,
                        Kind::Meeting,
                        Some(&booking.agent),
                        &once,
                        &attributes,
                    )?;
                }
                Output::ConfirmIdentity => {
                    visitors::confirm(self.db, self.scope, visitor, self.now)?;
                }
                Output::DenyIdentity => {
                    visitors::deny(self.db, self.scope, visitor, &standing.id, self.now)?;
                    standing.person = None;
                }
                Output::Expose(experiment, arm) => {
                    let name = self.arm_name(experiment, arm);
                    counters::expose(
                        self.db, self.scope, standing, experiment, arm, name, self.at,
                    )?;
                }
                Output::Complete => {
                    counters::count(
                        self.db,
                        self.scope,
                        counters::Counter::Completed,
                        standing,
                        self.at,
                    )?;
                }
            }
        }
        Ok(())
    }

    fn say(
        &self,
        visitor: &Visitor,
        subject: Subject,
        name: &str,
        value: Option<&Value>,
    ) -> Result<()> {
        visitors::say(self.db, self.scope, visitor, subject, name, value, self.now)
    }

    fn document(&self, standing: &Standing, seq: u32, card: CardId, once: &str) -> Result<()> {
        if let Some(CardKind::Document(document)) = self.kind(card) {
            let mut attributes = self.attributes(standing);
            attributes.insert("Document Name".into(), json!(document.name));
            attributes.insert("Document URL".into(), json!(document.url));
            attributes.insert("Document Opened".into(), json!(true));
            self.record(
                standing,
                seq,
                Kind::Document,
                Some(&document.name),
                once,
                &attributes,
            )?;
        }
        Ok(())
    }

    fn link(
        &self,
        standing: &Standing,
        seq: u32,
        card: CardId,
        number: u8,
        once: &str,
    ) -> Result<()> {
        if let Some(card) = self.edition.cards.get(usize::from(card.0)) {
            let pieces = standing.state.words(self.edition, text_of(card));
            let address = pieces.iter().find_map(|piece| match piece {
                Piece::Link(n, address, _) if *n == number => Some(address.clone()),
                _ => None,
            });
            let mut attributes = self.attributes(standing);
            attributes.insert("Link URL".into(), json!(address));
            self.record(
                standing,
                seq,
                Kind::Link,
                address.as_deref(),
                once,
                &attributes,
            )?;
        }
        Ok(())
    }

    fn goal(&self, standing: &Standing, seq: u32, card: CardId) -> Result<()> {
        if let (Some(CardKind::Goal(goal)), Some(authored)) =
            (self.kind(card), self.edition.cards.get(usize::from(card.0)))
        {
            let mut attributes = self.attributes(standing);
            attributes.insert("Goal name".into(), json!(goal.name));
            if let Some(score) = goal.score {
                attributes.insert("Conversation Score".into(), json!(score));
            }
            let proven = ProvenGoal {
                name: &goal.name,
                score: goal.score,
                card: &authored.id,
                confirmation: goal.confirmation,
            };
            activities::prove(
                self.db,
                self.scope,
                proven,
                self.deed(standing, seq),
                &attributes,
                self.now,
            )?;
        }
        Ok(())
    }

    fn record(
        &self,
        standing: &Standing,
        seq: u32,
        kind: Kind,
        about: Option<&str>,
        once: &str,
        attributes: &Map<String, Json>,
    ) -> Result<()> {
        let deed = self.deed(standing, seq);
        activities::record(
            self.db, self.scope, kind, about, once, deed, attributes, self.now,
        )?;
        Ok(())
    }

    fn deed<'s>(&self, standing: &'s Standing, seq: u32) -> Deed<'s> {
        Deed {
            visitor: &standing.visitor,
            person: standing.person.as_deref(),
            conversation: &standing.id,
            dialogue: standing.begin.dialogue.0,
            edition: standing.begin.edition,
            seq,
            page_url: &standing.state.page().url,
            at: self.at,
            test: standing.test,
        }
    }

    fn attributes(&self, standing: &Standing) -> Map<String, Json> {
        let mut attributes = Map::new();
        attributes.insert("Name".into(), json!(self.edition.name));
        attributes.insert("Page URL".into(), json!(standing.state.page().url));
        if !self.published.compiled.campaign.is_empty() {
            attributes.insert("Campaign".into(), json!(self.published.compiled.campaign));
        }
        attributes
    }

    fn kind(&self, card: CardId) -> Option<&CardKind> {
        self.edition
            .cards
            .get(usize::from(card.0))
            .map(|card| &card.kind)
    }

    fn arm_name(&self, experiment: u64, arm: u8) -> &str {
        self.edition
            .cards
            .iter()
            .find_map(|card| match &card.kind {
                CardKind::Experiment {
                    experiment: id,
                    arms,
                } if *id == experiment => arms.get(usize::from(arm)).map(|arm| arm.name.as_str()),
                _ => None,
            })
            .unwrap_or_default()
    }
}
