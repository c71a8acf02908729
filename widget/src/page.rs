//! The loop: what the page, the visitor, the server and the clock tell is brought together here.

use crate::decide::Coming;
use crate::flows::Wanted;
use crate::hands::{self, figure, text, told};
use crate::net::{self, Failure, Then};
use crate::storage::Store;
use crate::sync::Courier;
use crate::talk::Talk;
use crate::view::{Picker, View, Waiting};
use alloc::string::String;
use alloc::vec::Vec;
use engine::compiled::{Consent, Publication};
use engine::ids::{DAY, MINUTE, Timestamp};
use engine::memory::{Signal, VisitorMemory};
use engine::parts::{cut, split};
use engine::resolve::Resolution;
use engine::wire::{Device, Page, Sender, SignedSnapshot, Snapshot, Surface, TestDraft};
use wasm_bindgen::prelude::Closure;

/// How long the last sentence stays after consent was withdrawn, in milliseconds.
const READING_MS: i32 = 8_000;

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
    /// To see the panel; whether by the visitor's own hand.
    Open(bool),
    /// To give the n-th answer.
    Answer(u16),
}

/// Values the page passes in: names of attributes, and what they are, as text.
pub type Values = Vec<(String, String)>;

/// One visit to a page, from its frame's first breath.
pub struct Visit {
    /// What goes on when an answer is here or a pause is over, by number.
    pub(crate) waiting: Vec<(u32, Then)>,
    pub(crate) waits: u32,
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
    /// What the page's own record claims.
    record: String,
    /// The token of a tracked link that led here, until the server has been told.
    pub link: Option<String>,
    /// The one-time code of a testing link.
    test_code: Option<String>,
    /// A signed token of the host's login.
    pub login: Option<String>,
    /// What is on its way to the screen.
    pub(crate) coming: Coming,
    /// The flow that this frame was made for, until it has begun.
    flow: Option<Wanted>,
    /// How the flow on screen appears; none while a dialogue is.
    pub surface: Option<Surface>,
    /// What the page has set.
    pub values: Values,
    /// What is live.
    pub publication: Option<&'static Publication>,
    /// Whether the first decision can be made: the page has told about itself, and the index is here.
    greeted: bool,
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
    /// What the visitor wished before the dialogue was there.
    pub wishes: Vec<Wish>,
    /// Why the dialogue is not there, when it could not be had.
    pub failed: Option<Failure>,
    /// The choice of a time.
    pub picker: Option<Picker>,
    /// The way to the server.
    pub courier: Courier,
    /// Counts openings of the panel.
    pub opened: u32,
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
    /// What happened on the page before the index came.
    early: Vec<Signal>,
    size: (u32, u32),
}

/// Listens, fetches the index, and tells the page that it may speak.
pub fn begin() {
    let mut visit = Visit {
        waiting: Vec::new(),
        waits: 0,
        store: Store { allowed: false },
        ahead_ms: 0,
        consent: Consent::Wait,
        gpc: false,
        page: Page::default(),
        record: String::new(),
        link: None,
        test_code: None,
        login: None,
        coming: Coming::default(),
        flow: None,
        surface: None,
        values: Values::new(),
        publication: None,
        greeted: false,
        memory: VisitorMemory::default(),
        known: None,
        resolution: Resolution::Nothing,
        talk: None,
        test: None,
        view: None,
        wishes: Vec::new(),
        failed: None,
        picker: None,
        courier: Courier::default(),
        opened: 0,
        turn: 0,
        focus_next: false,
        focus_comes: false,
        entered: false,
        restart_asked: false,
        asked: None,
        early: Vec::new(),
        size: (0, 0),
    };
    visit.ahead_ms = hands::ahead() as i64;
    visit.fetch_index(|visit, index| {
        if let Ok(publication) = net::keep::<Publication>(index) {
            visit.publication = Some(publication);
            visit.view = Some(View::new(&publication.theme));
            visit.arrive();
        } else {
            hands::order("gone");
        }
    });
    let program = Closure::new(move || visit.hear());
    hands::listen(&program);
    // It lives as long as the frame.
    program.forget();
}

