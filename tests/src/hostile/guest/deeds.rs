//! What somebody does in the chat with pointer and keys, and what they hold of it in the end.

use super::{Guest, PATIENCE, WATCHED, brief, until};
use crate::browsers::Window;
use crate::chromium::{Complaint, Voice};
use crate::front::CHAT_ORIGIN;
use crate::hostile::Verdict;
use crate::run::{FIND, LAUNCHER, Seen};
use serde_json::json;
use std::time::Duration;

/// As long as this nothing of ours may come, where nothing of ours is to be.
const ABSENT: Duration = Duration::from_millis(2_500);
/// More requests than this on one case's pages are a burst without an end.
const REQUESTS: usize = 60;
/// Where the panel is.
const PANEL: &str = "[role=dialog]";
/// Where the poke is.
const POKE: &str = "[role=region]";

impl Guest {
    /// Presses a control in the chat, by its role and its name.
    ///
    /// # Errors
    /// When there is none that can be pressed.
    pub fn presses(&self, query: &str, name: Option<&str>, within: &str) -> Result<(), String> {
        let names = name.map(|name| vec![name]);
        let find = format!(
            "{FIND}({}, {}, {})",
            json!(query),
            json!(names),
            json!(within)
        );
        let mut covered = false;
        let pressed = until(PATIENCE, || {
            let Some(document) = self.chat_id()? else {
                return Ok(false);
            };
            if !self.is_placed()? {
                return Ok(false);
            }
            let Some(place) = self.place()? else {
                return Ok(false);
            };
            let at = self.window().evaluate(&document, &find)?;
            let (Some(x), Some(y)) = (at[0].as_f64(), at[1].as_f64()) else {
                return Ok(false);
            };
            // A page may show its frames enlarged.
            let width = self.window().evaluate(&document, "innerWidth")?;
            let scale = place[2] / width.as_f64().unwrap_or(place[2]);
            let on_page = [place[0] + x * scale, place[1] + y * scale];
            covered = !self.is_ours(on_page)?;
            if covered {
                return Ok(false);
            }
            self.window().press(&document, [x, y], on_page)?;
            Ok(true)
        })?;
        let what = name.unwrap_or(query);
        match (pressed, covered) {
            (true, _) => Ok(()),
            (false, true) => Err(format!("{what} is under something of the page")),
            (false, false) => Err(format!("there is no {what}")),
        }
    }

    /// Whether the page has placed the frame as it asks for, and the frame knows how large it is. What is drawn between
    /// asking and placing is squeezed into the frame as it was, for less time than anybody needs to press.
    fn is_placed(&self) -> Result<bool, String> {
        let calls = format!("{WATCHED}.calls()");
        let before = self.page(&calls)?;
        // It comes after every order that the frame has given the page.
        self.chat("parent.postMessage('a test calls', '*')")?;
        if !until(PATIENCE, || Ok(self.page(&calls)? != before))? {
            return Err("the page does not hear its frame".into());
        }
        let given = self.page(&format!("{WATCHED}.size('{CHAT_ORIGIN}')"))?;
        Ok(self.chat("innerWidth + ' ' + innerHeight")? == given)
    }

    /// Whether what the pointer meets at a point of the page is our frame.
    ///
    /// # Errors
    /// When the page does not answer.
    pub fn is_ours(&self, [x, y]: [f64; 2]) -> Result<bool, String> {
        let top = self.window().page().to_owned();
        let prefix = self.within.as_deref().unwrap_or(CHAT_ORIGIN);
        let met = format!("{WATCHED}.meets({x}, {y}, '{prefix}')");
        Ok(self.window().evaluate(&top, &met)? == true)
    }

    /// Opens the panel by the launcher.
    ///
    /// # Errors
    /// When it does not open.
    pub fn opens(&self) -> Result<Seen, String> {
        self.awaits("the launcher", |seen| seen.form.is_some())?;
        if self.sees()?.form.as_deref() != Some("panel") {
            self.presses(LAUNCHER, None, "")?;
        }
        self.awaits("the panel", |seen| seen.form.as_deref() == Some("panel"))
    }

