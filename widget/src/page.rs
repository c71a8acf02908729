//! The loop: what the page, the visitor, the server and the clock tell is brought together here.

use crate::dom;
use crate::host::Place;
use crate::host::{Hello, Host, Record, Told, Values, object, text_at};
use crate::net::{self, Failure};
use crate::storage::{Saved, Store};
use crate::sync::Courier;
use crate::talk::Talk;
use crate::texts::{self, Say, Texts};
use crate::theme;
use crate::view::{Picker, View};
use alloc::boxed::Box;
use alloc::rc::{Rc, Weak};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cell::RefCell;
use engine::bytes::{Write, encode};
use engine::compiled::{Consent, Publication};
use engine::ids::{EditionId, Timestamp};
use engine::memory::{Signal, VisitorMemory};
use engine::resolve::Resolution;
use engine::wire::{Page, Sender, SignedSnapshot, Snapshot, TestDraft};
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, Event, EventTarget, MessageEvent};

/// What the frame's page says about itself.
pub struct Settings {
    /// The workspace's public name.
    pub workspace: String,
    /// The index's hash.
    index: String,
    /// The server's clock when it wrote the page, in milliseconds.
    now: f64,
    /// Where the words of explanations are.
    pub why: String,
    /// Where the words of languages are, by the first part of their tags.
    texts: JsValue,
}

/// What the identity lookup said.
pub struct Known {
    /// As it came.
    pub signed: SignedSnapshot,
    /// The same, read.
    pub snapshot: Snapshot,
}

/// What the visitor wished before the dialogue was there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To see the panel.
    Open,
    /// To give the n-th answer.
    Answer(u16),
}

/// One visit to a page, from its frame's first breath.
pub struct Visit {
    /// Itself, later.
    pub later: Later,
    /// The page around us.
    pub host: Host,
    /// What the page says about itself.
    pub settings: Settings,
    /// What this browser keeps.
    pub store: Store,
    /// Milliseconds the server's clock is ahead of this machine's.
    pub ahead_ms: i64,
    /// The visitor's consent.
    pub consent: Consent,
    /// Whether Global Privacy Control is on.
    pub gpc: bool,
    /// The page.
    pub page: Page,
    /// What the page's record claims.
    record: Record,
    /// What led here, until the server has been told.
    pub link: Option<String>,
    /// The host's login.
    pub login: Option<String>,
    /// What the page has set.
    pub values: Values,
    /// What is live.
    pub publication: Option<&'static Publication>,
    /// What is remembered of the visitor.
    pub memory: VisitorMemory,
    /// Who the visitor is, as far as the server says so.
    pub known: Option<Known>,
    /// What was decided.
    pub resolution: Resolution,
    /// The conversation on screen.
    pub talk: Option<Talk>,
    /// The draft under test.
    pub test: Option<TestDraft>,
    /// What is drawn.
    pub view: Option<View>,
    english: &'static Texts,
    /// Words of other languages that are here.
    texts: Vec<&'static Texts>,
    /// What the visitor wished before the dialogue was there.
    pub wishes: Vec<Wish>,
    /// Why the dialogue is not there, when it could not be had.
    pub failed: Option<Failure>,
    /// The choice of a time.
    pub picker: Option<Picker>,
    /// The way to the server.
    pub courier: Courier,
    /// Other tabs of this browser.
    pub tabs: Option<BroadcastChannel>,
    /// Counts decisions and turns, so that what comes late is not taken for news.
    pub turn: u32,
    /// Whether the keyboard moves to what waits as soon as it is drawn.
    pub focus_next: bool,
    /// Whether the page was asked to hand the keyboard over.
    pub focus_comes: bool,
    /// Whether this frame has put an entry into the browser's history.
    pub entered: bool,
    /// Whether starting over waits for a second press.
    pub restart_asked: bool,
    /// How many lines stood above the card that is drawn.
    pub asked: Option<usize>,
    placed: Option<Place>,
    hello: Option<Hello>,
    /// What happened on the page before the index came.
    early: Vec<Signal>,
    size: (u32, u32),
}

/// The visit, for whatever happens later.
#[derive(Clone)]
pub struct Later(Weak<RefCell<Visit>>);

impl Later {
    /// Does something with the visit, unless it is over or busy with what led here.
    pub fn with(&self, what: impl FnOnce(&mut Visit)) {
        if let Some(visit) = self.0.upgrade()
            && let Ok(mut visit) = visit.try_borrow_mut()
        {
            what(&mut visit);
        }
    }

    /// Does something as often as an event comes.
    pub fn listen(&self, target: &EventTarget, name: &str, heard: fn(&mut Visit, Event)) {
        let later = self.clone();
        dom::listen(target, name, move |event| {
            later.with(|visit| heard(visit, event))
        });
    }
}

