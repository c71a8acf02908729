//! A conversation in progress: its log, where the engine has brought it, and its transcript.

use crate::hands::{Style, spoken};
use crate::storage::Saved;
use crate::view::Line;
use alloc::string::String;
use alloc::vec::Vec;
use engine::bytes::{decode, encode};
use engine::compiled::{CardKind, Edition, InputKind};
use engine::conversation::{Conversation, Output, Rejected, Status, text_of};
use engine::ids::{CardId, ConversationId, ConversationKey, Timestamp};
use engine::wire::{Answer, Batch, Begin, Entry, Input, LOG_ENTRIES, Sender};

/// A conversation in progress.
pub struct Talk {
    /// Its log, as it is kept.
    pub saved: Saved,
    /// How it began.
    pub begin: Begin,
    /// What it runs.
    pub edition: &'static Edition,
    /// Where it stands.
    pub state: Conversation,
    /// Its transcript.
    pub lines: Vec<Line>,
    /// When each of them came.
    pub times: Vec<Timestamp>,
    /// How many lines stood when a card was asked.
    asked: Vec<(CardId, usize)>,
}

/// What an input led to.
pub struct Turn {
    /// The engine's orders.
    pub outputs: Vec<Output>,
    /// How many lines of the transcript still stand, when some were taken back.
    pub keep: Option<usize>,
}

impl Turn {
    /// Whether the answer could not be read: nothing has changed then.
    fn asks_again(&self) -> bool {
        matches!(self.outputs.first(), Some(Output::AskAgain(..)))
    }
}

impl Talk {
    /// Begins.
    ///
    /// # Errors
    /// When the edition cannot be run here.
    pub fn begin(
        edition: &'static Edition,
        begin: Begin,
        conversation: ConversationId,
        key: ConversationKey,
    ) -> Result<(Self, Vec<Output>), Rejected> {
        let (state, outputs) = Conversation::begin(edition, begin.edition, &begin)?;
        let sender = Sender {
            workspace: String::new(),
            visitor: None,
            gpc: false,
        };
        let mut talk = Self {
            saved: Saved {
                log: Batch {
                    sender,
                    conversation,
                    key,
                    begin: Some(begin.clone()),
                    entries: Vec::new(),
                    fault: None,
                },
                kept: None,
            },
            begin,
            edition,
            state,
            lines: Vec::new(),
            times: Vec::new(),
            asked: Vec::new(),
        };
        talk.write(&outputs);
        talk.times.resize(talk.lines.len(), talk.begin.at);
        Ok((talk, outputs))
    }

    /// Brings a kept conversation back to where it was.
    ///
    /// # Errors
    /// When its log does not run on this edition.
    pub fn resume(edition: &'static Edition, saved: Saved) -> Result<Self, Rejected> {
        let log = saved.log;
        let begin = log.begin.ok_or(Rejected::Unreadable)?;
        let (mut talk, _) = Self::begin(edition, begin, log.conversation, log.key)?;
        for entry in log.entries {
            talk.replay(entry)?;
        }
        talk.saved.kept = saved.kept;
        Ok(talk)
    }

    /// The same conversation by its log alone, in the words of an edition.
    pub fn again(&self, edition: &'static Edition) -> Option<Self> {
        Self::resume(edition, decode(&encode(&self.saved))?).ok()
    }

    /// Names it.
    pub fn id(&self) -> ConversationId {
        self.saved.log.conversation
    }

    /// Its newest line.
    pub fn newest(&self) -> Option<&Entry> {
        self.saved.log.entries.last()
    }

    /// The place of its newest line.
    pub fn last_seq(&self) -> u32 {
        self.newest().map_or(0, |entry| entry.seq)
    }

    /// Adds a line that another tab or the server has written.
    ///
    /// # Errors
    /// When it does not fit here.
    pub fn replay(&mut self, entry: Entry) -> Result<Turn, Rejected> {
        let turn = self.run(&entry.input, entry.at)?;
        self.saved.log.entries.push(entry);
        Ok(turn)
    }

    /// Advances by what the visitor did now. An answer that cannot be read leaves no line.
    ///
    /// # Errors
    /// When it does not fit; nothing has changed then.
    pub fn advance(&mut self, input: Input, now: Timestamp) -> Result<Turn, Rejected> {
        let seq = self.last_seq() + 1;
        if seq > LOG_ENTRIES {
            return Err(Rejected::Lapsed);
        }
        let at = now.max(self.state.last());
        let turn = self.run(&input, at)?;
        if !turn.asks_again() {
            let digest = self.state.digest();
            self.saved.log.entries.push(Entry {
                seq,
                at,
                input,
                digest,
            });
        }
        Ok(turn)
    }

    fn run(&mut self, input: &Input, at: Timestamp) -> Result<Turn, Rejected> {
        let words = self.words_of(input);
        let mut turn = Turn {
            outputs: self.state.handle(self.edition, input, at)?,
            keep: None,
        };
        if !turn.asks_again() {
            self.lines.extend(words);
            turn.keep = self.write(&turn.outputs);
            self.times.truncate(turn.keep.unwrap_or(usize::MAX));
            self.times.resize(self.lines.len(), at);
        }
        Ok(turn)
    }

