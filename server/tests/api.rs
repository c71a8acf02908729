//! The goal tracking API.

mod house;

use engine::ids::{DAY, MINUTE};
use engine::wire::{Answer, Input};
use house::{Browser, House};
use serde_json::{Value as Json, json};

async fn win(house: &House, n: usize) {
    for i in 0..n {
        let mut browser = Browser::arrive(house, &house.acme);
        browser.go_through(house, &house.acme, &format!("guest{i}@corp.example"));
        house.keep(&browser.batch()).await;
    }
}

fn items(json: &Json) -> &Vec<Json> {
    json["items"].as_array().expect("items")
}

#[tokio::test]
async fn lists_go_on_in_the_order_of_commits_without_gaps_or_repeats() {
    let house = House::open().await;
    win(&house, 7).await;
    for list in ["goals", "activities", "conversations", "people"] {
        let all = house.get(&house.acme, &format!("/api/v1/{list}")).await;
        let mut collected = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/v1/{list}?limit=2{after}");
            let page = house.get(&house.acme, &path).await;
            collected.extend(items(&page).clone());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        assert_eq!(&collected, items(&all), "{list}");
        // What is committed later comes later.
        let last = after;
        let mut late = Browser::arrive(&house, &house.acme);
        late.go_through(&house, &house.acme, &format!("late-{list}@corp.example"));
        house.keep(&late.batch()).await;
        let more = house
            .get(&house.acme, &format!("/api/v1/{list}?limit=2{last}"))
            .await;
        assert!(!items(&more).is_empty(), "{list}");
    }
}

#[tokio::test]
async fn goals_are_filtered_by_dialogue_goal_person_page_and_time() {
    let house = House::open().await;
    win(&house, 2).await;
    house.clock.advance(2 * DAY);
    win(&house, 1).await;
    let day = &house.get(&house.acme, "/api/v1/goals").await["items"][2]["at"].clone();
    let day = &day.as_str().unwrap()[..10];
    for (query, count) in [
        ("dialogue=D1".to_owned(), 3),
        ("dialogue=Nothing".to_owned(), 0),
        ("goal=Address%20given".to_owned(), 3),
        ("goal=Other".to_owned(), 0),
        ("person=guest1@corp.example".to_owned(), 1),
        ("person=nobody@corp.example".to_owned(), 0),
        ("page=w.example/1".to_owned(), 3),
        ("page=w.example/2".to_owned(), 0),
        ("page=%25".to_owned(), 0),
        (format!("from={day}"), 1),
        (format!("until={day}"), 2),
        ("proven=true".to_owned(), 3),
        ("proven=false".to_owned(), 0),
    ] {
        let page = house
            .get(&house.acme, &format!("/api/v1/goals?{query}"))
            .await;
        assert_eq!(items(&page).len(), count, "{query}");
    }
    for query in ["limit=0", "limit=501", "after=x", "from=soon", "colour=red"] {
        let (status, body) = house
            .api(&house.acme, "GET", &format!("/api/v1/goals?{query}"), None)
            .await;
        assert_eq!(status, 422, "{query}");
        assert!(!body["faults"].as_array().unwrap().is_empty(), "{query}");
    }
}

