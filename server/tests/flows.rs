//! Conversational flows at the server: what publishing one makes startable, and how a conversation may begin.

mod house;

use base64::Engine as _;
use engine::compiled::{Publication, decode};
use engine::wire::{Answer, Input, SOURCE_TEXT, Surface};
use house::{Browser, House};

const FLOW: &str = r#"{ "kind": "flow", "name": "Book a demo", "surface": "popup",
    "pages": ["https://w.example/pricing"], "clicks": [".ask-us"], "stream": { "cards": [
    { "id": "ask", "card": "question", "text": "When?", "answers": [ { "label": "Soon", "then": "times" } ] },
    { "id": "times", "card": "question", "text": "Which time?", "entry": true,
      "answers": [ { "label": "Ten", "then": "bye" } ] },
    { "id": "bye", "card": "message", "text": "See you." } ] } }"#;
const CALLER: &str = r#"{ "kind": "dialogue", "name": "Caller", "audience": { "targets": ["https://w.example/*"] },
    "stream": { "cards": [
    { "id": "hello", "card": "question", "text": "Hello?", "answers": [ { "label": "Go", "then": "sub" } ] },
    { "id": "sub", "card": "flow", "flow": "Book a demo" } ] } }"#;

/// The index that the newest publication names.
async fn index(house: &House) -> Publication {
    let pointer = house.store.pointer(&house.acme.scope).await;
    let pointer = pointer.expect("a store").expect("a publication");
    let answer = house
        .http
        .get(house.url(&format!("/e/acme/{}", pointer.hash)));
    let bytes = answer.send().await.expect("an answer").bytes().await;
    decode(&bytes.expect("bytes")).expect("an index")
}

/// The loader of what is live now.
async fn loader(house: &House) -> String {
    house.app.look_again().await.expect("a store");
    let answer = house.http.get(house.url("/w/acme.js")).send().await;
    answer.expect("an answer").text().await.expect("text")
}

/// A browser that begins with the flow, published as this tenant's edition.
async fn at_the_flow(house: &mut House) -> Browser {
    let mut tenant = house.acme.clone();
    tenant.publish(&house.store, FLOW).await;
    house.acme = tenant;
    let mut browser = Browser::arrive(house, &house.acme);
    browser.begin.surface = Surface::Popup;
    browser.begin.source = "call".into();
    browser
}

/// Sends a beginning and gives the reasons that were kept, and whether the conversation is.
async fn sent(house: &House, browser: &Browser) -> (Vec<String>, bool) {
    house.keep(&browser.batch()).await;
    let log = house
        .store
        .log(&house.acme.scope, browser.id.to_string())
        .await;
    (house.refused(&house.acme).await, log.is_ok())
}

#[tokio::test]
async fn a_published_flow_can_be_started_and_renews_its_callers() {
    let mut house = House::open().await;
    let store = house.store.clone();
    let mut tenant = house.acme.clone();
    let first = tenant.publish(&store, FLOW).await;
    let caller = tenant.publish(&store, CALLER).await;
    let live = index(&house).await;
    let place = live.flow_named("Book a demo").expect("it can be started");
    assert_eq!(
        (live.flows[place].edition, live.flows[place].surface),
        (first, Surface::Popup)
    );
    let before = loader(&house).await;

    let changed = FLOW
        .replace("When?", "How soon?")
        .replace(".ask-us", ".call-us")
        .replace("\"popup\"", "\"corner\"");
    let second = tenant.publish(&store, &changed).await;
    house.acme = tenant;
    let live = index(&house).await;
    let flow = &live.flows[live.flow_named("Book a demo").expect("still there")];
    assert_ne!(second, first);
    assert_eq!((flow.edition, flow.surface), (second, Surface::Corner));
    let entry = live.entries.iter().find(|entry| entry.name == "Caller");
    let renewed = entry.expect("it is live").edition;
    assert_ne!(renewed, caller, "whoever calls it has a new edition");
    let compiled = store
        .compiled(&house.acme.scope, renewed)
        .await
        .expect("kept");
    assert!(format!("{:?}", compiled.editions).contains("How soon?"));
    if usher_server::assets::has_widget() {
        let after = loader(&house).await;
        assert!(before.contains(".ask-us") && !before.contains(".call-us"));
        assert!(after.contains(".call-us") && !after.contains(".ask-us"));
    }

    let taken = "/api/v1/dialogues/Book%20a%20demo/unpublish";
    let (status, told) = house.api(&house.acme, "POST", taken, None).await;
    assert_eq!(status, 204, "{told}");
    assert_eq!(index(&house).await.flow_named("Book a demo"), None);
}

