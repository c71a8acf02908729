//! The index of everything that is live: what a browser needs to decide.

use super::condition::{Condition, Test};
use super::table::Table;
use super::target::{Pattern, TargetIndex};
use super::text::Markup;
use crate::ids::{DialogueId, EditionId};
use crate::wire::Surface;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// All that is live in a workspace, compiled for browsers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The workspace's public name.
    pub workspace: String,
    /// Off hides everything, open conversations included.
    pub chat_on: bool,
    /// When anything may be stored or sent.
    pub consent: Consent,
    /// Live dialogues, strongest first: by priority, then first publication, then id.
    pub entries: Table<IndexEntry>,
    /// Their pages.
    pub targets: TargetIndex,
    /// Pages that a live audience asks about with *visited*; the number is the place here.
    pub visited: Vec<Pattern>,
    /// Editions whose words were corrected: a conversation of the first shows the texts of the second.
    pub corrections: Vec<Correction>,
    /// How the widget looks.
    pub theme: Theme,
    /// Conversational flows that pages may start, by name.
    pub flows: Vec<FlowEntry>,
    /// Web forms that are handed over to them.
    pub forms: Vec<Form>,
}

/// A conversational flow that pages may start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowEntry {
    /// Which.
    pub dialogue: DialogueId,
    /// Its live edition.
    pub edition: EditionId,
    /// Its name.
    pub name: String,
    /// The languages its edition exists in; the first is its own.
    pub languages: Vec<String>,
    /// How it appears.
    pub surface: Surface,
    /// Pages that start it by themselves.
    pub pages: Vec<Pattern>,
}

/// A web form, and which flow follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// What the page calls it.
    pub name: String,
    /// In order; the first that holds decides.
    pub choices: Vec<FormChoice>,
}

/// One way on from a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormChoice {
    /// Whether any test is enough; else all must hold.
    pub any: bool,
    /// What is asked of fields, by their names.
    pub tests: Vec<(String, Test)>,
    /// The flow's place in `Publication::flows`; nothing follows without one.
    pub flow: Option<u16>,
    /// How it appears.
    pub surface: Surface,
}

/// One live dialogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexEntry {
    /// Which dialogue.
    pub dialogue: DialogueId,
    /// Its live edition.
    pub edition: EditionId,
    /// Its name.
    pub name: String,
    /// 1, the strongest, to 100.
    pub priority: u8,
    /// The languages its edition exists in; the first is its own.
    pub languages: Vec<String>,
    /// Excluded pages: places in `TargetIndex::patterns`.
    pub excluded: Vec<u16>,
    /// All must hold.
    pub criteria: Vec<Condition>,
    /// How many atoms its edition has.
    pub atoms: u16,
    /// Their truth for a visitor nobody knows, one bit each, lowest first.
    pub anonymous: Vec<u8>,
    /// All must have happened before it shows.
    pub events: Vec<EventRule>,
    /// When it may come again.
    pub repeat: Repeat,
    /// The opening card in each of `languages`, when it is one that can be drawn without running the stream.
    pub opening: Vec<Opening>,
}

/// What the poke shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What is said. Its tokens show their fallbacks until the edition is there.
    pub text: Markup,
    /// The answers on offer; none for a card that is no question, or has too many for a poke.
    pub answers: Vec<String>,
}

/// Something that must happen on the page first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventRule {
    /// Seconds of visible time on this page, over visits.
    TimeOnPage(u32),
    /// Seconds of visible time on the site, over visits.
    TimeOnSite(u32),
    /// Percent of the page's height scrolled past.
    Scroll(u8),
    /// The visitor is about to leave.
    ExitIntent,
}

/// When a completed dialogue may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeat {
    /// Never.
    Once,
    /// So many days after the completion of its last run.
    EveryDays(u16),
    /// At the next page view.
    Always,
}

/// When anything may be stored or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Consent {
    /// Nothing is even made until the page grants consent.
    Wait,
    /// Nothing is stored, looked up or sent until the visitor opens or answers.
    Essential,
    /// Storage and identity at load.
    Full,
}

/// Words replaced for everybody, the graph kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What conversations were begun on.
    pub from: EditionId,
    /// Whose texts they show.
    pub to: EditionId,
}

/// How the widget behaves. How it looks is no business of the program: `compile::Style` goes to the frame's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// The avatar's address, or empty.
    pub avatar: String,
    /// Milliseconds between the bot's texts.
    pub delay_ms: u16,
    /// Whether the poke shows on phones.
    pub poke_on_phones: bool,
    /// Address of the privacy policy, or empty.
    pub privacy: String,
    /// Whether anything is heard.
    pub sound: bool,
    /// In how many sessions of `cap_days` days the poke may show; 0: in all.
    pub cap_sessions: u8,
    /// The days that `cap_sessions` counts in.
    pub cap_days: u8,
    /// The hour of the visitor's day from which there is neither poke nor sound.
    pub quiet_from: u8,
    /// The hour in which they come back; the same hour: never quiet.
    pub quiet_to: u8,
    /// Whether visitors can end a conversation.
    pub ends: bool,
}
