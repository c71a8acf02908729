//! Reading, statement by statement.

use super::*;
use crate::plan::{
    Capture, CardKind, Condition, Consent, Count, Counter, Effect, Event, Form, Group, Identity,
    InputKind, Repeat, Strength, Value,
};

fn plan(text: &str) -> Plan {
    parse(Path::new("a.plan"), text).unwrap()
}

fn fault(text: &str) -> (usize, String) {
    let error = parse(Path::new("folder/a.plan"), text).unwrap_err();
    assert!(error.to_string().starts_with("folder/a.plan:"), "{error}");
    (error.line, error.message)
}

fn statements(text: &str) -> Vec<Statement> {
    plan(text)
        .lines
        .into_iter()
        .map(|line| line.statement)
        .collect()
}

#[test]
fn a_plan_has_a_sentence_rules_and_numbered_lines() {
    let plan =
        plan("# One rule.\n# rule: a-rule\n# rule: b-rule\n\nchat off  # for now\n\nchat on\n");
    assert_eq!(plan.summary, "One rule.");
    assert_eq!(plan.rules, ["a-rule", "b-rule"]);
    let places: Vec<_> = plan
        .lines
        .iter()
        .map(|line| (line.number, line.text.as_str()))
        .collect();
    assert_eq!(places, [(5, "chat off  # for now"), (7, "chat on")]);
}

