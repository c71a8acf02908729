//! Browsers and pages that keep nothing.

use super::guest::until;
use super::{Host, PORTAL, SITE, Scene, Stage, Verdict};
use crate::browsers::{Habits, Make};
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::json;
use std::time::Duration;

/// Storage in the chat's frame that does not do.
const STORAGES: [(&str, &str); 3] = [
    (
        "throws",
        "['localStorage', 'sessionStorage'].forEach(function (name) { \
           Object.defineProperty(window, name, { get: function () { throw new DOMException('denied', 'SecurityError'); } }); });",
    ),
    (
        "null",
        "['localStorage', 'sessionStorage'].forEach(function (name) { \
           Object.defineProperty(window, name, { get: function () { return null; } }); });",
    ),
    (
        "full",
        "Storage.prototype.setItem = function () { throw new DOMException('full', 'QuotaExceededError'); };",
    ),
];

/// W07: the page is in a sandbox that gives it no origin.
///
/// # Errors
/// What is wrong.
pub fn sandbox(stage: &Stage) -> Verdict {
    let mut guest = stage.guest()?;
    let around = format!(
        "<!doctype html><title>A portal</title><link rel=\"icon\" href=\"data:,\">\
         <iframe sandbox=\"allow-scripts\" width=\"1000\" height=\"700\" src=\"https://{SITE}/\"></iframe>"
    );
    guest.serves_at(PORTAL, "/", &Host::source(&around));
    guest.window().load(&format!("https://{PORTAL}/"))?;
    guest.looks_within(&format!("https://{SITE}/"));
    until(Duration::from_secs(5), || {
        Ok(guest.page("document.readyState")? == "complete")
    })?;
    // It may wait for the frame, and must not for ever.
    guest.waits(3_000)?;
    let come = until(Duration::from_millis(1_500), || {
        Ok(guest.sees()?.form.is_some())
    })?;
    if come {
        guest.works()?;
        return guest.leaves("works, in memory only");
    }
    let opened = "typeof usher === 'function' && usher.version ? usher('open').then(function (told) { return told.why || 'none'; }) : 'no usher'";
    let asked = guest.page(&format!(
        "window[Symbol.for('asked')] = 'nothing'; ({opened}).then ? ({opened}).then(function (why) {{ window[Symbol.for('asked')] = why; }}, \
           function (fault) {{ window[Symbol.for('asked')] = 'thrown: ' + fault; }}) && 0 : 0"
    ));
    asked?;
    guest.waits(12_000)?;
    let answered = until(Duration::from_secs(3), || {
        Ok(guest.page("window[Symbol.for('asked')]")? != "nothing")
    })?;
    let answer = guest.page("window[Symbol.for('asked')]")?;
    let answer = answer.as_str().unwrap_or_default();
    if !answered || answer.starts_with("thrown") {
        return Err(format!("absent, but usher('open') told {answer:?}"));
    }
    guest.meets_nothing()?;
    guest.leaves("absent, and open says so")
}

/// W09: storage throws, is none, or is full.
///
/// # Errors
/// What is wrong.
pub fn no_storage(stage: &Stage) -> Verdict {
    let mut wrong = Vec::new();
    for (name, script) in STORAGES {
        let scene = Scene::script(&format!(
            "if (location.hostname === '{}') {{ {script} }}",
            crate::front::CHAT_HOST
        ));
        let met = stage.guest_of(scene).and_then(|guest| {
            guest.visits("/")?;
            guest.works()?;
            guest.leaves("works")
        });
        if let Err(why) = met {
            wrong.push(format!("{name}: {why}"));
        }
    }
    if stage.make == Make::Firefox {
        let met = stage
            .guest_of(Scene::habits(Habits {
                firefox: vec![("dom.storage.enabled", json!(false))],
                ..Habits::default()
            }))
            .and_then(|guest| {
                guest.visits("/")?;
                guest.works()?;
                guest.leaves("works")
            });
        if let Err(why) = met {
            wrong.push(format!("switched off: {why}"));
        }
    }
    if wrong.is_empty() {
        Ok("works in memory, and the goal is proven".into())
    } else {
        Err(wrong.join("; "))
    }
}

/// W10: cookies of other sites are blocked.
///
/// # Errors
/// What is wrong.
pub fn no_foreign_cookies(stage: &Stage) -> Verdict {
    // What Chromium does in its profiles for tests; Firefox in its strictest way, and as it comes.
    let mut seen = Vec::new();
    let strict = (stage.make == Make::Firefox).then(|| Habits {
        firefox: vec![("network.cookie.cookieBehavior", json!(1))],
        ..Habits::default()
    });
    if let Some(habits) = strict {
        let guest = stage.guest_of(Scene::habits(habits))?;
        guest.visits("/")?;
        guest.works()?;
        guest.leaves("")?;
        seen.push("works where all of them are refused".to_owned());
    }
    let guest = stage.guest()?;
    let tracker = |cookie: Option<&'static str>| {
        move |request: &hyper::http::request::Parts| {
            let came = request.headers.get("cookie").cloned();
            let came = came.map_or(Bytes::new(), |came| Bytes::copy_from_slice(came.as_bytes()));
            let mut answer = Response::builder()
                .header("access-control-allow-origin", format!("https://{SITE}"))
                .header("access-control-allow-credentials", "true");
            if let Some(cookie) = cookie {
                answer = answer.header("set-cookie", cookie);
            }
            answer
                .body(Full::new(came))
                .unwrap_or_else(|_| Response::new(Full::default()))
        }
    };
    guest.weather().answer(
        "tracker.example",
        "/set",
        tracker(Some("plain=1; SameSite=None; Secure; Path=/")),
    );
    guest
        .weather()
        .answer("tracker.example", "/get", tracker(None));
    guest.visits("/")?;
    let came = guest.page(
        "fetch('https://tracker.example/set', { credentials: 'include' }) \
           .then(function () { return fetch('https://tracker.example/get', { credentials: 'include' }); }) \
           .then(function (answer) { return answer.text(); })",
    )?;
    if stage.make == Make::Chromium && came != "" {
        return Err(format!("the browser sends foreign cookies: {came}"));
    }
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    guest.window().reload()?;
    guest.opens()?;
    guest.reads("Your address?")?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1)?;
    seen.push("works and resumes on storage of its own".into());
    guest.leaves(&seen.join("; "))
}

/// W11: no cookies at all.
///
/// # Errors
/// What is wrong.
pub fn no_cookies(stage: &Stage) -> Verdict {
    let guest = stage.guest_of(Scene::habits(Habits {
        preferences: json!({ "profile": { "default_content_setting_values": { "cookies": 2 } } }),
        firefox: vec![("network.cookie.cookieBehavior", json!(2))],
        ..Habits::default()
    }))?;
    guest.visits("/")?;
    guest.page("document.cookie = 'any=1'")?;
    if guest.page("document.cookie")? != "" {
        return Err("the browser keeps cookies".into());
    }
    guest.works()?;
    guest.leaves("works, anonymous")
}
