//! Pages that live long, come back, change under us, or take us away.

use super::guest::until;
use super::{Host, SITE, Scene, Stage, Verdict, talk};
use crate::browsers::{Make, Window};
use crate::front::{CHAT_HOST, Fault};
use serde_json::json;
use std::time::Duration;

/// W13: the page goes into the browser's cache of pages, and comes back.
///
/// # Errors
/// What is wrong.
pub fn restored(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.serves("/plain", &Host::default().tag(""));
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    until(Duration::from_secs(5), || {
        Ok(guest.diary().is_quiet(Duration::from_millis(300)))
    })?;
    guest.page(
        "addEventListener('pageshow', function (event) { window[Symbol.for('restored')] = event.persisted; }), 0",
    )?;
    guest.visits("/plain")?;
    guest.window().travel(-1)?;
    let back = until(Duration::from_secs(8), || {
        Ok(guest.page("location.pathname === '/' && document.readyState === 'complete'")? == true)
    })?;
    if !back {
        return Err("the page does not come back".into());
    }
    let restored = guest.page("window[Symbol.for('restored')] === true")?;
    guest.opens()?;
    guest.reads("Your address?")?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1)?;
    let report = guest.installation.api(&guest.workspace, "report")?;
    let counts = &report["dialogues"][0];
    if counts["triggered"] != 1 || counts["engaged"] != 1 {
        return Err(format!("counted twice: {counts}"));
    }
    if restored != true {
        let why = guest.page(
            "JSON.stringify((performance.getEntriesByType('navigation')[0] || {}).notRestoredReasons || null)",
        )?;
        return Err(format!(
            "it goes on and counts once, but the page was loaded again: {why}"
        ));
    }
    guest.leaves("restored, goes on, counted once")
}

/// Two dialogues for two parts of the site.
fn parts() -> Scene {
    let documents = ["Left", "Right"]
        .iter()
        .map(|name| {
            let mut dialogue = talk();
            dialogue["name"] = json!(name);
            dialogue["audience"]["targets"] = json!([format!("{SITE}/{}/*", name.to_lowercase())]);
            dialogue["stream"]["cards"][0]["text"] = json!(format!("{name}: shall we?"));
            dialogue
        })
        .collect();
    Scene {
        documents,
        ..Scene::default()
    }
}

/// W20: an application changes its address without a load.
///
/// # Errors
/// What is wrong.
pub fn application(stage: &Stage) -> Verdict {
    let guest = stage.guest_of(parts())?;
    for path in ["/left/1", "/right/1"] {
        guest.serves(path, &Host::default());
    }
    guest.visits("/left/1")?;
    let says = |words: &'static str| {
        guest.awaits(words, move |seen| {
            seen.said.last().is_some_and(|said| said == words)
        })
    };
    says("Left: shall we?")?;
    let moves = |how: &str| -> Result<f64, String> {
        let took = guest.page(&format!(
            "new Promise(function (done) {{ var since = performance.now(); \
               addEventListener('usher:decided', function () {{ done(performance.now() - since); }}, {{ once: true }}); {how}; }})"
        ))?;
        took.as_f64().ok_or_else(|| "no decision".into())
    };
    let pushed = moves("history.pushState(null, '', '/right/1')")?;
    says("Right: shall we?")?;
    let replaced = moves("history.replaceState(null, '', '/left/2')")?;
    says("Left: shall we?")?;
    let hashed = moves("location.hash = 'part'")?;
    says("Left: shall we?")?;
    let slowest = pushed.max(replaced).max(hashed);
    if slowest > 500.0 {
        return Err(format!("decided after {slowest:.0} ms"));
    }
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    moves("history.pushState({ own: 1 }, '', '/right/2')")?;
    guest.reads("Your address?")?;
    if guest.page("history.state.own")? != 1 {
        return Err("the application's own state is lost".into());
    }
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1)?;
    guest.leaves(&format!(
        "decided anew within {slowest:.0} ms, the conversation goes on"
    ))
}

