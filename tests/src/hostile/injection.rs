//! Text that would be script or markup, were it ever taken for that: in everything an author, a page or a visitor can
//! write and the chat draws.

use super::guest::until;
use super::{Guest, SITE, Scene, Stage, Verdict};
use crate::front::CHAT_HOST;
use serde_json::{Value, json};
use std::time::Duration;

/// One a line.
const PAYLOADS: &str = include_str!("payloads.txt");

/// Notes in every document whether any of the payloads ran, and what a policy had to refuse.
const TRAP: &str = "(function () { \
    var caught = []; \
    ['alert', 'confirm', 'prompt'].forEach(function (name) { window[name] = function () { caught.push('a script ran'); }; }); \
    document.addEventListener('securitypolicyviolation', function (event) { caught.push('refused ' + event.effectiveDirective + ' ' + event.blockedURI); }); \
    Object.defineProperty(window, Symbol.for('caught'), { value: caught }); \
    if (window[Symbol.for('watch')]) window[Symbol.for('watch')].again(); })();";

/// What is in the chat's document that the chat does not draw.
const STRANGE: &str = "(function () { \
    var drawn = /^(HTML|HEAD|META|TITLE|LINK|BODY|DIV|SECTION|HEADER|FOOTER|MAIN|NAV|H[1-6]|P|SPAN|UL|OL|LI|A|B|STRONG|EM|I|CODE|BR|BUTTON|FORM|INPUT|TEXTAREA|LABEL|TIME|HR|IMG|svg|path|SMALL|LEGEND|FIELDSET|OUTPUT)$/; \
    var found = []; \
    [].forEach.call(document.querySelectorAll('*'), function (one) { \
      if (one.tagName === 'SCRIPT' ? one.src || one.text.indexOf('//# allFunctionsCalledOnLoad\\n(()=>{\"use strict\"') !== 0 : !drawn.test(one.tagName)) found.push('<' + one.tagName + '>'); \
      [].forEach.call(one.attributes, function (a) { \
        if (/^on|^(srcdoc|formaction|action|background)$/i.test(a.name)) found.push(one.tagName + ' ' + a.name); \
        if (/^(href|src|xlink:href)$/i.test(a.name) && !/^(https?:|mailto:|tel:|data:text\\/calendar|\\/|#)/i.test(a.value)) found.push(one.tagName + ' ' + a.name + '=' + a.value); \
      }); }); \
    if (document.scripts.length !== 1) found.push(document.scripts.length + ' scripts'); \
    return found.concat(window[Symbol.for('caught')]).join(', '); })()";

fn payloads() -> Vec<&'static str> {
    PAYLOADS.lines().filter(|line| !line.is_empty()).collect()
}

/// A browser in which everything that runs is noticed.
fn trapped(workspace: Value, documents: Vec<Value>) -> Scene {
    let mut scene = Scene::script(TRAP);
    scene.workspace = workspace;
    scene.documents = documents;
    scene
}

/// Holds when nothing ran, nothing had to be refused, and only what the chat draws is in its document.
fn is_clean(guest: &Guest, at: &str) -> Result<(), String> {
    let strange = guest.chat(STRANGE)?;
    if strange != "" {
        return Err(format!("{at}: {strange}"));
    }
    let caught = guest.page("window[Symbol.for('caught')].join(', ')")?;
    if caught != "" {
        return Err(format!("{at}, in the page: {caught}"));
    }
    let hosts = guest.weather().hosts();
    match hosts
        .iter()
        .find(|host| *host != SITE && *host != CHAT_HOST)
    {
        Some(host) => Err(format!("{at}: {host} was asked")),
        None => Ok(()),
    }
}

fn dialogue(name: &str, cards: &[Value]) -> Value {
    json!({
        "kind": "dialogue", "name": name, "campaign": name, "priority": 50, "language": "en",
        "audience": { "targets": [format!("{SITE}/*")] },
        "stream": { "cards": cards },
    })
}

