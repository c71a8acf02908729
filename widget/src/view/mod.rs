//! Drawing. Every word and choice shown here was decided elsewhere.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
mod composer;
mod icons;
mod launcher;
mod meeting;
mod panel;
mod poke;
mod ribbon;
mod slots;
mod transcript;

pub use composer::Waiting;
pub use meeting::format;
pub use panel::Panel;
pub use ribbon::sheet;
pub use slots::{Picker, Step, zone};
pub use transcript::{Line, Stage};

use crate::dom;
use crate::host::{Mode, Place};
use crate::texts::{self, Texts};
use engine::compiled::Theme;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Room around what is drawn, for shadows, in CSS pixels.
const MARGIN: i32 = 24;
/// How far clicks reach beyond what is drawn; a shadow is cut there.
const REACH: i32 = 10;
/// The same for the panel, whose shadow is larger.
const REACH_PANEL: i32 = 24;
/// Under this width of the host's viewport the panel takes the whole screen.
const FULL_UNDER_WIDTH: u32 = 480;
/// The same for its height: the panel would be too low to read in.
const FULL_UNDER_HEIGHT: u32 = 380;

/// Everything that is on screen.
pub struct View {
    body: Element,
    /// The words it speaks.
    pub texts: &'static Texts,
    language: String,
    theme: Theme,
    host: (u32, u32),
    launcher: Option<Element>,
    poke: Option<Element>,
    /// The panel, once it was opened.
    pub panel: Option<Panel>,
    open: bool,
}

impl View {
    /// Nothing on screen yet.
    pub fn new(body: Element, theme: Theme, texts: &'static Texts, host: (u32, u32)) -> Self {
        let mut view = Self {
            body,
            texts,
            language: texts.tag.into(),
            theme,
            host,
            launcher: None,
            poke: None,
            panel: None,
            open: false,
        };
        view.resize(host);
        view
    }

    /// The host's viewport has another size.
    pub fn resize(&mut self, host: (u32, u32)) {
        self.host = host;
        let (width, height) = host;
        dom::variable("--host-width", &[&width.to_string(), "px"].concat());
        dom::variable("--host-height", &[&height.to_string(), "px"].concat());
        self.dress();
    }

    /// Speaks a language; in English until its own words are here.
    pub fn speak(&mut self, language: &str, texts: &'static Texts) {
        if self.language != language {
            self.language = language.into();
            self.hide();
        }
        self.texts = texts;
        if let Some(panel) = &mut self.panel {
            panel.speak(texts);
        }
        self.dress();
    }

    /// The language it speaks.
    pub fn language(&self) -> &str {
        &self.language
    }

    fn is_rtl(&self) -> bool {
        texts::is_rtl(&self.language)
    }

    /// How the theme looks.
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// Whether the panel takes the whole screen.
    pub fn is_full(&self) -> bool {
        self.host.0 < FULL_UNDER_WIDTH || self.host.1 < FULL_UNDER_HEIGHT
    }

    /// Whether the panel is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether anything is on screen.
    pub fn is_shown(&self) -> bool {
        self.launcher.is_some()
    }

    /// Whether the poke is on screen.
    pub fn is_poking(&self) -> bool {
        self.poke.is_some()
    }

    fn dress(&self) {
        let Some(root) = dom::document().document_element() else {
            return;
        };
        dom::attr(&root, "lang", &self.language);
        dom::attr(&root, "dir", if self.is_rtl() { "rtl" } else { "ltr" });
        dom::class(&root, "start", self.theme.at_start);
        dom::class(&self.body, "full", self.open && self.is_full());
    }

    /// Shows the launcher, with or without a message that waits.
    pub fn show_launcher(&mut self, unread: bool) {
        if self.launcher.is_none() {
            let launcher = launcher::draw(&self.theme);
            dom::add(&self.body, &launcher);
            self.launcher = Some(launcher);
        }
        self.label_launcher(unread);
    }

    fn label_launcher(&self, unread: bool) {
        if let Some(launcher) = &self.launcher {
            launcher::label(launcher, self.texts, self.open, unread);
        }
    }

    /// Shows the poke: the first words and up to three answers.
    pub fn show_poke(&mut self, words: &[engine::conversation::Piece], answers: &[&str]) {
        self.hide_poke();
        let poke = poke::draw(self.texts, &self.theme, words, answers);
        let _ = self.body.prepend_with_node_1(&poke);
        self.poke = Some(poke);
    }

    /// Takes the poke away.
    pub fn hide_poke(&mut self) {
        if let Some(poke) = self.poke.take() {
            poke.remove();
        }
    }

