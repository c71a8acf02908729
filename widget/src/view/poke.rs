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
    let poke = dom::element("div", "poke");
    dom::attr(&poke, "role", "region");
    dom::attr(&poke, "aria-label", texts.say(Say::Chat));

    let card = dom::button("card", "open", "");
    dom::add(&card, &launcher::face(&theme.avatar));
    let say = dom::element("span", "say");
    dom::attr(&say, "dir", "auto");
    say.set_text_content(Some(&plain(words)));
    dom::add(&card, &say);
    let holder = dom::element("div", "holder");
    dom::add(&holder, &card);
    dom::add(
        &holder,
        &dom::icon_button("close", "dismiss", icons::CLOSE, texts.say(Say::Dismiss)),
    );
    dom::add(&poke, &holder);

    for (n, answer) in answers.iter().take(ANSWERS).enumerate() {
        dom::add(&poke, &transcript::choice(answer, "answer", n));
    }
    poke
}
