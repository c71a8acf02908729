//! What widget and server say to each other. Every message is postcard behind a format byte
//! (`compiled::encode`); requests are POSTs to `/v1/...`, so nothing here carries a URL.

use crate::ids::{
    AttributeId, CardId, ConversationId, ConversationKey, DialogueId, EditionId, SnapshotId,
    Timestamp,
};
use crate::value::Value;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A token the server made and only the server reads: 16 random bytes.
pub type Opaque = [u8; 16];
/// An HMAC-SHA256 by the server.
pub type Signature = [u8; 32];

/// How sure the server is of who a visitor is. Later is stronger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Strength {
    /// A browser.
    #[default]
    Anonymous,
    /// Typed an address.
    Claimed,
    /// Our cookie, or a tracked link.
    Recognised,
    /// A signed token of the host's login, or a verification link.
    Verified,
}

impl Strength {
    /// The word criteria compare with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Strength::Anonymous => "anonymous",
            Strength::Claimed => "claimed",
            Strength::Recognised => "recognised",
            Strength::Verified => "verified",
        }
    }
}

/// The identity lookup's answer for one edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionFacts {
    /// Which edition.
    pub edition: EditionId,
    /// The truth of its atoms, one bit each, lowest first.
    pub atoms: Vec<u8>,
    /// What its tokens show: by their place in `Edition::tokens`, where the strength allows.
    pub tokens: Vec<(u16, String)>,
}

/// What the server knows of a visitor, as far as it may say so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Names it in the log.
    pub id: SnapshotId,
    /// How sure the server is.
    pub strength: Strength,
    /// When it was made. It may decide or start a conversation for `FRESH_MS`.
    pub made: Timestamp,
    /// The workspace's zone: minutes ahead of UTC when it was made.
    pub zone_minutes: i16,
    /// Per edition asked for.
    pub editions: Vec<EditionFacts>,
}

/// How long a snapshot may decide an audience or start a conversation, in milliseconds.
pub const FRESH_MS: i64 = 60 * crate::ids::MINUTE;

/// A snapshot as it travels: the bytes that were signed, so that nothing is re-encoded before checking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSnapshot {
    /// `compiled::encode` of a `Snapshot`.
    pub bytes: Vec<u8>,
    /// Over workspace, visitor and `bytes`.
    pub signature: Signature,
}

/// What a page says about itself and the browser it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// `location.href` without user information; at most `PAGE_TEXT` bytes.
    pub url: String,
    /// `document.referrer`.
    pub referrer: String,
    /// The page's language tag, else the browser's, in lower case.
    pub language: String,
    /// By the host's viewport and pointer.
    pub device: Device,
    /// Minutes the visitor's clock is ahead of UTC.
    pub zone_minutes: i16,
}

/// Longest address or referrer kept, in bytes.
pub const PAGE_TEXT: usize = 2_048;

/// What kind of machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Device {
    /// A large screen with a pointer.
    #[default]
    Desktop,
    /// A large screen without.
    Tablet,
    /// A small screen.
    Phone,
}

impl Device {
    /// The word criteria compare with.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Device::Desktop => "desktop",
            Device::Tablet => "tablet",
            Device::Phone => "phone",
        }
    }
}

/// How a conversation began: everything replay needs beside the inputs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// Which dialogue.
    pub dialogue: DialogueId,
    /// The edition it runs, to its end.
    pub edition: EditionId,
    /// The language of the texts shown first.
    pub language: String,
    /// The visitor's n-th admission to the dialogue, from 1.
    pub run: u32,
    /// Chance, decided once per browser.
    pub seed: u64,
    /// Arms seen earlier: (experiment, arm). They hold whatever the weights are now.
    pub exposed: Vec<(u64, u8)>,
    /// The page it began on.
    pub page: Page,
    /// What was known then; nothing when nobody was asked.
    pub snapshot: Option<SignedSnapshot>,
    /// When, by the server's clock as the widget estimates it.
    pub at: Timestamp,
    /// The card it starts at: one of the edition's entries, or its opening card.
    pub card: Option<CardId>,
    /// How it appears on the page.
    pub surface: Surface,
    /// What started it: empty for an audience, else `page`, `click`, `link`, `call` or `form` and the form's name;
    /// at most `SOURCE_TEXT` bytes.
    pub source: String,
}

/// Longest name of what started a flow, in bytes.
pub const SOURCE_TEXT: usize = 100;

/// How a conversation appears on a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// In the corner, from the launcher.
    #[default]
    Corner,
    /// In the middle, over the page.
    Popup,
    /// In the page's own flow, as `<usher-flow>`.
    Inline,
}

