//! A server in memory: counters and records fed by engine replay and by nothing else.
//! Mail, meetings and stored bytes are never modelled.

mod holds;

use super::people::{Company as Firm, People, Person as Record, Recorded, Visitor};
use super::server::{Away, Holds, Server};
use crate::plan;
use engine::atoms::bits;
use engine::authored::{Activity, Dialogue, Document, Flow};
use engine::check::{Catalogue, Severity, check};
use engine::compile::{Compiled, Live, Look, Settings, compile, publication, theme};
use engine::compiled::{CardKind, Consent, Correction, DocumentFile, Edition, Publication, encode};
use engine::condition::Clock;
use engine::conversation::{Output, replay};
use engine::identity::reveal;
use engine::ids::{ConversationId, DialogueId, EditionId, SnapshotId, Timestamp};
use engine::memory::SESSION_MS;
use engine::value::Value;
use engine::wire::{
    AskSlots, Batch, Begin, Book, Booked, EditionFacts, Entry, Identified, Identify, InputsAnswer,
    Kept, Opaque, SignedSnapshot, Slots, Snapshot, Strength, Viewing,
};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, BTreeSet};

/// A workspace's dialogue with its history.
struct Published {
    id: DialogueId,
    authored: Dialogue,
    editions: Vec<Compiled>,
    is_live: bool,
    first_published: Timestamp,
}

/// A conversation as the model keeps it.
struct Log {
    visitor: usize,
    begin: Begin,
    entries: Vec<Entry>,
    /// Outputs already applied: of the beginning and of so many entries.
    applied: usize,
    score: Option<u8>,
}

/// The server in memory.
pub struct Model {
    now: Timestamp,
    zone: TimeZone,
    catalogue: Catalogue,
    settings: Settings,
    look: Look,
    drafts: Vec<String>,
    dialogues: Vec<Published>,
    people: People,
    tokens: Vec<Opaque>,
    links: BTreeMap<String, (String, Strength)>,
    conversations: BTreeMap<ConversationId, Log>,
    order: Vec<ConversationId>,
    triggered: BTreeSet<(usize, DialogueId, u32)>,
    engaged: BTreeSet<(usize, DialogueId, u32)>,
    completed: BTreeSet<(usize, DialogueId, u32)>,
    acquired: BTreeSet<(usize, DialogueId, u32)>,
    exposures: BTreeMap<(usize, u64), String>,
    goals: BTreeMap<String, u64>,
    viewings: BTreeMap<String, Viewing>,
    refused: Vec<String>,
    snapshots: u64,
}

impl Model {
    /// An empty workspace that knows the names of a catalogue.
    #[must_use]
    pub fn new(catalogue: Catalogue) -> Self {
        let look = Look::default();
        Self {
            now: Timestamp(0),
            zone: TimeZone::UTC,
            settings: Settings {
                workspace: "plan".into(),
                chat_on: true,
                consent: Consent::Full,
                theme: theme(&look).expect("the default look is readable"),
                visited: Vec::new(),
                corrections: Vec::new(),
                forms: Vec::new(),
            },
            look,
            catalogue,
            drafts: Vec::new(),
            dialogues: Vec::new(),
            people: People::default(),
            tokens: Vec::new(),
            links: BTreeMap::new(),
            conversations: BTreeMap::new(),
            order: Vec::new(),
            triggered: BTreeSet::new(),
            engaged: BTreeSet::new(),
            completed: BTreeSet::new(),
            acquired: BTreeSet::new(),
            exposures: BTreeMap::new(),
            goals: BTreeMap::new(),
            viewings: BTreeMap::new(),
            refused: Vec::new(),
            snapshots: 0,
        }
    }

    fn zone_minutes(&self) -> i16 {
        let at = jiff::Timestamp::from_millisecond(self.now.0).unwrap_or_default();
        i16::try_from(self.zone.to_offset(at).seconds() / 60).unwrap_or(0)
    }

    fn dialogue(&self, name: &str) -> Option<&Published> {
        self.dialogues
            .iter()
            .find(|published| published.authored.name == name)
    }

    fn compiled(&self, id: EditionId) -> Option<&Compiled> {
        self.dialogues
            .iter()
            .flat_map(|published| &published.editions)
            .find(|compiled| compiled.id == id)
    }

