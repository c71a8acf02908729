//! What we are made of failing: no WebAssembly, a program that stops, a server that answers nonsense.

use super::guest::until;
use super::{Scene, Stage, Verdict};
use crate::browsers::Habits;
use crate::front::{CHAT_HOST, Fault};
use serde_json::json;
use std::time::Duration;

/// Makes the program stop, as on a trap, at whatever it does next once `window.trap` is set.
const TRAP: &str = "(function () { \
    function armed(imports) { \
      for (var part in imports) for (var name in imports[part]) (function (part, name) { \
        var real = imports[part][name]; \
        if (typeof real === 'function') imports[part][name] = function () { \
          if (window[Symbol.for('trap')]) throw new WebAssembly.RuntimeError('unreachable'); \
          return real.apply(this, arguments); }; \
      })(part, name); \
      return imports; } \
    ['instantiate', 'instantiateStreaming'].forEach(function (how) { \
      var real = WebAssembly[how]; \
      WebAssembly[how] = function (source, imports) { return real.call(WebAssembly, source, armed(imports)); }; }); \
  })();";

/// W17: no WebAssembly in the browser, and none in the page.
///
/// # Errors
/// What is wrong.
pub fn no_wasm(stage: &Stage) -> Verdict {
    let guest = stage.guest_of(Scene::habits(Habits {
        switches: vec!["--js-flags=--jitless"],
        firefox: vec![("javascript.options.wasm", json!(false))],
        ..Habits::default()
    }))?;
    guest.visits("/")?;
    if guest.page("typeof WebAssembly")? != "undefined" {
        return Err("the browser has WebAssembly".into());
    }
    let shown = until(Duration::from_secs(4), || Ok(guest.place()?.is_some()))?;
    if !shown {
        // Silence is the fallback: nothing of us is on the page.
        guest.meets_nothing()?;
        return guest.leaves("absent, as if the tag were not there");
    }
    let plain = guest.chat(
        "[].map.call(document.querySelectorAll('a[href], form, button'), function (one) { return one.tagName; }).join(' ')",
    )?;
    if plain == "" {
        return Err("the frame shows, without a form or a link".into());
    }
    guest.leaves(&format!("a plain fallback: {plain}"))
}

/// W18: the program stops in the middle of a conversation.
///
/// # Errors
/// What is wrong.
pub fn trap(stage: &Stage) -> Verdict {
    let scene = Scene::script(&format!(
        "if (location.hostname === '{CHAT_HOST}') {{ {TRAP} }}"
    ));
    let guest = stage.guest_of(scene)?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    guest.chat("(window[Symbol.for('trap')] = true)")?;
    // Anything may be what stops it, the look for the button included.
    let _ = guest.presses("button", Some("Send"), "[role=dialog]");
    let gone = until(Duration::from_secs(2), || Ok(guest.frames()? == 0))?;
    if gone {
        guest.meets_nothing()?;
        guest.leaves("")?;
        return Err("everything is gone: the panel shows no button to start again".into());
    }
    let again = "[].filter.call(document.querySelectorAll('button'), function (one) { \
        return one.checkVisibility() && one.getBoundingClientRect().width > 0; }).map(function (one) { return one.innerText.trim(); }).join('|')";
    let buttons = guest.chat(again)?;
    let buttons = buttons.as_str().unwrap_or_default().to_owned();
    let _ = guest.chat("(window[Symbol.for('trap')] = false)");
    let label = buttons.split('|').find(|label| !label.is_empty());
    let label = label.unwrap_or_default();
    if label.is_empty() {
        return Err(format!("no button to start again: {buttons:?}"));
    }
    guest.presses("button", Some(label), "")?;
    guest.opens()?;
    guest.reads("Your address?")?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1)?;
    guest.leaves(&format!("{label:?} starts again, and it goes on"))
}

/// W29: answers that are none.
///
/// # Errors
/// What is wrong.
pub fn nonsense(stage: &Stage) -> Verdict {
    let html = "<!doctype html><title>Oops</title><h1>502 Bad Gateway</h1>";
    let faults = [
        ("status 500", Fault::Status(500)),
        ("HTML", Fault::Text(html, "text/html")),
        (
            "HTML as bytes",
            Fault::Text(html, "application/octet-stream"),
        ),
        ("an empty body", Fault::Text("", "application/octet-stream")),
        ("half of it", Fault::Halved),
        ("a wrong type", Fault::Retyped("image/png")),
        ("a hang", Fault::Hanging(Duration::from_secs(30))),
    ];
    let mut wrong = Vec::new();
    let mut cells = 0;
    for (place, prefix) in [
        ("the loader", "/w/"),
        ("the frame", "/f/"),
        ("the files", "/f/-/"),
        ("the index and the edition", "/e/"),
        ("the inputs", "/v1/inputs"),
    ] {
        for (name, fault) in &faults {
            // A page that waits for a script that hangs is not the page we are about: ours is async.
            let mut guest = stage.guest()?;
            if *fault == Fault::Halved {
                guest.expects("SyntaxError");
            }
            guest.weather().befall(prefix, fault.clone());
            let met = (|| {
                guest.window().begin(&format!("https://{}/", super::SITE))?;
                let there = until(Duration::from_millis(900), || {
                    Ok(guest.sees()?.form.is_some())
                })?;
                if there && prefix == "/v1/inputs" {
                    guest.answers("Yes")?;
                    guest.reads("Your address?")?;
                }
                for _ in 0..4 {
                    guest.waits(10_000)?;
                    std::thread::sleep(Duration::from_millis(40));
                }
                let requests = guest.diary().count();
                if requests > 25 {
                    let tries = guest.asked(prefix);
                    return Err(format!("{requests} requests, {tries} of them for this"));
                }
                until(Duration::from_secs(2), || {
                    guest.waits(5_000)?;
                    Ok(guest.frames()? == 0 || guest.place()?.is_some())
                })?;
                let seen = guest.sees()?;
                if seen.form.is_none() && guest.frames()? > 0 {
                    return Err("a frame stays, and shows nothing".into());
                }
                if there && seen.form.is_none() {
                    return Err("what was there is gone".into());
                }
                guest.leaves("")
            })();
            cells += 1;
            if let Err(why) = met {
                wrong.push(format!("{place} with {name}: {why}"));
            }
        }
    }
    if wrong.is_empty() {
        Ok(format!("{cells} faults: there or absent, few retries"))
    } else {
        Err(wrong.join("; "))
    }
}
