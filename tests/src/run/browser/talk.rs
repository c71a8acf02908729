//! A conversation on screen: what is drawn of it, and how a kept one comes back.

use super::super::server::{Away, Server};
use super::{Line, Log, Talk};
use engine::compiled::{Edition, Publication};
use engine::conversation::{Conversation, Output, text_of};
use engine::ids::{CardId, DialogueId, EditionId};

impl Talk {
    pub(super) fn new(
        log: Log,
        edition: Edition,
        texts: Edition,
        conversation: Conversation,
        dialogue: DialogueId,
    ) -> Self {
        Self {
            log,
            edition,
            texts,
            conversation,
            dialogue,
            is_open: false,
            continued: false,
            said: Vec::new(),
            new_from: 0,
            fault: None,
        }
    }

    pub(super) fn draw(&mut self, outputs: &[Output]) {
        for output in outputs {
            match output {
                Output::Say(id) | Output::Ask(id) => {
                    if let Some(card) = self.texts.cards.get(usize::from(id.0)) {
                        let pieces = self.conversation.words(&self.texts, text_of(card));
                        if !pieces.is_empty() {
                            self.said.push(Line { card: *id, pieces });
                        }
                    }
                }
                Output::BackTo(id) => {
                    if let Some(at) = self.said.iter().rposition(|line| line.card == *id) {
                        self.said.truncate(at);
                        self.new_from = at;
                    }
                }
                Output::StartOver => {
                    self.said.clear();
                    self.new_from = 0;
                }
                _ => {}
            }
        }
    }
}

pub(super) fn rebuild(
    log: Log,
    publication: &Publication,
    language: &str,
    server: &mut dyn Server,
) -> Result<Talk, Away> {
    let id = log.begin.edition;
    let mut shown = id;
    while let Some(correction) = publication
        .corrections
        .iter()
        .find(|correction| correction.from == shown)
    {
        shown = correction.to;
    }
    let pick = |edition: EditionId| {
        publication
            .entries
            .iter()
            .find(|entry| entry.edition == edition)
            .map_or(log.begin.language.clone(), |entry| {
                entry.language_for(language).to_string()
            })
    };
    let edition = server.edition(id, &log.begin.language)?;
    let texts = server.edition(shown, &pick(shown))?;
    let (conversation, outputs) =
        Conversation::begin(&edition, id, &log.begin).map_err(|_| Away)?;
    let dialogue = log.begin.dialogue;
    let mut talk = Talk::new(log, edition, texts, conversation, dialogue);
    talk.draw(&outputs);
    for entry in talk.log.entries.clone() {
        let outputs = talk
            .conversation
            .handle(&talk.edition, &entry.input, entry.at)
            .map_err(|_| Away)?;
        talk.draw(&outputs);
    }
    // Tokens show what is known now.
    let lines: Vec<CardId> = talk.said.iter().map(|line| line.card).collect();
    for (line, card) in talk.said.iter_mut().zip(lines) {
        if let Some(card) = talk.texts.cards.get(usize::from(card.0)) {
            line.pieces = talk.conversation.words(&talk.texts, text_of(card));
        }
    }
    Ok(talk)
}
