//! Users log in with a password, stay logged in for a while, and may do what their role says.

mod house;

use engine::ids::{DAY, HOUR, MINUTE};
use house::{House, Tenant, database};
use reqwest::Response;
use serde_json::{Value as Json, json};
use std::time::{Duration, Instant};
use usher_server::passwords;
use usher_server::roles::Role;
use usher_server::store::Right;

const PASSWORD: &str = "correct horse battery";

/// What roles may ask of each call, as it is kept.
const MATRIX: &str = include_str!("roles.txt");

/// Set it to write the matrix anew after calls or roles have changed.
const RENEW: &str = "USHER_RENEW_ROLES";

impl House {
    async fn user(&self, tenant: &Tenant, email: &str, role: Role) {
        let hash = passwords::hash(PASSWORD).expect("a hash");
        let made = self
            .store
            .create_user(&tenant.scope, email.into(), "Eve".into(), role, hash);
        made.await.expect("a user");
    }

    async fn try_log_in(&self, email: &str, password: &str, cookie: Option<&str>) -> Response {
        let body = json!({ "workspace": "acme", "email": email, "password": password });
        let mut request = self
            .http
            .post(self.url("/api/v1/session"))
            .header("x-usher-request", "1")
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        request.send().await.expect("an answer")
    }

    /// The cookie of a new session.
    async fn log_in(&self, email: &str) -> String {
        let answer = self.try_log_in(email, PASSWORD, None).await;
        assert_eq!(answer.status(), 204);
        let line = answer.headers()["set-cookie"].to_str().expect("a line");
        line.split(';').next().expect("a cookie").to_owned()
    }

