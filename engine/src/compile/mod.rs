//! From authored documents to what browsers load and servers keep.

mod cards;
mod criteria;
mod forms;
mod graph;
mod link;
mod lowering;
mod publication;
mod theme;

pub use forms::{FormFault, forms};
pub use publication::{Live, LoaderRules, RULES_BYTES, Settings, loader_rules, publication};
pub use theme::{Look, Mode, Style, style, theme};

use crate::atoms::{Atom, Nobody, bits};
use crate::authored::{self, Document};
use crate::check::{CLICKS, Catalogue, Diagnosis, NAME_BYTES, SELECTOR_BYTES, Severity, TARGETS};
use crate::compiled::{
    CardKind, Condition, DocumentFile, Edition, EventRule, Markup, Opening, Pattern, RULES, Repeat,
    Span,
};
use crate::condition::Clock;
use crate::ids::{CardId, DialogueId, EditionId};
use crate::wire::Surface;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use lowering::Lowering;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A document ready to be published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compiled {
    /// Its content's name.
    pub id: EditionId,
    /// A hash of the graph without its words: equal graphs run any log to the same state.
    pub graph: [u8; 16],
    /// Which dialogue.
    pub dialogue: DialogueId,
    /// Its name.
    pub name: String,
    /// Its campaign name.
    pub campaign: String,
    /// 1, the strongest, to 100.
    pub priority: u8,
    /// One per language; the first is the document's own.
    pub editions: Vec<Edition>,
    /// Included pages.
    pub targets: Vec<Pattern>,
    /// Excluded pages.
    pub excluded: Vec<Pattern>,
    /// All must hold. *Visited* conditions number the pages of `visited`.
    pub criteria: Vec<Condition>,
    /// The same in words, as authors write them.
    pub criteria_words: Vec<String>,
    /// Pages its criteria ask the browser's record about.
    pub visited: Vec<Pattern>,
    /// All must have happened.
    pub events: Vec<EventRule>,
    /// When it may come again.
    pub repeat: Repeat,
    /// What each atom asks of stored data.
    pub atoms: Vec<Atom>,
    /// What the poke shows, per language; empty when the opening card depends on the visitor.
    pub openings: Vec<Opening>,
    /// The mails that goals send.
    pub confirmations: Vec<ConfirmationMail>,
    /// The flows it calls, by name.
    pub flows: Vec<String>,
    /// How it appears when a page starts it, for a flow.
    pub surface: Option<Surface>,
    /// CSS selectors whose clicks start it.
    pub clicks: Vec<String>,
}

/// The mail a goal sends, in one language. Tokens are numbered as in `Edition::tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmationMail {
    /// The goal card.
    pub card: CardId,
    /// The language of the edition it belongs to.
    pub language: String,
    /// Its subject.
    pub subject: Markup,
    /// Its text.
    pub body: Markup,
    /// What goes into the calendar.
    pub event: Option<CalendarEvent>,
}

/// A calendar entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarEvent {
    /// What it is called.
    pub title: Markup,
    /// Where.
    pub place: String,
    /// Seconds since 1970.
    pub start: i64,
    /// How long.
    pub minutes: u16,
}

/// Compiles a dialogue.
///
/// # Errors
/// Every fault of the document, warnings included, when one of them is an error.
pub fn compile(
    document: &authored::Dialogue,
    dialogue: DialogueId,
    catalogue: &Catalogue,
) -> Result<Compiled, Vec<Diagnosis>> {
    compile_document(&Document::Dialogue(document.clone()), dialogue, catalogue)
}

/// Compiles a dialogue, or a flow for pages to start.
///
/// # Errors
/// Every fault of the document, warnings included, when one of them is an error.
pub fn compile_document(
    document: &Document,
    dialogue: DialogueId,
    catalogue: &Catalogue,
) -> Result<Compiled, Vec<Diagnosis>> {
    let (compiled, diagnoses) = lower(document, dialogue, catalogue);
    match compiled {
        Some(compiled) if diagnoses.iter().all(|d| d.severity != Severity::Error) => Ok(compiled),
        _ => Err(diagnoses),
    }
}

