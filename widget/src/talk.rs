//! A conversation in progress: its log, where the engine has brought it, and its transcript.

use crate::storage::Saved;
use crate::texts::{Say, Texts};
use crate::view::{Line, format};
use alloc::string::String;
use alloc::vec::Vec;
use engine::compiled::{CardKind, Edition, InputKind};
use engine::conversation::{Conversation, Output, Rejected, Status, text_of};
use engine::ids::{CardId, ConversationId, ConversationKey, Timestamp};
use engine::wire::{Answer, BATCH_ENTRIES, Batch, Begin, Entry, Input, LOG_ENTRIES, Sender};

/// A conversation in progress.
pub struct Talk {
    /// Names it.
    pub id: ConversationId,
    key: ConversationKey,
    /// How it began.
    pub begin: Begin,
    /// What it runs.
    pub edition: &'static Edition,
    /// Where it stands.
    pub state: Conversation,
    /// Its log.
    pub entries: Vec<Entry>,
    /// The last line the server has; none when it has not even the beginning.
    pub kept: Option<u32>,
    /// Its transcript.
    pub lines: Vec<Line>,
}

/// What an input led to.
pub struct Turn {
    /// The engine's orders.
    pub outputs: Vec<Output>,
    /// How many lines of the transcript still stand, when some were taken back.
    pub keep: Option<usize>,
}

impl Talk {
    /// Begins.
    ///
    /// # Errors
    /// When the edition cannot be run here.
    pub fn begin(
        edition: &'static Edition,
        begin: Begin,
        id: ConversationId,
        key: ConversationKey,
    ) -> Result<(Self, Vec<Output>), Rejected> {
        let (state, outputs) = Conversation::begin(edition, begin.edition, &begin)?;
        let mut talk = Self {
            id,
            key,
            begin,
            edition,
            state,
            entries: Vec::new(),
            kept: None,
            lines: Vec::new(),
        };
        talk.write(&outputs);
        Ok((talk, outputs))
    }

    /// Brings a kept conversation back to where it was.
    ///
    /// # Errors
    /// When its log does not run on this edition.
    pub fn resume(
        texts: &Texts,
        edition: &'static Edition,
        saved: Saved,
    ) -> Result<Self, Rejected> {
        let Batch {
            conversation,
            key,
            begin,
            entries,
            ..
        } = saved.log;
        let begin = begin.ok_or(Rejected::Unreadable)?;
        let (mut talk, _) = Self::begin(edition, begin, conversation, key)?;
        for entry in entries {
            talk.replay(texts, entry)?;
        }
        talk.kept = saved.kept;
        Ok(talk)
    }

    /// Adds a line that another tab or the server has written.
    ///
    /// # Errors
    /// When it does not fit here.
    pub fn replay(&mut self, texts: &Texts, entry: Entry) -> Result<Turn, Rejected> {
        let turn = self.run(texts, &entry.input, entry.at)?;
        self.entries.push(entry);
        Ok(turn)
    }

    /// Advances by what the visitor did now. An answer that cannot be read leaves no line.
    ///
    /// # Errors
    /// When it does not fit; nothing has changed then.
    pub fn advance(
        &mut self,
        texts: &Texts,
        input: Input,
        now: Timestamp,
    ) -> Result<Turn, Rejected> {
        let seq = self.last_seq() + 1;
        if seq > LOG_ENTRIES {
            return Err(Rejected::Lapsed);
        }
        let at = now.max(self.state.last());
        let turn = self.run(texts, &input, at)?;
        if !matches!(turn.outputs.first(), Some(Output::AskAgain(..))) {
            let digest = self.state.digest();
            self.entries.push(Entry {
                seq,
                at,
                input,
                digest,
            });
        }
        Ok(turn)
    }

    fn run(&mut self, texts: &Texts, input: &Input, at: Timestamp) -> Result<Turn, Rejected> {
        let words = self.words_of(texts, input);
        let outputs = self.state.handle(self.edition, input, at)?;
        if matches!(outputs.first(), Some(Output::AskAgain(..))) {
            return Ok(Turn {
                outputs,
                keep: None,
            });
        }
        self.lines.extend(words.map(Line::You));
        let keep = self.write(&outputs);
        Ok(Turn { outputs, keep })
    }

