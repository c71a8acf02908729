//! The tables an edition is built on, and the list of what is wrong.

use super::ConfirmationMail;
use crate::atoms::Atom;
use crate::authored::{self, Criterion, Document, Flow, Operator, Stream, Text};
use crate::check::{Catalogue, Diagnosis, EDGES, Severity};
use crate::compiled::{Attribute, Card, Mark, Markup, Pattern, Span, Subject, TokenName};
use crate::ids::{AtomId, AttributeId, CardId};
use crate::markup::{self, TokenText};
use crate::value::ValueType;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A stream with its place among the edition's cards.
pub(super) struct Placed<'a> {
    /// `""` for the document's own, else `flow/`.
    pub prefix: String,
    pub stream: &'a Stream,
    pub language: &'a str,
    pub first: u16,
}

pub(super) struct Lowering<'a> {
    pub head: &'a authored::Dialogue,
    pub catalogue: &'a Catalogue,
    /// A flow on its own: its callers bring the details.
    pub is_flow: bool,
    pub default_language: String,
    pub streams: Vec<Placed<'a>>,
    /// Attributes that some card of the edition can set.
    pub settable: BTreeSet<String>,
    attributes: Vec<(String, Attribute)>,
    tokens: Vec<TokenName>,
    atoms: Vec<Atom>,
    visited: Vec<Pattern>,
    flows: Vec<String>,
    diagnoses: Vec<Diagnosis>,
    /// The card at work, for diagnoses.
    pub card: Option<String>,
    pub has_dead_edge: bool,
    pub edges: usize,
}

impl<'a> Lowering<'a> {
    pub fn new(
        document: &'a Document,
        head: &'a authored::Dialogue,
        language: &str,
        catalogue: &'a Catalogue,
    ) -> Self {
        let mut lowering = Self {
            head,
            catalogue,
            is_flow: matches!(document, Document::Flow(_)),
            default_language: language.to_string(),
            streams: Vec::new(),
            settable: BTreeSet::new(),
            attributes: Vec::new(),
            tokens: Vec::new(),
            atoms: Vec::new(),
            visited: Vec::new(),
            flows: Vec::new(),
            diagnoses: Vec::new(),
            card: None,
            has_dead_edge: false,
            edges: 0,
        };
        let own = match document {
            Document::Dialogue(dialogue) => &dialogue.stream,
            Document::Flow(flow) => &flow.stream,
        };
        lowering.place(
            String::new(),
            own,
            match document {
                Document::Dialogue(dialogue) => &dialogue.language,
                Document::Flow(flow) => &flow.language,
            },
        );
        let trail = match document {
            Document::Flow(flow) => alloc::vec![flow.name.clone()],
            Document::Dialogue(_) => Vec::new(),
        };
        lowering.place_flows(own, &trail);
        lowering
    }

    fn place(&mut self, prefix: String, stream: &'a Stream, language: &'a str) {
        let first = self
            .streams
            .iter()
            .map(|placed| placed.stream.cards.len())
            .sum::<usize>();
        for card in &stream.cards {
            match &card.kind {
                authored::CardKind::Question {
                    attribute: Some(name),
                    ..
                }
                | authored::CardKind::Capture {
                    attribute: name, ..
                }
                | authored::CardKind::Action {
                    attribute: name, ..
                }
                | authored::CardKind::Meeting {
                    agent_to: Some(name),
                    ..
                } => {
                    self.settable.insert(name.clone());
                }
                _ => {}
            }
        }
        let first = u16::try_from(first).unwrap_or(u16::MAX);
        self.streams.push(Placed {
            prefix,
            stream,
            language,
            first,
        });
    }

