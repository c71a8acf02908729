//! Pages that cover, turn, squeeze or hide what is on them, and visitors who see or use pages otherwise.

use super::guest::until;
use super::{Guest, Host, Scene, Stage, Verdict};
use crate::browsers::Habits;
use crate::run::LAUNCHER;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Ways in which pages are drawn, as styles and content.
const DRAWN: [(&str, &str, &str); 7] = [
    (
        "under the highest layer",
        "",
        "<div style=\"position:fixed;inset:0;background:#fff;z-index:2147483647\">Above all</div>",
    ),
    (
        "on a turned body",
        "<style>html { overflow: hidden } body { transform: translateX(40px) scale(.8) rotate(2deg); overflow: hidden; filter: blur(1px) }</style>",
        "",
    ),
    (
        "where frames are hidden",
        "<style>iframe, html > :not(body):not(head) { display: none !important; visibility: hidden !important; opacity: 0 !important; \
           pointer-events: none !important; width: 0 !important; transform: scale(0) !important }</style>",
        "",
    ),
    (
        "with another meaning of everything",
        "<style>* { all: revert; box-sizing: border-box !important; position: static !important; float: left !important; \
           max-width: 10px !important; margin: 50px !important; clip-path: circle(2px) }</style>",
        "",
    ),
    (
        "from right to left",
        "<style>html { direction: rtl }</style>",
        "",
    ),
    ("in a zoomed page", "<style>html { zoom: 1.5 }</style>", ""),
    (
        "in a dark page",
        "<meta name=\"color-scheme\" content=\"dark\"><style>html { background: #000; color-scheme: dark }</style>",
        "",
    ),
];

/// W25: layers, transforms, styles that hide frames, zoom, colours, stillness.
///
/// # Errors
/// What is wrong.
pub fn drawn(stage: &Stage) -> Verdict {
    let mut wrong = Vec::new();
    let guest = stage.guest()?;
    for (n, (name, head, body)) in DRAWN.iter().enumerate() {
        let path = format!("/{n}");
        guest.serves(&path, &Host::with(head, body));
        let met = guest.visits(&path).and_then(|()| is_usable(&guest));
        if let Err(why) = met {
            wrong.push(format!("{name}: {why}"));
        }
    }
    if let Err(why) = hidden_meanwhile(&guest) {
        wrong.push(format!("hidden by the page meanwhile: {why}"));
    }
    guest.leaves("")?;
    // What a window of 1280 by 1024 shows at 400 percent.
    let mut squeezed = Scene::default();
    squeezed.manner.size = (320, 256);
    let mut coloured = Scene::habits(Habits {
        firefox: vec![
            ("browser.display.document_color_use", json!(2)),
            ("ui.useAccessibilityTheme", json!(1)),
        ],
        ..Habits::default()
    });
    coloured.manner.forced_colours = true;
    let mut dark = Scene::habits(Habits {
        firefox: vec![("ui.systemUsesDarkTheme", json!(1))],
        ..Habits::default()
    });
    dark.manner.dark = true;
    for (name, scene, told) in [
        ("enlarged four times", squeezed, "innerWidth === 320"),
        (
            "in colours of the visitor's own",
            coloured,
            "matchMedia('(forced-colors: active)').matches",
        ),
        (
            "in the dark",
            dark,
            "matchMedia('(prefers-color-scheme: dark)').matches",
        ),
    ] {
        let met = stage.guest_of(scene).and_then(|guest| {
            guest.visits("/")?;
            if guest.page(told)? != true {
                return Err(format!("the browser does not say {told}"));
            }
            is_usable(&guest)?;
            guest.leaves("")
        });
        if let Err(why) = met {
            wrong.push(format!("{name}: {why}"));
        }
    }
    if wrong.is_empty() {
        Ok("in reach, readable, nothing scrolls sideways, in eleven ways".into())
    } else {
        Err(wrong.join("; "))
    }
}