    /// What the visitor did, as the transcript shows it.
    fn words_of(&self, texts: &Texts, input: &Input) -> Option<String> {
        let kind = |card: &CardId| Some(&self.edition.cards.get(usize::from(card.0))?.kind);
        match input {
            Input::Answered(card, Answer::Typed(typed)) => Some(match kind(card)? {
                CardKind::Capture(capture) => spoken(texts, capture.field, typed.trim()),
                _ => typed.trim().into(),
            }),
            Input::Answered(card, Answer::Choice(n)) => {
                let n = usize::from(*n);
                match kind(card)? {
                    CardKind::Question { answers, .. } => Some(answers.get(n)?.label.clone()),
                    CardKind::Capture(capture)
                        if capture.picklist.is_empty() && capture.field == InputKind::Boolean =>
                    {
                        Some(texts.say(if n == 0 { Say::Yes } else { Say::No }).into())
                    }
                    CardKind::Capture(capture) => Some(capture.picklist.get(n)?.0.clone()),
                    _ => None,
                }
            }
            Input::Skipped(_) => Some(texts.say(Say::Skipped).into()),
            Input::DocumentOpened(card) => match kind(card)? {
                CardKind::Document(document) => {
                    Some([texts.say(Say::OpenDocument), " ", &document.name].concat())
                }
                _ => None,
            },
            Input::Declined(card) => Some(match kind(card)? {
                CardKind::Meeting(_) => texts.say(Say::NoneFits).into(),
                _ => texts.say(Say::Decline).into(),
            }),
            Input::Opened
            | Input::Unavailable(_)
            | Input::LinkClicked(..)
            | Input::WentBack
            | Input::Restarted
            | Input::Moved(_)
            | Input::FactsChanged(_)
            | Input::SlotBooked(..)
            | Input::Told(_) => None,
        }
    }

    /// Writes what the engine orders into the transcript; says how many lines still stand when some were taken back.
    fn write(&mut self, outputs: &[Output]) -> Option<usize> {
        let mut keep = None;
        for output in outputs {
            match output {
                Output::Say(card) | Output::Ask(card) => {
                    let again =
                        matches!(self.lines.last(), Some(Line::Bot(last, _)) if last == card);
                    if let Some(asked) = self
                        .edition
                        .cards
                        .get(usize::from(card.0))
                        .filter(|_| !again)
                    {
                        let words = self.state.words(self.edition, text_of(asked));
                        if !words.is_empty() {
                            self.lines.push(Line::Bot(*card, words));
                        }
                    }
                }
                Output::BackTo(card) => {
                    let asked = self
                        .lines
                        .iter()
                        .rposition(|line| matches!(line, Line::Bot(other, _) if other == card));
                    let stands = asked.map_or(0, |n| n + 1);
                    self.lines.truncate(stands);
                    keep = Some(stands);
                }
                Output::StartOver => {
                    self.lines.clear();
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
                | Output::RecordLink(..)
                | Output::RecordGoal(_)
                | Output::ConfirmIdentity
                | Output::DenyIdentity
                | Output::Expose(..)
                | Output::Complete => {}
            }
        }
        keep
    }

    fn last_seq(&self) -> u32 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    /// Whether the visitor has answered.
    pub fn is_engaged(&self) -> bool {
        self.state.status() >= Status::Engaged
    }

    /// Whether the stream has come to an end and nothing waits.
    pub fn has_ended(&self) -> bool {
        self.state.has_ended() && self.state.is_opened()
    }

    /// What is known of it, to be kept in this browser.
    pub fn saved(&self) -> Saved {
        Saved {
            log: Batch {
                sender: nobody(),
                conversation: self.id,
                key: self.key,
                begin: Some(self.begin.clone()),
                entries: self.entries.clone(),
                fault: None,
            },
            kept: self.kept,
        }
    }
}

fn nobody() -> Sender {
    Sender {
        workspace: String::new(),
        visitor: None,
        gpc: false,
    }
}

impl Saved {
    /// Whether the server lacks anything of it.
    pub fn is_unsent(&self) -> bool {
        self.kept.is_none_or(|kept| {
            self.log
                .entries
                .last()
                .is_some_and(|entry| entry.seq > kept)
        })
    }

    /// What the server lacks, as far as one message holds it.
    pub fn batch(self, sender: Sender) -> Batch {
        let kept = self.kept.unwrap_or(0);
        Batch {
            sender,
            begin: self.log.begin.filter(|_| self.kept.is_none()),
            entries: self
                .log
                .entries
                .into_iter()
                .filter(|entry| entry.seq > kept)
                .take(BATCH_ENTRIES)
                .collect(),
            ..self.log
        }
    }

    /// Notes what the server has acknowledged.
    pub fn acknowledge(&mut self, through: u32) {
        self.kept = self.kept.max(Some(through));
    }
}

/// What was typed, as the transcript shows it: days and moments in the visitor's words.
fn spoken(texts: &Texts, field: InputKind, typed: &str) -> String {
    let day = [("day", "numeric"), ("month", "long"), ("year", "numeric")];
    let time = [("hour", "numeric"), ("minute", "2-digit")];
    let parts = match field {
        InputKind::Date => day.to_vec(),
        InputKind::DateTime => [day.as_slice(), &time].concat(),
        _ => return typed.into(),
    };
    // Without a time of day and a zone the browser would take a day for midnight elsewhere.
    let local = if field == InputKind::Date {
        [typed, "T00:00"].concat()
    } else {
        typed.into()
    };
    let at = js_sys::Date::parse(&local);
    if at.is_nan() {
        return typed.into();
    }
    format(texts, Timestamp(at as i64), &parts)
}
