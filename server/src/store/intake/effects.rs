//! What a replayed line leads to: values, goals, activities and counts, in the same transaction.

use super::Published;
use crate::store::activities::{self, Deed, Kind, What};
use crate::store::binding::{self, Claim};
use crate::store::conversations::Standing;
use crate::store::counters::Counter;
use crate::store::db::Connection;
use crate::store::goals::{self, ProvenGoal};
use crate::store::ledger::Ledger;
use crate::store::visitors::Visitor;
use crate::store::{Result, Scope, counters, meetings, sayings};
use engine::compiled::{self, Capture, CardKind, Edition, Subject};
use engine::conversation::{Output, Piece, plain, text_of};
use engine::ids::{CardId, Timestamp, fnv1a};
use engine::value::Value;
use engine::wire::Viewing;
use serde_json::{Map, Value as Json, json};

/// How many pages of a document were seen since it was opened.
const PAGES_VIEWED: &str = "Document Pages Viewed";
/// The last of them.
const FURTHEST_PAGE: &str = "Document Furthest Page";
/// What was searched for in it.
const SEARCH_TERMS: &str = "Document Search Terms";

/// Carries out what the replay orders.
pub(super) struct Effects<'a> {
    pub db: &'a Connection,
    pub ledger: &'a Ledger,
    pub scope: &'a Scope,
    pub published: &'a Published,
    pub edition: &'a Edition,
    /// The time of the line.
    pub at: Timestamp,
    /// The time of the receipt.
    pub now: Timestamp,
}

