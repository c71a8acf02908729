//! What waits for the visitor, beneath the transcript.

use super::panel::privacy;
use super::slots::Picker;
use super::transcript::pieces as draw_pieces;
use super::{View, choices};
use crate::hands::{draw, enter, plant, set, word};
use alloc::string::String;
use engine::compiled::{Capture, Card, CardKind, InputKind};
use engine::conversation::{pieces, plain, text_of};
use engine::parts::{before, cut_last};

/// What the composer shows.
pub enum Waiting<'a> {
    /// Nothing: words are on their way.
    Nothing,
    /// A card that waits, and the choice of a time when it is a meeting.
    Card(&'a Card, Option<&'a Picker>),
    /// The dialogue is on its way.
    Loading,
    /// The dialogue could not be had.
    Failed,
    /// The testing link leads nowhere any more.
    Gone,
    /// The visitor's consent was withdrawn.
    Withdrawn,
    /// The end; whether starting over is on offer.
    Ended(bool),
    /// A question before everything is cleared.
    RestartSure,
}

impl View {
    /// Shows what waits. `back` offers the previous question, `draft` is what was being typed.
    pub fn wait_for(&self, waiting: &Waiting<'_>, back: bool, draft: &str) {
        let plan = match waiting {
            Waiting::Nothing => "!",
            Waiting::Loading => "!div.skeleton[role=status][aria-label=~loading](i,i)",
            Waiting::Failed => {
                "!div.centre[role=alert]@cloud(p~failed,button.action[data-do=retry]~retry)"
            }
            Waiting::Gone => "!div.centre[role=alert]@cloud(p~test-failed)",
            Waiting::Withdrawn => "!div.centre[role=status]@lock(p~withdrawn)",
            Waiting::RestartSure => {
                "!div(p.month~restart-sure,div.row(button.quiet[data-do=restart-not]~cancel,button.action[data-do=restart-now]~restart))"
            }
            Waiting::Ended(false) => "!div.centre(p.small~ended)",
            Waiting::Ended(true) => {
                "!div.centre(p.small~ended,button.quiet[data-do=restart-now]@restart(span~restart))"
            }
            Waiting::Card(card, picker) => {
                plant(".composer", "!");
                self.card(card, *picker, back, draft);
                return;
            }
        };
        plant(".composer", plan);
    }

    fn card(&self, card: &Card, picker: Option<&Picker>, back: bool, draft: &str) {
        let mut aside = "";
        match &card.kind {
            CardKind::Question { answers, .. } => {
                group();
                choices(
                    ".choices",
                    answers.iter().map(|answer| answer.label.as_str()),
                );
            }
            CardKind::Capture(capture) => {
                if !capture.picklist.is_empty() {
                    group();
                    let labels = capture.picklist.iter().map(|(label, _)| label.as_str());
                    choices(".choices", labels);
                } else if capture.field == InputKind::Boolean {
                    plant(
                        ".composer",
                        "div.choices[role=group][aria-label=~answers][data-group](button.choice[data-do=answer][data-n=0]~yes,button.choice[data-do=answer][data-n=1]~no)",
                    );
                } else {
                    input(capture, draft);
                    set(
                        ".entry",
                        "aria-label",
                        &plain(&pieces(text_of(card), &|_| None)),
                    );
                }
                if let Some(agreement) = &capture.agreement {
                    enter(".composer", "label.agree(input[type=checkbox])");
                    enter("", "span[dir=auto]");
                    draw_pieces(None, &pieces(&agreement.text, &|_| None));
                    plant(".composer", "p.fault[role=alert]");
                }
                privacy(&self.theme.privacy);
                if capture.optional {
                    aside = "button.quiet[data-do=skip]~skip";
                }
            }
            CardKind::Document(document) => {
                word(&document.name);
                word(&file_kind(&document.url));
                plant(
                    ".composer",
                    "div.box(div.paper@paper(span[dir=auto](b=0,small=1)),div.row(button.quiet[data-do=decline]~decline))",
                );
                if document.file.is_some() {
                    plant(
                        ".row",
                        "<button.action[data-do=document][data-first]~open-document",
                    );
                } else {
                    draw!(
                        ".row",
                        "<a.action[data-do=document][data-first][target=_blank][href=$0]~open-document",
                        document.url.as_str()
                    );
                }
            }
            CardKind::Meeting(_) => {
                if let Some(picker) = picker {
                    aside = picker.draw();
                    if picker.step == super::Step::Address {
                        privacy(&self.theme.privacy);
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
        plant(".composer", "div.foot");
        if back {
            plant(".foot", "button.quiet[data-do=back]@back(span~back)");
        }
        plant(".foot", aside);
    }
}

fn group() {
    plant(
        ".composer",
        "div.choices[role=group][aria-label=~answers][data-group]",
    );
}

fn input(capture: &Capture, draft: &str) {
    if capture.field == InputKind::Text {
        draw!(
            ".composer",
            "form[data-do=send][novalidate](div.field(textarea.entry[rows=1][autocomplete=on][placeholder=$0][aria-label=$0][aria-describedby=fault][dir=auto][maxlength=2000][enterkeyhint=send]=1,button.send[type=submit][aria-label=~send]@send),p.fault[id=fault][role=alert],p.small hint[role=status])",
            capture.placeholder.as_str(),
            draft
        );
        return;
    }
    let (kind, mode, fill) = match capture.field {
        InputKind::Text | InputKind::Boolean => ("text", "text", "on"),
        InputKind::Email => ("email", "email", "email"),
        InputKind::Phone => ("tel", "tel", "tel"),
        InputKind::Number => ("text", "decimal", "off"),
        InputKind::Date => ("date", "", "off"),
        InputKind::DateTime => ("datetime-local", "", "off"),
    };
    line_input("send", kind, mode, fill, &capture.placeholder, draft);
}

/// A line to type in, with its send control and the place for what is wrong.
pub(super) fn line_input(
    action: &str,
    kind: &str,
    mode: &str,
    fill: &str,
    placeholder: &str,
    draft: &str,
) {
    draw!(
        ".composer",
        "form[data-do=$0][novalidate](div.field(input.entry[type=$1][inputmode=$2][autocomplete=$3][placeholder=$4][aria-label=$4][value=$5][aria-describedby=fault][dir=auto][maxlength=2000][enterkeyhint=send],button.send[type=submit][aria-label=~send]@send),p.fault[id=fault][role=alert],p.small hint[role=status])",
        action,
        kind,
        mode,
        fill,
        placeholder,
        draft
    );
}

/// What kind of file an address names, by its ending.
fn file_kind(address: &str) -> String {
    let path = before(before(address, b'#'), b'?');
    match cut_last(path, b'.') {
        Some((_, ending)) if ending.len() <= 4 && before(ending, b'/') == ending => {
            ending.to_ascii_uppercase()
        }
        _ => String::new(),
    }
}