/// Takes our frame out of the page's layout for a moment, several times while it grows from the launcher to the poke.
const TAKES_OUT: &str = "<script>addEventListener('message', function heard(event) { \
    if (event.data[2] !== 'place' || !event.data[3]) return; \
    removeEventListener('message', heard); \
    [0, 8, 16, 24, 32].forEach(function (ms) { setTimeout(function () { \
      var frame = document.querySelector('iframe'), wide = document.documentElement; \
      if (!frame) return; \
      frame.style.setProperty('display', 'none', 'important'); wide = wide.scrollWidth; \
      frame.style.setProperty('display', 'block', 'important'); }, ms); }); });</script>";

/// Whether what was measured while the page did not lay the frame out is measured again once it does. When exactly the
/// frame measures is not in our hands, so that it is asked of several loads.
fn hidden_meanwhile(guest: &Guest) -> Result<(), String> {
    const TIMES: usize = 6;
    guest.serves("/hidden", &Host::with(TAKES_OUT, ""));
    for _ in 0..TIMES {
        guest.visits("/hidden")?;
        guest.awaits("the poke", |seen| seen.form.as_deref() == Some("poke"))?;
        drawn_twice(guest)?;
        guest.presses(LAUNCHER, None, "")?;
    }
    Ok(())
}

/// Waits until page and frame were drawn.
fn drawn_twice(guest: &Guest) -> Result<(), String> {
    const TWICE: &str = "new Promise(function (done) { requestAnimationFrame(function () { requestAnimationFrame(function () { done(1); }); }); })";
    guest.page(TWICE)?;
    guest.chat(TWICE).map(|_| ())
}

/// Whether the launcher can be pressed, the panel be seen whole and be read, and the page scrolls as it did.
fn is_usable(guest: &Guest) -> Result<(), String> {
    let wide = "document.documentElement.scrollWidth > innerWidth && getComputedStyle(document.documentElement).overflowX !== 'hidden'";
    guest.awaits("the launcher", |seen| seen.form.is_some())?;
    let absent = guest.page(&format!(
        "(function () {{ var frame = document.querySelector('iframe'); var was = {wide}; frame.style.setProperty('display', 'none', 'important'); \
           var is = {wide}; frame.style.setProperty('display', 'block', 'important'); return was && !is; }})()"
    ))?;
    if absent == true {
        return Err("the page scrolls sideways because of us".into());
    }
    drawn_twice(guest)?;
    guest.opens()?;
    let place = guest.place()?.ok_or("no frame")?;
    let size = guest.page("[innerWidth, innerHeight]")?;
    let (width, height) = (
        size[0].as_f64().unwrap_or(0.0),
        size[1].as_f64().unwrap_or(0.0),
    );
    // Room for a shadow lies around it.
    const SHADOW: f64 = 12.0;
    if place[0] < -SHADOW
        || place[1] < -SHADOW
        || place[0] + place[2] > width + SHADOW
        || place[1] + place[3] > height + SHADOW
    {
        return Err(format!("the panel is at {place:?} of {width} by {height}"));
    }
    let contrast = guest.chat(CONTRAST)?.as_f64().unwrap_or(0.0);
    if contrast < 4.5 {
        return Err(format!("the words have a contrast of {contrast:.1}"));
    }
    Ok(())
}

/// The contrast of the newest words of the chat with what is under them.
const CONTRAST: &str = "(function () { \
    function rgb(text) { return (text.match(/[\\d.]+/g) || []).map(Number); } \
    function light(c) { return c.slice(0, 3).map(function (v) { v /= 255; return v <= .03928 ? v / 12.92 : Math.pow((v + .055) / 1.055, 2.4); }) \
      .reduce(function (sum, v, n) { return sum + v * [.2126, .7152, .0722][n]; }, 0); } \
    var words = [].slice.call(document.querySelectorAll('[role=log] p')).pop() || document.querySelector('[role=log]'); \
    if (!words) return 0; \
    var under = words, paper; \
    do { paper = rgb(getComputedStyle(under).backgroundColor); under = under.parentElement; } while (under && paper.length > 3 && paper[3] < .9); \
    if (paper.length > 3 && paper[3] < .9) paper = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255]; \
    var a = light(rgb(getComputedStyle(words).color)), b = light(paper); \
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); })()";