impl Effects<'_> {
    pub fn apply(
        &self,
        standing: &mut Standing,
        visitor: &mut Visitor,
        seq: u32,
        outputs: Vec<Output>,
    ) -> Result<()> {
        for (n, output) in outputs.into_iter().enumerate() {
            let once = format!("{}:{seq}:{n}", standing.id);
            match output {
                Output::Say(_)
                | Output::Ask(_)
                | Output::AskAgain(..)
                | Output::BackTo(_)
                | Output::StartOver => {}
                Output::SetAttribute(attribute, value) => {
                    if let Some(attribute) = self.edition.attributes.get(usize::from(attribute.0)) {
                        // Who somebody is changes by `Acquire` only.
                        let is_address =
                            attribute.subject == Subject::Person && attribute.name == "email";
                        if !is_address {
                            self.say(visitor, attribute.subject, &attribute.name, value.as_ref())?;
                        }
                    }
                }
                Output::FillIn(attribute, value) => {
                    if let Some(attribute) = self.edition.attributes.get(usize::from(attribute.0)) {
                        let (subject, name) = (attribute.subject, &attribute.name);
                        sayings::fill_in(
                            self.db, self.scope, visitor, subject, name, &value, self.now,
                        )?;
                    }
                }
                Output::Acquire(email) => {
                    let claim = Claim {
                        email: &email,
                        dialogue: standing.begin.dialogue.0,
                        conversation: &standing.id,
                        test: standing.test,
                    };
                    self.ledger.flush(self.db)?;
                    binding::claim(self.db, self.scope, visitor, claim, self.now)?;
                    standing.person.clone_from(&visitor.person);
                }
                Output::RecordEngaged => {
                    standing.session += 1;
                    self.count(Counter::Engaged, standing);
                    let once = format!(
                        "engaged:{}:{}:{}:{}",
                        standing.visitor,
                        standing.begin.dialogue.0,
                        standing.begin.run,
                        standing.session
                    );
                    let mut attributes = self.attributes(standing);
                    attributes.insert("Conversation Status".into(), json!("Initiated"));
                    self.record(standing, seq, Kind::Engaged, None, &once, &attributes);
                }
                Output::RecordAgreement(card) => self.agreement(standing, seq, card, &once),
                Output::RecordDocument(card) => self.document(standing, seq, card, None, &once),
                Output::RecordViewing(card, viewing) => {
                    self.document(standing, seq, card, Some(&viewing), &once);
                }
                Output::RecordLink(card, number) => self.link(standing, seq, card, number, &once),
                Output::RecordGoal(card) => self.goal(standing, seq, card),
                Output::RecordMeeting(_, booking) => {
                    self.count(Counter::Meeting, standing);
                    let mut attributes = self.attributes(standing);
                    let host = meetings::host(self.db, self.scope, &booking.meeting)?;
                    attributes.insert("Agent Name".into(), json!(booking.agent));
                    attributes.insert("Agent Email".into(), json!(host.agent_email));
                    attributes.insert("routing queue name".into(), json!(host.pool));
                    attributes.insert("meeting status".into(), json!("Scheduled"));
                    attributes.insert(
                        "Scheduled For".into(),
                        json!(crate::time::rfc3339(booking.start)),
                    );
                    attributes.insert("Meeting".into(), json!(booking.meeting));
                    let agent = Some(booking.agent.as_str());
                    self.record(standing, seq, Kind::Meeting, agent, &once, &attributes);
                }
                Output::ConfirmIdentity => {
                    self.ledger.flush(self.db)?;
                    binding::confirm(self.db, self.scope, visitor, self.now)?;
                }
                Output::DenyIdentity => {
                    self.ledger.flush(self.db)?;
                    binding::deny(self.db, self.scope, visitor, &standing.id, self.now)?;
                    standing.person = None;
                }
                Output::Expose(experiment, arm) => {
                    let name = self.arm_name(experiment, arm);
                    counters::expose(
                        self.ledger,
                        self.scope,
                        standing,
                        (experiment, arm),
                        name,
                        self.at,
                    );
                }
                Output::Complete => {
                    self.count(Counter::Completed, standing);
                }
            }
        }
        Ok(())
    }

    fn count(&self, counter: Counter, standing: &Standing) {
        counters::count(self.ledger, self.scope, counter, standing, self.at);
    }

    fn say(
        &self,
        visitor: &Visitor,
        subject: Subject,
        name: &str,
        value: Option<&Value>,
    ) -> Result<()> {
        sayings::say(self.db, self.scope, visitor, subject, name, value, self.now)
    }

    /// The words that were agreed to, as they were shown, and a version that changes with their template.
    fn agreement(&self, standing: &Standing, seq: u32, card: CardId, once: &str) {
        if let Some(CardKind::Capture(Capture {
            agreement: Some(agreement),
            ..
        })) = self.kind(card)
        {
            let words = plain(&standing.state.words(self.edition, &agreement.text));
            let version = format!("{:016x}", fnv1a(0, &compiled::encode(&agreement.text)));
            let mut attributes = self.attributes(standing);
            attributes.insert("Consent Text".into(), json!(words));
            attributes.insert("Consent Version".into(), json!(version));
            attributes.insert("Consent Language".into(), json!(self.edition.language));
            self.record(
                standing,
                seq,
                Kind::Consent,
                Some(&version),
                once,
                &attributes,
            );
        }
    }

    /// An opening, or what came of one: each activity says what is new, so that a campaign which waits for an
    /// opening or for a download is started once.
    fn document(
        &self,
        standing: &Standing,
        seq: u32,
        card: CardId,
        viewing: Option<&Viewing>,
        once: &str,
    ) {
        if let Some(CardKind::Document(document)) = self.kind(card) {
            let mut attributes = self.attributes(standing);
            attributes.insert("Document Name".into(), json!(document.name));
            attributes.insert("Document URL".into(), json!(document.url));
            attributes.insert("Document Opened".into(), json!(viewing.is_none()));
            let downloaded = viewing.is_some_and(|viewing| viewing.downloaded);
            attributes.insert("Document Downloaded".into(), json!(downloaded));
            if let Some(viewing) = viewing {
                attributes.insert(PAGES_VIEWED.into(), json!(viewing.pages));
                attributes.insert(FURTHEST_PAGE.into(), json!(viewing.furthest));
                let terms: Vec<&str> = viewing.terms.lines().collect();
                attributes.insert(SEARCH_TERMS.into(), json!(terms));
            }
            self.record(
                standing,
                seq,
                Kind::Document,
                Some(&document.name),
                once,
                &attributes,
            );
        }
    }

    fn link(&self, standing: &Standing, seq: u32, card: CardId, number: u8, once: &str) {
        if let Some(card) = self.edition.cards.get(usize::from(card.0)) {
            let pieces = standing.state.words(self.edition, text_of(card));
            let address = pieces.iter().find_map(|piece| match piece {
                Piece::Link(n, address, _) if *n == number => Some(address.clone()),
                _ => None,
            });
            let mut attributes = self.attributes(standing);
            attributes.insert("Link URL".into(), json!(address));
            self.record(
                standing,
                seq,
                Kind::Link,
                address.as_deref(),
                once,
                &attributes,
            );
        }
    }

    fn goal(&self, standing: &Standing, seq: u32, card: CardId) {
        if let (Some(CardKind::Goal(goal)), Some(authored)) =
            (self.kind(card), self.edition.cards.get(usize::from(card.0)))
        {
            let mut attributes = self.attributes(standing);
            attributes.insert("Goal name".into(), json!(goal.name));
            if let Some(score) = goal.score {
                attributes.insert("Conversation Score".into(), json!(score));
            }
            let proven = ProvenGoal {
                name: &goal.name,
                in_flow: self.is_flow(),
                score: goal.score,
                card: &authored.id,
                confirmation: goal.confirmation,
            };
            let deed = self.deed(standing, seq);
            let goal = goals::proven(self.scope, proven, deed, &attributes, self.now);
            self.ledger.proven(self.scope, goal, self.now);
        }
    }

    fn record(
        &self,
        standing: &Standing,
        seq: u32,
        kind: Kind,
        about: Option<&str>,
        once: &str,
        attributes: &Map<String, Json>,
    ) {
        let what = What {
            kind: if self.is_flow() { kind.in_flow() } else { kind },
            about,
            once,
            attributes,
        };
        let activity = activities::happened(self.scope, what, self.deed(standing, seq), self.now);
        self.ledger.happened(self.scope, activity, self.now);
    }

    fn deed<'s>(&self, standing: &'s Standing, seq: u32) -> Deed<'s> {
        Deed {
            visitor: &standing.visitor,
            person: standing.person.as_deref(),
            conversation: &standing.id,
            dialogue: standing.begin.dialogue.0,
            edition: standing.begin.edition,
            seq,
            page_url: &standing.state.page().url,
            at: self.at,
            test: standing.test,
        }
    }

    fn attributes(&self, standing: &Standing) -> Map<String, Json> {
        let mut attributes = Map::new();
        attributes.insert("Name".into(), json!(self.edition.name));
        attributes.insert("Page URL".into(), json!(standing.state.page().url));
        if !self.published.compiled.campaign.is_empty() {
            attributes.insert("Campaign".into(), json!(self.published.compiled.campaign));
        }
        if self.is_flow() {
            let begin = &standing.begin;
            let (kind, name) = begin.source.split_once(' ').unwrap_or((&begin.source, ""));
            attributes.insert("source type".into(), json!(kind));
            attributes.insert("source name".into(), json!(name));
            attributes.insert("ui type".into(), json!(begin.surface.word()));
        }
        attributes
    }

    fn is_flow(&self) -> bool {
        self.published.compiled.surface.is_some()
    }

    fn kind(&self, card: CardId) -> Option<&CardKind> {
        self.edition
            .cards
            .get(usize::from(card.0))
            .map(|card| &card.kind)
    }

    fn arm_name(&self, experiment: u64, arm: u8) -> &str {
        self.edition
            .cards
            .iter()
            .find_map(|card| match &card.kind {
                CardKind::Experiment {
                    experiment: id,
                    arms,
                } if *id == experiment => arms.get(usize::from(arm)).map(|arm| arm.name.as_str()),
                _ => None,
            })
            .unwrap_or_default()
    }
}