impl Surface {
    /// The word that activities and the page's events use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Surface::Corner => "chatbot",
            Surface::Popup => "popup",
            Surface::Inline => "inline",
        }
    }
}

/// What happened, told to the conversation by whoever drives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// The visitor opened the panel: the stream runs on from its opening card.
    Opened,
    /// The visitor answered the card that waits.
    Answered(CardId, Answer),
    /// The visitor skipped an optional capture.
    Skipped(CardId),
    /// The visitor opened the document.
    DocumentOpened(CardId),
    /// The visitor went on without the document, or found no fitting time.
    Declined(CardId),
    /// No times could be had: the server said so, or could not be reached.
    Unavailable(CardId),
    /// The visitor clicked the n-th link of a card.
    LinkClicked(CardId, u8),
    /// The visitor asked for the previous question again.
    WentBack,
    /// The visitor started over.
    Restarted,
    /// The visitor went on to another page.
    Moved(Page),
    /// The page passed values in. They fill in blanks and nothing else.
    Told(Vec<(AttributeId, Value)>),
    /// The server answered who this is. Only its signature makes it true.
    FactsChanged(SignedSnapshot),
    /// The server booked a slot. Only its signature makes it true.
    SlotBooked(CardId, SignedBooking),
    /// What became of a document that was opened, told when its viewer is shut or out of sight.
    DocumentViewed(CardId, Viewing),
    /// The visitor answered the card that waits, with the box beside it ticked.
    Agreed(CardId, Answer),
}

/// How a document was read since its viewer was opened.
///
/// Pages are counted from the opening on, so that the last line of an opening says how far it went. Downloads and
/// searches are what is new since the line before: each is told once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewing {
    /// How many different pages came into sight.
    pub pages: u16,
    /// The number of the last of them, from 1; 0 when none did.
    pub furthest: u16,
    /// Whether the file was downloaded.
    pub downloaded: bool,
    /// What was searched for, a search a line; at most `TERMS_BYTES`.
    pub terms: String,
}

/// Longest searches of one line, in bytes: ten of eighty characters of any script. Somebody who looks for more has been
/// understood by then.
pub const TERMS_BYTES: usize = 2_500;

impl Viewing {
    /// Whether such a line can be true.
    pub(crate) fn is_sound(&self) -> bool {
        self.pages <= self.furthest && self.terms.len() <= TERMS_BYTES
    }
}

/// What the visitor gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// The n-th answer of a question, or the n-th value of a picklist.
    Choice(u16),
    /// What was typed.
    Typed(String),
}

/// A meeting as the visitor may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// Its public id.
    pub meeting: String,
    /// The agent's name.
    pub agent: String,
    /// The agent's picture, or empty.
    pub picture: String,
    /// When it starts.
    pub start: Timestamp,
    /// Minutes it lasts.
    pub minutes: u16,
    /// Where the visitor can change or cancel it.
    pub manage: String,
}

/// A booking as it travels: the bytes that were signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedBooking {
    /// `compiled::encode` of a `Booking`.
    pub bytes: Vec<u8>,
    /// Over workspace, conversation and `bytes`.
    pub signature: Signature,
}

/// One line of a conversation's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 1; `Begin` is 0.
    pub seq: u32,
    /// When, by the server's clock as the widget estimates it.
    pub at: Timestamp,
    /// What happened.
    pub input: Input,
    /// `Conversation::digest` after it.
    pub digest: u64,
}

/// Who is speaking, sent with every write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The workspace's public name.
    pub workspace: String,
    /// The visitor's token where no cookie comes back; from frame storage.
    pub visitor: Option<Opaque>,
    /// Whether the browser signals Global Privacy Control.
    pub gpc: bool,
}

/// `POST /v1/inputs`: new lines of one conversation. Answered by `InputsAnswer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Who.
    pub sender: Sender,
    /// Which conversation.
    pub conversation: ConversationId,
    /// Proves it to be theirs.
    pub key: ConversationKey,
    /// How it began; needed until the server has acknowledged anything.
    pub begin: Option<Begin>,
    /// In order, without gaps.
    pub entries: Vec<Entry>,
    /// A fault of the visitor's own program, to be seen by operators; at most `FAULT_TEXT` bytes.
    pub fault: Option<String>,
}

/// What the server lacks of a conversation, written as a `Batch` of at most `BATCH_ENTRIES` lines.
pub struct Unsent<'a> {
    /// Who sends it.
    pub sender: Sender,
    /// All of the conversation.
    pub log: &'a Batch,
    /// The last line the server has; none when it has not even the beginning.
    pub kept: Option<u32>,
    /// A fault of the visitor's own program.
    pub fault: Option<String>,
}

