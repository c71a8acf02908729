//! Visitors: browsers, and who they are said to belong to.

use super::definition::list;
use super::error::Fault;
use super::token::Words;

/// A browser: who it belongs to and how it is made. Names it as the one that acts from here on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// What the plan calls it.
    pub name: String,
    /// Who it is said to be, when this line says so. After a visit it is the page's identify call.
    pub identity: Option<Identity>,
    /// The language of the browser and of the pages it is shown.
    pub language: Option<String>,
    /// What kind of machine.
    pub device: Option<Device>,
    /// Its clock's time zone.
    pub zone: Option<String>,
    /// Whether it signals Global Privacy Control.
    pub gpc: bool,
    /// Whether its tabs cannot hear each other.
    pub tabs_apart: bool,
}

/// Who a visitor is, and how surely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Nobody known.
    Anonymous,
    /// A person of the plan.
    Person(String, Strength),
}

/// How surely a visitor is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// By a cookie or a tracked link.
    Recognised,
    /// By the page's own login.
    Verified,
}

/// What kind of machine a visitor uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// A large screen with a pointer.
    Desktop,
    /// A large screen without.
    Tablet,
    /// A small screen.
    Phone,
}

impl Visitor {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let mut visitor = Visitor {
            name: words.name("a visitor")?,
            identity: None,
            language: None,
            device: None,
            zone: None,
            gpc: false,
            tabs_apart: false,
        };
        list(words, |words| {
            if words.take_phrase("is") {
                visitor.identity = Some(Identity::take(words)?);
            } else if words.take_phrase("language") {
                visitor.language = Some(words.text("a language")?);
            } else if words.take_phrase("device") {
                visitor.device = Some(Device::take(words)?);
            } else if words.take_phrase("zone") {
                visitor.zone = Some(words.text("a time zone")?);
            } else if words.take_phrase("signals gpc") {
                visitor.gpc = true;
            } else if words.take_phrase("tabs apart") {
                visitor.tabs_apart = true;
            } else {
                let known = "is, language, device, zone, signals gpc or tabs apart";
                return Err(Fault::expected(known, &words.found()));
            }
            Ok(())
        })?;
        Ok(visitor)
    }
}

impl Identity {
    fn take(words: &mut Words) -> Result<Self, Fault> {
        if words.take_phrase("anonymous") {
            return Ok(Identity::Anonymous);
        }
        let person = words.name("a person")?;
        let strength = words.word("recognised or verified")?;
        let strength = match strength.as_str() {
            "recognised" => Strength::Recognised,
            "verified" => Strength::Verified,
            _ => return Err(Fault::expected("recognised or verified", &strength)),
        };
        Ok(Identity::Person(person, strength))
    }
}

impl Device {
    fn take(words: &mut Words) -> Result<Self, Fault> {
        let word = words.word("a device")?;
        Ok(match word.as_str() {
            "desktop" => Device::Desktop,
            "tablet" => Device::Tablet,
            "phone" => Device::Phone,
            _ => return Err(Fault::expected("desktop, tablet or phone", &word)),
        })
    }
}
