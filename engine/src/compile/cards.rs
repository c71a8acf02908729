//! Cards as authors write them become cards as visitors meet them.

use super::criteria::{kind_word, stored};
use super::lowering::Lowering;
use super::{CalendarEvent, ConfirmationMail};
use crate::authored::{self, Scalar, Text};
use crate::calendar::read_moment;
use crate::check::{ANSWERS, NAME_BYTES};
use crate::compiled::{
    Agreement, Answer, Arm, Capture, CardKind, DocumentCard, Effect, Field, Goal, Host, InputKind,
    KnownValue, Meeting, Refusals, Route, Span,
};
use crate::ids::{CardId, fnv1a};
use crate::markup;
use crate::url::PageUrl;
use crate::value::{Value, ValueType};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Every text of a card.
pub(super) fn texts<'c>(card: &'c authored::Card, add: &mut dyn FnMut(&'c Text)) {
    match &card.kind {
        authored::CardKind::Message { text, .. } | authored::CardKind::Meeting { text, .. } => {
            add(text)
        }
        authored::CardKind::Question { text, answers, .. } => {
            add(text);
            answers.iter().for_each(|answer| add(&answer.label));
        }
        authored::CardKind::Capture {
            text,
            placeholder,
            picklist,
            agreement,
            ..
        } => {
            add(text);
            add(placeholder);
            agreement.iter().for_each(|agreement| add(&agreement.text));
            picklist.iter().for_each(|pick| add(&pick.label));
        }
        authored::CardKind::Document { text, .. } => add(text),
        authored::CardKind::Goal {
            confirmation: Some(mail),
            ..
        } => {
            add(&mail.subject);
            add(&mail.body);
            if let Some(event) = &mail.event {
                add(&event.title);
            }
        }
        authored::CardKind::Goal {
            confirmation: None, ..
        }
        | authored::CardKind::Action { .. }
        | authored::CardKind::Branch { .. }
        | authored::CardKind::Experiment { .. }
        | authored::CardKind::Flow { .. } => {}
    }
}

