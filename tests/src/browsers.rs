//! Either browser, by the same words: what is asked of one can be asked of the other.

use crate::chromium::{self, Chromium, Complaint, Manner, Session};
use crate::firefox::{self, Firefox, Preference};
use crate::front::Authority;
use serde_json::{Value, json};
use std::fmt;

/// Which browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// Chromium.
    Chromium,
    /// Firefox ESR.
    Firefox,
}

impl Make {
    /// All there are.
    pub const ALL: [Make; 2] = [Make::Chromium, Make::Firefox];

    /// Whether it is on this machine. Tests that need it are passed over where it is not, and fail where tests must
    /// run: under `CI`.
    ///
    /// # Panics
    /// When it is not, under `CI`.
    #[must_use]
    pub fn is_here(self) -> bool {
        let missing = match self {
            Make::Chromium => return Chromium::is_here(),
            Make::Firefox => Firefox::program().err(),
        };
        if let Some(missing) = &missing {
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            eprintln!("skipped: {missing}");
        }
        missing.is_none()
    }
}

impl fmt::Display for Make {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Make::Chromium => "chromium",
            Make::Firefox => "firefox",
        })
    }
}

/// What is special about a browser, from its start on.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// Switches of Chromium.
    pub switches: Vec<&'static str>,
    /// Preferences of Chromium's profile, as its file has them.
    pub preferences: Value,
    /// Preferences of Firefox.
    pub firefox: Vec<Preference>,
}

/// A running browser.
pub enum Browser {
    /// Chromium.
    Chromium(Chromium),
    /// Firefox ESR.
    Firefox(Firefox),
}

impl Browser {
    /// Starts one that takes an authority's certificates.
    ///
    /// # Errors
    /// When it cannot be started or does not answer.
    pub fn start(make: Make, authority: &Authority, habits: &Habits) -> Result<Self, String> {
        Ok(match make {
            Make::Chromium => {
                let preferences = match &habits.preferences {
                    Value::Null => json!({}),
                    preferences => preferences.clone(),
                };
                Self::Chromium(Chromium::start_with(
                    authority.fingerprint(),
                    &habits.switches,
                    &preferences,
                )?)
            }
            Make::Firefox => Self::Firefox(Firefox::start(&habits.firefox)?),
        })
    }

    /// A new profile within it, which reaches the world through a proxy on this machine.
    ///
    /// # Errors
    /// When it refuses.
    pub fn new_profile(&self, proxy_port: u16) -> Result<String, String> {
        match self {
            Self::Chromium(chromium) => chromium.new_context(proxy_port),
            Self::Firefox(firefox) => firefox.new_context(proxy_port),
        }
    }

    /// Forgets a profile and everything in it.
    pub fn drop_profile(&self, profile: &str) {
        match self {
            Self::Chromium(chromium) => chromium.drop_context(profile),
            Self::Firefox(firefox) => firefox.drop_context(profile),
        }
    }

    /// Opens a tab in a profile.
    ///
    /// # Errors
    /// When it refuses.
    pub fn open(&self, profile: &str, manner: &Manner) -> Result<Window, String> {
        Ok(match self {
            Self::Chromium(chromium) => {
                Window::Chromium(chromium::Tab::open(chromium, profile, manner)?)
            }
            Self::Firefox(firefox) => {
                Window::Firefox(firefox::Tab::open(firefox, profile, manner)?)
            }
        })
    }
}

/// A page, or a frame in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its place, by which it is asked.
    pub id: String,
    /// Its address.
    pub address: String,
}

/// A tab.
pub enum Window {
    /// Of Chromium.
    Chromium(chromium::Tab),
    /// Of Firefox.
    Firefox(firefox::Tab),
}

/// A document's own channel.
fn session_of(tab: &chromium::Tab, document: &str) -> Result<Session, String> {
    let mut sessions = [tab.page().clone()].into_iter().chain(tab.frames());
    sessions
        .find(|session| session.id() == document)
        .ok_or_else(|| "the document is gone".into())
}

