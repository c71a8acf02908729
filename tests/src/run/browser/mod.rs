//! A visitor's browser without a screen: the widget's loop around the engine, and what it would draw.
//! It decides nothing; every answer comes from the engine or the server.

mod acting;
mod screen;
mod sending;
mod talk;
mod viewing;

use super::server::Server;
use engine::compiled::{Consent, Edition, Publication, decode};
use engine::conversation::{Conversation, Output, Piece, Status};
use engine::ids::{CardId, ConversationId, DialogueId, EditionId, Timestamp};
use engine::memory::{OpenConversation, VisitorMemory};
use engine::reading::Fault;
use engine::resolve::{Facts, Resolution, resolve};
use engine::wire::{Begin, Device, Entry, Identify, Input, Opaque, Page, SignedSnapshot, Snapshot};
use talk::rebuild;
use viewing::Reader;

/// One browser.
pub struct Browser {
    /// Chance, and a part of the ids it makes.
    seed: u64,
    made: u64,
    /// What is stored on the device.
    stored: Stored,
    /// Whether the chat origin can be reached.
    pub online: bool,
    /// What the page granted or withdrew, when it did.
    pub granted: Option<Consent>,
    /// The page's and browser's language.
    pub language: String,
    /// What kind of machine.
    pub device: Device,
    /// Minutes its clock is ahead of UTC.
    pub zone_minutes: i16,
    /// Whether it signals Global Privacy Control.
    pub gpc: bool,
    /// How the next lookup says who this is.
    pub says: Option<Says>,
    /// Open pages.
    tabs: Vec<Option<View>>,
    tab: usize,
}

/// A way of saying who a visitor is.
#[derive(Clone, Debug)]
pub enum Says {
    /// A tracked link's token.
    Link(String),
    /// A signed token of the host's login.
    Login(String),
}

#[derive(Clone, Default)]
struct Stored {
    memory: VisitorMemory,
    visitor: Option<Opaque>,
    conversations: Vec<Log>,
}

/// A conversation's log on the device.
#[derive(Clone)]
struct Log {
    id: ConversationId,
    begin: Begin,
    entries: Vec<Entry>,
    /// Whether the beginning is acknowledged, and through which line.
    acknowledged: Option<u32>,
}

/// An open page.
struct View {
    page: Page,
    memory: VisitorMemory,
    publication: Option<Publication>,
    snapshot: Option<SignedSnapshot>,
    since: Timestamp,
    state: State,
    talk: Option<Talk>,
    reader: Option<Reader>,
    /// Whether anything was opened or answered on this page.
    acted: bool,
    scrolled: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Nothing,
    Held(DialogueId),
    Shown,
}

/// A conversation on screen.
struct Talk {
    log: Log,
    edition: Edition,
    texts: Edition,
    conversation: Conversation,
    dialogue: DialogueId,
    is_open: bool,
    continued: bool,
    said: Vec<Line>,
    new_from: usize,
    fault: Option<(CardId, Fault)>,
}

/// A text of the bot, as drawn.
struct Line {
    card: CardId,
    pieces: Vec<Piece>,
}

/// How a dialogue is on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The launcher alone.
    Launcher,
    /// The launcher with the opening card beside it.
    Poke,
    /// The open panel.
    Panel,
}

