//! Documents read in the chat: the viewer, by its visitor's hands and eyes, on another site than the chat's.

use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use usher_tests::chromium::{Chromium, Manner, Touch};
use usher_tests::demo::Demo;
use usher_tests::plan::{Action, parse};
use usher_tests::run::{Machine, Real, World, walk};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");
/// How long something may take to be held.
const PATIENCE: Duration = Duration::from_secs(8);

/// A document on a page, on offer in the open panel.
const SCENE: &str = r#"
pdf https://w.example/pay.pdf 5
dialogue D1
  target https://w.example/1
  card paper document "Pay report" https://w.example/pay.pdf opened -> ask, declined -> bye
  card ask question "Was it useful?"
    "Yes" -> bye
  card bye message "Good."
publish D1
visit https://w.example/1
open
"#;

/// The scene with the document opened, at its first page.
fn reading(manner: &Manner) -> Real {
    let plan = parse(Path::new("scene"), SCENE).unwrap_or_else(|error| panic!("{error}"));
    let world = walk(&plan, manner.clone(), &mut |_, _| Ok(()));
    let mut world = world.unwrap_or_else(|why| panic!("{why}"));
    act(&mut world, &Action::OpenDocument);
    act(&mut world, &Action::ReadPage(1));
    world
}

fn act(world: &mut Real, action: &Action) {
    let done = world.act(action);
    done.unwrap_or_else(|why| panic!("{action:?}: {why}"));
}

fn phone() -> Manner {
    Manner {
        size: (390, 844),
        touch: Touch::Fingers,
        ..Manner::default()
    }
}

/// What a script in the chat's frame gives.
fn ask(world: &mut Real, script: &str) -> Value {
    let frame = world.frame_at_rest().unwrap_or_else(|why| panic!("{why}"));
    let answer = frame.expect("a frame").evaluate(script);
    answer.unwrap_or_else(|why| panic!("{script}: {why}"))
}

