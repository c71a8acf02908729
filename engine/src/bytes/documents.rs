//! Every document and message, field by field in its order.

use super::read::{Read, Reader};
use super::write::{Write, written_enums, written_structs};
use crate::compiled::{
    Agreement, Answer, Arm, Attribute, Bucket, Capture, Card, CardKind, Condition, Consent,
    Correction, DocumentCard, DocumentFile, Edition, Effect, EventRule, Field, FlowEntry, Form,
    FormChoice, Goal, Host, HostRule, IndexEntry, InputKind, KnownValue, Meeting, Op, Opening,
    PageField, Pattern, Publication, QueryPair, Refusals, Repeat, Scheme, Span, Subject, Target,
    TargetIndex, Test, Theme, TokenName,
};
use crate::memory::{DialogueMemory, OpenConversation, Session, Stage, VisitorMemory};
use crate::value::{Value, ValueType};
use crate::wire::{
    self, AskSlots, Batch, Begin, Book, Booked, Booking, Comment, Device, EditionFacts, Entry,
    Erase, ExchangeTest, Identified, Identify, Input, InputsAnswer, Kept, Page, Sender,
    SignedBooking, SignedSnapshot, Slots, Snapshot, Strength, Surface, TestDraft, Viewing,
};
use alloc::vec::Vec;

impl Write for wire::Unsent<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let kept = self.kept.unwrap_or(0);
        self.sender.write(out);
        self.log.conversation.write(out);
        self.log.key.write(out);
        match self.kept {
            None => self.log.begin.write(out),
            Some(_) => out.push(0),
        }
        let lacks = |entry: &&Entry| entry.seq > kept;
        let lines = self.log.entries.iter().filter(lacks);
        let lines: Vec<&Entry> = lines.take(wire::BATCH_ENTRIES).collect();
        lines.write(out);
        self.fault.write(out);
    }
}

/// What browsers keep and send is written as well as read.
macro_rules! messages {
    (structs { $($structs:tt)* } enums { $($enums:tt)* }) => {
        structs! { $($structs)* }
        written_structs! { $($structs)* }
        enums! { $($enums)* }
        written_enums! { $($enums)* }
    };
}

macro_rules! structs {
    ($($type:ident { $($field:ident),* $(,)? })*) => {
        $(impl Read for $type {
            #[inline(never)]
            fn read(reader: &mut Reader<'_>) -> Self {
                Self { $($field: Read::read(reader)),* }
            }
        })*
    };
}

/// Variants in their order; the last arm is the first variant, which also stands for what is unknown.
macro_rules! enums {
    ($($type:path: $first:ident $(($($t0:ident),*))? $({$($f0:ident),*})?;
        $($n:literal $name:ident $(($($t:ident),*))? $({$($f:ident),*})?),*)*) => {
        $(impl Read for $type {
            #[inline(never)]
            fn read(reader: &mut Reader<'_>) -> Self {
                type Whole = $type;
                match reader.number() {
                    $($n => Whole::$name $(($({ let $t = Read::read(reader); $t }),*))? $({ $($f: Read::read(reader)),* })?,)*
                    n => {
                        reader.broken |= n != 0;
                        Whole::$first $(($({ let $t0 = Read::read(reader); $t0 }),*))? $({ $($f0: Read::read(reader)),* })?
                    }
                }
            }
        })*
    };
}

structs! {
    Publication { workspace, chat_on, consent, entries, targets, visited, corrections, theme, flows, forms }
    FlowEntry { dialogue, edition, name, languages, surface, pages }
    Form { name, choices }
    FormChoice { any, tests, flow, surface }
    IndexEntry {
        dialogue, edition, name, priority, languages, excluded, criteria, atoms, anonymous, events, repeat, opening,
    }
    Opening { text, answers }
    Correction { from, to }
    Theme { avatar, delay_ms, poke_on_phones, privacy, sound, cap_sessions, cap_days, quiet_from, quiet_to, ends }
    TargetIndex { patterns, buckets }
    Target { pattern, includes }
    Bucket { host, key, patterns }
    Pattern { scheme, host, port, path, query, fragment }
    QueryPair { name, value }
    Test { op, values, days }
    Edition {
        rules, dialogue, name, language, back, restart, opening, entries, cards, attributes, tokens, atoms, anonymous,
    }
    Attribute { subject, name, kind, known }
    TokenName { subject, name, local }
    Card { id, kind }
    Answer { label, stores, effect, next }
    Capture { text, placeholder, attribute, field, picklist, known, optional, refuse, agreement, given, skipped }
    Agreement { text, required }
    Refusals { free_mail, domains }
    DocumentCard { text, name, url, file, opened, declined }
    DocumentFile { id, bytes }
    Meeting { text, host, agent_to, booked, none, unavailable }
    Goal { name, score, confirmation, next }
    Arm { name, weight, next }
    Kept { through, digest, visitor, now }
    Identified { snapshot, visitor, now }
    Slots { inputs, minutes, starts, more }
    Booking { meeting, agent, picture, start, minutes, manage }
}

