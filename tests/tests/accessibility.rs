//! The chat for everybody: every state by the rules of axe, on small and enlarged screens, and without a mouse.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use usher_tests::chromium::{Chromium, Manner, Session, Tab, Touch};
use usher_tests::plan::{Plan, Statement, find, read};
use usher_tests::run::{Real, World, catalogue};

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

/// Whether this machine has what the test needs; where tests must run, it has to.
fn has(missing: Option<String>) -> bool {
    match missing {
        None => true,
        Some(missing) => {
            assert!(std::env::var_os("CI").is_none(), "{missing}");
            eprintln!("skipped: {missing}");
            false
        }
    }
}

fn no_browser() -> Option<String> {
    Chromium::program().err().map(|missing| missing.to_string())
}

/// The plans that walk through every state, in English and in Arabic.
fn walks() -> Vec<Plan> {
    let files = find(&Path::new(FOLDER).join("shots")).expect("the folder of walks");
    files
        .iter()
        .map(|file| read(file).unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

/// Walks through a plan and looks at the chat wherever the plan expects something of it.
fn walk(
    plan: &Plan,
    manner: Manner,
    look: &mut dyn FnMut(&str, &Session) -> Result<(), String>,
) -> usize {
    let mut looked = 0;
    let mut world = Real::start(&catalogue(plan), Path::new("."))
        .unwrap_or_else(|why| panic!("{why}"))
        .with_manner(manner);
    for line in &plan.lines {
        let done = match &line.statement {
            Statement::Define(definition) => world.define(definition),
            Statement::Do(action) => world.act(action),
            Statement::Expect(_) => world.frame_at_rest().and_then(|frame| {
                looked += usize::from(frame.is_some());
                frame.map_or(Ok(()), |frame| look(&line.text, &frame))
            }),
            Statement::Cannot(_) | Statement::Through(_) => Ok(()),
        };
        if let Err(why) = done {
            let picture = Path::new(FOLDER).join("../target/stopped-here.png");
            let seen = world
                .picture()
                .and_then(|png| fs::write(&picture, png).map_err(|fault| fault.to_string()));
            let (file, number) = (plan.file.display(), line.number);
            panic!("{file}:{number}: {why} ({seen:?}: {})", picture.display());
        }
    }
    looked
}

fn evaluate(frame: &Session, script: &str) -> Result<Value, String> {
    frame.evaluate(script)
}

#[test]
fn every_state_of_the_chat_is_clean_to_axe() {
    let rules = Path::new(FOLDER).join("axe/node_modules/axe-core/axe.min.js");
    let no_rules = (!rules.exists()).then(|| "no axe; run: cargo xtask test --install".to_string());
    if !has(no_browser()) || !has(no_rules) {
        return;
    }
    let rules = fs::read_to_string(rules).expect("axe can be read");
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
            let looked = walk(&plan, manner.clone(), &mut |state, frame| {
                if evaluate(frame, "typeof axe")? == "undefined" {
                    evaluate(frame, &format!("{rules}\n;0"))?;
                }
                // The frame is a part of a page: landmarks and headings are the page's matter.
                let found = evaluate(
                    frame,
                    "axe.run(document, { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false }, \
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
    if !has(no_browser()) {
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
            walk(&plan, manner.clone(), &mut |state, frame| {
                let wide = evaluate(
                    frame,
                    "[].map.call(document.querySelectorAll('.panel, .log, .composer, .head, .poke, .choice, .bubble, .action, .times, .box'), \
                       function (e) { return e.scrollWidth > e.clientWidth + 1 && e.clientWidth ? e.className + ' ' + e.scrollWidth + ' in ' + e.clientWidth : ''; }) \
                       .filter(Boolean)",
                )?;
                for fault in wide.as_array().into_iter().flatten() {
                    faults.push(format!("{size:?} {state}: {fault}"));
                }
                // Whatever waits for the visitor can be brought into sight.
                let hidden = evaluate(
                    frame,
                    "[].map.call(document.querySelectorAll('.panel:not([hidden]) .composer button, .panel:not([hidden]) .composer input'), \
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
    let held = tab.frame().map(|frame| evaluate(&frame, script));
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

#[test]
fn a_whole_conversation_needs_no_mouse() {
    if !has(no_browser()) {
        return;
    }
    let file = tempfile::NamedTempFile::with_suffix(".plan").expect("a file");
    fs::write(
        file.path(),
        r#"
dialogue D1
  target https://w.example/1
  card ask question "Shall we?"
    "Not yet" -> bye
    "Yes" -> mail
  card mail capture person.email "Your address?" -> bye
  card bye message "Good."
publish D1
visit https://w.example/1
"#,
    )
    .expect("it can be written");
    let plan = read(file.path()).unwrap_or_else(|error| panic!("{error}"));
    let mut world =
        Real::start(&catalogue(&plan), Path::new(".")).unwrap_or_else(|why| panic!("{why}"));
    for line in &plan.lines {
        match &line.statement {
            Statement::Define(definition) => world.define(definition),
            Statement::Do(action) => world.act(action),
            _ => Ok(()),
        }
        .unwrap_or_else(|why| panic!("{}: {why}", line.text));
    }
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
