//! The rules of pokes, of hiding, and of flows that pages start.

#![cfg(feature = "authoring")]

use engine::authored::Document;
use engine::check::{Catalogue, read_document};
use engine::compile::{Compiled, Live, Look, Settings, compile_document, publication, theme};
use engine::compiled::{Consent, Publication, Theme};
use engine::conversation::{Conversation, Rejected};
use engine::ids::{CardId, ConversationId, DAY, DialogueId, MINUTE, Timestamp};
use engine::memory::{OpenConversation, VisitorMemory};
use engine::resolve::{Facts, Resolution, resolve};
use engine::wire::{Begin, Page, Surface};

/// A Monday, 09:00 UTC.
const START: Timestamp = Timestamp(1_799_053_200_000);
const HOUR: i64 = 60 * MINUTE;

const DIALOGUE: &str = r#"{ "kind": "dialogue", "name": "D", "audience": { "targets": ["https://w.example/*"] },
    "stream": { "cards": [ { "id": "a", "card": "question", "text": "Yes?", "answers": [ { "label": "Yes" } ] } ] } }"#;
const FLOW: &str = r#"{ "kind": "flow", "name": "F", "surface": "popup", "pages": ["https://w.example/pricing"],
    "stream": { "cards": [
    { "id": "a", "card": "question", "text": "When?", "answers": [ { "label": "Soon", "then": "b" } ] },
    { "id": "b", "card": "question", "text": "At what time?", "entry": true, "answers": [ { "label": "Ten", "then": "c" } ] },
    { "id": "c", "card": "message", "text": "Good." } ] } }"#;

fn compiled(document: &str, id: u32) -> Compiled {
    let document: Document =
        read_document(document).expect("the document of this test can be read");
    compile_document(&document, DialogueId(id), &Catalogue::default()).expect("it compiles")
}

