//! A conversation as it was read and answered, rebuilt from its inputs.

use engine::compiled::{CardKind, Edition};
use engine::conversation::{Conversation, Output, pieces, plain, text_of};
use engine::ids::{CardId, EditionId, Timestamp};
use engine::wire::{Answer, Begin, Entry, Input};

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The dialogue.
    Dialogue,
    /// The visitor.
    Visitor,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// By whom.
    pub voice: Voice,
    /// When.
    pub at: Timestamp,
    /// The words, as plain text.
    pub words: String,
}

/// Everything that was said, in order; what was taken back by going back stays. Where the log does not
/// fit the edition, the transcript ends.
#[must_use]
pub fn transcript(edition: &Edition, id: EditionId, begin: &Begin, entries: &[Entry]) -> Vec<Line> {
    let mut lines = Vec::new();
    let Ok((mut conversation, outputs)) = Conversation::begin(edition, id, begin) else {
        return lines;
    };
    hear(&mut lines, &conversation, edition, &outputs, begin.at);
    for entry in entries {
        let said = answer(edition, &entry.input);
        let Ok(outputs) = conversation.handle(edition, &entry.input, entry.at) else {
            return lines;
        };
        if let Some(words) = said {
            lines.push(Line {
                voice: Voice::Visitor,
                at: entry.at,
                words,
            });
        }
        hear(&mut lines, &conversation, edition, &outputs, entry.at);
    }
    lines
}

fn hear(
    lines: &mut Vec<Line>,
    conversation: &Conversation,
    edition: &Edition,
    outputs: &[Output],
    at: Timestamp,
) {
    for output in outputs {
        let (Output::Say(card) | Output::Ask(card)) = output else {
            continue;
        };
        let Some(card) = edition.cards.get(usize::from(card.0)) else {
            continue;
        };
        let words = plain(&conversation.words(edition, text_of(card)));
        if !words.trim().is_empty() {
            lines.push(Line {
                voice: Voice::Dialogue,
                at,
                words,
            });
        }
    }
}

fn answer(edition: &Edition, input: &Input) -> Option<String> {
    match input {
        Input::Answered(_, Answer::Typed(typed)) => Some(typed.clone()),
        Input::Answered(card, Answer::Choice(n)) => label(edition, *card, usize::from(*n)),
        Input::Agreed(card, given) => {
            let given = answer(edition, &Input::Answered(*card, given.clone()))?;
            let CardKind::Capture(capture) = kind(edition, *card)? else {
                return None;
            };
            let agreed = plain(&pieces(&capture.agreement.as_ref()?.text, &|_| None));
            Some(format!("{given}\n☑ {agreed}"))
        }
        Input::DocumentOpened(card) => match kind(edition, *card)? {
            CardKind::Document(document) => Some(format!("[{}]", document.name)),
            _ => None,
        },
        Input::SlotBooked(_, booking) => {
            let booking: engine::wire::Booking = engine::compiled::decode(&booking.bytes).ok()?;
            Some(format!(
                "[{} · {}]",
                booking.agent,
                crate::time::rfc3339(booking.start)
            ))
        }
        Input::Skipped(_) | Input::Declined(_) => Some("–".into()),
        Input::WentBack => Some("←".into()),
        Input::Restarted => Some("↺".into()),
        Input::Opened
        | Input::Unavailable(_)
        | Input::LinkClicked(..)
        | Input::DocumentViewed(..)
        | Input::Moved(_)
        | Input::FactsChanged(_)
        | Input::Told(_) => None,
    }
}

fn label(edition: &Edition, card: CardId, n: usize) -> Option<String> {
    match kind(edition, card)? {
        CardKind::Question { answers, .. } => answers.get(n).map(|answer| answer.label.clone()),
        CardKind::Capture(capture) if !capture.picklist.is_empty() => {
            capture.picklist.get(n).map(|(label, _)| label.clone())
        }
        CardKind::Capture(_) => Some(if n == 0 { "yes" } else { "no" }.into()),
        _ => None,
    }
}

fn kind(edition: &Edition, card: CardId) -> Option<&CardKind> {
    edition
        .cards
        .get(usize::from(card.0))
        .map(|card| &card.kind)
}
