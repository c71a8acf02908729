//! A conversation as a browser holds it: the engine's state, the lines so far, and how many of them the server has.

use crate::history::{Mark, mark};
use crate::world::{Dialogue, Place};
use engine::compiled::CardKind;
use engine::conversation::{Conversation, Output, Piece, replay, text_of};
use engine::ids::{CardId, ConversationId, ConversationKey, Timestamp};
use engine::wire::{
    Answer, BATCH_ENTRIES, Batch, Begin, Entry, Input, Opaque, Page, Sender, Surface,
};
use fastrand::Rng;
use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// A conversation and its log.
#[derive(Clone, Debug)]
pub struct Talk<'p> {
    /// In which workspace.
    pub place: &'p Place,
    /// Which dialogue.
    pub dialogue: &'p Dialogue,
    /// Its id.
    pub id: ConversationId,
    key: ConversationKey,
    begin: Begin,
    /// Where it stands.
    pub state: Conversation,
    entries: Vec<Entry>,
    /// The last line the server has said to have; none when it has not even the beginning.
    kept: Option<u32>,
}

impl<'p> Talk<'p> {
    /// Begins. What is by chance in it comes from the dice.
    ///
    /// # Panics
    /// When the edition is of another release than this program.
    #[must_use]
    pub fn begin(place: &'p Place, dialogue: &'p Dialogue, dice: &mut Rng) -> Self {
        let page = Page {
            url: format!("https://www.example.com/talk/{}", dice.u8(..)),
            ..Page::default()
        };
        let begin = Begin {
            dialogue: dialogue.edition.dialogue,
            edition: dialogue.id,
            language: dialogue.edition.language.clone(),
            run: 1,
            seed: dice.u64(..),
            exposed: Vec::new(),
            page,
            snapshot: None,
            at: now(),
            card: None,
            surface: Surface::Corner,
            source: String::new(),
        };
        let begun = Conversation::begin(&dialogue.edition, dialogue.id, &begin);
        let (state, _) = begun.expect("an edition that was just published can be begun");
        Self {
            place,
            dialogue,
            id: ConversationId(dice.u128(..).to_be_bytes()),
            key: ConversationKey(dice.u128(..).to_be_bytes()),
            begin,
            state,
            entries: Vec::new(),
            kept: None,
        }
    }

    /// How many lines it has.
    #[must_use]
    pub fn lines(&self) -> u32 {
        self.entries.last().map_or(0, |last| last.seq)
    }

