//! Testing links: a draft for colleagues, apart from everything real.

mod house;

use engine::ids::MINUTE;
use engine::wire::{Comment, ExchangeTest, Strength, TestDraft};
use house::{Browser, House, Reply};
use serde_json::{Value as Json, json};

async fn link(house: &House) -> String {
    let (status, body) = house
        .api(
            &house.acme,
            "POST",
            "/api/v1/dialogues/D1/testing-links",
            None,
        )
        .await;
    assert_eq!(status, 201);
    let link = body["link"].as_str().unwrap();
    link.rsplit_once("/t/").unwrap().1.to_owned()
}

async fn begin(house: &House, token: &str, fields: &str) -> (u16, String) {
    let answer = house
        .http
        .post(house.url(&format!("/t/{token}")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields.to_owned())
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn code(page: &str) -> String {
    let rest = page.split_once("#usher-test=").expect("a code").1;
    rest.split('"').next().unwrap().to_owned()
}

async fn exchange(house: &House, workspace: &str, code: &str) -> Reply<TestDraft> {
    let question = ExchangeTest {
        workspace: workspace.into(),
        code: code.into(),
    };
    house.post("/v1/test", &question, None).await
}

#[tokio::test]
async fn a_reviewer_plays_somebody_and_sees_the_draft_as_they_would() {
    let house = House::open().await;
    let draft = house::DIALOGUE.replace("Which topic?", "Which subject?");
    let (status, _) = house
        .api(
            &house.acme,
            "POST",
            "/api/v1/dialogues",
            Some(serde_json::from_str(&draft).unwrap()),
        )
        .await;
    assert_eq!(status, 200);
    let token = link(&house).await;
    let answer = house
        .http
        .get(house.url(&format!("/t/{token}")))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_eq!(answer.headers()["x-robots-tag"], "noindex, nofollow");
    assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
    let page = answer.text().await.unwrap();
    assert!(
        page.contains("person.industry") && page.contains("person.firstName"),
        "{page}"
    );
    let fields = "reviewer=Kim&strength=verified&value:text:person.industry=Retail\
        &value:text:person.firstName=Zoe&page=https://w.example/1&time=2030-01-01T10:00";
    let (status, page) = begin(&house, &token, fields).await;
    assert_eq!(status, 200, "{page}");
    let code = code(&page);
    let draft = exchange(&house, "acme", &code).await.body.expect("a draft");
    assert_eq!(draft.strength, Strength::Verified);
    assert_eq!(draft.name, "D1");
    assert!(String::from_utf8_lossy(&draft.edition).contains("Which subject?"));
    assert!(
        draft
            .facts
            .tokens
            .contains(&(house.acme.token_of("firstName"), "Zoe".into()))
    );
    assert!(draft.facts.atoms.iter().any(|bits| *bits != 0));
    assert!(draft.clock_ms > 365 * 24 * 60 * MINUTE);
    assert_eq!(
        exchange(&house, "acme", &code).await.status,
        404,
        "a code works once"
    );

    let comment = |words: &str| Comment {
        session: draft.session.clone(),
        card: "topic".into(),
        words: words.into(),
    };
    let reply: Reply<()> = house
        .post("/v1/comment", &comment("Shorter, please"), None)
        .await;
    assert_eq!(reply.status, 204);
    let reply: Reply<()> = house.post("/v1/comment", &comment("  "), None).await;
    assert_eq!(reply.status, 400);
    let comments = house
        .get(&house.acme, "/api/v1/dialogues/D1/comments")
        .await;
    let first = &comments["items"][0];
    assert_eq!(
        (&first["reviewer"], &first["card"], &first["words"]),
        (&json!("Kim"), &json!("topic"), &json!("Shorter, please"))
    );
}

#[tokio::test]
async fn a_code_lasts_two_minutes_and_belongs_to_its_workspace() {
    let house = House::open().await;
    let token = link(&house).await;
    let (_, page) = begin(&house, &token, "reviewer=Kim&strength=new").await;
    assert_eq!(exchange(&house, "zenith", &code(&page)).await.status, 404);
    house.clock.advance(3 * MINUTE);
    assert_eq!(exchange(&house, "acme", &code(&page)).await.status, 404);
}

#[tokio::test]
async fn wrong_expired_and_revoked_links_are_answered_alike() {
    let house = House::open().await;
    let get = async |token: &str| {
        let answer = house
            .http
            .get(house.url(&format!("/t/{token}")))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let wrong = get("tl_guess").await;
    assert_eq!(wrong.0, 404);
    let token = link(&house).await;
    let links = house
        .get(&house.acme, "/api/v1/dialogues/D1/testing-links")
        .await;
    let id = links["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/testing-links/{id}");
    assert_eq!(house.api(&house.zenith, "DELETE", &path, None).await.0, 404);
    assert_eq!(house.api(&house.acme, "DELETE", &path, None).await.0, 204);
    assert_eq!(get(&token).await, wrong);
    let token = link(&house).await;
    house.clock.advance(8 * 24 * 60 * MINUTE);
    assert_eq!(get(&token).await, wrong);
    for n in 1..200 {
        assert_eq!(get(&n.to_string()).await.0, 404);
    }
}

#[tokio::test]
async fn inputs_of_a_draft_are_never_counted() {
    let mut house = House::open().await;
    let draft = house::DIALOGUE.replace("Which topic?", "Which subject?");
    house
        .api(
            &house.acme,
            "POST",
            "/api/v1/dialogues",
            Some(serde_json::from_str(&draft).unwrap()),
        )
        .await;
    let token = link(&house).await;
    let (_, page) = begin(&house, &token, "reviewer=Kim&strength=new").await;
    let draft = exchange(&house, "acme", &code(&page))
        .await
        .body
        .expect("a draft");
    house.acme.edition = engine::compiled::decode(&draft.edition).unwrap();
    house.acme.id = draft.id;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, "real@corp.example");
    house.keep(&browser.batch()).await;
    assert_eq!(house.counts(&house.acme).await, [0; 5]);
    for list in ["goals", "activities", "conversations", "people"] {
        let page: Json = house.get(&house.acme, &format!("/api/v1/{list}")).await;
        assert_eq!(page["items"], json!([]), "{list}");
    }
}

#[tokio::test]
async fn the_empty_page_loads_the_widget_and_nothing_else() {
    let house = House::open().await;
    let token = link(&house).await;
    let answer = house
        .http
        .get(house.url(&format!("/t/{token}/page")))
        .send()
        .await
        .unwrap();
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.contains("script-src 'self'") && policy.contains("default-src 'none'"));
    assert!(
        answer
            .text()
            .await
            .unwrap()
            .contains("<script async src=\"/w/acme.js\">")
    );
}

#[tokio::test]
async fn a_reviewer_chooses_the_language_of_a_draft() {
    let house = House::open().await;
    let draft = house::DIALOGUE.replace(
        "\"Which topic?\"",
        "{ \"en\": \"Which topic?\", \"sv\": \"Vilket?\" }",
    );
    let draft = serde_json::from_str(&draft).unwrap();
    house
        .api(&house.acme, "POST", "/api/v1/dialogues", Some(draft))
        .await;
    let token = link(&house).await;
    let page = house
        .http
        .get(house.url(&format!("/t/{token}")))
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains("<option>en</option><option>sv</option>"),
        "{page}"
    );
    for language in ["sv", "en"] {
        let fields = format!("reviewer=Kim&strength=new&language={language}");
        let (_, page) = begin(&house, &token, &fields).await;
        let draft = exchange(&house, "acme", &code(&page))
            .await
            .body
            .expect("a draft");
        let edition: engine::compiled::Edition = engine::compiled::decode(&draft.edition).unwrap();
        assert_eq!(edition.language, language);
    }
}
