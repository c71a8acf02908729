//! One batch: checked, replayed line by line, kept or refused.

use super::effects::Effects;
use super::group::Browsers;
use super::{Incoming, Published, Taken};
use crate::secrets::{Keys, Purpose, hash, same};
use crate::signing::Verdict;
use crate::store::conversations::{self, Standing};
use crate::store::db::Connection;
use crate::store::editions::Editions;
use crate::store::ledger::Ledger;
use crate::store::refused::{self, About, Reason};
use crate::store::visitors::{self, Visitor};
use crate::store::{Result, Scope, StoreError, counters, turn};
use engine::compiled::{Edition, decode, encode};
use engine::conversation::{Conversation, Output, Rejected};
use engine::ids::{MINUTE, SECOND, Timestamp};
use engine::wire::{
    BATCH_ENTRIES, Begin, Entry, Input, LOG_ENTRIES, Opaque, SOURCE_TEXT, SignedSnapshot, Snapshot,
};

/// How far ahead of the receipt a time may be before it is moved back.
const AHEAD_MS: i64 = 5 * SECOND;
/// How far ahead a time may be before the line is refused.
const FUTURE_MS: i64 = 5 * MINUTE;

/// Takes batches in, inside one transaction.
pub(super) struct Intake<'a> {
    pub db: &'a Connection,
    /// What is written at the transaction's end.
    pub ledger: &'a Ledger,
    pub editions: &'a Editions,
    pub browsers: &'a Browsers,
    pub scope: &'a Scope,
    pub keys: &'a Keys,
    pub now: Timestamp,
}

impl Intake<'_> {
    /// Takes a batch in, of a conversation that stands there or has yet to begin.
    pub fn take(&self, standing: Option<Standing>, incoming: &Incoming) -> Result<Taken> {
        if let Some(fault) = &incoming.fault {
            refused::keep_fault(self.db, self.scope, fault, self.now)?;
        }
        match standing {
            Some(standing) => {
                let edition = standing.begin.edition;
                let published = self.editions.find(self.db, self.scope, edition)?;
                let published = published.ok_or(StoreError::Damaged("conversation"))?;
                self.go_on(standing, &published, incoming, None, false)
            }
            None => self.begin(incoming),
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
        if begin.source.len() > SOURCE_TEXT {
            let detail = format!("{} bytes", begin.source.len());
            return self.refuse(incoming, Reason::LongSource, &detail, None);
        }
        let published = self.editions.find(self.db, self.scope, begin.edition)?;
        let Some(published) = published.filter(|published| !published.draft) else {
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
        let visitor = incoming
            .token
            .and_then(|token| self.browsers.of_token(self.scope, token));
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
        let (state, outputs) = match Conversation::begin(edition, published.compiled.id, &begin) {
            Ok(begun) => begun,
            Err(why) => return self.refuse(incoming, reason_of(why), &why.to_string(), None),
        };
        if let Some(visitor) = &visitor {
            let repeat = published.compiled.repeat;
            self.ledger.flush(self.db)?;
            let come = turn::has_come(self.db, self.scope, &visitor.id, &begin, repeat, FUTURE_MS)?;
            if !come {
                let detail = format!("run {}", begin.run);
                return self.refuse(incoming, Reason::OutOfTurn, &detail, None);
            }
        } else if begin.run == 0 {
            return self.refuse(incoming, Reason::OutOfTurn, "run 0", None);
        }
        let (mut visitor, token) = visitors::admit(
            self.ledger,
            self.scope,
            visitor,
            incoming.is_staff,
            self.now,
        );
        let mut standing = Standing {
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
        conversations::begin(
            self.ledger,
            self.scope,
            &standing,
            &incoming.signals,
            self.now,
        );
        counters::count(
            self.ledger,
            self.scope,
            counters::Counter::Triggered,
            &standing,
            standing.begin.at,
        );
        // An experiment may stand before the opening card.
        let effects = Effects {
            db: self.db,
            ledger: self.ledger,
            scope: self.scope,
            published: &published,
            edition,
            at: standing.begin.at,
            now: self.now,
        };
        effects.apply(&mut standing, &mut visitor, 0, outputs)?;
        self.browsers.put(self.scope, &visitor);
        self.go_on(standing, &published, incoming, token, true)
    }

    fn go_on(
        &self,
        mut standing: Standing,
        published: &Published,
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
        let edition = published
            .edition(&standing.begin.language)
            .ok_or(StoreError::Damaged("conversation"))?;
        let mut visitor = self.browsers.of_conversation(self.scope, &standing);
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
            conversations::advance(self.ledger, self.scope, &standing);
            self.browsers.put(self.scope, &visitor);
        }
        let stored = u32::try_from(fresh.len()).unwrap_or(u32::MAX);
        let last = incoming.entries.last();
        Ok(Taken::Kept {
            // What was refused is answered like what was kept: no browser can mend it. And no browser hears of more than
            // it has sent: a tab that is behind would take its own next line for another tab's in the same place.
            through: last.map_or(0, |last| last.seq),
            digest: last
                .filter(|last| last.seq != standing.through)
                .map_or_else(|| standing.state.digest(), |last| last.digest),
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
                let sender = token.and_then(|token| self.browsers.of_token(self.scope, token));
                let mut holders = vec![standing.visitor.as_str()];
                holders.extend(sender.as_ref().map(|sender| sender.id.as_str()));
                match self.check_snapshot(signed, &holders) {
                    Ok(snapshot) => earliest = earliest.max(snapshot.made),
                    Err(reason) => return Ok(Err((reason, String::new()))),
                }
            }
            Input::SlotBooked(_, signed) => {
                let verdict = self.keys.verify(
                    Purpose::Booking,
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
            | Input::Agreed(..)
            | Input::Skipped(_)
            | Input::DocumentOpened(_)
            | Input::DocumentViewed(..)
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
            ledger: self.ledger,
            scope: self.scope,
            published,
            edition,
            at,
            now: self.now,
        };
        effects.apply(standing, visitor, sent.seq, outputs)?;
        let sent_hash = hash(&encode(sent));
        conversations::append(
            self.ledger,
            self.scope,
            &standing.id,
            &entry,
            &sent_hash,
            self.now,
        );
        Ok(Ok(()))
    }

    fn check_snapshot(
        &self,
        signed: &SignedSnapshot,
        holders: &[&str],
    ) -> std::result::Result<Snapshot, Reason> {
        let verdict = self.keys.verify(
            Purpose::Snapshot,
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
