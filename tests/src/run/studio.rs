//! The author's desk: the plan's dialogues and flows as they are written now.

use super::server::Server;
use crate::author::{blank_dialogue, blank_flow, lay, lay_flow};
use crate::plan::{Change, Source};
use engine::authored::{Dialogue, Document, Flow};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What an author has written.
pub(super) struct Studio {
    folder: PathBuf,
    dialogues: BTreeMap<String, Dialogue>,
    flows: BTreeMap<String, Flow>,
}

impl Studio {
    /// Nothing yet; files that plans name lie in `folder`.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            dialogues: BTreeMap::new(),
            flows: BTreeMap::new(),
        }
    }

    /// Writes a dialogue.
    pub(super) fn write_dialogue(
        &mut self,
        name: &str,
        source: Option<&Source>,
        change: &Change,
        server: &mut dyn Server,
    ) -> Result<(), String> {
        let mut dialogue = self.dialogue(source, name)?;
        lay(change, &mut dialogue)?;
        server.import(&dialogue);
        self.dialogues.insert(name.into(), dialogue);
        Ok(())
    }

    /// Writes a flow.
    pub(super) fn write_flow(
        &mut self,
        name: &str,
        source: Option<&Source>,
        change: &Change,
        server: &mut dyn Server,
    ) -> Result<(), String> {
        let mut flow = self.flow(source, name)?;
        lay_flow(change, &mut flow)?;
        server.import_flow(&flow);
        self.flows.insert(name.into(), flow);
        Ok(())
    }

    /// Publishes a dialogue or flow as it is written.
    pub(super) fn publish(&self, name: &str, server: &mut dyn Server) -> Result<(), String> {
        if let Some(dialogue) = self.dialogues.get(name) {
            return server.publish(dialogue);
        }
        let flow = self
            .flows
            .get(name)
            .ok_or(format!("no dialogue or flow {name}"))?;
        server.publish_flow(flow)
    }

    /// Changes a dialogue or flow and publishes it.
    pub(super) fn change(
        &mut self,
        name: &str,
        change: &Change,
        server: &mut dyn Server,
    ) -> Result<(), String> {
        if let Some(mut dialogue) = self.dialogues.get(name).cloned() {
            lay(change, &mut dialogue)?;
            server.publish(&dialogue)?;
            self.dialogues.insert(name.into(), dialogue);
            return Ok(());
        }
        let mut flow = self
            .flows
            .get(name)
            .cloned()
            .ok_or(format!("no dialogue or flow {name}"))?;
        lay_flow(change, &mut flow)?;
        server.publish_flow(&flow)?;
        self.flows.insert(name.into(), flow);
        Ok(())
    }

    /// Corrects the words of a dialogue.
    pub(super) fn correct(
        &mut self,
        name: &str,
        change: &Change,
        server: &mut dyn Server,
    ) -> Result<(), String> {
        let mut dialogue = self
            .dialogues
            .get(name)
            .cloned()
            .ok_or(format!("no dialogue {name}"))?;
        lay(change, &mut dialogue)?;
        server.correct(&dialogue)?;
        self.dialogues.insert(name.into(), dialogue);
        Ok(())
    }

    fn dialogue(&self, source: Option<&Source>, name: &str) -> Result<Dialogue, String> {
        let mut dialogue = match source {
            None => return Ok(blank_dialogue(name)),
            Some(Source::Named(source)) => self
                .dialogues
                .get(source)
                .cloned()
                .ok_or(format!("no dialogue {source}"))?,
            Some(Source::File(file)) => match self.read(file)? {
                Document::Dialogue(dialogue) => dialogue,
                Document::Flow(_) => return Err(format!("{file} holds a flow")),
            },
        };
        dialogue.name = name.into();
        Ok(dialogue)
    }

    fn flow(&self, source: Option<&Source>, name: &str) -> Result<Flow, String> {
        let mut flow = match source {
            None => return Ok(blank_flow(name)),
            Some(Source::Named(source)) => self
                .flows
                .get(source)
                .cloned()
                .ok_or(format!("no flow {source}"))?,
            Some(Source::File(file)) => match self.read(file)? {
                Document::Flow(flow) => flow,
                Document::Dialogue(_) => return Err(format!("{file} holds a dialogue")),
            },
        };
        flow.name = name.into();
        Ok(flow)
    }

    fn read(&self, file: &str) -> Result<Document, String> {
        let path = self.folder.join(file);
        let json = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        engine::check::read_document(&json).map_err(|fault| fault.to_string())
    }
}
