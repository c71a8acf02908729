//! Whatever arrives, the engine answers: it never panics, never loops, and the same log leads to the same state.

#![cfg(feature = "authoring")]

use engine::authored::{Dialogue, Document};
use engine::check::{Catalogue, read_document};
use engine::compile::{Compiled, compile};
use engine::compiled::{DocumentFile, Edition, Publication, encode};
use engine::conversation::{Conversation, Output, Rejected, replay};
use engine::ids::{CardId, DialogueId, DocumentId, Timestamp};
use engine::wire::{Answer, Batch, Begin, Entry, Input, Page, Viewing};
use proptest::prelude::*;

const DIALOGUE: &str = include_str!("every-card.json");

fn compiled() -> Compiled {
    let Ok(Document::Dialogue(dialogue)) = read_document(DIALOGUE) else {
        panic!("the dialogue of this test can be read");
    };
    compile(&dialogue, DialogueId(1), &catalogue()).expect("the dialogue of this test compiles")
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    let flow = r#"{"kind": "flow", "name": "Name", "stream": {"cards": [
        {"id": "first", "card": "capture", "text": "First name?", "attribute": "person.firstName", "optional": true,
         "given": "last", "skipped": "last"},
        {"id": "last", "card": "capture", "text": "Last name?", "attribute": "person.lastName", "known": "skip"}]}}"#;
    if let Ok(Document::Flow(flow)) = read_document(flow) {
        catalogue.flows.insert(flow.name.clone(), flow);
    }
    let file = DocumentFile {
        id: DocumentId([6; 16]),
        bytes: 70_000,
    };
    catalogue
        .files
        .insert("https://w.example/p.pdf".into(), file);
    catalogue
}

fn begin(compiled: &Compiled) -> Begin {
    Begin {
        dialogue: compiled.dialogue,
        edition: compiled.id,
        language: "en".into(),
        run: 1,
        seed: 7,
        exposed: Vec::new(),
        page: Page {
            url: "https://w.example/".into(),
            ..Page::default()
        },
        snapshot: None,
        at: Timestamp(1_800_000_000_000),
        card: None,
        surface: engine::wire::Surface::Corner,
        source: String::new(),
    }
}

fn input() -> impl Strategy<Value = Input> {
    let card = || (0u16..20).prop_map(CardId);
    prop_oneof![
        1 => Just(Input::Opened),
        8 => (card(), 0u16..4).prop_map(|(card, n)| Input::Answered(card, Answer::Choice(n))),
        4 => (card(), ".{0,40}").prop_map(|(card, typed)| Input::Answered(card, Answer::Typed(typed))),
        3 => card().prop_map(|card| Input::Answered(card, Answer::Typed("ada@corp.example".into()))),
        3 => card().prop_map(|card| Input::Agreed(card, Answer::Typed("ada@corp.example".into()))),
        2 => card().prop_map(Input::Skipped),
        2 => card().prop_map(Input::DocumentOpened),
        2 => (card(), 0u16..4, 0u16..4, ".{0,3}").prop_map(|(card, pages, furthest, terms)| {
            Input::DocumentViewed(card, Viewing { pages, furthest, downloaded: pages == 3, terms })
        }),
        2 => card().prop_map(Input::Declined),
        2 => card().prop_map(Input::Unavailable),
        1 => (card(), 0u8..3).prop_map(|(card, link)| Input::LinkClicked(card, link)),
        2 => Just(Input::WentBack),
        1 => Just(Input::Restarted),
    ]
}

/// Aims most inputs at the card that waits, so that long conversations happen.
fn aimed(input: Input, awaited: Option<CardId>) -> Input {
    let Some(card) = awaited else { return input };
    match input {
        Input::Answered(_, answer) => Input::Answered(card, answer),
        Input::Agreed(_, answer) => Input::Agreed(card, answer),
        Input::Skipped(_) => Input::Skipped(card),
        Input::DocumentOpened(_) => Input::DocumentOpened(card),
        Input::Declined(_) => Input::Declined(card),
        Input::Unavailable(_) => Input::Unavailable(card),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_inputs_never_panic_and_replay_to_the_same_state(inputs in prop::collection::vec((input(), any::<bool>()), 0..60)) {
        let compiled = compiled();
        let edition = &compiled.editions[0];
        let begin = begin(&compiled);
        let (mut live, _) = Conversation::begin(edition, compiled.id, &begin).expect("it begins");
        let mut log: Vec<Entry> = Vec::new();
        for (n, (input, aim)) in inputs.into_iter().enumerate() {
            let awaited = live.awaiting(edition).map(|(card, _)| card).filter(|_| aim);
            let input = aimed(input, awaited);
            let before = live.clone();
            let at = begin.at.plus(n as i64 * 60_000);
            match live.handle(edition, &input, at) {
                Ok(outputs) if matches!(outputs.first(), Some(Output::AskAgain(..))) => prop_assert_eq!(&live, &before),
                Ok(_) => log.push(Entry { seq: log.len() as u32 + 1, at: live.last(), input, digest: live.digest() }),
                Err(_) => prop_assert_eq!(&live, &before),
            }
        }
        let (again, _) = replay(edition, compiled.id, &begin, &log).expect("a log that was accepted is accepted again");
        prop_assert_eq!(again.digest(), live.digest());
        prop_assert_eq!(again, live);
    }

    #[test]
    fn random_bytes_are_no_document_and_no_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = engine::bytes::decode::<Publication>(&bytes);
        let _ = engine::bytes::decode::<Edition>(&bytes);
        let _ = engine::bytes::decode::<Batch>(&bytes);
        let _ = engine::compiled::decode::<Batch>(&bytes);
    }

    #[test]
    fn a_changed_document_is_read_alike_by_both_readers(place in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode(&compiled().editions[0]);
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let small = engine::bytes::decode::<Edition>(&bytes);
        let derived = engine::compiled::decode::<Edition>(&bytes).ok();
        // The small reader forgives what cannot matter (an overlong number, a bool that is neither); never the reverse.
        if derived.is_some() {
            prop_assert_eq!(small, derived);
        }
    }
}

#[test]
fn a_cycle_of_questions_ends_each_turn() {
    let compiled = compiled();
    let edition = &compiled.editions[0];
    let (mut conversation, _) =
        Conversation::begin(edition, compiled.id, &begin(&compiled)).expect("it begins");
    let mut at = Timestamp(1_800_000_000_000);
    for _ in 0..300 {
        let Some((card, _)) = conversation.awaiting(edition) else {
            break;
        };
        at = at.plus(1_000);
        let outputs = conversation.handle(edition, &Input::Answered(card, Answer::Choice(0)), at);
        assert!(
            outputs.is_ok_and(|outputs| outputs.len() < 50)
                || conversation.awaiting(edition).is_some()
        );
        if conversation.handle(edition, &Input::WentBack, at) == Err(Rejected::NoWayBack) {
            break;
        }
    }
}

#[test]
fn a_document_round_trips_through_json() {
    let document = read_document(DIALOGUE).expect("it can be read");
    let json = serde_json::to_string(&document).expect("it can be written");
    assert_eq!(read_document(&json), Ok(document));
    assert!(
        read_document(&json.replacen("\"campaign\"", "\"campain\"", 1)).is_err(),
        "unknown fields are refused"
    );
    assert!(serde_json::from_str::<Dialogue>("{").is_err());
}
