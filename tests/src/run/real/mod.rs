//! Plans in a real browser: pages of the plan's sites, the one script tag on them, the frame on another site, the
//! real server behind it. What is read is what a visitor can see or hear; what is done is done with pointer, fingers
//! and keys.

mod hands;
mod screen;
mod viewer;
mod visitor;
mod words;

use super::live::{LiveServer, Time};
use super::server::{Holds, Server};
use super::studio::Studio;
use super::world::{Screen, World};
use crate::chromium::{Chromium, Manner, Session, Tab};
use crate::front::{Authority, CHAT_ORIGIN, Places};
use crate::plan::{self, Action, Definition, Form, Identity, Strength};
use engine::check::Catalogue;
use engine::ids::{EditionId, Timestamp};
use engine::wire::Opaque;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

pub use hands::{FIND, LAUNCHER};
pub use screen::{Seen, Told, reading};
pub use visitor::Visitor;

/// A browser that trusts the front's certificates.
pub struct Machine {
    /// The browser.
    pub chromium: Chromium,
    /// The front's key.
    pub authority: Authority,
}

/// The machine in use, as long as somebody uses it.
static MACHINE: Mutex<Weak<Machine>> = Mutex::new(Weak::new());

impl Machine {
    /// The one everybody shares; it ends with its last user.
    ///
    /// # Errors
    /// When there is no browser, or it does not start.
    pub fn shared() -> Result<Arc<Self>, String> {
        let mut shared = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(machine) = shared.upgrade() {
            return Ok(machine);
        }
        let authority = Authority::new()?;
        let machine = Arc::new(Self {
            chromium: Chromium::start(authority.fingerprint())?,
            authority,
        });
        *shared = Arc::downgrade(&machine);
        Ok(machine)
    }
}

/// A world of browser and server, with as many visitors as a plan names.
pub struct Real {
    visitors: BTreeMap<String, Visitor>,
    machine: Arc<Machine>,
    server: LiveServer,
    studio: Studio,
    acting: String,
    said_before: Vec<String>,
    delays: bool,
    manner: Manner,
}

impl Real {
    /// A world for a plan of this folder, whose workspace knows the attributes and lists of a catalogue.
    ///
    /// # Errors
    /// When browser or server do not start.
    pub fn start(catalogue: &Catalogue, folder: &Path) -> Result<Self, String> {
        if !usher_server::assets::has_widget() {
            return Err("the server was built without the widget; run: cargo xtask build".into());
        }
        Ok(Self {
            visitors: BTreeMap::new(),
            machine: Machine::shared()?,
            server: LiveServer::start(catalogue, CHAT_ORIGIN, Time::Running)?,
            studio: Studio::new(folder),
            acting: "V1".into(),
            said_before: Vec::new(),
            delays: false,
            manner: Manner::default(),
        })
    }

    /// How visitors' browsers are, where the plan does not say otherwise.
    #[must_use]
    pub fn with_manner(mut self, manner: Manner) -> Self {
        self.manner = manner;
        self
    }

    /// A picture of the page in front, as PNG.
    ///
    /// # Errors
    /// When no page is open.
    pub fn picture(&mut self) -> Result<Vec<u8>, String> {
        self.tab_at_rest()?.picture()
    }

    /// The tab in front of the acting visitor, when everything in it has come to rest.
    ///
    /// # Errors
    /// When no page is open, or nothing comes to rest.
    pub fn tab_at_rest(&mut self) -> Result<&Tab, String> {
        self.settle()?;
        self.visitor()?.open_tab()
    }

    /// The chat's frame, when it is to be seen and has come to rest.
    ///
    /// # Errors
    /// When no page is open, or nothing comes to rest.
    pub fn frame_at_rest(&mut self) -> Result<Option<Session>, String> {
        self.settle()?;
        self.visitor()?.shown_frame()
    }