    fn visitor(&mut self, token: Option<Opaque>) -> (usize, Option<Opaque>) {
        if let Some(at) =
            token.and_then(|token| self.tokens.iter().position(|known| *known == token))
        {
            return (at, None);
        }
        let token = (self.tokens.len() as u128 + 1).to_be_bytes();
        self.tokens.push(token);
        self.people.visitors.push(Visitor::default());
        (self.tokens.len() - 1, Some(token))
    }

    fn publish_compiled(&mut self, dialogue: &Dialogue, compiled: Compiled) {
        let now = self.now;
        match self
            .dialogues
            .iter_mut()
            .find(|published| published.authored.name == dialogue.name)
        {
            Some(published) => {
                published.authored = dialogue.clone();
                if published
                    .editions
                    .last()
                    .is_none_or(|last| last.id != compiled.id)
                {
                    published.editions.push(compiled);
                }
                published.is_live = true;
            }
            None => self.dialogues.push(Published {
                id: compiled.dialogue,
                authored: dialogue.clone(),
                editions: vec![compiled],
                is_live: true,
                first_published: now,
            }),
        }
    }

    fn next_id(&self, name: &str) -> DialogueId {
        let at = self
            .drafts
            .iter()
            .position(|draft| draft == name)
            .unwrap_or(self.drafts.len());
        DialogueId(u32::try_from(at).unwrap_or(u32::MAX) + 1)
    }

    fn apply(&mut self, id: ConversationId) -> Result<u64, String> {
        let kept = self.conversations.get(&id).ok_or("no such conversation")?;
        let compiled = self.compiled(kept.begin.edition).ok_or("unknown edition")?;
        let edition = compiled
            .editions
            .first()
            .ok_or("an edition without a language")?
            .clone();
        let (conversation, all) = replay(&edition, kept.begin.edition, &kept.begin, &kept.entries)
            .map_err(|(seq, why)| format!("line {seq}: {why}"))?;
        let (visitor, run, applied) = (kept.visitor, kept.begin.run, kept.applied);
        let times: Vec<Timestamp> = std::iter::once(kept.begin.at)
            .chain(kept.entries.iter().map(|entry| entry.at))
            .collect();
        let key = (visitor, edition.dialogue, run);
        self.triggered.insert(key);
        let mut score = None;
        for (outputs, at) in all.iter().zip(times).skip(applied) {
            for output in outputs {
                self.obey(id, &edition, key, at, output, &mut score);
            }
        }
        let digest = conversation.digest();
        if let Some(kept) = self.conversations.get_mut(&id) {
            kept.applied = all.len();
            kept.score = score.or(kept.score);
        }
        Ok(digest)
    }

