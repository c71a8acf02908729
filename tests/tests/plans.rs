//! The plans in `tests/plans` as a body: all of them read, and their rules are indexed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use usher_tests::plan::{
    Action, CardKind, Change, Definition, Expectation, Level, Plan, Statement, find, read,
};

/// Where rules are shown that plans have no words for.
const ENGINE_TESTS: [&str; 2] = [
    include_str!("../../engine/tests/flows.rs"),
    include_str!("../../engine/src/compile/forms.rs"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plans")
}

fn plans() -> Vec<Plan> {
    let files = find(&folder()).unwrap();
    let read: Vec<_> = files.iter().map(|file| read(file)).collect();
    let faults: Vec<_> = read
        .iter()
        .filter_map(|plan| plan.as_ref().err())
        .map(ToString::to_string)
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    read.into_iter().flatten().collect()
}

/// `folder/name`, without the ending.
fn name(plan: &Plan) -> String {
    let name = plan.file.strip_prefix(folder()).unwrap().with_extension("");
    name.to_str().unwrap().to_owned()
}

/// Per rule of the index, the plans it lists.
fn index() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(folder().join("RULES.md")).unwrap();
    let mut index = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
        let [rule, meaning, plans] = cells[..] else {
            panic!("not three cells: {line}");
        };
        assert!(!meaning.trim().is_empty(), "{rule} has no meaning");
        let ticked = |cell: &str| cell.trim().trim_matches('`').to_owned();
        if let Some(test) = plans.trim().strip_prefix("test ") {
            let named = format!("fn {}()", ticked(test));
            assert!(
                ENGINE_TESTS.iter().any(|tests| tests.contains(&named)),
                "{rule}: there is no {named}"
            );
            continue;
        }
        let plans = plans.split(", ").map(ticked).collect();
        assert!(
            index.insert(ticked(rule), plans).is_none(),
            "{rule} is listed twice"
        );
    }
    index
}

#[test]
fn there_are_enough_of_them() {
    let plans = plans();
    let page_views = plans
        .iter()
        .flat_map(|plan| &plan.lines)
        .filter(|line| {
            matches!(
                line.statement,
                Statement::Do(Action::Visit { .. } | Action::Refresh)
            )
        })
        .count();
    let in_browser = plans
        .iter()
        .filter(|plan| plan.level(Level::Engine) == Level::Browser)
        .count();
    assert!(plans.len() >= 70, "{} plans", plans.len());
    assert!(page_views >= 220, "{page_views} page views");
    assert!(in_browser >= 25, "{in_browser} plans in a browser");
}

#[test]
fn every_plan_says_its_rule_and_expects_something() {
    let mut summaries = BTreeSet::new();
    for plan in plans() {
        let name = name(&plan);
        assert!(
            plan.summary.ends_with('.'),
            "{name} begins with no sentence"
        );
        assert!(
            summaries.insert(plan.summary.clone()),
            "{name} says the same as another plan"
        );
        assert!(!plan.rules.is_empty(), "{name} names no rule");
        let expects = |statement: &Statement| {
            matches!(statement, Statement::Expect(_) | Statement::Cannot(_))
        };
        assert!(
            plan.lines.iter().any(|line| expects(&line.statement)),
            "{name} expects nothing"
        );
    }
}

#[test]
fn the_index_lists_every_rule_with_exactly_its_plans() {
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for plan in plans() {
        for rule in &plan.rules {
            named.entry(rule.clone()).or_default().insert(name(&plan));
        }
    }
    let index = index();
    for (rule, plans) in &named {
        assert_eq!(index.get(rule), Some(plans), "{rule} in RULES.md");
    }
    for rule in index.keys() {
        assert!(named.contains_key(rule), "{rule} is named by no plan");
    }
}

/// Where the cards of a block lead, those that stay from a source or an earlier block not counted.
fn ways(change: &Change) -> Vec<&str> {
    let ways = |kind: &'_ CardKind| -> Vec<Option<String>> {
        match kind.clone() {
            CardKind::Message { to, .. }
            | CardKind::Goal { to, .. }
            | CardKind::Action { to, .. }
            | CardKind::Flow { to, .. } => vec![to],
            CardKind::Question { answers, .. } => {
                answers.into_iter().map(|answer| answer.to).collect()
            }
            CardKind::Capture(capture) => vec![capture.given, capture.skipped],
            CardKind::Document {
                opened, declined, ..
            } => vec![opened, declined],
            CardKind::Meeting(meeting) => {
                vec![meeting.booked, meeting.none, meeting.unavailable]
            }
            CardKind::Branch { cases, otherwise } => cases
                .into_iter()
                .map(|case| case.to)
                .chain([otherwise])
                .collect(),
            CardKind::Experiment { arms } => arms.into_iter().map(|arm| arm.to).collect(),
        }
    };
    let names: BTreeSet<_> = change.cards.iter().map(|card| card.name.as_str()).collect();
    let lost: BTreeSet<String> = change
        .cards
        .iter()
        .flat_map(|card| ways(&card.kind))
        .flatten()
        .filter(|to| !names.contains(to.as_str()))
        .collect();
    assert!(lost.is_empty(), "no such cards: {lost:?}");
    names.into_iter().collect()
}

#[test]
fn what_is_published_leads_to_cards_that_are_there() {
    for plan in plans() {
        let refused: BTreeSet<_> = plan
            .lines
            .iter()
            .filter_map(|line| match &line.statement {
                Statement::Cannot(Action::Publish(name)) => Some(name),
                _ => None,
            })
            .collect();
        for line in &plan.lines {
            if let Statement::Define(Definition::Dialogue {
                name,
                source: None,
                change,
            }) = &line.statement
                && !refused.contains(name)
            {
                assert!(!ways(change).is_empty(), "{name} has no cards");
            }
        }
    }
}

#[test]
fn every_dialogue_of_a_plan_is_used() {
    for plan in plans() {
        for line in &plan.lines {
            let Statement::Define(Definition::Dialogue { name: dialogue, .. }) = &line.statement
            else {
                continue;
            };
            let used = plan.lines.iter().any(|other| match &other.statement {
                Statement::Do(Action::Publish(name)) | Statement::Cannot(Action::Publish(name)) => {
                    name == dialogue
                }
                Statement::Expect(Expectation::WhyNot(name, _)) => name == dialogue,
                _ => false,
            });
            assert!(used, "{}: {dialogue} is never published", name(&plan));
        }
    }
}
