//! Logs and metrics say what the server does, and nothing about people.

mod house;

use engine::wire::Input;
use house::{Browser, House, identify};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use usher_server::logs::{LogFormat, subscriber};

const CANARY: &str = "canary4711";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("whole").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_people_is_in_the_log_or_the_metrics() {
    let lines = Lines::default();
    let written = lines.clone();
    let filter = EnvFilter::new("usher_server=trace,tower_http=debug,axum=trace,info");
    let json = subscriber(LogFormat::Json, filter, move || written.clone(), false);
    tracing::subscriber::set_global_default(json).expect("the first");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let apart = free.local_addr().expect("an address");
    drop(free);
    let house = House::open_with(|config| config.metrics_listen = Some(apart)).await;
    let acme = &house.acme;
    let address = format!("{CANARY}@visitor.example");

    let mut browser = Browser::arrive(&house, acme);
    browser.go_through(&house, acme, &address);
    house.keep(&browser.batch()).await;
    browser.note(Input::Opened, house.clock.now());
    house.send(&browser.batch()).await;
    let mut forged = browser.batch();
    forged.key = engine::ids::ConversationKey([7; 16]);
    house.send(&forged).await;
    let login = Some(format!("{CANARY}.{CANARY}"));
    identify(&house, acme, None, login, Some(CANARY.into())).await;
    let written =
        json!({ "email": address, "attributes": { "firstName": CANARY, "none": CANARY } });
    house
        .api(acme, "POST", "/api/v1/people", Some(written))
        .await;
    let list = format!("/api/v1/people?email={CANARY}");
    house.api(acme, "GET", &list, None).await;
    let path = format!("/api/v1/people/{address}");
    for method in ["GET", "DELETE", "GET"] {
        house.api(acme, method, &path, None).await;
    }
    let hook = json!({ "url": format!("https://127.0.0.1/{CANARY}") });
    house
        .api(acme, "POST", "/api/v1/webhooks", Some(hook))
        .await;
    let wrong = json!({ "workspace": "acme", "email": address, "password": CANARY });
    let session = house.http.post(house.url("/api/v1/session"));
    let session = session
        .header("x-usher-request", "1")
        .header("cookie", format!("usher-operator={CANARY}"));
    let session = session
        .header("content-type", "application/json")
        .body(wrong.to_string());
    assert_eq!(session.send().await.expect("an answer").status(), 401);
    for path in ["m", "t", "w", "m/undo"] {
        let asked = house.http.get(house.url(&format!("/{path}/{CANARY}")));
        asked.bearer_auth(CANARY).send().await.expect("an answer");
    }
    usher_server::delivery(&house.app)
        .expect("a delivery")
        .once()
        .await;
    // A database that fails is told of.
    let place = house.app.config.database.as_deref();
    let fails = match place {
        // It quotes the row that it refuses.
        Some(_) => "ALTER TABLE goal_mails ADD CHECK (goal <> goal)",
        None => "ALTER TABLE goal_mails RENAME TO gone",
    };
    house::database::alter(place, &house.app.config.data, fails);
    let mail = json!({ "address": address, "goal": "Won" });
    let (status, _) = house
        .api(acme, "POST", "/api/v1/goal-mails", Some(mail))
        .await;
    assert_eq!(status, 500);

    let asked = house.http.get(format!("http://{apart}/metrics"));
    let answer = asked.send().await.expect("an answer");
    let kind = answer.headers()["content-type"]
        .to_str()
        .expect("text")
        .to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let metrics = answer.text().await.expect("text");
    for line in [
        "# TYPE usher_intake_seconds histogram",
        "usher_batch_inputs_bucket{le=\"5.0\"}",
        "usher_batches_total ",
        "usher_refused_total{reason=\"unknown conversation key\"}",
        "usher_writes_waiting ",
        "usher_database_retries_total ",
        "usher_outbox_oldest_seconds ",
        "usher_sessions 0",
        "usher_faults_total 1",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{line}: {metrics}");
    }
    assert!(!metrics.contains(CANARY));
    let beside = house.http.get(house.url("/metrics")).send().await;
    assert_eq!(beside.expect("an answer").status(), 404);

    let log = String::from_utf8(lines.0.lock().expect("whole").clone()).expect("UTF-8");
    assert!(log.lines().count() > 0, "something was told");
    for line in log.lines() {
        let told: Json = serde_json::from_str(line).expect("JSON");
        assert!(
            told["level"].is_string() && told["fields"].is_object(),
            "{line}"
        );
        assert!(!line.contains(CANARY), "{line}");
        assert!(
            !line.contains(&acme.token) && !line.contains(&acme.secret),
            "{line}"
        );
    }
    assert!(log.contains("the store failed"), "{log}");
}
