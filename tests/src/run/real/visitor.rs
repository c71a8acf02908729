//! A visitor: a profile of the browser with its own way to the network, and tabs.

use super::Machine;
use crate::chromium::{Ahead, Complaint, Line, Manner, Session, Tab, Touch};
use crate::front::{CHAT_ORIGIN, EMPTY, Front, Places};
use crate::plan;
use engine::ids::ConversationId;
use engine::wire::Opaque;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How long a page may take until nothing moves any more.
const PATIENCE: Duration = Duration::from_secs(12);
/// As long as this nothing may be under way.
const QUIET: Duration = Duration::from_millis(60);

/// What a page notes for us: how often it was told of a decision. `usher:decided` is part of the page's API.
const COUNT_DECISIONS: &str = "(function () { var all = 0; addEventListener('usher:decided', function () { all += 1; }); \
    Object.defineProperty(window, Symbol.for('decisions'), { get: function () { return all; } }); })();";
/// Pages begin at their top, also those that are loaded again.
const FROM_THE_TOP: &str = "history.scrollRestoration = 'manual';";
/// A page may call before the script is there.
const QUEUE: &str = "window.usher = window.usher || function () { (window.usher.q = window.usher.q || []).push(arguments); };";

/// What must be as it was on a page of somebody else's: every name in `window`, the page's own content, its storage.
const UNTOUCHED: &str = r"(function () {
    var before = window[Symbol.for('a test')], faults = [];
    if (!before || location.protocol === 'about:') return faults;
    Object.getOwnPropertyNames(window).forEach(function (name) {
        if (before.names.indexOf(name) < 0 && name !== 'usher' && !/^\d+$/.test(name)) faults.push('window.' + name);
    });
    [].forEach.call(document.documentElement.children, function (child) {
        if (child !== document.head && child !== document.body && child.tagName !== 'IFRAME') faults.push('<' + child.tagName.toLowerCase() + '> beside the body');
    });
    if (document.querySelectorAll('iframe').length > 1) faults.push('two frames');
    if (document.body.querySelector('iframe, style, link')) faults.push('something in the body');
    if (document.head.children.length !== document.head.querySelectorAll('meta, title, link[rel=icon], style').length) faults.push('something in the head');
    if (document.querySelectorAll('style').length !== 1) faults.push('a style');
    if (document.body.querySelectorAll('p').length !== 40) faults.push('the content');
    var full = document.querySelector('iframe');
    full = full && full.getBoundingClientRect().width >= innerWidth;
    if (!full && (document.querySelector('[inert]') || document.documentElement.hasAttribute('style'))) faults.push('the lock');
    if (localStorage.length || sessionStorage.length) faults.push('storage');
    document.cookie.split('; ').forEach(function (cookie) { if (cookie && cookie.indexOf('usher=') !== 0) faults.push(cookie); });
    return faults;
})()";

/// The same for a page that has scripts and content of its own: only what may be beside its body is known.
const BESIDE: &str = "[].filter.call(document.documentElement.children, function (child) { \
    return child !== document.head && child !== document.body && child.tagName !== 'IFRAME'; }) \
    .map(function (child) { return '<' + child.tagName.toLowerCase() + '> beside the body'; })";

/// Somebody with a browser.
pub struct Visitor {
    tabs: Vec<Option<Tab>>,
    tab: usize,
    context: String,
    front: Front,
    machine: Arc<Machine>,
    /// How the browser is.
    pub manner: Manner,
    /// The token of a link that leads to the next page.
    pub link: Option<String>,
    plain_pages: bool,
    login: Option<String>,
    consent: Option<&'static str>,
    requests_before: usize,
    was_away: bool,
    loaded_away: bool,
    sites: Vec<String>,
    complaints: Vec<Complaint>,
    faults: Vec<String>,
    decisions_before: u64,
    stale: bool,
}

