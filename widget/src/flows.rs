//! Conversations that the page starts, and changing between those that are open.

use crate::decide::Coming;
use crate::hands::{self, told};
use crate::page::{Visit, values};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use engine::compiled::{Edition, FlowEntry, IndexEntry};
use engine::ids::{CardId, DialogueId};
use engine::memory::OpenConversation;
use engine::resolve::Resolution;
use engine::wire::Surface;

/// What a page asks for.
pub struct Wanted {
    /// The flow, or the dialogue.
    pub name: String,
    /// The card to start at; the opening card when empty.
    pub card: String,
    /// How it should appear; as the flow says when absent.
    pub surface: Option<Surface>,
    /// What started it, as `engine::wire::Begin::source` names it; a form's name comes behind it.
    pub source: &'static str,
    /// The call that is answered; 0 for none.
    pub number: u32,
}

/// What can be started by name.
enum Found {
    Flow(&'static FlowEntry),
    Dialogue(&'static IndexEntry),
}

impl Visit {
    /// Whether this frame stands in the page, for one flow.
    pub fn is_inline(&self) -> bool {
        self.surface == Some(Surface::Inline)
    }

    /// This frame was made for one flow: it begins, or goes on where it was.
    pub(crate) fn settle_in(&mut self, wanted: Wanted) {
        self.surface = Some(Surface::Inline);
        let flow = self.find(&wanted.name);
        let Some(Found::Flow(flow)) = flow.filter(|_| self.may_speak()) else {
            hands::report("decided");
            return;
        };
        let open = self.memory.flows.iter().rev();
        match open.copied().find(|open| open.dialogue == flow.dialogue) {
            Some(open) => self.resume(open, Some(Surface::Inline)),
            None => self.start(wanted, String::new()),
        }
    }

    /// The page starts flows by itself: the first that names it, unless somebody is talking.
    pub(crate) fn start_by_page(&mut self) {
        let Some(publication) = self.publication.filter(|_| self.may_speak()) else {
            return;
        };
        let busy = self.surface.is_some() || matches!(self.resolution, Resolution::Continue(_));
        let flow = publication.starts_on(&self.page);
        if let Some(flow) = flow
            .and_then(|n| publication.flows.get(n))
            .filter(|_| !busy)
        {
            let wanted = Wanted {
                name: flow.name.clone(),
                card: String::new(),
                surface: None,
                source: "page",
                number: 0,
            };
            self.start(wanted, String::new());
        }
    }

    /// Whether anything may show at all.
    fn may_speak(&self) -> bool {
        let on = self
            .publication
            .is_some_and(|publication| publication.chat_on);
        on && self.consent > engine::compiled::Consent::Wait
    }

    fn find(&self, name: &str) -> Option<Found> {
        let publication = self.publication?;
        let flow = publication.flow_named(name);
        if let Some(flow) = flow.and_then(|n| publication.flows.get(n)) {
            return Some(Found::Flow(flow));
        }
        let mut entries = publication.entries.iter();
        entries
            .find(|entry| entry.name == name)
            .map(Found::Dialogue)
    }

    /// The page calls `start` or hands a form over.
    pub(crate) fn called_to_start(&mut self, number: u32, call: u32) {
        let given = values(7);
        let mut wanted = Wanted {
            name: hands::text(3),
            card: hands::text(4),
            surface: match hands::name(5) {
                told::CORNER => Some(Surface::Corner),
                told::POPUP => Some(Surface::Popup),
                _ => None,
            },
            source: match hands::name(6) {
                told::CLICK => "click",
                told::LINK => "link",
                _ => "call",
            },
            number,
        };
        let mut form = String::new();
        if call == told::FORM {
            let now = self.now();
            let after = self
                .publication
                .and_then(|publication| publication.after_form(&wanted.name, &given, now));
            let flow = after.and_then(|(flow, surface)| {
                let flow = self.publication?.flows.get(usize::from(flow))?;
                Some((flow, surface))
            });
            let Some((flow, surface)) = flow else {
                return self.answer_start(number, "nothing");
            };
            form = core::mem::replace(&mut wanted.name, flow.name.clone());
            wanted.surface = Some(surface);
            wanted.source = "form";
        }
        self.values.extend(given);
        self.start(wanted, form);
    }

    fn answer_start(&self, number: u32, why: &str) {
        if number == 0 {
            return;
        }
        hands::word("shown");
        hands::truth(why.is_empty());
        if !why.is_empty() {
            hands::word("why");
            hands::word(why);
        }
        hands::reply(number);
    }

    /// Begins a flow, or a dialogue by name. What was on screen can be found again when it was answered.
    fn start(&mut self, wanted: Wanted, form: String) {
        let Some(found) = self.find(&wanted.name) else {
            return self.answer_start(wanted.number, "nothing");
        };
        if !self.may_speak() {
            return self.answer_start(wanted.number, "consent");
        }
        let by_hand = wanted.number > 0;
        self.memory.session.hidden = false;
        self.keep_talk();
        self.let_go();
        let now = self.now();
        let (dialogue, edition, languages) = match found {
            Found::Flow(flow) => (flow.dialogue, flow.edition, &flow.languages),
            Found::Dialogue(entry) => (entry.dialogue, entry.edition, &entry.languages),
        };
        let (surface, run) = match found {
            Found::Flow(flow) => (
                Some(wanted.surface.unwrap_or(flow.surface)),
                self.memory.start_flow(dialogue),
            ),
            Found::Dialogue(entry) => {
                self.memory.shown(dialogue, entry.repeat, now);
                (
                    None,
                    self.memory.of(dialogue).map_or(1, |memory| memory.run),
                )
            }
        };
        // A flow that is meant to stand in the page has no other place when it is called.
        let surface = surface.map(|surface| match surface {
            Surface::Inline if by_hand => Surface::Popup,
            other => other,
        });
        self.surface = surface;
        self.keep_memory();
        let language = self.tongue(languages);
        let tag = languages.get(language).cloned().unwrap_or_default();
        self.speak(&tag);
        self.present(by_hand);
        self.answer_start(wanted.number, "");
        self.coming = Coming {
            edition,
            tag,
            run,
            first: true,
            card: wanted.card,
            surface: surface.unwrap_or_default(),
            source: match form.as_str() {
                "" => wanted.source.to_string(),
                form => [wanted.source, " ", form].concat(),
            },
            resumes: None,
        };
        self.fetch();
    }

    /// The place of the card to start at, when the edition lets a conversation start there.
    pub(crate) fn entry_of(&self, edition: &Edition) -> Option<CardId> {
        let named = |card: &&CardId| {
            let card = edition.cards.get(usize::from(card.0));
            card.is_some_and(|card| card.id == self.coming.card)
        };
        edition.entries.iter().find(named).copied()
    }

    /// Shows what the surface needs while the flow is on its way.
    fn present(&mut self, by_hand: bool) {
        let surface = self.surface.unwrap_or_default();
        if let Some(view) = &mut self.view {
            view.stand(surface, by_hand);
            if surface != Surface::Inline {
                view.show_launcher(false);
            }
        }
        match surface {
            Surface::Corner if !by_hand => {}
            Surface::Inline => self.open(false),
            Surface::Corner | Surface::Popup => self.open(by_hand),
        }
        self.settle();
    }

    /// Brings an open conversation back on screen.
    pub(crate) fn resume(&mut self, open: OpenConversation, surface: Option<Surface>) {
        self.keep_talk();
        self.let_go();
        self.surface = surface;
        self.continue_with(open);
        if surface.is_some() {
            self.present(false);
        }
    }

    /// The open conversations: the dialogue's, and those of flows.
    fn open_conversations(&self) -> Vec<OpenConversation> {
        let flows = self.memory.flows.iter().rev();
        self.memory.open.iter().chain(flows).copied().collect()
    }

    /// Whether there is another conversation to change to.
    pub fn has_others(&self) -> bool {
        let here = self.talk.as_ref().map(crate::talk::Talk::id);
        let open = self.open_conversations();
        !self.is_inline() && open.iter().any(|open| Some(open.conversation) != here)
    }

    /// Name and languages of what is live.
    pub(crate) fn live(&self, dialogue: DialogueId) -> Option<(&'static str, &'static [String])> {
        let publication = self.publication?;
        let mut flows = publication.flows.iter();
        if let Some(flow) = flows.find(|flow| flow.dialogue == dialogue) {
            return Some((&flow.name, &flow.languages));
        }
        let mut entries = publication.entries.iter();
        let entry = entries.find(|entry| entry.dialogue == dialogue)?;
        Some((&entry.name, &entry.languages))
    }

    /// The languages of what is on screen.
    pub(crate) fn languages(&self) -> &'static [String] {
        let talk = self.talk.as_ref();
        talk.and_then(|talk| self.live(talk.begin.dialogue))
            .map_or(&[], |(_, languages)| languages)
    }

    /// The place of the language to speak: the visitor's choice, else the page's, else the first.
    pub(crate) fn tongue(&self, languages: &[String]) -> usize {
        let chosen = self.store.language();
        let wanted = if languages.contains(&chosen) {
            &chosen
        } else {
            &self.page.language
        };
        crate::decide::choose(languages, wanted)
    }

    /// Goes on in the n-th language.
    pub(crate) fn speak_another(&mut self, n: usize) {
        hands::remove(".sheet");
        let (Some(tag), Some(talk)) = (self.languages().get(n), &self.talk) else {
            return;
        };
        self.store.keep_language(tag);
        let conversation = talk.id();
        let id = self
            .corrected(talk.begin.edition)
            .unwrap_or(talk.begin.edition);
        self.fetch_edition(id, tag, move |visit, answer| {
            let talk = visit.talk.as_ref().filter(|talk| talk.id() == conversation);
            if let (Ok(edition), Some(talk)) = (crate::net::keep::<Edition>(answer), talk)
                && let Some(again) = talk.again(edition)
            {
                visit.talk = Some(again);
                visit.speak(tag);
                if !visit.is_inline()
                    && let Some(view) = &mut visit.view
                {
                    view.show_launcher(false);
                }
                visit.open(false);
            }
        });
    }

    /// Offers the languages of what is on screen.
    pub(crate) fn list_languages(&self) {
        if let Some(talk) = &self.talk {
            hands::word(&talk.edition.language);
            for tag in self.languages() {
                hands::word(tag);
            }
            hands::lend("languages");
        }
    }

    /// Lists the open conversations over the transcript.
    pub(crate) fn list(&mut self) {
        let here = self.talk.as_ref().map(crate::talk::Talk::id);
        for open in self.open_conversations() {
            hands::word(self.live(open.dialogue).map_or("", |(name, _)| name));
            hands::truth(Some(open.conversation) == here);
        }
        hands::lend("chats");
    }

    /// Changes to the n-th of the list.
    pub(crate) fn change_to(&mut self, n: usize) {
        hands::remove(".sheet");
        let Some(open) = self.open_conversations().get(n).copied() else {
            return;
        };
        let is_flow = self.memory.flows.contains(&open);
        self.resume(open, is_flow.then_some(Surface::Corner));
        if !is_flow {
            self.resolution = Resolution::Continue(open);
            self.open(false);
        }
    }

    /// The panel was closed: what was ended or stands over the page goes, and what the page shows is decided anew.
    pub(crate) fn leave_talk(&mut self, ended: bool) {
        if ended || self.surface == Some(Surface::Popup) {
            self.keep_talk();
            self.let_go();
            self.decide();
        }
    }

    /// Hides everything for this session, as the page wishes.
    pub(crate) fn hide(&mut self, number: u32) {
        self.memory.session.hidden = true;
        self.keep_memory();
        self.keep_talk();
        self.let_go();
        self.answer_start(number, "hidden");
    }

    /// What the page hears of an answer: that there was one, and whether it is an address or a number.
    pub(crate) fn report_answer(&self, email: bool, phone: bool) {
        self.report("answer", "", "");
        if email {
            self.report("email", "", "");
        }
        if phone {
            self.report("phone", "", "");
        }
    }
}