    /// How many of them the server is known to have.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.unsent(false)
    }

    /// Whether the server has all of it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.kept == Some(self.lines())
    }

    /// Whether another batch would hold no more lines.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.entries.len() - self.unsent(false) >= BATCH_ENTRIES
    }

    /// Adds a line, unless it does not fit; says whether it did.
    pub fn hear(&mut self, input: Input) -> bool {
        let at = now().max(self.state.last());
        let mut state = self.state.clone();
        let Ok(outputs) = state.handle(&self.dialogue.edition, &input, at) else {
            return false;
        };
        if matches!(outputs.first(), Some(Output::AskAgain(..))) {
            return false;
        }
        self.state = state;
        let seq = self.lines() + 1;
        let digest = self.state.digest();
        self.entries.push(Entry {
            seq,
            at,
            input,
            digest,
        });
        true
    }

    /// Adds a line that the server has written; says whether it leads to the same state here.
    pub fn take(&mut self, entry: Entry) -> bool {
        let edition = &self.dialogue.edition;
        let fits = entry.seq == self.lines() + 1
            && self.state.handle(edition, &entry.input, entry.at).is_ok()
            && self.state.digest() == entry.digest;
        if fits {
            self.kept = Some(entry.seq);
            self.entries.push(entry);
        }
        fits
    }

    /// Takes another tab's log in the place of its own; says whether that can be replayed.
    pub fn follow(&mut self, begin: Begin, entries: Vec<Entry>) -> bool {
        let replayed = replay(&self.dialogue.edition, self.dialogue.id, &begin, &entries);
        let Ok((state, _)) = replayed else {
            return false;
        };
        let last = entries.last().map_or(0, |last| last.seq);
        let agrees = entries
            .last()
            .is_none_or(|last| last.digest == state.digest());
        self.begin = begin;
        self.state = state;
        self.entries = entries;
        self.kept = Some(last);
        agrees
    }

    fn unsent(&self, whole: bool) -> usize {
        match self.kept {
            Some(kept) if !whole => usize::try_from(kept).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    /// What the server is not known to have, or the whole of it, as after a reload.
    #[must_use]
    pub fn batch(&self, visitor: Option<Opaque>, whole: bool) -> Batch {
        let from = self.unsent(whole).min(self.entries.len());
        let to = self.entries.len().min(from + BATCH_ENTRIES);
        Batch {
            sender: Sender {
                workspace: self.place.workspace.name.clone(),
                visitor,
                gpc: false,
            },
            conversation: self.id,
            key: self.key,
            begin: (from == 0).then(|| self.begin.clone()),
            entries: self.entries[from..to].to_vec(),
            fault: None,
        }
    }

    /// Notes that the server has what was in a batch; says whether it is in the same state after it.
    pub fn keep(&mut self, batch: &Batch, through: u32, digest: u64) -> bool {
        let last = batch.entries.last();
        self.kept = self.kept.max(Some(through));
        let last_digest = last.map(|last| last.digest);
        last.map_or(0, |last| last.seq) == through
            && last_digest.is_none_or(|known| known == digest)
    }
}

/// The marks of a batch's lines, with the place of the first.
#[must_use]
pub fn marks(entries: &[Entry]) -> (u32, Vec<Mark>) {
    let first = entries.first().map_or(1, |first| first.seq);
    (first, entries.iter().map(mark).collect())
}

/// Something a visitor might do now. It need not fit.
#[must_use]
pub fn deed(talk: &Talk<'_>, address: &str, dice: &mut Rng) -> Option<Input> {
    let edition = &talk.dialogue.edition;
    if !talk.state.is_opened() {
        return Some(Input::Opened);
    }
    match dice.u8(..100) {
        0..8 => {
            let url = format!("https://www.example.com/{}", dice.u16(..));
            return Some(Input::Moved(Page {
                url,
                ..Page::default()
            }));
        }
        8..14 => return link(talk, dice),
        14..20 => return Some(Input::WentBack),
        20..22 => return Some(Input::Restarted),
        _ => {}
    }
    let (card, waiting) = talk.state.awaiting(edition)?;
    Some(match &waiting.kind {
        CardKind::Question { answers, .. } => {
            let choices = u16::try_from(answers.len()).unwrap_or(u16::MAX);
            Input::Answered(card, Answer::Choice(dice.u16(..choices.max(1))))
        }
        CardKind::Capture(capture) if capture.optional && dice.u8(..4) == 0 => Input::Skipped(card),
        CardKind::Capture(capture) => {
            let attribute = edition.attributes.get(usize::from(capture.attribute.0));
            let typed = match attribute.map(|attribute| attribute.name.as_str()) {
                Some("email") => address.to_owned(),
                _ => format!("Guest {}", dice.u16(..)),
            };
            Input::Answered(card, Answer::Typed(typed))
        }
        CardKind::Document(_) | CardKind::Meeting(_) => Input::Declined(card),
        CardKind::Message { .. }
        | CardKind::Goal(_)
        | CardKind::Action { .. }
        | CardKind::Branch { .. }
        | CardKind::Experiment { .. }
        | CardKind::Flow { .. } => return None,
    })
}

fn link(talk: &Talk<'_>, dice: &mut Rng) -> Option<Input> {
    let edition = &talk.dialogue.edition;
    let place = dice.usize(..edition.cards.len());
    let pieces = talk.state.words(edition, text_of(&edition.cards[place]));
    let number = pieces.iter().find_map(|piece| match piece {
        Piece::Link(number, ..) => Some(*number),
        _ => None,
    })?;
    Some(Input::LinkClicked(
        CardId(u16::try_from(place).ok()?),
        number,
    ))
}
