//! Every call of one workspace, repeated with what another has, answers as if that were nowhere.

mod house;

use engine::wire::Identify;
use house::routes::{Furnished, Kind, PASSWORD, encoded, furnish, routes, said, with};
use house::{Browser, House, Tenant, database, identify};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

/// The words in all that either workspace holds.
const OURS: &str = "finch";
const THEIRS: &str = "canary";

/// How often something was asked: a key of its own for each wish.
static ASKED: AtomicU32 = AtomicU32::new(0);

/// Two furnished workspaces.
async fn two() -> (House, Furnished, Furnished) {
    let house = House::open().await;
    let ours = furnish(&house, &house.acme, OURS).await;
    let theirs = furnish(&house, &house.zenith, THEIRS).await;
    (house, ours, theirs)
}

/// A value of the same form that nobody has.
fn twin(value: &str) -> String {
    let (kept, rest) = value.split_at(value.find('_').map_or(0, |at| at + 1));
    let turned = rest.chars().map(|c| match c {
        '0'..='8' | 'a'..='e' | 'g'..='y' | 'A'..='Y' => char::from(c as u8 + 1),
        '9' => '0',
        'f' => 'a',
        'z' => 'g',
        'Z' => 'A',
        other => other,
    });
    kept.chars().chain(turned).collect()
}

/// Every row of a workspace.
async fn rows_of(house: &House, tenant: &Tenant) -> BTreeMap<String, Vec<Vec<String>>> {
    let place = house.app.config.database.clone();
    let data = house.app.config.data.clone();
    let name = tenant.name.clone();
    let read = tokio::task::spawn_blocking(move || {
        let id = format!("SELECT id FROM workspaces WHERE name = '{name}'");
        let id = database::rows(place.as_deref(), &data, &id)
            .remove(0)
            .remove(0);
        let mut all = database::dump(place.as_deref(), &data);
        for rows in all.values_mut() {
            rows.retain(|row| row.contains(&id));
        }
        all
    });
    read.await.expect("rows")
}

/// A body that each call takes, of our own things.
fn bodies() -> Vec<(&'static str, &'static str, Json)> {
    let dialogue = json!({ "kind": "dialogue", "name": "Ours", "campaign": "Spring",
        "audience": { "targets": ["https://w.example/*"] },
        "stream": { "cards": [ { "id": "a", "card": "message", "text": "Hello." } ] } });
    vec![
        ("POST", "/api/v1/chat", json!({ "on": true })),
        ("POST", "/api/v1/dialogues", dialogue.clone()),
        ("POST", "/api/v1/dialogues/check", dialogue),
        (
            "POST",
            "/api/v1/goals",
            json!({ "goal": "Ours", "email": "x@corp.example", "page": "https://w.example/" }),
        ),
        (
            "POST",
            "/api/v1/people",
            json!({ "email": "x@corp.example", "attributes": { "firstName": "X" },
            "company": { "name": "X", "domain": "x.example" }, "join": ["L"], "leave": ["L"] }),
        ),
        (
            "POST",
            "/api/v1/people/{key}/links",
            json!({ "page": "https://w.example/" }),
        ),
        (
            "POST",
            "/api/v1/webhooks",
            json!({ "url": "https://x.example/", "activities": ["Clicked Link"] }),
        ),
        (
            "POST",
            "/api/v1/goal-mails",
            json!({ "address": "x@corp.example", "goal": "Ours" }),
        ),
        (
            "POST",
            "/api/v1/users/{email}/role",
            json!({ "role": "analyst" }),
        ),
        (
            "POST",
            "/api/v1/session",
            json!({ "workspace": "acme", "email": "x@corp.example", "password": PASSWORD }),
        ),
    ]
}

/// The same body once for each text in it, with a value in that text's place.
fn variants(body: &Json, value: &str) -> Vec<Json> {
    match body {
        Json::String(_) => vec![Json::from(value)],
        Json::Object(fields) => {
            let each = fields.iter().flat_map(|(name, field)| {
                variants(field, value).into_iter().map(move |varied| {
                    let mut body = body.clone();
                    body[name] = varied;
                    body
                })
            });
            each.collect()
        }
        Json::Array(items) => {
            let each = items.iter().enumerate().flat_map(|(n, item)| {
                variants(item, value)
                    .into_iter()
                    .map(move |varied| (n, varied))
            });
            let each = each.map(|(n, varied)| {
                let mut body = body.clone();
                body[n] = varied;
                body
            });
            each.collect()
        }
        _ => Vec::new(),
    }
}