/// Compiles as far as it goes, and lists every fault.
pub(crate) fn lower(
    document: &Document,
    dialogue: DialogueId,
    catalogue: &Catalogue,
) -> (Option<Compiled>, Vec<Diagnosis>) {
    let blank = authored::Dialogue::default();
    let (head, language, is_flow) = match document {
        Document::Dialogue(authored) => (authored, &authored.language, false),
        Document::Flow(flow) => (&blank, &flow.language, true),
    };
    let mut lowering = Lowering::new(document, head, language, catalogue);
    let name = document.name();
    if name.trim().is_empty() {
        lowering.fault("name", "give it a name");
    } else if name.len() > NAME_BYTES {
        lowering.fault(
            "name",
            &alloc::format!("the name is longer than {NAME_BYTES} characters"),
        );
    }
    let audience = match document {
        Document::Dialogue(_) => lower_audience(&mut lowering, head),
        Document::Flow(flow) => lower_starts(&mut lowering, flow),
    };
    if document.stream().cards.is_empty() {
        lowering.fault("stream", "there is no card yet; add one");
        return (None, lowering.into_diagnoses());
    }
    let languages = lowering.languages();
    let mut editions = Vec::new();
    let mut confirmations = Vec::new();
    for language in &languages {
        let cards = lowering.cards(language, &mut confirmations);
        editions.push(Edition {
            rules: RULES,
            dialogue,
            name: name.to_string(),
            language: language.clone(),
            back: is_flow || head.back,
            restart: is_flow || head.restart,
            opening: CardId(0),
            entries: (0u16..)
                .zip(&document.stream().cards)
                .filter(|(_, card)| card.entry)
                .map(|(n, _)| CardId(n))
                .collect(),
            cards,
            attributes: Vec::new(),
            tokens: Vec::new(),
            atoms: 0,
            anonymous: Vec::new(),
        });
    }
    let (attributes, tokens, atoms) = lowering.tables();
    let anonymous = bits(&atoms, &Nobody, Clock::default());
    for edition in &mut editions {
        edition.attributes.clone_from(&attributes);
        edition.tokens.clone_from(&tokens);
        edition.atoms = u16::try_from(atoms.len()).unwrap_or(u16::MAX);
        edition.anonymous.clone_from(&anonymous);
    }
    if let Some(first) = editions.first() {
        graph::check(first, is_flow, &mut lowering);
    }
    let openings = editions.iter().filter_map(opening).collect::<Vec<_>>();
    let compiled = Compiled {
        id: content_id(document, dialogue, &editions, &lowering),
        graph: editions.first().map(graph_hash).unwrap_or_default(),
        dialogue,
        name: name.to_string(),
        campaign: head.campaign.clone(),
        priority: head.priority,
        openings: if openings.len() == editions.len() {
            openings
        } else {
            Vec::new()
        },
        editions,
        targets: audience.targets,
        excluded: audience.excluded,
        criteria: audience.criteria,
        criteria_words: head
            .audience
            .criteria
            .iter()
            .map(ToString::to_string)
            .collect(),
        visited: lowering.visited(),
        events: audience.events,
        repeat: match head.repeat {
            _ if is_flow => Repeat::Always,
            authored::Repeat::Once => Repeat::Once,
            authored::Repeat::EveryDays(days) => Repeat::EveryDays(days),
            authored::Repeat::Always => Repeat::Always,
        },
        atoms,
        confirmations,
        flows: lowering.flow_names(),
        surface: match document {
            Document::Dialogue(_) => None,
            Document::Flow(flow) => Some(flow.surface),
        },
        clicks: match document {
            Document::Dialogue(_) => Vec::new(),
            Document::Flow(flow) => flow.clicks.clone(),
        },
    };
    (Some(compiled), lowering.into_diagnoses())
}

#[derive(Default)]
struct LoweredAudience {
    targets: Vec<Pattern>,
    excluded: Vec<Pattern>,
    criteria: Vec<Condition>,
    events: Vec<EventRule>,
}

fn lower_audience(lowering: &mut Lowering<'_>, head: &authored::Dialogue) -> LoweredAudience {
    if !(1..=100).contains(&head.priority) {
        lowering.fault(
            "priority",
            "the priority is a number from 1, the strongest, to 100",
        );
    }
    if let authored::Repeat::EveryDays(0) = head.repeat {
        lowering.fault("repeat", "repeat after at least one day, or always");
    }
    for name in head.utm.keys() {
        if !link::UTM_FIELDS.contains(&name.as_str()) {
            lowering.fault(
                "utm",
                &alloc::format!("\"{name}\" is no UTM field; there are source, medium, campaign, term and content"),
            );
        }
    }
    let audience = &head.audience;
    if audience.targets.is_empty() {
        lowering.fault(
            "targets",
            "name at least one page where it appears, such as https://www.example.com/*",
        );
    }
    if audience.targets.len() > TARGETS {
        lowering.fault(
            "targets",
            &alloc::format!("there are more than {TARGETS} pages; use a wildcard"),
        );
    }
    let targets = patterns(lowering, &audience.targets, "targets");
    let excluded = patterns(lowering, &audience.exclusions, "exclusions");
    let criteria = lowering.audience_criteria(&audience.criteria);
    let mut events = Vec::new();
    for event in &audience.events {
        let rule = match *event {
            authored::Event::TimeOnPage(seconds) => EventRule::TimeOnPage(seconds),
            authored::Event::TimeOnSite(seconds) => EventRule::TimeOnSite(seconds),
            authored::Event::Scroll(percent) => EventRule::Scroll(percent),
            authored::Event::ExitIntent => EventRule::ExitIntent,
        };
        if matches!(rule, EventRule::Scroll(0 | 101..)) {
            lowering.fault("events", "scroll is a percentage from 1 to 100");
        }
        if matches!(rule, EventRule::TimeOnPage(0) | EventRule::TimeOnSite(0)) {
            lowering.fault("events", "time is at least one second");
        }
        if events.contains(&rule) {
            lowering.fault("events", "the same event is listed twice");
        }
        events.push(rule);
    }
    if events.len() > 8 {
        lowering.fault("events", "there are more than 8 events");
    }
    LoweredAudience {
        targets,
        excluded,
        criteria,
        events,
    }
}

