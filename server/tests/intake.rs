//! Inputs are kept once, in order, whatever happens on the way.

mod house;

use engine::wire::{Answer, Input, InputsAnswer, Sender};
use house::{Browser, House, database};

#[tokio::test]
async fn the_same_batch_twice_changes_nothing() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, "ada@corp.example");
    house.keep(&browser.batch()).await;
    let lists = [
        "/api/v1/goals",
        "/api/v1/activities",
        "/api/v1/conversations",
        "/api/v1/people",
    ];
    let mut before = Vec::new();
    for list in lists {
        before.push(house.get(&house.acme, list).await);
    }
    for _ in 0..3 {
        house.keep(&browser.batch()).await;
    }
    for (list, before) in lists.iter().zip(before) {
        assert_eq!(house.get(&house.acme, list).await, before, "{list}");
    }
}

#[tokio::test]
async fn a_batch_that_overlaps_what_is_kept_adds_the_rest() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(&house, Input::Opened);
    let kept = house.keep(&browser.batch()).await;
    browser.token = kept.visitor;
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    let kept = house.keep(&browser.batch()).await;
    assert_eq!((kept.through, kept.digest), (2, browser.state.digest()));
    assert!(house.refused(&house.acme).await.is_empty());
}

#[tokio::test]
async fn of_two_forks_the_first_wins_and_the_other_gets_its_log() {
    let house = House::open().await;
    let mut one = Browser::arrive(&house, &house.acme);
    one.hear(&house, Input::Opened);
    let mut other = one.clone();
    one.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    other.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(1)),
    );
    house.keep(&one.batch()).await;
    let reply = house.send(&other.batch()).await;
    assert_eq!(reply.status, 409);
    match reply.body {
        Some(InputsAnswer::Overtaken { begin, entries }) => {
            assert_eq!(*begin, one.begin);
            assert_eq!(entries, one.entries);
        }
        body => panic!("{body:?}"),
    }
    assert!(house.refused(&house.acme).await.is_empty());
}

#[tokio::test]
async fn a_browser_whose_state_differs_is_marked_and_the_replay_stands() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(&house, Input::Opened);
    browser.entries[0].digest ^= 1;
    let kept = house.keep(&browser.batch()).await;
    assert_eq!(kept.digest, browser.state.digest());
    let log = house
        .store
        .log(&house.acme.scope, browser.id.to_string())
        .await
        .unwrap();
    assert!(log.row.diverged);
    let metrics = house
        .http
        .get(house.url("/metrics"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(metrics.contains("usher_diverged_total 1"), "{metrics}");
}

#[tokio::test]
async fn a_new_browser_gets_a_token_and_an_old_one_keeps_it() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(&house, Input::Opened);
    let reply = house.send(&browser.batch()).await;
    let cookie = reply.cookie.expect("a cookie");
    assert!(cookie.starts_with("usher-visitor="), "{cookie}");
    let Some(InputsAnswer::Kept(kept)) = reply.body else {
        panic!("not kept")
    };
    assert!(kept.visitor.is_some());
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    let again = house
        .post::<_, InputsAnswer>("/v1/inputs", &browser.batch(), Some(&cookie))
        .await;
    assert_eq!(again.cookie, None);
    let dump = std::fs::read(house.folder.path().join("usher.db-wal")).unwrap_or_default();
    let token = kept.visitor.unwrap();
    assert!(
        !dump.windows(16).any(|bytes| bytes == token),
        "only the hash is kept"
    );
}

#[tokio::test]
async fn what_is_no_message_is_told_so() {
    let house = House::open().await;
    for body in [Vec::new(), vec![0xff; 40], b"{}".to_vec()] {
        let reply = house
            .post_bytes::<InputsAnswer>("/v1/inputs", body, None)
            .await;
        assert_eq!(reply.status, 400);
    }
    let large = house
        .post_bytes::<InputsAnswer>("/v1/inputs", vec![1; 70_000], None)
        .await;
    assert_eq!(large.status, 413);
    let mut nowhere = Browser::arrive(&house, &house.acme).batch();
    nowhere.sender = Sender {
        workspace: "nowhere".into(),
        visitor: None,
        gpc: false,
    };
    assert_eq!(house.send(&nowhere).await.status, 404);
    let foreign = house
        .http
        .post(house.url("/v1/inputs"))
        .header("sec-fetch-site", "cross-site")
        .header("content-type", "text/plain")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status().as_u16(), 403);
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_to_wait() {
    let house = House::open_with(|config| config.rate_limits = true).await;
    let browser = Browser::arrive(&house, &house.acme);
    let mut limited = None;
    for _ in 0..200 {
        let answer = house
            .http
            .post(house.url("/v1/inputs"))
            .body(engine::compiled::encode(&browser.batch()))
            .send()
            .await
            .unwrap();
        if answer.status().as_u16() == 429 {
            limited = answer.headers().get("retry-after").cloned();
            break;
        }
    }
    assert!(limited.is_some_and(|wait| wait.to_str().unwrap().parse::<u32>().unwrap() >= 1));
}

