//! What the visitor does: presses, keys and words, and the calls of the page.

use crate::dom;
use crate::host::{Call, object};
use crate::net;
use crate::page::{Later, Visit, Wish};
use crate::texts::Say;
use crate::view::{Line, Stage, Waiting};
use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use engine::compiled::{CardKind, Consent};
use engine::conversation::{Output, Status};
use engine::ids::CardId;
use engine::memory::OpenConversation;
use engine::resolve::Resolution;
use engine::wire::{Answer, Input};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::{Element, Event, HtmlInputElement, HtmlTextAreaElement, KeyboardEvent};

/// The longest pause before the bot's next words, in milliseconds.
const LONGEST_TYPING_MS: u16 = 3_000;
/// How long the panel takes to go, in milliseconds.
const CLOSING_MS: i32 = 130;

/// Listens to the visitor.
pub fn listen(later: &Later) {
    let document = dom::document();
    later.listen(&document, "click", |visit, event| {
        if let Some((element, action)) =
            acted(&event).filter(|(element, _)| element.tag_name() != "FORM")
        {
            visit.act(&action, &element);
        }
    });
    later.listen(&document, "submit", |visit, event| {
        event.prevent_default();
        if let Some((element, action)) = acted(&event) {
            visit.act(&action, &element);
        }
    });
    later.listen(&document, "input", |visit, event| {
        if let Some(input) = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        {
            visit.store.keep_draft(&input.value());
            if let Some(panel) = visit.view.as_ref().and_then(|view| view.panel.as_ref()) {
                panel.fault_gone();
            }
        }
    });
    later.listen(&document, "keydown", |visit, event| {
        let key = event.unchecked_ref::<KeyboardEvent>().key();
        if key == "Escape" {
            visit.escape();
        } else if let Some(step) = step(&key)
            && let Some(element) = event
                .target()
                .and_then(|target| target.dyn_into::<Element>().ok())
            && go(&element, step)
        {
            event.prevent_default();
        }
    });
    later.listen(&dom::window(), "focus", |visit, _| {
        if core::mem::take(&mut visit.focus_comes)
            && let Some(panel) = visit.view.as_ref().and_then(|view| view.panel.as_ref())
        {
            panel.focus();
        }
    });
    later.listen(&dom::window(), "popstate", |visit, _| {
        if visit.entered {
            visit.entered = false;
            visit.close();
        }
    });
}

/// The element that names an action, and the action.
fn acted(event: &Event) -> Option<(Element, String)> {
    let target: Element = event.target()?.dyn_into().ok()?;
    let element = target.closest("[data-do]").ok()??;
    let action = element.get_attribute("data-do")?;
    Some((element, action))
}

/// Where an arrow key leads in a group.
fn step(key: &str) -> Option<i32> {
    let forward = if dom::document().document_element()?.get_attribute("dir")? == "rtl" {
        -1
    } else {
        1
    };
    match key {
        "ArrowDown" => Some(1),
        "ArrowUp" => Some(-1),
        "ArrowRight" => Some(forward),
        "ArrowLeft" => Some(-forward),
        _ => None,
    }
}

/// Moves the keyboard within a group of controls.
fn go(from: &Element, step: i32) -> bool {
    let group = from.closest("[data-group]").ok().flatten();
    let Some(controls) =
        group.and_then(|group| group.query_selector_all("button:not([hidden]), a").ok())
    else {
        return false;
    };
    let count = controls.length() as i32;
    for n in 0..controls.length() {
        if controls
            .get(n)
            .is_some_and(|node| node.is_same_node(Some(from)))
        {
            let next = (n as i32 + step).rem_euclid(count.max(1));
            if let Some(next) = controls
                .get(next as u32)
                .and_then(|node| node.dyn_into::<Element>().ok())
            {
                dom::focus(&next);
            }
            return true;
        }
    }
    false
}

fn number(element: &Element, name: &str) -> u16 {
    element
        .get_attribute(name)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0)
}