/// Check 5, what authors write into texts.
///
/// # Errors
/// What ran, or what else is wrong.
pub fn texts(stage: &Stage) -> Verdict {
    // A link whose scheme is not allowed is refused when it is published: of those that are not, all are drawn.
    let mut drawn = Vec::new();
    let mut refused = 0;
    for payload in payloads() {
        let alone = dialogue(
            "Alone",
            &[
                json!({ "id": "ask", "card": "question", "text": "Go on?", "answers": [{ "label": "Yes", "then": "says" }] }),
                json!({ "id": "says", "card": "message", "text": payload }),
            ],
        );
        if payload.starts_with('[') || payload.contains("{{") {
            let scene = trapped(json!({}), vec![alone]);
            if stage.workspace(&stage.installation, &scene).is_err() {
                refused += 1;
                continue;
            }
        }
        drawn.push(payload);
    }
    if drawn.len() < 55 || refused < 4 {
        return Err(format!("{} payloads drawn, {refused} refused", drawn.len()));
    }
    let mut cards = Vec::new();
    // A turn has its bounds: a question stands between.
    for (n, part) in drawn.chunks(20).enumerate() {
        let answers: Vec<Value> = part
            .iter()
            .map(|payload| json!({ "label": payload, "then": format!("{n}-0") }))
            .collect();
        cards.push(json!({ "id": format!("ask-{n}"), "card": "question", "text": part.join(" "), "answers": answers }));
        for (m, payload) in part.iter().enumerate() {
            let then = if m + 1 < part.len() {
                format!("{n}-{}", m + 1)
            } else if (n + 1) * 20 < drawn.len() {
                format!("ask-{}", n + 1)
            } else {
                "end".into()
            };
            cards.push(json!({ "id": format!("{n}-{m}"), "card": "message", "text": payload, "then": then }));
        }
    }
    cards.push(json!({ "id": "end", "card": "message", "text": "That is the end." }));
    let guest = stage.guest_of(trapped(json!({}), vec![dialogue("Texts", &cards)]))?;
    guest.visits("/")?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    is_clean(&guest, "the poke")?;
    guest.opens()?;
    for n in 0..drawn.len().div_ceil(20) {
        guest.awaits("answers", |seen| !seen.offers.is_empty())?;
        is_clean(&guest, "the answers")?;
        guest.presses("[role=group] button", None, "[role=dialog]")?;
        let last = drawn.len().min((n + 1) * 20);
        guest.awaits("more words", |seen| seen.said.len() > last)?;
        is_clean(&guest, "the words")?;
    }
    guest.reads("That is the end.")?;
    // Text is text: what was written is what is read.
    let read = guest.chat("document.body.textContent")?;
    let read = read.as_str().unwrap_or_default();
    if !read.contains("<script>alert(1)</script>") || !read.contains("<svg onload=alert(1)>") {
        return Err("what was written is not what is read".into());
    }
    guest.leaves(&format!(
        "{} drawn as text, {refused} links refused",
        drawn.len()
    ))
}

/// Check 5, what authors write into names and settings.
///
/// # Errors
/// What ran, or what else is wrong.
pub fn names(stage: &Stage) -> Verdict {
    let all = payloads().join(" ");
    let agents: Vec<Value> = payloads()
        .iter()
        .take(8)
        .enumerate()
        .map(|(n, payload)| {
            let picture = format!("https://{SITE}/face.png?of={payload}\" onerror=\"alert(1)");
            json!({ "name": payload, "email": format!("agent{n}@shop.example"), "picture": picture, "zone": "UTC",
                    "hours": "mon-sun 00:00-23:00", "notice_minutes": 60 })
        })
        .collect();
    let ring: Vec<&Value> = agents.iter().map(|agent| &agent["name"]).collect();
    let label: String = all.chars().take(80).collect();
    let shared = json!({
        "attributes": { "person.adviser": "text" },
        "agents": agents, "pools": [{ "name": payloads()[2], "agents": ring }],
    });
    let cards = [
        json!({ "id": "ask", "card": "question", "text": "{{my.detail}}", "answers": [{ "label": "Yes", "then": "paper" }] }),
        json!({ "id": "paper", "card": "document", "text": "Read", "name": payloads()[2], "url": format!("https://{SITE}/a.pdf?q={{{{my.detail}}}}"), "opened": "mail", "declined": "mail" }),
        json!({ "id": "mail", "card": "capture", "attribute": "person.email", "text": "Your address?", "placeholder": payloads()[34], "given": "when" }),
        json!({ "id": "when", "card": "meeting", "text": "When?", "pool": payloads()[2], "agent_to": "person.adviser", "booked": "won", "none": "won", "unavailable": "won" }),
        json!({ "id": "won", "card": "goal", "goal": payloads()[3], "score": 1, "then": "last" }),
        json!({ "id": "last", "card": "message", "text": "Met {{lead.adviser:\"nobody\"}}" }),
    ];
    let mut named = dialogue(payloads()[2], &cards);
    named["details"] = json!({ "detail": payloads()[2] });
    let mut refused = 0;
    let mut seen = 0;
    // A picture that is no address is refused with the file it stands in.
    let mut pictured = shared.clone();
    pictured["agents"][0]["picture"] = json!("javascript:alert(1)");
    match stage.workspace(&stage.installation, &trapped(pictured, vec![named.clone()])) {
        Ok(_) => return Err("a script as a picture was not refused".into()),
        Err(_) => refused += 1,
    }
    for (label, avatar, privacy, font) in [
        (label.as_str(), "", "", ""),
        ("Shop", "javascript:alert(1)", "", ""),
        (
            "Shop",
            "https://shop.example/a.png\" onerror=\"alert(1)",
            "",
            "",
        ),
        (
            "Shop",
            "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "",
            "",
        ),
        ("Shop", "", "javascript:alert(1)", ""),
        ("Shop", "", "https://shop.example/\" onclick=\"alert(1)", ""),
        ("Shop", "", "", "x; background: url(https://evil.example/x)"),
        ("Shop", "", "", "</style><script>alert(1)</script>"),
    ] {
        let mut workspace = shared.clone();
        workspace["theme"] = json!({ "delay_ms": 0, "label": label, "avatar": avatar, "privacy": privacy, "font": font });
        let Ok(guest) = stage.guest_of(trapped(workspace, vec![named.clone()])) else {
            refused += 1;
            continue;
        };
        seen += 1;
        guest.visits("/")?;
        guest.opens()?;
        is_clean(&guest, &format!("{label} {avatar} {privacy} {font}"))?;
        if seen > 1 {
            continue;
        }
        guest.answers("Yes")?;
        guest.awaits("the document", |seen| {
            seen.said.last().is_some_and(|said| said == "Read")
        })?;
        is_clean(&guest, "the document")?;
        guest.presses("button", Some("No thanks"), "[role=dialog]")?;
        guest.types("ada@corp.example")?;
        guest.awaits("times", |seen| seen.asks.as_deref() == Some("slot"))?;
        is_clean(&guest, "the slots")?;
        guest.presses("[role=group] ~ [role=group] button", None, "[role=dialog]")?;
        guest.presses("button, a", Some("Book this time"), "[role=dialog]")?;
        guest.awaits("the last words", |seen| {
            seen.said
                .last()
                .is_some_and(|said| said.starts_with("Met "))
        })?;
        is_clean(&guest, "the meeting")?;
        guest.leaves("")?;
    }
    if seen == 0 {
        return Err("all was refused, so that nothing was drawn".into());
    }
    Ok(format!(
        "{seen} settings drawn as text, {refused} refused; names of documents, agents and goals are text"
    ))
}

