//! What the visitor does: presses, keys and words, and the calls of the page.

use crate::hands::{self, told};
use crate::net::Failure;
use crate::page::{Visit, Wish};
use crate::view::{Line, Waiting};
use alloc::vec::Vec;
use engine::compiled::{CardKind, Consent, InputKind};
use engine::conversation::{Output, Status};
use engine::ids::CardId;
use engine::memory::OpenConversation;
use engine::reading::Fault;
use engine::resolve::Resolution;
use engine::wire::{Answer, Input, Viewing};

/// The longest pause before the bot's next words, in milliseconds.
const LONGEST_TYPING_MS: u16 = 3_000;
/// How long the panel takes to go, in milliseconds.
const CLOSING_MS: i32 = 130;

/// The sentence about an answer that cannot be read.
pub fn sentence(fault: Fault) -> &'static str {
    match fault {
        Fault::Empty => "fault-empty",
        Fault::TooLong => "fault-too-long",
        Fault::Address => "fault-address",
        Fault::FreeMail => "fault-free-mail",
        Fault::Domain => "fault-domain",
        Fault::Phone => "fault-phone",
        Fault::Number => "fault-number",
        Fault::Date => "fault-date",
        Fault::Moment => "fault-moment",
        Fault::Boolean => "fault-boolean",
        Fault::Choice => "fault-choice",
        Fault::Agreement => "fault-agreement",
    }
}

fn answered(card: CardId, answer: Answer, agreed: bool) -> Input {
    if agreed {
        Input::Agreed(card, answer)
    } else {
        Input::Answered(card, answer)
    }
}

impl Visit {
    /// A control was pressed or a form sent: what it does, its number, its card, what was typed into it.
    pub(crate) fn act(&mut self) {
        let action = hands::name(1);
        let n = hands::figure(2) as u16;
        let typed = || hands::text(4);
        match action {
            told::OPEN => self.open(true),
            told::TOGGLE if self.is_open() => self.close(),
            told::TOGGLE => self.open(true),
            told::CLOSE => self.close(),
            told::DISMISS => self.dismiss(),
            told::RESTART => self.ask_restart(true),
            told::RESTART_NOT => self.ask_restart(false),
            told::RESTART_NOW => {
                self.restart_asked = false;
                self.respond(|_| Input::Restarted);
            }
            told::BACK => self.respond(|_| Input::WentBack),
            told::CHATS => self.list(),
            told::LANGUAGES => self.list_languages(),
            told::CHANGE_TO => self.change_to(usize::from(n)),
            told::SPEAK => self.speak_another(usize::from(n)),
            told::END => self.end(),
            told::AGAIN => self.network_changed(),
            told::ANSWER => self.answer(n, hands::figure(5) > 0.0),
            told::SEND => {
                self.respond(|card| answered(card, Answer::Typed(typed()), hands::figure(5) > 0.0))
            }
            told::SKIP => self.respond(Input::Skipped),
            told::DOCUMENT => {
                self.read();
                self.respond(Input::DocumentOpened);
            }
            told::DECLINE => self.respond(Input::Declined),
            told::UNAVAILABLE => self.respond(Input::Unavailable),
            told::LINK => self.input(Input::LinkClicked(CardId(hands::figure(3) as u16), n as u8)),
            told::RETRY if self.picker.is_some() => self.ask_slots(),
            told::RETRY => self.fetch_again(),
            told::ADDRESS => self.give_address(&typed()),
            told::COMMENT_SHUT => hands::remove(".sheet"),
            told::COMMENT | told::COMMENT_SEND | told::LEAVE => self.review(action),
            _ => self.pick(action, usize::from(n)),
        }
    }

    /// Shows the document that is on offer, where it is kept.
    fn read(&self) {
        if let Some(talk) = &self.talk
            && let Some((id, card)) = talk.state.awaiting(talk.edition)
            && let CardKind::Document(document) = &card.kind
            && let Some(file) = &document.file
        {
            hands::word(&document.name);
            hands::word(&document.url);
            hands::read(&file.id.0, id.0);
        }
    }

