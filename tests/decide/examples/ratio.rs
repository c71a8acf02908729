//! How the decision compares with a plain loop over every dialogue, in one run: the same publication,
//! the same page views, the same answers.

use engine::compile::{Compiled, Live, Look, Settings, publication, theme};
use engine::compiled::{Consent, Op, Pattern, Publication, Test, encode};
use engine::ids::{DialogueId, EditionId, Timestamp};
use engine::url::PageUrl;
use std::hint::black_box;
use std::time::{Duration, Instant};
use usher_decide::Decision;

const SECTIONS: [&str; 8] = [
    "pricing",
    "product",
    "docs",
    "blog",
    "customers",
    "events",
    "partners",
    "careers",
];
const TOPICS: [&str; 10] = [
    "security",
    "analytics",
    "mail",
    "mobile",
    "webinar",
    "finance",
    "retail",
    "health",
    "migration",
    "roi",
];
const HOSTS: [&str; 3] = ["www.example.com", "docs.example.com", "example.org"];

struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn pattern(&mut self) -> String {
        let (host, section, topic) = (self.pick(&HOSTS), self.pick(&SECTIONS), self.pick(&TOPICS));
        match self.below(4) {
            0 => format!("{host}/{section}/*"),
            1 => format!("*.example.com/{section}/*{topic}*"),
            2 => format!("{host}/{section}/{topic}"),
            _ => format!("*/{section}/*/{topic}"),
        }
    }

    fn page(&mut self) -> String {
        if self.below(2) == 0 {
            return format!("https://landing.example.net/lp/{}", self.below(1_000));
        }
        let (host, section) = (self.pick(&HOSTS), self.pick(&SECTIONS));
        format!(
            "https://{host}/{section}/{}/{}",
            self.pick(&TOPICS),
            self.pick(&TOPICS)
        )
    }
}

fn main() {
    println!(
        "seed 1, page views per second, medians of 5 rounds; half of the page views match nothing"
    );
    println!(
        "{:>10}{:>14}{:>14}{:>8}{:>22}",
        "dialogues", "plain loop", "engine", "ratio", "opening + first"
    );
    for size in [10, 100, 1_000, 10_000] {
        let mut chance = Chance(1);
        let published = publish(size, &mut chance);
        let bytes = encode(&published);
        let plain: Vec<(Vec<Pattern>, Vec<Pattern>)> = plain(&published);
        let pages: Vec<String> = (0..256).map(|_| chance.page()).collect();
        let since = Instant::now();
        let mut decision = Decision::new(&bytes).expect("bytes that were just written");
        black_box(decision.decide(&pages[0]));
        let first = since.elapsed();
        for page in &pages {
            assert_eq!(decision.decide(page), by_loop(&plain, page), "{page}");
        }
        let looped = rate(&pages, |page| by_loop(&plain, page));
        let decided = rate(&pages, |page| decision.decide(page));
        println!(
            "{size:>10}{looped:>14.0}{decided:>14.0}{:>8.1}{:>19.2} ms",
            decided / looped,
            first.as_secs_f64() * 1e3
        );
    }
}

fn publish(size: usize, chance: &mut Chance) -> Publication {
    let compiled: Vec<Compiled> = (0..size)
        .map(|n| {
            let id = u32::try_from(n).expect("few dialogues");
            let mut patterns = |count: usize| -> Vec<Pattern> {
                (0..count)
                    .map(|_| Pattern::parse(&chance.pattern()).expect("a pattern"))
                    .collect()
            };
            Compiled {
                id: EditionId(edition_bytes(id)),
                graph: [0; 16],
                dialogue: DialogueId(id),
                name: n.to_string(),
                campaign: String::new(),
                priority: 50,
                editions: Vec::new(),
                targets: patterns(2),
                excluded: patterns(1),
                criteria: vec![engine::compiled::Condition::Page(
                    engine::compiled::PageField::Device,
                    Test {
                        op: Op::IsNot,
                        values: vec![engine::value::Value::Text("phone".into())],
                        days: 0,
                    },
                )],
                criteria_words: Vec::new(),
                visited: Vec::new(),
                events: Vec::new(),
                repeat: engine::compiled::Repeat::Once,
                atoms: Vec::new(),
                openings: Vec::new(),
                confirmations: Vec::new(),
                flows: Vec::new(),
                surface: None,
                clicks: Vec::new(),
            }
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
        workspace: "bench".into(),
        chat_on: true,
        consent: Consent::Full,
        theme: theme(&Look::default()).expect("the default look is readable"),
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    publication(&live, &mut settings)
}

fn plain(published: &Publication) -> Vec<(Vec<Pattern>, Vec<Pattern>)> {
    let mut all: Vec<(Vec<Pattern>, Vec<Pattern>)> =
        vec![Default::default(); published.entries.len()];
    for target in published.targets.patterns.iter() {
        for place in &target.includes {
            all[usize::from(*place)].0.push(target.pattern.clone());
        }
    }
    for (entry, (_, excluded)) in published.entries.iter().zip(&mut all) {
        let patterns = entry
            .excluded
            .iter()
            .filter_map(|id| published.targets.patterns.get(*id));
        excluded.extend(patterns.map(|target| target.pattern.clone()));
    }
    all
}

fn by_loop(all: &[(Vec<Pattern>, Vec<Pattern>)], page: &str) -> Option<u16> {
    let url = PageUrl::parse(page)?;
    let covers = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.covers(&url));
    let place = all
        .iter()
        .position(|(included, excluded)| covers(included) && !covers(excluded))?;
    u16::try_from(place).ok()
}

fn rate(pages: &[String], mut decide: impl FnMut(&str) -> Option<u16>) -> f64 {
    let mut rounds: Vec<f64> = (0..5)
        .map(|_| {
            let since = Instant::now();
            let mut count = 0u32;
            while since.elapsed() < Duration::from_millis(200) {
                for page in pages {
                    black_box(decide(page));
                }
                count += u32::try_from(pages.len()).unwrap_or(0);
            }
            f64::from(count) / since.elapsed().as_secs_f64()
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[2]
}

/// A number as an edition's name.
fn edition_bytes(n: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    bytes
}
