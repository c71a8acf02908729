//! Who somebody is, and how little that tells anybody else.

mod house;

use engine::ids::{HOUR, MINUTE};
use engine::value::Value;
use engine::wire::{Answer, Identified, Identify, Input, Kept, Opaque, Sender, Strength};
use house::{Browser, House, Reply, identify};
use serde_json::json;
use usher_server::store::PersonChange;

const ADA: &str = "ada.secret@corp.example";

/// A person in retail with an address on file.
async fn ada_is_on_file(house: &House) {
    let person = json!({ "email": ADA, "attributes": { "firstName": "Ada", "industry": "Retail" },
        "company": { "name": "Corp", "domain": "corp.example", "attributes": { "size": 20 } } });
    let (status, body) = house
        .api(&house.acme, "POST", "/api/v1/people", Some(person))
        .await;
    assert_eq!(status, 201, "{body}");
}

async fn tracked_link(house: &House) -> String {
    let path = format!("/api/v1/people/{ADA}/links");
    let (status, body) = house.api(&house.acme, "POST", &path, Some(json!({}))).await;
    assert_eq!(status, 201);
    let link = body["link"].as_str().unwrap();
    link.strip_prefix("#usher-link=").unwrap().to_owned()
}

/// The bytes of an answer, with everything blanked that differs between any two browsers.
async fn answer_bytes(house: &House, token: Option<Opaque>) -> (u16, Vec<u8>) {
    let question = Identify {
        sender: Sender {
            workspace: "acme".into(),
            visitor: token,
            gpc: false,
        },
        editions: vec![house.acme.id],
        login: None,
        link: None,
    };
    let reply: Reply<Identified> = house.post("/v1/identity", &question, None).await;
    let mut identified = reply.body.unwrap();
    let mut snapshot: engine::wire::Snapshot =
        engine::compiled::decode(&identified.snapshot.bytes).unwrap();
    snapshot.id = engine::ids::SnapshotId::default();
    snapshot.made = engine::ids::Timestamp(0);
    identified.snapshot.bytes = engine::compiled::encode(&snapshot);
    identified.snapshot.signature = [0; 32];
    identified.now = engine::ids::Timestamp(0);
    (reply.status, engine::compiled::encode(&identified))
}

#[tokio::test]
async fn nobody_can_tell_whether_a_typed_address_is_on_file() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let mut answers = Vec::new();
    for email in [ADA, "nobody.knows@corp.example"] {
        let mut browser = Browser::arrive(&house, &house.acme);
        browser.go_through(&house, &house.acme, email);
        let reply = house.send(&browser.batch()).await;
        let Some(engine::wire::InputsAnswer::Kept(kept)) = reply.body else {
            panic!("not kept")
        };
        // The digest is of what the browser said itself.
        assert_eq!(kept.digest, browser.state.digest());
        let bare = Kept {
            digest: 0,
            visitor: kept.visitor.map(|_| [0; 16]),
            now: engine::ids::Timestamp(0),
            ..kept
        };
        let (status, bytes) = answer_bytes(&house, kept.visitor).await;
        let cookie = reply.cookie.map(|cookie| cookie.len());
        answers.push((reply.status, bare, cookie, status, bytes));
    }
    assert_eq!(answers[0], answers[1]);
    let (_, snapshot) = identify(&house, &house.acme, None, None, None).await;
    assert_eq!(snapshot.strength, Strength::Anonymous);
}

#[tokio::test]
async fn typing_an_address_on_file_changes_nothing_on_file() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let before = house
        .get(&house.acme, &format!("/api/v1/people/{ADA}"))
        .await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, &ADA.to_uppercase());
    house.keep(&browser.batch()).await;
    assert_eq!(
        house
            .get(&house.acme, &format!("/api/v1/people/{ADA}"))
            .await,
        before
    );
    let people = house.get(&house.acme, "/api/v1/people").await;
    let claimed: Vec<_> = people["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|p| p["claimed"] == true)
        .collect();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0]["attributes"]["interest"], "SEO");
    let goals = house.get(&house.acme, "/api/v1/goals").await;
    assert_eq!(goals["items"][0]["person"], claimed[0]["id"]);
    assert_eq!(house.counts(&house.acme).await[3], 0, "nobody was won");
}