    fn obey(
        &mut self,
        conversation: ConversationId,
        edition: &Edition,
        key: (usize, DialogueId, u32),
        at: Timestamp,
        output: &Output,
        score: &mut Option<u8>,
    ) {
        let visitor = key.0;
        let mut record = |activity: Activity, named: &str| {
            self.people.activities.push(Recorded {
                activity,
                named: named.to_string(),
                visitor,
                at,
                conversation,
            });
        };
        let card =
            |id: &engine::ids::CardId| edition.cards.get(usize::from(id.0)).map(|card| &card.kind);
        match output {
            Output::RecordEngaged => {
                self.engaged.insert(key);
                let again = self.people.activities.iter().any(|known| {
                    known.activity == Activity::EngagedWithDialogue
                        && known.visitor == visitor
                        && known.named == edition.name
                        && at.since(known.at) < SESSION_MS
                        && known.conversation == conversation
                });
                if !again {
                    self.people.activities.push(Recorded {
                        activity: Activity::EngagedWithDialogue,
                        named: edition.name.clone(),
                        visitor,
                        at,
                        conversation,
                    });
                }
            }
            Output::RecordDocument(id) => {
                if let Some(CardKind::Document(document)) = card(id) {
                    record(Activity::InteractedWithDocument, &document.name);
                }
            }
            Output::RecordViewing(id, viewing) => {
                if let Some(CardKind::Document(document)) = card(id) {
                    record(Activity::InteractedWithDocument, &document.name);
                    self.viewings.insert(document.name.clone(), viewing.clone());
                }
            }
            Output::RecordLink(..) => record(Activity::ClickedLink, &edition.name),
            Output::RecordAgreement(_) => record(Activity::GaveConsent, &edition.name),
            Output::RecordGoal(id) => {
                if let Some(CardKind::Goal(goal)) = card(id) {
                    record(Activity::ReachedDialogueGoal, &goal.name);
                    *self.goals.entry(goal.name.clone()).or_default() += 1;
                    *score = goal.score.or(*score);
                }
            }
            Output::RecordMeeting(..) => record(Activity::ScheduledMeeting, &edition.name),
            Output::Acquire(email) => {
                self.acquired.insert(key);
                self.people.acquire(visitor, email);
            }
            Output::SetAttribute(id, value) => {
                if let Some(attribute) = edition.attributes.get(usize::from(id.0)) {
                    self.people
                        .give(visitor, attribute.subject, &attribute.name, value.clone());
                }
            }
            Output::FillIn(id, value) => {
                if let Some(attribute) = edition.attributes.get(usize::from(id.0)) {
                    use engine::atoms::Stored as _;
                    let known = self
                        .people
                        .about(visitor)
                        .attribute(attribute.subject, &attribute.name);
                    if known.is_none() {
                        self.people.give(
                            visitor,
                            attribute.subject,
                            &attribute.name,
                            Some(value.clone()),
                        );
                    }
                }
            }
            Output::DenyIdentity => {
                let known = &mut self.people.visitors[visitor];
                known.person = None;
                known.strength = Strength::Anonymous;
            }
            Output::Expose(experiment, arm) => {
                let name = edition.cards.iter().find_map(|card| match &card.kind {
                    CardKind::Experiment {
                        experiment: id,
                        arms,
                    } if id == experiment => {
                        arms.get(usize::from(*arm)).map(|arm| arm.name.clone())
                    }
                    _ => None,
                });
                self.exposures
                    .entry((visitor, *experiment))
                    .or_insert(name.unwrap_or_default());
            }
            Output::Complete => {
                self.completed.insert(key);
            }
            Output::Say(_)
            | Output::Ask(_)
            | Output::AskAgain(..)
            | Output::BackTo(_)
            | Output::StartOver
            | Output::ConfirmIdentity => {}
        }
    }
}

impl Server for Model {
    fn set_clock(&mut self, now: Timestamp) {
        self.now = now;
    }

    fn set_consent(&mut self, consent: plan::Consent) {
        self.settings.consent = super::world::consent(consent);
    }

    fn keep_pdf(&mut self, address: &str, pages: u16) {
        let mut file = DocumentFile::default();
        file.id.0[..2].copy_from_slice(&pages.to_be_bytes());
        self.catalogue.files.insert(address.into(), file);
    }

    fn set_zone(&mut self, zone: &str) -> Result<(), String> {
        self.zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
        Ok(())
    }

    fn set_delay(&mut self, ms: u16) {
        self.look.delay_ms = ms;
        self.settings.theme = theme(&self.look).expect("a delay does not make a look unreadable");
    }

    fn import(&mut self, dialogue: &Dialogue) {
        if !self.drafts.contains(&dialogue.name) {
            self.drafts.push(dialogue.name.clone());
        }
    }

    fn import_flow(&mut self, flow: &Flow) {
        self.catalogue
            .flows
            .entry(flow.name.clone())
            .or_insert_with(|| flow.clone());
    }

    fn publish(&mut self, dialogue: &Dialogue) -> Result<(), String> {
        let id = self.next_id(&dialogue.name);
        let compiled =
            compile(dialogue, id, &self.catalogue).map_err(|all| super::world::in_words(&all))?;
        self.publish_compiled(dialogue, compiled);
        Ok(())
    }

