//! Several conversations at once, and none at all.

use crate::stories::{
    BOOK, ENGAGED, GUIDE, PANEL, activities, awaited, gone, ready, same, scene, speaks, visitor,
    writes,
};
use serde_json::{Value, json};
use usher_tests::hostile::{Guest, Stage, Verdict, talk};

fn start(guest: &Guest, flow: &str) -> Result<Value, String> {
    let call = format!(
        "usher('start', '{flow}', {{ surface: 'corner' }}).then(function (told) {{ return told.shown; }})"
    );
    guest.page(&call)
}

/// The conversations that the menu lists; the one on screen is marked.
fn listed(guest: &Guest) -> Result<Vec<(String, bool)>, String> {
    // What arrives meanwhile may shut the menu.
    let item = "document.querySelector('.menu').hidden";
    awaited("the menu", || {
        guest.presses("[aria-haspopup=menu]", None, PANEL)?;
        std::thread::sleep(std::time::Duration::from_millis(100));
        Ok(guest.chat(item)? == false)
    })?;
    guest.presses("[role=menuitem]", Some("Conversations"), PANEL)?;
    let list = "[].map.call(document.querySelectorAll('[role=group][aria-label=Conversations] button[aria-current], \
                [role=group][aria-label=Conversations] button.chat'), function (button) { \
                  return [button.innerText, button.getAttribute('aria-current') === 'true']; })";
    let mut found = Value::Null;
    awaited("a list of conversations", || {
        found = guest.chat(list)?;
        Ok(found.as_array().is_some_and(|all| !all.is_empty()))
    })?;
    serde_json::from_value(found).map_err(|fault| fault.to_string())
}

/// Changes to a conversation by its name in the list, which marks the one on screen.
fn change_to(guest: &Guest, flow: &str, marked: usize) -> Result<(), String> {
    let (mut names, here): (Vec<_>, Vec<_>) = listed(guest)?.into_iter().unzip();
    names.sort();
    same("the list", &names, &vec![BOOK.to_owned(), GUIDE.to_owned()])?;
    same(
        "marked in the list",
        &here.iter().filter(|here| **here).count(),
        &marked,
    )?;
    let place = format!(
        "[role=group][aria-label=Conversations] button:nth-of-type(1):has(b), {PANEL} [role=group] button.chat"
    );
    let find = format!(
        "[].filter.call(document.querySelectorAll('{place}'), function (button) {{ return button.innerText === '{flow}'; }})[0].click(), 0"
    );
    guest.chat(&find).map(|_| ())
}

/// F09: two flows are under way; the list changes between them, also after the page was loaded again, and each goes on
/// where it was.
///
/// # Errors
/// What is wrong.
pub fn two_open(stage: &Stage) -> Verdict {
    let mut all = scene(json!({}));
    let mut hello = talk();
    hello["stream"]["cards"][0]["text"] = json!("Hello?");
    all.documents.push(hello);
    let guest = visitor(stage, all, "", "")?;
    start(&guest, BOOK)?;
    speaks(&guest, "Shall we talk?")?;
    guest.answers("Yes")?;
    speaks(&guest, "Your address?")?;
    start(&guest, GUIDE)?;
    guest.answers("Send it")?;
    speaks(&guest, "Your industry?")?;
    activities(&guest, ENGAGED, 2)?;
    change_to(&guest, BOOK, 1)?;
    speaks(&guest, "Your address?")?;
    change_to(&guest, GUIDE, 1)?;
    speaks(&guest, "Your industry?")?;

    guest.visits("/")?;
    ready(&guest)?;
    guest.page("usher('open').then(function () { return 1; })")?;
    speaks(&guest, "Hello?")?;
    change_to(&guest, BOOK, 0)?;
    speaks(&guest, "Your address?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "Thank you.")?;
    guest.proves(1)?;
    change_to_the_other(&guest)?;
    speaks(&guest, "Your industry?")?;
    writes(&guest, "Retail")?;
    speaks(&guest, "To which address?")?;
    writes(&guest, "ada@corp.example")?;
    speaks(&guest, "It is on its way.")?;
    guest.proves(2)?;
    same("conversations", &activities(&guest, ENGAGED, 2)?.len(), &2)?;
    guest.leaves("each goes on where it was, on the page and after a reload; both proven")
}

/// The finished one is off the list.
fn change_to_the_other(guest: &Guest) -> Result<(), String> {
    let names: Vec<String> = listed(guest)?.into_iter().map(|(name, _)| name).collect();
    same("the list", &names, &vec![GUIDE.to_owned()])?;
    guest
        .chat("document.querySelector('[role=group] button.chat').click(), 0")
        .map(|_| ())
}

/// F10: `hide` takes everything off the screen until the session ends, on other pages too; `open` and `start` bring it
/// back.
///
/// # Errors
/// What is wrong.
pub fn hidden(stage: &Stage) -> Verdict {
    let mut all = scene(json!({}));
    all.documents.push(talk());
    let guest = visitor(stage, all, "", "")?;
    guest.awaits("the poke", |seen| seen.form.as_deref() == Some("poke"))?;
    let call = |what: &str| {
        guest.page(&format!(
            "usher({what}).then(function (told) {{ return told.shown; }})"
        ))
    };
    same("what hide tells", &call("'hide'")?, &json!(false))?;
    gone(&guest)?;
    guest.visits("/")?;
    ready(&guest)?;
    awaited("a decision", || {
        Ok(guest.page("usher('why').then(function (why) { return why.frame; })")? == "ready")
    })?;
    std::thread::sleep(std::time::Duration::from_millis(500));
    gone(&guest)?;
    let why = guest.page("usher('why').then(function (why) { return why.lost[0].because; })")?;
    same(
        "why",
        &why,
        &json!("hidden: the page has hidden the chat for this session."),
    )?;
    same("what open tells", &call("'open'")?, &json!(true))?;
    speaks(&guest, "Shall we talk?")?;
    guest.talks()?;
    guest.proves(1)?;
    call("'hide'")?;
    gone(&guest)?;
    same(
        "what start tells",
        &call(&format!("'start', '{GUIDE}'"))?,
        &json!(true),
    )?;
    speaks(&guest, "Shall we send it?")?;
    guest.leaves("hidden on this page and the next; open and start bring it back")
}
