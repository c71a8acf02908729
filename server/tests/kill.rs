//! Booking while the server is killed: what was said to be booked is, what was not said is not lost by
//! asking again, and nothing is booked twice.

mod office;

use engine::compiled::{decode, encode};
use engine::ids::Timestamp;
use engine::wire::{Book, Booked, Entry};
use office::{Office, Setting, agents};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use usher_server::meetings::quanta::claimed;

/// A server in a process of its own, on the office's data.
struct Killable {
    child: Child,
    address: SocketAddr,
}

impl Killable {
    async fn start(office: &Office) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let config = office.folder.path().join("usher.toml");
        std::fs::write(&config, "rate_limits = false\n").expect("a configuration");
        let child = Command::new(env!("CARGO_BIN_EXE_usher"))
            .args(["serve", "--without-widget"])
            .arg("--config")
            .arg(&config)
            .arg("--data")
            .arg(office.folder.path())
            .args([
                "--listen",
                &address.to_string(),
                "--origin",
                &format!("http://{address}"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let server = Self { child, address };
        for _ in 0..400 {
            let ready = office
                .http
                .get(format!("http://{address}/ready"))
                .send()
                .await;
            if ready.is_ok_and(|ready| ready.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server does not get ready");
    }

    /// SIGKILL: nothing is finished.
    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

async fn book(office: &Office, address: SocketAddr, wish: &Book) -> Option<Entry> {
    let asked = office.http.post(format!("http://{address}/v1/book"));
    let asked = asked
        .header("content-type", "application/octet-stream")
        .body(encode(wish));
    let bytes = asked.send().await.ok()?.bytes().await.ok()?;
    match decode(&bytes).ok()? {
        Booked::Done { entry, .. } => Some(entry),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_has_lost_no_meeting_and_booked_none_twice() {
    let mut always = agents(5);
    for agent in &mut always {
        agent.terms.hours = "mon-sun 00:00-24:00".parse().expect("hours");
    }
    let setting = Setting {
        machine_clock: true,
        ..Setting::default()
    };
    let office = Arc::new(Office::open(always, setting).await);
    let starts: Vec<Timestamp> = office.slots(&office.visitor(u64::MAX)).await.starts;
    let mut wishes: Vec<Book> = Vec::new();
    let mut said: BTreeMap<usize, Entry> = BTreeMap::new();
    for round in 0..4 {
        let server = Killable::start(&office).await;
        let first = wishes.len();
        for (n, start) in (0..).zip(&starts).skip(first).take(60) {
            wishes.push(office.wish(&office.visitor(n), *start));
        }
        let mut tasks = tokio::task::JoinSet::new();
        for (n, wish) in wishes.iter().cloned().enumerate().skip(first) {
            let (office, address) = (Arc::clone(&office), server.address);
            tasks.spawn(async move { (n, book(&office, address, &wish).await) });
        }
        tokio::time::sleep(Duration::from_millis(40 + 60 * round)).await;
        server.kill();
        while let Some(done) = tasks.join_next().await {
            if let (n, Some(entry)) = done.expect("it ran") {
                said.insert(n, entry);
            }
        }
    }
    let server = Killable::start(&office).await;
    for (n, wish) in wishes.iter().enumerate() {
        let entry = book(&office, server.address, wish)
            .await
            .expect("booked, now or before");
        assert_eq!(said.entry(n).or_insert_with(|| entry.clone()), &entry);
    }
    server.kill();
    let meetings = office.meetings().await;
    assert_eq!(meetings.len(), wishes.len());
    let mut expected = BTreeSet::new();
    for meeting in &meetings {
        for quantum in claimed(meeting.start, meeting.length()) {
            assert!(expected.insert((meeting.agent_id.clone(), quantum, meeting.id.clone())));
        }
    }
    let db =
        rusqlite::Connection::open(office.folder.path().join("usher.db")).expect("the database");
    let mut rows = db
        .prepare("SELECT agent, quantum, meeting FROM claims")
        .expect("claims");
    let rows = rows
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("claims");
    let claims: BTreeSet<(String, i64, String)> = rows.map(|row| row.expect("a claim")).collect();
    assert_eq!(claims, expected);
    let letters = office
        .store
        .outbox(&office.scope, None, 10_000)
        .await
        .expect("the outbox");
    let told = letters.iter().filter(|row| row.kind == "meeting").count();
    assert_eq!(told, 2 * meetings.len());
}
