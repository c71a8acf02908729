//! The panel: head, menu, banner, transcript, and what waits for the visitor.

use super::transcript::{self, Line, Stage};
use super::{icons, launcher, ribbon};
use crate::dom;
use crate::texts::{Say, Texts};
use engine::compiled::Theme;
use web_sys::Element;

/// The visitor reads the newest words when not scrolled up further than this, in CSS pixels.
const AT_END: i32 = 48;

/// The panel's parts.
pub struct Panel {
    /// All of it.
    pub root: Element,
    /// Menu entries.
    pub menu: Element,
    menu_button: Element,
    banner: Element,
    log: Element,
    dots: Option<Element>,
    newest: Element,
    /// What waits for the visitor.
    pub composer: Element,
    drawn: usize,
    texts: &'static Texts,
}

impl Panel {
    pub(super) fn draw(texts: &'static Texts, theme: &Theme, test: Option<&str>) -> Self {
        let label = if theme.label.is_empty() {
            texts.say(Say::Chat)
        } else {
            &theme.label
        };
        let root = dom::build(
            "section.panel[role=dialog][aria-label=$0](header.head(h2=0,button.tool[data-do=menu][aria-label=$1][title=$1][aria-haspopup=menu][aria-expanded=false]@2,button.tool[data-do=close][aria-label=$3][title=$3]@4),div.menu[role=menu][data-group][hidden](button[data-do=restart][role=menuitem]@5(span=6)),div.banner[role=status],div.log[role=log][aria-label=$7][tabindex=0],button.newest[data-do=newest][hidden]=8,div.composer)",
            &[
                label,
                texts.say(Say::Menu),
                icons::MORE,
                texts.say(Say::Minimise),
                icons::DOWN,
                icons::RESTART,
                texts.say(Say::Restart),
                texts.say(Say::Log),
                texts.say(Say::Newest),
            ],
        );
        let part = |what| dom::find(&root, what).expect("the plan above has it");
        let menu = part(".menu");
        let head = part(".head");
        let _ = head.prepend_with_node_1(&launcher::face(&theme.avatar));
        if !theme.privacy.is_empty() {
            let words = [
                &theme.privacy,
                icons::LOCK,
                texts.say(Say::Privacy),
                texts.say(Say::NewTab),
            ];
            let plan = "a[href=$0][role=menuitem][target=_blank][rel=noopener noreferrer]@1(span=2,span.aside=3)";
            dom::plant(&menu, plan, &words);
        }
        if let Some(name) = test {
            let _ = menu.after_with_node_1(&ribbon::draw(texts, name));
        }
        Self {
            menu,
            menu_button: part("[data-do=menu]"),
            banner: part(".banner"),
            log: part(".log"),
            dots: None,
            newest: part(".newest"),
            composer: part(".composer"),
            root,
            drawn: 0,
            texts,
        }
    }

    pub(super) fn opened(&self, full: bool, restart: bool) {
        dom::show(&self.root, true);
        if full {
            dom::attr(&self.root, "aria-modal", "true");
        } else {
            let _ = self.root.remove_attribute("aria-modal");
        }
        self.show_restart(restart);
    }

    /// Whether starting over is on offer; a menu without entries is no menu.
    pub fn show_restart(&self, possible: bool) {
        if let Some(entry) = self.menu.first_element_child() {
            dom::show(&entry, possible);
        }
        dom::show(
            &self.menu_button,
            possible || self.menu.child_element_count() > 1,
        );
    }

    /// Opens or shuts the menu; says whether it is open now.
    pub fn toggle_menu(&self, open: bool) -> bool {
        dom::show(&self.menu, open);
        dom::attr(
            &self.menu_button,
            "aria-expanded",
            if open { "true" } else { "false" },
        );
        if open {
            let first = dom::find(&self.menu, "[role=menuitem]:not([hidden])");
            if let Some(first) = first {
                dom::focus(&first);
            }
        }
        open
    }

    /// Says what is the matter, or nothing.
    pub fn say(&self, words: &str) {
        if self.banner.text_content().as_deref() != Some(words) {
            let at_end = self.is_at_end();
            self.banner.set_text_content(Some(words));
            if at_end {
                self.scroll_to_end();
            }
        }
    }

    /// How many lines are drawn.
    pub fn drawn(&self) -> usize {
        self.drawn
    }

    /// Draws the next line.
    pub fn push(&mut self, stage: &Stage<'_>, lines: &[Line]) {
        let Some(line) = lines.get(self.drawn) else {
            return;
        };
        let first = !self
            .drawn
            .checked_sub(1)
            .and_then(|n| lines.get(n))
            .is_some_and(Line::is_bot);
        let at_end = self.is_at_end() || !line.is_bot();
        self.hide_dots();
        dom::add(&self.log, &transcript::draw(stage, line, first));
        self.drawn += 1;
        if at_end {
            self.scroll_to_end();
        } else {
            dom::show(&self.newest, true);
        }
    }

    /// Draws many lines that are no news: nothing is announced, nothing moves.
    pub fn fill(&mut self, stage: &Stage<'_>, lines: &[Line]) {
        dom::attr(&self.log, "aria-live", "off");
        dom::class(&self.root, "still", true);
        while self.drawn < lines.len() {
            self.push(stage, lines);
        }
        self.scroll_to_end();
        let (log, root) = (self.log.clone(), self.root.clone());
        let over = move || {
            let _ = log.remove_attribute("aria-live");
            dom::class(&root, "still", false);
        };
        dom::after(400, alloc::boxed::Box::new(over));
    }

    /// Takes away all but the first lines.
    pub fn truncate(&mut self, keep: usize) {
        self.hide_dots();
        while self.drawn > keep {
            if let Some(last) = self.log.last_element_child() {
                last.remove();
            }
            self.drawn -= 1;
        }
        dom::show(&self.newest, false);
    }

    /// Shows that words are on their way.
    pub fn show_dots(&mut self) {
        if self.dots.is_none() {
            let at_end = self.is_at_end();
            let dots = transcript::dots();
            dom::add(&self.log, &dots);
            self.dots = Some(dots);
            if at_end {
                self.scroll_to_end();
            }
        }
    }

    fn hide_dots(&mut self) {
        if let Some(dots) = self.dots.take() {
            dots.remove();
        }
    }

    fn is_at_end(&self) -> bool {
        self.log.scroll_height() - self.log.scroll_top() - self.log.client_height() < AT_END
    }

    /// To the newest words.
    pub fn scroll_to_end(&self) {
        self.log.set_scroll_top(self.log.scroll_height());
        dom::show(&self.newest, false);
    }

    /// Moves the keyboard to what waits, else to the transcript.
    pub fn focus(&self) {
        let first = dom::find(
            &self.composer,
            "[data-first], input:not([hidden]), textarea, button:not([hidden]), a",
        );
        dom::focus(first.as_ref().unwrap_or(&self.log));
    }

    /// Goes on in these words.
    pub fn speak(&mut self, texts: &'static Texts) {
        self.texts = texts;
    }

    /// Our words.
    pub fn texts(&self) -> &'static Texts {
        self.texts
    }
}
