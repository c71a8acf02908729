//! Passing cards until one waits for the visitor.

use super::{Conversation, FLOW_DEPTH, Output, Status, TURN_STEPS};
use crate::compiled::{Arm, Capture, Card, CardKind, Edition, Field, KnownValue, Route};
use crate::condition::{Circumstances, Clock, bit, newest};
use crate::ids::{CardId, Timestamp, fnv1a};
use crate::value::Value;
use alloc::vec::Vec;

impl Conversation {
    /// Draws the opening card: chooses among branches and experiments, passes nothing that counts.
    pub(super) fn open_with(
        &mut self,
        edition: &Edition,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let mut route = Some(self.start);
        for _ in 0..TURN_STEPS {
            let Some(id) = route else { break };
            let Some(card) = edition.cards.get(usize::from(id.0)) else {
                break;
            };
            self.at = Some(id);
            route = match &card.kind {
                CardKind::Branch { .. } | CardKind::Experiment { .. } | CardKind::Flow { .. } => {
                    self.pass(card, now, outputs)
                }
                CardKind::Capture(capture) if self.is_known(edition, capture) => capture.given,
                CardKind::Message { .. } => {
                    self.say(id);
                    outputs.push(Output::Say(id));
                    return;
                }
                CardKind::Question { .. }
                | CardKind::Capture(_)
                | CardKind::Document(_)
                | CardKind::Meeting(_) => {
                    self.say(id);
                    outputs.push(Output::Ask(id));
                    return;
                }
                CardKind::Goal(_) | CardKind::Action { .. } => return,
            };
        }
    }

    /// The visitor opens: what follows the opening card.
    pub(super) fn open(&mut self, edition: &Edition, now: Timestamp, outputs: &mut Vec<Output>) {
        self.opened = true;
        let Some(id) = self.at else { return };
        match edition.cards.get(usize::from(id.0)).map(|card| &card.kind) {
            Some(CardKind::Message { next, .. }) => self.run(edition, *next, now, outputs),
            Some(CardKind::Goal(_) | CardKind::Action { .. }) => {
                self.run(edition, Some(id), now, outputs)
            }
            _ => {}
        }
    }

    /// Passes cards from here until one waits or the stream ends.
    pub(super) fn run(
        &mut self,
        edition: &Edition,
        from: Route,
        now: Timestamp,
        outputs: &mut Vec<Output>,
    ) {
        let mut route = from;
        for _ in 0..TURN_STEPS {
            let Some(id) = route else {
                match self.calls.pop() {
                    Some(back) => {
                        route = back;
                        continue;
                    }
                    None => break,
                }
            };
            let Some(card) = edition.cards.get(usize::from(id.0)) else {
                break;
            };
            route = match &card.kind {
                CardKind::Message { next, .. } => {
                    self.say(id);
                    outputs.push(Output::Say(id));
                    *next
                }
                CardKind::Capture(capture) if self.is_known(edition, capture) => capture.given,
                CardKind::Question { .. }
                | CardKind::Capture(_)
                | CardKind::Document(_)
                | CardKind::Meeting(_) => {
                    self.say(id);
                    self.at = Some(id);
                    outputs.push(Output::Ask(id));
                    return;
                }
                CardKind::Goal(goal) => {
                    let reached = |other: &CardId| {
                        edition.cards.get(usize::from(other.0)).is_some_and(
                            |card| matches!(&card.kind, CardKind::Goal(other) if other.name == goal.name),
                        )
                    };
                    if !self.reached.iter().any(reached) {
                        self.reached.push(id);
                        outputs.push(Output::RecordGoal(id));
                    }
                    goal.next
                }
                CardKind::Action {
                    attribute,
                    to,
                    next,
                } => {
                    let value = match to {
                        Field::Constant(value) => Some(value.clone()),
                        Field::Clear => None,
                        Field::Tokens(spans) => Some(Value::Text(self.spoken(edition, spans))),
                    };
                    self.give(*attribute, value, outputs);
                    *next
                }
                CardKind::Branch { .. } | CardKind::Experiment { .. } | CardKind::Flow { .. } => {
                    self.pass(card, now, outputs)
                }
            };
        }
        self.at = None;
        self.calls.clear();
        if self.status != Status::Completed {
            self.status = Status::Completed;
            outputs.push(Output::Complete);
        }
    }

    /// Where an invisible choosing card leads.
    fn pass(&mut self, card: &Card, now: Timestamp, outputs: &mut Vec<Output>) -> Route {
        match &card.kind {
            CardKind::Branch {
                conditions,
                otherwise,
            } => {
                let about = Circumstances {
                    atoms: &self.facts.atoms,
                    given: &self.given,
                    strength: self.strength,
                    page: &self.page,
                    memory: None,
                    clock: Clock {
                        now,
                        zone_minutes: self.zone_minutes,
                    },
                };
                conditions
                    .iter()
                    .find(|(condition, _)| condition.holds(&about))
                    .map_or(*otherwise, |(_, route)| *route)
            }
            CardKind::Experiment { experiment, arms } => {
                let seen = self.exposed.iter().find(|(id, _)| id == experiment);
                let arm = match seen.filter(|(_, arm)| usize::from(*arm) < arms.len()) {
                    Some((_, arm)) => *arm,
                    None => {
                        let arm = draw(self.seed, *experiment, arms);
                        self.exposed.retain(|(id, _)| id != experiment);
                        self.exposed.push((*experiment, arm));
                        outputs.push(Output::Expose(*experiment, arm));
                        arm
                    }
                };
                arms.get(usize::from(arm)).and_then(|arm| arm.next)
            }
            CardKind::Flow { entry, next, .. } => {
                if self.calls.len() >= FLOW_DEPTH {
                    return *next;
                }
                self.calls.push(*next);
                Some(*entry)
            }
            _ => None,
        }
    }

    fn is_known(&self, edition: &Edition, capture: &Capture) -> bool {
        if capture.known != KnownValue::Skip {
            return false;
        }
        match newest(&self.given, capture.attribute) {
            Some(value) => value.is_some_and(|value| !value.is_empty()),
            None => edition
                .attributes
                .get(usize::from(capture.attribute.0))
                .and_then(|attribute| attribute.known)
                .is_some_and(|atom| bit(&self.facts.atoms, atom.0)),
        }
    }

    fn say(&mut self, card: CardId) {
        if !self.said.contains(&card) {
            self.said.push(card);
        }
    }
}

/// The arm whose share of all weights holds this visitor's point.
fn draw(seed: u64, experiment: u64, arms: &[Arm]) -> u8 {
    let total: u64 = arms.iter().map(|arm| u64::from(arm.weight)).sum();
    if total == 0 {
        return 0;
    }
    // The upper bits of FNV-1a are the well mixed ones.
    let mut point = (fnv1a(seed, &experiment.to_le_bytes()) >> 20) % total;
    for (n, arm) in (0u8..).zip(arms) {
        let weight = u64::from(arm.weight);
        if point < weight {
            return n;
        }
        point -= weight;
    }
    0
}