    /// The acting visitor, who appears when first acting.
    fn visitor(&mut self) -> Result<&mut Visitor, String> {
        if !self.visitors.contains_key(&self.acting) {
            let mut visitor = Visitor::appear(
                Arc::clone(&self.machine),
                &self.server.runtime(),
                Places::of_plans(self.server.address()),
                self.server.app().clock.offset_ms(),
            )?;
            visitor.manner = Manner {
                ahead: visitor.manner.ahead,
                still: self.manner.still && !self.delays,
                ..self.manner.clone()
            };
            self.visitors.insert(self.acting.clone(), visitor);
        }
        self.visitors
            .get_mut(&self.acting)
            .ok_or_else(|| "nobody acts".into())
    }

    fn acting(&self) -> Option<&Visitor> {
        self.visitors.get(&self.acting)
    }

    /// Moves every clock; what is due meanwhile happens.
    fn pass(&mut self, ms: i64) -> Result<(), String> {
        const STEPS: i64 = 60;
        let watched = self.acting().is_some_and(Visitor::has_page);
        let step = if watched { (ms / STEPS).max(1_000) } else { ms };
        let mut left = ms;
        while left > 0 {
            let now = step.min(left);
            left -= now;
            self.server.app().clock.advance(now);
            if let Some(visitor) = self.visitors.get(&self.acting) {
                visitor.pass(now)?;
            }
            for (_, other) in self
                .visitors
                .iter()
                .filter(|(name, _)| **name != self.acting)
            {
                other.pass(now)?;
            }
        }
        let ahead = self.server.app().clock.offset_ms();
        for visitor in self.visitors.values_mut() {
            visitor.set_ahead(ahead)?;
        }
        Ok(())
    }

    /// Waits until pages have loaded, nothing is under way, and nothing on screen changes.
    fn settle(&mut self) -> Result<(), String> {
        if let Some(visitor) = self.visitors.get(&self.acting) {
            visitor.settle()?;
        }
        // Words that take their time are waited for, on the moved clock.
        for _ in 0..40 {
            let busy = self
                .acting()
                .and_then(|visitor| visitor.read().ok())
                .is_some_and(|seen| seen.busy && self.delays);
            if !busy {
                break;
            }
            self.pass(500)?;
        }
        if let Some(visitor) = self.visitors.get(&self.acting) {
            visitor.settle()?;
        }
        Ok(())
    }

    fn become_visitor(&mut self, wish: &plan::Visitor) -> Result<(), String> {
        self.acting.clone_from(&wish.name);
        let said = match &wish.identity {
            None | Some(Identity::Anonymous) => None,
            Some(Identity::Person(person, Strength::Recognised)) => {
                Some((self.server.tracked_link(person), false))
            }
            Some(Identity::Person(person, Strength::Verified)) => {
                Some((self.server.login(person), true))
            }
        };
        let visitor = self.visitor()?;
        match said {
            Some((token, true)) => visitor.log_in(token)?,
            Some((token, false)) => visitor.link = Some(token),
            None => {}
        }
        if let Some(language) = &wish.language {
            visitor.manner.language.clone_from(language);
        }
        if let Some(device) = wish.device {
            visitor.hold(device);
        }
        if let Some(zone) = &wish.zone {
            visitor.manner.zone.clone_from(zone);
        }
        visitor.manner.gpc |= wish.gpc;
        visitor.manner.tabs_apart |= wish.tabs_apart;
        visitor.behave()
    }

