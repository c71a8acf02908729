//! Reads compiled documents and messages: the same bytes as `compiled::decode`, with a tenth of its code, for browsers.
//!
//! A reader never fails in the middle. What cannot be read is noted, the rest reads as nothing, and the whole is
//! dropped at the end: that spares the error path of every single field. A field that is added to a document is a
//! compile error here, and a test reads what the engine has written.

use crate::compiled::{
    Answer, Arm, Attribute, Bucket, Capture, Card, CardKind, Condition, Consent, Correction,
    DocumentCard, Edition, Effect, EventRule, FORMAT, Field, Goal, Host, HostRule, IndexEntry,
    InputKind, KnownValue, Mark, Meeting, Op, Opening, PageField, Pattern, Publication, QueryPair,
    Refusals, Repeat, Scheme, Span, Subject, Table, Target, TargetIndex, Test, Theme, TokenName,
};
use crate::ids::{
    AtomId, AttributeId, CardId, ConversationId, ConversationKey, DialogueId, EditionId,
    SnapshotId, Timestamp,
};
use crate::memory::{DialogueMemory, OpenConversation, Session, Stage, VisitorMemory};
use crate::value::{Value, ValueType};
use crate::wire::{
    self, AskSlots, Batch, Begin, Book, Booked, Booking, Comment, Device, EditionFacts, Entry,
    Erase, ExchangeTest, Identified, Identify, Input, InputsAnswer, Kept, Page, Sender,
    SignedBooking, SignedSnapshot, Slots, Snapshot, Strength, TestDraft,
};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a document behind its format byte; none when the bytes are not exactly one.
#[must_use]
pub fn decode<T: Read>(bytes: &[u8]) -> Option<T> {
    let (format, rest) = bytes.split_first()?;
    if *format == FORMAT { item(rest) } else { None }
}

/// Reads something that stands without a format byte inside a document.
pub(crate) fn item<T: Read>(bytes: &[u8]) -> Option<T> {
    let mut reader = Reader {
        rest: bytes,
        broken: false,
    };
    let document = T::read(&mut reader);
    (!reader.broken && reader.rest.is_empty()).then_some(document)
}

/// Bytes that are read from front to back.
pub struct Reader<'a> {
    rest: &'a [u8],
    broken: bool,
}

impl<'a> Reader<'a> {
    #[inline(never)]
    fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => {
                self.broken = true;
                0
            }
        }
    }

    #[inline(never)]
    fn number(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return value;
            }
        }
        self.broken = true;
        0
    }

    #[inline(never)]
    fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    #[inline(never)]
    fn bytes(&mut self, count: usize) -> &'a [u8] {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                taken
            }
            None => {
                self.broken = true;
                &[]
            }
        }
    }

    /// How many things follow; each has a byte at least.
    #[inline(never)]
    fn count(&mut self) -> usize {
        let count = self.number() as usize;
        if count > self.rest.len() {
            self.broken = true;
            return 0;
        }
        count
    }
}

/// Can be read.
pub trait Read: Sized {
    /// Reads one.
    fn read(reader: &mut Reader<'_>) -> Self;
}

impl Read for bool {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.byte() == 1
    }
}

impl Read for u8 {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.byte()
    }
}

impl Read for String {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Self {
        let count = reader.count();
        let bytes = reader.bytes(count);
        core::str::from_utf8(bytes)
            .map(String::from)
            .unwrap_or_else(|_| {
                reader.broken = true;
                String::new()
            })
    }
}

macro_rules! numbers {
    ($from:ident: $($type:ty),*) => {
        $(impl Read for $type {
            fn read(reader: &mut Reader<'_>) -> Self {
                reader.$from() as $type
            }
        })*
    };
}
numbers!(number: u16, u32, u64);
numbers!(signed: i16, i32, i64);

impl<const N: usize> Read for [u8; N] {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.bytes(N).try_into().unwrap_or([0; N])
    }
}

impl<T: Read> Read for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        (reader.byte() == 1).then(|| T::read(reader))
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        let count = reader.count();
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(T::read(reader));
        }
        all
    }
}

impl<T: Read> Read for Box<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        Box::new(T::read(reader))
    }
}

impl<T> Read for Table<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        let ends = Read::read(reader);
        let count = reader.count();
        Table::new(ends, reader.bytes(count).to_vec())
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(reader: &mut Reader<'_>) -> Self {
        (A::read(reader), B::read(reader))
    }
}