#[tokio::test]
async fn a_goal_comes_with_the_inputs_that_prove_it() {
    let house = House::open().await;
    win(&house, 1).await;
    let goals = house.get(&house.acme, "/api/v1/goals").await;
    let id = goals["items"][0]["id"].as_str().unwrap();
    let goal = house.get(&house.acme, &format!("/api/v1/goals/{id}")).await;
    assert_eq!(goal["goal"], "Address given");
    assert_eq!(goal["score"], 2);
    assert_eq!(goal["attributes"]["Campaign"], "Spring");
    let proof = &goal["proof"];
    assert_eq!(
        (&proof["card"], &proof["line"], &proof["replayed"]),
        (&json!("won"), &json!(4), &json!(true))
    );
    let said: Vec<_> = proof["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["given"])
        .collect();
    assert_eq!(
        said,
        [
            &Json::Null,
            &json!("Other"),
            &json!("SEO"),
            &json!("guest0@corp.example")
        ]
    );
    let conversation = goal["conversation"].as_str().unwrap();
    let conversation = house
        .get(
            &house.acme,
            &format!("/api/v1/conversations/{conversation}"),
        )
        .await;
    assert_eq!(conversation["status"], "Completed");
    assert_eq!(conversation["log"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_recorded_goal_is_kept_apart_and_once_per_key() {
    let house = House::open().await;
    let record = async |key: Option<&str>, body: Json| {
        let mut request = house
            .http
            .post(house.url("/api/v1/goals"))
            .bearer_auth(&house.acme.token)
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (
            status,
            serde_json::from_str::<Json>(&answer.text().await.unwrap()).unwrap(),
        )
    };
    let goal = json!({ "goal": "Address given", "email": "a@corp.example", "score": 3 });
    let (first, made) = record(Some("k1"), goal.clone()).await;
    let (again, same) = record(Some("k1"), goal).await;
    assert_eq!((first, again), (201, 200));
    assert_eq!(made, same);
    assert_eq!(made["proven"], false);
    assert_eq!(record(Some("k1"), json!({ "goal": "Other" })).await.0, 409);
    for (key, body) in [
        (None, json!({ "goal": "x" })),
        (Some("k2"), json!({ "goal": " " })),
        (Some("k2"), json!({ "goal": "x", "score": 4 })),
        (Some("k2"), json!({ "goal": "x", "email": "nobody" })),
        (Some("k2"), json!({ "goal": "x", "unknown": 1 })),
    ] {
        assert_eq!(record(key, body.clone()).await.0, 422, "{body}");
    }
    let report = house.get(&house.acme, "/api/v1/report").await;
    assert_eq!(report["recorded_goals"]["Address given"], 1);
    assert!(
        report["dialogues"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["proven_goals"] == json!({}))
    );
    let proof = house
        .get(
            &house.acme,
            &format!("/api/v1/goals/{}", made["id"].as_str().unwrap()),
        )
        .await;
    assert_eq!(proof["proof"], Json::Null);
}

#[tokio::test]
async fn people_are_written_with_declared_types_only() {
    let house = House::open().await;
    let write = |body| house.api(&house.acme, "POST", "/api/v1/people", Some(body));
    let (status, person) = write(json!({
        "email": "Ada@Corp.example", "attributes": { "industry": "Retail" }, "join": ["News"],
        "company": { "domain": "corp.example", "name": "Corp", "attributes": { "size": 20 } } }))
    .await;
    assert_eq!(status, 201, "{person}");
    assert_eq!(person["email"], "ada@corp.example");
    assert_eq!(person["company"]["attributes"]["size"], 20);
    assert_eq!(person["lists"], json!(["News"]));
    let (status, person) =
        write(json!({ "email": "ada@corp.example", "attributes": { "industry": null }, "leave": ["News"] })).await;
    assert_eq!(status, 200);
    assert_eq!(person["attributes"], json!({}));
    assert_eq!(person["lists"], json!([]));
    let (_, colleague) = write(json!({ "email": "bo@mail.corp.example" })).await;
    assert_eq!(colleague["company"]["name"], "Corp", "found by the domain");
    let (status, faults) = write(
        json!({ "email": "x", "attributes": { "industry": 7, "colour": "red", "email": "y" } }),
    )
    .await;
    assert_eq!(status, 422);
    assert_eq!(faults["faults"].as_array().unwrap().len(), 4, "{faults}");
}

#[tokio::test]
async fn a_forgotten_person_leaves_nothing_behind() {
    let house = House::open().await;
    win(&house, 2).await;
    let mail = json!({ "address": "sales@acme.example" });
    assert_eq!(
        house
            .api(&house.acme, "POST", "/api/v1/goal-mails", Some(mail))
            .await
            .0,
        201
    );
    let (status, receipt) = house
        .api(
            &house.acme,
            "DELETE",
            "/api/v1/people/guest0@corp.example",
            None,
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&receipt["records"], &receipt["conversations"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(house.counts(&house.acme).await, [1, 1, 1, 1, 1]);
    let (status, _) = house
        .api(
            &house.acme,
            "GET",
            "/api/v1/people/guest0@corp.example",
            None,
        )
        .await;
    assert_eq!(status, 404);
    let copy = house.folder.path().join("copy.db");
    house.store.back_up(copy.clone()).await.unwrap();
    let db = rusqlite::Connection::open(&copy).unwrap();
    db.execute_batch("VACUUM").unwrap();
    drop(db);
    let bytes = std::fs::read(copy).unwrap();
    let finds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    assert!(!finds(b"guest0@corp.example"));
    assert!(finds(b"guest1@corp.example"));
}

#[tokio::test]
async fn a_report_equals_a_recount_from_the_raw_inputs() {
    let house = House::open().await;
    win(&house, 3).await;
    let shown = Browser::arrive(&house, &house.acme);
    house.keep(&shown.batch()).await;
    let mut engaged = Browser::arrive(&house, &house.acme);
    engaged.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    house.keep(&engaged.batch()).await;
    house.clock.advance(40 * MINUTE);
    engaged.hear(
        &house,
        Input::Answered(house.acme.card("topic"), Answer::Choice(1)),
    );
    house.keep(&engaged.batch()).await;
    assert_eq!(house.counts(&house.acme).await, [5, 4, 3, 3, 3]);
    let always = (
        engine::ids::Timestamp(i64::MIN),
        engine::ids::Timestamp(i64::MAX),
    );
    let report = house
        .store
        .report(&house.acme.scope, always.0, always.1)
        .await
        .unwrap();
    let again = usher_server::recount(&house.app, &house.acme.scope, &report)
        .await
        .unwrap();
    assert_eq!(again, report);
    let activities = house
        .get(
            &house.acme,
            "/api/v1/activities?activity=Engaged%20with%20a%20Dialogue",
        )
        .await;
    assert_eq!(items(&activities).len(), 5, "once per session");
}

#[tokio::test]
async fn csv_files_hold_no_formulas() {
    let house = House::open().await;
    let person = json!({ "email": "ada@corp.example", "attributes": { "firstName": "=cmd()" } });
    house
        .api(&house.acme, "POST", "/api/v1/people", Some(person))
        .await;
    win(&house, 1).await;
    let people = house.get(&house.acme, "/api/v1/people.csv").await;
    let people = people.as_str().unwrap();
    assert!(people.contains("\"'=cmd()\""), "{people}");
    let goals = house.get(&house.acme, "/api/v1/goals.csv").await;
    assert!(goals.as_str().unwrap().contains("\"proven\""));
    assert_eq!(goals.as_str().unwrap().lines().count(), 2);
}

#[tokio::test]
async fn a_token_opens_what_its_rights_say_and_no_more() {
    let house = House::open().await;
    let store = &house.store;
    let reading = vec![usher_server::store::Right::Read];
    let mut reader = house.acme.clone();
    reader.token = store
        .create_token(&reader.scope, "reader".into(), reading)
        .await
        .unwrap();
    assert_eq!(
        house.api(&reader, "GET", "/api/v1/goals", None).await.0,
        200
    );
    let person = json!({ "email": "a@corp.example" });
    assert_eq!(
        house
            .api(&reader, "POST", "/api/v1/people", Some(person))
            .await
            .0,
        403
    );
    assert_eq!(
        house
            .api(&reader, "POST", "/api/v1/dialogues/D1/publish", None)
            .await
            .0,
        403
    );
    let id = store.tokens(&reader.scope).await.unwrap().pop().unwrap().id;
    store.revoke_token(&reader.scope, id).await.unwrap();
    assert_eq!(
        house.api(&reader, "GET", "/api/v1/goals", None).await.0,
        401
    );
    reader.token = "ut_guess".into();
    assert_eq!(
        house.api(&reader, "GET", "/api/v1/goals", None).await.0,
        401
    );
}

#[tokio::test]
async fn every_described_call_exists_and_wants_a_token() {
    let house = House::open().await;
    let document = house
        .http
        .get(house.url("/api/v1/openapi.json"))
        .send()
        .await
        .unwrap();
    let document: Json = serde_json::from_str(&document.text().await.unwrap()).unwrap();
    let mut calls = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path
                .replace("{id}", "x")
                .replace("{name}", "x")
                .replace("{key}", "x");
            let answer = house
                .http
                .request(method.to_uppercase().parse().unwrap(), house.url(&path))
                .header("content-type", "application/json")
                .body("{}")
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status().as_u16(), 401, "{method} {path}");
            calls += 1;
        }
    }
    assert!(calls >= 30, "{calls}");
}

#[tokio::test]
async fn no_other_site_reads_the_api_and_every_answer_carries_its_headers() {
    let house = House::open().await;
    let answer = house
        .http
        .get(house.url("/api/v1/goals"))
        .header("origin", "https://evil.example")
        .bearer_auth(&house.acme.token)
        .send()
        .await
        .unwrap();
    let headers = answer.headers();
    assert!(!headers.contains_key("access-control-allow-origin"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(headers[name], value);
    }
}
