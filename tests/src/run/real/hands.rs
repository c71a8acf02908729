//! What a visitor does, with pointer, fingers and keys.

use super::visitor::Visitor;
use super::words::Name;
use crate::chromium::Touch;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Finds a control in the chat's frame: a function of a selector, of names or null, and of a selector around it.
pub const FIND: &str = include_str!("find.js");
/// How long a control may take to appear.
const PATIENCE: Duration = Duration::from_millis(800);
/// Most pages of slots that are asked for.
const PAGES_OF_SLOTS: usize = 14;

/// The launcher: it says whether the panel is open, and is no part of it.
pub const LAUNCHER: &str = "button[aria-expanded]:not([role=dialog] *)";
/// Times of the day that is shown: the buttons of the group after the days.
const TIMES: &str = "[role=group] ~ [role=group] button";
/// Where the panel is.
const PANEL: &str = "[role=dialog]";

impl Visitor {
    /// Where a control is on the page.
    pub(super) fn find(
        &self,
        query: &str,
        names: Option<&[&str]>,
        within: &str,
    ) -> Result<Option<(f64, f64)>, String> {
        let Some(frame) = self.shown_frame()? else {
            return Ok(None);
        };
        let at = frame.evaluate(&format!(
            "{FIND}({}, {}, {})",
            json!(query),
            json!(names),
            json!(within)
        ))?;
        let (Some(x), Some(y)) = (at[0].as_f64(), at[1].as_f64()) else {
            return Ok(None);
        };
        let place = "(function () { var box = document.querySelector('iframe').getBoundingClientRect(); return [box.left, box.top]; })()";
        let frame = self.page()?.evaluate(place)?;
        let offset = |n: usize| frame[n].as_f64().unwrap_or(0.0);
        Ok(Some((x + offset(0), y + offset(1))))
    }

    /// Presses a control.
    pub(super) fn press(
        &self,
        query: &str,
        names: Option<&[&str]>,
        within: &str,
    ) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some((x, y)) = self.find(query, names, within)? {
                let frame = self.shown_frame()?.ok_or("the frame is gone")?;
                return self.open_tab()?.press(&frame, x, y);
            }
            if Instant::now() > until {
                let what = names.map_or_else(|| query.to_owned(), |names| names.join(" or "));
                return Err(format!("there is no {what}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(super) fn press_named(&self, name: Name, within: &str) -> Result<(), String> {
        self.press("button, a", Some(&name.words()), within)
    }

    /// Opens the panel by the launcher.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn open(&self) -> Result<(), String> {
        if self.read()?.form.as_deref() == Some("panel") {
            return Err("the panel is open already".into());
        }
        self.press(LAUNCHER, None, "")
    }

    /// Minimises the panel.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn close(&self) -> Result<(), String> {
        self.press_named(Name::Minimise, PANEL)
    }

