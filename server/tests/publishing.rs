//! What is live, for whom and since when.

mod house;

use engine::compiled::{Publication, decode};
use engine::wire::{Answer, Input};
use house::{Browser, DIALOGUE, House};
use serde_json::{Value as Json, json};

const FLOW: &str = r#"{ "kind": "flow", "name": "Address", "stream": { "cards": [
    { "id": "ask", "card": "capture", "text": "Your address?", "attribute": "person.email" } ] } }"#;
const CALLER: &str = r#"{ "kind": "dialogue", "name": "Caller", "audience": { "targets": ["https://w.example/*"] },
    "stream": { "cards": [
    { "id": "hello", "card": "question", "text": "Hello?", "answers": [ { "label": "Go", "then": "sub" } ] },
    { "id": "sub", "card": "flow", "flow": "Address" } ] } }"#;

async fn import(house: &House, document: &str) -> (u16, Json) {
    let json = serde_json::from_str(document).unwrap();
    house
        .api(&house.acme, "POST", "/api/v1/dialogues", Some(json))
        .await
}

async fn publish(house: &House, name: &str) -> (u16, Json) {
    house
        .api(
            &house.acme,
            "POST",
            &format!("/api/v1/dialogues/{name}/publish"),
            None,
        )
        .await
}

/// The index that the newest publication names.
async fn index(house: &House) -> Publication {
    let pointer = house
        .store
        .pointer(&house.acme.scope)
        .await
        .unwrap()
        .unwrap();
    let answer = house
        .http
        .get(house.url(&format!("/e/acme/{}", pointer.hash)))
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["cache-control"],
        "public, max-age=31536000, immutable"
    );
    decode(&answer.bytes().await.unwrap()).unwrap()
}

fn live(publication: &Publication) -> Vec<String> {
    publication
        .entries
        .iter()
        .map(|entry| entry.name.clone())
        .collect()
}

#[tokio::test]
async fn a_dialogue_with_faults_is_kept_and_not_published() {
    let house = House::open().await;
    let broken = DIALOGUE
        .replace("\"then\": \"bye\"", "\"then\": \"nowhere\"")
        .replace("D1", "Broken");
    let (status, imported) = import(&house, &broken).await;
    assert_eq!(status, 201);
    let fault = &imported["faults"][0];
    assert_eq!(fault["card"], "won", "{imported}");
    let (status, refused) = publish(&house, "Broken").await;
    assert_eq!(status, 422);
    assert_eq!(refused["faults"], imported["faults"]);
    assert_eq!(live(&index(&house).await), ["D1"]);
    let (status, body) = house
        .api(
            &house.acme,
            "POST",
            "/api/v1/dialogues",
            Some(json!({ "kind": "dialogue", "nmae": "x" })),
        )
        .await;
    assert_eq!(status, 422);
    let faults = body["faults"].as_array().unwrap();
    let places: Vec<&Json> = faults.iter().map(|fault| &fault["place"]).collect();
    assert_eq!(places, ["name", "stream", "nmae"], "{body}");
}

#[tokio::test]
async fn a_published_flow_renews_every_live_dialogue_that_calls_it() {
    let house = House::open().await;
    import(&house, FLOW).await;
    import(&house, CALLER).await;
    assert_eq!(publish(&house, "Address").await.0, 200);
    let (_, first) = publish(&house, "Caller").await;
    // An edit of the dialogue that is not published stays out of what the flow renews.
    import(&house, &CALLER.replace("Hello?", "Unfinished?")).await;
    import(&house, &FLOW.replace("Your address?", "Where do you live?")).await;
    let (status, renewed) = publish(&house, "Address").await;
    assert_eq!(status, 200);
    assert_eq!(renewed["published"][0]["dialogue"], "Address");
    let renewed = &renewed["published"][1];
    assert_eq!(renewed["dialogue"], "Caller");
    assert_ne!(renewed["edition"], first["published"][0]["edition"]);
    let file = format!("/e/acme/{}.en", renewed["edition"].as_str().unwrap());
    let bytes = house
        .http
        .get(house.url(&file))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("Where do you live?") && text.contains("Hello?"));
}

