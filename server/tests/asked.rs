//! Who only asks changes nothing, and no page of another site changes or reads anything.

mod house;

use house::routes::{Furnished, Kind, PASSWORD, Route, furnish, routes, said, with};
use house::{House, database};
use reqwest::{RequestBuilder, Response};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Where the chat is, for browsers.
const CHAT: &str = "https://chat.w.example";

/// Origins that are not the chat's, whatever they look like.
const FOREIGN: [&str; 25] = [
    "null",
    "*",
    "https://*.w.example",
    "https://w.example",
    "https://www.w.example",
    "http://chat.w.example",
    "https://chat.w.example.",
    "https://chat.w.example:8443",
    "https://chat.w.example:443",
    "https://CHAT.w.example",
    "https://chat.w.example/",
    "https://chat.w.example/path",
    "https://chat.w.example?x",
    "https://chat.w.example#x",
    "https://chat.w.example.evil.example",
    "https://chat.w.example@evil.example",
    "https://user@chat.w.example",
    "https://evil.example/https://chat.w.example",
    "https://chat.w.example, https://evil.example",
    "https://evilchat.w.example",
    "https://chat-w.example",
    "https://chat.w.xn--exmple-4nf",
    "https://127.0.0.1",
    "file://",
    "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// What an export of a file leaves, by GET and by HEAD: that it was made, in the workspace's audit log, whose end the
/// workspace's row knows. Nothing else may change because somebody asked.
const EXPORTS: [&str; 2] = ["/api/v1/goals.csv", "/api/v1/people.csv"];

/// A house with acme furnished, its owner logged in, and its routes.
async fn open() -> (House, Furnished, String, Vec<Route>) {
    let house = House::open_with(|config| config.origin = CHAT.into()).await;
    let acme = furnish(&house, &house.acme, "finch").await;
    let body = json!({ "workspace": "acme", "email": acme.owner, "password": PASSWORD });
    let log_in = house.http.post(house.url("/api/v1/session"));
    let log_in = log_in
        .header("x-usher-request", "1")
        .header("content-type", "application/json")
        .body(body.to_string());
    let answer = log_in.send().await.expect("an answer");
    let line = answer.headers()["set-cookie"].to_str().expect("a line");
    let visitor = usher_server::secrets::base64url(&acme.visitor);
    let cookie = line.split(';').next().expect("a cookie");
    let cookies = format!("{cookie}; __Host-usher-visitor={visitor}");
    let routes = routes(&house).await;
    (house, acme, cookies, routes)
}

async fn rows(house: &House) -> BTreeMap<String, Vec<Vec<String>>> {
    let place = house.app.config.database.clone();
    let data = house.app.config.data.clone();
    let read = tokio::task::spawn_blocking(move || database::dump(place.as_deref(), &data));
    read.await.expect("rows")
}

fn changed(
    before: &BTreeMap<String, Vec<Vec<String>>>,
    after: &BTreeMap<String, Vec<Vec<String>>>,
) -> BTreeSet<String> {
    let tables = after
        .iter()
        .filter(|(table, rows)| before.get(*table) != Some(*rows));
    tables.map(|(table, _)| table.clone()).collect()
}

async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_changes_no_row() {
    let (house, acme, cookies, routes) = open().await;
    let mut before = rows(&house).await;
    let mut found = 0;
    let asks = ["GET", "HEAD", "OPTIONS"];
    let asks: Vec<_> = asks
        .into_iter()
        .flat_map(|method| ["token", "session", "nobody"].map(|who| (method, who)))
        .collect();
    for route in &routes {
        for path in [acme.at(&route.path), with(&route.path, "none")] {
            for (method, who) in &asks {
                let request = house
                    .http
                    .request(method.parse().expect("a method"), house.url(&path));
                let request = match *who {
                    "token" => request.bearer_auth(&acme.tenant.token),
                    "session" => request.header("cookie", &cookies),
                    _ => request,
                };
                let answer = send(request).await;
                let status = answer.status();
                assert!(!status.is_server_error(), "{method} {path}: {status}");
                found += usize::from(*method == "GET" && status == 200);
                answer.bytes().await.expect("a body");
            }
            let after = rows(&house).await;
            let mut changed = changed(&before, &after);
            if EXPORTS.contains(&path.as_str()) {
                assert!(changed.remove("audit"), "{path} is noted");
                changed.remove("workspaces");
            }
            assert!(changed.is_empty(), "{path}: {changed:?}");
            before = after;
        }
    }
    assert!(found >= 60, "{found} answers showed something");
}

/// What a form of another site's page can send to a call, with the cookies of whoever looks at that page.
async fn forms(house: &House, cookies: &str, method: &str, path: &str, body: &[u8]) -> Vec<u16> {
    let mut told = Vec::new();
    for media_type in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        for (name, value) in [
            ("x-nothing", ""),
            ("origin", CHAT),
            ("origin", "https://evil.example"),
        ] {
            let request = house
                .http
                .request(method.parse().expect("a method"), house.url(path))
                .header("cookie", cookies)
                .header("content-type", media_type)
                .header(name, value);
            // The wire takes plain text, which beacons send: then where it is from decides.
            if media_type == "text/plain" && value != "https://evil.example" {
                continue;
            }
            told.push(send(request.body(body.to_vec())).await.status().as_u16());
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_another_site_changes_anything() {
    let (house, acme, cookies, routes) = open().await;
    let said = said(&acme, "acme");
    let before = rows(&house).await;
    let mut calls = 0;
    for route in &routes {
        if route.kind == Kind::Secret {
            continue;
        }
        for method in route.changes() {
            let path = acme.at(&route.path);
            let body = match said.iter().find(|(path, _)| *path == route.path) {
                Some((_, bytes)) => bytes.clone(),
                None => b"{}".to_vec(),
            };
            let what = format!("{method} {path}");
            for status in forms(&house, &cookies, method, &path, &body).await {
                assert!([400, 403].contains(&status), "{what}: {status}");
            }
            let elsewhere = ["cross-site", "same-site"].map(|site| ("sec-fetch-site", site));
            let elsewhere = elsewhere.into_iter();
            for (name, value) in elsewhere.chain(FOREIGN.map(|origin| ("origin", origin))) {
                let media_type = match route.kind {
                    Kind::Wire => "application/octet-stream",
                    _ => "application/json",
                };
                let request = house
                    .http
                    .request(method.parse().expect("a method"), house.url(&path))
                    .header("cookie", &cookies)
                    .header("x-usher-request", "1")
                    .header("content-type", media_type)
                    .header(name, value)
                    .body(body.clone());
                let status = send(request).await.status();
                assert_eq!(status, 403, "{what} from {name} {value}");
            }
            calls += 1;
        }
    }
    assert!(calls >= 25, "{calls}");
    assert_eq!(changed(&before, &rows(&house).await), BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_another_site_reads_what_is_not_for_everybody() {
    let (house, acme, cookies, routes) = open().await;
    for route in &routes {
        for origin in FOREIGN {
            for method in ["GET", "OPTIONS", "POST"] {
                let path = with(&route.path, "none");
                let path = match method {
                    "GET" => acme.at(&route.path),
                    _ => path,
                };
                let request = house
                    .http
                    .request(method.parse().expect("a method"), house.url(&path))
                    .header("cookie", &cookies)
                    .header("origin", origin)
                    .header("access-control-request-method", "POST")
                    .header(
                        "access-control-request-headers",
                        "x-usher-request, authorization",
                    );
                let answer = send(request).await;
                let headers = answer.headers();
                let what = format!("{method} {path} from {origin}");
                let shared = headers.get("access-control-allow-origin");
                // A star lets nobody read with somebody's cookies, and is on files alone.
                match route.kind {
                    Kind::Public => assert!(shared.is_none_or(|who| who == "*"), "{what}"),
                    _ => assert_eq!(shared, None, "{what}"),
                }
                for name in ["credentials", "methods", "headers", "private-network"] {
                    let name = format!("access-control-allow-{name}");
                    assert!(!headers.contains_key(&name), "{what}: {name}");
                }
            }
        }
    }
}
