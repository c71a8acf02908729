//! The other side of `www/embed/hands.js`: the orders it obeys, and what it tells.
//!
//! Drawing takes many small steps between the program and the browser, and each costs bytes on both sides. So the
//! program draws by *plans*, short texts whose grammar stands in `hands.js`, addresses what is drawn by selectors,
//! and holds nothing of the document itself.

use alloc::string::String;
use alloc::vec::Vec;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What the frame's page says about itself.
    pub fn setting(name: &str) -> String;

    /// Starts to listen: `program` is called once for everything that happens.
    pub fn listen(program: &Closure<dyn FnMut()>);
    /// The n-th part of what is told; empty when it has none.
    pub fn text(n: u32) -> String;
    /// The n-th part as one of the names in `told`.
    pub fn name(n: u32) -> u32;
    /// The n-th part as a number; 0 when it is none.
    pub fn figure(n: u32) -> f64;
    /// The n-th part as bytes; none when it has none.
    pub fn bytes(n: u32) -> Vec<u8>;

    /// This machine's clock, in milliseconds.
    pub fn clock() -> f64;
    /// Milliseconds the server's clock was ahead of this machine's when the frame's page was written.
    pub fn ahead() -> f64;
    /// Fills with chance.
    pub fn dice(into: &mut [u8]);
    /// The visitor's time zone by its IANA name.
    pub fn zone() -> String;
    /// The city that the visitor's time zone is named after.
    pub fn city() -> String;
    #[wasm_bindgen(js_name = spell)]
    fn spell_by_number(at: f64, style: u8) -> String;
    #[wasm_bindgen(js_name = spoken)]
    fn spoken_by_number(typed: &str, style: u8) -> String;
    #[wasm_bindgen(js_name = moment)]
    fn moment_by_number(at: f64, style: u8);

    /// A value for the next order.
    pub fn word(value: &str);
    /// A number for the next order.
    pub fn number(value: f64);
    /// Our own words for the next order.
    pub fn own(key: &str);
    /// Yes or no for the next order.
    pub fn truth(value: bool);
    /// Nothing for the next order.
    pub fn nothing();
    /// A name of bytes for the next order.
    pub fn id(bytes: &[u8]);
    /// Fills the link to a meeting's calendar file in.
    pub fn invite(meeting: &str, agent: &str, manage: &str, start: f64, minutes: u16);

    /// Grows a plan at a place, with the values held.
    pub fn plant(place: &str, plan: &str);
    /// The same, and what grows at `""` grows inside from now on.
    pub fn enter(place: &str, plan: &str);
    /// Back to what is around.
    pub fn out();
    /// Takes away everything that a selector finds.
    pub fn remove(place: &str);
    /// Sets an attribute.
    pub fn set(place: &str, name: &str, value: &str);
    /// Names a place for assistive technology, in our own words.
    pub fn label(place: &str, key: &str);
    /// Names a place for assistive technology with what is held.
    #[wasm_bindgen(js_name = labelHeld)]
    pub fn label_held(place: &str);
    /// Takes an attribute away.
    pub fn unset(place: &str, name: &str);
    /// Sets a class or takes it away.
    pub fn flag(place: &str, name: &str, on: bool);
    /// Shows or hides.
    pub fn show(place: &str, on: bool);
    /// Moves the keyboard; says whether there is such a place.
    pub fn focus(place: &str) -> bool;
    /// Moves the keyboard to what waits for the visitor, else to the transcript.
    pub fn attend();
    /// Whether the keyboard is in the frame.
    pub fn focused() -> bool;
    /// Whether a media query holds.
    pub fn media(query: &str) -> bool;
    /// Our own words for a number of things, for the next order.
    pub fn counted(key: &str, n: u32);
    /// Says one of our sentences in the panel, or none, and how many of the newest answers have not been sent.
    pub fn say(key: &str, unsent: u32);
    /// When the newest turn was.
    pub fn stamp(at: f64);
    /// Does what few visitors need, by its name in `extra.js`, with what is held.
    pub fn lend(name: &str);
    /// Whether the newest words are in sight.
    #[wasm_bindgen(js_name = atEnd)]
    pub fn at_end() -> bool;
    /// Brings the newest words into sight.
    #[wasm_bindgen(js_name = toEnd)]
    pub fn to_end();
    /// What is drawn now is no news.
    pub fn quiet();
    /// A tone, where one is wanted.
    pub fn chime();
    /// After something new: into sight, or a word that it is there.
    pub fn follow(follows: bool);
    /// Takes away all but the first turns of the transcript.
    pub fn shorten(keep: usize);
    /// Speaks a language.
    pub fn speak(language: &str);

    /// Puts the frame where something is drawn: 0 nothing, 1 beside the page, 2 over it.
    pub fn place(mode: u8);
    /// Tells the page what its record should say: what is held.
    pub fn record();
    /// An order to the page, with the values held.
    pub fn order(kind: &str);
    /// A DOM event on the page, with names and values held.
    pub fn report(name: &str);
    /// Answers a call of the page, with names and values held.
    pub fn reply(call: u32);
    /// Answers `usher('why')`, with what `crate::why` holds.
    pub fn why(call: u32);

    /// Shows a kept document of a card, with its name and its own address held.
    pub fn read(id: &[u8], card: u16);
    /// Fetches a file, or posts a body where there is one.
    pub fn call(number: u32, path: &str, body: &[u8]);
    /// Fetches an edition in one of its languages.
    #[wasm_bindgen(js_name = fetchEdition)]
    pub fn fetch_edition(number: u32, id: &[u8], language: &str);
    /// Fetches the index of what is live.
    #[wasm_bindgen(js_name = fetchIndex)]
    pub fn fetch_index(number: u32);
    /// Fetches it when there is a newer one.
    #[wasm_bindgen(js_name = renewIndex)]
    pub fn renew_index(number: u32);
    /// Tells the number after so many milliseconds.
    pub fn after(ms: i32, number: u32);
    /// Whether there is a network.
    pub fn online() -> bool;

    /// What is kept under a name, for this tab or for this browser.
    pub fn load(session: bool, name: &str) -> Vec<u8>;
    /// Keeps.
    pub fn store(session: bool, name: &str, kept: &[u8]);
    /// Keeps no longer.
    pub fn forget(session: bool, name: &str);
    /// Tells other tabs.
    pub fn share(line: &[u8]);

    /// Puts an entry into the browser's history.
    #[wasm_bindgen(js_name = enterHistory)]
    pub fn enter_history();
    /// Takes it out.
    #[wasm_bindgen(js_name = leaveHistory)]
    pub fn leave_history();
}