    fn do_action(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Publish(name) => {
                self.studio.publish(name, &mut self.server)?;
                self.expect_news();
                Ok(())
            }
            Action::Unpublish(name) => self.server.unpublish(name),
            Action::Change(name, change) => {
                self.studio.change(name, change, &mut self.server)?;
                self.expect_news();
                Ok(())
            }
            Action::Correct(name, change) => self.studio.correct(name, change, &mut self.server),
            Action::Chat(on) => {
                self.server.set_chat(*on);
                if *on {
                    self.expect_news();
                }
                Ok(())
            }
            Action::SetPerson(person) => {
                self.server.set_person(person);
                Ok(())
            }
            Action::SetCompany(company) => {
                self.server.set_company(company);
                Ok(())
            }
            Action::Visitor(wish) => self.become_visitor(wish),
            Action::Wait(duration) => {
                let seconds =
                    i64::try_from(duration.seconds()).map_err(|fault| fault.to_string())?;
                self.pass(seconds * 1_000)
            }
            Action::At(moment) => {
                let now = self.server.app().clock.now();
                self.pass(Timestamp(moment.milliseconds()).since(now))
            }
            Action::Visit { address, from } => self.visitor()?.visit(address, from.as_deref()),
            Action::Navigate(address) => self.visitor()?.navigate(address),
            Action::Refresh => self.visitor()?.refresh(),
            Action::Leave => self.visitor()?.leave(),
            Action::Scroll(percent) => self.visitor()?.scroll(*percent),
            Action::ExitIntent => self.visitor()?.exit_intent(),
            Action::Open => self.visitor()?.open(),
            Action::Close => self.visitor()?.close(),
            Action::Dismiss => self.visitor()?.dismiss(),
            Action::Answer(label) => self.visitor()?.answer(label),
            Action::Type(text) => self.visitor()?.write(text),
            Action::Tick => self.visitor()?.tick(),
            Action::Skip => self.visitor()?.skip(),
            Action::Back => self.visitor()?.back(),
            Action::Restart => self.visitor()?.restart(),
            Action::Click(words) => self.visitor()?.click(words),
            Action::OpenDocument => self.visitor()?.open_document(),
            Action::ReadPage(page) => self.visitor()?.read_page(*page),
            Action::Search(words) => self.visitor()?.search(words),
            Action::Download => self.visitor()?.download(),
            Action::CloseDocument => self.visitor()?.close_document(),
            Action::Decline => self.visitor()?.decline(),
            Action::Book(moment) => self.visitor()?.book(moment.milliseconds()),
            Action::Network(on) => self.visitor()?.set_network(*on),
            Action::NewTab => self.visitor()?.new_tab(),
            Action::Tab(number) => self.visitor()?.go_to_tab(*number),
            Action::ClearStorage => self.visitor()?.clear_storage(),
            Action::Consent(mode) => self.visitor()?.consent(*mode),
        }
    }

    fn expect_news(&mut self) {
        for visitor in self.visitors.values_mut() {
            visitor.expect_news();
        }
    }

    /// Which edition the conversation on screen runs: as the server has it, else as the frame has fetched it.
    fn edition(&self) -> Option<EditionId> {
        let visitor = self.acting()?;
        if let Some(conversation) = visitor.conversation() {
            let log = self
                .server
                .app()
                .store
                .log(self.server.scope(), conversation.to_string());
            if let Ok(log) = self.server.wait_for(log) {
                return EditionId::parse(&log.row.edition);
            }
        }
        EditionId::parse(&visitor.fetched_edition()?)
    }
}

impl World for Real {
    fn define(&mut self, definition: &Definition) -> Result<(), String> {
        match definition {
            Definition::Dialogue {
                name,
                source,
                change,
            } => self
                .studio
                .write_dialogue(name, source.as_ref(), change, &mut self.server),
            Definition::Flow {
                name,
                source,
                change,
            } => self
                .studio
                .write_flow(name, source.as_ref(), change, &mut self.server),
            Definition::Company(company) => {
                self.server.set_company(company);
                Ok(())
            }
            Definition::Person(person) => {
                self.server.set_person(person);
                Ok(())
            }
            Definition::Attribute(..) => Ok(()),
            Definition::Agent(agent) => {
                self.server.add_agent(agent);
                Ok(())
            }
            Definition::Pdf { address, pages } => {
                self.server.keep_pdf(address, *pages);
                Ok(())
            }
            Definition::Busy(busy) => {
                self.server.add_busy(busy);
                Ok(())
            }
            Definition::Consent(mode) => {
                self.server.set_consent(*mode);
                Ok(())
            }
            Definition::TimeZone(zone) => self.server.set_zone(zone),
            Definition::Delay(delay) => {
                let ms =
                    u16::try_from(delay.seconds() * 1_000).map_err(|fault| fault.to_string())?;
                self.server.set_delay(ms);
                self.delays = true;
                Ok(())
            }
        }
    }

