//! What the plan's author does, as the commands `import`, `publish`, `correct` and `unpublish` do it.

use super::LiveServer;
use crate::run::world::in_words;
use engine::authored::Document;
use engine::ids::EditionId;
use usher_server::store::PublishError;

impl LiveServer {
    /// Keeps a document.
    pub(super) fn keep(&mut self, document: Document) -> Result<(), String> {
        let import = self.app.store.import(&self.scope, document);
        self.wait_for(import)
            .map(|_| ())
            .map_err(|fault| fault.to_string())
    }

    /// Publishes by name.
    pub(super) fn go_live(&mut self, name: &str) -> Result<(), String> {
        let publish = self.app.store.publish(&self.scope, vec![name.to_owned()]);
        let done = self.wait_for(publish).map_err(|fault| told(&fault))?;
        for (name, edition) in done {
            self.number(&name, edition);
        }
        self.look_again();
        Ok(())
    }

    /// Replaces the words of a live dialogue.
    pub(super) fn replace_words(&mut self, name: &str) -> Result<(), String> {
        let correct = self.app.store.correct(&self.scope, name.to_owned());
        let edition = self.wait_for(correct).map_err(|fault| told(&fault))?;
        self.number(name, edition);
        self.look_again();
        Ok(())
    }

    /// Takes a dialogue off the pages.
    pub(super) fn take_off(&mut self, name: &str) -> Result<(), String> {
        if !self.is_live(name) {
            return Err("it is not published".into());
        }
        self.wait_for(self.app.store.unpublish(&self.scope, name.to_owned()))
            .map_err(|fault| fault.to_string())?;
        self.look_again();
        Ok(())
    }

    /// Whether a dialogue is published.
    pub(in crate::run) fn is_live(&self, name: &str) -> bool {
        let row = self.wait_for(self.app.store.dialogue(&self.scope, name.to_owned()));
        row.is_ok_and(|row| row.live)
    }

    fn number(&mut self, name: &str, edition: EditionId) {
        let editions = self.editions.entry(name.to_owned()).or_default();
        if editions.last() != Some(&edition) {
            editions.push(edition);
        }
    }
}

fn told(fault: &PublishError) -> String {
    match fault {
        PublishError::Faulty { diagnoses, .. } => in_words(diagnoses),
        other => other.to_string(),
    }
}
