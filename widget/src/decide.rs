//! From a page view to what is on screen: identity, resolution, and fetching the winner.

use crate::hands;
use crate::net;
use crate::page::{Known, Visit, Wish, random};
use crate::talk::Talk;
use crate::view::Line;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use engine::bytes::{decode, encode};
use engine::compiled::{CardKind, Edition, EventRule, IndexEntry, Opening};
use engine::conversation::pieces;
use engine::ids::{ConversationId, ConversationKey, EditionId};
use engine::memory::OpenConversation;
use engine::parts::{before, cut};
use engine::reading;
use engine::resolve::{Facts, Resolution, resolve};
use engine::url::PageUrl;
use engine::wire::{Begin, Identified, Identify, Input, Snapshot, Strength, Surface};

/// Nobody waits longer for the identity lookup; the visitor is anonymous then.
const IDENTITY_PATIENCE_MS: i32 = 3_000;

/// What is on its way to the screen.
#[derive(Default)]
pub struct Coming {
    /// The edition it runs, without corrections.
    pub edition: EditionId,
    /// Its language.
    pub tag: String,
    /// The admission.
    pub run: u32,
    /// Whether this is the first time in its run.
    pub first: bool,
    /// The id of the card to start at; the opening card when empty.
    pub card: String,
    /// How it appears.
    pub surface: Surface,
    /// What started it, as `engine::wire::Begin::source` says.
    pub source: String,
    /// The kept conversation that goes on.
    pub resumes: Option<ConversationId>,
}

impl Visit {
    /// Decides, after asking who the visitor is where an audience in play needs to know.
    pub fn identify_or_decide(&mut self) {
        if self.is_full()
            && !self.gpc
            && (self.link.is_some() || self.login.is_some() || self.in_play_asks())
        {
            self.identify();
        } else {
            self.decide();
        }
    }

    /// The editions whose targets cover the page, and the pinned one.
    fn in_play(&self) -> Vec<(EditionId, u16)> {
        let mut editions = Vec::new();
        if let (Some(publication), Some(url)) = (self.publication, PageUrl::parse(&self.page.url)) {
            let included = publication.targets.entries(&url, publication.entries.len());
            for place in included.iter() {
                if let Some(entry) = publication.entries.get(place) {
                    editions.push((entry.edition, entry.atoms));
                }
            }
        }
        if let Some(open) = self.memory.open {
            editions.push((open.edition, 0));
        }
        editions
    }

    fn in_play_asks(&self) -> bool {
        let fresh = self
            .known
            .as_ref()
            .filter(|known| self.now().since(known.snapshot.made) < engine::wire::FRESH_MS);
        self.in_play().iter().any(|(edition, atoms)| {
            let told = fresh.is_some_and(|known| {
                known
                    .snapshot
                    .editions
                    .iter()
                    .any(|facts| facts.edition == *edition)
            });
            *atoms > 0 && !told
        })
    }

    /// Asks the server who this is. Without an answer the visitor is anonymous.
    pub fn identify(&mut self) {
        self.turn += 1;
        let turn = self.turn;
        let editions = self.in_play();
        let editions = editions.into_iter().map(|(edition, _)| edition).collect();
        self.identify_then(editions, Self::decide);
        self.after(IDENTITY_PATIENCE_MS, move |visit| {
            if visit.turn == turn {
                visit.decide();
            }
        });
    }

    fn identity_question(&self, editions: Vec<EditionId>) -> Identify {
        Identify {
            sender: self.sender(),
            editions,
            login: self.login.clone(),
            link: self.link.clone(),
        }
    }

    /// Takes in what the server said of the visitor.
    fn learn(&mut self, answer: net::Answer) {
        let Ok(answer) = net::read::<Identified>(answer) else {
            return;
        };
        let Some(snapshot) = decode::<Snapshot>(&answer.snapshot.bytes) else {
            return;
        };
        self.link = None;
        self.set_clock(answer.now);
        self.name(answer.visitor);
        self.known = Some(Known {
            signed: answer.snapshot,
            snapshot,
        });
    }

    /// Obeys the engine's decision about this page view.
    pub fn decide(&mut self) {
        self.turn += 1;
        let now = self.now();
        let Some(publication) = self.publication else {
            return;
        };
        // A flow that the page has started stands until the visitor closes it.
        if self.surface.is_some() && self.is_open() {
            return;
        }
        // What was just finished stays readable until the visitor closes it.
        if self.is_open() && self.talk.as_ref().is_some_and(Talk::has_ended) {
            return;
        }
        let facts = Facts {
            snapshot: self.known.as_ref().map(|known| &known.snapshot),
            consent: self.consent,
            given: &[],
        };
        let resolution = resolve(publication, &self.memory, &self.page, facts, now);
        self.resolution = resolution;
        let waits_for_time = match resolution {
            Resolution::Hold(place) => publication.entries.get(place).is_some_and(|entry| {
                entry.events.iter().any(|event| {
                    matches!(event, EventRule::TimeOnPage(_) | EventRule::TimeOnSite(_))
                })
            }),
            _ => false,
        };
        hands::number(if waits_for_time { 1.0 } else { 30.0 });
        hands::order("tick");
        match resolution {
            Resolution::Nothing | Resolution::Hold(_) => self.let_go(),
            Resolution::Continue(open) => self.carry_on(open),
            Resolution::Show(place, run) => self.show(place, run),
        }
        self.tell_decision();
        self.keep_record();
    }

