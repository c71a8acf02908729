//! Plans without a browser: a visitor's browser without a screen, in front of any server.

use super::browser::{Browser, Says, Shown};
use super::server::{Holds, Server};
use super::studio::Studio;
use super::world::{self, Screen, World};
use crate::plan::{self, Action, Definition, Identity, Strength};
use engine::compiled::CardKind;
use engine::ids::{CardId, Timestamp};
use engine::reading::Fault;
use engine::wire::{Answer, Input, Opaque};
use std::collections::BTreeMap;
use std::path::Path;

/// A world of engine and server, with as many visitors as a plan names.
pub struct Headless<S> {
    server: S,
    studio: Studio,
    now: Timestamp,
    visitors: BTreeMap<String, Browser>,
    acting: String,
    has_visited: bool,
    /// Whether the box beside what is asked is ticked.
    ticked: bool,
    /// Documents that are kept, with the number of their pages.
    pdfs: BTreeMap<String, u16>,
}

impl<S: Server> Headless<S> {
    /// A world for a plan of this folder.
    #[must_use]
    pub fn new(server: S, folder: &Path) -> Self {
        let mut world = Self {
            server,
            studio: Studio::new(folder),
            now: Timestamp(plan::Moment::START.milliseconds()),
            visitors: BTreeMap::new(),
            acting: "V1".into(),
            has_visited: false,
            ticked: false,
            pdfs: BTreeMap::new(),
        };
        world.server.set_clock(world.now);
        world.visitors.insert("V1".into(), Browser::new(1));
        world
    }

    fn browser(&mut self) -> (&mut Browser, &mut S, Timestamp) {
        let browser = self
            .visitors
            .entry(self.acting.clone())
            .or_insert_with(|| Browser::new(99));
        (browser, &mut self.server, self.now)
    }

    fn pass(&mut self, seconds: u64) {
        // Time passes in steps, so that events fire when they are due and not at the end.
        let mut left = seconds;
        while left > 0 {
            let watched = self
                .visitors
                .get(&self.acting)
                .is_some_and(Browser::has_page);
            let step = if watched && seconds <= 7_200 { 1 } else { left };
            self.now = self.now.plus(i64::try_from(step).unwrap_or(0) * 1_000);
            self.server.set_clock(self.now);
            left -= step;
            if watched {
                let (browser, server, now) = self.browser();
                browser.watch(u32::try_from(step).unwrap_or(u32::MAX), server, now);
            }
        }
    }

    fn become_visitor(&mut self, visitor: &plan::Visitor) -> Result<(), String> {
        let number = self.visitors.len() as u64 + 1;
        self.acting.clone_from(&visitor.name);
        self.visitors
            .entry(visitor.name.clone())
            .or_insert_with(|| Browser::new(number));
        let says = match &visitor.identity {
            None | Some(Identity::Anonymous) => None,
            Some(Identity::Person(person, Strength::Recognised)) => {
                Some(Says::Link(self.server.tracked_link(person)))
            }
            Some(Identity::Person(person, Strength::Verified)) => {
                Some(Says::Login(self.server.login(person)))
            }
        };
        let offset = visitor.zone.as_ref().map(|zone| {
            let zone = jiff::tz::TimeZone::get(zone).map_err(|error| error.to_string())?;
            let at =
                jiff::Timestamp::from_millisecond(self.now.0).map_err(|error| error.to_string())?;
            i16::try_from(zone.to_offset(at).seconds() / 60).map_err(|error| error.to_string())
        });
        let (browser, _, _) = self.browser();
        browser.says = says.or(browser.says.take());
        if let Some(language) = &visitor.language {
            browser.language.clone_from(language);
        }
        if let Some(device) = visitor.device {
            browser.device = match device {
                plan::Device::Desktop => engine::wire::Device::Desktop,
                plan::Device::Tablet => engine::wire::Device::Tablet,
                plan::Device::Phone => engine::wire::Device::Phone,
            };
        }
        if let Some(offset) = offset {
            browser.zone_minutes = offset?;
        }
        browser.gpc |= visitor.gpc;
        Ok(())
    }

