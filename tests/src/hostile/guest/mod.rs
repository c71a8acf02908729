//! Somebody on such a page, and what they see.

mod deeds;

use super::{Host, SITE};
use crate::browsers::{Browser, Make, Window};
use crate::chromium::Manner;
use crate::front::{Authority, CHAT_HOST, CHAT_ORIGIN, Diary, Front, Places, Weather};
use crate::installation::Installation;
use crate::run::{Seen, reading};
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// Tells whether we changed what the page has of its own.
const WATCH: &str = include_str!("../watch.js");
/// Where a page keeps what tests need of it.
const WATCHED: &str = "window[Symbol.for('watch')]";
/// How long something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(10);
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