/// Waits until a script in the frame gives this.
fn gives(world: &mut Real, script: &str, wanted: &Value) {
    let until = Instant::now() + PATIENCE;
    loop {
        let found = ask(world, script);
        if found == *wanted {
            return;
        }
        assert!(Instant::now() < until, "{script}: {found}, not {wanted}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn press(world: &mut Real, name: &str) {
    let script = format!(
        "document.querySelector('.viewer [aria-label={}]').click()",
        json!(name)
    );
    ask(world, &script);
}

fn keys(world: &mut Real, names: &[&str]) {
    for name in names {
        let tab = world.tab_at_rest().unwrap_or_else(|why| panic!("{why}"));
        tab.key(name).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

/// Nobody complains: neither the page nor the frame, its policies included.
fn no_complaints(world: &mut Real) {
    let tab = world.tab_at_rest().unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(tab.complaints(), []);
}

const PAGE: &str = "document.querySelector('.viewer .number input').value";
const COUNT: &str = "document.querySelector('.viewer .count').textContent";
const OPEN: &str = "!document.querySelector('.viewer') && !document.querySelector('.panel').hidden";
const HELD: &str = "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '').trim()";

#[test]
fn the_report_of_the_demo_is_read_out_of_the_box_and_what_was_read_is_known() {
    if !Chromium::is_here() {
        return;
    }
    let demo = Demo::start().expect("a demo");
    let machine = Machine::shared().expect("a browser");
    let mut reader = demo.visitor(&machine).expect("a visitor");
    let mut done =
        |what: &str, act: &mut dyn FnMut(&mut usher_tests::run::Visitor) -> Result<(), String>| {
            let done = act(&mut reader).and_then(|()| reader.settle());
            done.unwrap_or_else(|why| panic!("{what}: {why}; seen: {:?}", reader.read()));
        };
    done("become Maya", &mut |one| {
        one.visit(&demo.page("/demo/as/maya"), None)
    });
    done("visit", &mut |one| {
        one.visit(&demo.page("/resources/retail-playbook"), None)
    });
    done("open", &mut |one| one.open());
    done("answer", &mut |one| one.answer("Showing that it works"));
    done("open it", &mut |one| one.open_document());
    done("the cover", &mut |one| {
        let words = one.words_of_page(1)?;
        if words.contains("The Talent Index") {
            Ok(())
        } else {
            Err(words)
        }
    });
    done("turn", &mut |one| one.read_page(5));
    done("search", &mut |one| one.search("ready colleague"));
    done("download", &mut |one| one.download());
    done("close", &mut |one| one.close_document());

    let name = "The Talent Index 2026";
    let path = "activities?activity=Interacted%20with%20Document%20in%20Dialogue";
    let until = Instant::now() + PATIENCE;
    let read: Vec<Value> = loop {
        let all = demo.list(path).unwrap_or_else(|why| panic!("{why}"));
        if all.len() >= 2 || Instant::now() > until {
            break all
                .into_iter()
                .map(|one| one["attributes"].clone())
                .collect();
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let (Some(opened), Some(downloaded)) = (read.first(), read.get(1)) else {
        panic!("{read:?}");
    };
    assert_eq!(opened["Document Opened"], true, "{read:?}");
    for one in &read {
        assert_eq!(one["Document Name"], name);
        assert_eq!(
            one["Document URL"],
            format!("{}/resources/talent-index.pdf", demo.site())
        );
    }
    assert_eq!(downloaded["Document Downloaded"], true, "{read:?}");
    assert_eq!(
        downloaded["Document Search Terms"],
        json!(["ready colleague"])
    );
    assert!(
        downloaded["Document Furthest Page"].as_u64() >= Some(5),
        "{read:?}"
    );
    let pages = downloaded["Document Pages Viewed"].as_u64().unwrap_or(0);
    assert!((2..=4).contains(&pages), "{read:?}");
}

#[test]
fn pages_are_turned_enlarged_and_searched() {
    if !Chromium::is_here() {
        return;
    }
    for manner in [Manner::default(), phone()] {
        let mut world = reading(&manner);
        let words = "document.querySelector('.viewer [data-page=\"1\"] .textLayer').textContent";
        let words = ask(&mut world, words).to_string();
        assert!(words.contains("Page 1 of 5"), "{words}");
        press(&mut world, "Next page");
        press(&mut world, "Next page");
        gives(&mut world, PAGE, &json!("3"));
        press(&mut world, "Previous page");
        gives(&mut world, PAGE, &json!("2"));
        let width = "document.querySelector('.viewer [data-page=\"2\"]').offsetWidth";
        let before = ask(&mut world, width).as_f64().unwrap_or(0.0);
        press(&mut world, "Larger");
        let after = ask(&mut world, width).as_f64().unwrap_or(0.0);
        assert!((after / before - 1.25).abs() < 0.01, "{before} to {after}");
        gives(&mut world, PAGE, &json!("2"));
        press(&mut world, "Smaller");

        act(&mut world, &Action::Search("PEOPLE  earn".into()));
        gives(&mut world, COUNT, &json!("2 of 5"));
        press(&mut world, "Next match");
        gives(&mut world, COUNT, &json!("3 of 5"));
        gives(&mut world, PAGE, &json!("3"));
        let marked = "CSS.highlights.get('usher-meant').size === 1 && [].concat.apply([], Array.from(CSS.highlights.get('usher-meant'))).join('')";
        gives(&mut world, marked, &json!("people earn"));
        act(&mut world, &Action::Search("the END.".into()));
        gives(&mut world, COUNT, &json!("1 of 1"));
        gives(&mut world, PAGE, &json!("5"));
        act(&mut world, &Action::Search("nobody wrote this".into()));
        gives(&mut world, COUNT, &json!("No match"));
        act(&mut world, &Action::CloseDocument);
        let viewed = world.holds().viewed("Pay report").expect("it was read");
        assert_eq!(
            viewed.terms,
            ["PEOPLE  earn", "the END.", "nobody wrote this"]
        );
        assert_eq!(viewed.furthest, 5);
        no_complaints(&mut world);
    }
}

#[test]
fn a_document_is_read_and_left_by_keys_alone() {
    if !Chromium::is_here() {
        return;
    }
    let mut world = reading(&Manner::default());
    ask(
        &mut world,
        "document.querySelector('.viewer .pages').focus()",
    );
    keys(&mut world, &["ArrowRight", "ArrowRight"]);
    gives(&mut world, PAGE, &json!("3"));
    keys(&mut world, &["ArrowLeft"]);
    gives(&mut world, PAGE, &json!("2"));
    press(&mut world, "Search the document");
    gives(&mut world, HELD, &json!("Search for"));
    keys(&mut world, &["Escape"]);
    gives(
        &mut world,
        "document.querySelector('.viewer .search').hidden",
        &json!(true),
    );
    // What lies beneath cannot be reached.
    for _ in 0..20 {
        keys(&mut world, &["Tab"]);
        let within = ask(
            &mut world,
            "!document.hasFocus() || document.activeElement === document.body || !!document.activeElement.closest('.viewer')",
        );
        assert_eq!(within, true);
    }
    ask(
        &mut world,
        "document.querySelector('.viewer .pages').focus()",
    );
    keys(&mut world, &["Escape"]);
    gives(
        &mut world,
        "!document.querySelector('.viewer')",
        &json!(true),
    );
    gives(&mut world, HELD, &json!("Yes"));
    assert_eq!(
        ask(&mut world, "!!document.querySelector('[inert]')"),
        false
    );
    no_complaints(&mut world);
}

#[test]
fn on_a_phone_the_way_back_shuts_the_document_and_not_the_chat() {
    if !Chromium::is_here() {
        return;
    }
    let mut world = reading(&phone());
    act(&mut world, &Action::CloseDocument);
    gives(&mut world, OPEN, &json!(true));
    act(&mut world, &Action::Back);
    act(&mut world, &Action::OpenDocument);
    act(&mut world, &Action::ReadPage(2));
    ask(&mut world, "history.back()");
    gives(&mut world, OPEN, &json!(true));
    act(&mut world, &Action::Answer("Yes".into()));
    ask(&mut world, "history.back()");
    gives(
        &mut world,
        "document.querySelector('.panel').hidden",
        &json!(true),
    );
    act(&mut world, &Action::Open);
    assert_eq!(
        world.screen().said.last().map(String::as_str),
        Some("Good.")
    );
    no_complaints(&mut world);
}

#[test]
fn the_viewer_is_clean_to_axe_and_its_controls_are_large_enough() {
    if !Chromium::is_here() {
        return;
    }
    let rules = fs::read_to_string(Path::new(FOLDER).join("axe/node_modules/axe-core/axe.min.js"));
    let rules = rules.expect("axe is here; cargo xtask test --install brings it");
    let dark = Manner {
        dark: true,
        ..Manner::default()
    };
    for manner in [Manner::default(), dark, phone()] {
        let mut world = reading(&manner);
        ask(&mut world, &format!("{rules}\n;0"));
        for state in ["plain", "searching"] {
            if state == "searching" {
                act(&mut world, &Action::Search("people".into()));
                gives(&mut world, COUNT, &json!("1 of 5"));
            }
            // The frame is a part of a page: landmarks and headings are the page's matter.
            let found = ask(
                &mut world,
                "axe.run(document.querySelector('.viewer'), { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false }, \
                   'landmark-one-main': { enabled: false } } }) \
                   .then(function (r) { return r.violations.map(function (v) { \
                     return v.id + ': ' + v.nodes.map(function (n) { return n.target + ' ' + n.failureSummary; }).join('; '); }); })",
            );
            assert_eq!(found, json!([]), "{:?} {state}", manner.size);
            let small = ask(
                &mut world,
                "[].map.call(document.querySelectorAll('.viewer .tool, .viewer input'), function (e) { \
                   var b = e.getBoundingClientRect(); return b.width && (b.width < 44 || b.height < 44) ? e.ariaLabel + ' ' + b.width + ' by ' + b.height : ''; }).filter(Boolean)",
            );
            assert_eq!(small, json!([]), "{:?} {state}", manner.size);
            let cut = ask(
                &mut world,
                "[].map.call(document.querySelectorAll('.viewer .bar, .viewer .search'), function (e) { \
                   return e.scrollWidth > e.clientWidth + 1 ? e.className : ''; }).filter(Boolean)",
            );
            assert_eq!(cut, json!([]), "{:?} {state}", manner.size);
        }
    }
}