fn settings() -> Option<Settings> {
    let find = |query: &str| {
        dom::document()
            .query_selector(query)
            .ok()
            .flatten()?
            .get_attribute("content")
    };
    let read = js_sys::JSON::parse(&find("meta[name=usher]")?).ok()?;
    Some(Settings {
        workspace: text_at(&read, "workspace")?,
        index: text_at(&read, "index")?,
        now: Reflect::get(&read, &"now".into()).ok()?.as_f64()?,
        why: find("meta[name=usher-why]").unwrap_or_default(),
        texts: Reflect::get(&read, &"texts".into()).unwrap_or_default(),
    })
}

/// Listens, fetches the index, and tells the page that it may speak.
pub fn begin() {
    let window = dom::window();
    let (Some(settings), Some(host)) = (settings(), Host::find(&window)) else {
        return;
    };
    let index = ["/e/", &settings.workspace, "/", &settings.index].concat();
    let visit = |later: &Weak<RefCell<Visit>>| {
        RefCell::new(Visit {
            later: Later(later.clone()),
            ahead_ms: (settings.now - js_sys::Date::now()) as i64,
            store: Store::new(&window, &settings.workspace),
            tabs: BroadcastChannel::new(&["usher:", &settings.workspace].concat()).ok(),
            host,
            settings,
            consent: Consent::Wait,
            gpc: false,
            page: Page::default(),
            record: Record::default(),
            link: None,
            login: None,
            values: Values::new(),
            publication: None,
            memory: VisitorMemory::default(),
            known: None,
            resolution: Resolution::Nothing,
            talk: None,
            test: None,
            view: None,
            english: Texts::english(),
            texts: Vec::new(),
            wishes: Vec::new(),
            failed: None,
            picker: None,
            courier: Courier::default(),
            turn: 0,
            focus_next: false,
            focus_comes: false,
            entered: false,
            restart_asked: false,
            asked: None,
            placed: None,
            hello: None,
            early: Vec::new(),
            size: (0, 0),
        })
    };
    let visit = Rc::new_cyclic(visit);
    let later = Later(Rc::downgrade(&visit));
    later.listen(&window, "message", |visit, event| {
        if let Some(told) = visit.host.read(event.unchecked_ref::<MessageEvent>()) {
            visit.hear(told);
        }
    });
    crate::actions::listen(&later);
    if let Ok(visit) = visit.try_borrow() {
        crate::sync::listen(&visit);
        visit.host.ready();
        visit.fetch_file(&index, |visit, index| {
            if let Ok(publication) = net::keep(index) {
                visit.publication = Some(publication);
                visit.arrive();
            }
        });
    }
    // It lives as long as the frame.
    core::mem::forget(visit);
}

impl Visit {
    /// Sends a message; the answer leads to `then`.
    pub fn ask<Q: Write>(
        &self,
        path: &str,
        question: &Q,
        then: impl FnOnce(&mut Self, net::Answer) + 'static,
    ) {
        net::call(&self.later, path, Some(encode(question)), Box::new(then));
    }

    /// Fetches a public file, which leads to `then`.
    pub fn fetch_file(&self, path: &str, then: impl FnOnce(&mut Self, net::Answer) + 'static) {
        net::call(&self.later, path, None, Box::new(then));
    }

    /// Where an edition is, in one of its languages.
    pub fn edition_path(&self, edition: EditionId, language: &str) -> String {
        [
            "/e/",
            &self.settings.workspace,
            "/",
            &edition.to_string(),
            ".",
            language,
        ]
        .concat()
    }

    /// Does something after so many milliseconds.
    pub fn after(&self, ms: i32, then: impl FnOnce(&mut Visit) + 'static) {
        let later = self.later.clone();
        dom::after(ms, Box::new(move || later.with(then)));
    }

    /// The server's clock, as far as it can be told from here.
    pub fn now(&self) -> Timestamp {
        let test = self.test.as_ref().map_or(0, |test| test.clock_ms);
        Timestamp(js_sys::Date::now() as i64)
            .plus(self.ahead_ms)
            .plus(test)
    }