/// How pages start a flow.
fn lower_starts(lowering: &mut Lowering<'_>, flow: &authored::Flow) -> LoweredAudience {
    if flow.pages.len() > TARGETS {
        lowering.fault(
            "pages",
            &alloc::format!("there are more than {TARGETS} pages; use a wildcard"),
        );
    }
    if flow.clicks.len() > CLICKS {
        lowering.fault(
            "clicks",
            &alloc::format!(
                "there are more than {CLICKS} selectors; mark the elements with data-usher instead"
            ),
        );
    }
    for selector in &flow.clicks {
        if selector.trim().is_empty() || selector.len() > SELECTOR_BYTES {
            lowering.fault(
                "clicks",
                &alloc::format!("a selector has 1 to {SELECTOR_BYTES} characters"),
            );
        }
    }
    LoweredAudience {
        targets: patterns(lowering, &flow.pages, "pages"),
        ..LoweredAudience::default()
    }
}

fn patterns(lowering: &mut Lowering<'_>, texts: &[String], place: &str) -> Vec<Pattern> {
    let mut all = Vec::new();
    for text in texts {
        match Pattern::parse(text) {
            Ok(pattern) => {
                if pattern.is_home_only() {
                    lowering.warn(
                        place,
                        &alloc::format!(
                            "{text} is {}; leave the slash out to cover every page",
                            pattern.in_words()
                        ),
                    );
                }
                all.push(pattern);
            }
            Err(fault) => lowering.fault(place, &alloc::format!("{text}: {fault}")),
        }
    }
    all
}

/// A poke offers all answers or none: more than these do not fit beside the launcher.
const POKE_ANSWERS: usize = 3;

fn opening(edition: &Edition) -> Option<Opening> {
    match &edition.cards.first()?.kind {
        CardKind::Message { text, .. } => Some(Opening {
            text: text.clone(),
            answers: Vec::new(),
        }),
        CardKind::Question { text, answers, .. } => Some(Opening {
            text: text.clone(),
            answers: if answers.len() <= POKE_ANSWERS {
                answers.iter().map(|answer| answer.label.clone()).collect()
            } else {
                Vec::new()
            },
        }),
        CardKind::Document(document) => Some(Opening {
            text: document.text.clone(),
            answers: Vec::new(),
        }),
        CardKind::Meeting(meeting) => Some(Opening {
            text: meeting.text.clone(),
            answers: Vec::new(),
        }),
        CardKind::Capture(_)
        | CardKind::Goal(_)
        | CardKind::Action { .. }
        | CardKind::Branch { .. }
        | CardKind::Experiment { .. }
        | CardKind::Flow { .. } => None,
    }
}

/// The beginning of a digest.
fn first<const N: usize>(digest: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&digest[..N]);
    bytes
}

fn content_id(
    document: &Document,
    dialogue: DialogueId,
    editions: &[Edition],
    lowering: &Lowering<'_>,
) -> EditionId {
    let mut hash = Sha256::new();
    let mut document = document.clone();
    match &mut document {
        Document::Dialogue(dialogue) => dialogue.description.clear(),
        Document::Flow(flow) => flow.description.clear(),
    }
    hash.update(serde_json::to_vec(&document).unwrap_or_default());
    hash.update(dialogue.0.to_le_bytes());
    for edition in editions {
        hash.update(postcard::to_allocvec(edition).unwrap_or_default());
    }
    hash.update(postcard::to_allocvec(&lowering.atom_table()).unwrap_or_default());
    EditionId(first(&hash.finalize()))
}

/// The edition with every word taken out: what replay depends on.
fn graph_hash(edition: &Edition) -> [u8; 16] {
    let mut bare = edition.clone();
    bare.language.clear();
    fn strip(text: &mut Markup) {
        text.retain(|span| matches!(span, Span::Link(..)));
        for span in text {
            if let Span::Link(_, address, label) = span {
                address.clear();
                label.clear();
            }
        }
    }
    for card in &mut bare.cards {
        match &mut card.kind {
            CardKind::Message { text, .. } => strip(text),
            CardKind::Question { text, answers, .. } => {
                strip(text);
                answers.iter_mut().for_each(|answer| answer.label.clear());
            }
            CardKind::Capture(capture) => {
                strip(&mut capture.text);
                capture.placeholder.clear();
                capture
                    .picklist
                    .iter_mut()
                    .for_each(|(label, _)| label.clear());
            }
            CardKind::Document(document) => {
                strip(&mut document.text);
                // Replay asks whether there is a copy, not which.
                document.file = document.file.take().map(|_| DocumentFile::default());
            }
            CardKind::Meeting(meeting) => strip(&mut meeting.text),
            CardKind::Goal(_)
            | CardKind::Action { .. }
            | CardKind::Branch { .. }
            | CardKind::Experiment { .. }
            | CardKind::Flow { .. } => {}
        }
    }
    first(&Sha256::digest(
        postcard::to_allocvec(&bare).unwrap_or_default(),
    ))
}
