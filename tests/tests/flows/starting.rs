//! The ways in which a page starts a flow.

use crate::stories::{
    BOOK, GUIDE, activities, awaited, engaged, gone, page, ready, same, scene, speaks, visitor,
    writes,
};
use serde_json::{Value, json};
use usher_tests::browsers::Make;
use usher_tests::front::CHAT_ORIGIN;
use usher_tests::hostile::{Guest, Stage, Verdict};

/// The page as its makers wrote it, without what is ours.
fn source(guest: &Guest) -> Result<String, String> {
    let copy = format!(
        "(function () {{ var copy = document.documentElement.cloneNode(true); \
           copy.querySelectorAll('iframe[src^=\"{CHAT_ORIGIN}\"]').forEach(function (ours) {{ ours.remove(); }}); \
           return copy.outerHTML; }})()"
    );
    Ok(guest.page(&copy)?.as_str().unwrap_or_default().to_owned())
}

/// Whether the keyboard is in the dialog.
fn holds_the_keyboard(guest: &Guest) -> Result<(), String> {
    awaited("the keyboard in the dialog", || {
        let page = guest.page("document.activeElement.nodeName")? == "IFRAME";
        let chat = "document.hasFocus() && !!document.activeElement.closest('[role=dialog]')";
        Ok(page && guest.chat(chat)? == true)
    })
}

/// F01: a call opens it over the page. Behind it nothing takes focus or scrolls; Escape closes it, the page is put
/// back as it was, and the keyboard is where it was.
///
/// # Errors
/// What is wrong.
pub fn popup(stage: &Stage) -> Verdict {
    let body = "<button id=\"go\">Book</button><p inert>Not for now.</p>";
    let guest = visitor(stage, scene(json!({})), "", body)?;
    let before = source(&guest)?;
    let started = guest.page(&format!(
        "document.getElementById('go').focus(), usher('start', '{BOOK}').then(function (told) {{ return told.shown; }})"
    ))?;
    same("what the call tells", &started, &json!(true))?;
    speaks(&guest, "Shall we talk?")?;
    holds_the_keyboard(&guest)?;
    let modal = guest.chat("document.querySelector('[role=dialog]').getAttribute('aria-modal')")?;
    same("the dialog is modal", &modal, &json!("true"))?;
    let reached =
        "[].filter.call(document.body.children, function (child) { return !child.inert; }).length";
    same(
        "parts of the page within reach",
        &guest.page(reached)?,
        &json!(0),
    )?;
    let scrolls = guest.page("getComputedStyle(document.documentElement).overflowY")?;
    same("the page behind scrolls", &scrolls, &json!("hidden"))?;
    guest.window().key("Escape")?;
    gone(&guest)?;
    same("the page afterwards", &source(&guest)?, &before)?;
    awaited("the keyboard where it was", || {
        Ok(guest.page("document.activeElement.id")? == "go")
    })?;
    guest.page(&format!(
        "usher('start', '{BOOK}').then(function () {{ return 1; }})"
    ))?;
    guest.works()?;
    engaged(&guest, "popup", "call", "")?;
    let goals = activities(&guest, "Reached Goal in Conversational Flow", 1)?;
    same("the goal's flow", &goals[0]["Name"], &json!(BOOK))?;
    guest.leaves("modal, put back exactly, proven")
}

/// F02: a link to it, on the page and from elsewhere. The address keeps nothing of it.
///
/// # Errors
/// What is wrong.
pub fn link(stage: &Stage) -> Verdict {
    let guest = visitor(
        stage,
        scene(json!({})),
        "",
        "<a id=\"go\" href=\"#usher=Book%20a%20demo\">Book</a>",
    )?;
    guest.page("document.getElementById('go').click(), 0")?;
    speaks(&guest, "Shall we talk?")?;
    same("the address", &guest.page("location.hash")?, &json!(""))?;
    guest.answers("No")?;
    speaks(&guest, "Another time.")?;
    engaged(&guest, "popup", "link", "")?;

    let other = stage.guest_of(scene(json!({})))?;
    other.visits("/#usher=Send%20the%20guide")?;
    speaks(&other, "Shall we send it?")?;
    same("the address", &other.page("location.hash")?, &json!(""))?;
    other.answers("Later")?;
    speaks(&other, "Later, then.")?;
    engaged(&other, "chatbot", "link", "")?;
    other.leaves("")?;
    guest.leaves("on the page and from a mail, the address is clean")
}

