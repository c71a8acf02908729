//! How what was said gets to the server, and to other tabs.

use super::super::server::Server;
use super::talk::rebuild;
use super::{Browser, Log};
use engine::compiled::{Consent, Publication};
use engine::ids::{ConversationKey, Timestamp};
use engine::wire::{Batch, InputsAnswer, Sender};

impl Browser {
    pub(super) fn sender(&self, publication: &Publication) -> Sender {
        Sender {
            workspace: publication.workspace.clone(),
            visitor: self.stored.visitor,
            gpc: self.gpc,
        }
    }

    /// Writes to the device what the mode of consent allows.
    pub(super) fn keep(&mut self, consent: Consent) {
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

    pub(super) fn acknowledge(&mut self, n: usize, answer: InputsAnswer) {
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
    pub(super) fn send(&mut self, server: &mut dyn Server, _: Timestamp) {
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

    pub(super) fn batch(&self, log: &Log, publication: &Publication) -> Batch {
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
    pub(super) fn hear(&mut self, server: &mut dyn Server, _: Timestamp) {
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

    pub(super) fn writing(&self) -> Result<(Log, Publication), String> {
        let talk = self.talk().ok_or("nothing is on screen")?;
        let publication = self
            .view()
            .and_then(|view| view.publication.clone())
            .ok_or("nothing is published")?;
        Ok((talk.log.clone(), publication))
    }
}