    /// What the visitor did, as the transcript shows it.
    fn words_of(&self, input: &Input) -> Option<Line> {
        let kind = |card: &CardId| Some(&self.edition.cards.get(usize::from(card.0))?.kind);
        Some(match input {
            Input::Answered(card, Answer::Typed(typed))
            | Input::Agreed(card, Answer::Typed(typed)) => {
                let typed = typed.trim();
                Line::You(match kind(card)? {
                    CardKind::Capture(capture) if capture.field == InputKind::Date => {
                        spoken(typed, Style::Date)
                    }
                    CardKind::Capture(capture) if capture.field == InputKind::DateTime => {
                        spoken(typed, Style::DateTime)
                    }
                    _ => typed.into(),
                })
            }
            Input::Answered(card, Answer::Choice(n)) | Input::Agreed(card, Answer::Choice(n)) => {
                let n = usize::from(*n);
                let label = match kind(card)? {
                    CardKind::Question { answers, .. } => &answers.get(n)?.label,
                    CardKind::Capture(capture) if !capture.picklist.is_empty() => {
                        &capture.picklist.get(n)?.0
                    }
                    _ => return Some(Line::Own(if n == 0 { "yes" } else { "no" }, "")),
                };
                Line::You(label.clone())
            }
            Input::Skipped(_) => Line::Own("skipped", ""),
            Input::DocumentOpened(card) => match kind(card)? {
                CardKind::Document(document) => Line::Own("open-document", &document.name),
                _ => return None,
            },
            Input::Declined(card) => match kind(card)? {
                CardKind::Meeting(_) => Line::Own("none-fits", ""),
                _ => Line::Own("decline", ""),
            },
            Input::Opened
            | Input::Unavailable(_)
            | Input::LinkClicked(..)
            | Input::DocumentViewed(..)
            | Input::WentBack
            | Input::Restarted
            | Input::Moved(_)
            | Input::FactsChanged(_)
            | Input::SlotBooked(..)
            | Input::Told(_) => return None,
        })
    }

    /// Writes what the engine orders into the transcript; says how many lines still stand when some were taken back.
    fn write(&mut self, outputs: &[Output]) -> Option<usize> {
        let mut keep = None;
        for output in outputs {
            match output {
                Output::Say(card) | Output::Ask(card) => {
                    let again =
                        matches!(self.lines.last(), Some(Line::Bot(last, _)) if last == card);
                    if let Some(asked) = self.edition.cards.get(usize::from(card.0))
                        && !again
                    {
                        let words = self.state.words(self.edition, text_of(asked));
                        if !words.is_empty() {
                            self.lines.push(Line::Bot(*card, words));
                        }
                    }
                    self.asked.push((*card, self.lines.len()));
                }
                Output::BackTo(card) => {
                    let asked = self.asked.iter().rposition(|(other, _)| other == card);
                    let stands = asked.and_then(|n| Some(self.asked.get(n)?.1)).unwrap_or(0);
                    self.asked.truncate(asked.map_or(0, |n| n + 1));
                    self.lines.truncate(stands);
                    keep = Some(stands);
                }
                Output::StartOver => {
                    self.lines.clear();
                    self.asked.clear();
                    keep = Some(0);
                }
                Output::RecordMeeting(_, booking) => {
                    self.lines.push(Line::Meeting(booking.clone()))
                }
                Output::AskAgain(..)
                | Output::SetAttribute(..)
                | Output::FillIn(..)
                | Output::Acquire(_)
                | Output::RecordEngaged
                | Output::RecordDocument(_)
                | Output::RecordViewing(..)
                | Output::RecordLink(..)
                | Output::RecordAgreement(_)
                | Output::RecordGoal(_)
                | Output::ConfirmIdentity
                | Output::DenyIdentity
                | Output::Expose(..)
                | Output::Complete => {}
            }
        }
        keep
    }

    /// Whether the visitor has answered.
    pub fn is_engaged(&self) -> bool {
        self.state.status() >= Status::Engaged
    }

    /// Whether the stream has come to an end and nothing waits.
    pub fn has_ended(&self) -> bool {
        self.state.has_ended() && self.state.is_opened()
    }
}

impl Saved {
    /// How many of the visitor's answers the server lacks.
    pub fn unsent_answers(&self) -> u32 {
        let unsent = |entry: &&Entry| self.kept.is_none_or(|kept| entry.seq > kept);
        let newest = self.log.entries.iter().rev().take_while(unsent);
        let answers = newest.filter(|entry| {
            matches!(
                entry.input,
                Input::Answered(..)
                    | Input::Agreed(..)
                    | Input::Skipped(_)
                    | Input::DocumentOpened(_)
                    | Input::Declined(_)
            )
        });
        answers.count() as u32
    }

    /// Whether the server lacks anything of it.
    pub fn is_unsent(&self) -> bool {
        self.kept.is_none_or(|kept| {
            self.log
                .entries
                .last()
                .is_some_and(|entry| entry.seq > kept)
        })
    }

    /// The server's log stands.
    #[inline(never)]
    pub fn adopt(&mut self, begin: Begin, entries: Vec<Entry>) {
        self.kept = Some(entries.last().map_or(0, |entry| entry.seq));
        self.log.begin = Some(begin);
        self.log.entries = entries;
    }

    /// Notes what the server has acknowledged.
    pub fn acknowledge(&mut self, through: u32) {
        self.kept = self.kept.max(Some(through));
    }
}
