//! Visitors whose clocks are not ours.

use super::guest::until;
use super::{Scene, Stage, Verdict};
use crate::chromium::Ahead;
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Three days.
const WRONG_MS: i64 = 3 * 24 * 3_600_000;
/// A zone whose clocks stand between the quarters of everybody else's.
const ZONE: &str = "Pacific/Chatham";

/// Puts a document's clock on by three hours; what measures time that passes is left alone.
const PUT_ON: &str = "(function (by) { var Real = Date; window.Date = new Proxy(Real, { \
    construct: function (target, given) { return given.length ? Reflect.construct(target, given) : new target(target.now() + by); }, \
    get: function (target, name) { return name === 'now' ? function () { return target.now() + by; } : Reflect.get(target, name); } }); \
    if (window[Symbol.for('watch')]) window[Symbol.for('watch')].again(); })(10800000)";

/// W28: a clock that is wrong by days, in an odd zone.
///
/// # Errors
/// What is wrong.
pub fn wrong_clock(stage: &Stage) -> Verdict {
    let dialogue = json!({
        "kind": "dialogue", "name": "Call", "priority": 50, "language": "en",
        "audience": { "targets": ["shop.example/*"] },
        "stream": { "cards": [
            { "id": "ask", "card": "question", "text": "Shall we call?", "answers": [{ "label": "Yes", "then": "mail" }] },
            { "id": "mail", "card": "capture", "attribute": "person.email", "text": "Your address?", "given": "call" },
            { "id": "call", "card": "meeting", "text": "When?", "pool": "Calls", "booked": "done", "none": "bye", "unavailable": "bye" },
            { "id": "done", "card": "message", "text": "Until then." },
            { "id": "bye", "card": "message", "text": "Another time." },
        ] },
    });
    for wrong in [WRONG_MS, -WRONG_MS] {
        let mut scene = Scene {
            workspace: json!({
                "agents": [{ "name": "Nora", "email": "nora@shop.example", "zone": "Europe/Stockholm", "hours": "mon-sun 08:00-20:00", "notice_minutes": 60 }],
                "pools": [{ "name": "Calls", "agents": ["Nora"] }],
            }),
            documents: vec![dialogue.clone()],
            ..Scene::default()
        };
        scene.manner.ahead = Ahead(wrong);
        scene.manner.zone = ZONE.into();
        let guest = stage.guest_of(scene)?;
        guest.visits("/")?;
        let off = guest.page("Date.now()")?.as_i64().unwrap_or(0) - now();
        if (off - wrong).abs() > 60_000 {
            return Err(format!("the browser's clock is off by {off} ms"));
        }
        guest.answers("Yes")?;
        guest.reads("Your address?")?;
        // A page that is met again keeps what it has of ours, and is told the time anew.
        std::thread::sleep(Duration::from_secs(2));
        guest.visits("/")?;
        guest.reads("Your address?")?;
        let kept = guest.chat(
            "(function (page) { return [page.transferSize, page.serverTiming[0].duration]; })\
             (performance.getEntriesByType('navigation')[0])",
        )?;
        let [size, time]: [f64; 2] = serde_json::from_value(kept).map_err(|why| why.to_string())?;
        let off = time as i64 - now();
        if size > 2_000.0 || off.abs() > 1_500 {
            return Err(format!(
                "the frame's page, met again, takes {size} bytes and is told a time {off} ms from now"
            ));
        }
        guest.types("ada@corp.example")?;
        guest.awaits("times", |seen| seen.asks.as_deref() == Some("slot"))?;
        let time = "[role=group] ~ [role=group] button";
        // Of several, the last is pressed.
        let label = guest.chat(&format!(
            "[].slice.call(document.querySelectorAll('{time}')).pop().innerText.trim()"
        ))?;
        guest.presses(time, None, "[role=dialog]")?;
        guest.presses("button, a", Some("Book this time"), "[role=dialog]")?;
        guest.reads("Until then.")?;
        let mut start = 0;
        let booked = until(Duration::from_secs(5), || {
            let activities = guest.installation.api(&guest.workspace, "activities")?;
            let booked = activities["items"].as_array().into_iter().flatten();
            let at = booked
                .filter_map(|one| one["attributes"]["Scheduled For"].as_str())
                .next()
                .ok_or("no meeting")?;
            let at: jiff::Timestamp = at.parse().map_err(|_| "no moment")?;
            start = at.as_millisecond();
            Ok(true)
        })?;
        if !booked {
            return Err("no meeting was booked".into());
        }
        let ahead = (start - now()) / 60_000;
        if !(59..=3 * 24 * 60).contains(&ahead) {
            return Err(format!(
                "a time of the first day is {ahead} minutes from now"
            ));
        }
        let expected = guest.chat(&format!(
            "new Date({start}).toLocaleTimeString('en', {{ timeZone: '{ZONE}', hour: 'numeric', minute: '2-digit' }})"
        ))?;
        if label != expected {
            return Err(format!("{label} was on offer, {expected} was booked"));
        }
        let conversations = guest.installation.api(&guest.workspace, "conversations")?;
        let last = conversations["items"][0]["last"]
            .as_str()
            .unwrap_or_default();
        let last: jiff::Timestamp = last.parse().map_err(|_| "no conversation")?;
        let late = (now() - last.as_millisecond()).abs();
        if late > 60_000 {
            return Err(format!("the server dates the answer {late} ms away"));
        }
        guest.leaves("")?;
    }
    // The clock is put right while the page is open.
    let guest = stage.guest()?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    guest.page(PUT_ON)?;
    guest.chat(PUT_ON)?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    guest.proves(1).map_err(|why| {
        let refused = guest.installation.api(&guest.workspace, "refused");
        let reason = refused.map_or_else(|why| why, |all| all["items"][0]["reason"].to_string());
        format!("times and slots are right; but where the clock was put on by three hours under an open page: {why}, refused as {reason}")
    })?;
    guest.leaves("slots and times are right, three days off either way")
}

/// Milliseconds of the machine's own clock.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
