//! The same bytes as serde and postcard, both ways.

use super::{Read, Write, decode};
use crate::compiled::FORMAT;
use crate::compiled::encode;
use crate::ids::{
    AttributeId, CardId, ConversationId, ConversationKey, DialogueId, EditionId, SnapshotId,
    Timestamp,
};
use crate::memory::{DialogueMemory, OpenConversation, Session, Stage, VisitorMemory};
use crate::value::Value;
use crate::wire::Surface;
use crate::wire::{
    self, AskSlots, Batch, Begin, Book, Booked, Device, EditionFacts, Entry, Input, InputsAnswer,
    Kept, Page, Sender, SignedBooking, SignedSnapshot, Slots, Snapshot, Strength, TestDraft,
    Viewing,
};
use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

fn same_both_ways<T: Read + Write + serde::Serialize + PartialEq + core::fmt::Debug>(document: T) {
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
        card: Some(CardId(4)),
        surface: Surface::Inline,
        source: "form demo".to_string(),
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
        Input::Agreed(
            CardId(8),
            wire::Answer::Typed("ada@corp.example".to_string()),
        ),
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
        Input::DocumentViewed(
            CardId(8),
            Viewing {
                pages: 3,
                furthest: 400,
                downloaded: true,
                terms: "pay".to_string(),
            },
        ),
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
            poked: true,
            hidden: false,
        },
        flows: vec![OpenConversation {
            conversation: ConversationId([4; 16]),
            dialogue: DialogueId(2),
            edition: EditionId([5; 12]),
            last: Timestamp(6),
        }],
        poked: (20_000, 3),
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
