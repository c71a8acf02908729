//! Webhooks: signed, at least once, in order, and never to an address inside.

mod office;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use engine::ids::{HOUR, MINUTE};
use hmac::{KeyInit, Mac};
use office::{Office, Setting, agents, slot};
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use usher_server::secrets::Keys;
use usher_server::store::{Fate, Kind, OutboxRow};

/// One delivery as it came in.
#[derive(Clone, Debug)]
struct Delivery {
    id: String,
    signature: String,
    body: Vec<u8>,
}

impl Delivery {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// What any receiver does to be sure.
    fn is_signed_with(&self, secret: &str) -> bool {
        let parts: Vec<&str> = self.signature.split(',').collect();
        let seconds = parts[0].strip_prefix("t=").expect("a time");
        let given = parts[1].strip_prefix("v1=").expect("a signature");
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(&self.body);
        let expected: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        expected == given
    }
}

/// A receiver that answers as told, then well.
#[derive(Clone, Default)]
struct Receiver {
    heard: Arc<Mutex<Vec<Delivery>>>,
    faults: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    async fn open(faults: &[u16]) -> (Self, SocketAddr) {
        let receiver = Self::default();
        receiver.faults.lock().expect("whole").extend(faults);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new()
            .route("/hook", post(hear))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.expect("served") });
        (receiver, address)
    }

    fn heard(&self) -> Vec<Delivery> {
        self.heard.lock().expect("whole").clone()
    }
}

async fn hear(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let delivery = Delivery {
        id: text("usher-delivery"),
        signature: text("usher-signature"),
        body: body.to_vec(),
    };
    receiver.heard.lock().expect("whole").push(delivery);
    let mut faults = receiver.faults.lock().expect("whole");
    if faults.is_empty() {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::from_u16(faults.remove(0)).expect("a status")
    }
}

async fn office_with(address: SocketAddr, listed: bool) -> (Office, String) {
    let outgoing_allowed = if listed {
        vec![address.to_string()]
    } else {
        Vec::new()
    };
    let office = Office::open(
        agents(1),
        Setting {
            outgoing_allowed,
            ..Setting::default()
        },
    )
    .await;
    let keys = Keys::open(office.folder.path()).expect("keys");
    let kinds = vec![Kind::Engaged, Kind::Meeting, Kind::Goal];
    let made = office
        .store
        .create_webhook(
            &office.scope,
            &keys,
            format!("http://{address}/hook"),
            kinds,
        )
        .await;
    (office, made.expect("a webhook").1)
}

async fn webhook_rows(office: &Office) -> Vec<OutboxRow> {
    let rows = office
        .store
        .outbox(&office.scope, None, 1_000)
        .await
        .expect("the outbox");
    rows.into_iter()
        .filter(|row| row.kind == "webhook")
        .rev()
        .collect()
}

