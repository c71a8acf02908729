//! What the cases play with: flows, pages, and questions that several of them ask.

use serde_json::{Value, json};
use std::time::Duration;
use usher_tests::hostile::{Guest, Host, Scene, Stage, until};

/// How long something may take to be there.
pub const PATIENCE: Duration = Duration::from_secs(8);
/// The panel.
pub const PANEL: &str = "[role=dialog]";
/// Begins in the middle of the page.
pub const BOOK: &str = "Book a demo";
/// Begins in the corner.
pub const GUIDE: &str = "Send the guide";
/// How a conversation that a flow engages is recorded.
pub const ENGAGED: &str = "Engaged with a Conversational Flow";

/// A question, an address, a goal, and a last word; with a second question that pages may begin at.
pub fn book() -> Value {
    json!({
        "kind": "flow", "name": BOOK, "surface": "popup",
        "pages": ["shop.example/pricing"], "clicks": [".ask-us, .call-us"],
        "stream": { "cards": [
            { "id": "ask", "card": "question", "text": "Shall we talk?",
              "answers": [ { "label": "Yes", "then": "mail" }, { "label": "No", "then": "bye" } ] },
            { "id": "times", "card": "question", "text": "Which time?", "entry": true,
              "answers": [ { "label": "Ten", "then": "mail" } ] },
            { "id": "mail", "card": "capture", "attribute": "person.email", "text": "Your address?", "given": "won" },
            { "id": "won", "card": "goal", "goal": "Wanted", "then": "thanks" },
            { "id": "thanks", "card": "message", "text": "Thank you." },
            { "id": "bye", "card": "message", "text": "Another time." },
        ] },
    })
}

/// Another one: what it asks before the address is said again, as the page or the visitor gave it.
pub fn guide() -> Value {
    json!({
        "kind": "flow", "name": GUIDE,
        "stream": { "cards": [
            { "id": "ask", "card": "question", "text": "Shall we send it?",
              "answers": [ { "label": "Send it", "then": "field" }, { "label": "Later", "then": "later" } ] },
            { "id": "field", "card": "capture", "attribute": "person.industry", "text": "Your industry?",
              "known": "skip", "given": "to" },
            { "id": "to", "card": "capture", "attribute": "person.email", "text": "To which address?", "given": "sent" },
            { "id": "sent", "card": "goal", "goal": "Guide", "then": "way" },
            { "id": "way", "card": "message", "text": "It is on its way." },
            { "id": "later", "card": "message", "text": "Later, then." },
        ] },
    })
}

/// Both flows, nothing else, and fields of the workspace's file.
pub fn scene(mut workspace: Value) -> Scene {
    workspace["attributes"] = json!({ "person.industry": "text" });
    Scene {
        workspace,
        documents: vec![book(), guide()],
        ..Scene::default()
    }
}

/// Somebody who has loaded a page with this in its body.
pub fn visitor(stage: &Stage, scene: Scene, head: &str, body: &str) -> Result<Guest, String> {
    let guest = stage.guest_of(scene)?;
    guest.serves("/", &page(head, body));
    guest.visits("/")?;
    ready(&guest)?;
    Ok(guest)
}

/// A page whose own scripts are taken for its own.
pub fn page(head: &str, body: &str) -> Host {
    let watched = "<script>window[Symbol.for('watch')].again();</script>";
    Host::with(&format!("{head}{watched}"), body)
}

/// Waits until the loader takes calls.
pub fn ready(guest: &Guest) -> Result<(), String> {
    awaited("the loader", || {
        Ok(guest.page("typeof usher === 'function' && usher.version === 1")? == true)
    })
}

/// Waits until something holds.
pub fn awaited(what: &str, holds: impl FnMut() -> Result<bool, String>) -> Result<(), String> {
    if until(PATIENCE, holds)? {
        Ok(())
    } else {
        Err(format!("not {what}"))
    }
}

/// Waits until the panel shows these as its newest words.
pub fn speaks(guest: &Guest, words: &str) -> Result<(), String> {
    let said = |seen: &usher_tests::run::Seen| {
        seen.form.as_deref() == Some("panel") && seen.said.last().is_some_and(|said| said == words)
    };
    guest
        .awaits(&format!("{words:?} in the panel"), said)
        .map(|_| ())
}

/// Types into the field that awaits, of one line or several, and sends it.
pub fn writes(guest: &Guest, text: &str) -> Result<(), String> {
    guest.awaits("a field", |seen| seen.asks.is_some())?;
    guest.presses("form .entry", None, PANEL)?;
    guest.window().write(text)?;
    guest.window().key("Enter")
}

/// Waits until nothing of ours can be seen.
pub fn gone(guest: &Guest) -> Result<(), String> {
    guest
        .awaits("nothing", |seen| seen.form.is_none())
        .map(|_| ())
}

/// Two values that must be alike.
pub fn same<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    wanted: &T,
) -> Result<(), String> {
    if found == wanted {
        Ok(())
    } else {
        Err(format!("{what}: {found:?}, not {wanted:?}"))
    }
}

/// The activities of a name, oldest first, once there are so many.
pub fn activities(guest: &Guest, name: &str, count: usize) -> Result<Vec<Value>, String> {
    let path = format!("activities?activity={}", name.replace(' ', "%20"));
    let mut found = Vec::new();
    let enough = until(PATIENCE, || {
        let all = guest.installation.api(&guest.workspace, &path)?;
        found = all["items"].as_array().cloned().unwrap_or_default();
        Ok(found.len() == count)
    })?;
    if enough {
        Ok(found
            .into_iter()
            .map(|one| one["attributes"].clone())
            .collect())
    } else {
        Err(format!(
            "{} activities {name:?}, not {count}: {found:?}",
            found.len()
        ))
    }
}

/// Holds when the only conversation of a flow was engaged, begun like this.
pub fn engaged(guest: &Guest, surface: &str, source: &str, name: &str) -> Result<(), String> {
    let all = activities(guest, ENGAGED, 1)?;
    let told = |field: &str| all[0][field].as_str().unwrap_or("-").to_owned();
    same(
        "how it was begun",
        &[told("ui type"), told("source type"), told("source name")],
        &[surface.to_owned(), source.to_owned(), name.to_owned()],
    )
}
