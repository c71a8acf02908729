//! What is stored of a person never comes to a browser that does not prove to be theirs: marked values are stored, and
//! looked for in everything such a browser gets, shows, keeps and says, and in the server's log.

use super::guest::until;
use super::{Guest, Host, SITE, Scene, Stage, Verdict};
use serde_json::{Value, json};
use std::time::Duration;

/// The person's address. Its domain and its first letter are shown to whoever is recognised.
const ADDRESS: &str = "kanarek7f3a@kanarowo.example";
/// The part of it that nobody but the person may see.
const LOCAL: &str = "kanarek7f3a";
/// What else is on file.
const VALUES: [(&str, &str); 6] = [
    ("firstName", "Kanarina9c1"),
    ("lastName", "Kanarovna2d4"),
    ("phone", "+46700093417"),
    ("jobTitle", "Kanarologin8b"),
    ("country", "Kanaristan3e"),
    ("interest", "Kanarsang6a2"),
];
/// What is on file of the company.
const COMPANY: [(&str, &str); 3] = [
    ("name", "Kanarkonto5e6"),
    ("industry", "Kanarbranche7"),
    ("country", "Kanarien4d9"),
];

/// Every token of stored data.
fn tokens() -> String {
    let person = ["email"].into_iter().chain(VALUES.map(|(name, _)| name));
    let person = person.map(|name| format!("{{{{lead.{name}:\"-\"}}}}"));
    let company = COMPANY.map(|(name, _)| format!("{{{{company.{name}:\"-\"}}}}"));
    person.chain(company).collect::<Vec<_>>().join(" / ")
}

/// A workspace in which every kind of card shows every token.
fn scene() -> Scene {
    let tokens = tokens();
    let says = |words: &str| json!(format!("{words} {tokens}"));
    let known = json!({ "if": "attribute", "name": "person.email", "op": "is not empty" });
    let flow = json!({
        "kind": "flow", "name": "Aside", "language": "en",
        "stream": { "cards": [{ "id": "aside", "card": "message", "text": says("Aside") }] },
    });
    let dialogue = json!({
        "kind": "dialogue", "name": "Canary", "priority": 50, "language": "en",
        "audience": { "targets": [format!("{SITE}/*")] },
        "stream": { "cards": [
            { "id": "is_it", "card": "question", "text": says("Is it you?"), "answers": [
                { "label": "Yes", "effect": "confirm_identity", "then": "hello" },
                { "label": "No", "effect": "deny_identity", "then": "hello" } ] },
            { "id": "hello", "card": "message", "text": says("Hello"), "then": "by_fact" },
            { "id": "by_fact", "card": "branch", "conditions": [{ "when": known, "then": "told" }], "otherwise": "told" },
            { "id": "told", "card": "message", "text": format!("[a link](https://{SITE}/?who={{{{lead.email:\"nobody\"}}}}&name={{{{lead.firstName:\"none\"}}}})"), "then": "by_chance" },
            { "id": "by_chance", "card": "experiment", "arms": [{ "name": "One", "weight": 1, "then": "aside" }, { "name": "Two", "weight": 1, "then": "aside" }] },
            { "id": "aside", "card": "flow", "flow": "Aside", "then": "stage" },
            { "id": "stage", "card": "action", "attribute": "person.stage", "value": "{{lead.jobTitle:\"-\"}}", "then": "paper" },
            { "id": "paper", "card": "document", "text": says("Read"), "name": "Guide", "url": format!("https://{SITE}/guide.pdf?for={{{{lead.email:\"nobody\"}}}}"), "opened": "mail", "declined": "mail" },
            { "id": "mail", "card": "capture", "attribute": "person.email", "text": says("Your address?"), "given": "won" },
            { "id": "won", "card": "goal", "goal": "Wanted", "score": 1,
              "confirmation": { "subject": "Hello {{lead.firstName:\"there\"}}", "body": says("On file:") }, "then": "when" },
            { "id": "when", "card": "meeting", "text": says("When?"), "pool": "Calls", "booked": "last", "none": "last", "unavailable": "last" },
            { "id": "last", "card": "message", "text": says("Last") },
        ] },
    });
    let mut person = json!({ "email": ADDRESS, "company": "kanarowo.example", "stage": "Lead" });
    for (name, value) in VALUES {
        person[name] = json!(value);
    }
    let mut company = json!({ "domain": "kanarowo.example" });
    for (name, value) in COMPANY {
        company[name] = json!(value);
    }
    Scene {
        workspace: json!({
            "attributes": { "person.stage": "text", "person.interest": "text" },
            "companies": [company],
            "people": [person],
            "agents": [{ "name": "Nora", "email": "nora@shop.example", "zone": "UTC", "hours": "mon-sun 00:00-23:00", "notice_minutes": 60 }],
            "pools": [{ "name": "Calls", "agents": ["Nora"] }],
        }),
        documents: vec![flow, dialogue],
        ..Scene::default()
    }
}