#[tokio::test]
async fn unpublishing_takes_a_dialogue_off_and_lets_the_engaged_finish() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    house.keep(&browser.batch()).await;
    let (status, _) = house
        .api(&house.acme, "POST", "/api/v1/dialogues/D1/unpublish", None)
        .await;
    assert_eq!(status, 204);
    assert!(live(&index(&house).await).is_empty());
    let file = format!("/e/acme/{}.en", house.acme.id);
    assert_eq!(
        house
            .http
            .get(house.url(&file))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16(),
        200
    );
    browser.hear(
        &house,
        Input::Answered(house.acme.card("topic"), Answer::Choice(0)),
    );
    let more = Input::Answered(
        house.acme.card("more"),
        Answer::Typed("a@corp.example".into()),
    );
    browser.hear(&house, more);
    house.keep(&browser.batch()).await;
    assert_eq!(house.counts(&house.acme).await, [1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn the_chat_is_switched_off_and_on_for_everybody() {
    let house = House::open().await;
    for on in [false, true] {
        let (status, _) = house
            .api(
                &house.acme,
                "POST",
                "/api/v1/chat",
                Some(json!({ "on": on })),
            )
            .await;
        assert_eq!(status, 200);
        assert_eq!(index(&house).await.chat_on, on);
    }
}

#[tokio::test]
async fn corrected_words_reach_everybody_and_a_changed_graph_does_not() {
    let house = House::open().await;
    import(&house, &DIALOGUE.replace("Bye.", "Good bye.")).await;
    let (status, corrected) = house
        .api(&house.acme, "POST", "/api/v1/dialogues/D1/correct", None)
        .await;
    assert_eq!(status, 200, "{corrected}");
    let publication = index(&house).await;
    assert_eq!(publication.corrections.len(), 1);
    assert_eq!(publication.corrections[0].from, house.acme.id);
    assert_eq!(
        publication.corrections[0].to.to_string(),
        corrected["edition"]
    );
    import(
        &house,
        &DIALOGUE
            .replace("\"score\": 2,", "\"score\": 3,")
            .replace("\"then\": \"bye\"", "\"then\": null"),
    )
    .await;
    let (status, _) = house
        .api(&house.acme, "POST", "/api/v1/dialogues/D1/correct", None)
        .await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn an_export_imports_to_the_same() {
    let house = House::open().await;
    let exported = house.get(&house.acme, "/api/v1/dialogues/D1").await;
    let (status, _) = house
        .api(
            &house.acme,
            "POST",
            "/api/v1/dialogues",
            Some(exported.clone()),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        house.get(&house.acme, "/api/v1/dialogues/D1").await,
        exported
    );
    let (_, published) = publish(&house, "D1").await;
    assert_eq!(
        published["published"][0]["edition"],
        house.acme.id.to_string()
    );
}

#[tokio::test]
async fn the_frame_is_kept_and_told_the_time_anew() {
    let house = House::open().await;
    let ask = async |headers: &[(&str, &str)]| {
        let mut request = house.http.get(house.url("/f/acme"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    };
    let first = ask(&[("sec-fetch-site", "cross-site")]).await;
    assert_eq!(first.status(), 200);
    assert!(!first.headers().contains_key("origin-agent-cluster"));
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    let time = |answer: &reqwest::Response| {
        let time = answer.headers()["server-timing"].to_str().unwrap();
        time.strip_prefix("now;dur=")
            .and_then(|time| time.parse::<i64>().ok())
            .unwrap()
    };
    let before = time(&first);
    assert!((house.clock.now().0 - before).abs() < 2_000);
    house.clock.advance(60_000);
    let again = ask(&[("sec-fetch-site", "same-site"), ("if-none-match", &tag)]).await;
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["origin-agent-cluster"], "?1");
    assert!((60_000..62_000).contains(&(time(&again) - before)));
    // A policy that names another script would leave a kept page without one.
    assert_eq!(
        again.headers()["content-security-policy"],
        first.headers()["content-security-policy"]
    );
}

#[tokio::test]
async fn a_running_server_notices_what_somebody_else_has_changed() {
    let house = House::open().await;
    let frame = async || {
        let answer = house.http.get(house.url("/f/acme")).send().await.unwrap();
        answer.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert!(frame().await.ends_with("frame-ancestors *"));
    // Another process opens the same folder, as the command line does.
    let (beside, _) = usher_server::app::open(&house.app.config, house.clock.clone()).unwrap();
    let scope = beside.enter_as_operator("acme".into()).await.unwrap();
    let mut settings = beside.workspace(&scope).await.unwrap().settings;
    settings.sites = vec!["https://w.example".into()];
    beside.set_settings(&scope, settings).await.unwrap();
    for _ in 0..50 {
        if frame()
            .await
            .ends_with("frame-ancestors 'self' https://w.example")
        {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("not noticed within five seconds");
}

#[tokio::test]
async fn a_loader_that_has_not_changed_may_still_be_used_on_other_sites() {
    let house = House::open().await;
    let ask = |tag: Option<String>| {
        let request = house.http.get(house.url("/w/acme.js"));
        match tag {
            Some(tag) => request.header("if-none-match", tag),
            None => request,
        }
        .send()
    };
    let fresh = ask(None).await.unwrap();
    let tag = fresh.headers()["etag"].to_str().unwrap().to_owned();
    let known = ask(Some(tag)).await.unwrap();
    assert_eq!(known.status(), 304);
    for name in ["cross-origin-resource-policy", "cache-control", "etag"] {
        assert_eq!(known.headers()[name], fresh.headers()[name], "{name}");
    }
}
