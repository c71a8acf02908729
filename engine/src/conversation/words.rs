//! The words of a card as this visitor sees them: tokens replaced, links complete.
//! Values are put in after parsing, so nothing a visitor typed becomes markup.

use super::Conversation;
use crate::compiled::{Card, CardKind, Edition, Mark, Span};
use crate::reading;
use crate::url::encode_component;
use alloc::string::String;
use alloc::vec::Vec;

/// A piece of a text, ready to draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String, Mark),
    /// A link: its number within the card, its address, and what is clicked.
    Link(u8, String, Vec<Piece>),
    /// A new line.
    Break,
    /// The start of a list item.
    Item,
}

impl Conversation {
    /// A text with its tokens shown as this visitor may see them.
    #[must_use]
    pub fn words(&self, edition: &Edition, text: &[Span]) -> Vec<Piece> {
        pieces(text, &|token| self.token(edition, token))
    }

    /// The same as one line of plain text.
    pub(super) fn spoken(&self, edition: &Edition, text: &[Span]) -> String {
        plain(&self.words(edition, text))
    }

    fn token(&self, edition: &Edition, token: u16) -> Option<String> {
        let local = edition
            .tokens
            .get(usize::from(token))
            .and_then(|name| name.local);
        local
            .and_then(|attribute| self.value(attribute))
            .map(reading::write)
            .or_else(|| {
                self.facts
                    .tokens
                    .iter()
                    .find(|(n, _)| *n == token)
                    .map(|(_, shown)| shown.clone())
            })
            .filter(|shown| !shown.is_empty())
    }
}

/// A text with its tokens shown as `shows` says, or as their fallbacks.
pub fn pieces(text: &[Span], shows: &dyn Fn(u16) -> Option<String>) -> Vec<Piece> {
    text.iter()
        .map(|span| match span {
            Span::Text(words, mark) => Piece::Text(words.clone(), *mark),
            Span::Token(token, fallback, mark) => {
                Piece::Text(shows(*token).unwrap_or_else(|| fallback.clone()), *mark)
            }
            Span::Link(number, address, label) => {
                let mut href = String::new();
                for span in address {
                    match span {
                        Span::Text(text, _) => href.push_str(text),
                        Span::Token(token, fallback, _) => href.push_str(&encode_component(
                            shows(*token).as_ref().unwrap_or(fallback),
                        )),
                        Span::Link(..) | Span::Break | Span::Item => {}
                    }
                }
                Piece::Link(*number, href, pieces(label, shows))
            }
            Span::Break => Piece::Break,
            Span::Item => Piece::Item,
        })
        .collect()
}

/// Pieces as plain text: links by their words, new lines kept.
#[must_use]
pub fn plain(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(words, _) => text.push_str(words),
            Piece::Link(_, _, label) => text.push_str(&plain(label)),
            Piece::Break => text.push('\n'),
            Piece::Item => text.push_str("- "),
        }
    }
    text
}

/// The text a card shows.
#[must_use]
pub fn text_of(card: &Card) -> &[Span] {
    match &card.kind {
        CardKind::Message { text, .. } | CardKind::Question { text, .. } => text,
        CardKind::Capture(capture) => &capture.text,
        CardKind::Document(document) => &document.text,
        CardKind::Meeting(meeting) => &meeting.text,
        CardKind::Goal(_)
        | CardKind::Action { .. }
        | CardKind::Branch { .. }
        | CardKind::Experiment { .. }
        | CardKind::Flow { .. } => &[],
    }
}

/// Whether a card's text has a link of that number.
pub(super) fn has_link(card: &Card, number: u8) -> bool {
    text_of(card)
        .iter()
        .any(|span| matches!(span, Span::Link(n, ..) if *n == number))
}
