//! What both browsers have in common: chance, and a dialogue of questions.

use engine::authored::{Dialogue, Document};
use engine::check::read_document;

/// Questions of the dialogue, each with three answers.
pub const QUESTIONS: usize = 8;

/// Chance that follows from a number alone.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % sides
    }

    pub fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// Questions in a row, then a goal and a last word.
pub fn dialogue() -> Dialogue {
    let mut cards: Vec<String> = (0..QUESTIONS)
        .map(|n| {
            let next = format!("q{}", n + 1);
            format!(
                r#"{{ "id": "q{n}", "card": "question", "text": "Question {n}?", "answers": [
                    {{ "label": "One", "then": "{next}" }}, {{ "label": "Two", "then": "{next}" }},
                    {{ "label": "Three", "then": "{next}" }} ] }}"#
            )
        })
        .collect();
    cards.push(format!(
        r#"{{ "id": "q{QUESTIONS}", "card": "goal", "goal": "Through", "then": "bye" }}"#
    ));
    cards.push(r#"{ "id": "bye", "card": "message", "text": "Bye." }"#.into());
    let document = format!(
        r#"{{ "kind": "dialogue", "name": "Questions", "audience": {{ "targets": ["https://w.example/*"] }},
            "stream": {{ "cards": [{}] }} }}"#,
        cards.join(",")
    );
    match read_document(&document) {
        Ok(Document::Dialogue(dialogue)) => dialogue,
        other => panic!("the dialogue of this test can be read: {other:?}"),
    }
}
