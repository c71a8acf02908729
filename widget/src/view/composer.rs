//! What waits for the visitor, beneath the transcript.

use super::panel::Panel;
use super::slots::Picker;
use super::{icons, transcript};
use crate::dom;
use crate::texts::{Say, Texts};
use alloc::string::String;
use engine::compiled::{Capture, Card, CardKind, InputKind};
use web_sys::Element;

/// What the composer shows.
pub enum Waiting<'a> {
    /// Nothing: words are on their way.
    Nothing,
    /// A card that waits, and the choice of a time when it is a meeting.
    Card(&'a Card, Option<&'a Picker>),
    /// The dialogue is on its way.
    Loading,
    /// The dialogue could not be had.
    Failed(&'static str),
    /// The end; whether starting over is on offer.
    Ended(bool),
    /// A question before everything is cleared.
    RestartSure,
}

impl Panel {
    /// Shows what waits. `back` offers the previous question, `draft` is what was being typed.
    pub fn wait_for(&self, waiting: &Waiting<'_>, back: bool, privacy: &str, draft: &str) {
        let texts = self.texts();
        let into = &self.composer;
        dom::empty(into);
        match waiting {
            Waiting::Nothing => return,
            Waiting::Loading => {
                let skeleton = dom::element("div", "skeleton");
                dom::attr(&skeleton, "role", "status");
                dom::attr(&skeleton, "aria-label", texts.say(Say::Loading));
                dom::add(&skeleton, &dom::element("i", ""));
                dom::add(&skeleton, &dom::element("i", ""));
                dom::add(into, &skeleton);
                return;
            }
            Waiting::Failed(why) => return trouble(into, why, &[("retry", texts.say(Say::Retry))]),
            Waiting::RestartSure => {
                dom::add(into, &dom::words("p", "month", texts.say(Say::RestartSure)));
                let row = dom::element("div", "row");
                dom::add(
                    &row,
                    &dom::button("quiet", "restart-not", texts.say(Say::Cancel)),
                );
                dom::add(
                    &row,
                    &dom::button("action", "restart-now", texts.say(Say::Restart)),
                );
                dom::add(into, &row);
                return;
            }
            Waiting::Ended(restart) => {
                let holder = dom::element("div", "centre");
                dom::add(&holder, &dom::words("p", "small", texts.say(Say::Ended)));
                if *restart {
                    let again = dom::button("quiet", "restart-now", texts.say(Say::Restart));
                    let _ = again.prepend_with_node_1(&dom::icon(icons::RESTART));
                    dom::add(&holder, &again);
                }
                dom::add(into, &holder);
                return;
            }
            Waiting::Card(card, picker) => self.card(card, *picker, privacy, draft),
        }
        if back {
            let foot = match into.query_selector(".foot").ok().flatten() {
                Some(foot) => foot,
                None => {
                    let foot = dom::element("div", "foot");
                    dom::add(into, &foot);
                    foot
                }
            };
            let again = dom::button("quiet", "back", texts.say(Say::Back));
            let arrow = dom::icon(icons::BACK);
            dom::attr(&arrow, "class", "mirror");
            let _ = again.prepend_with_node_1(&arrow);
            let _ = foot.prepend_with_node_1(&again);
        }
    }

    fn card(&self, card: &Card, picker: Option<&Picker>, privacy: &str, draft: &str) {
        let texts = self.texts();
        let into = &self.composer;
        match &card.kind {
            CardKind::Question { answers, .. } => {
                choices(
                    into,
                    texts,
                    answers.iter().map(|answer| answer.label.as_str()),
                );
            }
            CardKind::Capture(capture) => {
                if !capture.picklist.is_empty() {
                    choices(
                        into,
                        texts,
                        capture.picklist.iter().map(|(label, _)| label.as_str()),
                    );
                } else if capture.field == InputKind::Boolean {
                    choices(
                        into,
                        texts,
                        [texts.say(Say::Yes), texts.say(Say::No)].into_iter(),
                    );
                } else {
                    self.input(capture, draft);
                }
                self.privacy(privacy);
                if capture.optional {
                    let foot = dom::element("div", "foot");
                    dom::add(&foot, &dom::button("quiet", "skip", texts.say(Say::Skip)));
                    dom::add(into, &foot);
                }
            }
            CardKind::Document(document) => {
                let holder = dom::element("div", "box");
                let paper = dom::element("div", "paper");
                dom::add(&paper, &dom::icon(icons::PAPER));
                let name = dom::words("span", "", &document.name);
                dom::attr(&name, "dir", "auto");
                dom::add(&name, &dom::words("small", "", &file_kind(&document.url)));
                dom::add(&paper, &name);
                dom::add(&holder, &paper);
                let row = dom::element("div", "row");
                let open = dom::words("a", "action", texts.say(Say::OpenDocument));
                dom::attr(&open, "href", &document.url);
                dom::attr(&open, "data-do", "document");
                dom::attr(&open, "data-first", "");
                transcript::away(texts, &open);
                dom::add(&row, &open);
                dom::add(
                    &row,
                    &dom::button("quiet", "decline", texts.say(Say::Decline)),
                );
                dom::add(&holder, &row);
                dom::add(into, &holder);
            }
            CardKind::Meeting(_) => {
                if let Some(picker) = picker {
                    picker.draw(texts, into);
                    if picker.asks_address() {
                        self.privacy(privacy);
                    }
                }
            }
            CardKind::Message { .. }
            | CardKind::Goal(_)
            | CardKind::Action { .. }
            | CardKind::Branch { .. }
            | CardKind::Experiment { .. }
            | CardKind::Flow { .. } => {}
        }
    }

