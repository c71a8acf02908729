//! Cards and their translations as documents hold them.

use super::criteria::{criterion, scalar};
use crate::plan::{
    Answer as PlanAnswer, AttributeName, Capture, Card as PlanCard, CardKind as PlanCardKind,
    Change, Effect as PlanEffect, InputKind as PlanInputKind, Meeting, Translation,
};
use engine::authored::{
    Agreement, Answer, Arm, Branch, Card, CardKind, Confirmation, Effect, InputKind, Known, Pick,
    Refuse, Text,
};
use std::collections::BTreeMap;

/// Lays cards and translations over those that were there.
pub(super) fn lay_cards(
    change: &Change,
    cards: &mut Vec<Card>,
    language: &str,
) -> Result<(), String> {
    for card in &change.cards {
        let card = written(card)?;
        match cards.iter_mut().find(|known| known.id == card.id) {
            Some(known) => *known = card,
            None => cards.push(card),
        }
    }
    for translation in &change.translations {
        for card in &mut *cards {
            for text in texts(&mut card.kind) {
                translate(text, translation, language);
            }
        }
    }
    Ok(())
}

fn text(words: &str) -> Text {
    Text::Plain(words.to_owned())
}

fn written(card: &PlanCard) -> Result<Card, String> {
    let kind = match &card.kind {
        PlanCardKind::Message { text: words, to } => CardKind::Message {
            text: text(words),
            then: to.clone(),
        },
        PlanCardKind::Question {
            attribute,
            text: words,
            answers,
        } => CardKind::Question {
            text: text(words),
            attribute: attribute.as_ref().map(AttributeName::to_string),
            answers: answers.iter().map(answer).collect(),
        },
        PlanCardKind::Capture(card) => capture(card)?,
        PlanCardKind::Document {
            name,
            address,
            opened,
            declined,
        } => CardKind::Document {
            text: Text::default(),
            name: name.clone(),
            url: address.clone(),
            opened: opened.clone(),
            declined: declined.clone(),
        },
        PlanCardKind::Meeting(Meeting {
            text: words,
            agent,
            booked,
            none,
            unavailable,
        }) => CardKind::Meeting {
            text: text(words),
            pool: None,
            agent: agent.clone(),
            agent_to: None,
            booked: booked.clone(),
            none: none.clone(),
            unavailable: unavailable.clone(),
        },
        PlanCardKind::Goal {
            name,
            score,
            confirmation,
            to,
        } => CardKind::Goal {
            goal: name.clone(),
            score: score.map(|score| u8::try_from(score).unwrap_or(u8::MAX)),
            confirmation: confirmation.as_deref().map(|subject| Confirmation {
                subject: text(subject),
                ..Confirmation::default()
            }),
            then: to.clone(),
        },
        PlanCardKind::Action {
            attribute,
            value,
            to,
        } => CardKind::Action {
            attribute: attribute.to_string(),
            value: Some(scalar(value)),
            then: to.clone(),
        },
        PlanCardKind::Branch { cases, otherwise } => CardKind::Branch {
            conditions: cases
                .iter()
                .map(|case| {
                    Ok(Branch {
                        when: criterion(&case.condition)?,
                        then: case.to.clone(),
                    })
                })
                .collect::<Result<_, String>>()?,
            otherwise: otherwise.clone(),
        },
        PlanCardKind::Experiment { arms } => CardKind::Experiment {
            arms: arms
                .iter()
                .map(|arm| Arm {
                    name: arm.name.clone(),
                    weight: u16::try_from(arm.weight).unwrap_or(u16::MAX),
                    then: arm.to.clone(),
                })
                .collect(),
        },
        PlanCardKind::Flow { flow, to } => CardKind::Flow {
            flow: flow.clone(),
            then: to.clone(),
        },
    };
    Ok(Card {
        entry: false,
        id: card.name.clone(),
        kind,
    })
}

fn answer(answer: &PlanAnswer) -> Answer {
    Answer {
        label: text(&answer.label),
        stores: answer.stores.as_ref().map(scalar),
        effect: match answer.effect {
            None => Effect::None,
            Some(PlanEffect::ConfirmsIdentity) => Effect::ConfirmIdentity,
            Some(PlanEffect::DeniesIdentity) => Effect::DenyIdentity,
        },
        then: answer.to.clone(),
    }
}

fn capture(card: &Capture) -> Result<CardKind, String> {
    let input = match card.input {
        None => None,
        Some(PlanInputKind::Text) => Some(InputKind::Text),
        Some(PlanInputKind::Email) => Some(InputKind::Email),
        Some(PlanInputKind::Phone) => Some(InputKind::Phone),
        Some(PlanInputKind::Number) => Some(InputKind::Number),
        Some(PlanInputKind::Boolean) => Some(InputKind::Boolean),
        Some(PlanInputKind::Date) => Some(InputKind::Date),
        Some(PlanInputKind::DateTime) => Some(InputKind::DateTime),
        Some(PlanInputKind::Slot) => return Err("a slot is asked for by a meeting card".into()),
    };
    Ok(CardKind::Capture {
        text: text(&card.text),
        placeholder: Text::default(),
        attribute: card.attribute.to_string(),
        input,
        picklist: card
            .picks
            .iter()
            .map(|pick| Pick {
                label: text(pick),
                stores: None,
            })
            .collect(),
        known: if card.skip_when_known {
            Known::Skip
        } else {
            Known::Overwrite
        },
        optional: card.optional,
        refuse: Refuse {
            free_mail: card.business_only,
            domains: card.blocked.clone(),
        },
        agreement: card.agreement.as_ref().map(|(words, required)| Agreement {
            text: text(words),
            required: *required,
        }),
        given: card.given.clone(),
        skipped: card.skipped.clone(),
    })
}

/// Every text of a card that visitors read.
fn texts(kind: &mut CardKind) -> Vec<&mut Text> {
    match kind {
        CardKind::Message { text, .. }
        | CardKind::Document { text, .. }
        | CardKind::Meeting { text, .. } => {
            vec![text]
        }
        CardKind::Question { text, answers, .. } => std::iter::once(text)
            .chain(answers.iter_mut().map(|answer| &mut answer.label))
            .collect(),
        CardKind::Capture {
            text,
            placeholder,
            picklist,
            agreement,
            ..
        } => [text, placeholder]
            .into_iter()
            .chain(agreement.iter_mut().map(|agreement| &mut agreement.text))
            .chain(picklist.iter_mut().map(|pick| &mut pick.label))
            .collect(),
        CardKind::Goal {
            confirmation: Some(mail),
            ..
        } => vec![&mut mail.subject, &mut mail.body],
        CardKind::Goal {
            confirmation: None, ..
        }
        | CardKind::Action { .. }
        | CardKind::Branch { .. }
        | CardKind::Experiment { .. }
        | CardKind::Flow { .. } => Vec::new(),
    }
}

/// Adds the words of another language to a text that the translation has; `own` is the language it is written in.
fn translate(text: &mut Text, translation: &Translation, own: &str) {
    let words = text.in_language(own, own).to_owned();
    let Some((_, translated)) = translation.texts.iter().find(|(from, _)| *from == words) else {
        return;
    };
    let mut all = match std::mem::take(text) {
        Text::Plain(words) => BTreeMap::from([(own.to_owned(), words)]),
        Text::ByLanguage(all) => all,
    };
    all.insert(translation.language.clone(), translated.clone());
    *text = Text::ByLanguage(all);
}
