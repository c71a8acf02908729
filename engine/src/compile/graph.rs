//! What only the whole graph shows: cards nobody reaches, circles without a visitor,
//! and things that would count before anybody answered.

use super::lowering::Lowering;
use crate::compiled::{CardKind, Edition, KnownValue, Route};
use crate::conversation::FLOW_DEPTH;
use crate::ids::CardId;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

/// A card with the flows around it.
type Place = (CardId, Vec<Route>);

pub(super) fn check(edition: &Edition, is_flow: bool, lowering: &mut Lowering<'_>) {
    if lowering
        .streams
        .iter()
        .any(|placed| placed.stream.cards.is_empty())
        || edition.cards.len() > crate::check::CARDS
    {
        return;
    }
    unreachable(edition, lowering);
    circles(edition, lowering);
    if !is_flow && !lowering.has_dead_edge {
        early(edition, lowering);
    }
}

/// Every way on from a card. Flow calls push their return; `None` ends the stream the card is in.
fn ways(kind: &CardKind) -> Vec<Route> {
    match kind {
        CardKind::Message { next, .. } | CardKind::Action { next, .. } => alloc::vec![*next],
        CardKind::Goal(goal) => alloc::vec![goal.next],
        CardKind::Question { answers, .. } => answers.iter().map(|answer| answer.next).collect(),
        CardKind::Capture(capture) if capture.optional => {
            alloc::vec![capture.given, capture.skipped]
        }
        CardKind::Capture(capture) => alloc::vec![capture.given],
        CardKind::Document(document) => alloc::vec![document.opened, document.declined],
        CardKind::Meeting(meeting) => {
            alloc::vec![meeting.booked, meeting.none, meeting.unavailable]
        }
        CardKind::Branch {
            conditions,
            otherwise,
        } => conditions
            .iter()
            .map(|(_, route)| *route)
            .chain([*otherwise])
            .collect(),
        CardKind::Experiment { arms, .. } => arms.iter().map(|arm| arm.next).collect(),
        CardKind::Flow { entry, .. } => alloc::vec![Some(*entry)],
    }
}

/// The ways on that are taken without waiting for the visitor.
fn silent_ways(kind: &CardKind) -> Vec<Route> {
    match kind {
        CardKind::Question { .. } | CardKind::Document(_) | CardKind::Meeting(_) => Vec::new(),
        CardKind::Capture(capture) if capture.known == KnownValue::Skip => {
            alloc::vec![capture.given]
        }
        CardKind::Capture(_) => Vec::new(),
        _ => ways(kind),
    }
}

/// Where a way leads, out of flows if need be. `None`: the conversation ends.
fn follow(kind: &CardKind, route: Route, calls: &[Route]) -> Option<Place> {
    let mut calls = calls.to_vec();
    let mut route = route;
    if let CardKind::Flow { next, .. } = kind {
        if calls.len() >= FLOW_DEPTH {
            route = *next;
        } else {
            calls.push(*next);
        }
    }
    loop {
        match route {
            Some(card) => return Some((card, calls)),
            None => route = calls.pop()?,
        }
    }
}

fn kind_of(edition: &Edition, card: CardId) -> Option<&CardKind> {
    edition
        .cards
        .get(usize::from(card.0))
        .map(|card| &card.kind)
}

fn name_of(edition: &Edition, card: CardId) -> Option<String> {
    edition
        .cards
        .get(usize::from(card.0))
        .map(|card| card.id.clone())
}

/// Every card that a conversation may start at.
fn starts(edition: &Edition) -> Vec<CardId> {
    let entries = edition.entries.iter().copied();
    [edition.opening].into_iter().chain(entries).collect()
}

fn unreachable(edition: &Edition, lowering: &mut Lowering<'_>) {
    let mut seen = BTreeSet::new();
    let mut todo = starts(edition);
    while let Some(card) = todo.pop() {
        if !seen.insert(card) {
            continue;
        }
        if let Some(kind) = kind_of(edition, card) {
            todo.extend(ways(kind).into_iter().flatten());
            if let CardKind::Flow {
                next: Some(next), ..
            } = kind
            {
                todo.push(*next);
            }
        }
    }
    for (n, card) in (0u16..).zip(&edition.cards) {
        if !seen.contains(&CardId(n)) && !card.id.contains('/') {
            lowering.card = Some(card.id.clone());
            lowering.warn("stream", "nothing leads to this card");
        }
    }
    lowering.card = None;
}

/// A circle in which no card waits for the visitor would run for ever.
fn circles(edition: &Edition, lowering: &mut Lowering<'_>) {
    let mut done: BTreeSet<Place> = BTreeSet::new();
    let mut named: BTreeSet<CardId> = BTreeSet::new();
    for n in 0..edition.cards.len() {
        let start = (CardId(u16::try_from(n).unwrap_or(u16::MAX)), Vec::new());
        // Depth first, with the way here on a stack of its own.
        let mut trail: Vec<(Place, Vec<Route>)> = Vec::new();
        let mut enter =
            |place: Place, trail: &mut Vec<(Place, Vec<Route>)>, named: &mut BTreeSet<CardId>| {
                if trail.iter().any(|(other, _)| *other == place) {
                    named.insert(place.0);
                } else if done.insert(place.clone()) {
                    let ways = kind_of(edition, place.0)
                        .map(silent_ways)
                        .unwrap_or_default();
                    trail.push((place, ways));
                }
            };
        enter(start, &mut trail, &mut named);
        while let Some((place, ways)) = trail.last_mut() {
            match ways.pop() {
                Some(route) => {
                    let next =
                        kind_of(edition, place.0).and_then(|kind| follow(kind, route, &place.1));
                    if let Some(next) = next {
                        enter(next, &mut trail, &mut named);
                    }
                }
                None => {
                    trail.pop();
                }
            }
        }
    }
    // One diagnosis per circle: its first card in the author's order.
    if let Some(card) = named.first() {
        lowering.card = name_of(edition, *card);
        lowering.fault(
            "stream",
            "from here the stream comes back without waiting for the visitor; put a question into the circle",
        );
        lowering.card = None;
    }
}

/// Goals, actions and the end must wait for a response.
fn early(edition: &Edition, lowering: &mut Lowering<'_>) {
    let mut seen: BTreeSet<Place> = BTreeSet::new();
    let mut todo: Vec<Place> = starts(edition)
        .into_iter()
        .map(|card| (card, Vec::new()))
        .collect();
    let mut faults: BTreeSet<(CardId, &str)> = BTreeSet::new();
    while let Some(place) = todo.pop() {
        if !seen.insert(place.clone()) {
            continue;
        }
        let (card, calls) = &place;
        let Some(kind) = kind_of(edition, *card) else {
            continue;
        };
        match kind {
            CardKind::Goal(_) => {
                faults.insert((
                    *card,
                    "this goal would be reached before the visitor has answered anything",
                ));
                continue;
            }
            CardKind::Action { .. } => {
                faults.insert((
                    *card,
                    "this action would run before the visitor has answered anything",
                ));
                continue;
            }
            _ => {}
        }
        for route in silent_ways(kind) {
            match follow(kind, route, calls) {
                Some(next) => todo.push(next),
                None => {
                    faults.insert((
                        *card,
                        "the conversation would end here before the visitor has answered anything; add a question",
                    ));
                }
            }
        }
    }
    for (card, message) in faults {
        lowering.card = name_of(edition, card);
        lowering.fault("stream", message);
    }
    lowering.card = None;
}