    /// Adds the flows a stream calls, and theirs; `trail` names the flows around it.
    fn place_flows(&mut self, stream: &'a Stream, trail: &[String]) {
        for card in &stream.cards {
            let authored::CardKind::Flow { flow, .. } = &card.kind else {
                continue;
            };
            self.card = Some(card.id.clone());
            if trail.contains(flow) {
                self.fault("flow", &format!("the flow \"{flow}\" calls itself"));
                continue;
            }
            if trail.len() >= crate::conversation::FLOW_DEPTH {
                let depth = crate::conversation::FLOW_DEPTH;
                self.fault("flow", &format!("flows are nested more than {depth} deep"));
                continue;
            }
            let catalogue: &'a Catalogue = self.catalogue;
            let Some(called): Option<&'a Flow> = catalogue.flows.get(flow) else {
                continue;
            };
            if !self.flows.contains(flow) {
                self.flows.push(flow.clone());
                self.place(format!("{flow}/"), &called.stream, &called.language);
            }
            let mut inner = trail.to_vec();
            inner.push(flow.clone());
            self.place_flows(&called.stream, &inner);
        }
        self.card = None;
    }

    /// Where a called flow begins.
    pub fn flow_entry(&self, flow: &str) -> Option<CardId> {
        let prefix = format!("{flow}/");
        let placed = self.streams.iter().find(|placed| placed.prefix == prefix)?;
        (!placed.stream.cards.is_empty()).then_some(CardId(placed.first))
    }

    /// All languages of the texts; the document's own first.
    pub fn languages(&self) -> Vec<String> {
        let mut all = alloc::vec![self.default_language.clone()];
        let mut add = |text: &Text| {
            for language in text.languages() {
                if !all.iter().any(|known| known == language) {
                    all.push(language.to_string());
                }
            }
        };
        for placed in &self.streams {
            for card in &placed.stream.cards {
                super::cards::texts(card, &mut add);
            }
        }
        all
    }

    pub fn cards(
        &mut self,
        language: &str,
        confirmations: &mut Vec<ConfirmationMail>,
    ) -> Vec<Card> {
        let mut cards = Vec::new();
        self.edges = 0;
        for n in 0..self.streams.len() {
            let placed = &self.streams[n];
            let (stream, prefix) = (placed.stream, placed.prefix.clone());
            let mut seen = BTreeSet::new();
            for card in &stream.cards {
                self.card = Some(format!("{prefix}{}", card.id));
                if card.id.trim().is_empty() {
                    self.fault("id", "a card needs an id");
                }
                if !seen.insert(&card.id) {
                    self.fault("id", &format!("two cards are called \"{}\"", card.id));
                }
                let place = CardId(u16::try_from(cards.len()).unwrap_or(u16::MAX));
                let kind = self.card(n, card, place, language, confirmations);
                cards.push(Card {
                    id: format!("{prefix}{}", card.id),
                    kind,
                });
            }
        }
        self.card = None;
        if cards.len() > crate::check::CARDS {
            self.fault(
                "stream",
                &format!("there are more than {} cards", crate::check::CARDS),
            );
        }
        if self.edges > EDGES {
            self.fault("stream", &format!("there are more than {EDGES} edges"));
        }
        cards
    }

    pub fn tables(&self) -> (Vec<Attribute>, Vec<TokenName>, Vec<Atom>) {
        let attributes = self
            .attributes
            .iter()
            .map(|(_, attribute)| attribute.clone())
            .collect();
        (attributes, self.tokens.clone(), self.atoms.clone())
    }

    pub fn atom_table(&self) -> &[Atom] {
        &self.atoms
    }

    pub fn visited(&self) -> Vec<Pattern> {
        self.visited.clone()
    }

    pub fn flow_names(&self) -> Vec<String> {
        self.flows.clone()
    }

    pub fn into_diagnoses(mut self) -> Vec<Diagnosis> {
        self.diagnoses.sort_by_key(|diagnosis| diagnosis.severity);
        self.diagnoses
    }

    pub fn fault(&mut self, place: &str, message: &str) {
        self.diagnose(Severity::Error, place, message);
    }

    pub fn warn(&mut self, place: &str, message: &str) {
        self.diagnose(Severity::Warning, place, message);
    }

    fn diagnose(&mut self, severity: Severity, place: &str, message: &str) {
        let diagnosis = Diagnosis {
            severity,
            card: self.card.clone(),
            place: place.to_string(),
            message: crate::authored::shortened(message),
        };
        if !self.diagnoses.contains(&diagnosis) {
            self.diagnoses.push(diagnosis);
        }
    }

    /// The type of an attribute by its authored name.
    pub fn kind_of(&mut self, name: &str, place: &str) -> Option<(Subject, String, ValueType)> {
        let (subject, short) = match name.split_once('.') {
            Some(("person", short)) => (Subject::Person, short),
            Some(("company", short)) => (Subject::Company, short),
            _ => {
                self.fault(
                    place,
                    &format!("\"{name}\" is no attribute; write person.NAME or company.NAME"),
                );
                return None;
            }
        };
        match self.catalogue.attributes.get(name) {
            Some(kind) => Some((subject, short.to_string(), *kind)),
            None => {
                let near = nearest(name, self.catalogue.attributes.keys());
                let hint = near
                    .map(|near| format!("; did you mean {near}?"))
                    .unwrap_or_default();
                self.fault(place, &format!("there is no attribute {name}{hint}"));
                None
            }
        }
    }

    /// An attribute of the edition's table, added when new.
    pub fn attribute(&mut self, name: &str, place: &str) -> Option<(AttributeId, ValueType)> {
        let (subject, short, kind) = self.kind_of(name, place)?;
        let at = match self.attributes.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                self.attributes.push((
                    name.to_string(),
                    Attribute {
                        subject,
                        name: short,
                        kind,
                        known: None,
                    },
                ));
                self.attributes.len() - 1
            }
        };
        Some((AttributeId(u16::try_from(at).unwrap_or(u16::MAX)), kind))
    }

    /// Makes the edition ask whether an attribute has a stored value.
    pub fn ask_whether_known(&mut self, id: AttributeId) {
        let Some((name, attribute)) = self.attributes.get(usize::from(id.0)) else {
            return;
        };
        if attribute.known.is_some() {
            return;
        }
        let criterion = Criterion::Attribute {
            name: name.clone(),
            op: Operator::IsNotEmpty,
            values: Vec::new(),
            days: None,
        };
        let atom = self.atom_of(&criterion);
        if let (Some(atom), Some((_, attribute))) =
            (atom, self.attributes.get_mut(usize::from(id.0)))
        {
            attribute.known = Some(atom);
        }
    }

    /// An atom of the edition's table, added when new.
    pub fn atom(&mut self, atom: Atom) -> AtomId {
        let at = match self.atoms.iter().position(|known| *known == atom) {
            Some(at) => at,
            None => {
                self.atoms.push(atom);
                self.atoms.len() - 1
            }
        };
        AtomId(u16::try_from(at).unwrap_or(u16::MAX))
    }

    /// The number of a page that criteria ask the browser's record about.
    pub fn visited_page(&mut self, pattern: Pattern) -> u16 {
        let at = match self.visited.iter().position(|known| *known == pattern) {
            Some(at) => at,
            None => {
                self.visited.push(pattern);
                self.visited.len() - 1
            }
        };
        u16::try_from(at).unwrap_or(u16::MAX)
    }

    /// A text in one language, parsed, its tokens looked up.
    pub fn text(&mut self, text: &Text, language: &str, default: &str, place: &str) -> Markup {
        match markup::read(text.in_language(language, default)) {
            Ok(nodes) => self.spans(&nodes, place),
            Err(fault) => {
                self.fault(place, &fault);
                Vec::new()
            }
        }
    }

    /// Text and tokens only.
    pub fn plain(&mut self, text: &str, place: &str) -> Markup {
        match markup::read_plain(text) {
            Ok(nodes) => self.spans(&nodes, place),
            Err(fault) => {
                self.fault(place, &fault);
                Vec::new()
            }
        }
    }

    fn spans(&mut self, nodes: &[markup::Node], place: &str) -> Markup {
        let mut links = 0;
        let head = self.head;
        let mut bad_links = Vec::new();
        let spans = markup::resolve(
            nodes,
            &mut links,
            &mut |token, mark| self.token(token, mark, place),
            &mut |address| match super::link::link_address(&address, head) {
                Ok(address) => address,
                Err(fault) => {
                    bad_links.push(fault);
                    address
                }
            },
        );
        for fault in bad_links {
            self.fault(place, &fault);
        }
        spans
    }

    fn token(&mut self, token: &TokenText, mark: Mark, place: &str) -> Span {
        let name = match token.space.as_str() {
            "my" => {
                return match self.head.details.get(&token.name) {
                    Some(detail) => Span::Text(detail.clone(), mark),
                    None if self.is_flow => Span::Text(token.fallback.clone(), mark),
                    None => {
                        self.fault(
                            place,
                            &format!("there is no detail \"{0}\" for {{{{my.{0}}}}}", token.name),
                        );
                        Span::Text(token.fallback.clone(), mark)
                    }
                };
            }
            "lead" | "person" => format!("person.{}", token.name),
            "company" => format!("company.{}", token.name),
            other => {
                self.fault(
                    place,
                    &format!("tokens begin with lead, company or my, not with \"{other}\""),
                );
                return Span::Text(token.fallback.clone(), mark);
            }
        };
        let Some((subject, short, _)) = self.kind_of(&name, place) else {
            return Span::Text(token.fallback.clone(), mark);
        };
        let local = if self.settable.contains(&name) {
            self.attribute(&name, place).map(|(id, _)| id)
        } else {
            None
        };
        let known = TokenName {
            subject,
            name: short,
            local,
        };
        let at = match self.tokens.iter().position(|other| *other == known) {
            Some(at) => at,
            None => {
                self.tokens.push(known);
                self.tokens.len() - 1
            }
        };
        Span::Token(
            u16::try_from(at).unwrap_or(u16::MAX),
            token.fallback.clone(),
            mark,
        )
    }
}

/// The known name nearest to a wrong one, when it is near.
fn nearest<'n>(wrong: &str, names: impl Iterator<Item = &'n String>) -> Option<&'n String> {
    let distance = |a: &str, b: &str| {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, ca) in a.chars().enumerate() {
            let mut corner = row[0];
            row[0] = i + 1;
            for (j, cb) in b.iter().enumerate() {
                let cost = usize::from(!ca.eq_ignore_ascii_case(cb));
                let next = (corner + cost).min(row[j] + 1).min(row[j + 1] + 1);
                corner = row[j + 1];
                row[j + 1] = next;
            }
        }
        row[b.len()]
    };
    let mut best: BTreeMap<usize, &String> = BTreeMap::new();
    for name in names {
        best.entry(distance(wrong, name)).or_insert(name);
    }
    best.into_iter()
        .next()
        .filter(|(far, _)| *far <= 3)
        .map(|(_, name)| name)
}