    /// Tells the page what was decided.
    pub(crate) fn tell_decision(&self) {
        hands::word("shown");
        self.hold_shown();
        hands::word("state");
        hands::word(self.state_word());
        hands::report("decided");
    }

    /// Holds the name of the dialogue that has won, or nothing.
    pub(crate) fn hold_shown(&self) {
        match self.shown_name() {
            Some(name) => hands::word(name),
            None => hands::nothing(),
        }
    }

    /// The name of the dialogue that has won.
    pub fn shown_name(&self) -> Option<&str> {
        if let Some(test) = &self.test {
            return Some(&test.name);
        }
        let publication = self.publication?;
        match self.resolution {
            Resolution::Nothing => None,
            Resolution::Hold(place) | Resolution::Show(place, _) => {
                Some(&publication.entries.get(place)?.name)
            }
            Resolution::Continue(open) => match &self.talk {
                Some(talk) => Some(&talk.edition.name),
                None => {
                    let entry = publication
                        .entries
                        .iter()
                        .find(|entry| entry.dialogue == open.dialogue)?;
                    Some(&entry.name)
                }
            },
        }
    }

    /// What was decided, in a word.
    pub fn state_word(&self) -> &'static str {
        match self.resolution {
            _ if self.test.is_some() => "test",
            Resolution::Nothing => "nothing",
            Resolution::Hold(_) => "holds",
            Resolution::Continue(_) => "continues",
            Resolution::Show(..) => "shown",
        }
    }

    /// Shows a dialogue that has won and was not answered yet.
    fn show(&mut self, place: u16, run: u32) {
        let Some(entry) = self.entry(place) else {
            return;
        };
        let same = self.talk.as_ref().is_some_and(|talk| {
            talk.begin.edition == entry.edition && talk.begin.run == run && !talk.is_engaged()
        });
        if same {
            return;
        }
        self.let_go();
        let language = self.tongue(&entry.languages);
        let tag = entry.languages.get(language).cloned().unwrap_or_default();
        let (dialogue, edition, repeat) = (entry.dialogue, entry.edition, entry.repeat);
        let opening = self.opening(place);
        self.speak(&tag);
        let may_poke = self.may_poke();
        let unread = !self.memory.session.dismissed;
        self.stand(Surface::Corner);
        if let Some(view) = &mut self.view {
            view.show_launcher(unread);
            if let Some(opening) = opening.filter(|_| may_poke) {
                let answers = opening.answers.iter().map(String::as_str);
                view.show_poke(&pieces(&opening.text, &|_| None), answers);
                self.poked();
            }
        }
        self.settle();
        let now = self.now();
        let first = self.memory.shown(dialogue, repeat, now);
        self.keep_memory();
        self.coming = Coming {
            edition,
            tag,
            run,
            first,
            ..Coming::default()
        };
        self.fetch();
    }

    pub(crate) fn stand(&mut self, surface: Surface) {
        if let Some(view) = &mut self.view {
            view.stand(surface, false);
        }
    }

    fn entry(&self, place: u16) -> Option<&'static IndexEntry> {
        self.publication?.entries.get(place)
    }

    /// The first words and answers of a dialogue, in the language of the page or the dialogue's own.
    pub(crate) fn opening(&self, place: u16) -> Option<&'static Opening> {
        let entry = self.entry(place)?;
        entry.opening.get(self.tongue(&entry.languages))
    }

    /// Whether the poke may be drawn beside the launcher.
    fn may_poke(&self) -> bool {
        let now = self.now();
        self.publication
            .is_some_and(|publication| self.memory.may_poke(&publication.theme, &self.page, now))
    }

    /// Notes that the poke is on screen.
    fn poked(&mut self) {
        let now = self.now();
        if let Some(publication) = self.publication {
            self.memory.poke(&publication.theme, &self.page, now);
            self.keep_memory();
        }
    }

    /// Fetches an edition and goes on, unless something else was decided meanwhile. Where its words were
    /// corrected, those of the correction are shown; where these cannot be had, its own.
    pub(crate) fn fetch(&mut self) {
        self.failed = None;
        self.fetch_words(self.corrected(self.coming.edition));
    }

    /// The edition whose words stand in place of another's.
    pub(crate) fn corrected(&self, edition: EditionId) -> Option<EditionId> {
        let mut corrections = self.publication?.corrections.iter();
        corrections
            .find(|correction| correction.from == edition)
            .map(|correction| correction.to)
    }

    fn fetch_words(&mut self, corrected: Option<EditionId>) {
        let turn = self.turn;
        let id = corrected.unwrap_or(self.coming.edition);
        let tag = self.coming.tag.clone();
        self.fetch_edition(id, &tag, move |visit, answer| {
            if visit.turn != turn {
                return;
            }
            match net::keep(answer) {
                Ok(edition) => visit.arrived(edition),
                Err(_) if corrected.is_some() => visit.fetch_words(None),
                Err(why) => {
                    visit.failed = Some(why);
                    visit.redraw();
                }
            }
        });
    }

    /// What was on its way is here.
    fn arrived(&mut self, edition: &'static Edition) {
        let Some(conversation) = self.coming.resumes else {
            return self.begin_talk(edition);
        };
        let Some(saved) = self.store.log(conversation) else {
            return;
        };
        match Talk::resume(edition, saved) {
            Ok(mut talk) => {
                let pause = self.now().since(talk.state.last());
                if pause >= engine::memory::SESSION_MS {
                    talk.lines.push(Line::Note("welcome-back"));
                }
                if self.courier.overtaken.take() == Some(conversation) {
                    talk.lines.push(Line::Note("overtaken"));
                }
                let ended = talk.has_ended();
                self.talk = Some(talk);
                if ended {
                    self.note_end();
                }
                self.poke();
                self.grant();
            }
            Err(_) => {
                self.failed = Some(net::Failure::Refused);
                self.redraw();
            }
        }
    }

    /// Fetches again what could not be had.
    pub fn fetch_again(&mut self) {
        self.turn += 1;
        self.fetch();
        self.redraw();
    }

    /// The edition is here: the conversation begins.
    fn begin_talk(&mut self, edition: &'static Edition) {
        let id = self.coming.edition;
        let wants_words = edition.tokens.iter().any(|token| token.local.is_none());
        let told = self.known.as_ref().is_some_and(|known| {
            known
                .snapshot
                .editions
                .iter()
                .any(|facts| facts.edition == id)
        });
        if wants_words && !told && self.is_full() && !self.gpc {
            self.identify_then(vec![id], move |visit| visit.start_talk(edition));
        } else {
            self.start_talk(edition);
        }
    }

    fn identify_then(&mut self, editions: Vec<EditionId>, then: impl FnOnce(&mut Visit) + 'static) {
        let turn = self.turn;
        self.when_named(move |visit| {
            let question = encode(&visit.identity_question(editions));
            visit.speak_as_visitor("/v1/identity", &question, move |visit, answer| {
                visit.learn(answer);
                if visit.turn == turn {
                    then(visit);
                }
            });
        });
    }

    fn start_talk(&mut self, edition: &'static Edition) {
        let id = self.coming.edition;
        let snapshot = self.known.as_ref().filter(|known| {
            known
                .snapshot
                .editions
                .iter()
                .any(|facts| facts.edition == id)
        });
        let begin = Begin {
            dialogue: edition.dialogue,
            edition: id,
            language: self.coming.tag.clone(),
            run: self.coming.run,
            seed: self.memory.seed,
            exposed: self.memory.exposed.clone(),
            page: self.page.clone(),
            snapshot: snapshot.map(|known| known.signed.clone()),
            at: self.now(),
            card: self.entry_of(edition),
            surface: self.coming.surface,
            source: self.coming.source.clone(),
        };
        self.speak(&edition.language);
        let begun = Talk::begin(
            edition,
            begin,
            ConversationId(random()),
            ConversationKey(random()),
        );
        let Ok((talk, outputs)) = begun else {
            self.failed = Some(net::Failure::Refused);
            self.redraw();
            return;
        };
        self.talk = Some(talk);
        self.obey(outputs);
        self.tell_values();
        let first = self.coming.first;
        if first {
            self.report("triggered", "", "");
            self.chime();
        }
        if first && self.courier.allowed && self.test.is_none() {
            self.keep_talk();
            self.send();
        }
        self.poke();
        self.grant();
    }

    /// Draws the poke from the conversation itself.
    pub fn poke(&mut self) {
        let may_poke = self.may_poke();
        let unread = !self.memory.session.dismissed;
        let (Some(talk), Some(view)) = (&self.talk, &mut self.view) else {
            return;
        };
        if view.open {
            return;
        }
        view.show_launcher(unread && !talk.is_engaged());
        if may_poke && !talk.has_ended() {
            let answers = match talk.state.awaiting(talk.edition) {
                Some((_, card)) => match &card.kind {
                    CardKind::Question { answers, .. } => answers.as_slice(),
                    _ => &[],
                },
                None => &[],
            };
            let words = talk.lines.iter().rev().find_map(|line| match line {
                Line::Bot(_, words) => Some(words),
                _ => None,
            });
            if let Some(words) = words.filter(|_| view.poking) {
                // What is pressed stays where it is: a finger may be on it.
                view.say_in_poke(words);
            } else if let Some(words) = words {
                view.show_poke(words, answers.iter().map(|answer| answer.label.as_str()));
                self.poked();
            }
        }
        self.settle();
    }

    /// What the visitor wished meanwhile, and the panel as it was left on the last page.
    fn grant(&mut self) {
        for wish in core::mem::take(&mut self.wishes) {
            match wish {
                Wish::Open(by_hand) => self.open(by_hand),
                Wish::Answer(n) => self.answer(n, false),
            }
        }
        // Only what the visitor has opened comes back open: the next dialogue begins with its own first words.
        let begun = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.state.is_opened());
        if self.is_open() {
            self.fill_in();
        } else if begun && self.store.was_open() {
            self.open(false);
        }
    }

    /// Continues the conversation begun before, where it was.
    fn carry_on(&mut self, open: OpenConversation) {
        if self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.id() == open.conversation)
        {
            return;
        }
        self.let_go();
        self.stand(Surface::Corner);
        self.continue_with(open);
    }

    /// Fetches what a kept conversation runs, and goes on with it.
    pub(crate) fn continue_with(&mut self, open: OpenConversation) {
        let saved = self.store.log(open.conversation);
        let Some(begin) = saved.and_then(|saved| saved.log.begin) else {
            let lost = |other: &OpenConversation| other.conversation == open.conversation;
            self.memory.open = self.memory.open.filter(|other| !lost(other));
            self.memory.flows.retain(|other| !lost(other));
            self.keep_memory();
            self.decide();
            return;
        };
        let chosen = self.store.language();
        let offered = self.live(open.dialogue);
        let tag = if offered.is_some_and(|(_, languages)| languages.contains(&chosen)) {
            chosen
        } else {
            begin.language
        };
        self.speak(&tag);
        if let Some(view) = &mut self.view {
            view.show_launcher(false);
        }
        self.settle();
        self.coming = Coming {
            edition: open.edition,
            tag,
            resumes: Some(open.conversation),
            ..Coming::default()
        };
        self.fetch();
    }

    /// Speaks a language.
    pub fn speak(&mut self, language: &str) {
        self.asked = None;
        if let Some(view) = &mut self.view {
            view.speak(language);
        }
    }

    /// Passes on what the page has set, as far as this dialogue knows the names.
    pub fn tell_values(&mut self) {
        let Some(talk) = &self.talk else { return };
        let zone = self.page.zone_minutes;
        let mut values = Vec::new();
        for (name, text) in &self.values {
            let (subject, name) = match cut(name, b'.') {
                Some(("company", name)) => (engine::compiled::Subject::Company, name),
                Some(("person", name)) => (engine::compiled::Subject::Person, name),
                _ => (engine::compiled::Subject::Person, name.as_str()),
            };
            let place = talk
                .edition
                .attributes
                .iter()
                .position(|a| a.subject == subject && a.name == name);
            let found =
                place.and_then(|n| Some((u16::try_from(n).ok()?, talk.edition.attributes.get(n)?)));
            if let Some((n, attribute)) = found
                && let Some(value) = reading::parse(attribute.kind, text, zone)
            {
                values.push((engine::ids::AttributeId(n), value));
            }
        }
        if !values.is_empty() {
            self.input(Input::Told(values));
        }
    }

    /// In `essential` the visitor's opening is what allows to ask who this is.
    pub fn identify_on_opening(&mut self) {
        let Some(talk) = &self.talk else { return };
        let asks = talk.edition.atoms > 0 || !talk.edition.tokens.is_empty();
        if self.is_full() || self.gpc || !asks || self.known.is_some() || self.test.is_some() {
            return;
        }
        let id = talk.begin.edition;
        let was_anonymous = talk.state.strength() == Strength::Anonymous;
        self.identify_then(vec![id], move |visit| {
            if let Some(known) = visit.known.as_ref().filter(|_| was_anonymous) {
                let facts = Input::FactsChanged(known.signed.clone());
                visit.input(facts);
            }
        });
    }
}

/// The place of the language to show: the page's, else the dialogue's own.
pub(crate) fn choose(languages: &[String], wanted: &str) -> usize {
    let primary = |tag: &str| before(tag, b'-').to_ascii_lowercase();
    languages
        .iter()
        .position(|tag| tag.eq_ignore_ascii_case(wanted))
        .or_else(|| {
            languages
                .iter()
                .position(|tag| primary(tag) == primary(wanted))
        })
        .unwrap_or(0)
}
