//! Somebody on such a page: what they do with pointer and keys, and what they see.

use super::{Host, SITE, Verdict};
use crate::browsers::{Browser, Make, Window};
use crate::chromium::{Complaint, Manner, Voice};
use crate::front::{Authority, CHAT_HOST, CHAT_ORIGIN, Diary, Front, Places, Weather};
use crate::installation::Installation;
use crate::run::{FIND, LAUNCHER, Seen, reading};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Tells whether we changed what the page has of its own.
const WATCH: &str = include_str!("watch.js");
/// Where a page keeps what tests need of it.
const WATCHED: &str = "window[Symbol.for('watch')]";
/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(10);
/// As long as this nothing of ours may come, where nothing of ours is to be.
const ABSENT: Duration = Duration::from_millis(2_500);
/// More requests than this on one case's pages are a burst without an end.
const REQUESTS: usize = 60;
/// Where the panel is.
const PANEL: &str = "[role=dialog]";
/// Where the poke is.
const POKE: &str = "[role=region]";

/// What somebody appears with.
pub(super) struct Start<'a> {
    pub make: Make,
    pub browser: Arc<Browser>,
    pub authority: &'a Authority,
    pub runtime: &'a Handle,
    pub installation: Arc<Installation>,
    pub workspace: String,
    pub manner: Manner,
}

/// Somebody with a browser.
pub struct Guest {
    /// Which browser.
    pub make: Make,
    /// The server.
    pub installation: Arc<Installation>,
    /// The workspace's name.
    pub workspace: String,
    /// How the browser is.
    pub manner: Manner,
    windows: Vec<Window>,
    at: usize,
    /// The frame in which the page is, by how its address begins; the page itself when there is none.
    within: Option<String>,
    expected: Vec<&'static str>,
    profile: String,
    front: Front,
    browser: Arc<Browser>,
}

impl Guest {
    pub(super) fn appear(start: Start<'_>) -> Result<Self, String> {
        let places = Places::of_plans(start.installation.address());
        let front = Front::start(start.runtime, start.authority, places)?;
        let profile = start.browser.new_profile(front.port())?;
        let mut manner = start.manner;
        manner.script = format!(
            "if (location.hostname !== '{CHAT_HOST}' && location.protocol === 'https:') {{ {WATCH} }}\n{}",
            manner.script
        );
        let window = start.browser.open(&profile, &manner)?;
        window.show()?;
        let guest = Self {
            make: start.make,
            installation: start.installation,
            workspace: start.workspace,
            manner,
            windows: vec![window],
            at: 0,
            within: None,
            expected: Vec::new(),
            profile,
            front,
            browser: start.browser,
        };
        guest.serves("/", &Host::default());
        Ok(guest)
    }

    /// The tab in front.
    #[must_use]
    pub fn window(&self) -> &Window {
        &self.windows[self.at]
    }

    /// The tab in front, to make it behave otherwise.
    pub fn window_mut(&mut self) -> &mut Window {
        &mut self.windows[self.at]
    }