/// W21: the page removes our frame, or replaces its body.
///
/// # Errors
/// What is wrong.
pub fn removed(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    guest.page("document.body.replaceWith(document.createElement('body')), 0")?;
    guest
        .reads("Your address?")
        .map_err(|why| format!("after the body was replaced: {why}"))?;
    let mut came = 0;
    for _ in 0..6 {
        guest.page(
            "document.querySelectorAll('iframe').forEach(function (one) { one.remove(); })",
        )?;
        let back = until(Duration::from_millis(1_500), || {
            guest.waits(2_000)?;
            Ok(guest.frames()? > 0)
        })?;
        if !back {
            break;
        }
        came += 1;
        if came == 1 {
            guest.opens()?;
            guest.reads("Your address?")?;
        }
    }
    match came {
        0 => Err("it does not come back after its node was removed".into()),
        1..=3 => {
            guest.meets_nothing()?;
            guest.leaves(&format!(
                "came back {came} times and resumed, then stayed away"
            ))
        }
        _ => Err(format!("it came back {came} times")),
    }
}

/// W30: the server is replaced by a newer one while the page is open.
///
/// # Errors
/// What is wrong.
pub fn upgraded(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    // The new one has other files, and a new edition.
    guest.weather().befall("/f/-/", Fault::Status(404));
    let mut changed = talk();
    changed["stream"]["cards"][1]["text"] = json!("And your address now?");
    let file = json!({ "name": guest.workspace, "title": "Shop", "zone": "UTC", "consent": "full", "theme": { "delay_ms": 0 } });
    guest.installation.import(&file, &[changed])?;
    guest.page("history.pushState(null, '', '/later')")?;
    guest.waits(2_000)?;
    guest.reads("Your address?")?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1)?;
    // One whose index this program cannot read.
    guest.weather().befall(
        "/e/",
        Fault::Text("\u{7f}\u{1}\u{2}", "application/octet-stream"),
    );
    guest.weather().befall(
        &format!("/f/{}", guest.workspace),
        Fault::Text(
            "<meta name=\"usher\" content=\"{&quot;index&quot;:&quot;00000000000000000000000000000000&quot;}\">",
            "text/html",
        ),
    );
    guest.page("history.pushState(null, '', '/later/still')")?;
    guest.waits(5_000)?;
    let requests = guest.diary().count();
    guest.waits(60_000)?;
    std::thread::sleep(Duration::from_millis(300));
    let more = guest.diary().count() - requests;
    if more > 10 {
        return Err(format!("{more} requests for an index it cannot read"));
    }
    guest.leaves("finishes the edition it began; an index it cannot read stops nothing")
}

/// Counts what timers and memory do: every firing of a timer of ours, and the pages of the program's memory.
const COUNT: &str = "(function () { \
    var count = { fired: 0, memory: null }; \
    ['setTimeout', 'setInterval'].forEach(function (name) { \
      var real = window[name]; \
      window[name] = function (run) { \
        var given = [].slice.call(arguments); \
        given[0] = function () { count.fired += 1; return run.apply(this, arguments); }; \
        return real.apply(window, given); }; }); \
    ['instantiate', 'instantiateStreaming'].forEach(function (how) { \
      var real = window.WebAssembly && WebAssembly[how]; \
      if (real) WebAssembly[how] = function (source, imports) { \
        return real.call(WebAssembly, source, imports).then(function (made) { \
          count.memory = (made.instance || made).exports.memory; return made; }); }; }); \
    Object.defineProperty(window, Symbol.for('count'), { value: count }); \
    if (window[Symbol.for('watch')]) window[Symbol.for('watch')].again(); })();";