    /// A call with a session, as a page of the server makes it.
    async fn call(
        &self,
        cookie: &str,
        method: &str,
        path: &str,
        body: Option<Json>,
    ) -> (u16, Json) {
        let mut request = self
            .http
            .request(method.parse().expect("a method"), self.url(path))
            .header("cookie", cookie)
            .header("x-usher-request", "1");
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    async fn is_in(&self, cookie: &str) -> bool {
        match self.call(cookie, "GET", "/api/v1/session", None).await.0 {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_logs_in_is_known_and_logs_out() {
    let house = House::open().await;
    house
        .user(&house.acme, "eve@acme.example", Role::Marketer)
        .await;
    let answer = house.try_log_in("Eve@acme.example", PASSWORD, None).await;
    let line = answer.headers()["set-cookie"]
        .to_str()
        .expect("a line")
        .to_owned();
    assert!(line.starts_with("usher-operator=us_"), "{line}");
    for word in [
        "; Path=/;",
        "; HttpOnly;",
        "; SameSite=Strict",
        "Max-Age=604800;",
    ] {
        assert!(line.contains(word), "{line}");
    }
    let cookie = line.split(';').next().expect("a cookie");
    let (_, oneself) = house.call(cookie, "GET", "/api/v1/session", None).await;
    let expected = json!({ "workspace": "acme", "email": "eve@acme.example", "name": "Eve",
        "role": "marketer", "rights": ["read", "write", "publish"] });
    assert_eq!(oneself, expected);
    // Only a hash of it is kept.
    let token = cookie.split('=').nth(1).expect("a token");
    let place = house.app.config.database.as_deref();
    let kept = "SELECT id, user_id FROM sessions";
    let rows = database::rows(place, &house.app.config.data, kept);
    assert_eq!(rows.len(), 1);
    if let Some(place) = place {
        assert!(!database::holds(place, token));
    }
    // A browser that logs in again has another session, and only that.
    let again = house
        .try_log_in("eve@acme.example", PASSWORD, Some(cookie))
        .await;
    let again = again.headers()["set-cookie"]
        .to_str()
        .expect("a line")
        .to_owned();
    let again = again.split(';').next().expect("a cookie").to_owned();
    assert!(!house.is_in(cookie).await && house.is_in(&again).await);
    let (status, _) = house.call(&again, "DELETE", "/api/v1/session", None).await;
    assert_eq!(status, 204);
    assert!(!house.is_in(&again).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_the_cookie_is_the_host_s_alone() {
    let house = House::open_with(|config| config.origin = "https://chat.example.com".into()).await;
    house
        .user(&house.acme, "eve@acme.example", Role::Owner)
        .await;
    let answer = house.try_log_in("eve@acme.example", PASSWORD, None).await;
    let line = answer.headers()["set-cookie"].to_str().expect("a line");
    assert!(line.starts_with("__Host-usher-operator="), "{line}");
    assert!(
        line.contains("; Secure") && !line.contains("Domain"),
        "{line}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_by_itself_and_with_the_password_the_role_and_the_user() {
    let house = House::open().await;
    let (store, scope) = (&house.store, &house.acme.scope);
    let eve = || "eve@acme.example".to_owned();
    house
        .user(&house.acme, "owner@acme.example", Role::Owner)
        .await;
    house.user(&house.acme, &eve(), Role::Analyst).await;
    let cookie = house.log_in(&eve()).await;
    house.clock.advance(12 * HOUR - MINUTE);
    assert!(house.is_in(&cookie).await);
    house.clock.advance(12 * HOUR + MINUTE);
    assert!(!house.is_in(&cookie).await, "idle for half a day");
    let cookie = house.log_in(&eve()).await;
    for _ in 0..15 {
        house.clock.advance(11 * HOUR);
        assert!(house.is_in(&cookie).await);
    }
    house.clock.advance(7 * DAY - 15 * 11 * HOUR);
    assert!(!house.is_in(&cookie).await, "a week");

    let cookie = house.log_in(&eve()).await;
    let hash = passwords::hash(PASSWORD).expect("a hash");
    store
        .set_password(scope, eve(), hash)
        .await
        .expect("changed");
    assert!(!house.is_in(&cookie).await);
    let cookie = house.log_in(&eve()).await;
    store
        .set_role(scope, eve(), Role::Marketer)
        .await
        .expect("changed");
    assert!(!house.is_in(&cookie).await);
    let (one, other) = (house.log_in(&eve()).await, house.log_in(&eve()).await);
    assert!(house.usher(&["user", "sessions", &eve()]).lines().count() == 3);
    assert!(
        house
            .usher(&["user", "sessions", &eve(), "--end"])
            .contains("2 places")
    );
    assert!(!house.is_in(&one).await && !house.is_in(&other).await);
    let cookie = house.log_in(&eve()).await;
    store.delete_user(scope, eve()).await.expect("removed");
    assert!(!house.is_in(&cookie).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_s_page_can_do_nothing_with_a_session() {
    let house = House::open().await;
    house
        .user(&house.acme, "eve@acme.example", Role::Owner)
        .await;
    let cookie = house.log_in("eve@acme.example").await;
    let send = async |method: &str, headers: &[(&str, &str)]| {
        let method = method.parse().expect("a method");
        let mut request = house
            .http
            .request(method, house.url("/api/v1/chat"))
            .header("cookie", &cookie)
            .header("content-type", "application/json")
            .body("{\"on\":false}");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    let ours = ("x-usher-request", "1");
    assert_eq!(send("POST", &[]).await, 403);
    for site in ["cross-site", "same-site"] {
        assert_eq!(send("POST", &[ours, ("sec-fetch-site", site)]).await, 403);
        let got = house
            .http
            .get(house.url("/api/v1/people.csv"))
            .header("cookie", &cookie)
            .header("sec-fetch-site", site);
        assert_eq!(got.send().await.expect("an answer").status(), 403);
    }
    assert_eq!(
        send("POST", &[ours, ("sec-fetch-site", "same-origin")]).await,
        200
    );
    let forged = house.http.post(house.url("/api/v1/session"));
    let forged = forged.header("content-type", "application/json");
    let body = json!({ "workspace": "acme", "email": "eve@acme.example", "password": PASSWORD });
    let forged = forged
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    assert_eq!(forged.status(), 403, "nobody is logged in unasked");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_who_is_a_user() {
    let house = House::open().await;
    house
        .user(&house.acme, "eve@acme.example", Role::Owner)
        .await;
    house
        .try_log_in("eve@acme.example", "another horse battery", None)
        .await;
    house
        .try_log_in("nobody@acme.example", "another horse battery", None)
        .await;
    let mut answers = Vec::new();
    let mut shortest = [Duration::MAX; 2];
    for _ in 0..5 {
        for (email, shortest) in ["eve@acme.example", "nobody@acme.example"]
            .iter()
            .zip(&mut shortest)
        {
            let begun = Instant::now();
            let answer = house.try_log_in(email, "another horse battery", None).await;
            *shortest = begun.elapsed().min(*shortest);
            let status = answer.status();
            answers.push((status.as_u16(), answer.text().await.expect("text")));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, 401);
    let [known, unknown] = shortest.map(|time| time.as_secs_f64());
    assert!(
        unknown > known / 2.0 && known > unknown / 2.0,
        "{known} {unknown}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_gets_slower_for_the_account_and_for_the_address() {
    let house = House::open_with(|config| config.rate_limits = true).await;
    house
        .user(&house.acme, "eve@acme.example", Role::Owner)
        .await;
    let guess = async |email: &str, password: &str| house.try_log_in(email, password, None).await;
    for _ in 0..5 {
        let wrong = guess("eve@acme.example", "another horse battery").await;
        assert_eq!(wrong.status(), 401);
    }
    let limited = guess("eve@acme.example", PASSWORD).await;
    assert_eq!(limited.status(), 429);
    let wait: i64 = limited.headers()["retry-after"]
        .to_str()
        .expect("text")
        .parse()
        .expect("seconds");
    assert!((1..=2).contains(&wait), "{wait}");
    house.clock.advance(wait * 1_000);
    assert_eq!(guess("eve@acme.example", PASSWORD).await.status(), 204);
    let mut attempts = 0;
    while guess(&format!("user{attempts}@acme.example"), PASSWORD)
        .await
        .status()
        == 401
    {
        attempts += 1;
        assert!(attempts < 20);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have_and_the_last_owner_stays() {
    let house = House::open().await;
    let (store, scope) = (&house.store, &house.acme.scope);
    house
        .user(&house.acme, "owner@acme.example", Role::Owner)
        .await;
    house
        .user(&house.acme, "eve@acme.example", Role::Analyst)
        .await;
    let token = store.create_token(scope, "t".into(), vec![Right::Manage, Right::Read]);
    let mut tenant = house.acme.clone();
    tenant.token = token.await.expect("a token");
    let give = async |email: &str, role: &str| {
        let path = format!("/api/v1/users/{email}/role");
        house
            .api(&tenant, "POST", &path, Some(json!({ "role": role })))
            .await
    };
    assert_eq!(give("eve@acme.example", "agent").await.0, 204);
    assert_eq!(give("eve@acme.example", "marketer").await.0, 409);
    assert_eq!(
        give("owner@acme.example", "agent").await.0,
        409,
        "nor takes"
    );
    assert_eq!(give("eve@acme.example", "king").await.0, 422);
    assert_eq!(give("none@acme.example", "agent").await.0, 404);
    let owner = house.log_in("owner@acme.example").await;
    let path = "/api/v1/users/owner@acme.example/role";
    let (status, told) = house
        .call(&owner, "POST", path, Some(json!({ "role": "agent" })))
        .await;
    assert_eq!(status, 409, "{told}");
    assert!(
        told["error"]
            .as_str()
            .expect("words")
            .contains("last owner"),
        "{told}"
    );
    let left = store.delete_user(scope, "owner@acme.example".into()).await;
    assert!(
        left.expect_err("refused")
            .to_string()
            .contains("last owner")
    );
    let (status, _) = house
        .call(
            &owner,
            "POST",
            "/api/v1/users/eve@acme.example/role",
            Some(json!({ "role": "owner" })),
        )
        .await;
    assert_eq!(status, 204);
    let (status, _) = house
        .call(&owner, "POST", path, Some(json!({ "role": "agent" })))
        .await;
    assert_eq!(status, 204);
    let (status, listed) = house
        .call(
            &house.log_in("eve@acme.example").await,
            "GET",
            "/api/v1/users",
            None,
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(listed["items"][0]["role"], "owner");
    assert_eq!(listed["items"][1]["role"], "agent");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_asks_each_role_for_its_right() {
    let house = House::open().await;
    let mut cookies = Vec::new();
    for role in Role::all() {
        let email = format!("{}@acme.example", role.word());
        house.user(&house.acme, &email, role).await;
        cookies.push(house.log_in(&email).await);
    }
    let described = house.get(&house.acme, "/api/v1/openapi.json").await;
    let mut matrix = String::new();
    for (path, calls) in described["paths"].as_object().expect("paths") {
        for method in calls.as_object().expect("calls").keys() {
            // It is asked of nobody whom to log in, and whoever is logged in may log out.
            if path == "/api/v1/session" {
                continue;
            }
            let method = method.to_uppercase();
            let address = ["{id}", "{key}", "{name}", "{email}"]
                .iter()
                .fold(path.clone(), |address, part| address.replace(part, "none"));
            let mut may = Vec::new();
            for (role, cookie) in Role::all().zip(&cookies) {
                let (status, told) = house.call(cookie, &method, &address, None).await;
                assert!(
                    status != 401 && status < 500,
                    "{method} {path}: {status} {told}"
                );
                if status != 403 {
                    may.push(role.word());
                }
            }
            matrix += format!("{method:6} {path:45} {}\n", may.join(" ")).trim_end();
            matrix += "\n";
            let nobody = house
                .http
                .request(method.parse().expect("a method"), house.url(&address));
            let nobody = nobody
                .header("x-usher-request", "1")
                .send()
                .await
                .expect("an answer");
            assert_eq!(nobody.status(), 401, "{method} {path}");
        }
    }
    if std::env::var_os(RENEW).is_some() {
        let place = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/roles.txt");
        std::fs::write(place, &matrix).expect("written");
        return;
    }
    assert_eq!(
        matrix, MATRIX,
        "look at the difference, then run this with {RENEW}=1"
    );
}