#[tokio::test]
async fn a_new_address_makes_a_person_with_what_was_said_before() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, "New.One@corp.example");
    house.keep(&browser.batch()).await;
    let person = house
        .get(&house.acme, "/api/v1/people/new.one@corp.example")
        .await;
    assert_eq!(person["source"], "dynamicChat");
    assert_eq!(person["acquired_by"], "D1");
    assert_eq!(person["attributes"]["interest"], "SEO");
    let id = person["id"].as_str().unwrap();
    let activities = house
        .get(&house.acme, &format!("/api/v1/activities?person={id}"))
        .await;
    assert_eq!(activities["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_tracked_link_recognises_and_shows_a_masked_address_only() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let link = tracked_link(&house).await;
    let (identified, snapshot) = identify(&house, &house.acme, None, None, Some(link)).await;
    assert_eq!(snapshot.strength, Strength::Recognised);
    let email = house.acme.token_of("email");
    let shown = &snapshot.editions[0].tokens;
    assert_eq!(shown, &[(email, "a•••@corp.example".to_owned())]);
    assert!(!contains(&identified.snapshot.bytes, b"secret"));
    // Decisions may use what is on file.
    let browser = Browser::arrive_with(
        &house,
        &house.acme,
        identified.visitor,
        Some(identified.snapshot),
    );
    let mut browser = browser;
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(0)),
    );
    house.keep(&browser.batch()).await;
    let goals = house
        .get(&house.acme, &format!("/api/v1/goals?person={ADA}"))
        .await;
    assert_eq!(goals["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_login_token_verifies_for_a_session_and_changes_the_visitors_token() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let (before, _) = identify(&house, &house.acme, None, None, None).await;
    let login = house.acme.login(ADA, house.clock.now());
    let (after, snapshot) = identify(
        &house,
        &house.acme,
        before.visitor,
        Some(login.clone()),
        None,
    )
    .await;
    assert_eq!(snapshot.strength, Strength::Verified);
    assert!(
        snapshot.editions[0]
            .tokens
            .contains(&(house.acme.token_of("email"), ADA.into()))
    );
    assert!(after.visitor.is_some() && after.visitor != before.visitor);
    let (_, old) = identify(&house, &house.acme, before.visitor, None, None).await;
    assert_eq!(
        old.strength,
        Strength::Anonymous,
        "the token from before is dead"
    );
    house.clock.advance(31 * MINUTE);
    let (_, later) = identify(&house, &house.acme, after.visitor, None, None).await;
    assert_eq!(later.strength, Strength::Recognised);
    house.clock.advance(HOUR);
    let (_, expired) = identify(&house, &house.acme, None, Some(login), None).await;
    assert_eq!(expired.strength, Strength::Anonymous);
}

#[tokio::test]
async fn a_login_of_one_workspace_is_nothing_in_another() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let login = house.zenith.login(ADA, house.clock.now());
    let (_, snapshot) = identify(&house, &house.acme, None, Some(login), None).await;
    assert_eq!(snapshot.strength, Strength::Anonymous);
}

#[tokio::test]
async fn a_claimed_record_merges_when_its_owner_is_verified() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, ADA);
    let kept = house.keep(&browser.batch()).await;
    let login = house.acme.login(ADA, house.clock.now());
    identify(&house, &house.acme, kept.visitor, Some(login), None).await;
    let people = house.get(&house.acme, "/api/v1/people").await;
    assert_eq!(people["items"].as_array().unwrap().len(), 1);
    let ada = &people["items"][0];
    assert_eq!(ada["attributes"]["interest"], "SEO");
    assert_eq!(ada["attributes"]["industry"], "Retail");
    let goals = house
        .get(&house.acme, &format!("/api/v1/goals?person={ADA}"))
        .await;
    assert_eq!(goals["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn no_parts_the_browser_from_the_person_for_good() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let link = tracked_link(&house).await;
    let (identified, _) = identify(&house, &house.acme, None, None, Some(link.clone())).await;
    let token = identified.visitor;
    let mut browser = Browser::arrive_with(&house, &house.acme, token, Some(identified.snapshot));
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(1)),
    );
    house.keep(&browser.batch()).await;
    for again in [None, Some(link)] {
        let (_, snapshot) = identify(&house, &house.acme, token, None, again).await;
        assert_eq!(snapshot.strength, Strength::Anonymous);
        assert!(snapshot.editions[0].tokens.is_empty());
    }
    let activities = house
        .get(&house.acme, &format!("/api/v1/activities?person={ADA}"))
        .await;
    assert!(activities["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn whoever_signals_global_privacy_control_is_not_looked_up() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let question = Identify {
        sender: Sender {
            workspace: "acme".into(),
            visitor: None,
            gpc: true,
        },
        editions: vec![house.acme.id],
        login: Some(house.acme.login(ADA, house.clock.now())),
        link: None,
    };
    let reply: Reply<Identified> = house.post("/v1/identity", &question, None).await;
    let snapshot: engine::wire::Snapshot =
        engine::compiled::decode(&reply.body.unwrap().snapshot.bytes).unwrap();
    assert_eq!(snapshot.strength, Strength::Anonymous);
}

