//! Published documents of a busy workspace, made up from a seed, to hold them against their budgets.

use engine::authored::{
    Answer, Audience, Card, CardKind, Criterion, Dialogue, Effect, Known, Operator, Refuse, Scalar,
    Stream, Text,
};
use engine::check::Catalogue;
use engine::compile::{
    Compiled, Live, Look, RULES_BYTES, Settings, compile, loader_rules, publication, theme,
};
use engine::compiled::{Consent, encode};
use engine::ids::{DialogueId, Timestamp};

const WORDS: [&str; 48] = [
    "talent", "people", "report", "guide", "team", "skills", "hiring", "growth", "survey",
    "result", "webinar", "event", "price", "plan", "demo", "call", "question", "answer", "market",
    "retail", "health", "finance", "public", "sector", "north", "south", "office", "remote",
    "manager", "director", "learning", "course", "career", "ladder", "review", "season", "budget",
    "forecast", "quarter", "culture", "benefit", "policy", "contract", "platform", "customer",
    "partner", "story", "season",
];

struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    fn sentence(&mut self, words: usize) -> String {
        let mut text: Vec<&str> = (0..words).map(|_| self.word()).collect();
        text.insert(words / 2, "for your");
        text.join(" ") + "?"
    }
}

/// The index of so many dialogues, and the loader's rules for it as JSON.
#[must_use]
pub fn index(dialogues: u32) -> (Vec<u8>, Vec<u8>) {
    let mut chance = Chance(1);
    let compiled: Vec<Compiled> = (0..dialogues)
        .map(|n| {
            let dialogue = dialogue(&mut chance, n, 6);
            compile(&dialogue, DialogueId(n), &Catalogue::default())
                .expect("a made-up dialogue compiles")
        })
        .collect();
    let live: Vec<Live<'_>> = compiled
        .iter()
        .zip(0..)
        .map(|(compiled, n)| Live {
            compiled,
            first_published: Timestamp(n),
        })
        .collect();
    let mut settings = Settings {
        workspace: "acme".into(),
        chat_on: true,
        consent: Consent::Full,
        theme: theme(&Look::default()).expect("the default look is readable"),
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    let publication = publication(&live, &mut settings);
    let rules = serde_json::to_vec(&loader_rules(&publication, Vec::new(), RULES_BYTES))
        .expect("rules are JSON");
    (encode(&publication), rules)
}

/// An edition of so many cards.
#[must_use]
pub fn edition(cards: usize) -> Vec<u8> {
    let dialogue = dialogue(&mut Chance(2), 1, cards);
    let compiled = compile(&dialogue, DialogueId(1), &Catalogue::default())
        .expect("a made-up dialogue compiles");
    encode(&compiled.editions[0])
}

fn dialogue(chance: &mut Chance, n: u32, cards: usize) -> Dialogue {
    let (section, page) = (chance.word(), chance.word());
    let criterion = |name: &str, op, value: Option<&str>| Criterion::Attribute {
        name: name.into(),
        op,
        values: value
            .map(|value| Scalar::Text(value.into()))
            .into_iter()
            .collect(),
        days: None,
    };
    Dialogue {
        name: format!("{section} {page} {n}"),
        campaign: chance.word().into(),
        priority: 1 + (n % 100) as u8,
        language: "en".into(),
        back: true,
        restart: true,
        audience: Audience {
            targets: vec![
                format!("https://www.example.com/{section}/{page}/*"),
                format!("https://*.example.com/{page}"),
            ],
            exclusions: vec![format!("https://www.example.com/{section}/private/*")],
            criteria: vec![
                criterion("person.email", Operator::IsNotEmpty, None),
                criterion("company.industry", Operator::Is, Some(chance.word())),
            ],
            events: Vec::new(),
        },
        stream: Stream {
            cards: (0..cards).map(|place| card(chance, place, cards)).collect(),
        },
        ..Dialogue::default()
    }
}

fn card(chance: &mut Chance, place: usize, cards: usize) -> Card {
    let next = |n: usize| (n < cards).then(|| format!("card{n}"));
    let then = next(place + 1);
    let kind = match place % 4 {
        0 => CardKind::Question {
            text: Text::Plain(chance.sentence(9)),
            attribute: None,
            answers: (0..3)
                .map(|n| Answer {
                    label: Text::Plain(format!("{} {} {n}", chance.word(), chance.word())),
                    stores: None,
                    effect: Effect::None,
                    then: then.clone(),
                })
                .collect(),
        },
        1 => CardKind::Message {
            text: Text::Plain(chance.sentence(22)),
            then,
        },
        2 => CardKind::Capture {
            text: Text::Plain(chance.sentence(7)),
            placeholder: Text::Plain("name@company.example".into()),
            attribute: "person.email".into(),
            input: None,
            picklist: Vec::new(),
            known: Known::Overwrite,
            optional: false,
            refuse: Refuse::default(),
            agreement: None,
            given: then,
            skipped: None,
        },
        _ => CardKind::Goal {
            goal: format!("{} {}", chance.word(), place),
            score: Some(2),
            confirmation: None,
            then,
        },
    };
    Card {
        entry: false,
        id: format!("card{place}"),
        kind,
    }
}