/// Names by which things are told. A number stands for each, which takes less room than its letters; two names with
/// the same number would not compile where they are told apart.
pub mod told {
    /// The number of a name, as `name` of `hands.js` makes it.
    const fn number(name: &str) -> u32 {
        let (mut sum, mut n) = (0, 0);
        while n < name.len() {
            sum = (sum * 31 + name.as_bytes()[n] as u32) % 8_191;
            n += 1;
        }
        sum
    }

    macro_rules! names {
        ($($constant:ident = $name:literal,)*) => {
            $(#[doc = $name] pub const $constant: u32 = number($name);)*
        };
    }
    names! {
        ADDRESS = "address",
        AGAIN = "again",
        ANSWER = "answer",
        BACK = "back",
        BOOK = "book",
        CALL = "call",
        CHANGE_TO = "change-to",
        CHATS = "chats",
        CLICK = "click",
        CLOSE = "close",
        COMMENT = "comment",
        COMMENT_SEND = "comment-send",
        COMMENT_SHUT = "comment-shut",
        CONSENT = "consent",
        CORNER = "corner",
        DAY = "day",
        DECLINE = "decline",
        DISMISS = "dismiss",
        DO = "do",
        DOCUMENT = "document",
        END = "end",
        ESCAPE = "escape",
        ESSENTIAL = "essential",
        FLUNG = "flung",
        FOCUS = "focus",
        FORM = "form",
        FULL = "full",
        HELLO = "hello",
        HIDDEN = "hidden",
        HIDE = "hide",
        LANGUAGES = "languages",
        LATER = "later",
        LEAVE = "leave",
        LEFT = "left",
        LINK = "link",
        LOGIN = "login",
        NETWORK = "network",
        OPEN = "open",
        OTHER = "other",
        PAGE = "page",
        POPSTATE = "popstate",
        POPUP = "popup",
        RESET = "reset",
        RESTART = "restart",
        RESTART_NOT = "restart-not",
        RESTART_NOW = "restart-now",
        RETRY = "retry",
        SCROLL = "scroll",
        SEEN = "seen",
        SEND = "send",
        SET = "set",
        SKIP = "skip",
        SPEAK = "speak",
        START = "start",
        TAB = "tab",
        TIME = "time",
        TIMER = "timer",
        TOGGLE = "toggle",
        TYPED = "typed",
        UNAVAILABLE = "unavailable",
        VIEW = "view",
        VIEWED = "viewed",
        WHY = "why",
        WORDS = "words",
    }
}

/// A moment in the visitor's words.
pub fn spell(at: f64, style: Style) -> String {
    spell_by_number(at, style as u8)
}

/// A day or moment that was typed, in the visitor's words.
pub fn spoken(typed: &str, style: Style) -> String {
    spoken_by_number(typed, style as u8)
}

/// A moment for the next order.
pub fn moment(at: f64, style: Style) {
    moment_by_number(at, style as u8);
}

/// How a moment is spelled: a place in the list of `hands.js`.
#[derive(Clone, Copy)]
pub enum Style {
    /// A day, to tell it from others.
    Key,
    /// Weekday, day and month.
    Day,
    /// A short weekday.
    Weekday,
    /// The day of the month.
    DayOfMonth,
    /// Month and year.
    Month,
    /// Hour and minute.
    Time,
    /// Hour and minute with the zone.
    TimeAndZone,
    /// Day, month and year.
    Date,
    /// The same with hour and minute.
    DateTime,
}

/// A value for the next order.
pub trait Held {
    /// Hands it over.
    fn hold(self);
}

impl Held for &str {
    fn hold(self) {
        word(self);
    }
}

impl Held for usize {
    fn hold(self) {
        number(self as f64);
    }
}

/// Grows a plan at a place, with values for its `0`, `1`, ...
macro_rules! draw {
    ($place:expr, $plan:expr $(, $value:expr)* $(,)?) => {{
        $($crate::hands::Held::hold($value);)*
        $crate::hands::plant($place, $plan);
    }};
}
pub(crate) use draw;