    /// What became of a document: its card, how many pages were seen, the furthest, whether it was downloaded, and
    /// what was searched for.
    pub(crate) fn viewed(&mut self) {
        let figure = |n| hands::figure(n) as u16;
        let viewing = Viewing {
            pages: figure(2),
            furthest: figure(3),
            downloaded: figure(4) > 0,
            terms: hands::text(5),
        };
        self.input(Input::DocumentViewed(CardId(figure(1)), viewing));
    }

    fn ask_restart(&mut self, asked: bool) {
        self.restart_asked = asked;
        self.focus_next = true;
        self.redraw();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.view.as_ref().is_some_and(|view| view.open)
    }

    /// The visitor pressed the key that leads out.
    pub(crate) fn escape(&mut self) {
        if self.is_open() {
            self.close();
        } else if self.view.as_ref().is_some_and(|view| view.poking) {
            self.dismiss();
        }
    }

    /// Opens the panel; by the visitor's own hand the keyboard goes there.
    pub fn open(&mut self, by_hand: bool) {
        if by_hand {
            self.look_again();
        }
        let inline = self.is_inline();
        let Some(view) = &mut self.view else { return };
        if !view.shown && !inline {
            return;
        }
        let was_open = view.open;
        let enters = by_hand && view.full && !was_open && !self.entered;
        view.open(self.test.as_ref().map(|test| test.name.as_str()));
        self.opened += 1;
        self.settle();
        if by_hand {
            self.responded();
            self.focus_next = true;
            if !hands::focused() {
                // The page hands the keyboard over; what waits gets it when it has arrived.
                self.focus_comes = true;
                hands::order("focus");
            }
            if enters {
                self.entered = true;
                hands::enter_history();
            }
        }
        self.store.keep_open(true);
        let Some(talk) = &self.talk else {
            if !self.wishes.contains(&Wish::Open(true)) {
                self.wishes.push(Wish::Open(by_hand));
            }
            // What could not be had before may be there by now.
            if by_hand && self.failed.is_some() {
                self.fetch();
            }
            self.redraw();
            return;
        };
        let opened = talk.state.is_opened();
        let fresh = talk.saved.log.entries.len() <= 1;
        self.fill(!fresh || !by_hand);
        if !opened && (by_hand || self.surface.is_some()) {
            self.input(Input::Opened);
            if by_hand {
                self.identify_on_opening();
            }
        } else {
            self.pace();
        }
        if !was_open {
            self.report("open", "", "");
        }
        self.say_connection();
    }

    /// The conversation is here, and its panel is open already.
    pub(crate) fn fill_in(&mut self) {
        self.fill(true);
        self.pace();
        self.report("open", "", "");
        self.say_connection();
    }

    /// Draws lines that are no news at once; the others come one after another.
    fn fill(&mut self, all: bool) {
        if let (Some(talk), Some(view)) = (&self.talk, &mut self.view) {
            view.fill(talk, all);
        }
    }

    /// Draws everything anew: other words are here.
    pub(crate) fn reword(&mut self) {
        let was_open = self.is_open();
        self.asked = None;
        if let Some(view) = &mut self.view {
            view.forget_panel();
            let unread = view.poking;
            view.hide_poke();
            if view.shown {
                view.show_launcher(unread);
            }
        }
        if was_open {
            self.open(false);
        } else {
            self.poke();
        }
    }

    /// The visitor ends the conversation: it comes back as a completed one does.
    fn end(&mut self) {
        self.note_end();
        self.leave(true);
    }

    /// Remembers that the conversation on screen came to an end.
    pub(crate) fn note_end(&mut self) {
        let now = self.now();
        let Some(talk) = &self.talk else { return };
        let (dialogue, conversation) = (talk.begin.dialogue, talk.id());
        if self.surface.is_some() {
            self.memory.completed_flow(dialogue, conversation, now);
        } else {
            self.memory.completed(dialogue, now);
        }
        self.keep_memory();
    }