macro_rules! names {
    ($($type:ident),*) => {
        $(impl Read for $type {
            fn read(reader: &mut Reader<'_>) -> Self {
                Self(Read::read(reader))
            }
        })*
    };
}
names!(
    Timestamp,
    DialogueId,
    CardId,
    AttributeId,
    AtomId,
    EditionId,
    ConversationId,
    SnapshotId,
    ConversationKey,
    Mark
);

/// Writes a document behind its format byte: the same bytes as `compiled::encode`.
#[must_use]
pub fn encode<T: Write + ?Sized>(document: &T) -> Vec<u8> {
    let mut out = alloc::vec![FORMAT];
    document.write(&mut out);
    out
}

/// Can be written.
pub trait Write {
    /// Writes it behind what is there.
    fn write(&self, out: &mut Vec<u8>);
}

#[inline(never)]
fn write_number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline(never)]
fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

impl Write for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Write for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
}

impl Write for String {
    #[inline(never)]
    fn write(&self, out: &mut Vec<u8>) {
        write_number(out, self.len() as u64);
        write_bytes(out, self.as_bytes());
    }
}

macro_rules! written_numbers {
    ($($type:ident: $write:expr),*) => {
        $(impl Write for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let spell: fn($type) -> u64 = $write;
                write_number(out, spell(*self));
            }
        })*
    };
}
written_numbers!(
    u16: u64::from, u32: u64::from, u64: |n| n,
    i16: |n| zigzag(n.into()), i32: |n| zigzag(n.into()), i64: zigzag
);

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

impl<const N: usize> Write for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(out, self);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(item) = self {
            item.write(out);
        }
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_number(out, self.len() as u64);
        for item in self {
            item.write(out);
        }
    }
}

impl<T: Write + ?Sized> Write for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<A: Write, B: Write> Write for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
}

macro_rules! written_names {
    ($($type:ident),*) => {
        $(impl Write for $type {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
        })*
    };
}
written_names!(
    Timestamp,
    DialogueId,
    CardId,
    AttributeId,
    EditionId,
    ConversationId,
    SnapshotId,
    ConversationKey
);

/// The writing of structs, field after field.
macro_rules! written_structs {
    ($($type:ident { $($field:ident),* $(,)? })*) => {
        $(impl $crate::bytes::Write for $type {
            #[inline(never)]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::bytes::Write::write($field, out);)*
            }
        })*
    };
}
pub(crate) use written_structs;