    /// Opens another tab, and goes there.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn new_tab(&mut self) -> Result<(), String> {
        let window = self.browser.open(&self.profile, &self.manner)?;
        self.windows.push(window);
        self.go_to_tab(self.windows.len() - 1)
    }

    /// Goes to a tab, from 0.
    ///
    /// # Errors
    /// When it is gone.
    pub fn go_to_tab(&mut self, tab: usize) -> Result<(), String> {
        self.at = tab;
        self.window().show()
    }

    /// How many tabs there are.
    #[must_use]
    pub fn tabs(&self) -> usize {
        self.windows.len()
    }

    /// What is laid over the world.
    #[must_use]
    pub fn weather(&self) -> &Weather {
        self.front.weather()
    }

    /// What was asked of the chat origin.
    #[must_use]
    pub fn diary(&self) -> &Diary {
        self.front.diary()
    }

    /// Requests to the chat origin whose path begins so.
    #[must_use]
    pub fn asked(&self, prefix: &str) -> usize {
        let requests = self.diary().requests();
        let found = requests
            .iter()
            .filter(|request| request.path.starts_with(prefix));
        found.count()
    }

    /// The address of this workspace's loader.
    #[must_use]
    pub fn loader(&self) -> String {
        format!("{CHAT_ORIGIN}/w/{}.js", self.workspace)
    }

    /// The site has this page at a path.
    pub fn serves(&self, path: &str, host: &Host) {
        self.serves_at(SITE, path, host);
    }

    /// A site has this page at a path.
    pub fn serves_at(&self, site: &str, path: &str, host: &Host) {
        let (host, loader) = (host.clone(), self.loader());
        self.weather()
            .answer(site, path, move |_| host.answer(&loader));
    }

    /// From now on the page is the one in a frame whose address begins so.
    pub fn looks_within(&mut self, address: &str) {
        self.within = Some(address.into());
    }

    /// Our own words on the console that this case leads to.
    pub fn expects(&mut self, words: &'static str) {
        self.expected.push(words);
    }

    /// Loads a page of the site.
    ///
    /// # Errors
    /// When it does not load.
    pub fn visits(&self, path: &str) -> Result<(), String> {
        self.window().load(&format!("https://{SITE}{path}"))
    }

    /// The value of an expression in the page.
    ///
    /// # Errors
    /// What it throws.
    pub fn page(&self, expression: &str) -> Result<Value, String> {
        let document = self.page_id()?;
        self.window().evaluate(&document, expression)
    }

    fn page_id(&self) -> Result<String, String> {
        let Some(within) = &self.within else {
            return Ok(self.window().page().to_owned());
        };
        let documents = self.window().documents()?;
        let found = documents
            .into_iter()
            .find(|document| document.address.starts_with(within.as_str()));
        found
            .map(|document| document.id)
            .ok_or_else(|| format!("no frame has {within}"))
    }

    fn chat_id(&self) -> Result<Option<String>, String> {
        let documents = self.window().documents()?;
        let frame = format!("{CHAT_ORIGIN}/f/");
        let found = documents
            .into_iter()
            .find(|document| document.address.starts_with(&frame));
        Ok(found.map(|document| document.id))
    }

    /// The value of an expression in the chat's frame.
    ///
    /// # Errors
    /// What it throws, or that there is no frame.
    pub fn chat(&self, expression: &str) -> Result<Value, String> {
        let document = self.chat_id()?.ok_or("there is no frame")?;
        self.window().evaluate(&document, expression)
    }

    /// How many frames of ours the page holds.
    ///
    /// # Errors
    /// When the page does not answer.
    pub fn frames(&self) -> Result<u64, String> {
        let count = format!("{WATCHED}.count('{CHAT_ORIGIN}')");
        Ok(self.page(&count)?.as_u64().unwrap_or(0))
    }

    /// Where the chat's frame is on the page, when it can be seen: its left, top, width and height.
    ///
    /// # Errors
    /// When the page does not answer.
    pub fn place(&self) -> Result<Option<[f64; 4]>, String> {
        let place = |prefix: &str| format!("{WATCHED}.place('{prefix}')");
        let read = |told: &Value| -> Option<[f64; 4]> {
            let mut sides = told.as_str()?.split(' ').map(str::parse::<f64>);
            let mut side = || sides.next()?.ok();
            Some([side()?, side()?, side()?, side()?])
        };
        let Some(mut own) = read(&self.page(&place(CHAT_ORIGIN))?) else {
            return Ok(None);
        };
        if let Some(within) = &self.within {
            let top = self.window().page().to_owned();
            let around = self.window().evaluate(&top, &place(within))?;
            let Some(around) = read(&around) else {
                return Ok(None);
            };
            own[0] += around[0];
            own[1] += around[1];
        }
        Ok(Some(own))
    }

    /// What is on screen.
    ///
    /// # Errors
    /// When page or frame do not answer.
    pub fn sees(&self) -> Result<Seen, String> {
        if self.place()?.is_none() {
            return Ok(Seen::default());
        }
        let Some(document) = self.chat_id()? else {
            return Ok(Seen::default());
        };
        let read = self.window().evaluate(&document, &reading())?;
        serde_json::from_value(read).map_err(|fault| fault.to_string())
    }

    /// Waits until something is seen.
    ///
    /// # Errors
    /// When it is not.
    pub fn awaits(&self, what: &str, holds: impl Fn(&Seen) -> bool) -> Result<Seen, String> {
        self.awaits_for(PATIENCE, what, holds)
    }

    /// Waits so long until something is seen.
    ///
    /// # Errors
    /// When it is not.
    pub fn awaits_for(
        &self,
        patience: Duration,
        what: &str,
        holds: impl Fn(&Seen) -> bool,
    ) -> Result<Seen, String> {
        let mut last = Err("nothing was seen".into());
        let found = until(patience, || {
            // While documents come and go they may not answer.
            last = self.sees();
            Ok(last.as_ref().is_ok_and(&holds))
        })?;
        match (found, last) {
            (true, Ok(seen)) => Ok(seen),
            (_, Ok(seen)) => {
                let documents = self.window().documents()?;
                let addresses: Vec<&str> =
                    documents.iter().map(|one| one.address.as_str()).collect();
                let said: Vec<String> =
                    self.complaints().into_iter().map(|one| one.words).collect();
                Err(format!(
                    "not {what}, but {} in {addresses:?}, requests {:?}, said {said:?}",
                    brief(&seen),
                    self.diary().requests()
                ))
            }
            (_, Err(why)) => Err(format!("not {what}: {why}")),
        }
    }

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
            let (Some(place), Some(document)) = (self.place()?, self.chat_id()?) else {
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
        self.presses("form input", None, PANEL)?;
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

impl Drop for Guest {
    fn drop(&mut self) {
        self.windows.clear();
        self.browser.drop_profile(&self.profile);
    }
}

/// Asks again until the answer is yes; says whether it was, in time. An error is no, except at the end.
///
/// # Errors
/// The last one.
pub fn until(
    patience: Duration,
    mut asks: impl FnMut() -> Result<bool, String>,
) -> Result<bool, String> {
    let end = Instant::now() + patience;
    loop {
        let answer = asks();
        if answer == Ok(true) {
            return answer;
        }
        if Instant::now() > end {
            return answer;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
}

/// What is on screen, in few words.
#[must_use]
pub fn brief(seen: &Seen) -> String {
    format!(
        "{} saying {:?}, offering {:?}, asking {:?}{}",
        seen.form.as_deref().unwrap_or("nothing"),
        seen.said.last().map_or("", String::as_str),
        seen.offers,
        seen.asks.as_deref().unwrap_or(""),
        seen.notice
            .as_ref()
            .map_or(String::new(), |notice| format!(", noting {notice:?}"))
    )
}