enums! {
    Consent: Wait; 1 Essential, 2 Full
    Repeat: Once; 1 EveryDays(days), 2 Always
    EventRule: TimeOnPage(seconds); 1 TimeOnSite(seconds), 2 Scroll(percent), 3 ExitIntent
    HostRule: Exact(host); 1 Domain(host), 2 Any
    Scheme: Both; 1 Https
    Condition: Atom(atom);
        1 Local(atom, attribute, test), 2 Page(field, test), 3 Strength(test), 4 Visited(page, days), 5 All(all),
        6 Any(any)
    PageField: Referrer; 1 Language, 2 Device, 3 Hour, 4 Url
    Op: Is;
        1 IsNot, 2 StartsWith, 3 NotStartsWith, 4 Contains, 5 NotContains, 6 IsEmpty, 7 IsNotEmpty, 8 Between,
        9 GreaterThan, 10 LessThan, 11 AtLeast, 12 AtMost, 13 After, 14 Before, 15 OnOrAfter, 16 OnOrBefore,
        17 InPast, 18 InPastBefore, 19 InFuture, 20 InFutureAfter, 21 InTimeFrame
    ValueType: Text; 1 Number, 2 Boolean, 3 Date, 4 DateTime
    Span: Text(words, mark); 1 Token(token, fallback, mark), 2 Link(number, address, label), 3 Break, 4 Item
    Subject: Person; 1 Company
    CardKind: Message { text, next };
        1 Question { text, attribute, answers }, 2 Capture(capture), 3 Document(document), 4 Meeting(meeting),
        5 Goal(goal), 6 Action { attribute, to, next }, 7 Branch { conditions, otherwise },
        8 Experiment { experiment, arms }, 9 Flow { name, entry, next }
    Effect: None; 1 ConfirmIdentity, 2 DenyIdentity
    InputKind: Text; 1 Email, 2 Phone, 3 Number, 4 Boolean, 5 Date, 6 DateTime
    KnownValue: Overwrite; 1 Skip
    Host: Pool(name); 1 Agent(name)
    Field: Constant(value); 1 Clear, 2 Tokens(spans)
    InputsAnswer: Kept(kept); 1 Overtaken { begin, entries }
    Booked: Done { inputs, entry };
        1 Taken { inputs, alternatives }, 2 AddressNeeded { inputs }, 3 Overtaken(inputs)
}

messages! {
    structs {
        VisitorMemory { seed, dialogues, open, site_seconds, exposed, visited, session, flows, poked }
        Session { number, last, dismissed, left, poked, hidden }
        OpenConversation { conversation, dialogue, edition, last }
        DialogueMemory { dialogue, run, stage, events, site_seconds_before, pages }
        Sender { workspace, visitor, gpc }
        Batch { sender, conversation, key, begin, entries, fault }
        Begin { dialogue, edition, language, run, seed, exposed, page, snapshot, at, card, surface, source }
        Page { url, referrer, language, device, zone_minutes }
        Entry { seq, at, input, digest }
        EditionFacts { edition, atoms, tokens }
        Snapshot { id, strength, made, zone_minutes, editions }
        SignedSnapshot { bytes, signature }
        SignedBooking { bytes, signature }
        Viewing { pages, furthest, downloaded, terms }
        TestDraft { session, name, edition, id, facts, strength, clock_ms }
    }
    enums {
        Value: Text(text); 1 Number(number), 2 Boolean(yes), 3 Date(day), 4 DateTime(seconds)
        Stage: Admitted; 1 Triggered, 2 Engaged, 3 Completed(at)
        Strength: Anonymous; 1 Claimed, 2 Recognised, 3 Verified
        Device: Desktop; 1 Tablet, 2 Phone
        Surface: Corner; 1 Popup, 2 Inline
        Input: Opened;
            1 Answered(card, answer), 2 Skipped(card), 3 DocumentOpened(card), 4 Declined(card), 5 Unavailable(card),
            6 LinkClicked(card, link), 7 WentBack, 8 Restarted, 9 Moved(page), 10 Told(values),
            11 FactsChanged(snapshot), 12 SlotBooked(card, booking), 13 DocumentViewed(card, viewing),
            14 Agreed(card, answer)
        wire::Answer: Choice(n); 1 Typed(text)
    }
}

written_structs! {
    Identify { sender, editions, login, link }
    AskSlots { batch, card, from }
    Book { batch, card, start, minutes, idempotency, zone, email }
    Erase { sender }
    ExchangeTest { workspace, code }
    Comment { session, card, words }
}