/// The mode a word names; the strictest for any other word.
fn consent(word: u32) -> Consent {
    match word {
        told::FULL => Consent::Full,
        told::ESSENTIAL => Consent::Essential,
        _ => Consent::Wait,
    }
}

/// The n-th part of what is told, when it is not empty.
pub(crate) fn some(n: u32) -> Option<String> {
    Some(text(n)).filter(|text| !text.is_empty())
}

/// Names and values from the n-th part of what is told on.
pub(crate) fn values(mut n: u32) -> Values {
    let mut values = Values::new();
    while let Some(name) = some(n) {
        values.push((name, text(n + 1)));
        n += 2;
    }
    values
}

impl Visit {
    /// Something has happened.
    fn hear(&mut self) {
        let n = figure(1) as u32;
        match hands::name(0) {
            told::HELLO => {
                self.page = Page {
                    device: match figure(4) as u8 {
                        2 => Device::Phone,
                        1 => Device::Tablet,
                        _ => Device::Desktop,
                    },
                    zone_minutes: figure(5) as i16,
                    ..self.page_told()
                };
                self.size = (figure(6) as u32, figure(7) as u32);
                self.consent = consent(hands::name(8));
                self.gpc = text(9) == "true";
                self.record = text(10);
                self.link = some(11);
                self.test_code = some(12);
                self.login = some(13);
                self.flow = some(14).map(|name| Wanted {
                    name,
                    card: text(15),
                    surface: Some(Surface::Inline),
                    source: "page",
                    number: 0,
                });
                self.values = values(16);
                self.greeted = true;
                self.arrive();
            }
            told::PAGE => {
                self.page = self.page_told();
                self.early.clear();
                self.entered = false;
                self.move_on();
            }
            told::SEEN => self.observe(Signal::Visible(n)),
            told::SCROLL => self.observe(Signal::Scrolled(n as u8)),
            told::LEFT => self.observe(Signal::PointerLeft(n)),
            told::FLUNG => self.observe(Signal::FlungUp(n, figure(2) as u8)),
            told::VIEW => {
                self.size = (n, figure(2) as u32);
                self.resize();
            }
            told::CONSENT => self.consent_to(consent(hands::name(1))),
            told::LOGIN => {
                self.login = some(1);
                if self.is_decided() && self.is_full() {
                    self.identify();
                }
            }
            told::SET => {
                self.values = values(1);
                self.tell_values();
            }
            told::CALL => self.call(n, hands::name(2)),
            told::ANSWER => self.hear_answer(),
            told::TIMER => self.go_on(n, Err(Failure::Away)),
            told::TAB => self.hear_tab(),
            told::DO => self.act(),
            told::TYPED => self.store.keep_draft(&text(1)),
            told::ESCAPE => self.escape(),
            told::VIEWED => self.viewed(),
            told::FOCUS if core::mem::take(&mut self.focus_comes) => hands::attend(),
            told::POPSTATE if core::mem::take(&mut self.entered) => self.close(),
            told::NETWORK => self.network_changed(),
            told::HIDDEN => self.send(),
            told::BACK => {
                self.look_again();
            }
            told::WORDS => self.reword(),
            _ => {}
        }
    }

    fn page_told(&self) -> Page {
        Page {
            url: text(1),
            referrer: text(2),
            language: text(3),
            ..self.page
        }
    }

    /// Whether the first decision about this page view has been made.
    pub fn is_decided(&self) -> bool {
        self.greeted && self.publication.is_some()
    }

    /// The server's clock, as far as it can be told from here.
    pub fn now(&self) -> Timestamp {
        let test = self.test.as_ref().map_or(0, |test| test.clock_ms);
        Timestamp(hands::clock() as i64)
            .plus(self.ahead_ms)
            .plus(test)
    }