    fn publish_flow(&mut self, flow: &Flow) -> Result<(), String> {
        let before = self.catalogue.flows.insert(flow.name.clone(), flow.clone());
        let faults = check(&Document::Flow(flow.clone()), &self.catalogue);
        let callers: Vec<(Dialogue, DialogueId)> = self
            .dialogues
            .iter()
            .filter(|published| {
                published.is_live
                    && published
                        .editions
                        .last()
                        .is_some_and(|last| last.flows.contains(&flow.name))
            })
            .map(|published| (published.authored.clone(), published.id))
            .collect();
        let mut compiled = Vec::new();
        let mut problems: Vec<String> = faults
            .iter()
            .filter(|fault| fault.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        for (dialogue, id) in callers {
            match compile(&dialogue, id, &self.catalogue) {
                Ok(edition) => compiled.push((dialogue, edition)),
                Err(all) => problems.push(format!(
                    "{}: {}",
                    dialogue.name,
                    super::world::in_words(&all)
                )),
            }
        }
        if !problems.is_empty() {
            match before {
                Some(before) => self.catalogue.flows.insert(flow.name.clone(), before),
                None => self.catalogue.flows.remove(&flow.name),
            };
            return Err(problems.join("; "));
        }
        for (dialogue, edition) in compiled {
            self.publish_compiled(&dialogue, edition);
        }
        Ok(())
    }

    fn correct(&mut self, dialogue: &Dialogue) -> Result<(), String> {
        let (id, from, graph) = {
            let published = self.dialogue(&dialogue.name).ok_or("it is not published")?;
            let last = published.editions.last().ok_or("it has no edition")?;
            (published.id, last.id, last.graph)
        };
        let compiled =
            compile(dialogue, id, &self.catalogue).map_err(|all| super::world::in_words(&all))?;
        if compiled.graph != graph {
            return Err("more than words has changed".into());
        }
        let to = compiled.id;
        for correction in &mut self.settings.corrections {
            if correction.to == from {
                correction.to = to;
            }
        }
        self.settings.corrections.push(Correction { from, to });
        let Some(published) = self
            .dialogues
            .iter_mut()
            .find(|published| published.id == id)
        else {
            return Err("it is not published".into());
        };
        published.authored = dialogue.clone();
        published.editions.push(compiled);
        Ok(())
    }

    fn unpublish(&mut self, name: &str) -> Result<(), String> {
        match self
            .dialogues
            .iter_mut()
            .find(|published| published.authored.name == name && published.is_live)
        {
            Some(published) => {
                published.is_live = false;
                Ok(())
            }
            None => Err("it is not published".into()),
        }
    }

    fn set_chat(&mut self, on: bool) {
        self.settings.chat_on = on;
    }

    fn set_company(&mut self, company: &plan::Company) {
        let firm: &mut Firm = self
            .people
            .companies
            .entry(company.name.clone())
            .or_default();
        firm.values
            .insert("name".into(), Value::Text(company.name.clone()));
        if let Some(domain) = &company.domain {
            firm.values
                .insert("domain".into(), Value::Text(domain.clone()));
        }
        for field in &company.fields {
            let value = field.value.as_ref().map(super::world::value);
            match value {
                Some(value) => firm.values.insert(field.name.clone(), value),
                None => firm.values.remove(&field.name),
            };
        }
    }

    fn set_person(&mut self, person: &plan::Person) {
        let at = self.people.named(&person.name).unwrap_or_else(|| {
            self.people.persons.push(Record {
                name: person.name.clone(),
                ..Record::default()
            });
            self.people.persons.len() - 1
        });
        let record = &mut self.people.persons[at];
        if person.company.is_some() {
            record.company.clone_from(&person.company);
        }
        record.lists.extend(person.lists.iter().cloned());
        for field in &person.fields {
            match field.value.as_ref().map(super::world::value) {
                Some(value) => record.values.insert(field.name.clone(), value),
                None => record.values.remove(&field.name),
            };
        }
    }

    fn add_agent(&mut self, agent: &plan::Agent) {
        self.catalogue.agents.insert(agent.name.clone());
    }

    fn add_busy(&mut self, _: &plan::Busy) {}

    fn tracked_link(&mut self, person: &str) -> String {
        let token = format!("link:{person}");
        self.links
            .insert(token.clone(), (person.into(), Strength::Recognised));
        token
    }

    fn login(&mut self, person: &str) -> String {
        let token = format!("login:{person}");
        self.links
            .insert(token.clone(), (person.into(), Strength::Verified));
        token
    }

    fn publication(&mut self) -> Result<Publication, Away> {
        let live: Vec<Live<'_>> = self
            .dialogues
            .iter()
            .filter(|published| published.is_live)
            .filter_map(|published| {
                Some(Live {
                    compiled: published.editions.last()?,
                    first_published: published.first_published,
                })
            })
            .collect();
        Ok(publication(&live, &mut self.settings))
    }

    fn edition(&mut self, id: EditionId, language: &str) -> Result<Edition, Away> {
        let compiled = self.compiled(id).ok_or(Away)?;
        let found = compiled
            .editions
            .iter()
            .find(|edition| edition.language == language);
        found.or(compiled.editions.first()).cloned().ok_or(Away)
    }

    fn identify(&mut self, ask: &Identify) -> Result<Identified, Away> {
        let (visitor, token) = self.visitor(ask.sender.visitor);
        for said in [&ask.link, &ask.login].into_iter().flatten() {
            let found = self.links.get(said).cloned();
            if let Some((person, strength)) =
                found.and_then(|(name, s)| Some((self.people.named(&name)?, s)))
            {
                let known = &mut self.people.visitors[visitor];
                known.person = Some(person);
                known.strength = strength;
            }
        }
        let strength = self.people.visitors[visitor].strength;
        let clock = Clock {
            now: self.now,
            zone_minutes: self.zone_minutes(),
        };
        let mut editions = Vec::new();
        for id in &ask.editions {
            let Some(compiled) = self.compiled(*id) else {
                continue;
            };
            let about = self.people.about(visitor);
            let tokens = compiled.editions.first().map_or(Vec::new(), |edition| {
                (0u16..)
                    .zip(&edition.tokens)
                    .filter_map(|(n, token)| {
                        let (subject, name) = (token.subject, &token.name);
                        let value = self.people.on_file(visitor, subject, name)?;
                        reveal(strength, subject, name, &value).map(|shown| (n, shown))
                    })
                    .collect()
            });
            editions.push(EditionFacts {
                edition: *id,
                atoms: bits(&compiled.atoms, &about, clock),
                tokens,
            });
        }
        self.snapshots += 1;
        let snapshot = Snapshot {
            id: SnapshotId(u128::from(self.snapshots).to_be_bytes()),
            strength,
            made: self.now,
            zone_minutes: self.zone_minutes(),
            editions,
        };
        Ok(Identified {
            snapshot: SignedSnapshot {
                bytes: encode(&snapshot),
                signature: [0; 32],
            },
            visitor: token,
            now: self.now,
        })
    }

    fn inputs(&mut self, batch: &Batch) -> Result<InputsAnswer, Away> {
        let (visitor, token) = self.visitor(batch.sender.visitor);
        if let Some(begin) = &batch.begin
            && !self.conversations.contains_key(&batch.conversation)
        {
            self.order.push(batch.conversation);
            self.conversations.insert(
                batch.conversation,
                Log {
                    visitor,
                    begin: begin.clone(),
                    entries: Vec::new(),
                    applied: 0,
                    score: None,
                },
            );
        }
        let mut through = 0;
        if let Some(kept) = self.conversations.get_mut(&batch.conversation) {
            for entry in &batch.entries {
                let stored = u32::try_from(kept.entries.len()).unwrap_or(u32::MAX);
                if entry.seq == stored + 1 {
                    kept.entries.push(entry.clone());
                } else if kept
                    .entries
                    .get(entry.seq as usize - 1)
                    .is_none_or(|known| known.input != entry.input)
                {
                    return Ok(InputsAnswer::Overtaken {
                        begin: Box::new(kept.begin.clone()),
                        entries: kept.entries.clone(),
                    });
                }
            }
            through = u32::try_from(kept.entries.len()).unwrap_or(u32::MAX);
        }
        let digest = match self.apply(batch.conversation) {
            Ok(digest) => digest,
            Err(reason) => {
                self.refused.push(reason);
                0
            }
        };
        Ok(InputsAnswer::Kept(Kept {
            through,
            digest,
            visitor: token,
            now: self.now,
        }))
    }

    fn slots(&mut self, _: &AskSlots) -> Result<Slots, Away> {
        Err(Away)
    }

    fn book(&mut self, _: &Book) -> Result<Booked, Away> {
        Err(Away)
    }

    fn erase(&mut self, visitor: Option<Opaque>) {
        if let Some(at) =
            visitor.and_then(|token| self.tokens.iter().position(|known| *known == token))
        {
            self.tokens[at] = [0; 16];
            self.people.visitors[at] = Visitor::default();
        }
    }

    fn holds(&self) -> &dyn Holds {
        self
    }
}