#[test]
fn a_dialogue_holds_everything_its_block_says() {
    let text = r#"
dialogue Base
  target https://w.example/1
dialogue Copy from Base
  target *.w.example/a/*
  not https://w.example/a/b#c
  priority 10
  campaign "Spring"
  language "sv"
  details name "Day", link "https://w.example/d"
  utm medium "web", source "us"
  when person.size at least 10
  when any
    page.language is "sv"
    not member of list "Old"
  event time on page 30s
  event scroll 50%
  event exit intent
  repeat every 30d
  no back
  card hello message "Hi."
  in "en"
    "Hi." is "Hello."
"#;
    let [
        _,
        Statement::Define(Definition::Dialogue {
            name,
            source,
            change,
        }),
    ] = &statements(text)[..]
    else {
        panic!("not a dialogue");
    };
    assert_eq!(name, "Copy");
    assert_eq!(source, &Some(Source::Named("Base".into())));
    assert_eq!(change.targets, ["*.w.example/a/*"]);
    assert_eq!(change.exclusions, ["https://w.example/a/b#c"]);
    assert_eq!(change.priority, Some(10));
    assert_eq!(change.campaign.as_deref(), Some("Spring"));
    assert_eq!(change.language.as_deref(), Some("sv"));
    assert_eq!(change.details.len(), 2);
    assert_eq!(change.utm[1], ("source".into(), "us".into()));
    assert!(matches!(&change.criteria[1], Condition::Group(Group::Any, of) if of.len() == 2));
    assert_eq!(change.events[1..], [Event::Scroll(50), Event::ExitIntent]);
    assert!(matches!(change.repeat, Some(Repeat::Every(every)) if every.days() == Some(30)));
    assert_eq!((change.back, change.restart), (Some(false), None));
    assert_eq!(
        change.translations[0].texts,
        [("Hi.".into(), "Hello.".into())]
    );
}

#[test]
fn every_kind_of_card_is_read() {
    let text = r#"
flow All
  card ask question person.topic "What?"
    "One" stores 1 confirms identity -> more
    "Two"
  card more capture person.email "Where?" skip when known business only blocked "a.example" "b.example" -> pick
  card pick capture person.size "How many?" from "1" "2" as number optional given -> won, skipped -> bye
  card won goal "Won" score 2 confirmation "Yes" -> paper
  card paper document "Paper" https://w.example/p.pdf declined -> bye
  card book meeting "When?" with A2 booked -> bye
  card mark action person.stage true -> bye
  card check branch
    person.size is not empty -> bye
    otherwise -> won
  card ab experiment
    "Short" 100 -> bye
    "Long" 0
  card sub flow Other -> bye
  card bye message "Bye."
"#;
    let [Statement::Define(Definition::Flow { change, .. })] = &statements(text)[..] else {
        panic!("not a flow");
    };
    let kinds: Vec<_> = change.cards.iter().map(|card| &card.kind).collect();
    let CardKind::Question { answers, .. } = kinds[0] else {
        panic!()
    };
    assert_eq!(answers[0].effect, Some(Effect::ConfirmsIdentity));
    assert!(matches!(answers[0].stores, Some(Value::Number(_))));
    assert_eq!(answers[1].to, None);
    let CardKind::Capture(Capture {
        skip_when_known: true,
        business_only: true,
        blocked,
        given,
        skipped,
        ..
    }) = kinds[1]
    else {
        panic!()
    };
    assert_eq!(blocked.len(), 2);
    assert_eq!(
        (given, skipped),
        (&Some("pick".into()), &Some("pick".into()))
    );
    let CardKind::Capture(pick) = kinds[2] else {
        panic!()
    };
    assert_eq!(
        (pick.picks.len(), pick.input, pick.optional),
        (2, Some(InputKind::Number), true)
    );
    assert_eq!(
        (pick.given.as_deref(), pick.skipped.as_deref()),
        (Some("won"), Some("bye"))
    );
    assert!(matches!(
        kinds[3],
        CardKind::Goal {
            score: Some(2),
            confirmation: Some(_),
            ..
        }
    ));
    assert!(matches!(
        kinds[4],
        CardKind::Document {
            opened: None,
            declined: Some(_),
            ..
        }
    ));
    assert!(
        matches!(kinds[5], CardKind::Meeting(meeting) if meeting.agent.as_deref() == Some("A2") && meeting.none.is_none())
    );
    assert!(matches!(
        kinds[6],
        CardKind::Action {
            value: Value::Boolean(true),
            ..
        }
    ));
    assert!(matches!(kinds[7], CardKind::Branch { cases, otherwise: Some(_) } if cases.len() == 1));
    assert!(
        matches!(kinds[8], CardKind::Experiment { arms } if arms[0].weight == 100 && arms[1].to.is_none())
    );
    assert!(matches!(kinds[9], CardKind::Flow { .. }));
    assert!(matches!(kinds[10], CardKind::Message { to: None, .. }));
}

#[test]
fn a_person_is_defined_once_and_then_asserted() {
    let [
        Statement::Define(_),
        Statement::Expect(asserted),
        Statement::Do(Action::SetPerson(set)),
        Statement::Expect(mailed),
    ] = &statements(
        "person Ada email \"a@b.example\"\nperson Ada stage empty\nset person Ada list \"New\"\nperson with email \"a@b.example\" stage \"MQL\"",
    )[..]
    else {
        panic!("other statements");
    };
    assert!(
        matches!(asserted, Expectation::Person(PersonHolds::Named(_), fields) if fields[0].value.is_none())
    );
    assert_eq!(set.lists, ["New"]);
    assert!(matches!(
        mailed,
        Expectation::Person(PersonHolds::WithEmail(_), _)
    ));
}

#[test]
fn consent_is_a_setting_before_the_first_visit_and_a_call_after() {
    let found = statements("consent wait\nvisit https://w.example/1\nconsent full");
    assert_eq!(
        found[0],
        Statement::Define(Definition::Consent(Consent::Wait))
    );
    assert_eq!(found[2], Statement::Do(Action::Consent(Consent::Full)));
}

#[test]
fn a_visitor_is_described_on_its_line() {
    let found =
        statements("visitor V2 is Ada verified, language \"sv\", device phone, signals gpc");
    let [Statement::Do(Action::Visitor(visitor))] = &found[..] else {
        panic!()
    };
    assert_eq!(
        visitor.identity,
        Some(Identity::Person("Ada".into(), Strength::Verified))
    );
    assert_eq!(visitor.language.as_deref(), Some("sv"));
    assert!(visitor.gpc && !visitor.tabs_apart);
}

#[test]
fn expectations_are_typed() {
    let found = statements(
        "dialogue D1\nshows D1 as poke\ncounts D1 triggered 1 meetings 0\nsays nothing new\noffers slot 2027-01-05T09:30Z\nrefuses",
    );
    assert!(matches!(
        found[1],
        Statement::Expect(Expectation::Shows(_, Some(Form::Poke)))
    ));
    let counts = vec![
        Count {
            counter: Counter::Triggered,
            count: 1,
        },
        Count {
            counter: Counter::Meetings,
            count: 0,
        },
    ];
    assert_eq!(
        found[2],
        Statement::Expect(Expectation::Counts("D1".into(), counts))
    );
    assert_eq!(found[3], Statement::Expect(Expectation::SaysNothingNew));
    assert!(matches!(
        found[4],
        Statement::Expect(Expectation::OffersSlot(_))
    ));
    assert_eq!(found[5], Statement::Expect(Expectation::Refuses(None)));
}

#[test]
fn what_cannot_be_done_may_have_a_block() {
    let found =
        statements("dialogue D1\ncannot back\ncannot publish D1\ncannot correct D1\n  priority 3");
    assert_eq!(found[1], Statement::Cannot(Action::Back));
    assert!(
        matches!(&found[3], Statement::Cannot(Action::Correct(_, change)) if change.priority == Some(3))
    );
}

#[test]
fn an_unknown_word_names_its_line() {
    assert_eq!(
        fault("chat off\n\nsings \"la\""),
        (3, "unknown word: sings".into())
    );
    assert_eq!(fault("cannot sing"), (1, "unknown action: sing".into()));
    assert_eq!(
        fault("dialogue D1\n  colour red"),
        (2, "unknown word in the block of a dialogue: colour".into())
    );
    assert_eq!(
        fault("flow F\n  target https://w.example"),
        (2, "unknown word in the block of a flow: target".into())
    );
    assert_eq!(
        fault("dialogue D1\n  card a poem \"x\""),
        (2, "unknown kind of card: poem".into())
    );
}

#[test]
fn a_torn_line_is_a_fault_of_that_line() {
    for (text, line) in [
        ("visit w.example", 1),
        ("chat off now", 1),
        ("wait", 1),
        ("chat off\n   chat on", 2),
        ("  chat off", 1),
        ("chat off\n  chat on", 2),
        ("dialogue D1\n  card a question \"?\"\n    \"Yes\" -> ", 3),
        (
            "dialogue D1\n  card a branch\n    otherwise -> b\n    person.a is \"b\" -> c",
            3,
        ),
        ("dialogue D1\n  when any", 2),
        ("dialogue D1\n  event scroll 101%", 2),
        ("dialogue D1\n  details name \"a\",", 2),
        ("dialogue D1\n\tpriority 1", 2),
        ("dialogue D1\ndialogue D1", 2),
        ("shows D1", 1),
        ("dialogue D1\ncounts D1", 2),
        ("dialogue D1\ncounts D1 triggered 1 triggered 2", 2),
        ("meeting A1 2027-01-05T09:00Z", 1),
        ("change D1", 1),
        ("person Ada email empty", 1),
        ("tab 0", 1),
    ] {
        assert_eq!(fault(text).0, line, "{text}");
    }
}

#[test]
fn a_missing_file_is_told() {
    let error = read(Path::new("nowhere/at-all.plan")).unwrap_err();
    assert_eq!(error.line, 0);
    assert!(find(Path::new("nowhere")).is_err());
}