impl Browser {
    /// A new browser.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            made: 0,
            stored: Stored {
                memory: VisitorMemory::new(seed),
                ..Stored::default()
            },
            online: true,
            granted: None,
            language: "en".into(),
            device: Device::Desktop,
            zone_minutes: 0,
            gpc: false,
            says: None,
            tabs: vec![None],
            tab: 0,
        }
    }

    fn random(&mut self) -> [u8; 16] {
        self.made += 1;
        (u128::from(self.seed) << 64 | u128::from(self.made)).to_be_bytes()
    }

    fn view(&self) -> Option<&View> {
        self.tabs.get(self.tab)?.as_ref()
    }

    fn view_mut(&mut self) -> Option<&mut View> {
        self.tabs.get_mut(self.tab)?.as_mut()
    }

    fn talk(&self) -> Option<&Talk> {
        self.view()
            .filter(|view| view.state == State::Shown)?
            .talk
            .as_ref()
    }

    fn talk_mut(&mut self) -> Result<&mut Talk, String> {
        self.view_mut()
            .filter(|view| view.state == State::Shown)
            .and_then(|view| view.talk.as_mut())
            .ok_or("nothing is on screen".into())
    }

    /// Whether a page is open in the acting tab.
    #[must_use]
    pub fn has_page(&self) -> bool {
        self.view().is_some()
    }

    /// The address of the open page, and the one that led there.
    #[must_use]
    pub fn address(&self) -> Option<(String, String)> {
        self.view()
            .map(|view| (view.page.url.clone(), view.page.referrer.clone()))
    }

    /// Opens a new tab and acts in it.
    pub fn new_tab(&mut self) {
        self.tabs.push(None);
        self.tab = self.tabs.len() - 1;
    }

    /// Acts in the n-th tab, from 1.
    ///
    /// # Errors
    /// When there is no such tab.
    pub fn go_to_tab(
        &mut self,
        number: u64,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(), String> {
        let at = usize::try_from(number).unwrap_or(usize::MAX) - 1;
        if at >= self.tabs.len() {
            return Err(format!("there is no tab {number}"));
        }
        self.tab = at;
        self.hear(server, now);
        Ok(())
    }

    /// Leaves the page of the acting tab.
    pub fn leave(&mut self) {
        if let Some(tab) = self.tabs.get_mut(self.tab) {
            *tab = None;
        }
    }

    /// Forgets everything that is stored.
    pub fn clear_storage(&mut self) {
        self.seed = self.seed.wrapping_add(0x9E37_79B9);
        self.stored = Stored {
            memory: VisitorMemory::new(self.seed),
            ..Stored::default()
        };
        self.says = None;
    }

    fn consent(&self, publication: &Publication) -> Consent {
        let mode = self.granted.unwrap_or(publication.consent);
        if self.gpc {
            mode.min(Consent::Essential)
        } else {
            mode
        }
    }

    /// Loads a page.
    pub fn visit(
        &mut self,
        address: &str,
        referrer: &str,
        server: &mut dyn Server,
        now: Timestamp,
    ) {
        let page = Page {
            url: address.into(),
            referrer: referrer.into(),
            language: self.language.to_lowercase(),
            device: self.device,
            zone_minutes: self.zone_minutes,
        };
        let publication = if self.online {
            server.publication().ok()
        } else {
            None
        };
        let view = View {
            page,
            memory: self.stored.memory.clone(),
            publication,
            snapshot: None,
            since: now,
            state: State::Nothing,
            talk: None,
            reader: None,
            acted: false,
            scrolled: 0,
        };
        if let Some(tab) = self.tabs.get_mut(self.tab) {
            *tab = Some(view);
        }
        self.flush(server, now);
        self.decide(server, now);
    }

    /// The page's address changes without a load: a page view, decided by what is live now.
    pub fn navigate(&mut self, address: &str, server: &mut dyn Server, now: Timestamp) {
        let online = self.online;
        let Some(view) = self.view_mut() else { return };
        view.page.referrer = std::mem::replace(&mut view.page.url, address.into());
        view.since = now;
        view.scrolled = 0;
        let is_running = view
            .talk
            .as_ref()
            .is_some_and(|talk| talk.conversation.status() == Status::Engaged);
        if online && let Ok(publication) = server.publication() {
            view.publication = Some(publication);
        }
        if !is_running {
            view.talk = None;
            view.state = State::Nothing;
        }
        self.decide(server, now);
    }

    /// Decides the page anew.
    pub fn decide(&mut self, server: &mut dyn Server, now: Timestamp) {
        let Some(publication) = self.view().and_then(|view| view.publication.clone()) else {
            return;
        };
        let consent = self.consent(&publication);
        if consent == Consent::Wait {
            if let Some(view) = self.view_mut() {
                view.state = State::Nothing;
                view.talk = None;
            }
            return;
        }
        if let Some(view) = self.view_mut() {
            let page = view.page.clone();
            view.memory.arrive(&publication, &page, now);
        }
        if consent == Consent::Full {
            self.look_up(&publication, server);
        }
        let resolution = self.resolution(&publication, consent, now);
        let language = self.language.to_lowercase();
        match resolution {
            Resolution::Nothing => self.set(State::Nothing, None),
            Resolution::Hold(place) => {
                if let Some(entry) = publication.entries.get(place) {
                    self.set(State::Held(entry.dialogue), None);
                }
            }
            Resolution::Continue(open) => {
                let already = self
                    .view()
                    .and_then(|view| view.talk.as_ref())
                    .is_some_and(|t| t.log.id == open.conversation);
                if !already {
                    self.resume(open, &publication, &language, server);
                }
            }
            Resolution::Show(place, run) => {
                let Some(entry) = publication.entries.get(place) else {
                    return;
                };
                let showing = self
                    .view()
                    .and_then(|view| view.talk.as_ref())
                    .is_some_and(|talk| talk.dialogue == entry.dialogue);
                if !showing {
                    let language = entry.language_for(&language).to_string();
                    self.show(
                        entry.dialogue,
                        entry.edition,
                        entry.repeat,
                        run,
                        &language,
                        consent,
                        server,
                        now,
                    );
                }
            }
        }
        self.keep(consent);
    }

    fn resolution(
        &self,
        publication: &Publication,
        consent: Consent,
        now: Timestamp,
    ) -> Resolution {
        let Some(view) = self.view() else {
            return Resolution::Nothing;
        };
        let snapshot = view.read_snapshot();
        let facts = Facts {
            snapshot: snapshot.as_ref(),
            consent,
            given: &[],
        };
        resolve(publication, &view.memory, &view.page, facts, now)
    }

    fn set(&mut self, state: State, talk: Option<Talk>) {
        if let Some(view) = self.view_mut() {
            view.state = state;
            view.talk = talk;
        }
    }

    /// Asks who this is, when an audience in play needs it or the page says so.
    fn look_up(&mut self, publication: &Publication, server: &mut dyn Server) {
        if !self.online {
            return;
        }
        let mut editions: Vec<EditionId> = publication
            .entries
            .iter()
            .filter(|entry| entry.atoms > 0)
            .map(|entry| entry.edition)
            .collect();
        let tokens = publication.entries.iter().map(|entry| entry.edition);
        for edition in tokens {
            if !editions.contains(&edition) {
                editions.push(edition);
            }
        }
        if let Some(open) = self.view().and_then(|view| view.memory.open) {
            editions.push(open.edition);
        }
        let (link, login) = match self.says.take() {
            None => (None, None),
            Some(Says::Link(token)) => (Some(token), None),
            Some(Says::Login(token)) => (None, Some(token)),
        };
        let ask = Identify {
            sender: self.sender(publication),
            editions,
            login,
            link,
        };
        if let Ok(identified) = server.identify(&ask) {
            self.stored.visitor = identified.visitor.or(self.stored.visitor);
            if let Some(view) = self.view_mut() {
                view.snapshot = Some(identified.snapshot);
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn show(
        &mut self,
        dialogue: DialogueId,
        id: EditionId,
        repeat: engine::compiled::Repeat,
        run: u32,
        language: &str,
        consent: Consent,
        server: &mut dyn Server,
        now: Timestamp,
    ) {
        let Ok(edition) = server.edition(id, language) else {
            return;
        };
        let conversation_id = ConversationId(self.random());
        let Some(view) = self.view_mut() else { return };
        let begin = Begin {
            dialogue,
            edition: id,
            language: language.into(),
            run,
            seed: view.memory.seed,
            exposed: view.memory.exposed.clone(),
            page: view.page.clone(),
            snapshot: view.snapshot.clone(),
            at: now,
            card: None,
            surface: engine::wire::Surface::Corner,
            source: String::new(),
        };
        let Ok((conversation, outputs)) = Conversation::begin(&edition, id, &begin) else {
            return;
        };
        let first = view.memory.shown(dialogue, repeat, now);
        let log = Log {
            id: conversation_id,
            begin,
            entries: Vec::new(),
            acknowledged: None,
        };
        let mut talk = Talk::new(log, edition.clone(), edition, conversation, dialogue);
        talk.draw(&outputs);
        talk.new_from = 0;
        for output in &outputs {
            if let Output::Expose(experiment, arm) = output {
                view.memory.exposed(*experiment, *arm);
            }
        }
        view.state = State::Shown;
        view.talk = Some(talk);
        if first && consent == Consent::Full {
            self.send(server, now);
        }
    }

    fn resume(
        &mut self,
        open: OpenConversation,
        publication: &Publication,
        language: &str,
        server: &mut dyn Server,
    ) {
        let Some(log) = self
            .stored
            .conversations
            .iter()
            .find(|log| log.id == open.conversation)
            .cloned()
        else {
            return;
        };
        if let Ok(mut talk) = rebuild(log, publication, language, server) {
            talk.continued = true;
            talk.is_open = true;
            talk.new_from = 0;
            self.set(State::Shown, Some(talk));
        }
    }

    /// What the visitor did, through the engine and on its way to the server.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub fn input(
        &mut self,
        input: &Input,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(), String> {
        self.hear(server, now);
        let page = self
            .view()
            .map(|view| view.page.clone())
            .ok_or("no page is open")?;
        let moved = {
            let talk = self.talk_mut()?;
            talk.conversation.page() != &page && talk.conversation.is_opened()
        };
        if moved && !matches!(input, Input::Opened) {
            self.one_input(&Input::Moved(page), now)?;
        }
        let status = self.talk().map(|talk| talk.conversation.status());
        let was_open = self
            .talk()
            .is_some_and(|talk| talk.conversation.is_opened());
        if !was_open && *input != Input::Opened {
            let talk = self.talk_mut()?;
            talk.is_open = true;
        }
        self.one_input(input, now)?;
        let consent = self
            .view()
            .and_then(|view| view.publication.as_ref())
            .map(|publication| self.consent(publication));
        let Some(view) = self.view_mut() else {
            return Ok(());
        };
        view.acted = true;
        let Some(talk) = &view.talk else {
            return Ok(());
        };
        let (dialogue, new) = (talk.dialogue, talk.conversation.status());
        match new {
            Status::Engaged => view.memory.engaged(OpenConversation {
                conversation: talk.log.id,
                dialogue,
                edition: talk.conversation.edition(),
                last: talk.conversation.last(),
            }),
            Status::Completed if status != Some(Status::Completed) => {
                view.memory.completed(dialogue, now)
            }
            Status::Completed | Status::Triggered => {}
        }
        let log = talk.log.clone();
        if consent.is_some_and(|consent| consent > Consent::Wait) {
            match self
                .stored
                .conversations
                .iter_mut()
                .find(|known| known.id == log.id)
            {
                Some(known) => *known = log,
                None => self.stored.conversations.push(log),
            }
        }
        if let Some(consent) = consent {
            self.keep(consent);
        }
        self.flush(server, now);
        Ok(())
    }

    fn one_input(&mut self, input: &Input, now: Timestamp) -> Result<(), String> {
        let Some(view) = self.view_mut() else {
            return Err("no page is open".into());
        };
        let talk = view.talk.as_mut().ok_or("nothing is on screen")?;
        let outputs = talk
            .conversation
            .handle(&talk.edition, input, now)
            .map_err(|refused| refused.to_string())?;
        talk.fault = None;
        talk.new_from = talk.said.len();
        if let Some(Output::AskAgain(card, fault)) = outputs.first() {
            talk.fault = Some((*card, *fault));
            return Ok(());
        }
        let seq = u32::try_from(talk.log.entries.len()).unwrap_or(u32::MAX) + 1;
        let digest = talk.conversation.digest();
        talk.log.entries.push(Entry {
            seq,
            at: talk.conversation.last(),
            input: input.clone(),
            digest,
        });
        talk.draw(&outputs);
        for output in &outputs {
            if let Output::Expose(experiment, arm) = output {
                view.memory.exposed(*experiment, *arm);
            }
        }
        Ok(())
    }

    /// The visitor's token.
    #[must_use]
    pub fn visitor(&self) -> Option<Opaque> {
        self.stored.visitor
    }
}

impl View {
    fn read_snapshot(&self) -> Option<Snapshot> {
        self.snapshot
            .as_ref()
            .and_then(|signed| decode(&signed.bytes).ok())
    }
}
