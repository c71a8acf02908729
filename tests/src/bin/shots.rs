//! Pictures of everything visitors see, to be looked at: every state of the chat by plans of `tests/shots`, and the use
//! cases on the demo.
//!
//! `cargo run --package usher-tests --bin shots -- FOLDER [WORD]` writes PNG files into FOLDER; with WORD only those
//! whose name contains it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use usher_tests::chromium::{Manner, Touch};
use usher_tests::demo::Demo;
use usher_tests::plan::{Plan, find, read};
use usher_tests::run::{Machine, Visitor, walk};

/// What a visitor does on the demo.
#[derive(Clone, Copy, Debug)]
enum Step {
    Visit(&'static str),
    Wait(i64),
    Open,
    Answer(&'static str),
    Type(&'static str),
    OpenDocument,
    Book,
    Picture(&'static str),
}

use Step::{Answer, Book, Open, OpenDocument, Picture, Type, Visit, Wait};

/// The use cases.
const CASES: [(&str, &[Step]); 8] = [
    (
        "1-default",
        &[
            Visit("/"),
            Picture("poke"),
            Open,
            Picture("choices"),
            Answer("I would like a demo"),
            Answer("250 to 5,000"),
            Picture("name"),
            Type("Kim"),
            Type("Acme"),
            Picture("agreement"),
            Type("kim@gmail.com"),
            Picture("refused"),
            Type("kim@acme.example"),
            Picture("slots"),
            Book,
            Picture("booked"),
        ],
    ),
    (
        "1-retail",
        &[
            Visit("/demo/as/robin"),
            Picture("poke"),
            Open,
            Answer("Filling store-manager roles"),
            Answer("We do not know who is ready"),
            Picture("document"),
        ],
    ),
    (
        "2-event",
        &[
            Visit("/events/talent-day"),
            Picture("poke"),
            Answer("Yes, please"),
            Picture("link"),
        ],
    ),
    (
        "2-known",
        &[
            Visit("/demo/as/ada"),
            Visit("/events/talent-day"),
            Picture("poke"),
            Answer("Yes, please"),
            Picture("address"),
            Answer("Yes"),
            Picture("registered"),
            Visit("/demo/mailbox"),
            Picture("mailbox"),
        ],
    ),
    (
        "3-campaign",
        &[
            Visit("/landing/talent-index"),
            Picture("arrival"),
            Visit("/survey/thank-you?growth=4&clarity=3&moves=2"),
            Picture("thank-you"),
            Answer("Compare it with my industry"),
            Picture("industries"),
        ],
    ),
    (
        "4-pricing",
        &[
            Visit("/pricing"),
            Wait(6_000),
            Picture("call"),
            Answer("Up to 250"),
            Picture("offer"),
        ],
    ),
    (
        "5-customer",
        &[
            Visit("/demo/as/maya"),
            Visit("/account"),
            Picture("poke"),
            Answer("New managers"),
            Picture("document"),
            OpenDocument,
            Picture("useful"),
        ],
    ),
    (
        "6-swedish",
        &[
            Visit("/sv/"),
            Picture("poke"),
            Open,
            Answer("Jag har en fråga"),
            Picture("fraga"),
        ],
    ),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = words.first() else {
        eprintln!("shots FOLDER [WORD]");
        return ExitCode::FAILURE;
    };
    let only = words.get(1).map_or("", String::as_str);
    match shoot(Path::new(folder), only) {
        Ok(count) => {
            println!("{count} pictures in {folder}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// The browsers that pictures are taken in.
fn manners() -> [(&'static str, Manner); 4] {
    let desktop = Manner::default();
    let phone = Manner {
        size: (390, 844),
        touch: Touch::Fingers,
        ..Manner::default()
    };
    let dark = Manner {
        dark: true,
        ..Manner::default()
    };
    let small = Manner {
        size: (320, 640),
        touch: Touch::Fingers,
        ..Manner::default()
    };
    [
        ("desktop", desktop),
        ("phone", phone),
        ("dark", dark),
        ("320px", small),
    ]
}

fn shoot(folder: &Path, only: &str) -> Result<usize, String> {
    std::fs::create_dir_all(folder).map_err(|fault| fault.to_string())?;
    let machine = Machine::shared()?;
    let mut count = 0;
    let states = Path::new(env!("CARGO_MANIFEST_DIR")).join("shots");
    for file in find(&states).map_err(|fault| fault.to_string())? {
        let plan = read(&file).map_err(|fault| fault.to_string())?;
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for (device, manner) in manners() {
            let prefix = format!("{name}-{device}");
            if prefix.contains(only) {
                count += of_plan(&plan, manner, &folder.join(prefix))?;
            }
        }
    }
    let wanted = |name: &str, device: &str| format!("{name}-{device}").contains(only);
    let mut demo = None;
    for (device, manner) in manners() {
        for (name, steps) in CASES.iter().filter(|(name, _)| wanted(name, device)) {
            let demo: &Demo = match &mut demo {
                Some(demo) => demo,
                none => none.insert(Demo::start()?),
            };
            let prefix = folder.join(format!("{name}-{device}"));
            count += of_case(demo, &machine, &manner, steps, &prefix)
                .map_err(|why| format!("{name}: {why}"))?;
        }
    }
    Ok(count)
}

/// A picture of everything a plan expects.
fn of_plan(plan: &Plan, manner: Manner, prefix: &Path) -> Result<usize, String> {
    let mut count = 0;
    walk(plan, manner, &mut |world, line| {
        count += 1;
        let file = file(prefix, &format!("{:02}-{}", count, line.text));
        std::fs::write(file, world.picture()?).map_err(|fault| fault.to_string())
    })?;
    Ok(count)
}

fn of_case(
    demo: &Demo,
    machine: &Arc<Machine>,
    manner: &Manner,
    steps: &[Step],
    prefix: &Path,
) -> Result<usize, String> {
    let mut visitor = demo.visitor(machine)?;
    visitor.manner = manner.clone();
    let mut count = 0;
    for step in steps {
        take(&mut visitor, demo, *step, prefix, &mut count)
            .map_err(|why| format!("{step:?}: {why}"))?;
    }
    Ok(count)
}

fn take(
    visitor: &mut Visitor,
    demo: &Demo,
    step: Step,
    prefix: &Path,
    count: &mut usize,
) -> Result<(), String> {
    match step {
        Visit(path) => visitor.visit(&demo.page(path), None),
        Wait(ms) => visitor.pass(ms),
        Open => visitor.open(),
        Answer(label) => {
            // A phone may show the launcher alone.
            if visitor.read()?.offers.is_empty() {
                visitor.open()?;
                visitor.settle()?;
            }
            visitor.answer(label)
        }
        Type(text) => visitor.write(text),
        OpenDocument => visitor.open_document(),
        Book => visitor.book_first(),
        Picture(name) => {
            *count += 1;
            let picture = visitor.open_tab()?.picture()?;
            let file = file(prefix, &format!("{:02}-{name}", *count));
            std::fs::write(file, picture).map_err(|fault| fault.to_string())
        }
    }?;
    visitor.settle()
}

/// A file's name without anything that is not welcome there.
fn file(prefix: &Path, words: &str) -> PathBuf {
    let words: String = words
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .take(48)
        .collect();
    let name = prefix
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    prefix.with_file_name(format!("{name}-{}.png", words.trim_matches('-')))
}
