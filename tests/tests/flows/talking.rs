//! What a visitor can do about a conversation: change its language, see what is not sent yet, end it.

use crate::stories::{PANEL, awaited, speaks, visitor, writes};
use serde_json::{Value, json};
use usher_tests::chromium::Line;
use usher_tests::hostile::{Guest, Scene, Stage, Verdict, talk};

/// Presses an entry of the menu.
fn chooses(guest: &Guest, entry: &str) -> Result<(), String> {
    guest.presses(".tool[aria-haspopup]", None, PANEL)?;
    guest.presses(entry, None, ".menu")
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
    speaks(&guest, "Ihre Adresse?")?;
    let seen = guest.sees()?;
    if seen.said != ["Wollen wir reden?", "Ihre Adresse?"] || seen.you != ["Yes"] {
        return Err(format!("it says {:?} and {:?}", seen.said, seen.you));
    }
    awaited("our own words in German", || {
        Ok(guest.chat("document.querySelector('.tool[aria-haspopup]').title")? == "Menü")
    })?;
    guest.visits("/")?;
    guest.awaits("the panel", |seen| seen.said.len() == 2)?;
    speaks(&guest, "Ihre Adresse?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "Danke.")?;
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
        Ok(guest.chat("document.querySelectorAll('.unsent').length")? == 0)
    })?;
    guest.diary().set_away(true);
    guest.manner.line = Line::Cut;
    let manner = guest.manner.clone();
    guest.window_mut().behave(&manner)?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "Thank you.")?;
    awaited("a mark on the newest answer alone", || {
        let marks = guest.chat(
            "[...document.querySelectorAll('.you')].map(one => one.classList.contains('unsent')).join()",
        )?;
        Ok(marks == "false,true")
    })?;
    guest.diary().set_away(false);
    guest.manner.line = Line::Open;
    let manner = guest.manner.clone();
    guest.window_mut().behave(&manner)?;
    awaited("the mark gone", || {
        Ok(guest.chat("document.querySelectorAll('.unsent').length")? == 0)
    })?;
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
    let guest = visitor(stage, scene, "<title>Shop</title>", "")?;
    awaited("the count in the title", || {
        Ok(guest.page("document.title")? == "(1) Shop")
    })?;
    guest.answers("Yes")?;
    speaks(&guest, "Your address?")?;
    awaited("the title as it was", || {
        Ok(guest.page("document.title")? == "Shop")
    })?;
    if text(&guest, ".turn > time")? != "" {
        return Err("what was just said has an age".into());
    }
    guest.presses("[data-do=end]", None, PANEL)?;
    guest.awaits("nothing", |seen| seen.form.is_none())?;
    guest.visits("/")?;
    guest.meets_nothing()?;
    awaited("the answer at the server", || {
        let report = guest.installation.api(&guest.workspace, "report")?;
        Ok(report["dialogues"][0]["engaged"] == 1 && report["dialogues"][0]["completed"] == 0)
    })?;
    guest.leaves("counted in the title; ended, gone, and what was said has arrived")
}