/// Check 5, what visitors type, and what pages tell.
///
/// # Errors
/// What ran, or what else is wrong.
pub fn answers(stage: &Stage) -> Verdict {
    let cards = [
        json!({ "id": "ask", "card": "question", "text": "Go on? {{lead.interest:\"-\"}}", "answers": [{ "label": "Yes", "then": "type" }] }),
        json!({ "id": "type", "card": "capture", "attribute": "person.question", "text": "What is it?", "given": "echo" }),
        json!({ "id": "echo", "card": "message", "text": "You said **{{lead.question:\"-\"}}** and [that](https://shop.example/?q={{lead.question:\"-\"}}), of {{lead.interest:\"-\"}}", "then": "type" }),
    ];
    let workspace =
        json!({ "attributes": { "person.question": "text", "person.interest": "text" } });
    let guest = stage.guest_of(trapped(workspace, vec![dialogue("Answers", &cards)]))?;
    guest.serves(
        "/told",
        &super::Host::with(&format!("<title>{}</title>", payloads()[2]), ""),
    );
    guest.window().load(&format!(
        "https://{SITE}/told?utm_source=%3Cscript%3Ealert(1)%3C/script%3E&q=\"><img src=x onerror=alert(1)>"
    ))?;
    guest.opens()?;
    let all: Vec<Value> = payloads().iter().map(|payload| json!(payload)).collect();
    for payload in payloads() {
        guest.page(&format!(
            "usher('set', {{ 'person.interest': {0}, interest: {0} }}).then(function () {{}}, function () {{}})",
            json!(payload)
        ))?;
    }
    guest.answers("Yes")?;
    for (n, payload) in all.iter().enumerate() {
        let typed = payload.as_str().unwrap_or_default();
        let until_echoed =
            |seen: &crate::run::Seen| seen.said.len() > 2 * n + 1 && seen.asks.is_some();
        guest.awaits("a field", until_echoed)?;
        guest.types(&typed.replace('\t', " "))?;
        let echoed = guest.awaits("the echo", |seen| {
            seen.said.len() > 2 * n + 3 || seen.refusal.is_some()
        })?;
        if let Some(refusal) = echoed.refusal {
            return Err(format!("{typed} was refused: {refusal}"));
        }
        is_clean(&guest, typed)?;
    }
    // What was typed is what is read, there and after a reload.
    guest.window().reload()?;
    guest.opens()?;
    guest.awaits("the transcript", |seen| seen.you.len() >= all.len())?;
    is_clean(&guest, "after a reload")?;
    until(Duration::from_secs(5), || {
        Ok(guest.diary().is_quiet(Duration::from_millis(300)))
    })?;
    if guest.asked("/v1/") > 4 * all.len() {
        return Err(format!("{} requests", guest.asked("/v1/")));
    }
    Ok(format!(
        "{} answers echoed as text, before and after a reload",
        all.len()
    ))
}