/// The dialogue and the flow, live, under a look.
fn live(look: &Look) -> Publication {
    let (dialogue, flow) = (compiled(DIALOGUE, 1), compiled(FLOW, 2));
    let mut settings = Settings {
        workspace: "acme".into(),
        chat_on: true,
        consent: Consent::Full,
        theme: theme(look).expect("nothing is wrong with the look"),
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    let live = [&dialogue, &flow].map(|compiled| Live {
        compiled,
        first_published: Timestamp(1),
    });
    publication(&live, &mut settings)
}

fn look(json: &str) -> Theme {
    let look: Look = serde_json::from_str(json).expect("a look");
    theme(&look).expect("nothing is wrong with the look")
}

fn page(url: &str) -> Page {
    Page {
        url: url.into(),
        ..Page::default()
    }
}

fn decided(live: &Publication, memory: &VisitorMemory, now: Timestamp) -> Resolution {
    let facts = Facts {
        snapshot: None,
        consent: Consent::Full,
        given: &[],
    };
    resolve(live, memory, &page("https://w.example/1"), facts, now)
}

#[test]
fn a_poke_shows_in_no_more_sessions_than_the_cap() {
    let theme = look(r#"{ "cap": { "sessions": 2, "days": 7 } }"#);
    let here = page("https://w.example/1");
    let mut memory = VisitorMemory::new(1);
    let mut shown = Vec::new();
    for day in 0..9 {
        let now = START.plus(day * DAY);
        memory.touch(now);
        let may = memory.may_poke(&theme, &here, now);
        if may {
            memory.poke(&theme, &here, now);
            // Within its session it may show again, on another page.
            assert!(memory.may_poke(&theme, &here, now.plus(MINUTE)));
        }
        shown.push(may);
    }
    assert_eq!(
        shown,
        [true, true, false, false, false, false, false, true, true]
    );
}

#[test]
fn there_is_no_poke_in_quiet_hours() {
    let here = page("https://w.example/1");
    let ahead = Page {
        zone_minutes: 120,
        ..here.clone()
    };
    let pokes = |quiet: &str, page: &Page| -> Vec<i64> {
        let theme = look(quiet);
        let midnight = START.plus(-9 * HOUR);
        let may = |hour: &i64| {
            let now = midnight.plus(hour * HOUR);
            VisitorMemory::new(1).may_poke(&theme, page, now)
        };
        (0..24).filter(may).collect()
    };
    let night = r#"{ "quiet": { "from": 22, "to": 7 } }"#;
    assert_eq!(pokes(night, &here), (7..22).collect::<Vec<_>>());
    assert_eq!(pokes(night, &ahead), (5..20).collect::<Vec<_>>());
    let lunch = r#"{ "quiet": { "from": 12, "to": 13 } }"#;
    assert_eq!(pokes(lunch, &here).len(), 23);
    assert_eq!(pokes("{}", &here).len(), 24);
}

#[test]
fn what_the_page_has_hidden_stays_hidden_for_the_session() {
    let live = live(&Look::default());
    let mut memory = VisitorMemory::new(1);
    memory.touch(START);
    assert!(matches!(
        decided(&live, &memory, START),
        Resolution::Show(..)
    ));
    memory.session.hidden = true;
    let soon = START.plus(29 * MINUTE);
    memory.touch(soon);
    assert_eq!(decided(&live, &memory, soon), Resolution::Nothing);
    let later = soon.plus(30 * MINUTE);
    memory.touch(later);
    assert!(matches!(
        decided(&live, &memory, later),
        Resolution::Show(..)
    ));
}

#[test]
fn a_flow_may_be_started_any_number_of_times() {
    let mut memory = VisitorMemory::new(1);
    let flow = DialogueId(2);
    let mut runs = Vec::new();
    for n in 0..3_u8 {
        runs.push(memory.start_flow(flow));
        let conversation = ConversationId([n; 16]);
        memory.engaged_flow(open(flow, conversation));
        if n == 1 {
            memory.completed_flow(flow, conversation, START);
        }
    }
    assert_eq!(runs, [1, 2, 3]);
    let left: Vec<u8> = memory
        .flows
        .iter()
        .map(|open| open.conversation.0[0])
        .collect();
    assert_eq!(left, [0, 2], "the finished one is off the list");
}

fn open(dialogue: DialogueId, conversation: ConversationId) -> OpenConversation {
    OpenConversation {
        conversation,
        dialogue,
        edition: engine::ids::EditionId([2; 12]),
        last: START,
    }
}

#[test]
fn a_flow_stands_in_no_dialogues_way() {
    let live = live(&Look::default());
    let mut memory = VisitorMemory::new(1);
    memory.start_flow(DialogueId(2));
    memory.engaged_flow(open(DialogueId(2), ConversationId([1; 16])));
    assert!(matches!(
        decided(&live, &memory, START),
        Resolution::Show(..)
    ));
    let of_dialogue = open(DialogueId(1), ConversationId([2; 16]));
    memory.engaged(of_dialogue);
    assert_eq!(
        decided(&live, &memory, START),
        Resolution::Continue(of_dialogue)
    );
    memory.start_flow(DialogueId(2));
    memory.engaged_flow(open(DialogueId(2), ConversationId([3; 16])));
    assert_eq!(
        decided(&live, &memory, START),
        Resolution::Continue(of_dialogue)
    );
}

#[test]
fn a_page_starts_the_flow_that_names_it() {
    let live = live(&Look::default());
    assert_eq!(
        live.starts_on(&page("https://w.example/pricing?x=1")),
        Some(0)
    );
    assert_eq!(
        live.starts_on(&page("https://w.example/pricing/more")),
        None
    );
    assert_eq!(live.flow_named("F"), Some(0));
    assert_eq!(live.flow_named("D"), None);
}

#[test]
fn a_conversation_begins_only_at_an_entry() {
    let flow = compiled(FLOW, 2);
    let edition = flow.editions.first().expect("an edition");
    let begun = |card: Option<u16>| {
        let begin = Begin {
            dialogue: flow.dialogue,
            edition: flow.id,
            language: "en".into(),
            run: 1,
            seed: 1,
            exposed: Vec::new(),
            page: page("https://w.example/1"),
            snapshot: None,
            at: START,
            card: card.map(CardId),
            surface: Surface::Popup,
            source: "call".into(),
        };
        let begun = Conversation::begin(edition, flow.id, &begin);
        begun.map(|(conversation, _)| conversation.awaiting(edition).map(|(card, _)| card))
    };
    let place = |id: &str| {
        let at = edition.cards.iter().position(|card| card.id == id);
        u16::try_from(at.expect("a card")).expect("small")
    };
    assert_eq!(begun(None), Ok(Some(CardId(place("a")))));
    assert_eq!(begun(Some(place("b"))), Ok(Some(CardId(place("b")))));
    assert_eq!(begun(Some(place("c"))), Err(Rejected::Unknown));
    assert_eq!(begun(Some(99)), Err(Rejected::Unknown));
}
