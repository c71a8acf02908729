//! A visitor's browser without a screen: the widget's loop around the engine, and what it would draw.
//! It decides nothing; every answer comes from the engine or the server.

use super::server::{Away, Server};
use engine::compiled::{Card, CardKind, Consent, Edition, InputKind, Publication, decode};
use engine::conversation::{Conversation, Output, Piece, Status, plain, text_of};
use engine::ids::{CardId, ConversationId, ConversationKey, DialogueId, EditionId, Timestamp};
use engine::memory::{OpenConversation, SESSION_MS, Signal, VisitorMemory};
use engine::reading::Fault;
use engine::resolve::{Facts, Resolution, Why, explain, resolve};
use engine::wire::{
    Answer, AskSlots, Batch, Begin, Book, Booked, Device, Entry, Identify, Input, InputsAnswer,
    Opaque, Page, Sender, SignedSnapshot, Snapshot,
};

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

    /// The card that takes typed text.
    ///
    /// # Errors
    /// When none waits.
    pub fn typing(&self) -> Result<CardId, String> {
        match self.awaited() {
            Some((
                id,
                Card {
                    kind: CardKind::Capture(_),
                    ..
                },
            )) => Ok(id),
            _ => Err("nothing waits to be typed".into()),
        }
    }

    /// What kind of input awaits, in a plan's words.
    #[must_use]
    pub fn asks_for(&self) -> Option<crate::plan::InputKind> {
        use crate::plan::InputKind as Kind;
        Some(match &self.awaited()?.1.kind {
            CardKind::Meeting(_) => Kind::Slot,
            CardKind::Capture(capture) => match capture.field {
                InputKind::Text => Kind::Text,
                InputKind::Email => Kind::Email,
                InputKind::Phone => Kind::Phone,
                InputKind::Number => Kind::Number,
                InputKind::Boolean => Kind::Boolean,
                InputKind::Date => Kind::Date,
                InputKind::DateTime => Kind::DateTime,
            },
            _ => return None,
        })
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

    fn sender(&self, publication: &Publication) -> Sender {
        Sender {
            workspace: publication.workspace.clone(),
            visitor: self.stored.visitor,
            gpc: self.gpc,
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

    /// Writes to the device what the mode of consent allows.
    fn keep(&mut self, consent: Consent) {
        let Some(view) = self.view() else { return };
        match consent {
            Consent::Wait => {}
            Consent::Full => self.stored.memory = view.memory.clone(),
            Consent::Essential if view.acted || !self.stored.conversations.is_empty() => {
                // This conversation's own data and no more.
                let memory = view.memory.clone();
                self.stored.memory.dialogues = memory
                    .dialogues
                    .into_iter()
                    .filter(|known| {
                        matches!(
                            known.stage,
                            engine::memory::Stage::Engaged | engine::memory::Stage::Completed(_)
                        )
                    })
                    .collect();
                self.stored.memory.open = memory.open;
                self.stored.memory.exposed = memory.exposed;
            }
            Consent::Essential => {}
        }
    }

    /// Sends what the server has not acknowledged.
    pub fn flush(&mut self, server: &mut dyn Server, now: Timestamp) {
        if !self.online {
            return;
        }
        let Some(publication) = self
            .tabs
            .iter()
            .flatten()
            .find_map(|view| view.publication.clone())
        else {
            return;
        };
        for n in 0..self.stored.conversations.len() {
            let log = self.stored.conversations[n].clone();
            if log.acknowledged == Some(u32::try_from(log.entries.len()).unwrap_or(u32::MAX)) {
                continue;
            }
            if let Ok(answer) = server.inputs(&self.batch(&log, &publication)) {
                self.acknowledge(n, answer);
            }
        }
        let _ = now;
    }

    fn acknowledge(&mut self, n: usize, answer: InputsAnswer) {
        if let InputsAnswer::Kept(kept) = answer {
            self.stored.visitor = kept.visitor.or(self.stored.visitor);
            let log = &mut self.stored.conversations[n];
            log.acknowledged = Some(kept.through);
            let (id, through) = (log.id, kept.through);
            for view in self.tabs.iter_mut().flatten() {
                if let Some(talk) = view.talk.as_mut().filter(|talk| talk.log.id == id) {
                    talk.log.acknowledged = Some(through);
                }
            }
        }
    }

    /// Reports a trigger: the beginning alone.
    fn send(&mut self, server: &mut dyn Server, _: Timestamp) {
        if !self.online {
            return;
        }
        let Some((log, publication)) = self
            .view()
            .and_then(|view| Some((view.talk.as_ref()?.log.clone(), view.publication.clone()?)))
        else {
            return;
        };
        if let Ok(InputsAnswer::Kept(kept)) = server.inputs(&self.batch(&log, &publication)) {
            self.stored.visitor = kept.visitor.or(self.stored.visitor);
            if let Ok(talk) = self.talk_mut() {
                talk.log.acknowledged = Some(0);
            }
        }
    }

    fn batch(&self, log: &Log, publication: &Publication) -> Batch {
        let from = log.acknowledged.unwrap_or(0) as usize;
        Batch {
            sender: self.sender(publication),
            conversation: log.id,
            key: ConversationKey(log.id.0),
            begin: log.acknowledged.is_none().then(|| log.begin.clone()),
            entries: log.entries.get(from..).unwrap_or(&[]).to_vec(),
            fault: None,
        }
    }

    /// Takes over what another tab has added to the conversation on screen.
    fn hear(&mut self, server: &mut dyn Server, _: Timestamp) {
        let Some(view) = self.view() else { return };
        let (Some(talk), Some(publication)) = (&view.talk, &view.publication) else {
            return;
        };
        let Some(log) = self
            .stored
            .conversations
            .iter()
            .find(|log| log.id == talk.log.id)
        else {
            return;
        };
        if log.entries.len() <= talk.log.entries.len() {
            return;
        }
        let (is_open, continued, memory) =
            (talk.is_open, talk.continued, self.stored.memory.clone());
        let (log, publication, language) = (
            log.clone(),
            publication.clone(),
            self.language.to_lowercase(),
        );
        if let Ok(mut talk) = rebuild(log, &publication, &language, server) {
            talk.is_open = is_open;
            talk.continued = continued;
            if let Some(view) = self.view_mut() {
                view.talk = Some(talk);
                view.memory = memory;
            }
        }
    }

    /// Visible time passes.
    pub fn watch(&mut self, seconds: u32, server: &mut dyn Server, now: Timestamp) {
        self.signal(Signal::Visible(seconds), server, now);
    }

    /// The page is scrolled to so many percent.
    pub fn scroll(&mut self, percent: u8, server: &mut dyn Server, now: Timestamp) {
        if let Some(view) = self.view_mut() {
            view.scrolled = view.scrolled.max(percent);
        }
        self.signal(Signal::Scrolled(percent), server, now);
    }

    /// The visitor makes as if to leave.
    pub fn exit_intent(&mut self, server: &mut dyn Server, now: Timestamp) {
        let Some(view) = self.view() else { return };
        let ms = u32::try_from(now.since(view.since)).unwrap_or(u32::MAX);
        let signal = if self.device == Device::Phone {
            Signal::FlungUp(ms, view.scrolled)
        } else {
            Signal::PointerLeft(ms)
        };
        self.signal(signal, server, now);
    }

    fn signal(&mut self, signal: Signal, server: &mut dyn Server, now: Timestamp) {
        let Some(publication) = self.view().and_then(|view| view.publication.clone()) else {
            return;
        };
        let consent = self.consent(&publication);
        if consent == Consent::Wait {
            return;
        }
        let happened = self.view_mut().is_some_and(|view| {
            let page = view.page.clone();
            view.memory.observe(&publication, &page, signal, now)
        });
        self.keep(consent);
        if happened
            && self
                .view()
                .is_some_and(|view| matches!(view.state, State::Held(_) | State::Nothing))
        {
            self.decide(server, now);
        }
    }

    /// The visitor opens the panel.
    ///
    /// # Errors
    /// When nothing can be opened.
    pub fn open(&mut self, server: &mut dyn Server, now: Timestamp) -> Result<(), String> {
        let talk = self.talk_mut()?;
        if talk.is_open && talk.conversation.is_opened() && !talk.continued {
            return Err("the panel is open already".into());
        }
        talk.is_open = true;
        let opened = talk.conversation.is_opened();
        if opened {
            Ok(())
        } else {
            self.input(&Input::Opened, server, now)
        }
    }

    /// The visitor closes the panel.
    ///
    /// # Errors
    /// When it is not open.
    pub fn close(&mut self) -> Result<(), String> {
        let talk = self.talk_mut()?;
        if !talk.is_open {
            return Err("no panel is open".into());
        }
        talk.is_open = false;
        Ok(())
    }

    /// The visitor dismisses the poke.
    ///
    /// # Errors
    /// When there is none.
    pub fn dismiss(&mut self, now: Timestamp) -> Result<(), String> {
        if self.shown(now) != Some(Shown::Poke) {
            return Err("there is no poke".into());
        }
        let consent = self
            .view()
            .and_then(|view| view.publication.as_ref())
            .map(|p| self.consent(p));
        if let Some(view) = self.view_mut() {
            view.memory.session.dismissed = true;
        }
        if let Some(consent) = consent {
            self.keep(consent);
        }
        Ok(())
    }

    /// Asks for slots and books one.
    ///
    /// # Errors
    /// When nothing waits for a slot, or it was not booked.
    pub fn book(
        &mut self,
        start: Timestamp,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(), String> {
        let (card, minutes) = self
            .offered(server, now)
            .and_then(|(card, minutes, starts)| {
                if starts.contains(&start) {
                    Ok((card, minutes))
                } else {
                    Err("that time is not offered".into())
                }
            })?;
        let idempotency = self.random();
        let (log, publication) = self.writing()?;
        let book = Book {
            batch: self.batch(&log, &publication),
            card,
            start,
            minutes,
            idempotency,
            zone: "UTC".into(),
            email: None,
        };
        match server.book(&book) {
            Ok(Booked::Done { entry, .. }) => {
                self.input(&entry.input, server, now)?;
                let through = entry.seq;
                let talk = self.talk_mut()?;
                talk.log.acknowledged = Some(through);
                let log = talk.log.clone();
                if let Some(known) = self
                    .stored
                    .conversations
                    .iter_mut()
                    .find(|known| known.id == log.id)
                {
                    *known = log;
                }
                Ok(())
            }
            Ok(Booked::Taken { .. }) => Err("the slot is taken".into()),
            Ok(Booked::AddressNeeded { .. }) => Err("an address is needed first".into()),
            Ok(Booked::Overtaken(_)) => Err("another tab was faster".into()),
            Err(Away) => Err("the server is away".into()),
        }
    }

    fn writing(&self) -> Result<(Log, Publication), String> {
        let talk = self.talk().ok_or("nothing is on screen")?;
        let publication = self
            .view()
            .and_then(|view| view.publication.clone())
            .ok_or("nothing is published")?;
        Ok((talk.log.clone(), publication))
    }

    /// The slots on offer.
    ///
    /// # Errors
    /// When nothing waits for a slot, or the server is away.
    pub fn offered(
        &mut self,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(CardId, u16, Vec<Timestamp>), String> {
        let card = self
            .awaited()
            .map(|(id, card)| (id, card.clone()))
            .ok_or("nothing waits")?;
        if !matches!(card.1.kind, CardKind::Meeting(_)) {
            return Err("no slot is asked for".into());
        }
        if !self.online {
            return Err("the server is away".into());
        }
        let (log, publication) = self.writing()?;
        let mut from = now;
        let mut all = Vec::new();
        let mut minutes = 30;
        for _ in 0..12 {
            let ask = AskSlots {
                batch: self.batch(&log, &publication),
                card: card.0,
                from,
            };
            let slots = server.slots(&ask).map_err(|Away| "the server is away")?;
            minutes = slots.minutes;
            all.extend(slots.starts);
            match slots.more {
                Some(more) => from = more,
                None => break,
            }
        }
        Ok((card.0, minutes, all))
    }

    /// When a meeting card waits and no time can be had, the widget says so to the engine.
    pub fn settle_slots(&mut self, server: &mut dyn Server, now: Timestamp) {
        let Some((card, CardKind::Meeting(_))) =
            self.awaited().map(|(id, card)| (id, card.kind.clone()))
        else {
            return;
        };
        let none = match self.offered(server, now) {
            Ok((_, _, starts)) => starts.is_empty(),
            Err(_) => true,
        };
        if none {
            let new_from = self.talk().map(|talk| talk.new_from);
            let _ = self.input(&Input::Unavailable(card), server, now);
            if let (Some(new_from), Ok(talk)) = (new_from, self.talk_mut()) {
                talk.new_from = new_from;
            }
        }
    }

    /// The card that waits.
    #[must_use]
    pub fn awaited(&self) -> Option<(CardId, &Card)> {
        let talk = self.talk()?;
        let (id, _) = talk.conversation.awaiting(&talk.edition)?;
        Some((id, talk.texts.cards.get(usize::from(id.0))?))
    }

    /// How the dialogue is on screen.
    #[must_use]
    pub fn shown(&self, now: Timestamp) -> Option<Shown> {
        let talk = self.talk()?;
        let view = self.view()?;
        let session = view.memory.session;
        let dismissed = session.dismissed && now.since(session.last) < SESSION_MS;
        let quiet = self.device == Device::Phone
            && view
                .publication
                .as_ref()
                .is_some_and(|publication| !publication.theme.poke_on_phones);
        Some(if talk.is_open {
            Shown::Panel
        } else if dismissed || talk.conversation.is_opened() || quiet {
            Shown::Launcher
        } else {
            Shown::Poke
        })
    }

    /// The dialogue on screen, by name.
    #[must_use]
    pub fn dialogue_name(&self) -> Option<&str> {
        self.talk().map(|talk| talk.texts.name.as_str())
    }

    /// The dialogue that waits for its events.
    #[must_use]
    pub fn held(&self) -> Option<&str> {
        let view = self.view()?;
        let State::Held(dialogue) = view.state else {
            return None;
        };
        let publication = view.publication.as_ref()?;
        publication
            .entries
            .iter()
            .find(|entry| entry.dialogue == dialogue)
            .map(|entry| entry.name.as_str())
    }

    /// Whether what is on screen was begun before.
    #[must_use]
    pub fn continues(&self) -> bool {
        self.talk()
            .is_some_and(|talk| talk.continued || talk.conversation.status() == Status::Engaged)
    }

    /// The edition on screen.
    #[must_use]
    pub fn edition(&self) -> Option<EditionId> {
        self.talk().map(|talk| talk.conversation.edition())
    }

    /// The bot's texts in order, and from where on they are new.
    #[must_use]
    pub fn said(&self) -> (Vec<String>, usize) {
        self.talk().map_or((Vec::new(), 0), |talk| {
            (
                talk.said.iter().map(|line| plain(&line.pieces)).collect(),
                talk.new_from,
            )
        })
    }

    /// The answers on offer.
    #[must_use]
    pub fn answers(&self) -> Vec<String> {
        match self.awaited().map(|(_, card)| &card.kind) {
            Some(CardKind::Question { answers, .. }) => {
                answers.iter().map(|answer| answer.label.clone()).collect()
            }
            Some(CardKind::Capture(capture)) if !capture.picklist.is_empty() => capture
                .picklist
                .iter()
                .map(|(label, _)| label.clone())
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The link with these words in what was said last.
    #[must_use]
    pub fn link(&self, words: &str) -> Option<(CardId, u8, String)> {
        let talk = self.talk()?;
        talk.said.iter().rev().find_map(|line| {
            line.pieces.iter().find_map(|piece| match piece {
                Piece::Link(number, href, label) if plain(label) == words => {
                    Some((line.card, *number, href.clone()))
                }
                _ => None,
            })
        })
    }

    /// What is wrong with the last answer.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.talk()?.fault.map(|(_, fault)| fault)
    }

    /// Whether the visitor can go back, and start over.
    #[must_use]
    pub fn can(&self) -> (bool, bool) {
        self.talk().map_or((false, false), |talk| {
            (
                talk.conversation.can_go_back(&talk.edition),
                talk.conversation.can_restart(&talk.edition),
            )
        })
    }

    /// The visitor's token.
    #[must_use]
    pub fn visitor(&self) -> Option<Opaque> {
        self.stored.visitor
    }

    /// Why a live dialogue is not the one: `None` when it is not live, `Some(None)` when it is the one.
    #[must_use]
    pub fn why(&self, name: &str, criteria: &[String], now: Timestamp) -> Option<Option<String>> {
        let view = self.view()?;
        let publication = view.publication.as_ref()?;
        let place = publication
            .entries
            .iter()
            .position(|entry| entry.name == name)?;
        let consent = self.consent(publication);
        let snapshot = view.read_snapshot();
        let facts = Facts {
            snapshot: snapshot.as_ref(),
            consent,
            given: &[],
        };
        let reasons = explain(publication, &view.memory, &view.page, facts, now);
        let why = reasons.get(place).copied().flatten();
        Some(why.map(|why: Why| why.in_words(publication, criteria)))
    }

    /// The page withdraws consent: everything on the device goes.
    pub fn withdraw(&mut self, server: &mut dyn Server) {
        let visitor = self.stored.visitor;
        self.clear_storage();
        for view in self.tabs.iter_mut().flatten() {
            view.memory = self.stored.memory.clone();
            view.talk = None;
            view.state = State::Nothing;
            view.snapshot = None;
        }
        if self.online {
            server.erase(visitor);
        }
    }

    /// What the page calls out of the words of an answer: the place of an answer or value.
    ///
    /// # Errors
    /// When it is not on offer.
    pub fn choice(&self, words: &str) -> Result<Input, String> {
        let (card, found) = self.awaited().ok_or("nothing waits for an answer")?;
        if let CardKind::Capture(capture) = &found.kind
            && capture.picklist.is_empty()
            && capture.field == InputKind::Boolean
        {
            let n = match words {
                "Yes" | "Ja" => 0,
                "No" | "Nej" => 1,
                _ => return Err(format!("{words:?} is not offered")),
            };
            return Ok(Input::Answered(card, Answer::Choice(n)));
        }
        let at = self
            .answers()
            .iter()
            .position(|label| label == words)
            .ok_or(format!("{words:?} is not offered"))?;
        Ok(Input::Answered(
            card,
            Answer::Choice(u16::try_from(at).unwrap_or(u16::MAX)),
        ))
    }
}

impl View {
    fn read_snapshot(&self) -> Option<Snapshot> {
        self.snapshot
            .as_ref()
            .and_then(|signed| decode(&signed.bytes).ok())
    }
}

impl Talk {
    fn new(
        log: Log,
        edition: Edition,
        texts: Edition,
        conversation: Conversation,
        dialogue: DialogueId,
    ) -> Self {
        Self {
            log,
            edition,
            texts,
            conversation,
            dialogue,
            is_open: false,
            continued: false,
            said: Vec::new(),
            new_from: 0,
            fault: None,
        }
    }

    fn draw(&mut self, outputs: &[Output]) {
        for output in outputs {
            match output {
                Output::Say(id) | Output::Ask(id) => {
                    if let Some(card) = self.texts.cards.get(usize::from(id.0)) {
                        let pieces = self.conversation.words(&self.texts, text_of(card));
                        if !pieces.is_empty() {
                            self.said.push(Line { card: *id, pieces });
                        }
                    }
                }
                Output::BackTo(id) => {
                    if let Some(at) = self.said.iter().rposition(|line| line.card == *id) {
                        self.said.truncate(at);
                        self.new_from = at;
                    }
                }
                Output::StartOver => {
                    self.said.clear();
                    self.new_from = 0;
                }
                _ => {}
            }
        }
    }
}

fn rebuild(
    log: Log,
    publication: &Publication,
    language: &str,
    server: &mut dyn Server,
) -> Result<Talk, Away> {
    let id = log.begin.edition;
    let mut shown = id;
    while let Some(correction) = publication
        .corrections
        .iter()
        .find(|correction| correction.from == shown)
    {
        shown = correction.to;
    }
    let pick = |edition: EditionId| {
        publication
            .entries
            .iter()
            .find(|entry| entry.edition == edition)
            .map_or(log.begin.language.clone(), |entry| {
                entry.language_for(language).to_string()
            })
    };
    let edition = server.edition(id, &log.begin.language)?;
    let texts = server.edition(shown, &pick(shown))?;
    let (conversation, outputs) =
        Conversation::begin(&edition, id, &log.begin).map_err(|_| Away)?;
    let dialogue = log.begin.dialogue;
    let mut talk = Talk::new(log, edition, texts, conversation, dialogue);
    talk.draw(&outputs);
    for entry in talk.log.entries.clone() {
        let outputs = talk
            .conversation
            .handle(&talk.edition, &entry.input, entry.at)
            .map_err(|_| Away)?;
        talk.draw(&outputs);
    }
    // Tokens show what is known now.
    let lines: Vec<CardId> = talk.said.iter().map(|line| line.card).collect();
    for (line, card) in talk.said.iter_mut().zip(lines) {
        if let Some(card) = talk.texts.cards.get(usize::from(card.0)) {
            line.pieces = talk.conversation.words(&talk.texts, text_of(card));
        }
    }
    Ok(talk)
}
