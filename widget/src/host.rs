//! The other side of `www/embed/loader.js`: what the page tells, and the orders it obeys.
//!
//! Every message is an array `[1, channel, kind, ...]`. Channel and origin of the page stand in the frame's
//! fragment; what comes from anywhere else is not read.

use alloc::string::String;
use alloc::vec::Vec;
use engine::compiled::Consent;
use engine::ids::{DAY, MINUTE, Timestamp};
use engine::memory::VisitorMemory;
use engine::wire::{Device, Page};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Window};

/// The version of the protocol.
const VERSION: u32 = 1;

/// What the page tells.
pub enum Told {
    /// Everything about the page, once.
    Hello(Hello),
    /// Another page of a single-page site.
    Page(Page),
    /// Seconds of visible time since the last report.
    Seen(u32),
    /// The deepest scroll so far, in percent.
    Scrolled(u8),
    /// The pointer left through the top edge, so many milliseconds after the page was shown.
    Left(u32),
    /// A screen was scrolled up fast by touch: milliseconds on the page, deepest percent.
    Flung(u32, u8),
    /// The size of what the visitor can see, in CSS pixels.
    View(u32, u32),
    /// The visitor's consent from now on.
    Consent(Consent),
    /// A signed token of the host's login.
    Login(String),
    /// What the page sets.
    Set(Values),
    /// A call that waits for a reply.
    Call(u32, Call),
}

/// What is told once.
pub struct Hello {
    /// The page.
    pub page: Page,
    /// What the visitor can see of it: width and height in CSS pixels.
    pub view: (u32, u32),
    /// The consent in force.
    pub consent: Consent,
    /// Whether Global Privacy Control is on.
    pub gpc: bool,
    /// What the page's own record claims.
    pub record: Record,
    /// The token of a tracked link that led here.
    pub link: Option<String>,
    /// The one-time code of a testing link.
    pub test: Option<String>,
    /// A signed token of the host's login.
    pub login: Option<String>,
    /// What the page has set.
    pub values: Values,
}

/// Values the page passes in: names of attributes, and what they are, as text.
pub type Values = Vec<(String, String)>;

/// A call of the page that is answered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Open the panel.
    Open,
    /// Minimise it.
    Close,
    /// The one or the other.
    Toggle,
    /// Say what was decided.
    Why,
    /// Forget this browser.
    Reset,
}

/// The page's cookie, as the loader spells it.
#[derive(Default)]
pub struct Record {
    dismissed: i64,
    seconds: u32,
    visited: Vec<(u16, i32)>,
}

impl Record {
    fn parse(text: &str) -> Self {
        let mut fields = text.split('.');
        let mut number = || fields.next().map_or(0, base36);
        let (_open, dismissed, _test, seconds) = (number(), number(), number(), number());
        let pages = fields.next().unwrap_or_default();
        Self {
            dismissed,
            seconds: u32::try_from(seconds).unwrap_or(0),
            visited: pages
                .split('_')
                .filter_map(|page| {
                    let (number, day) = page.split_once('-')?;
                    Some((
                        u16::try_from(base36(number)).ok()?,
                        i32::try_from(base36(day)).ok()?,
                    ))
                })
                .collect(),
        }
    }

    /// Adds to the frame's memory what only the page has seen: time and pages where no frame was made.
    pub fn complete(&self, memory: &mut VisitorMemory, now: Timestamp) {
        memory.site_seconds = memory.site_seconds.max(self.seconds);
        for (number, day) in &self.visited {
            match memory.visited.iter_mut().find(|(known, _)| known == number) {
                Some((_, seen)) => *seen = (*seen).max(*day),
                None => memory.visited.push((*number, *day)),
            }
        }
        let since = now.since(Timestamp(self.dismissed.saturating_mul(MINUTE)));
        if self.dismissed > 0 && since < engine::memory::SESSION_MS {
            memory.session.dismissed = true;
        }
    }
}

fn base36(text: &str) -> i64 {
    text.bytes().fold(0, |sum: i64, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            _ => 0,
        };
        sum.wrapping_mul(36).wrapping_add(i64::from(digit))
    })
}

/// What is drawn of the frame and where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Hidden,
    /// A corner of the page.
    Corner,
    /// The whole screen; the page behind is locked.
    Full,
}

/// A place for the frame, in CSS pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Place {
    /// What of the page it takes.
    pub mode: Mode,
    /// Whether it hangs on the left.
    pub left: bool,
    /// Distance to that side.
    pub side: i32,
    /// Distance to the bottom.
    pub bottom: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// What takes clicks: x, y, width, height, radius of each.
    pub drawn: Vec<i32>,
}

/// The page that holds the frame.
pub struct Host {
    window: Window,
    parent: Window,
    channel: String,
    origin: String,
}

impl Host {
    /// The page around this frame; none when this is no frame of ours.
    pub fn find(window: &Window) -> Option<Self> {
        let parent = window.parent().ok()??;
        let hash = window.location().hash().ok()?;
        let (channel, origin) = hash.strip_prefix('#')?.split_once('!')?;
        Some(Self {
            window: window.clone(),
            parent,
            channel: channel.into(),
            origin: origin.into(),
        })
    }

