//! Drawing. Every word and choice shown here was decided elsewhere.

mod composer;
mod panel;
mod slots;
mod transcript;

pub use composer::Waiting;
pub use slots::{Picker, Step};
pub use transcript::Line;

use crate::hands::{self, draw, flag, own, remove, set, show};
use alloc::string::String;
use engine::compiled::Theme;
use engine::conversation::{Piece, plain};
use engine::wire::Surface;

/// Under this width of the host's viewport the panel takes the whole screen.
const FULL_UNDER_WIDTH: u32 = 480;
/// The same for its height: the panel would be too low to read in.
const FULL_UNDER_HEIGHT: u32 = 520;
/// How many answers stand beside the card; the others are in the panel.
const ANSWERS: usize = 3;

/// What is on screen.
pub struct View {
    /// How it looks.
    pub theme: &'static Theme,
    language: String,
    /// Whether the panel takes the whole screen.
    pub full: bool,
    /// Whether anything is on screen.
    pub shown: bool,
    unread: bool,
    /// Whether the poke is on screen.
    pub poking: bool,
    panel: bool,
    /// Whether the panel is open.
    pub open: bool,
    /// How many lines of the transcript are drawn.
    pub drawn: usize,
    /// Whether the bot spoke last.
    bot: bool,
    /// Whether first words stand there that are no line of the transcript.
    previews: bool,
    surface: Surface,
    /// Whether the page waits until the panel is closed.
    modal: bool,
}

impl View {
    /// Nothing on screen yet.
    pub fn new(theme: &'static Theme) -> Self {
        Self {
            theme,
            language: String::new(),
            full: false,
            shown: false,
            unread: false,
            poking: false,
            panel: false,
            open: false,
            drawn: 0,
            bot: false,
            previews: false,
            surface: Surface::Corner,
            modal: false,
        }
    }

    /// Appears in another way. What is in the middle of the page is modal when the visitor asked for it.
    pub fn stand(&mut self, surface: Surface, modal: bool) {
        self.surface = surface;
        self.modal = modal && surface == Surface::Popup;
        self.dress();
    }

    /// The host's viewport has this size.
    pub fn resize(&mut self, width: u32, height: u32) {
        self.full = width < FULL_UNDER_WIDTH || height < FULL_UNDER_HEIGHT;
        self.dress();
    }

    /// Speaks a language; in English until its own words are here.
    pub fn speak(&mut self, language: &str) {
        if self.language != language {
            self.language = language.into();
            self.hide();
        }
        hands::speak(language);
    }

    fn dress(&self) {
        let full = self.open && self.full && self.surface != Surface::Inline;
        flag("body", "full", full);
        flag(
            "body",
            "popup",
            self.open && !full && self.surface == Surface::Popup,
        );
        flag("body", "modal", self.modal);
    }

    /// Shows the launcher, with or without a message that waits.
    pub fn show_launcher(&mut self, unread: bool) {
        if !self.shown {
            self.shown = true;
            draw!(
                "body",
                "button.launcher[data-do=toggle]%0@down",
                self.theme.avatar.as_str()
            );
        }
        self.unread = unread;
        self.label_launcher();
    }

    fn label_launcher(&self) {
        match (self.open, self.unread) {
            (true, _) => own("minimise"),
            (false, true) => hands::counted("open-unread", 1),
            (false, false) => own("open"),
        }
        hands::label_held(".launcher");
        set(
            ".launcher",
            "aria-expanded",
            if self.open { "true" } else { "false" },
        );
        remove(".badge");
        if self.unread {
            draw!(".launcher", "span.badge[aria-hidden=true]=0", "1");
        }
    }

    /// Shows the poke: the first words and up to three answers.
    pub fn show_poke<'a>(&mut self, words: &[Piece], answers: impl Iterator<Item = &'a str>) {
        self.hide_poke();
        self.poking = true;
        draw!(
            "body",
            "<div.poke[role=region][aria-label=~chat](div.holder(button.card[data-do=open](span.face[aria-hidden=true](%0),span.say[dir=auto]=1),button.close[data-do=dismiss][aria-label=~dismiss][title=~dismiss]@close))",
            self.theme.avatar.as_str(),
            plain(words).as_str()
        );
        choices(".poke", answers.take(ANSWERS));
    }

    /// Says something else in the poke.
    pub fn say_in_poke(&self, words: &[Piece]) {
        draw!(".poke .say", "!=0", plain(words).as_str());
    }

    /// Takes the poke away.
    pub fn hide_poke(&mut self) {
        self.poking = false;
        remove(".poke");
    }

    /// Opens the panel.
    pub fn open(&mut self, test: Option<&str>) {
        self.hide_poke();
        self.open = true;
        self.dress();
        if !self.panel {
            self.panel = true;
            self.draw_panel(test);
        }
        self.unread = false;
        self.label_launcher();
        show(".launcher", !self.full && self.surface == Surface::Corner);
        show(".panel", true);
        if self.full && self.surface != Surface::Inline || self.modal {
            set(".panel", "aria-modal", "true");
        } else {
            hands::unset(".panel", "aria-modal");
        }
    }

    /// Minimises the panel.
    pub fn close(&mut self) {
        self.open = false;
        show(".panel", false);
        show(".launcher", true);
        self.dress();
        self.label_launcher();
    }

    /// Takes everything away.
    pub fn hide(&mut self) {
        remove(".poke, .launcher");
        self.open = false;
        self.shown = false;
        self.poking = false;
        self.forget_panel();
        self.dress();
    }

    /// Takes the panel away, to draw it anew.
    pub fn forget_panel(&mut self) {
        remove(".panel");
        self.panel = false;
        self.drawn = 0;
        self.bot = false;
        self.previews = false;
    }

    /// Puts the frame where all of this can be seen, and nothing else is covered.
    pub fn place(&self) {
        let over = self.open && (self.full || self.modal);
        hands::place(match (self.shown || self.open, over) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => 2,
        });
    }
}

/// Answers to press.
fn choices<'a>(place: &str, labels: impl Iterator<Item = &'a str>) {
    for (n, label) in labels.enumerate() {
        draw!(
            place,
            "button.choice[data-do=answer][data-n=$0][dir=auto]=1",
            n,
            label
        );
    }
}