/// Waits for something that another task brings about.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_twice_gets_it_a_third_time_under_the_same_id_and_in_order() {
    let (receiver, address) = Receiver::open(&[500, 503]).await;
    let (office, secret) = office_with(address, true).await;
    office.book(&office.visitor(1), slot(2)).await;
    until("the first attempt failed", async || {
        receiver.heard().len() == 1
            && webhook_rows(&office)
                .await
                .iter()
                .any(|row| row.fault.is_some())
    })
    .await;
    office.clock.advance(MINUTE);
    until("the second attempt failed", async || {
        let rows = webhook_rows(&office).await;
        receiver.heard().len() == 2
            && rows
                .iter()
                .any(|row| row.fault.as_deref() == Some("the receiver answered 503"))
    })
    .await;
    office.clock.advance(2 * MINUTE);
    until("all were delivered", async || {
        webhook_rows(&office)
            .await
            .iter()
            .all(|row| row.fate == Fate::Sent)
    })
    .await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 5);
    assert!(
        heard
            .iter()
            .all(|delivery| delivery.is_signed_with(&secret))
    );
    assert!(!heard[0].is_signed_with("another"));
    assert!(heard[0].id == heard[1].id && heard[1].id == heard[2].id && heard[2].id != heard[3].id);
    assert_eq!(heard[0].body, heard[2].body);
    let engaged = heard[0].json();
    let said = engaged["attributes"]["Conversation Transcript"].as_str();
    let said = said.expect("a transcript").to_owned();
    assert!(
        said.starts_with("Dialogue: Shall we talk?\nVisitor: Yes, let us\n"),
        "{said}"
    );
    assert!(!said.contains("guest1@"), "what was said later: {said}");
    let names: Vec<String> = heard[2..]
        .iter()
        .map(|delivery| delivery.json()["activity"].to_string())
        .collect();
    assert_eq!(
        names,
        [
            "\"Engaged with a Dialogue\"",
            "\"Scheduled Meeting in Dialogue\"",
            "\"Reached Dialogue Goal\""
        ]
    );
    let goal = heard[4].json();
    assert_eq!(
        (&goal["proven"], &goal["person"]["email"]),
        (&Json::from(true), &Json::from("guest1@visitor.example"))
    );
    let ids: Vec<String> = webhook_rows(&office)
        .await
        .into_iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(
        ids,
        [&heard[2].id, &heard[3].id, &heard[4].id].map(Clone::clone)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_inside_that_nobody_listed_is_never_dialled_and_shown_as_dead() {
    let (receiver, address) = Receiver::open(&[]).await;
    let (office, _) = office_with(address, false).await;
    office.book(&office.visitor(1), slot(2)).await;
    until("given up", async || {
        webhook_rows(&office)
            .await
            .iter()
            .all(|row| row.fate == Fate::Dead)
    })
    .await;
    assert!(receiver.heard().is_empty());
    let rows = webhook_rows(&office).await;
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| {
        row.fault
            .as_deref()
            .is_some_and(|fault| fault.contains("leads inside"))
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_away_for_days_is_given_up_seen_and_can_be_tried_again() {
    let (receiver, address) = Receiver::open(&[500; 90]).await;
    let (office, _) = office_with(address, true).await;
    office.book(&office.visitor(1), slot(2)).await;
    let delivery = office.delivery();
    until("given up", async || {
        office.clock.advance(2 * HOUR);
        delivery.once().await;
        webhook_rows(&office)
            .await
            .iter()
            .all(|row| row.fate == Fate::Dead)
    })
    .await;
    let counts = office
        .store
        .outbox_counts(&office.scope)
        .await
        .expect("counts");
    assert!(counts.contains(&(Fate::Dead, 3)), "{counts:?}");
    let before = receiver.heard().len();
    receiver.faults.lock().expect("whole").clear();
    assert_eq!(
        office
            .store
            .replay_messages(&office.scope, None)
            .await
            .expect("revived"),
        3
    );
    until("delivered at last", async || {
        webhook_rows(&office)
            .await
            .iter()
            .all(|row| row.fate == Fate::Sent)
    })
    .await;
    assert_eq!(receiver.heard().len(), before + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paused_waits_in_its_order_and_leaves_under_the_same_ids() {
    let (receiver, address) = Receiver::open(&[]).await;
    let (office, _) = office_with(address, true).await;
    let (store, scope) = (&office.store, &office.scope);
    let webhook = || Some("webhook".to_owned());
    store.pause_outbox(scope, webhook()).await.expect("paused");
    store
        .pause_outbox(scope, webhook())
        .await
        .expect("so already");
    office.book(&office.visitor(1), slot(2)).await;
    until("letters have left", async || {
        let rows = store.outbox(scope, None, 100).await.expect("rows");
        let mut letters = rows.iter().filter(|row| row.kind == "meeting");
        letters.clone().count() == 2 && letters.all(|row| row.fate == Fate::Sent)
    })
    .await;
    let waiting = webhook_rows(&office).await;
    assert!(
        waiting
            .iter()
            .all(|row| row.fate == Fate::Waiting && row.attempts == 0)
    );
    assert_eq!((waiting.len(), receiver.heard().len()), (3, 0));
    let all = store.outbox(scope, Some(Fate::Waiting), 100).await;
    let all = i64::try_from(all.expect("rows").len()).expect("few");
    let depth = store.outbox_depth().await.expect("a depth");
    assert_eq!((depth.waiting, depth.dead, depth.pauses), (all, 0, 1));
    let metrics = office
        .http
        .get(format!("http://{}/metrics", office.address));
    let metrics = metrics
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    assert!(
        metrics.contains(&format!("usher_outbox_waiting {all}\n"))
            && metrics.contains("usher_outbox_pauses 1\n")
    );

    // One kind let go does not let go what is paused as a whole.
    store.pause_outbox(scope, None).await.expect("paused");
    assert_eq!(
        store
            .resume_outbox(scope, webhook())
            .await
            .expect("resumed"),
        1
    );
    assert_eq!(office.delivery().once().await, 0);
    assert_eq!(store.resume_outbox(scope, None).await.expect("resumed"), 1);
    until("delivered", async || {
        webhook_rows(&office)
            .await
            .iter()
            .all(|row| row.fate == Fate::Sent)
    })
    .await;
    let ids: Vec<String> = waiting.into_iter().map(|row| row.id).collect();
    let heard: Vec<String> = receiver.heard().into_iter().map(|one| one.id).collect();
    assert_eq!(heard, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_drips_delays_nobody_elses_mail() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    let (office, _) = office_with(address, true).await;
    let other = office
        .store
        .create_workspace("other".into(), "Other".into())
        .await
        .expect("a workspace");
    let made = office
        .store
        .create_goal_mail(&other, None, "boss@other.example".into())
        .await;
    made.expect("an address");
    office.book(&office.visitor(1), slot(2)).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let goal = usher_server::store::RecordedGoal {
        name: "Signed".into(),
        score: None,
        at: None,
        email: None,
        page_url: String::new(),
        attributes: Default::default(),
        idempotency: "1".into(),
    };
    office
        .store
        .record_goal(&other, goal)
        .await
        .expect("a goal");
    let started = std::time::Instant::now();
    until("the other workspace's mail", async || {
        let rows = office
            .store
            .outbox(&other, None, 10)
            .await
            .expect("the outbox");
        rows.iter()
            .any(|row| row.kind == "goal_notice" && row.fate == Fate::Sent)
    })
    .await;
    assert!(started.elapsed() < Duration::from_secs(3));
}