    /// Sets our clock by the server's.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.ahead_ms = now.since(Timestamp(js_sys::Date::now() as i64));
    }

    /// Whether everything may be stored and looked up.
    pub fn is_full(&self) -> bool {
        self.consent == Consent::Full
    }

    /// Who sends.
    pub fn sender(&self) -> Sender {
        Sender {
            workspace: self.settings.workspace.clone(),
            visitor: self.store.visitor(),
            gpc: self.gpc,
        }
    }

    fn hear(&mut self, told: Told) {
        let Some(told) = self.hear_early(told) else {
            return;
        };
        match told {
            Told::Hello(hello) => {
                self.hello = Some(hello);
                self.arrive();
            }
            Told::Page(page) => {
                let page = Page {
                    device: self.page.device,
                    zone_minutes: self.page.zone_minutes,
                    ..page
                };
                self.entered = false;
                self.move_to(page);
            }
            Told::Seen(seconds) => self.observe(Signal::Visible(seconds)),
            Told::Scrolled(percent) => self.observe(Signal::Scrolled(percent)),
            Told::Left(ms) => self.observe(Signal::PointerLeft(ms)),
            Told::Flung(ms, percent) => self.observe(Signal::FlungUp(ms, percent)),
            Told::View(width, height) => {
                self.size = (width, height);
                if let Some(view) = &mut self.view {
                    view.resize((width, height));
                }
                self.settle();
            }
            Told::Consent(consent) => self.consent_to(consent),
            Told::Login(token) => {
                self.login = Some(token);
                if self.publication.is_some() && self.is_full() {
                    self.identify();
                }
            }
            Told::Set(values) => {
                self.values = values;
                self.tell_values();
            }
            Told::Call(number, call) => self.call(number, call),
        }
    }

    /// While the index is on its way, what the page tells changes its greeting or waits. Gives back what cannot wait.
    fn hear_early(&mut self, told: Told) -> Option<Told> {
        let Some(hello) = &mut self.hello else {
            return Some(told);
        };
        match told {
            Told::Page(page) => {
                let (device, zone_minutes) = (hello.page.device, hello.page.zone_minutes);
                hello.page = Page {
                    device,
                    zone_minutes,
                    ..page
                };
                self.early.clear();
            }
            Told::View(width, height) => hello.view = (width, height),
            Told::Login(token) => hello.login = Some(token),
            Told::Set(values) => hello.values = values,
            Told::Consent(consent) if consent > Consent::Wait => hello.consent = consent,
            Told::Seen(seconds) => self.early.push(Signal::Visible(seconds)),
            Told::Scrolled(percent) => self.early.push(Signal::Scrolled(percent)),
            Told::Left(ms) => self.early.push(Signal::PointerLeft(ms)),
            Told::Flung(ms, percent) => self.early.push(Signal::FlungUp(ms, percent)),
            Told::Hello(_) | Told::Consent(_) | Told::Call(..) => return Some(told),
        }
        None
    }

    /// Both the page's greeting and the index are here: the first decision.
    fn arrive(&mut self) {
        if self.publication.is_none() {
            return;
        }
        let Some(hello) = self.hello.take() else {
            return;
        };
        self.page = hello.page;
        self.size = hello.view;
        self.gpc = hello.gpc;
        self.link = hello.link;
        self.login = hello.login;
        self.values = hello.values;
        self.record = hello.record;
        self.consent = hello.consent;
        let remembered = self.store.memory();
        self.store.allowed = self.is_full() || remembered.is_some();
        self.courier.allowed = self.store.allowed;
        self.memory = remembered.unwrap_or_else(|| VisitorMemory::new(random_seed()));
        let now = self.now();
        if self.is_full() {
            self.record.complete(&mut self.memory, now);
        }
        if let Some(publication) = self.publication {
            self.memory.arrive(publication, &self.page, now);
            let body = dom::document().body();
            if let Some(body) = body {
                theme::wear(&publication.theme);
                let texts = self.english;
                let view = View::new(body.into(), publication.theme.clone(), texts, self.size);
                let label = &publication.theme.label;
                self.host.name(if label.is_empty() {
                    texts.say(Say::Chat)
                } else {
                    label
                });
                self.view = Some(view);
            }
        }
        self.keep_memory();
        if self.start_test(hello.test) {
            return;
        }
        self.identify_or_decide();
        self.courier_wakes();
        for signal in core::mem::take(&mut self.early) {
            self.observe(signal);
        }
    }

    /// Another page of a single-page site.
    fn move_to(&mut self, page: Page) {
        self.page = page;
        if self.talk.as_ref().is_some_and(Talk::has_ended) {
            self.let_go();
        }
        let now = self.now();
        if let Some(publication) = self.publication {
            self.memory.arrive(publication, &self.page, now);
        }
        self.keep_memory();
        if self.test.is_some() {
            return;
        }
        self.identify_or_decide();
    }

    fn observe(&mut self, signal: Signal) {
        let now = self.now();
        let Some(publication) = self.publication else {
            return;
        };
        let happened = self.memory.observe(publication, &self.page, signal, now);
        self.keep_memory();
        if happened && self.test.is_none() {
            self.decide();
        }
    }

    fn consent_to(&mut self, consent: Consent) {
        let before = self.consent;
        self.consent = consent;
        if consent == Consent::Wait {
            let erase = engine::wire::Erase {
                sender: self.sender(),
            };
            // The server's own expiry is the second line where this does not arrive.
            self.ask("/v1/erase", &erase, |_, _| {});
            self.store.clear();
            self.forget();
            self.host.gone();
            return;
        }
        let engaged = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.state.is_opened());
        self.store.allowed = consent == Consent::Full || engaged;
        self.courier.allowed = self.store.allowed;
        if consent < before && !engaged {
            self.store.clear();
        }
        self.keep_memory();
        self.identify_or_decide();
        self.courier_wakes();
    }

    /// Forgets the visitor, here.
    pub fn forget(&mut self) {
        self.memory = VisitorMemory::new(random_seed());
        self.known = None;
        self.link = None;
        self.login = None;
        self.let_go();
    }

    /// Takes the conversation off the screen.
    pub fn let_go(&mut self) {
        self.turn += 1;
        self.talk = None;
        self.picker = None;
        self.failed = None;
        self.asked = None;
        self.restart_asked = false;
        self.wishes.clear();
        if let Some(view) = &mut self.view {
            view.hide();
        }
        self.settle();
    }

    /// The visitor opened or answered: from now on what the conversation needs may be stored and sent.
    pub fn responded(&mut self) {
        if self.test.is_none() {
            self.store.allowed = true;
            self.courier.allowed = true;
        }
    }

    /// Keeps what is remembered, here and in the page's record.
    pub fn keep_memory(&mut self) {
        if self.test.is_none() {
            self.store.keep_memory(&self.memory, self.is_full());
        }
    }

    /// Speaks a language. Its words are fetched when they are not here.
    pub fn speak(&mut self, tag: &str) {
        self.asked = None;
        let primary = texts::primary(tag);
        let known = self
            .texts
            .iter()
            .find(|texts| texts.tag == primary)
            .copied();
        if let Some(view) = &mut self.view {
            view.speak(primary, known.unwrap_or(self.english));
        }
        if known.is_some() || primary == "en" {
            return;
        }
        if let Some(path) = text_at(&self.settings.texts, primary) {
            let tag = String::from(primary);
            self.fetch_file(&path, move |visit, file| {
                let file = file.ok().and_then(|bytes| String::from_utf8(bytes).ok());
                if let Some(file) = file {
                    let texts = Texts::read(tag, file);
                    visit.texts.push(texts);
                    if let Some(view) = visit
                        .view
                        .as_mut()
                        .filter(|view| view.language() == texts.tag)
                    {
                        view.speak(texts.tag, texts);
                    }
                    visit.asked = None;
                    visit.redraw();
                }
            });
        }
    }

    /// Tells the page what its record should say.
    pub fn keep_record(&self) {
        let open = self
            .memory
            .open
            .map(|open| open.last.plus(engine::memory::RESUME_MS));
        let dismissed = self
            .memory
            .session
            .dismissed
            .then_some(self.memory.session.last);
        if self.store.allowed || self.test.is_some() {
            self.host.record(open, dismissed, self.test.is_some());
        }
    }

    /// Keeps the conversation as long as anything of it may be needed.
    pub fn keep_talk(&self) {
        let Some(talk) = self.talk.as_ref().filter(|_| self.test.is_none()) else {
            return;
        };
        let saved = talk.saved();
        if talk.is_engaged() || saved.is_unsent() {
            self.store.keep_log(saved);
        }
    }

    /// Puts the frame where something is drawn.
    pub fn settle(&mut self) {
        let Some(view) = &self.view else { return };
        let place = view.place();
        if self.placed.as_ref() != Some(&place) {
            self.host.place(&place);
            self.placed = Some(place);
        }
    }

    /// A DOM event on the page.
    pub fn tell_page(&self, name: &str, pairs: &[(&str, JsValue)]) {
        self.host.event(name, &object(pairs));
    }

    /// The host of the page's address.
    pub fn site(&self) -> &str {
        host_of(&self.page.url).unwrap_or_default()
    }
}

/// The host, with its port, of a web address.
pub fn host_of(address: &str) -> Option<&str> {
    let rest = address
        .strip_prefix("https://")
        .or_else(|| address.strip_prefix("http://"))?;
    rest.split(['/', '?', '#']).next()
}

/// Random bytes.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    if let Ok(crypto) = dom::window().crypto() {
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

fn random_seed() -> u64 {
    let bytes = random();
    bytes
        .iter()
        .take(8)
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// A conversation that waits in storage to be continued.
pub fn find_log(store: &Store, id: engine::ids::ConversationId) -> Option<Saved> {
    store
        .logs()
        .into_iter()
        .find(|saved| saved.log.conversation == id)
}