/// W26: keyboards, screen readers, and pages that keep the focus.
///
/// # Errors
/// What is wrong.
pub fn focus(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.visits("/")?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    let holder = "(function () { var e = document.activeElement; return e && e !== document.body && document.hasFocus() ? \
        (e.getAttribute('aria-label') || e.innerText || e.tagName).trim() : ''; })()";
    let reach = |name: &str| -> Result<(), String> {
        for _ in 0..12 {
            if guest
                .chat(holder)?
                .as_str()
                .is_some_and(|held| held.starts_with(name))
            {
                return Ok(());
            }
            guest.window().key("Tab")?;
            std::thread::sleep(Duration::from_millis(40));
        }
        Err(format!(
            "Tab does not reach {name:?}, but {}",
            guest.chat(holder)?
        ))
    };
    let holds = |name: &str| -> Result<(), String> {
        let held = until(Duration::from_secs(3), || Ok(guest.chat(holder)? == name))?;
        if held {
            Ok(())
        } else {
            Err(format!(
                "{name:?} should have the keyboard, not {}",
                guest.chat(holder)?
            ))
        }
    };
    reach("Open chat")?;
    guest.window().key("Enter")?;
    holds("Yes")?;
    axe(&guest)?;
    guest.window().key("Escape")?;
    guest.awaits("no panel", |seen| seen.form.as_deref() != Some("panel"))?;
    holds("Open chat")?;
    guest.leaves("")?;

    let modal = "<dialog id=\"own\"><input id=\"name\"><button>Close</button></dialog>\
        <script>document.getElementById('own').showModal(); var caught = 0; \
        document.addEventListener('focusin', function (event) { var own = document.getElementById('own'); \
          if (own.open && !own.contains(event.target)) { caught += 1; document.getElementById('name').focus(); } });</script>";
    let guest = stage.guest()?;
    guest.serves(
        "/",
        &Host::with(
            "",
            &format!("{modal}<script>window[Symbol.for('watch')].again()</script>"),
        ),
    );
    guest.visits("/")?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    for _ in 0..6 {
        guest.window().key("Tab")?;
    }
    let caught = guest.page("caught")?.as_u64().unwrap_or(0);
    if caught > 20 {
        return Err(format!("we fought for the keyboard {caught} times"));
    }
    if guest.page("document.getElementById('own').contains(document.activeElement) || document.activeElement === document.body")? != true {
        return Err("the keyboard left the page's own dialog".into());
    }
    guest.page("document.getElementById('own').close()")?;
    guest.works()?;
    guest.leaves("keys reach all and come back, axe finds nothing, a modal page keeps its keyboard")
}

/// The chat by the rules of axe.
fn axe(guest: &Guest) -> Result<(), String> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("axe/node_modules/axe-core/axe.min.js");
    let rules = fs::read_to_string(rules)
        .map_err(|_| "axe is not here; cargo xtask test --install brings it")?;
    guest.chat(&format!("{rules}\n;0"))?;
    // The frame is a part of a page: landmarks and headings are the page's matter.
    let found = guest.chat(
        "axe.run(document, { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false }, 'landmark-one-main': { enabled: false } } }) \
           .then(function (r) { return r.violations.map(function (v) { return v.id; }).join(' '); })",
    )?;
    if found == "" {
        Ok(())
    } else {
        Err(format!("axe finds {found}"))
    }
}

/// W27: the page is printed.
///
/// # Errors
/// What is wrong.
pub fn printed(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.serves("/plain", &Host::default().tag(""));
    guest.visits("/plain")?;
    let plain = guest.window().print()?.len();
    guest.visits("/")?;
    guest.opens()?;
    let ours = guest.window().print()?.len();
    guest.awaits("the panel again", |seen| {
        seen.form.as_deref() == Some("panel")
    })?;
    // What is drawn over the page makes a larger file; nothing may.
    let control = "<div style=\"position:fixed;inset:auto 20px 20px auto;width:300px;height:300px;background:#12694A;color:#fff\">\
        <p>Shall we talk?</p><p>Yes</p><p>No</p></div>";
    guest.serves("/control", &Host::with("", control).tag(""));
    guest.visits("/control")?;
    let control = guest.window().print()?.len();
    let told = format!("{plain} bytes without us, {ours} with us, {control} with something drawn");
    if ours.abs_diff(plain) * 4 > control.abs_diff(plain) {
        return Err(told);
    }
    guest.leaves(&format!("not in the PDF: {told}"))
}