    fn do_action(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Publish(name) => self.studio.publish(name, &mut self.server),
            Action::Unpublish(name) => self.server.unpublish(name),
            Action::Change(name, change) => self.studio.change(name, change, &mut self.server),
            Action::Correct(name, change) => self.studio.correct(name, change, &mut self.server),
            Action::Chat(on) => {
                self.server.set_chat(*on);
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
            Action::Visitor(visitor) => self.become_visitor(visitor),
            Action::Visit { address, from } => {
                self.has_visited = true;
                let address = as_browsers_write(address)?;
                let (browser, server, now) = self.browser();
                browser.visit(&address, from.as_deref().unwrap_or_default(), server, now);
                Ok(())
            }
            Action::Navigate(address) => {
                let address = as_browsers_write(address)?;
                let (browser, server, now) = self.browser();
                browser.navigate(&address, server, now);
                Ok(())
            }
            Action::Refresh => {
                let (browser, server, now) = self.browser();
                let (address, from) = browser.address().ok_or("no page is open")?;
                browser.visit(&address, &from, server, now);
                Ok(())
            }
            Action::Leave => {
                self.browser().0.leave();
                Ok(())
            }
            Action::Wait(duration) => {
                self.pass(duration.seconds());
                Ok(())
            }
            Action::At(moment) => {
                let ms = moment.milliseconds() - self.now.0;
                self.pass(u64::try_from(ms).map_err(|_| "the clock does not go back")? / 1_000);
                Ok(())
            }
            Action::Scroll(percent) => {
                let (browser, server, now) = self.browser();
                browser.scroll(*percent, server, now);
                Ok(())
            }
            Action::ExitIntent => {
                let (browser, server, now) = self.browser();
                browser.exit_intent(server, now);
                Ok(())
            }
            Action::Open => {
                let (browser, server, now) = self.browser();
                browser.open(server, now)
            }
            Action::Close => self.browser().0.close(),
            Action::Dismiss => {
                let (browser, _, now) = self.browser();
                browser.dismiss(now)
            }
            Action::Answer(words) => {
                let (browser, _, now) = self.browser();
                if browser.shown(now) == Some(Shown::Launcher) {
                    return Err("only the launcher is on screen".into());
                }
                let (card, answer) = browser.choice(words)?;
                self.give(card, answer)
            }
            Action::Type(words) => {
                let card = self.browser().0.typing()?;
                self.give(card, Answer::Typed(words.clone()))
            }
            Action::Tick => {
                let (_, card) = self.browser().0.awaited().ok_or("nothing waits")?;
                match &card.kind {
                    CardKind::Capture(capture) if capture.agreement.is_some() => {
                        self.ticked = true;
                        Ok(())
                    }
                    _ => Err("there is no box to tick".into()),
                }
            }
            Action::Skip => self.input_on_awaited(Input::Skipped),
            Action::Back => self.input(&Input::WentBack),
            Action::Restart => {
                if !self.browser().0.can().1 {
                    return Err("starting over is not offered".into());
                }
                self.input(&Input::Restarted)
            }
            Action::Click(words) => {
                let (card, number, _) = self
                    .browser()
                    .0
                    .link(words)
                    .ok_or(format!("no link says {words:?}"))?;
                self.input(&Input::LinkClicked(card, number))
            }
            Action::OpenDocument => {
                let pdfs = self.pdfs.clone();
                let (browser, server, now) = self.browser();
                browser.open_document(&pdfs, server, now)
            }
            Action::ReadPage(page) => self.browser().0.read_page(*page),
            Action::Search(words) => self.browser().0.search(words),
            Action::Download => {
                let (browser, server, now) = self.browser();
                browser.download(server, now)
            }
            Action::CloseDocument => {
                let (browser, server, now) = self.browser();
                browser.close_document(server, now)
            }
            Action::Decline => self.input_on_awaited(Input::Declined),
            Action::Book(moment) => {
                let (browser, server, now) = self.browser();
                browser.book(Timestamp(moment.milliseconds()), server, now)
            }
            Action::Network(on) => {
                let (browser, server, now) = self.browser();
                browser.online = *on;
                browser.flush(server, now);
                Ok(())
            }
            Action::NewTab => {
                self.browser().0.new_tab();
                Ok(())
            }
            Action::Tab(number) => {
                let (browser, server, now) = self.browser();
                browser.go_to_tab(*number, server, now)
            }
            Action::ClearStorage => {
                self.browser().0.clear_storage();
                Ok(())
            }
            Action::Consent(mode) => {
                let mode = world::consent(*mode);
                let (browser, server, now) = self.browser();
                let before = browser.granted.replace(mode);
                if mode == engine::compiled::Consent::Wait && before != Some(mode) {
                    browser.withdraw(server);
                }
                browser.decide(server, now);
                Ok(())
            }
        }
    }

    fn input(&mut self, input: &Input) -> Result<(), String> {
        let (browser, server, now) = self.browser();
        browser.input(input, server, now)?;
        browser.settle_slots(server, now);
        // After an answer that cannot be read the box stays as it is.
        self.ticked &= browser.fault().is_some();
        Ok(())
    }

    /// Gives an answer, with the box beside it as it is.
    fn give(&mut self, card: CardId, answer: Answer) -> Result<(), String> {
        let input = if self.ticked {
            Input::Agreed(card, answer)
        } else {
            Input::Answered(card, answer)
        };
        self.input(&input)
    }

    fn input_on_awaited(&mut self, input: impl Fn(CardId) -> Input) -> Result<(), String> {
        let card = self
            .browser()
            .0
            .awaited()
            .map(|(id, _)| id)
            .ok_or("nothing waits")?;
        self.input(&input(card))
    }
}