/// F03: a click on an element with `data-usher`, and on what a selector of the flow finds.
///
/// # Errors
/// What is wrong.
pub fn click(stage: &Stage) -> Verdict {
    let body = "<button id=\"marked\" data-usher=\"Send the guide\"><b>Guide</b></button>\
                <button id=\"found\" class=\"call-us\"><b>Call</b></button><button id=\"other\">Other</button>";
    let guest = visitor(stage, scene(json!({})), "", body)?;
    guest.page("document.getElementById('other').click(), 0")?;
    guest.meets_nothing()?;
    guest.page("document.querySelector('#marked b').click(), 0")?;
    speaks(&guest, "Shall we send it?")?;
    guest.answers("Later")?;
    speaks(&guest, "Later, then.")?;
    engaged(&guest, "chatbot", "click", "")?;
    let other = visitor(stage, scene(json!({})), "", body)?;
    other.page("document.querySelector('#found b').click(), 0")?;
    speaks(&other, "Shall we talk?")?;
    other.answers("No")?;
    speaks(&other, "Another time.")?;
    engaged(&other, "popup", "click", "")?;
    other.leaves("")?;
    guest.leaves("by mark and by selector")
}

/// F04: the page that a flow names starts it, and takes no keyboard; other pages load the loader alone.
///
/// # Errors
/// What is wrong.
pub fn by_page(stage: &Stage) -> Verdict {
    let guest = visitor(stage, scene(json!({})), "", "")?;
    guest.meets_nothing()?;
    same("frames on another page", &guest.asked("/f/"), &0)?;
    guest.serves("/pricing", &page("", "<input id=\"typing\" autofocus>"));
    guest.visits("/pricing")?;
    speaks(&guest, "Shall we talk?")?;
    same(
        "the keyboard",
        &guest.page("document.activeElement.nodeName + ' ' + document.activeElement.id")?,
        &json!("INPUT typing"),
    )?;
    same(
        "parts out of reach",
        &guest.page("document.querySelectorAll('[inert]').length")?,
        &json!(0),
    )?;
    guest.answers("No")?;
    speaks(&guest, "Another time.")?;
    engaged(&guest, "popup", "page", "")?;
    guest.leaves("by itself, without taking the keyboard")
}

/// Sums up what moved on the page without its visitor; where the browser can tell.
const SHIFTS: &str = "<script>(function () { var sum = window[Symbol.for('shifts')] = { all: 0 }; \
    if ((window.PerformanceObserver || {}).supportedEntryTypes && PerformanceObserver.supportedEntryTypes.indexOf('layout-shift') >= 0) { \
      sum.known = 1; new PerformanceObserver(function (list) { list.getEntries().forEach(function (entry) { sum.all += entry.value; }); }) \
        .observe({ type: 'layout-shift', buffered: true }); } })();</script>";