/// Longest fault report, in bytes.
pub const FAULT_TEXT: usize = 256;
/// Most entries in a batch.
pub const BATCH_ENTRIES: usize = 50;
/// Most entries in a conversation.
pub const LOG_ENTRIES: u32 = 2_000;

/// What became of a batch. 200 for `Kept`, 409 for `Overtaken`; what is refused is answered like what is
/// kept, because the page can do nothing about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]

pub enum InputsAnswer {
    /// Everything up to `through` is stored and synced.
    Kept(Kept),
    /// Another tab was first: the whole log as it stands. The sender drops its fork.
    Overtaken {
        /// How it began.
        begin: Box<Begin>,
        /// All lines.
        entries: Vec<Entry>,
    },
}

/// The acknowledgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The last line stored.
    pub through: u32,
    /// The server's digest after it. Where it differs the server's result stands and the widget replays with `snapshot`.
    pub digest: u64,
    /// The visitor's token, the first time and when it changed.
    pub visitor: Option<Opaque>,
    /// The server's clock.
    pub now: Timestamp,
}

/// `POST /v1/identity`. Answered by `Identified`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identify {
    /// Who.
    pub sender: Sender,
    /// The editions in play and the pinned one.
    pub editions: Vec<EditionId>,
    /// A signed token of the host's login.
    pub login: Option<String>,
    /// The token of a tracked link that led here.
    pub link: Option<String>,
}

/// The lookup's answer; of the same shape for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    /// What is known, signed.
    pub snapshot: SignedSnapshot,
    /// The visitor's token, the first time and when it changed.
    pub visitor: Option<Opaque>,
    /// The server's clock.
    pub now: Timestamp,
}

/// `POST /v1/slots`: when could it be? Answered by `Slots`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskSlots {
    /// The conversation, with its unsent lines in front.
    pub batch: Batch,
    /// The meeting card that waits.
    pub card: CardId,
    /// Slots from here on.
    pub from: Timestamp,
}

/// Slots on offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// What became of the lines in front.
    pub inputs: InputsAnswer,
    /// Minutes each lasts.
    pub minutes: u16,
    /// Their starts, ascending.
    pub starts: Vec<Timestamp>,
    /// Where to ask on from, when there is more.
    pub more: Option<Timestamp>,
}

/// `POST /v1/book`. Answered by `Booked`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// The conversation, with its unsent lines in front.
    pub batch: Batch,
    /// The meeting card that waits.
    pub card: CardId,
    /// The start of the slot.
    pub start: Timestamp,
    /// Minutes it lasts, as offered.
    pub minutes: u16,
    /// The same for every try of one wish.
    pub idempotency: Opaque,
    /// The visitor's time zone by its IANA name, for the words of mails.
    pub zone: String,
    /// Where the invitation goes, when the conversation has not asked.
    pub email: Option<String>,
}

/// What became of a booking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Booked {
    /// It is yours: the line the server wrote into the log.
    Done {
        /// What became of the lines in front.
        inputs: InputsAnswer,
        /// `SlotBooked`, stored.
        entry: Entry,
    },
    /// Somebody was faster, or it is no longer offered: the nearest others.
    Taken {
        /// What became of the lines in front.
        inputs: InputsAnswer,
        /// Their starts, ascending.
        alternatives: Vec<Timestamp>,
    },
    /// An invitation needs an address first.
    AddressNeeded {
        /// What became of the lines in front.
        inputs: InputsAnswer,
    },
    /// The lines in front were overtaken, so nothing was booked.
    Overtaken(InputsAnswer),
}

/// `POST /v1/erase`: consent was withdrawn. Answered by 204.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erase {
    /// Who.
    pub sender: Sender,
}

/// `POST /v1/test`: exchanges a testing link's one-time code for the draft. Answered by `TestDraft`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeTest {
    /// The workspace's public name.
    pub workspace: String,
    /// The code from the fragment.
    pub code: String,
}

/// What a testing session runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestDraft {
    /// Names the session; sent with comments.
    pub session: String,
    /// What is tested.
    pub name: String,
    /// The edition, encoded.
    pub edition: Vec<u8>,
    /// Its id.
    pub id: EditionId,
    /// What the chosen persona makes true.
    pub facts: EditionFacts,
    /// How sure the persona is to be taken.
    pub strength: Strength,
    /// Milliseconds to add to the clock.
    pub clock_ms: i64,
}

/// `POST /v1/comment`: a reviewer's words about a card. Answered by 204.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// The testing session.
    pub session: String,
    /// The card on screen, by the author's id.
    pub card: String,
    /// What the reviewer wrote; at most `COMMENT_TEXT` bytes.
    pub words: String,
}

/// Longest comment, in bytes.
pub const COMMENT_TEXT: usize = 4_000;