impl Visit {
    fn act(&mut self, action: &str, element: &Element) {
        let n = number(element, "data-n");
        if action != "menu" {
            self.menu(false);
        }
        match action {
            "open" => self.open(true),
            "toggle" if self.is_open() => self.close(),
            "toggle" => self.open(true),
            "close" => self.close(),
            "dismiss" => self.dismiss(),
            "menu" => {
                let shown = self
                    .view
                    .as_ref()
                    .and_then(|view| view.panel.as_ref())
                    .is_some_and(|panel| dom::is_shown(&panel.menu));
                self.menu(!shown);
            }
            "restart" => {
                self.restart_asked = true;
                self.focus_next = true;
                self.redraw();
            }
            "restart-not" => {
                self.restart_asked = false;
                self.focus_next = true;
                self.redraw();
            }
            "restart-now" => {
                self.restart_asked = false;
                self.picker = None;
                self.respond(|_| Input::Restarted);
            }
            "back" => {
                self.picker = None;
                self.respond(|_| Input::WentBack);
            }
            "answer" => self.answer(n),
            "send" => {
                if let Some(typed) = typed(element) {
                    self.respond(|card| Input::Answered(card, Answer::Typed(typed)));
                }
            }
            "skip" => self.respond(Input::Skipped),
            "document" => self.respond(Input::DocumentOpened),
            "decline" => {
                self.picker = None;
                self.respond(Input::Declined);
            }
            "unavailable" => {
                self.picker = None;
                self.respond(Input::Unavailable);
            }
            "link" => {
                let card = CardId(number(element, "data-card"));
                if let Ok(link) = u8::try_from(n) {
                    self.input(Input::LinkClicked(card, link));
                }
            }
            "newest" => {
                if let Some(panel) = self.view.as_ref().and_then(|view| view.panel.as_ref()) {
                    panel.scroll_to_end();
                    panel.focus();
                }
            }
            "retry" if self.picker.is_some() => self.ask_slots(),
            "retry" => self.fetch_again(),
            "day" | "time" | "later" | "other" | "book" => self.pick(action, usize::from(n)),
            "address" => {
                if let Some(typed) = typed(element) {
                    self.give_address(&typed);
                }
            }
            "comment" | "comment-shut" | "comment-send" | "leave" => self.review(action, element),
            _ => {}
        }
    }

    fn is_open(&self) -> bool {
        self.view.as_ref().is_some_and(crate::view::View::is_open)
    }

    fn menu(&mut self, open: bool) {
        if let Some(panel) = self.view.as_ref().and_then(|view| view.panel.as_ref()) {
            panel.toggle_menu(open);
        }
    }

    fn escape(&mut self) {
        let panel = self.view.as_ref().and_then(|view| view.panel.as_ref());
        if let Some(panel) = panel.filter(|panel| dom::is_shown(&panel.menu)) {
            panel.toggle_menu(false);
        } else if self.is_open() {
            self.close();
        } else if self.view.as_ref().is_some_and(crate::view::View::is_poking) {
            self.dismiss();
        }
    }