/// F05: in the page. Its height stands there before it comes, and it has no launcher.
///
/// # Errors
/// What is wrong.
pub fn inline(stage: &Stage) -> Verdict {
    let body = "<usher-flow flow=\"Send the guide\" height=\"520\" data-industry=\"Retail\" \
                style=\"display:block;height:520px\"></usher-flow><p id=\"below\">Below.</p>";
    let guest = visitor(stage, scene(json!({})), SHIFTS, body)?;
    let below = "document.getElementById('below').getBoundingClientRect().top + scrollY";
    let before = guest.page(below)?;
    speaks(&guest, "Shall we send it?")?;
    same("what is below", &guest.page(below)?, &before)?;
    let place = guest.place()?.unwrap_or_default();
    same("its height", &place[3], &520.0)?;
    let around = "[].filter.call(document.querySelectorAll('.launcher, [data-do=close]'), function (e) { return e.checkVisibility(); }).length";
    same(
        "launchers and ways to close",
        &guest.chat(around)?,
        &json!(0),
    )?;
    same(
        "parts out of reach",
        &guest.page("document.querySelectorAll('[inert]').length")?,
        &json!(0),
    )?;
    guest.answers("Send it")?;
    // The industry stands in the element: it is not asked for.
    speaks(&guest, "To which address?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "It is on its way.")?;
    guest.proves(1)?;
    engaged(&guest, "inline", "page", "")?;
    let shifts = guest.page("window[Symbol.for('shifts')]")?;
    same("what has moved", &shifts["all"], &json!(0))?;
    match (guest.make, shifts["known"] == 1) {
        (Make::Chromium, false) => Err("the browser does not measure what moves".into()),
        (_, true) => guest.leaves("layout shift 0, no launcher, proven"),
        (_, false) => guest.leaves("nothing below it moves, no launcher, proven"),
    }
}

/// F06: a call may begin at a card that its author has marked, and at no other.
///
/// # Errors
/// What is wrong.
pub fn entry(stage: &Stage) -> Verdict {
    let guest = visitor(stage, scene(json!({})), "", "")?;
    let starts = |card: &str| {
        guest.page(&format!("usher('start', '{BOOK}', {{ card: '{card}' }}).then(function (told) {{ return told.shown; }})"))
    };
    same("the call", &starts("times")?, &json!(true))?;
    speaks(&guest, "Which time?")?;
    starts("thanks")?;
    speaks(&guest, "Shall we talk?")?;
    starts("times")?;
    speaks(&guest, "Which time?")?;
    guest.answers("Ten")?;
    speaks(&guest, "Your address?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "Thank you.")?;
    guest.proves(1)?;
    let refused = guest.installation.api(&guest.workspace, "refused")?;
    same("what the server refused", &refused["items"], &json!([]))?;
    guest.leaves("at the entry, else at the opening card")
}

/// The industry of the only person.
fn industry(guest: &Guest) -> Result<Value, String> {
    let mut people = Value::Null;
    awaited("one person", || {
        people = guest.installation.api(&guest.workspace, "people")?;
        Ok(people["items"].as_array().is_some_and(|all| all.len() == 1))
    })?;
    Ok(people["items"][0]["attributes"]["industry"].clone())
}

/// F07: what the page knows is not asked for, and never stands above what the visitor has said.
///
/// # Errors
/// What is wrong.
pub fn values(stage: &Stage) -> Verdict {
    let guest = visitor(stage, scene(json!({})), "", "")?;
    let starts = |values: &str| {
        guest.page(&format!("usher('start', '{GUIDE}', {{ surface: 'popup', values: {values} }}).then(function () {{ return 1; }})"))
    };
    starts("{}")?;
    guest.answers("Send it")?;
    speaks(&guest, "Your industry?")?;
    writes(&guest, "Banking")?;
    speaks(&guest, "To which address?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "It is on its way.")?;
    guest.proves(1)?;
    same("what she said", &industry(&guest)?, &json!("Banking"))?;
    starts("{ industry: 'Retail', size: 12 }")?;
    speaks(&guest, "Shall we send it?")?;
    guest.answers("Send it")?;
    speaks(&guest, "To which address?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "It is on its way.")?;
    guest.proves(2)?;
    same(
        "after the page's value",
        &industry(&guest)?,
        &json!("Banking"),
    )?;

    let other = visitor(stage, scene(json!({})), "", "")?;
    other.page(&format!("usher('start', '{GUIDE}', {{ values: {{ 'person.industry': 'Retail' }} }}).then(function () {{ return 1; }})"))?;
    other.answers("Send it")?;
    speaks(&other, "To which address?")?;
    writes(&other, "bob@corp.example")?;
    speaks(&other, "It is on its way.")?;
    other.proves(1)?;
    same("what the page said", &industry(&other)?, &json!("Retail"))?;
    other.leaves("")?;
    guest.leaves("a blank is filled in, an answer stays")
}

/// A form whose page sends nothing itself.
const FORM: &str = "<form data-usher-form=\"demo-request\"><input name=\"size\"><input name=\"email\">\
    <input name=\"industry\" value=\"Retail\"><input type=\"password\" name=\"secret\" value=\"hunter-2-word\">\
    <input type=\"hidden\" name=\"csrf\" value=\"hidden-3-token\"><button>Send</button></form>\
    <script>document.querySelector('form').addEventListener('submit', function (event) { event.preventDefault(); });</script>";

/// Keeps what the chat's frame is told.
const HEARD: &str = "(function () { var heard = window[Symbol.for('heard')] = []; \
    addEventListener('message', function (event) { heard.push(JSON.stringify(event.data)); }); })();";

/// F08: a form with three choices in order: the first that holds, nothing, and what follows otherwise.
///
/// # Errors
/// What is wrong.
pub fn form(stage: &Stage) -> Verdict {
    let choices = json!({ "forms": [ { "form": "demo-request", "choices": [
        { "when": [ { "field": "size", "op": "at least", "values": [200] } ], "flow": BOOK, "surface": "popup" },
        { "when": [ { "field": "size", "op": "less than", "values": [5] } ] },
        { "flow": GUIDE },
    ] } ] });
    let mut told = Vec::new();
    for (size, words, surface) in [
        ("500", Some("Shall we talk?"), "popup"),
        ("2", None, ""),
        ("50", Some("Shall we send it?"), "chatbot"),
        ("many", Some("Shall we send it?"), "chatbot"),
    ] {
        let mut scene = scene(choices.clone());
        scene.manner.script = HEARD.into();
        let guest = visitor(stage, scene, "", FORM)?;
        let send = format!(
            "document.querySelector('[name=size]').value = '{size}', document.querySelector('[name=email]').value = 'ada@corp.example', \
             document.querySelector('form button').click(), 0"
        );
        guest.page(&send)?;
        let heard = || {
            let heard = guest.chat("JSON.stringify(window[Symbol.for('heard')])")?;
            Ok::<_, String>(heard.as_str().unwrap_or_default().to_owned())
        };
        awaited("the form handed over", || {
            Ok(guest.frames()? > 0 && heard().is_ok_and(|heard| heard.contains("demo-request")))
        })?;
        let heard = heard()?;
        same(
            "the fields",
            &(heard.contains("ada@corp.example"), heard.contains("Retail")),
            &(true, true),
        )?;
        for secret in ["hunter-2-word", "hidden-3-token"] {
            same(secret, &heard.contains(secret), &false)?;
        }
        match words {
            None => guest
                .awaits_for(std::time::Duration::from_millis(800), "nothing", |seen| {
                    seen.form.is_none()
                })
                .map(|_| ())?,
            Some(words) => {
                speaks(&guest, words)?;
                guest.answers(if words.contains("send") {
                    "Later"
                } else {
                    "No"
                })?;
                engaged(&guest, surface, "form", "demo-request")?;
            }
        }
        told.push(format!("{size}: {}", words.unwrap_or("nothing")));
        guest.leaves("")?;
    }
    // A form that the page hands over itself is answered with what became of it.
    let guest = visitor(stage, scene(choices), "", FORM)?;
    let hands = |size: &str| {
        guest.page(&format!("usher('form', 'demo-request', {{ size: '{size}' }}).then(function (told) {{ return told.shown + ' ' + told.why; }})"))
    };
    same("no flow follows", &hands("2")?, &json!("false nothing"))?;
    same("a flow follows", &hands("900")?, &json!("true undefined"))?;
    speaks(&guest, "Shall we talk?")?;
    ready(&guest)?;
    guest.leaves(&told.join("; "))
}