/// Check 1, arriving by a link mailed to the person.
///
/// # Errors
/// Where the canary was found, or what else is wrong.
pub fn by_link(stage: &Stage) -> Verdict {
    let guest = stage.guest_of(scene())?;
    let link = guest.installation.usher(&[
        "-w",
        &guest.workspace,
        "link",
        ADDRESS,
        "--page",
        &format!("https://{SITE}/"),
    ])?;
    walk(&guest, link.trim(), "", "somebody@else.example", &[LOCAL])?;
    // The masked address proves that the browser was recognised, or nothing was tested.
    let shown = guest.chat("document.body.innerText")?;
    let shown = shown.as_str().unwrap_or_default();
    if !shown.contains("@kanarowo.example") {
        return Err("the browser was not recognised".into());
    }
    guest.leaves("recognised, shown the masked address alone")
}

/// Check 1, where the page vouches for the person without a proof.
///
/// # Errors
/// Where the canary was found, or what else is wrong.
pub fn by_claim(stage: &Stage) -> Verdict {
    let claim = json!({ "workspace": "x", "email": ADDRESS, "exp": 4_102_444_800_u64 }).to_string();
    let claims = [
        ADDRESS.to_owned(),
        claim.clone(),
        format!("{}.", usher_server::secrets::base64url(claim.as_bytes())),
        format!(
            "{}.{}",
            usher_server::secrets::base64url(claim.as_bytes()),
            usher_server::secrets::base64url(&[7; 32])
        ),
        "eyJhbGciOiJub25lIn0.e30.".into(),
        String::new(),
    ];
    for claim in claims {
        let guest = stage.guest_of(scene())?;
        // A claim is made before the browser is asked who it is, and stands in the page, not in what we answer.
        guest.serves(
            "/",
            &Host::with(
                &format!(
                    "<script>window.usher = function () {{ (usher.q = usher.q || []).push(arguments); }}; usher('identify', {}); \
                     window[Symbol.for('watch')].again();</script>",
                    json!(claim)
                ),
                "",
            ),
        );
        walk(
            &guest,
            &format!("https://{SITE}/"),
            &claim,
            "somebody@else.example",
            &[LOCAL],
        )?;
        guest.leaves("")?;
    }
    Ok("six claims without a proof, nothing shown".into())
}

/// Check 1, typing the person's address.
///
/// # Errors
/// Where the canary was found, or what else is wrong.
pub fn by_typing(stage: &Stage) -> Verdict {
    let guest = stage.guest_of(scene())?;
    // What the visitor typed is theirs to see; everything else is not.
    walk(&guest, &format!("https://{SITE}/"), "", ADDRESS, &[])?;
    guest.leaves("the typed address opens nothing")
}