    /// Gives an answer, on the poke or in the panel.
    ///
    /// # Errors
    /// When it is not offered.
    pub fn answers(&self, label: &str) -> Result<(), String> {
        let offered = |seen: &Seen| seen.offers.iter().any(|offer| offer == label);
        let seen = self.awaits(&format!("{label:?} on offer"), offered)?;
        let within = match seen.form.as_deref() {
            Some("panel") => PANEL,
            _ => POKE,
        };
        self.presses("button", Some(label), within)
    }

    /// Types into what awaits, and sends it.
    ///
    /// # Errors
    /// When nothing awaits.
    pub fn types(&self, text: &str) -> Result<(), String> {
        self.awaits("a field", |seen| seen.asks.is_some())?;
        self.presses("form .entry", None, PANEL)?;
        self.chat("document.activeElement.select()")?;
        self.window().write(text)?;
        self.window().key("Enter")
    }

    /// Waits until these are the newest words.
    ///
    /// # Errors
    /// When they are not.
    pub fn reads(&self, words: &str) -> Result<Seen, String> {
        let last = |seen: &Seen| seen.said.last().is_some_and(|said| said == words);
        self.awaits(&format!("{words:?}"), last)
    }

    /// Answers until the goal is reached.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn talks(&self) -> Result<(), String> {
        self.answers("Yes")?;
        self.reads("Your address?")?;
        self.types("ada@corp.example")?;
        self.reads("Thank you.").map(|_| ())
    }

    /// Holds when the server has proven so many goals.
    ///
    /// # Errors
    /// When it has not.
    pub fn proves(&self, count: usize) -> Result<(), String> {
        let mut last = 0;
        let found = until(PATIENCE, || {
            let goals = self
                .installation
                .api(&self.workspace, "goals?proven=true")?;
            last = goals["items"].as_array().map_or(0, Vec::len);
            Ok(last == count)
        })?;
        if found {
            Ok(())
        } else {
            Err(format!("{last} goals are proven, not {count}"))
        }
    }

    /// The whole conversation, and the server's proof of it.
    ///
    /// # Errors
    /// When any of it fails.
    pub fn works(&self) -> Result<(), String> {
        self.talks()?;
        self.proves(1)
    }

    /// Holds when nothing of ours comes to the page.
    ///
    /// # Errors
    /// When something does.
    pub fn meets_nothing(&self) -> Result<(), String> {
        let come = until(ABSENT, || Ok(self.frames()? > 0 && self.place()?.is_some()))?;
        if come {
            return Err(format!("something came: {}", brief(&self.sees()?)));
        }
        match self.frames()? {
            0 => Ok(()),
            _ => Err("a frame stays, and shows nothing".into()),
        }
    }

    /// Lets time pass in the page and in the chat.
    ///
    /// # Errors
    /// When a document fails meanwhile.
    pub fn waits(&self, ms: i64) -> Result<(), String> {
        let pass = format!(
            "window[Symbol.for('a test')] && window[Symbol.for('a test')].pass({ms}).then(function () {{}})"
        );
        self.page(&pass)?;
        if self.chat_id()?.is_some() {
            self.chat(&pass)?;
        }
        Ok(())
    }

    /// What our scripts said on the console, and what was thrown.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let all = self.windows.iter().flat_map(Window::complaints);
        all.filter(|complaint| complaint.voice != Voice::Browser)
            .collect()
    }

    /// The end of a case: nothing was thrown or said beyond what is expected, the page's functions are its own, and
    /// the server was not stormed.
    ///
    /// # Errors
    /// What is wrong.
    pub fn leaves(&self, seen: &str) -> Verdict {
        let changed = self.page(&format!("{WATCHED}.changed()"))?;
        if let Some(changed) = changed.as_str().filter(|changed| !changed.is_empty()) {
            return Err(format!("the page's own was changed:{changed}"));
        }
        let wrong: Vec<String> = self
            .complaints()
            .into_iter()
            .map(|complaint| complaint.words)
            .filter(|words| {
                !self
                    .expected
                    .iter()
                    .any(|expected| words.contains(expected))
            })
            .collect();
        if !wrong.is_empty() {
            return Err(format!("{seen}, but said or threw {wrong:?}"));
        }
        let requests = self.diary().count();
        if requests > REQUESTS * self.windows.len() {
            return Err(format!("{seen}, but {requests} requests were made"));
        }
        Ok(seen.to_owned())
    }
}
