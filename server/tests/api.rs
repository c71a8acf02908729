//! The goal tracking API.

mod house;

use engine::ids::{DAY, MINUTE};
use engine::wire::{Answer, Input};
use house::{Browser, House, database};
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
        let (collected, next) = collect(&house, list).await;
        assert_eq!(&collected, items(&all), "{list}");
        assert_eq!((&all["next"], &all["more"]), (&json!(next), &json!(false)));
        // What is committed later comes later, once, and alone.
        let path = format!("/api/v1/{list}?after={next}");
        let nothing = house.get(&house.acme, &path).await;
        assert_eq!((items(&nothing).len(), &nothing["next"]), (0, &json!(next)));
        let mut late = Browser::arrive(&house, &house.acme);
        late.go_through(&house, &house.acme, &format!("late-{list}@corp.example"));
        house.keep(&late.batch()).await;
        let more = house.get(&house.acme, &path).await;
        assert!(!items(&more).is_empty(), "{list}");
        for item in items(&more) {
            assert!(!collected.contains(item), "{list}");
        }
    }
}

/// Everything a list holds, two rows at a time, and where to go on.
async fn collect(house: &House, list: &str) -> (Vec<Json>, String) {
    let (mut collected, mut next) = (Vec::new(), "0".to_owned());
    loop {
        let path = format!("/api/v1/{list}?limit=2&after={next}");
        let page = house.get(&house.acme, &path).await;
        collected.extend(items(&page).clone());
        next = page["next"].as_str().expect("a cursor").to_owned();
        if page["more"] == json!(false) {
            return (collected, next);
        }
        assert_eq!(items(&page).len(), 2, "{path}");
    }
}