#[tokio::test]
async fn the_address_on_file_reaches_no_browser_that_is_not_verified() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let link = tracked_link(&house).await;
    let (identified, _) = identify(&house, &house.acme, None, None, Some(link)).await;
    let mut browser = Browser::arrive_with(
        &house,
        &house.acme,
        identified.visitor,
        Some(identified.snapshot.clone()),
    );
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(0)),
    );
    let reply = house.send(&browser.batch()).await;
    let mut everything = vec![identified.snapshot.bytes, reply.bytes];
    for path in ["/w/acme.js", "/f/acme"] {
        let answer = house.http.get(house.url(path)).send().await.unwrap();
        everything.push(answer.bytes().await.unwrap().to_vec());
    }
    for bytes in everything {
        assert!(!contains(&bytes, b"ada.secret"));
    }
}

#[tokio::test]
async fn a_browser_that_withdraws_consent_is_forgotten() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let link = tracked_link(&house).await;
    let (identified, _) = identify(&house, &house.acme, None, None, Some(link)).await;
    let sender = Sender {
        workspace: "acme".into(),
        visitor: identified.visitor,
        gpc: false,
    };
    let erase = engine::wire::Erase { sender };
    let reply: Reply<()> = house.post("/v1/erase", &erase, None).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.cookie.as_deref(), Some("usher-visitor="));
    let (_, snapshot) = identify(&house, &house.acme, identified.visitor, None, None).await;
    assert_eq!(snapshot.strength, Strength::Anonymous);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn what_is_remembered_of_a_person_is_forgotten_when_anybody_changes_it() {
    let house = House::open().await;
    ada_is_on_file(&house).await;
    let link = tracked_link(&house).await;
    let (recognised, _) = identify(&house, &house.acme, None, None, Some(link)).await;
    let token = recognised.visitor;
    let atoms = async || {
        let (_, snapshot) = identify(&house, &house.acme, token, None, None).await;
        snapshot.editions[0].atoms.clone()
    };
    let in_retail = atoms().await;
    assert_eq!(atoms().await, in_retail);
    let moved = json!({ "email": ADA, "attributes": { "industry": "Farming" } });
    let (status, _) = house
        .api(&house.acme, "POST", "/api/v1/people", Some(moved))
        .await;
    assert_eq!(status, 200);
    let in_farming = atoms().await;
    assert_ne!(in_farming, in_retail);
    let (other, _) =
        usher_server::app::open(&house.app.config, house.clock.clone()).expect("another server");
    let back = PersonChange {
        email: ADA.into(),
        values: [("industry".into(), Some(Value::Text("Retail".into())))].into(),
        ..PersonChange::default()
    };
    let changed = other.upsert_person(&house.acme.scope, back).await;
    changed.expect("changed");
    house.app.look_again().await.expect("looked");
    assert_eq!(atoms().await, in_retail);
    other
        .forget(&house.acme.scope, ADA.into())
        .await
        .expect("forgotten");
    house.app.look_again().await.expect("looked");
    let (_, snapshot) = identify(&house, &house.acme, token, None, None).await;
    assert_eq!(snapshot.strength, Strength::Anonymous);
}
