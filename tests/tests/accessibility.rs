//! The chat for everybody: every state by the rules of axe, on small and enlarged screens, and without a mouse.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use usher_tests::chromium::{Chromium, Manner, Session, Tab, Touch};
use usher_tests::plan::{Plan, find, parse, read};
use usher_tests::run::{Real, walk};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// The plans that walk through every state, in English and in Arabic.
fn walks() -> Vec<Plan> {
    let files = find(&Path::new(FOLDER).join("shots")).expect("the folder of walks");
    files
        .iter()
        .map(|file| read(file).unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

/// Looks at the chat wherever a plan expects something of it; says how often it was there.
fn look_along(
    plan: &Plan,
    manner: &Manner,
    look: &mut dyn FnMut(&str, &Session) -> Result<(), String>,
) -> usize {
    let mut looked = 0;
    let walked = walk(plan, manner.clone(), &mut |world, line| {
        let Some(frame) = world.frame_at_rest()? else {
            return Ok(());
        };
        looked += 1;
        look(&line.text, &frame)
    });
    walked.unwrap_or_else(|why| panic!("{why}"));
    looked
}

#[test]
fn every_state_of_the_chat_is_clean_to_axe() {
    if !Chromium::is_here() {
        return;
    }
    let rules = fs::read_to_string(Path::new(FOLDER).join("axe/node_modules/axe-core/axe.min.js"));
    let rules = rules.expect("axe is here; cargo xtask test --install brings it");
    let dark = Manner {
        dark: true,
        ..Manner::default()
    };
    let phone = Manner {
        size: (390, 844),
        touch: Touch::Fingers,
        ..Manner::default()
    };
    let mut faults = Vec::new();
    for manner in [Manner::default(), dark, phone] {
        for plan in walks() {
            let language = plan.file.file_stem().unwrap_or_default().to_os_string();
            let looked = look_along(&plan, &manner, &mut |state, frame| {
                if frame.evaluate("typeof axe")? == "undefined" {
                    frame.evaluate(&format!("{rules}\n;0"))?;
                }
                // The frame is a part of a page: landmarks and headings are the page's matter.
                let found = frame.evaluate("axe.run(document, { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false }, \
                       'landmark-one-main': { enabled: false } } }) \
                       .then(function (r) { return r.violations.map(function (v) { \
                         return v.id + ': ' + v.nodes.map(function (n) { return n.target + ' ' + n.failureSummary; }).join('; '); }); })",
                )?;
                for fault in found.as_array().into_iter().flatten() {
                    faults.push(format!("{language:?} {:?} {state}: {fault}", manner.size));
                }
                Ok(())
            });
            assert!(looked >= 5, "only {looked} states of {language:?}");
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn nothing_is_cut_off_on_a_narrow_or_enlarged_screen() {
    if !Chromium::is_here() {
        return;
    }
    // What a window of 1280 by 800 shows at 200 and at 400 percent.
    let mut faults = Vec::new();
    for size in [(320, 640), (640, 400), (320, 256)] {
        let manner = Manner {
            size,
            ..Manner::default()
        };
        for plan in walks() {
            look_along(&plan, &manner, &mut |state, frame| {
                let wide = frame.evaluate("[].map.call(document.querySelectorAll('.panel, .log, .composer, .head, .poke, .choice, .bubble, .action, .times, .box'), \
                       function (e) { return e.scrollWidth > e.clientWidth + 1 && e.clientWidth ? e.className + ' ' + e.scrollWidth + ' in ' + e.clientWidth : ''; }) \
                       .filter(Boolean)",
                )?;
                for fault in wide.as_array().into_iter().flatten() {
                    faults.push(format!("{size:?} {state}: {fault}"));
                }
                // Whatever waits for the visitor can be brought into sight.
                let hidden = frame.evaluate("[].map.call(document.querySelectorAll('.panel:not([hidden]) .composer button, .panel:not([hidden]) .composer input'), \
                       function (e) { e.scrollIntoView({ block: 'nearest' }); var b = e.getBoundingClientRect(); \
                         return b.top < -1 || b.bottom > innerHeight + 1 ? e.className + ' at ' + b.top + ' to ' + b.bottom + ' of ' + innerHeight : ''; }) \
                       .filter(Boolean)",
                )?;
                for fault in hidden.as_array().into_iter().flatten() {
                    faults.push(format!("{size:?} {state}: out of sight: {fault}"));
                }
                Ok(())
            });
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What has the keyboard in the chat, by its name.
fn holder(tab: &Tab) -> String {
    let script = "(function () { var e = document.activeElement; \
        return e && e !== document.body && document.hasFocus() ? (e.getAttribute('aria-label') || e.innerText || e.tagName).trim() : ''; })()";
    let held = tab.frame().map(|frame| frame.evaluate(script));
    match held {
        Some(Ok(Value::String(name))) => name,
        _ => String::new(),
    }
}

/// Presses Tab until something of that name has the keyboard.
fn reach(tab: &Tab, name: &str) {
    let mut met = Vec::new();
    for _ in 0..20 {
        let held = holder(tab);
        if held.starts_with(name) {
            return;
        }
        met.push(held);
        tab.key("Tab").expect("a key");
    }
    panic!("Tab does not reach {name:?}: {met:?}");
}

/// A dialogue on a page, before anything was done.
const SCENE: &str = r#"
dialogue D1
  target https://w.example/1
  card ask question "Shall we?"
    "Not yet" -> bye
    "Yes" -> mail
  card mail capture person.email "Your address?" -> bye
  card bye message "Good."
publish D1
visit https://w.example/1
"#;

#[test]
fn a_whole_conversation_needs_no_mouse() {
    whole_conversation(Manner::default());
}

/// The panel lies over the whole page there, also on a desktop at 400 %.
#[test]
fn nor_does_one_on_a_small_screen() {
    whole_conversation(Manner {
        size: (320, 640),
        ..Manner::default()
    });
}

fn whole_conversation(manner: Manner) {
    if !Chromium::is_here() {
        return;
    }
    let plan = parse(Path::new("scene"), SCENE).unwrap_or_else(|error| panic!("{error}"));
    let mut world = walk(&plan, manner, &mut |_, _| Ok(())).unwrap_or_else(|why| panic!("{why}"));
    reach(at_rest(&mut world), "Open chat");
    let mut leads = |keys: &[&str], name: &str, why: &str| {
        for key in keys {
            let tab = at_rest(&mut world);
            let done = match key.strip_prefix("type ") {
                Some(text) => tab.write(text),
                None => tab.key(key),
            };
            done.unwrap_or_else(|why| panic!("{key}: {why}"));
        }
        let until = Instant::now() + Duration::from_secs(3);
        while holder(at_rest(&mut world)) != name {
            let held = holder(at_rest(&mut world));
            assert!(Instant::now() < until, "{why}: to {name:?}, not {held:?}");
        }
    };
    leads(&["Enter"], "Not yet", "opening leads to the answers");
    leads(&["ArrowDown"], "Yes", "an arrow leads to the next answer");
    leads(
        &["Enter"],
        "Your address?",
        "an answer, to what is asked next",
    );
    leads(
        &["type nobody", "Enter"],
        "Your address?",
        "a fault, to where it is mended",
    );
    leads(
        &["type @corp.example", "Enter"],
        "Start over",
        "the end, to what is left to do",
    );
    leads(&["Escape"], "Open chat", "closing, back to where it began");
}

fn at_rest(world: &mut Real) -> &Tab {
    world.tab_at_rest().unwrap_or_else(|why| panic!("{why}"))
}