    /// Opens the panel; by the visitor's own hand the keyboard goes there.
    pub fn open(&mut self, by_hand: bool) {
        let Some(view) = &mut self.view else { return };
        if !view.is_shown() {
            return;
        }
        let was_open = view.is_open();
        let full = view.is_full();
        let restart = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.state.can_restart(talk.edition));
        view.open(restart, self.test.as_ref().map(|test| test.name.as_str()));
        self.settle();
        if by_hand {
            self.responded();
            self.focus_next = true;
            if !dom::document().has_focus().unwrap_or(false) {
                // The page hands the keyboard over; what waits gets it when it has arrived.
                self.focus_comes = true;
                self.host.focus();
            }
            if full && !was_open && !self.entered {
                let history = dom::window().history();
                self.entered =
                    history.is_ok_and(|history| history.push_state(&JsValue::NULL, "").is_ok());
            }
        }
        self.store.keep_open(true);
        if self.talk.is_none() {
            self.wishes.retain(|wish| *wish != Wish::Open);
            self.wishes.push(Wish::Open);
            self.redraw();
            return;
        }
        let opened = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.state.is_opened());
        let fresh = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.entries.len() <= 1);
        self.fill(!fresh || !by_hand);
        if by_hand && !opened {
            self.input(Input::Opened);
            self.identify_on_opening();
        } else {
            self.pace();
        }
        if !was_open {
            self.tell_page("open", &[]);
        }
        self.say_connection();
    }

    /// Draws lines that are no news at once; the others come one after another.
    fn fill(&mut self, all: bool) {
        let site = self.site().to_owned();
        let (Some(talk), Some(view)) = (&self.talk, &mut self.view) else {
            return;
        };
        let (texts, theme) = (view.texts, view.theme().clone());
        let stage = Stage {
            texts,
            theme: &theme,
            site: &site,
        };
        if let Some(panel) = &mut view.panel {
            let known = if all {
                talk.lines.len()
            } else {
                talk.lines.len().min(1)
            };
            if panel.drawn() < known
                && let Some(lines) = talk.lines.get(..known)
            {
                panel.fill(&stage, lines);
            }
        }
    }

    /// Minimises the panel.
    pub fn close(&mut self) {
        if !self.is_open() {
            return;
        }
        if core::mem::take(&mut self.entered)
            && let Ok(history) = dom::window().history()
        {
            let _ = history.back();
        }
        self.store.keep_open(false);
        self.restart_asked = false;
        self.tell_page("close", &[]);
        let had_focus = dom::document().has_focus().unwrap_or(false);
        let panel = self.view.as_ref().and_then(|view| view.panel.as_ref());
        if let Some(panel) = panel {
            dom::class(&panel.root, "closing", true);
        }
        let pause = if dom::media("(prefers-reduced-motion: reduce)") {
            0
        } else {
            CLOSING_MS
        };
        self.after(pause, move |visit| {
            let Some(view) = &mut visit.view else { return };
            if let Some(panel) = &view.panel {
                dom::class(&panel.root, "closing", false);
            }
            view.close();
            if had_focus {
                view.focus_launcher();
            }
            visit.settle();
        });
    }

    fn dismiss(&mut self) {
        self.memory.session.dismissed = true;
        self.keep_memory();
        self.keep_record();
        if let Some(view) = &mut self.view {
            view.hide_poke();
            view.show_launcher(false);
        }
        self.settle();
    }

    /// Gives the n-th answer of what waits; the panel opens.
    pub fn answer(&mut self, n: u16) {
        if self.talk.is_none() {
            self.wishes.push(Wish::Answer(n));
            self.open(true);
            return;
        }
        if !self.is_open() {
            if let Some(view) = &mut self.view {
                view.open(false, self.test.as_ref().map(|test| test.name.as_str()));
            }
            self.store.keep_open(true);
            self.settle();
            self.fill(false);
            self.tell_page("open", &[]);
        }
        self.respond(|card| Input::Answered(card, Answer::Choice(n)));
        self.identify_on_opening();
    }

    /// Answers the card that waits.
    fn respond(&mut self, input: impl FnOnce(CardId) -> Input) {
        self.responded();
        self.focus_next = true;
        let Some(talk) = &self.talk else { return };
        let card = talk
            .state
            .awaiting(talk.edition)
            .map_or(CardId(u16::MAX), |(card, _)| card);
        self.input(input(card));
    }

    /// Another page becomes part of the conversation with the first thing that happens there: looking at a page
    /// alone says nothing to the server, and takes no other tab's place in the log.
    fn follow_page(&mut self, input: &Input) {
        let now = self.now();
        let page = self.page.clone();
        let (Some(talk), Some(view)) = (&mut self.talk, &self.view) else {
            return;
        };
        let moved = talk.state.is_opened() && talk.state.page().url != page.url;
        if moved
            && *input != Input::Opened
            && talk.advance(view.texts, Input::Moved(page), now).is_ok()
            && let Some(entry) = talk.entries.last().cloned()
        {
            self.tell_tabs(&entry);
        }
    }

    /// Tells the conversation what happened, and obeys.
    pub fn input(&mut self, input: Input) {
        self.follow_page(&input);
        let now = self.now();
        let answers = matches!(
            input,
            Input::Answered(..) | Input::Skipped(_) | Input::WentBack | Input::Restarted
        );
        let (Some(talk), Some(view)) = (&mut self.talk, &self.view) else {
            return;
        };
        // What no longer fits, such as the second press of a double click, changes nothing.
        let Ok(turn) = talk.advance(view.texts, input, now) else {
            return;
        };
        if let Some(Output::AskAgain(_, fault)) = turn.outputs.first() {
            if let Some(panel) = &view.panel {
                panel.fault(view.texts.fault(*fault));
            }
            return;
        }
        if let Some(entry) = talk.entries.last().cloned() {
            self.tell_tabs(&entry);
        }
        self.obey(&turn.outputs);
        if answers {
            self.store.keep_draft("");
        }
        self.keep_talk();
        self.send();
        self.after_turn(turn.keep);
    }

    /// Does what the engine orders beside drawing.
    pub fn obey(&mut self, outputs: &[Output]) {
        let now = self.now();
        let Some(talk) = &self.talk else { return };
        let name: JsValue = talk.edition.name.as_str().into();
        let dialogue = talk.begin.dialogue;
        for output in outputs {
            match output {
                Output::RecordEngaged => self.tell_page("engaged", &[("dialogue", name.clone())]),
                Output::RecordGoal(card) => {
                    if let Some(CardKind::Goal(goal)) = talk
                        .edition
                        .cards
                        .get(usize::from(card.0))
                        .map(|card| &card.kind)
                    {
                        self.tell_page(
                            "goal",
                            &[
                                ("dialogue", name.clone()),
                                ("goal", goal.name.as_str().into()),
                            ],
                        );
                    }
                }
                Output::RecordMeeting(..) => {
                    self.tell_page("meeting", &[("dialogue", name.clone())])
                }
                Output::Expose(experiment, arm) => self.memory.exposed(*experiment, *arm),
                Output::DenyIdentity => self.known = None,
                Output::Complete => self.tell_page("complete", &[("dialogue", name.clone())]),
                Output::Say(_)
                | Output::Ask(_)
                | Output::AskAgain(..)
                | Output::BackTo(_)
                | Output::StartOver
                | Output::SetAttribute(..)
                | Output::FillIn(..)
                | Output::Acquire(_)
                | Output::RecordDocument(_)
                | Output::RecordLink(..)
                | Output::ConfirmIdentity => {}
            }
        }
        match talk.state.status() {
            Status::Completed if outputs.contains(&Output::Complete) => {
                self.memory.completed(dialogue, now)
            }
            Status::Engaged => self.memory.engaged(OpenConversation {
                conversation: talk.id,
                dialogue,
                edition: talk.begin.edition,
                last: talk.state.last(),
            }),
            Status::Triggered | Status::Completed => {}
        }
        self.keep_memory();
        self.keep_record();
    }

    /// Brings the screen up to date after a turn; `keep` lines of the transcript still stand.
    pub fn after_turn(&mut self, keep: Option<usize>) {
        self.turn += 1;
        if keep.is_some() {
            self.asked = None;
        }
        let panel = self.view.as_mut().and_then(|view| view.panel.as_mut());
        if let (Some(panel), Some(keep)) = (panel, keep) {
            panel.truncate(keep);
        }
        if self.is_open() {
            if keep == Some(0) && !self.focus_next {
                self.fill(true);
            }
            self.pace();
        }
    }

    /// Draws the next line, after the time it takes to write it; then what waits.
    pub fn pace(&mut self) {
        let site = self.site().to_owned();
        let turn = self.turn;
        let (Some(talk), Some(view)) = (&self.talk, &mut self.view) else {
            self.redraw();
            return;
        };
        let (texts, theme) = (view.texts, view.theme().clone());
        let stage = Stage {
            texts,
            theme: &theme,
            site: &site,
        };
        let still = theme.delay_ms == 0 || dom::media("(prefers-reduced-motion: reduce)");
        let Some(panel) = &mut view.panel else { return };
        while let Some(line) = talk.lines.get(panel.drawn()) {
            if line.is_bot() && !still {
                self.asked = None;
                panel.wait_for(&Waiting::Nothing, false, "", "");
                panel.show_dots();
                let pause = i32::from(theme.delay_ms.min(LONGEST_TYPING_MS));
                self.after(pause, move |visit| {
                    if visit.turn == turn {
                        visit.draw_next();
                        visit.pace();
                    }
                });
                return;
            }
            panel.push(&stage, &talk.lines);
        }
        self.redraw();
    }

    fn draw_next(&mut self) {
        let site = self.site().to_owned();
        let (Some(talk), Some(view)) = (&self.talk, &mut self.view) else {
            return;
        };
        let (texts, theme) = (view.texts, view.theme().clone());
        if let Some(panel) = &mut view.panel {
            panel.push(
                &Stage {
                    texts,
                    theme: &theme,
                    site: &site,
                },
                &talk.lines,
            );
        }
    }

    /// Draws what waits for the visitor.
    pub fn redraw(&mut self) {
        let asks_meeting = self.talk.as_ref().and_then(|talk| {
            let (id, card) = talk.state.awaiting(talk.edition)?;
            matches!(card.kind, CardKind::Meeting(_)).then_some(id)
        });
        let ready = self
            .talk
            .as_ref()
            .is_some_and(|talk| talk.state.is_opened());
        match asks_meeting {
            Some(card)
                if self
                    .picker
                    .as_ref()
                    .is_none_or(|picker| picker.card != card)
                    && ready =>
            {
                self.begin_picking(card);
                return;
            }
            None => self.picker = None,
            _ => {}
        }
        let draft = self.store.draft();
        let Some(view) = self.view.as_ref().filter(|view| view.is_open()) else {
            return;
        };
        let Some(panel) = &view.panel else { return };
        let privacy = &view.theme().privacy;
        match &self.talk {
            None => {
                let waiting = match self.failed {
                    Some(net::Failure::Refused) if self.resolution == Resolution::Nothing => {
                        Waiting::Failed(view.texts.say(Say::TestFailed))
                    }
                    Some(_) => Waiting::Failed(view.texts.say(Say::Failed)),
                    None => Waiting::Loading,
                };
                panel.wait_for(&waiting, false, privacy, "");
            }
            Some(talk) => {
                let restart = talk.state.can_restart(talk.edition);
                panel.show_restart(restart);
                let back = talk.state.can_go_back(talk.edition);
                let busy = self.picker.as_ref().is_some_and(|picker| !picker.is_open());
                let waiting = if self.restart_asked {
                    Waiting::RestartSure
                } else {
                    match talk.state.awaiting(talk.edition) {
                        Some((_, card)) => Waiting::Card(card, self.picker.as_ref()),
                        None if talk.has_ended() => Waiting::Ended(restart),
                        None => Waiting::Nothing,
                    }
                };
                let back =
                    back && !busy && !matches!(waiting, Waiting::Ended(_) | Waiting::RestartSure);
                // What is being read or typed in is not drawn anew for news that do not change it.
                let asks = match &waiting {
                    Waiting::Card(_, None) => Some(talk.lines.len()),
                    _ => None,
                };
                let stands = asks.is_some() && self.asked == asks;
                if !stands {
                    panel.wait_for(&waiting, back, privacy, &draft);
                }
                self.asked = asks;
                if matches!(talk.lines.last(), Some(Line::Bot(..) | Line::Meeting(_)))
                    || self.focus_next
                {
                    panel.scroll_to_end();
                }
            }
        }
        if core::mem::take(&mut self.focus_next) {
            panel.focus();
        }
    }

    /// A call of the page.
    pub fn call(&mut self, number: u32, call: Call) {
        if call == Call::Why {
            self.explain(number);
            return;
        }
        if call == Call::Reset {
            self.store.clear();
            self.forget();
            self.host.reply(number, &object(&[("shown", false.into())]));
            return;
        }
        let opens = match call {
            Call::Open => true,
            Call::Close => false,
            _ => !self.is_open(),
        };
        if opens && self.publication.is_none() {
            // The index is on its way; the loader gives up after its own patience.
            self.after(200, move |visit| visit.call(number, call));
            return;
        }
        if opens {
            self.open(true);
        } else {
            self.close();
        }
        let mut reply = vec![("shown", JsValue::from(opens && self.is_open()))];
        if opens && !self.is_open() {
            let why = match self.resolution {
                Resolution::Hold(_) => "event",
                _ if self.consent == Consent::Wait => "consent",
                _ => "nothing",
            };
            reply.push(("why", why.into()));
        }
        self.host.reply(number, &object(&reply));
    }
}

/// What stands in the input of a form.
fn typed(form: &Element) -> Option<String> {
    let input = dom::find(form, "input, textarea")?;
    Some(match input.dyn_ref::<HtmlInputElement>() {
        Some(input) => input.value(),
        None => input.dyn_ref::<HtmlTextAreaElement>()?.value(),
    })
}

/// What a reviewer wrote.
pub fn written(form: &Element) -> Option<String> {
    typed(form).filter(|words| !words.trim().is_empty())
}