    /// Sets our clock by the server's.
    pub fn set_clock(&mut self, now: Timestamp) {
        self.ahead_ms = now.since(Timestamp(hands::clock() as i64));
    }

    /// Whether everything may be stored and looked up.
    pub fn is_full(&self) -> bool {
        self.consent == Consent::Full
    }

    /// Who sends.
    pub fn sender(&self) -> Sender {
        Sender {
            workspace: hands::setting("workspace"),
            visitor: self.courier.visitor,
            gpc: self.gpc,
        }
    }

    /// Both the page's greeting and the index are here: the first decision.
    fn arrive(&mut self) {
        let (Some(publication), true) = (self.publication, self.greeted) else {
            return;
        };
        let remembered = self.store.memory();
        self.courier.visitor = self.store.visitor();
        self.allow(self.is_full() || remembered.is_some());
        self.memory = remembered.unwrap_or_else(|| VisitorMemory::new(random_seed()));
        if self.is_full() {
            self.read_record();
        }
        self.memory.arrive(publication, &self.page, self.now());
        self.resize();
        self.keep_memory();
        let code = self.test_code.take();
        if self.start_test(code) {
            return;
        }
        match self.flow.take() {
            Some(wanted) => self.settle_in(wanted),
            None => {
                self.identify_or_decide();
                self.start_by_page();
            }
        }
        self.send();
        for signal in core::mem::take(&mut self.early) {
            self.observe(signal);
        }
    }

    /// Adds to the memory what only the page has seen: time and pages where no frame was made. The record is the
    /// page's cookie, as the loader spells it.
    fn read_record(&mut self) {
        let base36 = |text: &str| i64::from_str_radix(text, 36).unwrap_or(0);
        let mut fields = split(&self.record, b'.').skip(1);
        let mut number = || fields.next().map_or(0, base36);
        let (dismissed, _test, seconds) = (number(), number(), number());
        self.memory.site_seconds = self.memory.site_seconds.max(seconds as u32);
        for page in split(fields.next().unwrap_or_default(), b'_') {
            if let Some((number, day)) = cut(page, b'-') {
                self.memory
                    .visited_page(base36(number) as u16, base36(day) as i32);
            }
        }
        let since = self
            .now()
            .since(Timestamp(dismissed.saturating_mul(MINUTE)));
        if dismissed > 0 && since < engine::memory::SESSION_MS {
            self.memory.session.dismissed = true;
        }
    }

    /// Another page of a single-page site. What is live may have changed since the last.
    fn move_on(&mut self) {
        if !self.is_decided() {
            return;
        }
        if self.talk.as_ref().is_some_and(Talk::has_ended) {
            self.let_go();
        }
        self.turn += 1;
        let turn = self.turn;
        self.renew_index(move |visit, index| {
            if let Ok(publication) = net::keep(index) {
                visit.publication = Some(publication);
            }
            let Some(publication) = visit.publication.filter(|_| visit.turn == turn) else {
                return;
            };
            let now = visit.now();
            visit.memory.arrive(publication, &visit.page, now);
            visit.keep_memory();
            if visit.test.is_none() && !visit.is_inline() {
                visit.identify_or_decide();
                visit.start_by_page();
            }
        });
    }

    fn observe(&mut self, signal: Signal) {
        let (Some(publication), true) = (self.publication, self.greeted) else {
            self.early.push(signal);
            return;
        };
        let now = self.now();
        let happened = self.memory.observe(publication, &self.page, signal, now);
        self.keep_memory();
        if happened && self.test.is_none() && !self.is_inline() {
            self.decide();
        }
    }

    fn resize(&mut self) {
        let (width, height) = self.size;
        if let Some(view) = &mut self.view {
            view.resize(width, height);
        }
        self.settle();
    }