#[tokio::test]
async fn short_lists_have_the_same_shape_and_go_on_the_same_way() {
    let house = House::open().await;
    let post = async |path: &str, body: Json| {
        let (status, answer) = house.api(&house.acme, "POST", path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {answer}");
    };
    let add = async |n: usize| {
        let flow = json!({ "kind": "flow", "name": format!("F{n}"), "stream": { "cards": [] } });
        post("/api/v1/dialogues", flow).await;
        let hook = json!({ "url": format!("https://hooks.example.com/{n}") });
        post("/api/v1/webhooks", hook).await;
        let mail = json!({ "address": format!("sales{n}@corp.example") });
        post("/api/v1/goal-mails", mail).await;
        post("/api/v1/dialogues/D1/testing-links", json!({})).await;
        let mut stranger = Browser::arrive(&house, &house.acme);
        stranger.begin.language = format!("x{n}");
        house.send(&stranger.batch()).await;
    };
    for n in 0..5 {
        add(n).await;
    }
    for (n, list) in (5..).zip([
        "dialogues",
        "webhooks",
        "goal-mails",
        "dialogues/D1/testing-links",
        "refused",
    ]) {
        let (collected, next) = collect(&house, list).await;
        assert!(collected.len() >= 5, "{list}");
        add(n).await;
        let more = house
            .get(&house.acme, &format!("/api/v1/{list}?after={next}"))
            .await;
        assert_eq!(items(&more).len(), 1, "{list}");
        assert!(!collected.contains(&items(&more)[0]), "{list}");
    }
    let comments = house
        .get(&house.acme, "/api/v1/dialogues/D1/comments")
        .await;
    assert_eq!(comments, json!({ "items": [], "next": "0", "more": false }));
}

#[tokio::test]
async fn what_a_list_cannot_be_asked_for_is_refused_and_never_ignored() {
    let house = House::open().await;
    for call in [
        "goals?activity=x",
        "goals?limit=0",
        "goals?from=2027-02-01&until=2027-01-01",
        "goals.csv?limit=5",
        "activities?proven=true",
        "activities?goal=x",
        "conversations?conversation=x",
        "conversations?proven=true",
        "people?person=x",
        "people.csv?colour=red",
        "people?after=x",
        "dialogues?live=true",
        "webhooks?after=-1",
        "goal-mails?goal=x",
        "dialogues/D1/comments?reviewer=x",
        "refused?reason=nonsense",
        "report?from=2027-02-01&until=2027-01-01",
        "report?dialogue=D1",
    ] {
        let path = format!("/api/v1/{call}");
        let (status, body) = house.api(&house.acme, "GET", &path, None).await;
        assert_eq!(status, 422, "{call}");
        let words = body["faults"][0]["message"].as_str().unwrap();
        assert!(
            !words.is_empty() && !words.contains("Failed to"),
            "{call}: {words}"
        );
    }
    let (_, body) = house
        .api(&house.acme, "GET", "/api/v1/refused?reason=x", None)
        .await;
    let words = body["faults"][0]["message"].as_str().unwrap();
    assert!(words.contains("edited facts"), "{words}");
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
        (
            Some("k2"),
            json!({ "goal": "x", "page": "javascript:alert(1)" }),
        ),
        (Some("k2"), json!({ "goal": "x", "page": "order" })),
        (Some("k2"), json!({ "goal": "x", "at": "9000-01-01" })),
        (Some("k2"), json!({ "goal": "x", "at": "soon", "score": 9 })),
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
    if let Some(server) = &house.app.config.database {
        assert!(!database::holds(server, "guest0@corp.example"));
        assert!(database::holds(server, "guest1@corp.example"));
        return;
    }
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
async fn csv_files_honour_filters_and_carry_the_address() {
    let house = House::open().await;
    win(&house, 3).await;
    let recorded = json!({ "goal": "Order placed" });
    let answer = house
        .http
        .post(house.url("/api/v1/goals"))
        .bearer_auth(&house.acme.token)
        .header("content-type", "application/json")
        .header("idempotency-key", "k")
        .body(recorded.to_string());
    assert_eq!(answer.send().await.unwrap().status().as_u16(), 201);
    let rows = async |call: &str| {
        let text = house.get(&house.acme, &format!("/api/v1/{call}")).await;
        let text = text.as_str().unwrap().to_owned();
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rows("goals.csv").await.len(), 4);
    assert_eq!(rows("goals.csv?proven=false").await.len(), 1);
    let of_one = rows("goals.csv?person=guest1@corp.example").await;
    assert!(
        of_one.len() == 1 && of_one[0].contains("\"guest1@corp.example\""),
        "{of_one:?}"
    );
    assert!(rows("goals.csv?dialogue=Nothing").await.is_empty());
    assert_eq!(rows("people.csv").await.len(), 3);
    assert_eq!(rows("people.csv?email=guest2").await.len(), 1);
}

#[tokio::test]
async fn a_right_is_asked_for_before_the_body_is_read() {
    let house = House::open().await;
    let mut reader = house.acme.clone();
    let reading = vec![usher_server::store::Right::Read];
    let token = house
        .store
        .create_token(&reader.scope, "reader".into(), reading);
    reader.token = token.await.unwrap();
    for (path, body) in [
        ("/api/v1/people", json!("nonsense")),
        ("/api/v1/goals", json!({})),
        ("/api/v1/dialogues", json!({ "kind": "nonsense" })),
        ("/api/v1/chat", json!(7)),
    ] {
        let (status, answer) = house.api(&reader, "POST", path, Some(body.clone())).await;
        assert_eq!(status, 403, "{path}: {answer}");
        let (status, _) = house.api(&house.acme, "POST", path, Some(body)).await;
        assert_eq!(status, 422, "{path}");
    }
}

#[tokio::test]
async fn whatever_is_refused_says_why_in_json() {
    let house = House::open().await;
    let large = Json::String("x".repeat(1_100_000));
    for (method, path, body, expected) in [
        ("GET", "/api/v1/nonsense", None, 404),
        ("POST", "/api/v1/goals/x/y/z", None, 404),
        ("PUT", "/api/v1/goals", None, 405),
        ("POST", "/api/v1/report", None, 405),
        ("POST", "/api/v1/people", Some(large), 413),
    ] {
        let (status, answer) = house.api(&house.acme, method, path, body).await;
        assert_eq!(status, expected, "{method} {path}");
        assert!(answer["error"].is_string(), "{method} {path}: {answer}");
    }
    let put = house.http.put(house.url("/api/v1/goals"));
    let put = put.send().await.unwrap();
    assert_eq!(put.headers()["allow"], "GET,HEAD,POST");
    let answer = house
        .http
        .post(house.url("/api/v1/people"))
        .header("authorization", format!("bearer {}", house.acme.token))
        .header("content-type", "application/json")
        .body("{ \"email\": \n }");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    let words = answer.text().await.unwrap();
    assert!(words.contains("line 2 column 2"), "{words}");
}

#[tokio::test]
async fn every_fault_of_a_documents_form_is_told_at_once_with_its_card() {
    let house = House::open().await;
    let document = json!({ "kind": "dialogue", "name": "D", "colour": "red", "stream": { "cards": [
        { "id": "hello", "card": "mesage", "text": "Hi" },
        { "id": "ask", "card": "question", "answers": [] } ] } });
    for path in ["/api/v1/dialogues", "/api/v1/dialogues/check"] {
        let answer = house.api(&house.acme, "POST", path, Some(document.clone()));
        let (status, body) = answer.await;
        assert_eq!(status, 422, "{path}");
        let faults = body["faults"].as_array().unwrap();
        let cards: Vec<&Json> = faults.iter().map(|fault| &fault["card"]).collect();
        assert_eq!(
            cards,
            [&Json::Null, &json!("hello"), &json!("ask")],
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_webhook_leads_outside_over_tls_or_is_refused_in_words() {
    let house = House::open_with(|config| {
        config.outgoing_allowed = vec!["10.1.2.3:8080".into()];
    });
    let house = house.await;
    let add = async |url: &str| {
        let hook = json!({ "url": url });
        house
            .api(&house.acme, "POST", "/api/v1/webhooks", Some(hook))
            .await
    };
    for url in [
        "https://hooks.example.com/usher",
        "http://10.1.2.3:8080/usher",
    ] {
        assert_eq!(add(url).await.0, 201, "{url}");
    }
    for (url, words) in [
        ("nonsense", "web address"),
        ("ftp://hooks.example.com/", "https"),
        ("http://hooks.example.com/", "https"),
        ("https://me:secret@hooks.example.com/", "password"),
        ("https://127.0.0.1/", "inside"),
        ("https://localhost/", "inside"),
        ("https://[::1]/", "inside"),
        ("https://10.1.2.3/", "inside"),
        ("https://hooks.example.com:8443/", "port"),
    ] {
        let (status, body) = add(url).await;
        assert_eq!(status, 422, "{url}");
        let told = body["faults"][0]["message"].as_str().unwrap();
        assert!(told.contains(words), "{url}: {told}");
    }
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
            // Whoever logs in has nothing yet.
            if method == "post" && path == "/api/v1/session" {
                continue;
            }
            let path = path
                .replace("{email}", "x")
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