/// The writing of enums: the number of the variant, then what it holds.
macro_rules! written_enums {
    ($($type:path: $first:ident $(($($t0:ident),*))? $({$($f0:ident),*})?;
        $($n:literal $name:ident $(($($t:ident),*))? $({$($f:ident),*})?),*)*) => {
        $(impl $crate::bytes::Write for $type {
            #[inline(never)]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                type Whole = $type;
                match self {
                    Whole::$first $(($($t0),*))? $({$($f0),*})? => {
                        out.push(0);
                        $($($crate::bytes::Write::write($t0, out);)*)?
                        $($($crate::bytes::Write::write($f0, out);)*)?
                    }
                    $(Whole::$name $(($($t),*))? $({$($f),*})? => {
                        out.push($n);
                        $($($crate::bytes::Write::write($t, out);)*)?
                        $($($crate::bytes::Write::write($f, out);)*)?
                    })*
                }
            }
        })*
    };
}
pub(crate) use written_enums;

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
    Publication { workspace, chat_on, consent, entries, targets, visited, corrections, theme }
    IndexEntry {
        dialogue, edition, name, priority, languages, excluded, criteria, atoms, anonymous, events, repeat, opening,
    }
    Opening { text, answers }
    Correction { from, to }
    Theme {
        accent, on_accent, accent_dark, on_accent_dark, mode, at_start, bottom, side, label, avatar, font, delay_ms,
        poke_on_phones, privacy,
    }
    TargetIndex { patterns, buckets }
    Target { pattern, includes }
    Bucket { host, key, patterns }
    Pattern { scheme, host, port, path, query, fragment }
    QueryPair { name, value }
    Test { op, values, days }
    Edition {
        rules, dialogue, name, language, back, restart, opening, cards, attributes, tokens, atoms, anonymous,
    }
    Attribute { subject, name, kind, known }
    TokenName { subject, name, local }
    Card { id, kind }
    Answer { label, stores, effect, next }
    Capture { text, placeholder, attribute, field, picklist, known, optional, refuse, given, skipped }
    Refusals { free_mail, domains }
    DocumentCard { text, name, url, opened, declined }
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
        VisitorMemory { seed, dialogues, open, site_seconds, exposed, visited, session }
        Session { number, last, dismissed, left }
        OpenConversation { conversation, dialogue, edition, last }
        DialogueMemory { dialogue, run, stage, events, site_seconds_before, pages }
        Sender { workspace, visitor, gpc }
        Batch { sender, conversation, key, begin, entries, fault }
        Begin { dialogue, edition, language, run, seed, exposed, page, snapshot, at }
        Page { url, referrer, language, device, zone_minutes }
        Entry { seq, at, input, digest }
        EditionFacts { edition, atoms, tokens }
        Snapshot { id, strength, made, zone_minutes, editions }
        SignedSnapshot { bytes, signature }
        SignedBooking { bytes, signature }
        TestDraft { session, name, edition, id, facts, strength, clock_ms }
    }
    enums {
        Value: Text(text); 1 Number(number), 2 Boolean(yes), 3 Date(day), 4 DateTime(seconds)
        Stage: Admitted; 1 Triggered, 2 Engaged, 3 Completed(at)
        Strength: Anonymous; 1 Claimed, 2 Recognised, 3 Verified
        Device: Desktop; 1 Tablet, 2 Phone
        Input: Opened;
            1 Answered(card, answer), 2 Skipped(card), 3 DocumentOpened(card), 4 Declined(card), 5 Unavailable(card),
            6 LinkClicked(card, link), 7 WentBack, 8 Restarted, 9 Moved(page), 10 Told(values),
            11 FactsChanged(snapshot), 12 SlotBooked(card, booking)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled::encode;
    use alloc::string::ToString;
    use alloc::vec;

    fn same_both_ways<T: Read + Write + serde::Serialize + PartialEq + core::fmt::Debug>(
        document: T,
    ) {
        assert_eq!(super::encode(&document), encode(&document));
        same(document);
    }

    fn same<T: Read + serde::Serialize + PartialEq + core::fmt::Debug>(document: T) {
        let bytes = encode(&document);
        assert_eq!(decode::<T>(&bytes).as_ref(), Some(&document));
        for end in 1..bytes.len() {
            assert_eq!(
                decode::<T>(&bytes[..end]),
                None,
                "{end} of {} bytes",
                bytes.len()
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(decode::<T>(&longer), None);
    }

    fn begin() -> Begin {
        Begin {
            dialogue: DialogueId(300),
            edition: EditionId([3; 12]),
            language: "sv".to_string(),
            run: 2,
            seed: u64::MAX,
            exposed: vec![(u64::MAX / 3, 1)],
            page: Page {
                url: "https://w.example/å".to_string(),
                zone_minutes: -210,
                device: Device::Phone,
                ..Page::default()
            },
            snapshot: Some(SignedSnapshot {
                bytes: vec![1, 2, 255],
                signature: [9; 32],
            }),
            at: Timestamp(1_900_000_000_000),
        }
    }

    fn entries() -> Vec<Entry> {
        let booking = SignedBooking {
            bytes: vec![7],
            signature: [1; 32],
        };
        let inputs = [
            Input::Opened,
            Input::Answered(CardId(1), wire::Answer::Choice(300)),
            Input::Answered(
                CardId(2),
                wire::Answer::Typed("ada@corp.example".to_string()),
            ),
            Input::Skipped(CardId(3)),
            Input::DocumentOpened(CardId(4)),
            Input::Declined(CardId(5)),
            Input::Unavailable(CardId(6)),
            Input::LinkClicked(CardId(7), 2),
            Input::WentBack,
            Input::Restarted,
            Input::Moved(Page::default()),
            Input::Told(vec![
                (AttributeId(1), Value::Number(-1_500_000)),
                (AttributeId(2), Value::Boolean(true)),
            ]),
            Input::FactsChanged(SignedSnapshot {
                bytes: vec![],
                signature: [2; 32],
            }),
            Input::SlotBooked(CardId(500), booking),
        ];
        (1..)
            .zip(inputs)
            .map(|(seq, input)| Entry {
                seq,
                at: Timestamp(-1),
                input,
                digest: 1 << 63,
            })
            .collect()
    }

    #[test]
    fn messages_read_as_the_engine_wrote_them() {
        same(InputsAnswer::Kept(Kept {
            through: 70_000,
            digest: 5,
            visitor: Some([4; 16]),
            now: Timestamp(i64::MIN),
        }));
        same(InputsAnswer::Overtaken {
            begin: Box::new(begin()),
            entries: entries(),
        });
        let kept = || {
            InputsAnswer::Kept(Kept {
                through: 0,
                digest: 0,
                visitor: None,
                now: Timestamp(0),
            })
        };
        same(Slots {
            inputs: kept(),
            minutes: 30,
            starts: vec![Timestamp(5), Timestamp(6)],
            more: Some(Timestamp(7)),
        });
        let entry = entries().remove(13);
        same(Booked::Done {
            inputs: kept(),
            entry,
        });
        same(Booked::Taken {
            inputs: kept(),
            alternatives: vec![Timestamp(8)],
        });
        same(Booked::AddressNeeded { inputs: kept() });
        same(Booked::Overtaken(kept()));
        let facts = EditionFacts {
            edition: EditionId([1; 12]),
            atoms: vec![255, 0],
            tokens: vec![(1, "a•••".to_string())],
        };
        same_both_ways(TestDraft {
            session: "s".to_string(),
            name: "n".to_string(),
            edition: vec![1],
            id: EditionId([1; 12]),
            facts: facts.clone(),
            strength: Strength::Verified,
            clock_ms: -86_400_000,
        });
        same_both_ways(Snapshot {
            id: SnapshotId([2; 16]),
            strength: Strength::Recognised,
            made: Timestamp(1),
            zone_minutes: 60,
            editions: vec![facts],
        });
    }

    #[test]
    fn what_a_browser_keeps_reads_as_it_was_written() {
        let sender = Sender {
            workspace: "w".to_string(),
            visitor: None,
            gpc: true,
        };
        let log = Batch {
            sender,
            conversation: ConversationId([5; 16]),
            key: ConversationKey([6; 16]),
            begin: Some(begin()),
            entries: entries(),
            fault: None,
        };
        same_both_ways(vec![(log.clone(), Some(3_u32))]);
        let (batch, card) = (log, CardId(2));
        let from = Timestamp(-5);
        let ask = AskSlots {
            batch: batch.clone(),
            card,
            from,
        };
        assert_eq!(super::encode(&ask), encode(&ask));
        let book = Book {
            batch,
            card,
            start: from,
            minutes: 30,
            idempotency: [1; 16],
            zone: "Europe/Stockholm".to_string(),
            email: None,
        };
        assert_eq!(super::encode(&book), encode(&book));
        let stages = [
            Stage::Admitted,
            Stage::Triggered,
            Stage::Engaged,
            Stage::Completed(Timestamp(9)),
        ];
        let dialogues = stages.map(|stage| DialogueMemory {
            dialogue: DialogueId(1),
            run: 1,
            stage,
            events: 3,
            site_seconds_before: 100,
            pages: vec![(u64::MAX, 5)],
        });
        same_both_ways(VisitorMemory {
            seed: 7,
            dialogues: dialogues.to_vec(),
            open: Some(OpenConversation {
                conversation: ConversationId([1; 16]),
                dialogue: DialogueId(1),
                edition: EditionId([2; 12]),
                last: Timestamp(3),
            }),
            site_seconds: 1_000,
            exposed: vec![(1, 2)],
            visited: vec![(3, 20_000)],
            session: Session {
                number: 1,
                last: Timestamp(5),
                dismissed: true,
                left: false,
            },
        });
    }

    #[test]
    fn what_the_server_lacks_reads_as_a_batch() {
        let sender = Sender {
            workspace: "w".to_string(),
            visitor: Some([9; 16]),
            gpc: false,
        };
        let log = Batch {
            sender: sender.clone(),
            conversation: ConversationId([5; 16]),
            key: ConversationKey([6; 16]),
            begin: Some(begin()),
            entries: entries(),
            fault: None,
        };
        let unsent = |kept| wire::Unsent {
            sender: sender.clone(),
            log: &log,
            kept,
            fault: Some("f".to_string()),
        };
        let read = |kept| decode::<Batch>(&super::encode(&unsent(kept))).expect("it is a batch");
        let whole = read(None);
        assert_eq!((whole.begin, whole.entries), (Some(begin()), entries()));
        let rest = read(Some(2));
        assert_eq!(rest.begin, None);
        assert_eq!(rest.entries.first().map(|entry| entry.seq), Some(3));
        assert_eq!(rest.fault.as_deref(), Some("f"));
        let ask = AskSlots {
            batch: rest,
            card: CardId(2),
            from: Timestamp(7),
        };
        let parts = ((unsent(Some(2)), ask.card), ask.from);
        assert_eq!(super::encode(&parts), encode(&ask));
    }

    #[test]
    fn an_unknown_variant_is_no_document() {
        assert_eq!(decode::<InputsAnswer>(&[FORMAT, 9, 0, 0, 0, 0]), None);
        assert_eq!(
            decode::<Vec<Timestamp>>(&[FORMAT, 255, 255, 255, 255, 15]),
            None
        );
        assert_eq!(decode::<bool>(&[FORMAT + 1, 1]), None);
        assert_eq!(decode::<bool>(&[]), None);
    }
}