impl Visitor {
    /// Somebody new.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn appear(
        machine: Arc<Machine>,
        runtime: &Handle,
        places: Places,
        ahead_ms: i64,
    ) -> Result<Self, String> {
        let plain_pages = places.sites.is_empty();
        let front = Front::start(runtime, &machine.authority, places)?;
        let context = machine.chromium.new_context(front.port())?;
        Ok(Self {
            tabs: vec![None],
            tab: 0,
            context,
            front,
            machine,
            manner: Manner {
                ahead: Ahead(ahead_ms),
                ..Manner::default()
            },
            plain_pages,
            link: None,
            login: None,
            consent: None,
            requests_before: 0,
            was_away: false,
            loaded_away: false,
            sites: Vec::new(),
            complaints: Vec::new(),
            faults: Vec::new(),
            decisions_before: 0,
            stale: false,
        })
    }

    fn tab(&self) -> Option<&Tab> {
        self.tabs.get(self.tab)?.as_ref()
    }

    /// The tab in front.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn open_tab(&self) -> Result<&Tab, String> {
        self.tab().ok_or_else(|| "no page is open".into())
    }

    /// The page in front.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn page(&self) -> Result<&Session, String> {
        Ok(self.open_tab()?.page())
    }

    /// The chat's frame, when it is to be seen.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn shown_frame(&self) -> Result<Option<Session>, String> {
        let Some(tab) = self.tab() else {
            return Ok(None);
        };
        let shown = "(function () { var frame = document.querySelector('iframe'); \
            return !!frame && getComputedStyle(frame).visibility === 'visible' && frame.getBoundingClientRect().width > 0; })()";
        let shown = tab.page().evaluate(shown)? == true;
        Ok(tab.frame().filter(|_| shown))
    }

    /// Whether a page is open in front.
    pub(super) fn has_page(&self) -> bool {
        self.tab().is_some()
    }

    /// The token by which the server knows the browser.
    pub fn token(&self) -> Option<Opaque> {
        self.front.diary().visitor()
    }

    /// Conversations it has sent lines of.
    pub fn conversations(&self) -> Vec<ConversationId> {
        self.front.diary().conversations()
    }

    /// The one it has sent lines of last.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        self.conversations().pop()
    }

    /// The edition whose file the frame has loaded first.
    pub(super) fn fetched_edition(&self) -> Option<String> {
        let files =
            "performance.getEntriesByType('resource').map(function (file) { return file.name; })";
        let files = self.tab()?.frame()?.evaluate(files).ok()?;
        files
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .find_map(|file| {
                let (_, name) = file.rsplit_once('/')?;
                let (edition, _) = name.split_once('.')?;
                (file.contains("/e/")).then(|| edition.to_owned())
            })
    }

    /// Makes the browser behave as its manner says.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn behave(&mut self) -> Result<(), String> {
        let mut script = format!("{COUNT_DECISIONS}{FROM_THE_TOP}");
        if self.login.is_some() || self.consent.is_some() {
            script.push_str(QUEUE);
        }
        if let Some(consent) = self.consent {
            script.push_str(&format!("usher('consent', {});", json!(consent)));
        }
        if let Some(login) = &self.login {
            script.push_str(&format!("usher('identify', {});", json!(login)));
        }
        self.manner.page_script =
            format!("if (window === top && location.protocol !== 'about:') {{ {script} }}");
        for tab in self.tabs.iter_mut().flatten() {
            tab.behave(&self.manner)?;
        }
        Ok(())
    }

    /// The site's log-in vouches for this visitor: on the open page at once, on others as they load.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn log_in(&mut self, token: String) -> Result<(), String> {
        if let Some(tab) = self.tab() {
            tab.page()
                .evaluate(&format!("usher('identify', {})", json!(token)))?;
        }
        self.login = Some(token);
        Ok(())
    }

    /// What the visitor holds in hand.
    pub fn hold(&mut self, device: plan::Device) {
        (self.manner.size, self.manner.touch) = match device {
            plan::Device::Desktop => ((1280, 800), Touch::Pointer),
            plan::Device::Tablet => ((820, 1180), Touch::Fingers),
            plan::Device::Phone => ((390, 844), Touch::Fingers),
        };
    }

    /// Puts the clock of documents to come.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn set_ahead(&mut self, ahead: i64) -> Result<(), String> {
        self.manner.ahead = Ahead(ahead);
        self.behave()
    }

    /// Lets time pass in every tab; in front of the visitor it is visible time.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn pass(&self, ms: i64) -> Result<(), String> {
        for tab in self.tabs.iter().flatten() {
            tab.pass(ms)?;
        }
        Ok(())
    }

    /// Loads a page in the tab in front, led there by another page or by nothing.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn visit(&mut self, address: &str, from: Option<&str>) -> Result<(), String> {
        self.look_back_at_page()?;
        if self.tab().is_none() {
            self.behave()?;
            let tab = Tab::open(&self.machine.chromium, &self.context, &self.manner)?;
            self.tabs[self.tab] = Some(tab);
        }
        let mut address = address.to_owned();
        if let Some(link) = self.link.take() {
            address.push_str(&format!("#usher-link={link}"));
        }
        if let Some(site) = site(&address)
            && !self.sites.contains(&site)
        {
            self.sites.push(site);
        }
        self.requests_before = self.front.diary().count();
        self.loaded_away = self.front.diary().is_away();
        self.decisions_before = 0;
        self.renew()?;
        let tab = self.open_tab()?;
        tab.show()?;
        tab.load(&address, from)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn refresh(&mut self) -> Result<(), String> {
        self.look_back_at_page()?;
        self.requests_before = self.front.diary().count();
        self.loaded_away = self.front.diary().is_away();
        self.decisions_before = 0;
        self.renew()?;
        self.open_tab()?.reload()
    }

    /// The page changes its address without a load.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn navigate(&mut self, address: &str) -> Result<(), String> {
        self.decisions_before = self.decisions()? + 1;
        let moved = format!("history.pushState(null, '', {})", json!(address));
        self.page()?.evaluate(&moved)?;
        // It is noticed a little later, so that an application may change its address more than once.
        self.wait_for_decision(Duration::from_millis(700));
        Ok(())
    }

    /// Closes the tab in front.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn leave(&mut self) -> Result<(), String> {
        self.look_back_at_page()?;
        self.tabs[self.tab] = None;
        Ok(())
    }

    /// Opens another tab and goes there.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn new_tab(&mut self) -> Result<(), String> {
        self.tabs.push(None);
        self.tab = self.tabs.len() - 1;
        Ok(())
    }

    /// Goes to the n-th tab, from 1.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn go_to_tab(&mut self, number: u64) -> Result<(), String> {
        let at = usize::try_from(number).unwrap_or(usize::MAX) - 1;
        if at >= self.tabs.len() {
            return Err(format!("there is no tab {number}"));
        }
        self.tab = at;
        match self.tab() {
            Some(tab) => tab.show(),
            None => Ok(()),
        }
    }

    /// Takes the chat origin away or gives it back; browsers tell their pages.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn set_network(&mut self, on: bool) -> Result<(), String> {
        self.front.diary().set_away(!on);
        self.was_away |= !on;
        self.manner.line = if on { Line::Open } else { Line::Cut };
        self.behave()
    }

    /// The page's call for consent, repeated by its later pages.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn consent(&mut self, mode: plan::Consent) -> Result<(), String> {
        let word = match mode {
            plan::Consent::Wait => "wait",
            plan::Consent::Essential => "essential",
            plan::Consent::Full => "full",
        };
        self.consent = Some(word);
        self.behave()?;
        if self.has_page() {
            self.decisions_before = self.decisions()? + 1;
            self.page()?
                .evaluate(&format!("usher('consent', '{word}')"))?;
            if mode != plan::Consent::Wait {
                self.wait_for_decision(Duration::from_secs(3));
            }
        }
        Ok(())
    }

    /// Clears everything the browser has stored.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn clear_storage(&mut self) -> Result<(), String> {
        let browser = self.machine.chromium.connection().browser();
        browser.call(
            "Storage.clearCookies",
            json!({ "browserContextId": self.context }),
        )?;
        let probe = self.probe()?;
        for origin in self.sites.iter().map(String::as_str).chain([CHAT_ORIGIN]) {
            probe.page().call(
                "Storage.clearDataForOrigin",
                json!({ "origin": origin, "storageTypes": "all" }),
            )?;
        }
        // A frame's storage belongs to the site around it.
        if let Some(frame) = probe.frame() {
            frame.evaluate("localStorage.clear(); sessionStorage.clear()")?;
        }
        Ok(())
    }

    /// What is stored on the device: cookies, and the storage of pages and of frames in them.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn stored(&mut self) -> Result<Vec<String>, String> {
        let browser = self.machine.chromium.connection().browser();
        let cookies = browser.call(
            "Storage.getCookies",
            json!({ "browserContextId": self.context }),
        )?;
        let cookies = cookies["cookies"].as_array().cloned().unwrap_or_default();
        let mut stored: Vec<String> = cookies
            .iter()
            .map(|cookie| format!("cookie {} of {}", cookie["name"], cookie["domain"]))
            .collect();
        let probe = self.probe()?;
        let mut documents = vec![probe.page().clone()];
        documents.extend(probe.frame());
        for tab in self.tabs.iter().flatten() {
            documents.push(tab.page().clone());
            documents.extend(tab.frame());
        }
        for document in documents {
            let kept = document.evaluate(
                "(async function () { \
                   var all = Object.keys(localStorage).map(function (key) { return 'local ' + key; }) \
                     .concat(Object.keys(sessionStorage).map(function (key) { return 'session ' + key; })); \
                   (await indexedDB.databases()).forEach(function (kept) { all.push('database ' + kept.name); }); \
                   (await caches.keys()).forEach(function (kept) { all.push('cache ' + kept); }); \
                   return all.map(function (what) { return location.host + ' ' + what; }); })()",
            )?;
            let kept: Vec<String> =
                serde_json::from_value(kept).map_err(|fault| fault.to_string())?;
            stored.extend(kept);
        }
        stored.sort();
        stored.dedup();
        Ok(stored)
    }

    /// A page of the last site on which nothing of ours is, with an empty frame of the chat origin.
    fn probe(&self) -> Result<Tab, String> {
        let site = self.sites.last().ok_or("no page was visited")?;
        let manner = Manner {
            ahead: self.manner.ahead,
            ..Manner::default()
        };
        let tab = Tab::open(&self.machine.chromium, &self.context, &manner)?;
        tab.load(&format!("{site}{EMPTY}"), None)?;
        Ok(tab)
    }

    /// Requests to the chat origin since the last page was loaded, the loader's own not counted.
    pub fn requests(&self) -> Vec<String> {
        let requests = self.front.diary().requests();
        requests
            .iter()
            .skip(self.requests_before)
            .filter(|request| !request.path.starts_with("/w/"))
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    /// Something new was published. A browser may use a loader that is up to a minute old; plans speak of later.
    pub(super) fn expect_news(&mut self) {
        self.stale = true;
    }

    fn renew(&mut self) -> Result<(), String> {
        if std::mem::take(&mut self.stale) {
            self.page()?.call("Network.clearBrowserCache", json!({}))?;
        }
        Ok(())
    }

    fn decisions(&self) -> Result<u64, String> {
        let count = self.page()?.evaluate("window[Symbol.for('decisions')]")?;
        Ok(count.as_u64().unwrap_or(0))
    }

    fn wait_for_decision(&self, patience: Duration) {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            match self.decisions() {
                Ok(count) if count >= self.decisions_before => return,
                Ok(_) => std::thread::sleep(Duration::from_millis(10)),
                Err(_) => return,
            }
        }
    }

    /// Waits until the page has loaded and was decided about, nothing is under way and nothing on screen changes.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn settle(&self) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        let mut before = None;
        loop {
            Tab::close_strangers(&self.machine.chromium);
            let quiet = self.front.diary().is_quiet(QUIET);
            if quiet && self.is_decided()? {
                let now = self.read().ok();
                let busy = now
                    .as_ref()
                    .is_none_or(|seen| seen.busy && self.manner.still);
                if !busy && before == now {
                    return Ok(());
                }
                before = now;
            }
            if Instant::now() > until {
                return Err(format!("nothing settles: {:?}", self.read()));
            }
            std::thread::sleep(Duration::from_millis(15));
        }
    }

    /// Whether the page in front has been told what was decided; where nothing of ours came there is nothing to tell.
    fn is_decided(&self) -> Result<bool, String> {
        let Some(tab) = self.tab() else {
            return Ok(true);
        };
        if self.front.diary().is_away() || self.loaded_away {
            return Ok(true);
        }
        let state = tab.page().evaluate(
            "[document.readyState === 'complete', typeof usher === 'function' && !!usher.version, window[Symbol.for('decisions')] || 0]",
        )?;
        Ok(state[0] == true && (state[1] == false || state[2].as_u64() >= Some(1)))
    }

    /// Before a page goes: what it and its frame complained about, and whether it is as it was.
    fn look_back_at_page(&mut self) -> Result<(), String> {
        if let Some(tab) = self.tab() {
            let complaints = tab.complaints();
            let check = if self.plain_pages { UNTOUCHED } else { BESIDE };
            let faults = tab.page().evaluate(check)?;
            let faults: Vec<String> = serde_json::from_value(faults).unwrap_or_default();
            self.complaints.extend(complaints);
            self.faults.extend(faults);
        }
        Ok(())
    }

    /// Whether any page or frame complained, or any page was changed.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn look_back(&mut self) -> Result<(), String> {
        for at in 0..self.tabs.len() {
            self.tab = at;
            self.look_back_at_page()?;
        }
        if !self.faults.is_empty() {
            return Err(format!("the host page was touched: {:?}", self.faults));
        }
        // Browsers write down by themselves which requests failed: without network, and of tabs that were overtaken.
        let expected = |complaint: &&Complaint| {
            complaint.is_network && (self.was_away || complaint.words.contains("409"))
        };
        let complaints: Vec<&Complaint> = self
            .complaints
            .iter()
            .filter(|complaint| !expected(complaint))
            .collect();
        if complaints.is_empty() {
            Ok(())
        } else {
            Err(format!("the console is not empty: {complaints:?}"))
        }
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.tabs.clear();
        self.machine.chromium.drop_context(&self.context);
    }
}

/// Scheme and host of an address.
fn site(address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    Some(url.origin().ascii_serialization())
}