/// The status and what is said, without what the caller had said.
async fn ask(
    house: &House,
    tenant: &Tenant,
    method: &str,
    path: &str,
    body: Option<&Json>,
    value: &str,
) -> (u16, String) {
    let mut request = house
        .http
        .request(method.parse().expect("a method"), house.url(path))
        .bearer_auth(&tenant.token)
        .header("x-usher-request", "1")
        .header("idempotency-key", ASKED.fetch_add(1, Ordering::Relaxed));
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let answer = request.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let text = answer.text().await.expect("text").to_lowercase();
    let said = [value.to_owned(), encoded(value)].map(|said| said.to_lowercase());
    (
        status,
        said.iter().fold(text, |text, said| text.replace(said, "")),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_workspace_has_is_nowhere() {
    let (house, ours, theirs) = two().await;
    let described = house.get(&ours.tenant, "/api/v1/openapi.json").await;
    let table = routes(&house).await;
    let calls: Vec<(&str, String)> = table
        .iter()
        .filter(|route| route.kind == Kind::Described)
        .flat_map(|route| {
            route
                .methods
                .iter()
                .map(|method| (route.path.as_str(), method.clone()))
        })
        .filter(|(_, method)| method != "HEAD")
        .collect();
    let bodies = bodies();
    let body_of = |method: &str, path: &str| {
        let found = bodies
            .iter()
            .find(|(known, at, _)| *known == method && *at == path);
        let described = &described["paths"][path][method.to_lowercase()]["requestBody"];
        assert_eq!(
            found.is_some(),
            !described.is_null(),
            "a body for {method} {path}"
        );
        found.map(|(_, _, body)| body)
    };

    // Each of them sees what is its own: the words would be noticed.
    let mut seen = 0;
    for (path, method) in calls.iter().filter(|(_, method)| method == "GET") {
        let (status, text) = ask(&house, &theirs.tenant, method, &theirs.at(path), None, "-").await;
        assert!(status < 500, "{path}: {status}");
        seen += usize::from(text.contains(THEIRS));
    }
    assert!(seen >= 15, "the word is in {seen} answers");

    let before = rows_of(&house, &theirs.tenant).await;
    let same = async |method: &str,
                      path: &dyn Fn(&str) -> String,
                      body: &dyn Fn(&str) -> Option<Json>,
                      value: &str| {
        let other = twin(value);
        assert_ne!(other, value);
        let told = ask(
            &house,
            &ours.tenant,
            method,
            &path(value),
            body(value).as_ref(),
            value,
        )
        .await;
        let expected = ask(
            &house,
            &ours.tenant,
            method,
            &path(&other),
            body(&other).as_ref(),
            &other,
        )
        .await;
        let what = format!("{method} {} {:?}", path(value), body(value));
        assert!(!told.1.contains(THEIRS), "{what}: {told:?}");
        assert!(told.0 < 500, "{what}: {told:?}");
        // The first of two that are kept is new, and the second is not.
        let both_kept = told.0 < 300 && expected.0 < 300;
        assert!(
            both_kept || told.0 == expected.0,
            "{what}: {told:?} {expected:?}"
        );
        if method == "GET" || told.0 >= 300 {
            assert_eq!(told.1, expected.1, "{what}");
        }
        told.0
    };

    for (path, method) in calls.iter().filter(|(path, _)| path.contains('{')) {
        let body = body_of(method, path).cloned();
        for value in theirs.values.values() {
            let status = same(method, &|value| with(path, value), &|_| body.clone(), value).await;
            assert_eq!(status, 404, "{method} {path} {value}");
        }
    }
    for (path, method) in &calls {
        let asked = &described["paths"][*path][method.to_lowercase()]["parameters"];
        let asked = asked.as_array().map_or(&[][..], Vec::as_slice);
        for name in asked.iter().filter(|asked| asked["in"] == "query") {
            let name = name["name"].as_str().expect("a name");
            let at = ours.at(path);
            for value in theirs.values.values() {
                let path = |value: &str| format!("{at}?{name}={}", encoded(value));
                same(method, &path, &|_| None, value).await;
            }
        }
    }
    for (path, method) in &calls {
        let Some(body) = body_of(method, path) else {
            continue;
        };
        let at = ours.at(path);
        for value in theirs.values.values() {
            for n in 0..variants(body, value).len() {
                let body = |value: &str| Some(variants(body, value).swap_remove(n));
                same(method, &|_| at.clone(), &body, value).await;
            }
        }
    }
    assert_eq!(rows_of(&house, &theirs.tenant).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_or_a_password_of_another_workspace_is_none_here() {
    let (house, ours, theirs) = two().await;
    let record = async |tenant: &Tenant| {
        let body = json!({ "goal": format!("{} goal", tenant.name) }).to_string();
        let sent = house.http.post(house.url("/api/v1/goals"));
        let sent = sent
            .bearer_auth(&tenant.token)
            .header("content-type", "application/json")
            .header("idempotency-key", "the same");
        let answer = sent.body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    };
    let (first, theirs_told) = record(&theirs.tenant).await;
    let (second, ours_told) = record(&ours.tenant).await;
    assert_eq!((first, second), (201, 201));
    assert!(ours_told.contains("acme goal") && !ours_told.contains("zenith"));
    assert_ne!(ours_told, theirs_told);
    for (workspace, status) in [("zenith", 204), ("acme", 401)] {
        let body = json!({ "workspace": workspace, "email": theirs.owner, "password": PASSWORD });
        let told = ask(
            &house,
            &ours.tenant,
            "POST",
            "/api/v1/session",
            Some(&body),
            "-",
        )
        .await;
        assert_eq!(told.0, status, "{workspace}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_widgets_say_of_another_workspace_leads_nowhere() {
    let (house, ours, theirs) = two().await;
    let table = routes(&house).await;
    let before = rows_of(&house, &theirs.tenant).await;
    let said = said(&theirs, "acme");
    for route in table.iter().filter(|route| route.kind == Kind::Wire) {
        let found = said.iter().find(|(path, _)| *path == route.path);
        let (path, bytes) = found.unwrap_or_else(|| panic!("what is said to {}?", route.path));
        let reply = house.post_bytes::<()>(path, bytes.clone(), None).await;
        let told = String::from_utf8_lossy(&reply.bytes);
        assert!(!told.contains(THEIRS), "{path}: {told}");
        match *path {
            "/v1/test" | "/v1/comment" => assert_eq!(reply.status, 404, "{path}"),
            _ => assert!(reply.status < 500, "{path}: {}", reply.status),
        }
    }
    // A visitor, a link and a login of theirs are nobody's here.
    let login = theirs
        .tenant
        .login(&theirs.values["person"], house.clock.now());
    let (known, snapshot) = identify(
        &house,
        &Tenant {
            id: theirs.tenant.id,
            ..ours.tenant.clone()
        },
        Some(theirs.visitor),
        Some(login),
        Some(theirs.link.clone()),
    )
    .await;
    let nobody = Identify {
        sender: Browser::arrive(&house, &ours.tenant).sender(),
        editions: vec![ours.tenant.id],
        login: None,
        link: None,
    };
    let (_, stranger) = identify(&house, &ours.tenant, nobody.sender.visitor, None, None).await;
    assert_eq!(snapshot.strength, stranger.strength);
    assert!(
        known
            .visitor
            .is_some_and(|visitor| visitor != theirs.visitor)
    );
    for file in [
        format!("/e/acme/{}.en", theirs.tenant.id),
        format!("/e/acme/{}", theirs.tenant.id),
        format!("/d/acme/{}.pdf", theirs.tenant.id),
    ] {
        let answer = house
            .http
            .get(house.url(&file))
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 404, "{file}");
    }
    assert_eq!(rows_of(&house, &theirs.tenant).await, before);
}
