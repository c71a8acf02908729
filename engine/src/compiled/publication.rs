//! The index of everything that is live: what a browser needs to decide.

use super::condition::Condition;
use super::table::Table;
use super::target::{Pattern, TargetIndex};
use super::text::Markup;
use crate::ids::{DialogueId, EditionId};
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

/// How the widget looks. Colours are `0xRRGGBB`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// The accent.
    pub accent: u32,
    /// Text on the accent, chosen for contrast when the theme is saved.
    pub on_accent: u32,
    /// The accent in dark mode.
    pub accent_dark: u32,
    /// Text on it.
    pub on_accent_dark: u32,
    /// 0 follows the page's browser, 1 light, 2 dark.
    pub mode: u8,
    /// Whether the launcher sits at the start (left, in left-to-right languages) of the page.
    pub at_start: bool,
    /// Distance to the page's bottom, in CSS pixels.
    pub bottom: u16,
    /// Distance to the page's side, in CSS pixels.
    pub side: u16,
    /// The line in the panel's head.
    pub label: String,
    /// The avatar's address, or empty.
    pub avatar: String,
    /// A CSS font family list, or empty for the system's.
    pub font: String,
    /// Milliseconds between the bot's texts.
    pub delay_ms: u16,
    /// Whether the poke shows on phones.
    pub poke_on_phones: bool,
    /// Address of the privacy policy, or empty.
    pub privacy: String,
}