impl Lowering<'_> {
    /// One card. `stream` is the place of its stream, which is where its ports lead.
    pub(super) fn card(
        &mut self,
        stream: usize,
        card: &authored::Card,
        place: CardId,
        language: &str,
        confirmations: &mut Vec<ConfirmationMail>,
    ) -> CardKind {
        let default = self
            .streams
            .get(stream)
            .map_or("en", |placed| placed.language)
            .to_string();
        match &card.kind {
            authored::CardKind::Message { text, then } => CardKind::Message {
                text: self.needed_text(text, language, &default, "text"),
                next: self.route(stream, then.as_deref(), "then"),
            },
            authored::CardKind::Question {
                text,
                attribute,
                answers,
            } => {
                let attribute = attribute
                    .as_ref()
                    .and_then(|name| self.attribute(name, "attribute"));
                if answers.is_empty() {
                    self.fault("answers", "a question needs an answer to choose");
                }
                if answers.len() > ANSWERS {
                    self.fault("answers", &format!("there are more than {ANSWERS} answers"));
                }
                let text = self.needed_text(text, language, &default, "text");
                let mut lowered: Vec<Answer> = Vec::new();
                for answer in answers {
                    let label = self.label(&answer.label, language, &default, "answers");
                    if lowered.iter().any(|other| other.label == label) {
                        self.fault("answers", &format!("two answers say \"{label}\""));
                    }
                    let own = answer.label.in_language(&default, &default).to_string();
                    let stores = match (attribute, &answer.stores) {
                        (Some((_, kind)), stores) => self.stores(stores.as_ref(), &own, kind),
                        (None, stores) => stores.as_ref().map(|value| Value::Text(value.plain())),
                    };
                    lowered.push(Answer {
                        label,
                        stores,
                        effect: match answer.effect {
                            authored::Effect::None => Effect::None,
                            authored::Effect::ConfirmIdentity => Effect::ConfirmIdentity,
                            authored::Effect::DenyIdentity => Effect::DenyIdentity,
                        },
                        next: self.route(stream, answer.then.as_deref(), "answers"),
                    });
                }
                CardKind::Question {
                    text,
                    attribute: attribute.map(|(id, _)| id),
                    answers: lowered,
                }
            }
            authored::CardKind::Capture { .. } => {
                self.capture(stream, &card.kind, language, &default)
            }
            authored::CardKind::Document {
                text,
                name,
                url,
                opened,
                declined,
            } => {
                self.needed_name(name, "name");
                let url = self.detail_text(url);
                if PageUrl::parse(&url).is_none() {
                    self.fault("url", &format!("\"{url}\" is not a web address"));
                }
                CardKind::Document(DocumentCard {
                    text: self.text(text, language, &default, "text"),
                    name: name.clone(),
                    file: self.catalogue.files.get(&url).cloned(),
                    url,
                    opened: self.route(stream, opened.as_deref(), "opened"),
                    declined: self.route(stream, declined.as_deref(), "declined"),
                })
            }
            authored::CardKind::Meeting {
                text,
                pool,
                agent,
                agent_to,
                booked,
                none,
                unavailable,
            } => {
                let host = match (pool, agent) {
                    (Some(_), Some(_)) => {
                        self.fault("agent", "name a pool or an agent, not both");
                        Host::Pool("default".into())
                    }
                    (_, Some(agent)) => {
                        if !self.catalogue.agents.contains(agent) {
                            self.fault("agent", &format!("there is no agent \"{agent}\""));
                        }
                        Host::Agent(agent.clone())
                    }
                    (pool, None) => {
                        let pool = pool.as_deref().unwrap_or("default");
                        if !self.catalogue.pools.contains(pool) {
                            self.fault("pool", &format!("there is no pool \"{pool}\""));
                        }
                        Host::Pool(pool.into())
                    }
                };
                CardKind::Meeting(Meeting {
                    text: self.needed_text(text, language, &default, "text"),
                    host,
                    agent_to: agent_to
                        .as_ref()
                        .and_then(|name| self.attribute(name, "agent_to"))
                        .map(|(id, _)| id),
                    booked: self.route(stream, booked.as_deref(), "booked"),
                    none: self.route(stream, none.as_deref(), "none"),
                    unavailable: self.route(stream, unavailable.as_deref(), "unavailable"),
                })
            }
            authored::CardKind::Goal {
                goal,
                score,
                confirmation,
                then,
            } => {
                self.needed_name(goal, "goal");
                if score.is_some_and(|score| score > 3) {
                    self.fault("score", "a score is 0, 1, 2 or 3");
                }
                if let Some(mail) = confirmation {
                    let mail = self.confirmation(mail, place, language, &default);
                    confirmations.push(mail);
                }
                CardKind::Goal(Goal {
                    name: goal.clone(),
                    score: *score,
                    confirmation: confirmation.is_some(),
                    next: self.route(stream, then.as_deref(), "then"),
                })
            }
            authored::CardKind::Action {
                attribute,
                value,
                then,
            } => {
                let known = self.attribute(attribute, "attribute");
                let to = match (known, value) {
                    (_, None) => Field::Clear,
                    (Some((_, ValueType::Text)), Some(Scalar::Text(text)))
                        if text.contains("{{") =>
                    {
                        Field::Tokens(self.plain(text, "value"))
                    }
                    (Some((_, kind)), Some(value)) => match stored(value, kind) {
                        Some(value) => Field::Constant(value),
                        None => {
                            self.fault(
                                "value",
                                &format!("{value} is no {}, as {attribute} needs", kind_word(kind)),
                            );
                            Field::Clear
                        }
                    },
                    (None, Some(_)) => Field::Clear,
                };
                let next = self.route(stream, then.as_deref(), "then");
                match known {
                    Some((attribute, _)) => CardKind::Action {
                        attribute,
                        to,
                        next,
                    },
                    None => CardKind::Message {
                        text: Vec::new(),
                        next,
                    },
                }
            }
            authored::CardKind::Branch {
                conditions,
                otherwise,
            } => {
                if conditions.is_empty() {
                    self.fault("conditions", "a branch needs a condition");
                }
                let mut lowered = Vec::new();
                for branch in conditions {
                    let route = self.route(stream, branch.then.as_deref(), "conditions");
                    if let Some(condition) = self.branch_criterion(&branch.when) {
                        lowered.push((condition, route));
                    }
                }
                CardKind::Branch {
                    conditions: lowered,
                    otherwise: self.route(stream, otherwise.as_deref(), "otherwise"),
                }
            }
            authored::CardKind::Experiment { arms } => {
                if arms.is_empty() || arms.iter().all(|arm| arm.weight == 0) {
                    self.fault("arms", "an experiment needs an arm with a weight above 0");
                }
                if arms.len() > ANSWERS {
                    self.fault("arms", &format!("there are more than {ANSWERS} arms"));
                }
                let mut lowered: Vec<Arm> = Vec::new();
                for arm in arms {
                    self.needed_name(&arm.name, "arms");
                    if lowered.iter().any(|other| other.name == arm.name) {
                        self.fault("arms", &format!("two arms are called \"{}\"", arm.name));
                    }
                    lowered.push(Arm {
                        name: arm.name.clone(),
                        weight: arm.weight,
                        next: self.route(stream, arm.then.as_deref(), "arms"),
                    });
                }
                let name = self.card.clone().unwrap_or_default();
                let experiment = fnv1a(fnv1a(0, self.head.name.as_bytes()), name.as_bytes());
                CardKind::Experiment {
                    experiment,
                    arms: lowered,
                }
            }
            authored::CardKind::Flow { flow, then } => {
                let next = self.route(stream, then.as_deref(), "then");
                match self.flow_entry(flow) {
                    Some(entry) => CardKind::Flow {
                        name: flow.clone(),
                        entry,
                        next,
                    },
                    None => {
                        let message = match self.catalogue.flows.contains_key(flow) {
                            true => {
                                format!("the flow \"{flow}\" has no card that can be called here")
                            }
                            false => format!("there is no flow \"{flow}\""),
                        };
                        self.fault("flow", &message);
                        CardKind::Message {
                            text: Vec::new(),
                            next,
                        }
                    }
                }
            }
        }
    }

    fn capture(
        &mut self,
        stream: usize,
        kind: &authored::CardKind,
        language: &str,
        default: &str,
    ) -> CardKind {
        let authored::CardKind::Capture {
            text,
            placeholder,
            attribute,
            input,
            picklist,
            known,
            optional,
            refuse,
            agreement,
            given,
            skipped,
        } = kind
        else {
            return CardKind::Message {
                text: Vec::new(),
                next: None,
            };
        };
        let text = self.needed_text(text, language, default, "text");
        let given = self.route(stream, given.as_deref(), "given");
        let skipped = self.route(stream, skipped.as_deref(), "skipped");
        let Some((id, value_type)) = self.attribute(attribute, "attribute") else {
            return CardKind::Message { text, next: given };
        };
        let field = match input {
            Some(input) => input_kind(*input),
            None => match (value_type, attribute.as_str()) {
                (ValueType::Text, "person.email") => InputKind::Email,
                (ValueType::Text, "person.phone") => InputKind::Phone,
                (ValueType::Text, _) => InputKind::Text,
                (ValueType::Number, _) => InputKind::Number,
                (ValueType::Boolean, _) => InputKind::Boolean,
                (ValueType::Date, _) => InputKind::Date,
                (ValueType::DateTime, _) => InputKind::DateTime,
            },
        };
        let reads = match field {
            InputKind::Text | InputKind::Email | InputKind::Phone => ValueType::Text,
            InputKind::Number => ValueType::Number,
            InputKind::Boolean => ValueType::Boolean,
            InputKind::Date => ValueType::Date,
            InputKind::DateTime => ValueType::DateTime,
        };
        if reads != value_type && picklist.is_empty() {
            self.fault(
                "as",
                &format!(
                    "{attribute} is a {}, which this input cannot give",
                    kind_word(value_type)
                ),
            );
        }
        if field != InputKind::Email && (refuse.free_mail || !refuse.domains.is_empty()) {
            self.fault(
                "refuse",
                "only mail addresses can be refused by their domain",
            );
        }
        if picklist.len() > ANSWERS {
            self.fault("picklist", &format!("there are more than {ANSWERS} values"));
        }
        let mut picks: Vec<(String, Value)> = Vec::new();
        for pick in picklist {
            let label = self.label(&pick.label, language, default, "picklist");
            if picks.iter().any(|(other, _)| *other == label) {
                self.fault("picklist", &format!("two values say \"{label}\""));
            }
            let own = pick.label.in_language(default, default).to_string();
            if let Some(value) = self.stores(pick.stores.as_ref(), &own, value_type) {
                picks.push((label, value));
            }
        }
        if *known == authored::Known::Skip {
            self.ask_whether_known(id);
        }
        CardKind::Capture(Capture {
            text,
            placeholder: self.label_or_empty(placeholder, language, default),
            attribute: id,
            field,
            picklist: picks,
            known: match known {
                authored::Known::Overwrite => KnownValue::Overwrite,
                authored::Known::Skip => KnownValue::Skip,
            },
            optional: *optional,
            refuse: Refusals {
                free_mail: refuse.free_mail,
                domains: refuse.domains.clone(),
            },
            agreement: agreement.as_ref().map(|agreement| Agreement {
                text: self.needed_text(&agreement.text, language, default, "agreement"),
                required: agreement.required,
            }),
            given,
            skipped,
        })
    }

    fn confirmation(
        &mut self,
        mail: &authored::Confirmation,
        card: CardId,
        language: &str,
        default: &str,
    ) -> ConfirmationMail {
        let subject = mail.subject.in_language(language, default);
        if subject.trim().is_empty() {
            self.fault("confirmation", "the mail needs a subject");
        }
        if subject.contains(['\n', '\r']) {
            self.fault("confirmation", "the subject is one line");
        }
        let event = mail.event.as_ref().and_then(|event| {
            let title = self.plain(event.title.in_language(language, default), "confirmation");
            match read_moment(&event.start, 0) {
                Some(start) => Some(CalendarEvent {
                    title,
                    place: event.place.clone(),
                    start,
                    minutes: event.minutes.max(1),
                }),
                None => {
                    self.fault(
                        "confirmation",
                        &format!("\"{}\" is no moment; write 2027-03-05T10:00Z", event.start),
                    );
                    None
                }
            }
        });
        ConfirmationMail {
            card,
            language: language.to_string(),
            subject: self.plain(subject, "confirmation"),
            body: self.text(&mail.body, language, default, "confirmation"),
            event,
        }
    }

    fn needed_text(
        &mut self,
        text: &Text,
        language: &str,
        default: &str,
        place: &str,
    ) -> Vec<Span> {
        if text.in_language(language, default).trim().is_empty() {
            self.fault(place, "there are no words yet");
        }
        self.text(text, language, default, place)
    }

    fn needed_name(&mut self, name: &str, place: &str) {
        if name.trim().is_empty() {
            self.fault(place, "give it a name");
        } else if name.len() > NAME_BYTES {
            self.fault(
                place,
                &format!("the name is longer than {NAME_BYTES} characters"),
            );
        }
    }

    fn label(&mut self, text: &Text, language: &str, default: &str, place: &str) -> String {
        let label = self.label_or_empty(text, language, default);
        if label.trim().is_empty() {
            self.fault(place, "an answer has no words");
        }
        if label.len() > NAME_BYTES {
            self.fault(
                place,
                &format!("\"{label}\" is longer than {NAME_BYTES} characters"),
            );
        }
        label
    }

    fn label_or_empty(&mut self, text: &Text, language: &str, default: &str) -> String {
        self.detail_text(text.in_language(language, default))
    }

    /// Details put into a text that holds no other tokens.
    fn detail_text(&mut self, text: &str) -> String {
        match markup::read_plain(text) {
            Ok(nodes) => nodes
                .iter()
                .map(|node| match node {
                    markup::Node::Text(words, _) => words.clone(),
                    markup::Node::Token(token, _) if token.space == "my" => self
                        .head
                        .details
                        .get(&token.name)
                        .unwrap_or(&token.fallback)
                        .clone(),
                    _ => String::new(),
                })
                .collect(),
            Err(_) => text.to_string(),
        }
    }

    fn stores(&mut self, stores: Option<&Scalar>, label: &str, kind: ValueType) -> Option<Value> {
        let given = stores
            .cloned()
            .unwrap_or_else(|| Scalar::Text(label.to_string()));
        let value = stored(&given, kind);
        if value.is_none() {
            self.fault(
                "stores",
                &format!(
                    "{given} is no {}; say what \"{label}\" stores",
                    kind_word(kind)
                ),
            );
        }
        value
    }

    fn route(&mut self, stream: usize, to: Option<&str>, port: &str) -> Route {
        let to = to?;
        self.edges += 1;
        let placed = self.streams.get(stream)?;
        match placed.stream.cards.iter().position(|card| card.id == to) {
            Some(at) => Some(CardId(
                placed
                    .first
                    .saturating_add(u16::try_from(at).unwrap_or(u16::MAX)),
            )),
            None => {
                self.has_dead_edge = true;
                self.fault(port, &format!("it leads to \"{to}\", which does not exist"));
                None
            }
        }
    }
}

fn input_kind(input: authored::InputKind) -> InputKind {
    match input {
        authored::InputKind::Text => InputKind::Text,
        authored::InputKind::Email => InputKind::Email,
        authored::InputKind::Phone => InputKind::Phone,
        authored::InputKind::Number => InputKind::Number,
        authored::InputKind::Boolean => InputKind::Boolean,
        authored::InputKind::Date => InputKind::Date,
        authored::InputKind::DateTime => InputKind::DateTime,
    }
}
