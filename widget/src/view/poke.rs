//! The card beside the launcher: the first words, and answers to press.

use super::{icons, launcher, transcript};
use crate::dom;
use crate::texts::{Say, Texts};
use engine::compiled::Theme;
use engine::conversation::{Piece, plain};
use web_sys::Element;

/// Answers beside the card; the others are in the panel.
const ANSWERS: usize = 3;

pub(super) fn draw(texts: &Texts, theme: &Theme, words: &[Piece], answers: &[&str]) -> Element {
    let poke = dom::build(
        "div.poke[role=region][aria-label=$0](div.holder(button.card[data-do=open](span.say[dir=auto]=1),button.close[data-do=dismiss][aria-label=$2][title=$2]@3))",
        &[
            texts.say(Say::Chat),
            &plain(words),
            texts.say(Say::Dismiss),
            icons::CLOSE,
        ],
    );
    if let Some(card) = dom::find(&poke, ".card") {
        let _ = card.prepend_with_node_1(&launcher::face(&theme.avatar));
    }
    for (n, answer) in answers.iter().take(ANSWERS).enumerate() {
        dom::add(&poke, &transcript::choice(answer, "answer", n));
    }
    poke
}
