//! What a page hears of conversations, and what it says about consent.

use crate::stories::{BOOK, GUIDE, awaited, gone, ready, same, scene, speaks, visitor};
use serde_json::{Value, json};
use usher_tests::hostile::{Guest, Scene, Stage, Verdict, talk};

/// Keeps every event of ours, in order.
const KEEP: &str = "<script>(function () { var all = window[Symbol.for('events')] = []; \
    ['decided', 'triggered', 'open', 'engaged', 'answer', 'email', 'phone', 'goal', 'document', 'link', 'meeting', 'completed', 'close', 'closed'] \
      .forEach(function (name) { addEventListener('usher:' + name, function (event) { all.push([name, event.detail]); }); }); })();</script>";

/// The events about conversations so far.
fn heard(guest: &Guest) -> Result<Vec<(String, Value)>, String> {
    let all = guest
        .page("window[Symbol.for('events')].filter(function (e) { return e[0] !== 'decided'; })")?;
    serde_json::from_value(all).map_err(|fault| fault.to_string())
}

/// What analytics were given.
fn layer(guest: &Guest) -> Result<Vec<Value>, String> {
    let all = guest.page("(window.dataLayer || []).filter(function (e) { return e.event; })")?;
    Ok(all.as_array().cloned().unwrap_or_default())
}

fn begins(guest: &Guest) -> Result<(), String> {
    ready(guest)?;
    guest.page(&format!(
        "usher('start', '{BOOK}').then(function () {{ return 1; }})"
    ))?;
    speaks(guest, "Shall we talk?")
}

/// F11: every event about a conversation says which, and nothing about who. Analytics get them only where the
/// workspace wants it.
///
/// # Errors
/// What is wrong.
pub fn events(stage: &Stage) -> Verdict {
    for analytics in [false, true] {
        let theme = json!({ "theme": { "delay_ms": 0, "analytics": analytics } });
        let head = format!("{KEEP}<script>window.dataLayer = [];</script>");
        let guest = visitor(stage, scene(theme), &head, "")?;
        begins(&guest)?;
        guest.talks()?;
        guest.proves(1)?;
        guest.window().key("Escape")?;
        awaited("the panel closed", || {
            Ok(heard(&guest)?.iter().any(|(name, _)| name == "close"))
        })?;
        gone(&guest)?;
        guest.page(&format!(
            "usher('start', '{GUIDE}').then(function () {{ return 1; }})"
        ))?;
        speaks(&guest, "Shall we send it?")?;
        guest.page("usher('close').then(function () { return 1; })")?;
        awaited("the panel closed early", || {
            Ok(heard(&guest)?.iter().any(|(name, _)| name == "closed"))
        })?;

        let all = heard(&guest)?;
        let mut names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        let mut wanted = vec![
            "triggered",
            "open",
            "answer",
            "engaged",
            "answer",
            "email",
            "goal",
            "completed",
            "close",
            "triggered",
            "open",
            "close",
            "closed",
        ];
        names.sort_unstable();
        wanted.sort_unstable();
        same("the events", &names, &wanted)?;
        let id = |flow: &str| {
            let mut found = Value::Null;
            awaited(&format!("a conversation with {flow}"), || {
                let all = guest.installation.api(&guest.workspace, "conversations")?;
                let all = all["items"].as_array().cloned().unwrap_or_default();
                let one = all.iter().find(|one| one["dialogue"] == flow);
                found = one.map(|one| one["id"].clone()).unwrap_or_default();
                Ok(!found.is_null())
            })?;
            Ok::<_, String>(found)
        };
        let (book, guide) = (id(BOOK)?, id(GUIDE)?);
        for (name, detail) in &all {
            if detail["conversation"].is_null() && name == "open" {
                // The panel may open before its conversation is there.
                continue;
            }
            let flow = if detail["conversation"] == book {
                BOOK
            } else {
                GUIDE
            };
            let surface = if flow == BOOK { "popup" } else { "chatbot" };
            let of = if flow == BOOK { &book } else { &guide };
            same(&format!("{name} of"), &detail["conversation"], of)?;
            same(
                &format!("the name in {name}"),
                &detail["name"],
                &json!(flow),
            )?;
            same(
                &format!("the type in {name}"),
                &detail["type"],
                &json!("flow"),
            )?;
            same(
                &format!("the surface in {name}"),
                &detail["surface"],
                &json!(surface),
            )?;
            same(
                &format!("a number in {name}"),
                &detail["id"].is_u64(),
                &true,
            )?;
        }
        let goal = all
            .iter()
            .find(|(name, _)| name == "goal")
            .map(|(_, detail)| detail["goal"].clone());
        same("the goal", &goal, &Some(json!("Wanted")))?;
        let pushed = layer(&guest)?;
        let text = json!([all, pushed]).to_string();
        same(
            "personal data in events",
            &text.contains("corp.example"),
            &false,
        )?;
        let names: Vec<&str> = pushed
            .iter()
            .filter_map(|entry| entry["event"].as_str())
            .collect();
        if analytics {
            for name in [
                "chat_impression",
                "chat_open",
                "chat_engaged",
                "chat_answer",
                "chat_lead_captured",
                "chat_goal",
                "chat_completed",
                "chat_close",
            ] {
                same(name, &names.contains(&name), &true)?;
            }
            let goal = pushed
                .iter()
                .find(|entry| entry["event"] == "chat_goal")
                .cloned()
                .unwrap_or_default();
            same(
                "the goal in analytics",
                &(
                    goal["chat_goal"].clone(),
                    goal["chat_name"].clone(),
                    goal["chat_type"].clone(),
                ),
                &(json!("Wanted"), json!(BOOK), json!("flow")),
            )?;
        } else {
            same("pushed to analytics", &names, &Vec::new())?;
        }
        guest.leaves("")?;
    }
    let guest = visitor(stage, Scene::default(), KEEP, "")?;
    guest.talks()?;
    let all = heard(&guest)?;
    let types: Vec<&Value> = all.iter().map(|(_, detail)| &detail["type"]).collect();
    same(
        "the type of a dialogue's events",
        &types.iter().all(|kind| *kind == "dialogue"),
        &true,
    )?;
    same("its name", &all[0].1["name"], &talk()["name"])?;
    guest.leaves("names, numbers and kinds, nothing personal; analytics only where wanted")
}