#[tokio::test]
async fn a_fault_of_the_widget_reaches_operators() {
    let house = House::open().await;
    let mut batch = Browser::arrive(&house, &house.acme).batch();
    batch.fault = Some("panicked at view.rs".into());
    house.keep(&batch).await;
    let faults = house.store.faults(&house.acme.scope).await.unwrap();
    assert_eq!(faults[0].0, "panicked at view.rs");
}

#[tokio::test]
async fn what_was_agreed_to_is_kept_with_its_words_and_their_version() {
    const DIALOGUE: &str = r#"{"kind": "dialogue", "name": "News", "audience": {"targets": ["https://w.example/*"]},
        "stream": {"cards": [
            {"id": "mail", "card": "capture", "text": "Your address?", "attribute": "person.email", "given": "seats",
             "agreement": {"text": "Send me the [news](https://w.example/news)", "required": true}},
            {"id": "seats", "card": "capture", "text": "Which topic?", "attribute": "person.interest", "given": "bye",
             "agreement": {"text": "Call me"}},
            {"id": "bye", "card": "message", "text": "Thank you."}]}}"#;
    let mut house = House::open().await;
    let mut acme = house.acme.clone();
    acme.publish(&house.store, DIALOGUE).await;
    house.acme = acme.clone();
    let mut browser = Browser::arrive(&house, &acme);
    browser.hear(&house, Input::Opened);
    let address = || Answer::Typed("ada@corp.example".into());
    // A browser that leaves the box out has no answer.
    let mut forger = browser.clone();
    forger.note(
        Input::Answered(acme.card("mail"), address()),
        house.clock.now(),
    );
    house.send(&forger.batch()).await;
    assert_eq!(house.refused(&acme).await.len(), 1);

    browser.hear(&house, Input::Agreed(acme.card("mail"), address()));
    browser.hear(
        &house,
        Input::Answered(acme.card("seats"), Answer::Typed("Prices".into())),
    );
    let kept = house.keep(&browser.batch()).await;
    assert_eq!(kept.through, 3);
    let path = "/api/v1/activities?activity=Gave%20Consent%20in%20Dialogue";
    let given = house.get(&acme, path).await;
    assert_eq!(given["items"].as_array().map(Vec::len), Some(1), "{given}");
    let attributes = &given["items"][0]["attributes"];
    assert_eq!(attributes["Consent Text"], "Send me the news");
    assert_eq!(attributes["Consent Language"], "en");
    let version = attributes["Consent Version"].as_str().expect("a version");
    assert_eq!(version.len(), 16, "{version}");
    assert!(given["items"][0]["person"].is_string(), "{given}");
    let id = given["items"][0]["conversation"].as_str().expect("an id");
    let told = house
        .get(&acme, &format!("/api/v1/conversations/{id}"))
        .await;
    assert!(told.to_string().contains("answered and agreed"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_conversation_never_fails_those_taken_in_beside_it() {
    let house = House::open().await;
    let mut browsers = Vec::new();
    for _ in 0..40 {
        let mut browser = Browser::arrive(&house, &house.acme);
        browser.hear(&house, Input::Opened);
        house.keep(&browser.batch()).await;
        browsers.push(browser);
    }
    for n in [7, 23] {
        let id = browsers[n].batch().conversation;
        let damage =
            format!("UPDATE conversations SET state = '\\x00' WHERE id = '{id}' RETURNING id");
        let server = house.app.config.database.as_deref();
        assert_eq!(
            database::rows(server, house.folder.path(), &damage).len(),
            1
        );
    }
    let choice = Input::Answered(house.acme.card("hello"), Answer::Choice(2));
    let mut answers = tokio::task::JoinSet::new();
    let house = std::sync::Arc::new(house);
    for (n, mut browser) in browsers.into_iter().enumerate() {
        browser.hear(&house, choice.clone());
        let house = std::sync::Arc::clone(&house);
        answers.spawn(async move { (n, house.send(&browser.batch()).await.status) });
    }
    while let Some(answer) = answers.join_next().await {
        let (n, status) = answer.expect("it ran");
        let expected = if [7, 23].contains(&n) { 500 } else { 200 };
        assert_eq!(status, expected, "conversation {n}");
    }
    assert_eq!(house.counts(&house.acme).await[..2], [40, 38]);
}