    /// Opens the panel.
    pub fn open(&mut self, restart: bool, test: Option<&str>) -> &Panel {
        self.hide_poke();
        self.open = true;
        self.dress();
        if self.panel.is_none() {
            let panel = Panel::draw(self.texts, &self.theme, test);
            let _ = self.body.prepend_with_node_1(&panel.root);
            self.panel = Some(panel);
        }
        self.label_launcher(false);
        let full = self.is_full();
        if let Some(launcher) = &self.launcher {
            dom::show(launcher, !full);
        }
        let panel = self.panel.as_ref().expect("it was drawn above");
        panel.opened(full, restart);
        panel
    }

    /// Minimises the panel.
    pub fn close(&mut self) {
        self.open = false;
        if let Some(panel) = &self.panel {
            dom::show(&panel.root, false);
        }
        if let Some(launcher) = &self.launcher {
            dom::show(launcher, true);
        }
        self.dress();
        self.label_launcher(false);
    }

    /// Moves the keyboard to the launcher.
    pub fn focus_launcher(&self) {
        if let Some(launcher) = &self.launcher {
            dom::focus(launcher);
        }
    }

    /// Takes everything away.
    pub fn hide(&mut self) {
        self.hide_poke();
        self.open = false;
        if let Some(launcher) = self.launcher.take() {
            launcher.remove();
        }
        if let Some(panel) = self.panel.take() {
            panel.root.remove();
        }
        self.dress();
    }

    /// Where the frame belongs so that all of this can be seen, and nothing else is covered.
    pub fn place(&self) -> Place {
        let left = self.theme.at_start != self.is_rtl();
        let mut place = Place {
            mode: Mode::Hidden,
            left,
            side: i32::from(self.theme.side) - MARGIN,
            bottom: i32::from(self.theme.bottom) - MARGIN,
            width: 104,
            height: 104,
            drawn: Vec::new(),
        };
        if self.launcher.is_none() {
            return place;
        }
        if self.open && self.is_full() {
            place.mode = Mode::Full;
            return place;
        }
        place.mode = Mode::Corner;
        let mut boxes: Vec<(Inset, i32, i32)> = Vec::new();
        let mut note = |element: &Element, radius: i32, reach: i32| {
            boxes.push((Inset::of(element, left), radius, reach));
        };
        if let Some(launcher) = &self.launcher {
            note(launcher, 28, REACH);
        }
        if let Some(panel) = self.panel.as_ref().filter(|_| self.open) {
            note(&panel.root, 20, REACH_PANEL);
        }
        if let Some(poke) = &self.poke {
            let parts = poke.children();
            for n in 0..parts.length() {
                if let Some(part) = parts.item(n) {
                    note(&part, 16, REACH + 2);
                }
            }
        }
        for (inset, _, _) in &boxes {
            place.width = place.width.max(inset.side + inset.width + MARGIN);
            place.height = place.height.max(inset.bottom + inset.height + MARGIN);
        }
        let (host_width, host_height) = (self.host.0 as i32, self.host.1 as i32);
        place.width = place.width.min(host_width - place.side.max(0));
        place.height = place.height.min(host_height - place.bottom.max(0));
        for (inset, radius, reach) in &boxes {
            let x = if left {
                inset.side
            } else {
                place.width - inset.side - inset.width
            };
            let y = place.height - inset.bottom - inset.height;
            place.drawn.extend([
                x - reach,
                y - reach,
                inset.width + 2 * reach,
                inset.height + 2 * reach,
                radius + reach,
            ]);
        }
        place
    }
}

/// Where an element hangs: distances to the corner of the frame, and its size. Transforms do not count.
struct Inset {
    side: i32,
    bottom: i32,
    width: i32,
    height: i32,
}

impl Inset {
    fn of(element: &Element, left: bool) -> Self {
        let window = dom::window();
        let number = |value: Result<wasm_bindgen::JsValue, _>| {
            value.ok().and_then(|v| v.as_f64()).unwrap_or(0.0) as i32
        };
        let element: &HtmlElement = element.unchecked_ref();
        let (mut x, mut y) = (element.offset_left(), element.offset_top());
        if let Some(parent) = element
            .offset_parent()
            .filter(|parent| parent.tag_name() != "BODY")
        {
            let parent: &HtmlElement = parent.unchecked_ref();
            x += parent.offset_left();
            y += parent.offset_top();
        }
        let (width, height) = (element.offset_width(), element.offset_height());
        Self {
            side: if left {
                x
            } else {
                number(window.inner_width()) - x - width
            },
            bottom: number(window.inner_height()) - y - height,
            width,
            height,
        }
    }
}
