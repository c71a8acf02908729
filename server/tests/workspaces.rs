//! Nothing crosses from one workspace into another.

mod house;

use engine::wire::{Answer, Input};
use house::{Browser, House, Reply, identify};
use serde_json::json;

const CANARY: &str = "canary@zenith.example";

#[tokio::test]
async fn the_ids_of_one_workspace_lead_nowhere_in_another() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.zenith);
    browser.go_through(&house, &house.zenith, CANARY);
    house.keep(&browser.batch()).await;
    let (_, webhook) = house
        .api(
            &house.zenith,
            "POST",
            "/api/v1/webhooks",
            Some(json!({ "url": "https://hooks.zenith.example/" })),
        )
        .await;
    let mut ids = vec![webhook["id"].clone()];
    let mut paths = Vec::new();
    for list in ["goals", "conversations", "people"] {
        let page = house.get(&house.zenith, &format!("/api/v1/{list}")).await;
        let id = page["items"][0]["id"].clone();
        paths.push(format!("/api/v1/{list}/{}", id.as_str().unwrap()));
        ids.push(id);
    }
    for path in &paths {
        assert_eq!(
            house.api(&house.zenith, "GET", path, None).await.0,
            200,
            "{path}"
        );
        let (status, body) = house.api(&house.acme, "GET", path, None).await;
        assert_eq!(status, 404, "{path}");
        assert!(!body.to_string().contains(CANARY));
    }
    let webhook = format!("/api/v1/webhooks/{}", webhook["id"].as_str().unwrap());
    assert_eq!(
        house.api(&house.acme, "DELETE", &webhook, None).await.0,
        404
    );
    let person = format!("/api/v1/people/{CANARY}");
    assert_eq!(house.api(&house.acme, "DELETE", &person, None).await.0, 404);
    for list in [
        "goals",
        "activities",
        "conversations",
        "people",
        "refused",
        "webhooks",
    ] {
        let page = house.get(&house.acme, &format!("/api/v1/{list}")).await;
        assert_eq!(page["items"], json!([]), "{list}");
    }
    for query in [
        format!("person={CANARY}"),
        format!("person={}", ids[3].as_str().unwrap()),
    ] {
        let page = house
            .get(&house.acme, &format!("/api/v1/activities?{query}"))
            .await;
        assert_eq!(page["items"], json!([]), "{query}");
    }
    assert_eq!(house.counts(&house.acme).await, [0; 5]);
}

#[tokio::test]
async fn a_conversation_and_a_visitor_belong_to_their_workspace() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.zenith);
    browser.hear(&house, Input::Opened);
    let kept = house.keep(&browser.batch()).await;
    // The same conversation told to another workspace is another conversation there.
    let mut stray = browser.clone();
    stray.workspace = "acme".into();
    stray.token = kept.visitor;
    stray.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(1)),
    );
    let elsewhere = house.keep(&stray.batch()).await;
    assert!(
        elsewhere
            .visitor
            .is_some_and(|token| Some(token) != kept.visitor)
    );
    assert_eq!(house.counts(&house.acme).await, [1, 1, 0, 0, 0]);
    assert_eq!(house.counts(&house.zenith).await, [1, 0, 0, 0, 0]);
    let (identified, _) = identify(&house, &house.acme, kept.visitor, None, None).await;
    assert!(
        identified.visitor.is_some(),
        "a token of another workspace is no token"
    );
}

#[tokio::test]
async fn files_of_one_workspace_are_not_served_for_another() {
    let house = House::open().await;
    let mut tenant = house.zenith.clone();
    let only_here = house::DIALOGUE.replace("Bye.", "Farewell.");
    let id = tenant.publish(&house.store, &only_here).await;
    let get = async |path: String| {
        house
            .http
            .get(house.url(&path))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(get(format!("/e/zenith/{id}.en")).await, 200);
    assert_eq!(get(format!("/e/acme/{id}.en")).await, 404);
    assert_eq!(get("/w/nowhere.js".into()).await, 404);
    assert_eq!(get("/f/nowhere".into()).await, 404);
    for path in [
        "/f/-/../../etc/passwd",
        "/f/-/%2e%2e%2fusher.db",
        "/e/zenith/..%2f..%2fkey",
        "/f/-/0.js",
    ] {
        assert_eq!(get(path.into()).await, 404, "{path}");
    }
    let erase = engine::wire::Erase {
        sender: engine::wire::Sender {
            workspace: "nowhere".into(),
            visitor: None,
            gpc: false,
        },
    };
    let reply: Reply<()> = house.post("/v1/erase", &erase, None).await;
    assert_eq!(reply.status, 404);
}
