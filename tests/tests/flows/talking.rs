//! What a visitor can do about a conversation: change its language, see what is not sent yet, end it.

use crate::stories::{PANEL, awaited, speaks, visitor, writes};
use serde_json::{Value, json};
use std::time::Duration;
use usher_tests::chromium::Line;
use usher_tests::hostile::{Guest, Scene, Stage, Verdict, talk, until};

/// Presses an entry of the menu.
fn chooses(guest: &Guest, entry: &str) -> Result<(), String> {
    guest.presses(".tool[aria-haspopup]", None, PANEL)?;
    guest.presses(entry, None, ".menu")
}

/// What stands in the transcript, whatever language assistive technology is told in who speaks.
fn transcript(guest: &Guest) -> Result<Value, String> {
    guest.chat(
        "[...document.querySelectorAll('.bot .bubble, .you .bubble')].map(one => [...one.childNodes]\
         .filter(part => part.className !== 'aside').map(part => part.textContent).join('')).join('|')",
    )
}

fn text(guest: &Guest, place: &str) -> Result<Value, String> {
    guest.chat(&format!(
        "(document.querySelector({place:?}) || {{}}).textContent || ''"
    ))
}

/// The menu offers the languages of a dialogue; what was said is said again in the one that was chosen, and the next page
/// speaks it, too.
///
/// # Errors
/// What is wrong.
pub fn languages(stage: &Stage) -> Verdict {
    let mut both = talk();
    both["stream"]["cards"][0]["text"] =
        json!({ "en": "Shall we talk?", "de": "Wollen wir reden?" });
    both["stream"]["cards"][1]["text"] = json!({ "en": "Your address?", "de": "Ihre Adresse?" });
    both["stream"]["cards"][3]["text"] = json!({ "en": "Thank you.", "de": "Danke." });
    let scene = Scene {
        documents: vec![both],
        ..Scene::default()
    };
    let guest = visitor(stage, scene, "", "")?;
    guest.answers("Yes")?;
    speaks(&guest, "Your address?")?;
    chooses(&guest, "[data-do=languages]")?;
    guest.presses(".chat[lang=de]", Some("Deutsch"), PANEL)?;
    let said = |words: &'static str| awaited(words, || Ok(transcript(&guest)? == words));
    said("Wollen wir reden?|Yes|Ihre Adresse?")?;
    awaited("our own words in German", || {
        Ok(guest.chat("document.querySelector('.tool[aria-haspopup]').title")? == "Menü")
    })?;
    guest.visits("/")?;
    said("Wollen wir reden?|Yes|Ihre Adresse?")?;
    writes(&guest, "ada@corp.example")?;
    said("Wollen wir reden?|Yes|Ihre Adresse?|ada@corp.example|Danke.")?;
    guest.proves(1)?;
    guest.leaves("in German from then on, counted once")
}

/// An answer that has no way to the server says so, until it has come there.
///
/// # Errors
/// What is wrong.
pub fn unsent(stage: &Stage) -> Verdict {
    let mut guest = visitor(stage, Scene::default(), "", "")?;
    guest.answers("Yes")?;
    speaks(&guest, "Your address?")?;
    awaited("everything sent", || {
        Ok(guest.diary().is_quiet(Duration::from_millis(300)))
    })?;
    guest.diary().set_away(true);
    guest.manner.line = Line::Cut;
    let manner = guest.manner.clone();
    guest.window_mut().behave(&manner)?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "Thank you.")?;
    // Where the browser does not know that it is offline, the third try in vain says so.
    let marked = until(Duration::from_secs(30), || {
        guest.waits(2_000)?;
        let marks = guest.chat(
            "[...document.querySelectorAll('.you')].map(one => one.classList.contains('unsent')).join()",
        )?;
        Ok(marks == "false,true")
    })?;
    if !marked {
        return Err("no mark on the newest answer alone".into());
    }
    guest.diary().set_away(false);
    guest.manner.line = Line::Open;
    let manner = guest.manner.clone();
    guest.window_mut().behave(&manner)?;
    let sent = until(Duration::from_secs(30), || {
        guest.waits(10_000)?;
        Ok(guest.chat("document.querySelectorAll('.unsent').length")? == 0)
    })?;
    if !sent {
        return Err("the mark stays".into());
    }
    guest.proves(1)?;
    guest.leaves("marked while away, and counted once")
}

/// A waiting message counts in the page's title, and where the look allows it a conversation can be ended: it is not
/// there any more, and what was said arrives.
///
/// # Errors
/// What is wrong.
pub fn ended(stage: &Stage) -> Verdict {
    let scene = Scene {
        workspace: json!({ "theme": { "delay_ms": 0, "title": true, "close": "end" } }),
        ..Scene::default()
    };
    let guest = visitor(stage, scene, "", "")?;
    let counts = || Ok(guest.page("document.title.indexOf('(1) ')")? == 0);
    awaited("the count in the title", counts)?;
    guest.answers("Yes")?;
    speaks(&guest, "Your address?")?;
    awaited("the title as it was", || Ok(!counts()?))?;
    if text(&guest, ".turn > time")? != "" {
        return Err("what was just said has an age".into());
    }
    guest.presses("[data-do=end]", None, PANEL)?;
    guest.awaits("nothing", |seen| seen.form.is_none())?;
    guest.visits("/")?;
    awaited("nothing decided", || {
        let state = guest.page("usher.why().then(function (why) { return why.state || ''; })")?;
        Ok(state == "nothing" && guest.sees()?.form.is_none())
    })?;
    awaited("the answer at the server", || {
        let report = guest.installation.api(&guest.workspace, "report")?;
        Ok(report["dialogues"][0]["engaged"] == 1 && report["dialogues"][0]["completed"] == 0)
    })?;
    guest.leaves("counted in the title; ended, gone, and what was said has arrived")
}
