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
                let plan = "div.skeleton[role=status][aria-label=$0](i,i)";
                dom::plant(into, plan, &[texts.say(Say::Loading)]);
                return;
            }
            Waiting::Failed(why) => {
                let plan = "div.centre[role=alert]@0(p=1,button.action[data-do=retry]=2)";
                dom::plant(into, plan, &[icons::CLOUD, why, texts.say(Say::Retry)]);
                return;
            }
            Waiting::RestartSure => {
                let plan = "div(p.month=0,div.row(button.quiet[data-do=restart-not]=1,button.action[data-do=restart-now]=2))";
                let words =
                    [Say::RestartSure, Say::Cancel, Say::Restart].map(|what| texts.say(what));
                dom::plant(into, plan, &words);
                return;
            }
            Waiting::Ended(restart) => {
                let holder = dom::plant(into, "div.centre(p.small=0)", &[texts.say(Say::Ended)]);
                if *restart {
                    let plan = "button.quiet[data-do=restart-now]@0(span=1)";
                    dom::plant(&holder, plan, &[icons::RESTART, texts.say(Say::Restart)]);
                }
                return;
            }
            Waiting::Card(card, picker) => self.card(card, *picker, privacy, draft),
        }
        if back {
            let foot =
                dom::find(into, ".foot").unwrap_or_else(|| dom::plant(into, "div.foot", &[]));
            let plan = "button.quiet[data-do=back]@0m(span=1)";
            let again = dom::build(plan, &[icons::BACK, texts.say(Say::Back)]);
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
                    let plan = "div.foot(button.quiet[data-do=skip]=0)";
                    dom::plant(into, plan, &[texts.say(Say::Skip)]);
                }
            }
            CardKind::Document(document) => {
                let plan = "div.box(div.paper@0(span[dir=auto](b=1,small=2)),div.row(a.action[href=$3][data-do=document][data-first][target=_blank][rel=noopener noreferrer](span=4,span.aside=5),button.quiet[data-do=decline]=6))";
                // The words of both parts are read as one name.
                let aside = [" ", texts.say(Say::NewTab)].concat();
                let words = [
                    icons::PAPER,
                    &document.name,
                    &file_kind(&document.url),
                    &document.url,
                    texts.say(Say::OpenDocument),
                    &aside,
                    texts.say(Say::Decline),
                ];
                dom::plant(into, plan, &words);
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
        let Some(input) = input else { return };
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
        let words = [
            texts.say(Say::PrivacyLine),
            policy,
            texts.say(Say::Privacy),
            texts.say(Say::NewTab),
        ];
        let plan = match policy {
            "" => "p.small=0",
            _ => {
                "p.small(span=0,a[href=$1][target=_blank][rel=noopener noreferrer](span=2,span.aside=3))"
            }
        };
        dom::plant(&self.composer, plan, &words);
    }

    /// Says beneath the input what is wrong with the answer.
    pub fn fault(&self, words: &str) {
        let find = |what| dom::find(&self.composer, what);
        let Some(fault) = find(".fault") else {
            self.say(words);
            return;
        };
        dom::empty(&fault);
        dom::add(&fault, &dom::icon(icons::WARN));
        dom::plant(&fault, "span=0", &[words]);
        if let (Some(field), Some(input)) = (find(".field"), find("input")) {
            dom::class(&field, "wrong", true);
            dom::attr(&input, "aria-invalid", "true");
            dom::focus(&input);
        }
    }

    /// The visitor corrects the answer.
    pub fn fault_gone(&self) {
        let find = |what| dom::find(&self.composer, what);
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
    let plan = "div.choices[role=group][aria-label=$0][data-group]";
    let group = dom::plant(into, plan, &[texts.say(Say::Answers)]);
    for (n, label) in labels.enumerate() {
        dom::add(&group, &transcript::choice(label, "answer", n));
    }
}

/// A line to type in, with its send control and the place for what is wrong.
pub(super) fn line_input(
    into: &Element,
    texts: &Texts,
    action: &str,
    kind: &str,
    fill: &str,
    placeholder: &str,
) -> Option<Element> {
    let plan = "form[data-do=$0][novalidate](div.field(input[type=$1][autocomplete=$2][placeholder=$3][aria-label=$3][aria-describedby=fault][dir=auto][maxlength=2000][enterkeyhint=send],button.send[type=submit][aria-label=$4]@5m),p.fault[id=fault][role=alert])";
    let words = [
        action,
        kind,
        fill,
        placeholder,
        texts.say(Say::Send),
        icons::SEND,
    ];
    dom::find(&dom::plant(into, plan, &words), "input")
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