    fn act(&mut self, action: &Action) -> Result<(), String> {
        self.said_before = self
            .acting()
            .and_then(|visitor| visitor.read().ok())
            .map(|seen| seen.said)
            .unwrap_or_default();
        self.do_action(action)?;
        self.settle()
    }

    fn screen(&mut self) -> Screen {
        let Some((seen, why)) = self
            .acting()
            .and_then(|visitor| Some((visitor.read().ok()?, visitor.why().unwrap_or_default())))
        else {
            return Screen::default();
        };
        let shown = why.shown.clone().filter(|_| seen.form.is_some());
        let edition = shown.as_ref().and_then(|name| {
            let edition = self.edition()?;
            self.server.edition_number(name, edition)
        });
        let same = |(before, now): &(&String, &String)| before == now;
        Screen {
            form: seen.form.as_deref().and_then(|form| match form {
                "panel" => Some(Form::Panel),
                "poke" => Some(Form::Poke),
                "launcher" => Some(Form::Launcher),
                _ => None,
            }),
            holds: why
                .shown
                .filter(|_| why.state == "holds" && seen.form.is_none()),
            continues: why.state == "continues",
            new_from: self
                .said_before
                .iter()
                .zip(&seen.said)
                .take_while(same)
                .count(),
            offers: seen.offers,
            asks_for: seen.asks.as_deref().and_then(screen::input_kind),
            refusal: seen.refusal,
            notice: seen.notice,
            said: seen.said,
            edition,
            shows: shown,
        }
    }

    fn link(&mut self, words: &str) -> Option<String> {
        let seen = self.acting()?.read().ok()?;
        let found = seen
            .links
            .into_iter()
            .rev()
            .find(|(label, _)| label == words);
        found.map(|(_, address)| address)
    }

    fn offers_slot(&mut self, at: plan::Moment) -> Result<bool, String> {
        self.visitor()?.offers_slot(at.milliseconds())
    }

    fn why(&mut self, dialogue: &str) -> Option<String> {
        let Some(why) = self.acting().and_then(|visitor| visitor.why().ok()) else {
            return Some("no page is open".into());
        };
        if why.shown.as_deref() == Some(dialogue) {
            return None;
        }
        if why.consent == "wait" {
            return Some("consent".into());
        }
        if !self.server.is_live(dialogue) {
            return Some("not published".into());
        }
        if !why.has_frame {
            return Some(if why.matched {
                "the frame is not there".into()
            } else {
                "URL not included".into()
            });
        }
        let Some(because) = why.lost.get(dialogue) else {
            return Some("not published".into());
        };
        // Visitors' browsers know a condition by its place only; the author knows its words.
        let place = because
            .strip_prefix("audience: condition ")
            .and_then(|rest| rest.split(' ').next())
            .and_then(|number| number.parse::<usize>().ok());
        let words = self.server.criteria_words(dialogue);
        Some(
            match place.and_then(|place| words.get(place.checked_sub(1)?)) {
                Some(condition) => format!("audience: {condition}"),
                None => because.clone(),
            },
        )
    }

    fn holds(&mut self) -> &dyn Holds {
        let _ = self.settle();
        let known: Vec<_> = self
            .visitors
            .values()
            .filter_map(|visitor| Some((visitor.token()?, visitor.conversations())))
            .collect();
        for (token, conversations) in known {
            for conversation in conversations {
                self.server.note(token, conversation);
            }
        }
        &self.server
    }

    fn visitor(&mut self) -> Option<Opaque> {
        self.acting()?.token()
    }

    fn stored(&mut self) -> Result<Vec<String>, String> {
        self.visitor()?.stored()
    }

    fn requests(&mut self) -> Result<Vec<String>, String> {
        Ok(self.visitor()?.requests())
    }

    fn breathe(&mut self) -> bool {
        std::thread::sleep(Duration::from_millis(50));
        self.settle().is_ok()
    }

    fn finish(&mut self) -> Result<(), String> {
        for (name, visitor) in &mut self.visitors {
            visitor
                .look_back()
                .map_err(|fault| format!("{name}: {fault}"))?;
        }
        Ok(())
    }
}