    fn input(&self, capture: &Capture, draft: &str) {
        let texts = self.texts();
        let (kind, mode, fill) = match capture.field {
            InputKind::Text | InputKind::Boolean => ("text", "text", "on"),
            InputKind::Email => ("email", "email", "email"),
            InputKind::Phone => ("tel", "tel", "tel"),
            InputKind::Number => ("text", "decimal", "off"),
            InputKind::Date => ("date", "", "off"),
            InputKind::DateTime => ("datetime-local", "", "off"),
        };
        let input = line_input(
            &self.composer,
            texts,
            "send",
            kind,
            fill,
            &capture.placeholder,
        );
        if !mode.is_empty() {
            dom::attr(&input, "inputmode", mode);
        }
        if !draft.is_empty() {
            dom::attr(&input, "value", draft);
        }
        let asked =
            engine::conversation::plain(&engine::conversation::pieces(&capture.text, &|_| None));
        dom::attr(&input, "aria-label", &asked);
    }

    fn privacy(&self, policy: &str) {
        let texts = self.texts();
        let line = dom::words("p", "small", texts.say(Say::PrivacyLine));
        if !policy.is_empty() {
            let link = dom::words("a", "", texts.say(Say::Privacy));
            dom::attr(&link, "href", policy);
            transcript::away(texts, &link);
            let _ = line.append_with_str_1(" ");
            dom::add(&line, &link);
        }
        dom::add(&self.composer, &line);
    }

    /// Says beneath the input what is wrong with the answer.
    pub fn fault(&self, words: &str) {
        let find = |what: &str| self.composer.query_selector(what).ok().flatten();
        let Some(fault) = find(".fault") else {
            self.say(words);
            return;
        };
        dom::empty(&fault);
        dom::add(&fault, &dom::icon(icons::WARN));
        dom::add(&fault, &dom::words("span", "", words));
        if let (Some(field), Some(input)) = (find(".field"), find("input")) {
            dom::class(&field, "wrong", true);
            dom::attr(&input, "aria-invalid", "true");
            dom::focus(&input);
        }
    }

    /// The visitor corrects the answer.
    pub fn fault_gone(&self) {
        let find = |what: &str| self.composer.query_selector(what).ok().flatten();
        if let (Some(fault), Some(field), Some(input)) =
            (find(".fault"), find(".field.wrong"), find("input"))
        {
            dom::empty(&fault);
            dom::class(&field, "wrong", false);
            let _ = input.remove_attribute("aria-invalid");
        }
    }
}

fn choices<'a>(into: &Element, texts: &Texts, labels: impl Iterator<Item = &'a str>) {
    let group = dom::element("div", "choices");
    dom::attr(&group, "role", "group");
    dom::attr(&group, "aria-label", texts.say(Say::Answers));
    dom::attr(&group, "data-group", "");
    for (n, label) in labels.enumerate() {
        dom::add(&group, &transcript::choice(label, "answer", n));
    }
    dom::add(into, &group);
}

/// A line to type in, with its send control and the place for what is wrong.
pub(super) fn line_input(
    into: &Element,
    texts: &Texts,
    action: &str,
    kind: &str,
    fill: &str,
    placeholder: &str,
) -> Element {
    let form = dom::element("form", "");
    dom::attr(&form, "data-do", action);
    dom::attr(&form, "novalidate", "");
    let field = dom::element("div", "field");
    let input = dom::element("input", "");
    dom::attr(&input, "type", kind);
    dom::attr(&input, "autocomplete", fill);
    dom::attr(&input, "placeholder", placeholder);
    dom::attr(&input, "aria-label", placeholder);
    dom::attr(&input, "aria-describedby", "fault");
    dom::attr(&input, "dir", "auto");
    dom::attr(&input, "maxlength", "2000");
    dom::attr(&input, "enterkeyhint", "send");
    dom::add(&field, &input);
    let send = dom::element("button", "send");
    dom::attr(&send, "aria-label", texts.say(Say::Send));
    let arrow = dom::icon(icons::SEND);
    dom::attr(&arrow, "class", "mirror");
    dom::add(&send, &arrow);
    dom::add(&field, &send);
    dom::add(&form, &field);
    let fault = dom::element("p", "fault");
    dom::attr(&fault, "id", "fault");
    dom::attr(&fault, "role", "alert");
    dom::add(&form, &fault);
    dom::add(into, &form);
    input
}

/// Something did not work: a sentence and the ways on.
pub(super) fn trouble(into: &Element, why: &str, ways: &[(&str, &str)]) {
    let holder = dom::element("div", "centre");
    dom::attr(&holder, "role", "alert");
    dom::add(&holder, &dom::icon(icons::CLOUD));
    dom::add(&holder, &dom::words("p", "", why));
    let row = dom::element("div", "row");
    for (n, (action, label)) in ways.iter().enumerate() {
        dom::add(
            &row,
            &dom::button(if n == 0 { "action" } else { "quiet" }, action, label),
        );
    }
    dom::add(&holder, &row);
    dom::add(into, &holder);
}

/// What kind of file an address names, by its ending.
fn file_kind(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    match path.rsplit_once('.') {
        Some((_, ending)) if ending.len() <= 4 && !ending.contains('/') => {
            ending.to_ascii_uppercase()
        }
        _ => String::new(),
    }
}