/// Goes through every card, and looks for what is stored in all that there is.
fn walk(
    guest: &Guest,
    address: &str,
    claim: &str,
    typed: &str,
    besides: &[&str],
) -> Result<(), String> {
    let words = "[document.body.innerHTML, [].map.call(document.querySelectorAll('a, input'), function (one) { \
        return (one.href || '') + ' ' + (one.value || '') + ' ' + (one.placeholder || ''); }).join(' '), \
        Object.keys(localStorage).concat(Object.keys(sessionStorage)).map(function (key) { \
        return (localStorage.getItem(key) || '') + (sessionStorage.getItem(key) || ''); }).join(' '), document.cookie].join('\\n')";
    let page = "document.documentElement.outerHTML + document.cookie + JSON.stringify(localStorage) + location.href";
    let secrets: Vec<&str> = VALUES
        .iter()
        .chain(&COMPANY)
        .map(|(_, value)| *value)
        .chain(besides.iter().copied())
        .collect();
    let look = |place: &str, text: &str| -> Result<(), String> {
        // What the page itself has put there is no news to it.
        let text = if claim.is_empty() {
            text.to_owned()
        } else {
            text.replace(claim, "")
        };
        match secrets.iter().find(|secret| text.contains(**secret)) {
            Some(secret) => Err(format!("{secret} is in {place}")),
            None => Ok(()),
        }
    };
    let look_around = |step: &str| -> Result<(), String> {
        let shown = guest.chat(words)?;
        look(
            &format!("the chat, at {step}"),
            shown.as_str().unwrap_or_default(),
        )?;
        if claim.is_empty() {
            let shown = guest.page(page)?;
            look(
                &format!("the page, at {step}"),
                shown.as_str().unwrap_or_default(),
            )?;
        }
        Ok(())
    };
    guest.weather().keep_bodies();
    guest.window().load(address)?;
    guest.awaits("the poke", |seen| seen.form.is_some())?;
    look_around("the poke")?;
    guest.opens()?;
    look_around("the question")?;
    guest.answers("Yes")?;
    guest.awaits("the document", |seen| {
        seen.said.iter().any(|said| said.starts_with("Read"))
    })?;
    look_around("the document")?;
    guest.presses("button", Some("No thanks"), "[role=dialog]")?;
    guest.awaits("the address", |seen| seen.asks.as_deref() == Some("email"))?;
    look_around("the capture")?;
    guest.types("no address")?;
    guest.awaits("a refusal", |seen| seen.refusal.is_some())?;
    look_around("a refused answer")?;
    guest.types(typed)?;
    guest.awaits("times", |seen| seen.asks.as_deref() == Some("slot"))?;
    look_around("the slots")?;
    guest.presses("[role=group] ~ [role=group] button", None, "[role=dialog]")?;
    guest.presses("button, a", Some("Book this time"), "[role=dialog]")?;
    guest.awaits("the last words", |seen| {
        seen.said
            .last()
            .is_some_and(|said| said.starts_with("Last"))
    })?;
    look_around("the end")?;
    let told = guest.page("usher('why').then(function (told) { return JSON.stringify(told); })")?;
    look("usher('why')", told.as_str().unwrap_or_default())?;
    until(Duration::from_secs(5), || {
        Ok(guest.diary().is_quiet(Duration::from_millis(300)))
    })?;
    for (path, body) in guest.weather().bodies() {
        look(
            &format!("the answer of {path}"),
            &String::from_utf8_lossy(&body),
        )?;
    }
    if guest.weather().bodies().len() < 6 {
        return Err("the answers were not kept".into());
    }
    let said: Vec<String> = guest
        .window()
        .complaints()
        .into_iter()
        .map(|complaint| complaint.words)
        .collect();
    look("the console", &said.join("\n"))?;
    let log = guest.installation.log();
    let of_log: Vec<&str> = VALUES
        .iter()
        .map(|(_, value)| *value)
        .chain([LOCAL])
        .collect();
    match of_log.iter().find(|secret| log.contains(**secret)) {
        Some(secret) => Err(format!("{secret} is in the server's log")),
        None => match said.as_slice() {
            [] => Ok(()),
            said => Err(format!("the console says {said:?}")),
        },
    }
}

/// What is on file never depends on who asks for it: the same values are there for whoever proves to be the person.
///
/// # Errors
/// When the person does not read them, so that the other checks would pass for nothing.
pub fn by_proof(stage: &Stage) -> Verdict {
    let guest = stage.guest_of(scene())?;
    let link = guest.installation.usher(&[
        "-w",
        &guest.workspace,
        "link",
        ADDRESS,
        "--verify",
        "--page",
        &format!("https://{SITE}/"),
    ])?;
    guest.window().load(link.trim())?;
    guest.opens()?;
    let shown: Value = guest.chat("document.body.innerText")?;
    let shown = shown.as_str().unwrap_or_default();
    let secrets = VALUES.iter().chain(&COMPANY).map(|(_, value)| *value);
    match secrets
        .chain([ADDRESS])
        .find(|value| !shown.contains(value))
    {
        Some(missing) => Err(format!("the person does not read {missing}: {shown}")),
        None => guest.leaves("whoever proves to be the person reads all of it"),
    }
}