#[tokio::test]
async fn a_conversation_begins_at_an_entry_and_at_no_other_card() {
    let mut house = House::open().await;
    let mut entry = at_the_flow(&mut house).await;
    let mut elsewhere = Browser::arrive(&house, &house.acme);
    elsewhere.begin.card = Some(house.acme.card("bye"));
    let (reasons, kept) = sent(&house, &elsewhere).await;
    assert_eq!(
        (reasons.as_slice(), kept),
        (&["unknown card".into()][..], false)
    );

    entry.begin.card = Some(house.acme.card("times"));
    let begun =
        engine::conversation::Conversation::begin(&entry.edition, house.acme.id, &entry.begin);
    entry.state = begun.expect("an entry").0;
    entry.hear(&house, Input::Opened);
    let ten = Input::Answered(house.acme.card("times"), Answer::Choice(0));
    entry.hear(&house, ten);
    let (reasons, kept) = sent(&house, &entry).await;
    assert_eq!((reasons.len(), kept), (1, true), "nothing new is refused");
    let conversation = house
        .get(&house.acme, &format!("/api/v1/conversations/{}", entry.id))
        .await;
    assert_eq!(conversation["log"][1]["given"], "Ten", "{conversation}");
    assert_eq!(conversation["status"], "Completed");
}

#[tokio::test]
async fn a_source_longer_than_any_of_ours_is_refused() {
    let mut house = House::open().await;
    let mut long = at_the_flow(&mut house).await;
    let mut fits = long.clone();
    fits.id = engine::ids::ConversationId([5; 16]);
    long.begin.source = format!("form {}", "x".repeat(SOURCE_TEXT - 4));
    fits.begin.source = format!("form {}", "x".repeat(SOURCE_TEXT - 5));
    let (reasons, kept) = sent(&house, &long).await;
    assert_eq!(
        (reasons.as_slice(), kept),
        (&["source too long".into()][..], false)
    );
    let (reasons, kept) = sent(&house, &fits).await;
    assert_eq!((reasons.len(), kept), (1, true));
}

/// What stands between two texts.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let from = text.find(before).expect("it begins") + before.len();
    let rest = &text[from..];
    &rest[..rest.find(after).expect("it ends")]
}

#[tokio::test]
async fn a_pinned_loader_is_what_its_tag_says_and_stays_so() {
    let mut house = House::open().await;
    let tag = house.usher(&["workspace", "tag", "--pinned"]);
    let path = format!("/l/{}", between(&tag, "/l/", "\""));
    let integrity = between(&tag, "integrity=\"", "\"").to_owned();
    assert!(tag.contains("crossorigin=\"anonymous\""), "{tag}");
    let fetch = async |house: &House| {
        let answer = house.http.get(house.url(&path)).send().await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        answer.bytes().await.expect("bytes")
    };
    let bytes = fetch(&house).await;
    let digest = integrity_of(&bytes);
    assert_eq!(integrity, format!("sha384-{digest}"));

    let mut tenant = house.acme.clone();
    tenant.publish(&house.store, FLOW).await;
    house.acme = tenant;
    house.usher(&["off"]);
    assert_eq!(fetch(&house).await, bytes, "it stays after a publish");
    house.usher(&["on"]);
    let again = house.usher(&["workspace", "tag", "--pinned"]);
    assert_eq!(again, tag, "the same loader has the same name");
}

/// SHA-384 in base64, as integrity attributes write it.
fn integrity_of(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha384::digest(bytes))
}