    /// Presses the poke's close control.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn dismiss(&self) -> Result<(), String> {
        // The control appears when the pointer comes near, or the finger has touched.
        if let Some((x, y)) = self.find("button", None, "[role=region]")?
            && self.manner.touch == Touch::Pointer
        {
            self.open_tab()?.point(x, y)?;
        }
        self.press_named(Name::Dismiss, "")
    }

    /// Presses an answer, in the panel or on the poke.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn answer(&self, label: &str) -> Result<(), String> {
        let seen = self.read()?;
        if !seen.offers.iter().any(|offer| offer == label) {
            return Err(format!("{label:?} is not offered"));
        }
        let within = match seen.form.as_deref() {
            Some("panel") => PANEL,
            _ => "[role=region]",
        };
        self.press("button", Some(&[label]), within)
    }

    /// Types into what awaits, and sends it.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn write(&self, text: &str) -> Result<(), String> {
        let seen = self.read()?;
        if seen.asks.as_deref() == Some("boolean") {
            let name = match text {
                "yes" => Name::Yes,
                "no" => Name::No,
                _ => return Err(format!("{text:?} cannot be typed here")),
            };
            return self.press_named(name, PANEL);
        }
        self.press("form .entry", None, PANEL)?;
        let tab = self.open_tab()?;
        let frame = tab.frame().ok_or("the frame is gone")?;
        if matches!(seen.asks.as_deref(), Some("date" | "date-time")) {
            // A date is chosen in a calendar of the browser's own, which no test can see.
            frame.evaluate(&format!(
                "document.activeElement.value = {}, document.activeElement.dispatchEvent(new Event('input', {{ bubbles: true }}))",
                json!(text)
            ))?;
        } else {
            frame.evaluate("document.activeElement.select()")?;
            if text.is_empty() {
                frame.evaluate("document.activeElement.value = ''")?;
            } else {
                tab.write(text)?;
            }
        }
        if seen.asks.as_deref() == Some("date-time") || seen.asks.as_deref() == Some("date") {
            return self.press_named(Name::Send, PANEL);
        }
        tab.key("Enter")
    }

    /// Skips what may be skipped.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn skip(&self) -> Result<(), String> {
        self.press_named(Name::Skip, PANEL)
    }

    /// Ticks the box beside what is asked.
    ///
    /// # Errors
    /// When there is none.
    pub fn tick(&self) -> Result<(), String> {
        self.press("label input[type=checkbox]", None, PANEL)
    }

    /// Asks for the previous question.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn back(&self) -> Result<(), String> {
        self.press_named(Name::Back, PANEL)
    }

    /// Starts over.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn restart(&self) -> Result<(), String> {
        let at_end = self
            .find("button", Some(&Name::Restart.words()), PANEL)?
            .is_some();
        if !at_end {
            self.press_named(Name::Menu, PANEL)?;
            self.press("[role=menuitem]", Some(&Name::Restart.words()), PANEL)?;
        }
        // It asks first, except at the end.
        self.press_named(Name::Restart, PANEL)
    }

    /// Presses a link in the texts.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn click(&self, words: &str) -> Result<(), String> {
        self.press("[role=log] a", Some(&[words]), PANEL)
    }

    /// Opens the document on offer.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn open_document(&self) -> Result<(), String> {
        self.press("a, button", Some(&Name::OpenDocument.words()), PANEL)
    }

    /// Leaves the document unread, or says that no time suits.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn decline(&self) -> Result<(), String> {
        let names = [Name::Decline.words(), Name::NoneFits.words()].concat();
        self.press("button", Some(&names), PANEL)
    }

    /// Shows the day of a slot; says whether the slot is on offer.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn offers_slot(&self, at: i64) -> Result<bool, String> {
        if self.read()?.asks.as_deref() != Some("slot") {
            return Err("no slot is asked for".into());
        }
        for _ in 0..PAGES_OF_SLOTS {
            let day = self.in_words(
                at,
                &json!({ "weekday": "long", "day": "numeric", "month": "long" }),
            )?;
            if self.find("button", Some(&[&day]), PANEL)?.is_some() {
                self.press("button", Some(&[&day]), PANEL)?;
                self.settle()?;
                return Ok(self.find_time(at)?.is_some());
            }
            if self
                .find("button", Some(&Name::Later.words()), PANEL)?
                .is_none()
            {
                break;
            }
            self.press_named(Name::Later, PANEL)?;
            self.settle()?;
        }
        Ok(false)
    }

    fn find_time(&self, at: i64) -> Result<Option<String>, String> {
        let time = self.in_words(at, &json!({ "hour": "numeric", "minute": "2-digit" }))?;
        let found = self.find("button", Some(&[&time]), PANEL)?;
        Ok(found.map(|_| time))
    }

    /// A moment as the browser writes it, in the chat's language and the visitor's zone.
    fn in_words(&self, at: i64, parts: &Value) -> Result<String, String> {
        let frame = self.shown_frame()?.ok_or("nothing is on screen")?;
        let words = frame.evaluate(&format!(
            "new Date({at}).toLocaleString(document.documentElement.lang, {parts})"
        ))?;
        words
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| "no words".into())
    }

    /// Books the slot that begins at a moment, in milliseconds.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn book(&self, at: i64) -> Result<(), String> {
        if !self.offers_slot(at)? {
            return Err("that time is not offered".into());
        }
        let time = self.find_time(at)?.ok_or("that time is gone")?;
        self.press("button", Some(&[&time]), PANEL)?;
        self.settle()?;
        self.press_named(Name::Book, PANEL)?;
        self.settle()?;
        let seen = self.read()?;
        match seen.refusal {
            Some(refusal) if seen.asks.is_some() => Err(refusal),
            _ => Ok(()),
        }
    }

    /// Books the first slot on offer.
    ///
    /// # Errors
    /// When none is on offer, or it was not booked.
    pub fn book_first(&self) -> Result<(), String> {
        if self.read()?.asks.as_deref() != Some("slot") {
            return Err("no slot is asked for".into());
        }
        self.press(TIMES, None, PANEL)?;
        self.settle()?;
        self.press_named(Name::Book, PANEL)?;
        self.settle()
    }

    /// Scrolls the page to so many percent.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn scroll(&self, percent: u8) -> Result<(), String> {
        let page = self.page()?;
        page.evaluate(&format!(
            "new Promise(function (done) {{ \
               scrollTo(0, Math.ceil((document.documentElement.scrollHeight - innerHeight) * {percent} / 100)); \
               requestAnimationFrame(function () {{ requestAnimationFrame(function () {{ done(1); }}); }}); }})"
        ))?;
        Ok(())
    }

    /// Makes as if to leave.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn exit_intent(&self) -> Result<(), String> {
        let tab = self.open_tab()?;
        if self.manner.touch == Touch::Fingers {
            // A fast scroll up, of more than a screen.
            tab.page().evaluate(
                "new Promise(function (done) { var left = 4; (function up() { \
                   scrollBy(0, -innerHeight / 3); if (left--) requestAnimationFrame(up); else done(1); })(); })",
            )?;
            return Ok(());
        }
        tab.point(400.0, 200.0)?;
        tab.point(400.0, 20.0)?;
        tab.page().evaluate(
            "document.documentElement.dispatchEvent(new MouseEvent('mouseout', { bubbles: true, clientX: 400, clientY: -1, relatedTarget: null }))",
        )?;
        Ok(())
    }
}
