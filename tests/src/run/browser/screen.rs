//! What a visitor sees of a browser.

use super::{Browser, Shown, State};
use engine::compiled::{Card, CardKind, InputKind};
use engine::conversation::{Piece, Status, plain};
use engine::ids::{CardId, EditionId, Timestamp};
use engine::memory::SESSION_MS;
use engine::reading::Fault;
use engine::resolve::{Facts, Why, explain};
use engine::wire::{Answer, Device};

impl Browser {
    /// The card that takes typed text.
    ///
    /// # Errors
    /// When none waits.
    pub fn typing(&self) -> Result<CardId, String> {
        match self.awaited() {
            Some((
                id,
                Card {
                    kind: CardKind::Capture(_),
                    ..
                },
            )) => Ok(id),
            _ => Err("nothing waits to be typed".into()),
        }
    }

    /// What kind of input awaits, in a plan's words.
    #[must_use]
    pub fn asks_for(&self) -> Option<crate::plan::InputKind> {
        use crate::plan::InputKind as Kind;
        Some(match &self.awaited()?.1.kind {
            CardKind::Meeting(_) => Kind::Slot,
            CardKind::Capture(capture) => match capture.field {
                InputKind::Text => Kind::Text,
                InputKind::Email => Kind::Email,
                InputKind::Phone => Kind::Phone,
                InputKind::Number => Kind::Number,
                InputKind::Boolean => Kind::Boolean,
                InputKind::Date => Kind::Date,
                InputKind::DateTime => Kind::DateTime,
            },
            _ => return None,
        })
    }

    /// The card that waits.
    #[must_use]
    pub fn awaited(&self) -> Option<(CardId, &Card)> {
        let talk = self.talk()?;
        let (id, _) = talk.conversation.awaiting(&talk.edition)?;
        Some((id, talk.texts.cards.get(usize::from(id.0))?))
    }

    /// How the dialogue is on screen.
    #[must_use]
    pub fn shown(&self, now: Timestamp) -> Option<Shown> {
        let talk = self.talk()?;
        let view = self.view()?;
        let session = view.memory.session;
        let dismissed = session.dismissed && now.since(session.last) < SESSION_MS;
        let quiet = self.device == Device::Phone
            && view
                .publication
                .as_ref()
                .is_some_and(|publication| !publication.theme.poke_on_phones);
        Some(if talk.is_open {
            Shown::Panel
        } else if dismissed || talk.conversation.is_opened() || quiet {
            Shown::Launcher
        } else {
            Shown::Poke
        })
    }

    /// The dialogue on screen, by name.
    #[must_use]
    pub fn dialogue_name(&self) -> Option<&str> {
        self.talk().map(|talk| talk.texts.name.as_str())
    }

    /// The dialogue that waits for its events.
    #[must_use]
    pub fn held(&self) -> Option<&str> {
        let view = self.view()?;
        let State::Held(dialogue) = view.state else {
            return None;
        };
        let publication = view.publication.as_ref()?;
        publication
            .entries
            .iter()
            .find(|entry| entry.dialogue == dialogue)
            .map(|entry| entry.name.as_str())
    }

    /// Whether what is on screen was begun before.
    #[must_use]
    pub fn continues(&self) -> bool {
        self.talk()
            .is_some_and(|talk| talk.continued || talk.conversation.status() == Status::Engaged)
    }

    /// The edition on screen.
    #[must_use]
    pub fn edition(&self) -> Option<EditionId> {
        self.talk().map(|talk| talk.conversation.edition())
    }

    /// The bot's texts in order, and from where on they are new.
    #[must_use]
    pub fn said(&self) -> (Vec<String>, usize) {
        self.talk().map_or((Vec::new(), 0), |talk| {
            (
                talk.said.iter().map(|line| plain(&line.pieces)).collect(),
                talk.new_from,
            )
        })
    }

    /// The answers on offer.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        match self.awaited().map(|(_, card)| &card.kind) {
            Some(CardKind::Question { answers, .. }) => {
                answers.iter().map(|answer| answer.label.clone()).collect()
            }
            Some(CardKind::Capture(capture)) if !capture.picklist.is_empty() => capture
                .picklist
                .iter()
                .map(|(label, _)| label.clone())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The link with these words in what was said last.
    #[must_use]
    pub fn link(&self, words: &str) -> Option<(CardId, u8, String)> {
        let talk = self.talk()?;
        talk.said.iter().rev().find_map(|line| {
            line.pieces.iter().find_map(|piece| match piece {
                Piece::Link(number, href, label) if plain(label) == words => {
                    Some((line.card, *number, href.clone()))
                }
                _ => None,
            })
        })
    }

    /// What is wrong with the last answer.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.talk()?.fault.map(|(_, fault)| fault)
    }

    /// Whether the visitor can go back, and start over.
    #[must_use]
    pub fn can(&self) -> (bool, bool) {
        self.talk().map_or((false, false), |talk| {
            (
                talk.conversation.can_go_back(&talk.edition),
                talk.conversation.can_restart(&talk.edition),
            )
        })
    }

    /// Why a live dialogue is not the one: `None` when it is not live, `Some(None)` when it is the one.
    #[must_use]
    pub fn why(&self, name: &str, criteria: &[String], now: Timestamp) -> Option<Option<String>> {
        let view = self.view()?;
        let publication = view.publication.as_ref()?;
        let place = publication
            .entries
            .iter()
            .position(|entry| entry.name == name)?;
        let consent = self.consent(publication);
        let snapshot = view.read_snapshot();
        let facts = Facts {
            snapshot: snapshot.as_ref(),
            consent,
            given: &[],
        };
        let reasons = explain(publication, &view.memory, &view.page, facts, now);
        let why = reasons.get(place).copied().flatten();
        Some(why.map(|why: Why| why.in_words(publication, criteria)))
    }

    /// What the page calls out of the words of an answer: the place of an answer or value.
    ///
    /// # Errors
    /// When it is not on offer.
    pub fn choice(&self, words: &str) -> Result<(CardId, Answer), String> {
        let (card, found) = self.awaited().ok_or("nothing waits for an answer")?;
        if let CardKind::Capture(capture) = &found.kind
            && capture.picklist.is_empty()
            && capture.field == InputKind::Boolean
        {
            let n = match words {
                "Yes" | "Ja" => 0,
                "No" | "Nej" => 1,
                _ => return Err(format!("{words:?} is not offered")),
            };
            return Ok((card, Answer::Choice(n)));
        }
        let at = self
            .answers()
            .iter()
            .position(|label| label == words)
            .ok_or(format!("{words:?} is not offered"))?;
        Ok((card, Answer::Choice(u16::try_from(at).unwrap_or(u16::MAX))))
    }
}
