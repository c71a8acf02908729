//! Booking while the server is killed: what was said to be booked is, what was not said is not lost by
//! asking again, and nothing is booked twice.

mod office;

use engine::compiled::{decode, encode};
use engine::ids::Timestamp;
use engine::wire::{Book, Booked, Entry};
use office::server::Killable;
use office::{Office, Setting, agents, database};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use usher_server::meetings::quanta::claimed;

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
            let claim = vec![
                meeting.agent_id.clone(),
                quantum.to_string(),
                meeting.id.clone(),
            ];
            assert!(expected.insert(claim));
        }
    }
    let claims = database::rows(
        office.app.config.database.as_deref(),
        office.folder.path(),
        "SELECT agent, quantum, meeting FROM claims",
    );
    let claims: BTreeSet<Vec<String>> = claims.into_iter().collect();
    assert_eq!(claims, expected);
    let letters = office
        .store
        .outbox(&office.scope, None, 10_000)
        .await
        .expect("the outbox");
    let told = letters.iter().filter(|row| row.kind == "meeting").count();
    assert_eq!(told, 2 * meetings.len());
}