/// The consent in force.
fn mode(guest: &Guest) -> Result<String, String> {
    let mode = guest.page("usher('why').then(function (why) { return why.consent; })")?;
    Ok(mode.as_str().unwrap_or_default().to_owned())
}

fn becomes(guest: &Guest, wanted: &str) -> Result<(), String> {
    awaited(&format!("consent {wanted}, but {:?}", mode(guest)?), || {
        Ok(mode(guest)? == wanted)
    })
}

/// Google's way to say it.
fn say(which: &str, analytics: &str, functionality: &str) -> String {
    format!(
        "(function () {{ dataLayer.push(arguments); }})('consent', '{which}', {{ analytics_storage: '{analytics}', functionality_storage: '{functionality}' }})"
    )
}

fn cautious() -> Scene {
    let mut scene = scene(json!({ "consent": "wait" }));
    scene.documents.push(talk());
    scene
}

/// F12: what Google's Consent Mode was told before and after us is what we go by, until the page itself says otherwise.
///
/// # Errors
/// What is wrong.
pub fn consent_mode(stage: &Stage) -> Verdict {
    let head = |said: &str| format!("<script>window.dataLayer = []; {said};</script>");
    // Told before the loader came.
    let guest = visitor(
        stage,
        cautious(),
        &head(&say("default", "denied", "denied")),
        "",
    )?;
    becomes(&guest, "wait")?;
    guest.meets_nothing()?;
    // Told after.
    guest.page(&format!("{}, 0", say("update", "denied", "granted")))?;
    becomes(&guest, "essential")?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    same(
        "kept in a cookie",
        &guest.page("document.cookie.indexOf('usher=') >= 0")?,
        &json!(false),
    )?;
    guest.page(&format!("{}, 0", say("update", "granted", "granted")))?;
    becomes(&guest, "full")?;
    guest.page("usher('consent', 'essential').then(function () { return 1; })")?;
    becomes(&guest, "essential")?;
    guest.page(&format!("{}, 0", say("update", "granted", "granted")))?;
    becomes(&guest, "essential")?;
    guest.leaves("")?;

    let granted = visitor(
        stage,
        cautious(),
        &head(&say("default", "granted", "granted")),
        "",
    )?;
    becomes(&granted, "full")?;
    granted.works()?;
    // A region's command is not for everybody, and what is no command is none.
    granted.page("dataLayer.push(['consent', 'update', { analytics_storage: 'denied', region: ['XX'] }], { event: 'x' }, null, 7), 0")?;
    becomes(&granted, "full")?;
    granted.page("dataLayer.push(['consent', 'update', { analytics_storage: 'denied' , functionality_storage: 'denied' }]), 0")?;
    becomes(&granted, "wait")?;
    granted.leaves("before and after the loader; the page's own word stands above")
}

/// A consent tool as the framework describes it: one purpose, eight, or none.
const TOOL: &str = "<script>(function () { var heard = [], tool = window[Symbol.for('tool')] = { \
      say: function (purposes, status, gdpr) { heard.forEach(function (f) { f({ purpose: { consents: purposes }, eventStatus: status, gdprApplies: gdpr }, true); }); }, \
      count: function () { return heard.length; } }; \
    window.__tcfapi = function (command, version, f) { if (command === 'addEventListener' && version === 2) heard.push(f); }; })();</script>";

/// F13: what a tool of the Transparency and Consent Framework says is what we go by, until the page itself says otherwise.
///
/// # Errors
/// What is wrong.
pub fn tcf(stage: &Stage) -> Verdict {
    let guest = visitor(stage, cautious(), TOOL, "")?;
    awaited("our ear at the tool", || {
        Ok(guest.page("window[Symbol.for('tool')].count()")? == 1)
    })?;
    let says = |purposes: &str, status: &str, gdpr: bool| {
        guest.page(&format!(
            "window[Symbol.for('tool')].say({purposes}, '{status}', {gdpr}), 0"
        ))
    };
    says("{ 1: true, 8: true }", "cmpuishown", true)?;
    becomes(&guest, "wait")?;
    guest.meets_nothing()?;
    says("{ 1: true, 8: false }", "useractioncomplete", true)?;
    becomes(&guest, "essential")?;
    says("{ 1: true, 8: true }", "useractioncomplete", true)?;
    becomes(&guest, "full")?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    says("{}", "useractioncomplete", true)?;
    becomes(&guest, "wait")?;
    guest.page("usher('consent', 'full').then(function () { return 1; })")?;
    becomes(&guest, "full")?;
    says("{}", "useractioncomplete", true)?;
    becomes(&guest, "full")?;
    guest.leaves("")?;

    let outside = visitor(stage, cautious(), TOOL, "")?;
    awaited("our ear at the tool", || {
        Ok(outside.page("window[Symbol.for('tool')].count()")? == 1)
    })?;
    outside.page("window[Symbol.for('tool')].say({ 1: true, 8: true }, 'tcloaded', false), 0")?;
    becomes(&outside, "wait")?;
    outside.leaves("purposes 1 and 8 count, others' places go by the workspace, the page's own word stands above")
}