impl<S: Server> World for Headless<S> {
    fn define(&mut self, definition: &Definition) -> Result<(), String> {
        match definition {
            Definition::Dialogue {
                name,
                source,
                change,
            } => {
                self.studio
                    .write_dialogue(name, source.as_ref(), change, &mut self.server)?;
            }
            Definition::Flow {
                name,
                source,
                change,
            } => self
                .studio
                .write_flow(name, source.as_ref(), change, &mut self.server)?,
            Definition::Company(company) => self.server.set_company(company),
            Definition::Person(person) => self.server.set_person(person),
            Definition::Attribute(..) => {}
            Definition::Agent(agent) => self.server.add_agent(agent),
            Definition::Busy(busy) => self.server.add_busy(busy),
            Definition::Pdf { address, pages } => {
                self.server.keep_pdf(address, *pages);
                self.pdfs.insert(address.clone(), *pages);
            }
            Definition::Consent(mode) => self.server.set_consent(*mode),
            Definition::TimeZone(zone) => self.server.set_zone(zone)?,
            Definition::Delay(delay) => {
                self.server.set_delay(
                    u16::try_from(delay.seconds() * 1_000).map_err(|error| error.to_string())?,
                );
            }
        }
        Ok(())
    }

    fn act(&mut self, action: &Action) -> Result<(), String> {
        let (browser, server, now) = self.browser();
        if browser.is_reading() {
            if is_covered(action) {
                return Err("the document covers it".into());
            }
            if is_out_of_sight(action) {
                browser.put_away(server, now)?;
            }
        }
        self.do_action(action)
    }

    fn screen(&mut self) -> Screen {
        let (browser, server, now) = self.browser();
        let (said, new_from) = browser.said();
        let shows = browser.dialogue_name().map(String::from);
        let edition = browser
            .edition()
            .zip(shows.as_ref())
            .and_then(|(edition, name)| server.holds().edition_number(name, edition));
        Screen {
            form: browser.shown(now).map(|shown| match shown {
                Shown::Launcher => plan::Form::Launcher,
                Shown::Poke => plan::Form::Poke,
                Shown::Panel => plan::Form::Panel,
            }),
            holds: browser.held().map(String::from),
            continues: browser.continues(),
            said,
            new_from,
            offers: browser.answers(),
            asks_for: browser.asks_for(),
            refusal: browser.fault().map(|fault| fault_words(fault).into()),
            notice: None,
            edition,
            shows,
        }
    }

    fn link(&mut self, words: &str) -> Option<String> {
        self.browser().0.link(words).map(|(_, _, address)| address)
    }

    fn offers_slot(&mut self, at: plan::Moment) -> Result<bool, String> {
        let (browser, server, now) = self.browser();
        let (_, _, starts) = browser.offered(server, now)?;
        Ok(starts.contains(&Timestamp(at.milliseconds())))
    }

    fn why(&mut self, dialogue: &str) -> Option<String> {
        let criteria = self.server.holds().criteria_words(dialogue);
        let (browser, _, now) = self.browser();
        browser
            .why(dialogue, &criteria, now)
            .unwrap_or_else(|| Some("not published".into()))
    }

    fn holds(&mut self) -> &dyn Holds {
        self.server.holds()
    }

    fn visitor(&mut self) -> Option<Opaque> {
        self.browser().0.visitor()
    }

    fn stored(&mut self) -> Result<Vec<String>, String> {
        Err("only a real browser stores bytes".into())
    }

    fn requests(&mut self) -> Result<Vec<String>, String> {
        Err("only a real browser makes requests".into())
    }
}

/// Whether what is pressed or typed lies beneath an open document.
fn is_covered(action: &Action) -> bool {
    matches!(
        action,
        Action::Open
            | Action::Close
            | Action::Answer(_)
            | Action::Type(_)
            | Action::Tick
            | Action::Skip
            | Action::Back
            | Action::Restart
            | Action::Click(_)
            | Action::OpenDocument
            | Action::Decline
            | Action::Book(_)
    )
}

/// Whether the page is out of sight from then on.
fn is_out_of_sight(action: &Action) -> bool {
    matches!(
        action,
        Action::Visit { .. } | Action::Refresh | Action::Leave | Action::NewTab | Action::Tab(_)
    )
}

/// An address as `location.href` gives it.
fn as_browsers_write(address: &str) -> Result<String, String> {
    url::Url::parse(address)
        .map(String::from)
        .map_err(|error| format!("{address}: {error}"))
}

/// What the widget says of each fault, as far as plans ask for parts of it.
fn fault_words(fault: Fault) -> &'static str {
    match fault {
        Fault::Empty => "an answer is needed",
        Fault::TooLong => "the answer is too long",
        Fault::Address => "that is no mail address",
        Fault::FreeMail => "a business address is needed",
        Fault::Domain => "addresses at that domain are not accepted",
        Fault::Phone => "that is no phone number",
        Fault::Number => "that is no number",
        Fault::Date => "that is no date",
        Fault::Moment => "that is no date with a time",
        Fault::Boolean => "yes or no is needed",
        Fault::Choice => "choose one of the values",
        Fault::Agreement => "the box must be ticked",
    }
}