    /// Minimises the panel.
    pub fn close(&mut self) {
        self.leave(false);
    }

    fn leave(&mut self, ends: bool) {
        if !self.is_open() {
            return;
        }
        let turn = self.opened;
        if core::mem::take(&mut self.entered) {
            hands::leave_history();
        }
        self.store.keep_open(false);
        self.restart_asked = false;
        self.report("close", "", "");
        if self.talk.as_ref().is_some_and(|talk| !talk.has_ended()) {
            self.report("closed", "", "");
        }
        let had_focus = hands::focused();
        hands::flag(".panel", "closing", true);
        self.after(CLOSING_MS, move |visit| {
            // What was opened meanwhile stays.
            let Some(view) = visit.view.as_mut().filter(|_| visit.opened == turn) else {
                return;
            };
            hands::flag(".panel", "closing", false);
            view.close();
            if had_focus {
                hands::focus(".launcher");
            }
            visit.settle();
            visit.leave_talk(ends);
            if visit.consent == Consent::Wait {
                hands::order("gone");
            }
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

    /// Gives the n-th answer of what waits, with the box beside it ticked or not; the panel opens.
    pub fn answer(&mut self, n: u16, agreed: bool) {
        // Another tab may have gone on: then this is not what is asked any more.
        if self.look_again() {
            self.open(true);
            return;
        }
        if self.talk.is_none() {
            self.wishes.push(Wish::Answer(n));
            self.open(true);
            return;
        }
        if !self.is_open() {
            if let Some(view) = &mut self.view {
                view.open(self.test.as_ref().map(|test| test.name.as_str()));
            }
            self.store.keep_open(true);
            self.settle();
            self.fill(false);
            self.report("open", "", "");
        }
        self.respond(|card| answered(card, Answer::Choice(n), agreed));
        self.identify_on_opening();
    }

    /// Answers the card that waits.
    fn respond(&mut self, input: impl FnOnce(CardId) -> Input) {
        self.responded();
        self.focus_next = true;
        // Another tab may have gone on: then this is not what is asked any more.
        if self.look_again() {
            return;
        }
        let Some(talk) = &self.talk else { return };
        let card = talk
            .state
            .awaiting(talk.edition)
            .map_or(CardId(u16::MAX), |(card, _)| card);
        let input = input(card);
        if !matches!(input, Input::Answered(..) | Input::Agreed(..)) {
            self.picker = None;
        }
        self.input(input);
    }

    /// Tells the conversation what happened, and obeys.
    ///
    /// Another page becomes part of the conversation with the first thing that happens there: looking at a page
    /// alone says nothing to the server, and takes no other tab's place in the log.
    pub fn input(&mut self, input: Input) {
        let now = self.now();
        let Some(talk) = &mut self.talk else { return };
        if talk.state.is_opened()
            && talk.state.page().url != self.page.url
            && talk.advance(Input::Moved(self.page.clone()), now).is_ok()
        {
            self.tell_tabs();
        }
        let Some(talk) = &mut self.talk else { return };
        let answers = matches!(
            input,
            Input::Answered(..)
                | Input::Agreed(..)
                | Input::Skipped(_)
                | Input::WentBack
                | Input::Restarted
        );
        let asked = match &input {
            Input::Answered(card, _) | Input::Agreed(card, _) => {
                let card = talk.edition.cards.get(usize::from(card.0));
                Some(match card.map(|card| &card.kind) {
                    Some(CardKind::Capture(capture)) => (
                        capture.field == InputKind::Email,
                        capture.field == InputKind::Phone,
                    ),
                    _ => (false, false),
                })
            }
            _ => None,
        };
        // What no longer fits, such as the second press of a double click, changes nothing.
        let Ok(turn) = talk.advance(input, now) else {
            return;
        };
        if let Some(Output::AskAgain(card, fault)) = turn.outputs.first() {
            let empty = *fault == Fault::Empty;
            let kind = talk
                .edition
                .cards
                .get(usize::from(card.0))
                .map(|card| &card.kind);
            let fault = match kind {
                Some(CardKind::Capture(capture)) if empty => match capture.field {
                    InputKind::Date => Fault::Date,
                    InputKind::DateTime => Fault::Moment,
                    _ => *fault,
                },
                _ => *fault,
            };
            if let Some(view) = &self.view {
                view.fault(sentence(fault));
            }
            return;
        }
        if answers {
            self.store.keep_draft("");
        }
        if let Some((email, phone)) = asked {
            self.report_answer(email, phone);
        }
        self.obey(turn.outputs);
        self.keep_talk();
        self.tell_tabs();
        self.send();
        self.after_turn(turn.keep);
    }

    /// Does what the engine orders beside drawing.
    pub fn obey(&mut self, outputs: Vec<Output>) {
        for output in &outputs {
            match output {
                Output::RecordEngaged => self.report("engaged", "", ""),
                Output::RecordGoal(card) => {
                    if let Some(talk) = &self.talk
                        && let Some(card) = talk.edition.cards.get(usize::from(card.0))
                        && let CardKind::Goal(goal) = &card.kind
                    {
                        self.report("goal", "goal", &goal.name);
                    }
                }
                Output::RecordMeeting(_, booking) => {
                    hands::word("start");
                    hands::number(booking.start.0 as f64);
                    hands::word("minutes");
                    hands::number(booking.minutes.into());
                    self.report("meeting", "agent", &booking.agent);
                }
                Output::RecordDocument(card) => {
                    if let Some(talk) = &self.talk
                        && let Some(card) = talk.edition.cards.get(usize::from(card.0))
                        && let CardKind::Document(document) = &card.kind
                    {
                        self.report("document", "document", &document.name);
                    }
                }
                Output::RecordLink(..) => self.report("link", "", ""),
                Output::Expose(experiment, arm) => self.memory.exposed(*experiment, *arm),
                Output::DenyIdentity => self.known = None,
                Output::Complete => self.report("completed", "", ""),
                Output::Say(_)
                | Output::Ask(_)
                | Output::AskAgain(..)
                | Output::BackTo(_)
                | Output::StartOver
                | Output::SetAttribute(..)
                | Output::FillIn(..)
                | Output::Acquire(_)
                | Output::RecordViewing(..)
                | Output::RecordAgreement(_)
                | Output::ConfirmIdentity => {}
            }
        }
        let Some(talk) = &self.talk else { return };
        let open = OpenConversation {
            conversation: talk.id(),
            dialogue: talk.begin.dialogue,
            edition: talk.begin.edition,
            last: talk.state.last(),
        };
        let is_flow = self.surface.is_some();
        match talk.state.status() {
            Status::Completed if outputs.contains(&Output::Complete) => self.note_end(),
            Status::Engaged if is_flow => self.memory.engaged_flow(open),
            Status::Engaged => self.memory.engaged(open),
            Status::Triggered | Status::Completed => {}
        }
        self.keep_memory();
        self.keep_record();
    }

    /// Brings the screen up to date after a turn; `keep` lines of the transcript still stand.
    pub fn after_turn(&mut self, keep: Option<usize>) {
        self.turn += 1;
        if let (Some(keep), Some(talk), Some(view)) = (keep, &self.talk, &mut self.view) {
            self.asked = None;
            view.truncate(&talk.lines, keep);
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
        let turn = self.turn;
        if let (Some(talk), Some(view)) = (&self.talk, &mut self.view) {
            let delay_ms = view.theme.delay_ms.min(LONGEST_TYPING_MS);
            let still = delay_ms == 0 || hands::media("(prefers-reduced-motion: reduce)");
            while let Some(line) = talk.lines.get(view.drawn) {
                if line.is_bot() && !still {
                    self.asked = None;
                    view.wait_for(&Waiting::Nothing, false, "");
                    view.show_dots();
                    self.after(delay_ms.into(), move |visit| {
                        if visit.turn == turn {
                            visit.chime();
                            if let (Some(talk), Some(view)) = (&visit.talk, &mut visit.view) {
                                view.push(talk);
                            }
                            visit.pace();
                        }
                    });
                    return;
                }
                view.push(talk);
            }
        }
        self.redraw();
    }

    /// A tone, unless it is an hour without.
    pub(crate) fn chime(&self) {
        let quiet = self.publication.is_none_or(|publication| {
            engine::memory::is_quiet(&publication.theme, &self.page, self.now())
        });
        if !quiet {
            hands::chime();
        }
    }

    /// Draws what waits for the visitor.
    pub fn redraw(&mut self) {
        let meeting = self.talk.as_ref().and_then(|talk| {
            let (id, card) = talk.state.awaiting(talk.edition)?;
            matches!(card.kind, CardKind::Meeting(_)).then_some((id, talk.state.is_opened()))
        });
        match (meeting, &self.picker) {
            (Some((card, _)), Some(picker)) if picker.card == card => {}
            (Some((card, true)), _) => return self.begin_picking(card),
            (Some(_), _) => {}
            (None, _) => self.picker = None,
        }
        let opening = match self.resolution {
            Resolution::Show(place, _) => self.opening(place),
            _ => None,
        };
        let others = self.has_others();
        let languages = self.languages().len() > 1;
        let Some(view) = self.view.as_mut().filter(|view| view.open) else {
            return;
        };
        let focus = core::mem::take(&mut self.focus_next);
        if let Some(talk) = &self.talk {
            let restart = talk.state.can_restart(talk.edition);
            view.show_menu(restart, languages, others);
            let busy = self.picker.as_ref().is_some_and(|picker| !picker.is_open());
            let back = talk.state.can_go_back(talk.edition) && !busy;
            let waiting = if self.restart_asked {
                Waiting::RestartSure
            } else {
                match talk.state.awaiting(talk.edition) {
                    Some((_, card)) => Waiting::Card(card, self.picker.as_ref()),
                    None if talk.has_ended() => Waiting::Ended(restart),
                    None => Waiting::Nothing,
                }
            };
            // What is being read or typed in is not drawn anew for news that do not change it.
            let asks = match &waiting {
                Waiting::Card(_, None) => Some(talk.lines.len()),
                _ => None,
            };
            if asks.is_none() || self.asked != asks {
                view.wait_for(&waiting, back, &self.store.draft());
            }
            self.asked = asks;
            let news = matches!(talk.lines.last(), Some(Line::Bot(..) | Line::Meeting(_)));
            if talk.lines.len() > 1 && (focus || news) {
                hands::to_end();
            }
        } else {
            view.show_menu(false, false, others);
            if let Some(opening) = opening {
                view.preview(&opening.text);
            }
            let waiting = match self.failed {
                Some(Failure::Refused) if self.resolution == Resolution::Nothing => Waiting::Gone,
                Some(_) => Waiting::Failed,
                None => Waiting::Loading,
            };
            view.wait_for(&waiting, false, "");
        }
        // Before the page has handed the keyboard over, handing it on would only be undone.
        if focus && !self.focus_comes {
            hands::attend();
        }
    }

    /// A call of the page.
    pub(crate) fn call(&mut self, number: u32, call: u32) {
        let opens = match call {
            told::START | told::FORM => return self.called_to_start(number, call),
            told::HIDE => return self.hide(number),
            told::WHY => return self.explain(number),
            told::OPEN => true,
            told::CLOSE => false,
            told::TOGGLE => !self.is_open(),
            told::RESET => {
                self.store.clear();
                self.forget();
                false
            }
            _ => return,
        };
        if opens {
            if core::mem::take(&mut self.memory.session.hidden) {
                self.decide();
            }
            self.open(true);
        } else {
            self.close();
        }
        let shown = opens && self.is_open();
        hands::word("shown");
        hands::truth(shown);
        if opens && !shown {
            hands::word("why");
            hands::word(match self.resolution {
                Resolution::Hold(_) => "event",
                _ if self.consent == Consent::Wait => "consent",
                _ => "nothing",
            });
        }
        hands::reply(number);
    }
}
