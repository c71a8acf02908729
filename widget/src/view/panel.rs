//! The panel: head, menu, banner, transcript, and what waits for the visitor.

use super::View;
use super::transcript::Line;
use crate::hands::{self, draw, own, plant, remove, show, word};
use crate::talk::Talk;
use engine::compiled::Span;
use engine::conversation::pieces;
use engine::ids::CardId;

impl View {
    pub(super) fn draw_panel(&self, test: Option<&str>) {
        draw!(
            "body",
            "<section.panel[role=dialog][aria-label=~chat](header.head(span.face[aria-hidden=true](%0),h2~chat,button.tool[data-do=menu][aria-label=~menu][title=~menu][aria-haspopup=menu][aria-expanded=false]@more,button.tool[data-do=close][aria-label=~minimise][title=~minimise]@down),div.menu[role=menu][data-group][hidden](button[data-do=restart][role=menuitem]@restart(span~restart),button.languages[data-do=languages][role=menuitem]@talk(span~language),button.others[data-do=chats][role=menuitem]@talk(span~chats)))",
            self.theme.avatar.as_str()
        );
        if !self.theme.privacy.is_empty() {
            draw!(
                ".menu",
                "a[role=menuitem][target=_blank][href=$0]@lock(span~privacy)",
                self.theme.privacy.as_str()
            );
        }
        if self.theme.sound {
            plant(
                ".menu",
                "button[data-do=sound][role=menuitemcheckbox]@bell(span~sound)",
            );
        }
        if self.theme.ends {
            plant(
                ".head",
                "button.tool[data-do=end][aria-label=~end][title=~end]@close",
            );
        }
        plant(
            ".panel",
            "div.banner[role=status],div.log[role=log][aria-label=~log][tabindex=0],button.newest[data-do=newest][hidden]~newest,div.composer",
        );
        if let Some(name) = test {
            word(name);
            hands::lend("ribbon");
        }
    }

    /// Whether starting over, other languages and other conversations are on offer; a menu without entries is no
    /// menu.
    pub fn show_menu(&self, restart: bool, languages: bool, others: bool) {
        show("[data-do=restart]", restart);
        show(".languages", languages);
        show(".others", others);
        show(
            ".tool[aria-haspopup]",
            restart || languages || others || self.theme.sound || !self.theme.privacy.is_empty(),
        );
    }

    /// Shows the first words while the dialogue is on its way.
    pub fn preview(&mut self, words: &[Span]) {
        if self.drawn == 0 && !self.previews {
            self.previews = true;
            Line::Bot(CardId(0), pieces(words, &|_| None)).draw(self.theme, true);
        }
    }

    /// Draws the next line.
    pub fn push(&mut self, talk: &Talk) {
        let Some(line) = talk.lines.get(self.drawn) else {
            return;
        };
        let is_bot = line.is_bot();
        // The first line is where the transcript begins; to ask would make the browser lay everything out.
        let first = self.drawn == 0;
        let follows = first || !is_bot || hands::at_end();
        self.hide_dots();
        if core::mem::take(&mut self.previews) {
            hands::shorten(0);
        }
        line.draw(self.theme, !self.bot);
        if let Some(at) = talk.times.get(self.drawn) {
            hands::stamp(at.0 as f64);
        }
        self.bot = is_bot;
        self.drawn += 1;
        if !first {
            hands::follow(follows);
        }
    }

    /// Draws all lines, or the first, as what is no news: nothing is announced, nothing moves.
    pub fn fill(&mut self, talk: &Talk, all: bool) {
        let known = talk.lines.len().min(if all { usize::MAX } else { 1 });
        if self.drawn < known {
            hands::quiet();
            while self.drawn < known {
                self.push(talk);
            }
            if known > 1 {
                hands::to_end();
            }
        }
    }

    /// Takes away all but the first lines.
    pub fn truncate(&mut self, lines: &[Line], keep: usize) {
        self.hide_dots();
        hands::shorten(keep);
        self.drawn = self.drawn.min(keep);
        self.bot = self
            .drawn
            .checked_sub(1)
            .and_then(|n| lines.get(n))
            .is_some_and(Line::is_bot);
    }

    /// Shows that words are on their way.
    pub fn show_dots(&self) {
        let follows = hands::at_end();
        self.hide_dots();
        plant(
            ".log",
            "div.turn bot[aria-hidden=true](div.bubble dots(i,i,i))",
        );
        if follows {
            hands::to_end();
        }
    }

    fn hide_dots(&self) {
        remove(".turn[aria-hidden]");
    }

    /// Says beneath the input what is wrong with the answer.
    pub fn fault(&self, key: &str) {
        let follows = hands::at_end();
        own(key);
        plant(".fault", "!@warn,span=0");
        if follows {
            hands::to_end();
        }
        let entry = if key == "fault-agreement" {
            ".agree input"
        } else {
            hands::flag(".field", "wrong", true);
            ".entry"
        };
        hands::set(entry, "aria-invalid", "true");
        if !hands::focus(entry) {
            hands::say(key, 0);
        }
    }
}

/// The line about privacy before the first personal datum.
pub(super) fn privacy(policy: &str) {
    if policy.is_empty() {
        plant(".composer", "p.small~privacy-line");
    } else {
        word(policy);
        plant(
            ".composer",
            "p.small(span~privacy-line,a[target=_blank][href=$0]~privacy)",
        );
    }
}