    /// Reads a message; none when it is not the page's.
    pub fn read(&self, event: &MessageEvent) -> Option<Told> {
        let from_page = event.origin() == self.origin
            && event.source().is_some_and(|source| {
                JsValue::from(source) == *AsRef::<JsValue>::as_ref(&self.parent)
            });
        let data = event.data();
        if !from_page || !Array::is_array(&data) {
            return None;
        }
        let message = Fields(data.into());
        if message.number(0) != VERSION || message.text(1) != self.channel {
            return None;
        }
        Some(match message.text(2).as_str() {
            "hello" => Told::Hello(Hello {
                page: Page {
                    url: message.text(3),
                    referrer: message.text(4),
                    language: message.text(5),
                    device: match message.number(6) {
                        2 => Device::Phone,
                        1 => Device::Tablet,
                        _ => Device::Desktop,
                    },
                    zone_minutes: message.float(7) as i16,
                },
                view: (message.number(8), message.number(9)),
                consent: consent(&message.text(10)),
                gpc: message.0.get(11).is_truthy(),
                record: Record::parse(&message.text(12)),
                link: message.some(13),
                test: message.some(14),
                login: message.some(15),
                values: values(&message.0.get(16)),
            }),
            "page" => Told::Page(Page {
                url: message.text(3),
                referrer: message.text(4),
                language: message.text(5),
                ..Page::default()
            }),
            "seen" => Told::Seen(message.number(3)),
            "scroll" => Told::Scrolled(message.float(3) as u8),
            "left" => Told::Left(message.number(3)),
            "flung" => Told::Flung(message.number(3), message.float(4) as u8),
            "view" => Told::View(message.number(3), message.number(4)),
            "consent" => Told::Consent(consent(&message.text(3))),
            "login" => Told::Login(message.text(3)),
            "set" => Told::Set(values(&message.0.get(3))),
            "call" => Told::Call(
                message.number(3),
                match message.text(4).as_str() {
                    "open" => Call::Open,
                    "close" => Call::Close,
                    "toggle" => Call::Toggle,
                    "why" => Call::Why,
                    "reset" => Call::Reset,
                    _ => return None,
                },
            ),
            _ => return None,
        })
    }

    fn send(&self, kind: &str, rest: &[JsValue]) {
        let message = Array::new();
        message.push(&VERSION.into());
        message.push(&self.channel.as_str().into());
        message.push(&kind.into());
        for value in rest {
            message.push(value);
        }
        // A page that is gone needs no orders.
        let _ = self.parent.post_message(&message, &self.origin);
    }

    /// The frame listens.
    pub fn ready(&self) {
        self.send("ready", &[]);
    }

    /// Puts the frame where something is drawn.
    pub fn place(&self, place: &Place) {
        let drawn = Array::new();
        for number in &place.drawn {
            drawn.push(&(*number).into());
        }
        let mode = match place.mode {
            Mode::Hidden => 0,
            Mode::Corner => 1,
            Mode::Full => 2,
        };
        self.send(
            "place",
            &[
                mode.into(),
                place.left.into(),
                place.side.into(),
                place.bottom.into(),
                place.width.into(),
                place.height.into(),
                drawn.into(),
            ],
        );
    }

    /// Names the frame for assistive technology.
    pub fn name(&self, title: &str) {
        self.send("name", &[title.into()]);
    }

    /// Moves the keyboard into the frame.
    pub fn focus(&self) {
        self.send("focus", &[]);
        let _ = self.window.focus();
    }

    /// How often visible time is reported, in seconds.
    pub fn tick(&self, seconds: u32) {
        self.send("tick", &[seconds.into()]);
    }

    /// What the page's record keeps: until when a conversation is open, when the poke was dismissed, a test.
    pub fn record(&self, open_until: Option<Timestamp>, dismissed: Option<Timestamp>, test: bool) {
        let open = open_until.map_or(0, |at| at.0 / DAY) as i32;
        let dismissed = dismissed.map_or(0, |at| at.0 / MINUTE) as i32;
        self.send("record", &[open.into(), dismissed.into(), test.into()]);
    }

    /// A DOM event `usher:name` on the page.
    pub fn event(&self, name: &str, detail: &Object) {
        self.send("event", &[name.into(), detail.into()]);
    }

    /// Answers a call.
    pub fn reply(&self, call: u32, result: &JsValue) {
        self.send("reply", &[call.into(), result.clone()]);
    }

    /// Nothing is left here: the page may remove the frame.
    pub fn gone(&self) {
        self.send("gone", &[]);
    }
}

/// An object of the given properties.
pub fn object(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in pairs {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// A property as text, when it is one.
pub fn text_at(object: &JsValue, name: &str) -> Option<String> {
    Reflect::get(object, &name.into()).ok()?.as_string()
}

/// The mode a word names; the strictest for any other word.
pub fn consent(word: &str) -> Consent {
    match word {
        "full" => Consent::Full,
        "essential" => Consent::Essential,
        _ => Consent::Wait,
    }
}

fn values(set: &JsValue) -> Values {
    let Some(set) = set.dyn_ref::<Object>() else {
        return Values::new();
    };
    Object::entries(set)
        .iter()
        .filter_map(|pair| {
            let pair: Array = pair.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}

/// A message by position.
struct Fields(Array);

impl Fields {
    fn float(&self, n: u32) -> f64 {
        self.0.get(n).as_f64().unwrap_or(0.0)
    }

    fn number(&self, n: u32) -> u32 {
        self.float(n) as u32
    }

    fn text(&self, n: u32) -> String {
        self.0.get(n).as_string().unwrap_or_default()
    }

    fn some(&self, n: u32) -> Option<String> {
        self.0.get(n).as_string().filter(|text| !text.is_empty())
    }
}