/// The same of either tab.
macro_rules! either {
    ($window:expr, $tab:ident => $does:expr) => {
        match $window {
            Window::Chromium($tab) => $does,
            Window::Firefox($tab) => $does,
        }
    };
}

impl Window {
    /// Its page and the frames of other sites in it, the page first.
    ///
    /// # Errors
    /// When it is gone.
    pub fn documents(&self) -> Result<Vec<Document>, String> {
        match self {
            Self::Firefox(tab) => {
                let documents = tab.documents()?.into_iter();
                Ok(documents
                    .map(|(id, address)| Document { id, address })
                    .collect())
            }
            Self::Chromium(tab) => {
                let mut found = Vec::new();
                for session in [tab.page().clone()].into_iter().chain(tab.frames()) {
                    // A frame may go while it is asked.
                    if let Ok(Value::String(address)) = session.evaluate("location.href") {
                        let id = session.id().to_owned();
                        found.push(Document { id, address });
                    }
                }
                Ok(found)
            }
        }
    }

    /// The value of an expression in a document, after its promise if it is one.
    ///
    /// # Errors
    /// What it throws.
    pub fn evaluate(&self, document: &str, expression: &str) -> Result<Value, String> {
        match self {
            Self::Firefox(tab) => tab.evaluate(document, expression),
            Self::Chromium(tab) => session_of(tab, document)?.evaluate(expression),
        }
    }

    /// The id of its page.
    #[must_use]
    pub fn page(&self) -> &str {
        match self {
            Self::Chromium(tab) => tab.page().id(),
            Self::Firefox(tab) => tab.page(),
        }
    }

    /// Behaves in another manner from the next document on.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn behave(&mut self, manner: &Manner) -> Result<(), String> {
        either!(self, tab => tab.behave(manner))
    }

    /// Brings it to the front.
    ///
    /// # Errors
    /// When it is gone.
    pub fn show(&self) -> Result<(), String> {
        either!(self, tab => tab.show())
    }

    /// Loads a page.
    ///
    /// # Errors
    /// When it does not load.
    pub fn load(&self, address: &str) -> Result<(), String> {
        match self {
            Self::Chromium(tab) => tab.load(address, None),
            Self::Firefox(tab) => tab.load(address),
        }
    }

    /// Begins to load a page.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn begin(&self, address: &str) -> Result<(), String> {
        match self {
            Self::Chromium(tab) => tab
                .page()
                .call("Page.navigate", json!({ "url": address }))
                .map(|_| ()),
            Self::Firefox(tab) => tab.begin(address),
        }
    }

    /// Loads the same page again.
    ///
    /// # Errors
    /// When it does not load.
    pub fn reload(&self) -> Result<(), String> {
        either!(self, tab => tab.reload())
    }

    /// Goes so many steps through the tab's history, back when negative.
    ///
    /// # Errors
    /// When it does not go that far.
    pub fn travel(&self, steps: i64) -> Result<(), String> {
        either!(self, tab => tab.travel(steps))
    }

    /// Presses and lets go at a point of a document. It is given in CSS pixels of the document, and of the page around
    /// it.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn press(&self, document: &str, own: [f64; 2], on_page: [f64; 2]) -> Result<(), String> {
        match self {
            Self::Chromium(tab) => tab.press(&session_of(tab, document)?, on_page[0], on_page[1]),
            Self::Firefox(tab) => tab.press(document, own[0], own[1]),
        }
    }

    /// Types text where the keyboard is.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn write(&self, text: &str) -> Result<(), String> {
        either!(self, tab => tab.write(text))
    }

    /// Presses a key, by its name in the DOM.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn key(&self, name: &str) -> Result<(), String> {
        either!(self, tab => tab.key(name))
    }

    /// What page and frames complained about since the last time.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        either!(self, tab => tab.complaints())
    }

    /// A picture of what is visible, as PNG.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn picture(&self) -> Result<Vec<u8>, String> {
        either!(self, tab => tab.picture())
    }

    /// The page as it would be printed, as PDF.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn print(&self) -> Result<Vec<u8>, String> {
        either!(self, tab => tab.print())
    }
}
