//! What a visitor does beside answering: panel, poke, slots, and what the page notices.

use super::super::server::{Away, Server};
use super::{Browser, Shown, State};
use engine::compiled::{CardKind, Consent};
use engine::ids::{CardId, Timestamp};
use engine::memory::Signal;
use engine::wire::{AskSlots, Book, Booked, Device, Input};

impl Browser {
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

    pub(super) fn signal(&mut self, signal: Signal, server: &mut dyn Server, now: Timestamp) {
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
}