    fn allow(&mut self, allowed: bool) {
        self.store.allowed = allowed;
        self.courier.allowed = allowed;
        self.name(self.courier.visitor);
    }

    fn consent_to(&mut self, consent: Consent) {
        let before = core::mem::replace(&mut self.consent, consent);
        if consent == Consent::Wait {
            let erase = engine::wire::Erase {
                sender: self.sender(),
            };
            // The server's own expiry is the second line where this does not arrive.
            self.ask("/v1/erase", &erase, |_, _| {});
            self.store.clear();
            let open = self.is_open();
            self.forget();
            self.resolution = Resolution::Nothing;
            self.tell_decision();
            if open && let Some(view) = &mut self.view {
                view.open(None);
                view.wait_for(&Waiting::Withdrawn, false, "");
                self.settle();
                self.after(READING_MS, |_| hands::order("gone"));
            } else {
                hands::order("gone");
            }
            return;
        }
        if !self.is_decided() {
            return;
        }
        let opened = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.state.is_opened());
        self.allow(consent == Consent::Full || opened);
        if consent < before && !opened {
            self.store.clear();
            self.courier.visitor = None;
            self.known = None;
        }
        self.keep_memory();
        self.identify_or_decide();
        self.send();
    }

    /// Forgets the visitor, here.
    pub fn forget(&mut self) {
        self.memory = VisitorMemory::new(random_seed());
        self.courier.visitor = None;
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
        self.surface = None;
        self.wishes.clear();
        if let Some(view) = &mut self.view {
            view.hide();
        }
        self.settle();
    }

    /// The visitor opened or answered: from now on what the conversation needs may be stored and sent.
    pub fn responded(&mut self) {
        if self.test.is_none() {
            self.allow(true);
        }
    }

    /// Keeps what is remembered, here and in the page's record.
    pub fn keep_memory(&mut self) {
        if self.test.is_none() {
            self.store.keep_memory(&self.memory, self.is_full());
        }
    }

    /// Tells the page what its record should say.
    pub fn keep_record(&self) {
        if self.store.allowed || self.test.is_some() {
            self.tell_record();
        }
    }

    /// The same, whatever may be stored: the page keeps no more than consent allows.
    pub(crate) fn tell_record(&self) {
        let open = self
            .memory
            .open
            .map_or(0, |open| open.last.plus(engine::memory::RESUME_MS).0);
        let dismissed = if self.memory.session.dismissed {
            self.memory.session.last.0
        } else {
            0
        };
        for value in [open / DAY, dismissed / MINUTE, self.test.is_some().into()] {
            hands::number(value as f64);
        }
        hands::record();
    }

    /// Keeps the conversation as long as anything of it may be needed.
    pub fn keep_talk(&self) {
        if let Some(talk) = self.talk.as_ref().filter(|_| self.test.is_none())
            && (talk.is_engaged() || talk.saved.is_unsent())
        {
            self.store.keep_log(talk.id(), Some(&talk.saved));
        }
    }

    /// Puts the frame where something is drawn.
    pub fn settle(&self) {
        if let Some(view) = &self.view {
            view.place();
        }
    }

    /// A DOM event on the page about this dialogue.
    pub fn report(&self, event: &str, more: &str, value: &str) {
        if !more.is_empty() {
            hands::word(more);
            hands::word(value);
        }
        match &self.talk {
            Some(talk) => {
                hands::word(&talk.edition.name);
                hands::number(talk.begin.dialogue.0.into());
                hands::id(&talk.id().0);
            }
            None => {
                self.hold_shown();
                hands::nothing();
                hands::nothing();
            }
        }
        hands::truth(self.surface.is_some());
        hands::word(self.surface.unwrap_or_default().word());
        hands::report(event);
    }
}

/// Random bytes.
pub fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    hands::dice(&mut bytes);
    bytes
}

fn random_seed() -> u64 {
    let bytes = random();
    bytes
        .iter()
        .take(8)
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}
