//! A box beside a capture, where no widget of ours would ask for it.

#![cfg(feature = "authoring")]

use engine::authored::Document;
use engine::check::{Catalogue, read_document};
use engine::compile::compile_document;
use engine::conversation::{Conversation, Output, Rejected};
use engine::ids::{CardId, DialogueId, Timestamp};
use engine::wire::{Answer, Begin, Input, Page, Surface};

const DIALOGUE: &str = r#"{ "kind": "dialogue", "name": "D", "audience": { "targets": ["https://w.example/*"] },
    "stream": { "cards": [
    { "id": "a", "card": "question", "text": "Yes?", "answers": [ { "label": "Yes", "then": "b" } ] },
    { "id": "b", "card": "capture", "text": "Name?", "attribute": "person.firstName", "given": "c" },
    { "id": "c", "card": "capture", "text": "Address?", "attribute": "person.email", "agreement": { "text": "News" } } ] } }"#;

#[test]
fn what_has_no_box_cannot_be_agreed_to() {
    let document: Document = read_document(DIALOGUE).expect("the document can be read");
    let compiled = compile_document(&document, DialogueId(1), &Catalogue::default());
    let compiled = compiled.expect("it compiles");
    let edition = &compiled.editions[0];
    let begin = Begin {
        dialogue: DialogueId(1),
        edition: compiled.id,
        language: "en".into(),
        run: 1,
        seed: 1,
        exposed: Vec::new(),
        page: Page::default(),
        snapshot: None,
        at: Timestamp(1),
        card: None,
        surface: Surface::Corner,
        source: String::new(),
    };
    let (mut talk, _) = Conversation::begin(edition, compiled.id, &begin).expect("it begins");
    let typed = |words: &str| Answer::Typed(words.into());
    let mut hear = |input: Input| talk.handle(edition, &input, Timestamp(2));
    let refused = Err(Rejected::NotPossible);
    assert_eq!(hear(Input::Agreed(CardId(0), Answer::Choice(0))), refused);
    hear(Input::Answered(CardId(0), Answer::Choice(0))).expect("an answer");
    assert_eq!(hear(Input::Agreed(CardId(1), typed("Ada"))), refused);
    hear(Input::Answered(CardId(1), typed("Ada"))).expect("an answer");
    let outputs = hear(Input::Agreed(CardId(2), typed("ada@corp.example"))).expect("an answer");
    assert!(
        outputs.contains(&Output::RecordAgreement(CardId(2))),
        "{outputs:?}"
    );
}