/// W33: a page that is open for half a day.
///
/// # Errors
/// What is wrong.
pub fn half_a_day(stage: &Stage) -> Verdict {
    const HOURS: i64 = 12;
    let guest = stage.guest_of(Scene::script(COUNT))?;
    guest.visits("/")?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    // A clock that is put on by minutes gives up what is under way, and what is tried again, before it can be answered.
    let diary = guest.diary();
    let settled = until(Duration::from_secs(10), || {
        let told = diary.requests().iter().any(|one| one.path == "/v1/inputs");
        Ok(told && diary.is_quiet(Duration::from_millis(700)))
    })?;
    if !settled {
        return Err("the beginning does not reach the server".into());
    }
    guest.waits(60_000)?;
    let counted = |expression: &str| -> Result<(f64, f64), String> {
        let page = guest.page(expression)?;
        let chat = guest.chat(expression)?;
        Ok((page.as_f64().unwrap_or(0.0), chat.as_f64().unwrap_or(0.0)))
    };
    let fired = "window[Symbol.for('count')].fired";
    let memory =
        "(window[Symbol.for('count')].memory || { buffer: { byteLength: 0 } }).buffer.byteLength";
    let (page_before, chat_before) = counted(fired)?;
    let (_, memory_before) = counted(memory)?;
    let heap_before = heap(guest.window())?;
    let requests = guest.diary().count();
    // Page and chat live side by side, in steps.
    for _ in 0..HOURS * 6 {
        guest.waits(600_000)?;
    }
    let (page, chat) = counted(fired)?;
    let (page, chat) = (page - page_before, chat - chat_before);
    let most = HOURS as f64 * 120.0 + 10.0;
    if page > most || chat > most {
        return Err(format!(
            "timers fired {page} times in the page and {chat} in the chat"
        ));
    }
    let (_, memory_after) = counted(memory)?;
    if memory_before == 0.0 {
        return Err("the program's memory was not found".into());
    }
    let grown = (memory_after - memory_before) / 1024.0;
    let heap_grown = match (heap_before, heap(guest.window())?) {
        (Some(before), Some(after)) => (after - before) / 1024.0,
        _ => 0.0,
    };
    if grown > 1024.0 || heap_grown > 1024.0 {
        return Err(format!(
            "the program's memory grew by {grown:.0} KiB, the heaps by {heap_grown:.0} KiB"
        ));
    }
    let requests = guest.diary().count() - requests;
    if requests > 4 {
        return Err(format!("{requests} requests in {HOURS} hours"));
    }
    // The server has not lived through these hours, so that it is not asked what it makes of them.
    guest.talks()?;
    guest.leaves(&format!(
        "{page} and {chat} timers in {HOURS} h, memory +{grown:.0} KiB, heaps +{heap_grown:.0} KiB{}",
        if stage.make == Make::Firefox { " (not told)" } else { "" }
    ))
}

/// How many bytes the scripts of page and frames hold, where the browser tells.
fn heap(window: &Window) -> Result<Option<f64>, String> {
    let Window::Chromium(tab) = window else {
        return Ok(None);
    };
    let mut used = 0.0;
    for session in [tab.page().clone()].into_iter().chain(tab.frames()) {
        session.call("HeapProfiler.collectGarbage", json!({}))?;
        let told = session.call("Runtime.getHeapUsage", json!({}))?;
        used += told["usedSize"].as_f64().unwrap_or(0.0);
    }
    Ok(Some(used))
}

/// W31: consent is withdrawn in the middle of a conversation.
///
/// # Errors
/// What is wrong.
pub fn consent_withdrawn(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    guest.page("usher('consent', 'wait').then(function () {})")?;
    let told = until(Duration::from_secs(5), || Ok(guest.asked("/v1/erase") == 1))?;
    if !told {
        return Err("the server was not told".into());
    }
    let seen = guest.sees()?;
    let cookie = guest.page("document.cookie")?;
    if cookie.as_str().unwrap_or_default().contains("usher=") {
        return Err(format!("the page keeps {cookie}"));
    }
    guest.leaves("")?;
    guest
        .window()
        .load(&format!("https://{SITE}{}", crate::front::EMPTY))?;
    let stored = until(Duration::from_secs(5), || {
        let documents = guest.window().documents()?;
        let frame = documents
            .iter()
            .find(|document| document.address.contains(CHAT_HOST))
            .ok_or("no frame")?;
        let kept = guest
            .window()
            .evaluate(&frame.id, "localStorage.length + sessionStorage.length")?;
        Ok(kept == 0)
    })?;
    if !stored {
        return Err("the chat's storage is not empty".into());
    }
    match seen.notice {
        Some(notice) => Ok(format!("erased here and there, and says {notice:?}")),
        None => Err("erased here and there, but the panel does not say so".into()),
    }
}
