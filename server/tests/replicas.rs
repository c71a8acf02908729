//! Two servers on one PostgreSQL. Where tests run on files there is nothing to share, and these do nothing.

mod office;

use engine::compiled::{decode, encode};
use engine::ids::{MINUTE, Timestamp};
use engine::wire::{Batch, Book, Booked, InputsAnswer};
use office::server::Killable;
use office::{Office, Setting, Visitor, agents};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use usher_server::meetings::Length;

/// How many conversations go on at once.
const CONVERSATIONS: u64 = 80;
/// What an agent wants between two meetings, in minutes.
const BUFFER: u16 = 15;

async fn office() -> Option<Arc<Office>> {
    let mut always = agents(3);
    for agent in &mut always {
        agent.terms.hours = "mon-sun 00:00-24:00".parse().expect("hours");
        agent.terms.after = Length::minutes(BUFFER).expect("a length");
    }
    let setting = Setting {
        machine_clock: true,
        ..Setting::default()
    };
    let office = Office::open(always, setting).await;
    if office.app.config.database.is_none() {
        println!("skipped: USHER_TEST_POSTGRES names no server");
        return None;
    }
    Some(Arc::new(office))
}

/// One try to have a batch kept.
async fn send(office: &Office, address: SocketAddr, batch: &Batch) -> bool {
    let asked = office.http.post(format!("http://{address}/v1/inputs"));
    let asked = asked.header("content-type", "application/octet-stream");
    let Ok(answer) = asked.body(encode(batch)).send().await else {
        return false;
    };
    let Ok(bytes) = answer.bytes().await else {
        return false;
    };
    matches!(decode(&bytes), Ok(InputsAnswer::Kept(_)))
}

/// A conversation line by line, each to the other server; what is not acknowledged is sent again, everywhere.
async fn talk(office: &Office, visitor: &Visitor, servers: [SocketAddr; 2], pause: Duration) {
    for (n, entry) in visitor.entries.iter().enumerate() {
        let batch = Batch {
            entries: vec![entry.clone()],
            ..visitor.batch()
        };
        let mut at = n;
        while !send(office, servers[at % 2], &batch).await {
            at += 1;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(pause).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_alternate_between_two_servers_and_one_is_killed_among_them() {
    let Some(office) = office().await else { return };
    let (one, two) = tokio::join!(Killable::start(&office), Killable::start(&office));
    let servers = [one.address, two.address];
    let mut talks = tokio::task::JoinSet::new();
    for n in 0..CONVERSATIONS {
        let office = Arc::clone(&office);
        talks.spawn(async move {
            let visitor = office.visitor(n);
            talk(
                &office,
                &visitor,
                servers,
                Duration::from_millis(20 + n % 40),
            )
            .await;
            visitor
        });
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    two.kill();
    let visitors = talks.join_all().await;
    for visitor in &visitors {
        let id = visitor.id.to_string();
        let log = office.store.log(&office.scope, id).await.expect("a log");
        let digests = |entries: &[engine::wire::Entry]| -> Vec<(u32, u64)> {
            entries
                .iter()
                .map(|entry| (entry.seq, entry.digest))
                .collect()
        };
        assert_eq!(digests(&log.entries), digests(&visitor.entries));
    }
    let (from, until) = (Timestamp(0), Timestamp(i64::MAX));
    let report = office
        .store
        .report(&office.scope, from, until)
        .await
        .expect("a report");
    let counts = report.dialogues.values().next().expect("a dialogue");
    let all = i64::try_from(CONVERSATIONS).expect("few");
    assert_eq!(
        (counts.triggered, counts.engaged, counts.acquired),
        (all, all, all)
    );
}

/// One wish, told until it is answered.
async fn book(office: &Office, address: SocketAddr, wish: &Book) -> Booked {
    loop {
        let asked = office.http.post(format!("http://{address}/v1/book"));
        let asked = asked.header("content-type", "application/octet-stream");
        let answer = asked.body(encode(wish)).send().await.expect("an answer");
        if answer.status().as_u16() != 503 {
            return decode(&answer.bytes().await.expect("bytes")).expect("an answer");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_race_across_two_servers_and_break_no_buffer() {
    let Some(office) = office().await else { return };
    let (one, two) = tokio::join!(Killable::start(&office), Killable::start(&office));
    let servers = [one.address, two.address];
    let starts: Vec<Timestamp> = office.slots(&office.visitor(u64::MAX)).await.starts;
    let mut races = tokio::task::JoinSet::new();
    // Neighbouring starts: whoever gets one leaves no room for the next.
    for (n, start) in (0..120).zip(starts.iter().copied().take(6).cycle()) {
        let office = Arc::clone(&office);
        races.spawn(async move {
            let wish = office.wish(&office.visitor(n), start);
            book(
                &office,
                servers[usize::try_from(n % 2).expect("small")],
                &wish,
            )
            .await
        });
    }
    let answers = races.join_all().await;
    let booked = answers
        .iter()
        .filter(|answer| matches!(answer, Booked::Done { .. }));
    let meetings = office.meetings().await;
    assert_eq!(booked.count(), meetings.len());
    let mut diaries: BTreeMap<&str, Vec<(Timestamp, Timestamp)>> = BTreeMap::new();
    for meeting in &meetings {
        let diary = diaries.entry(&meeting.agent_id).or_default();
        diary.push((meeting.start, meeting.end));
    }
    assert_eq!(diaries.len(), 3, "all agents were wanted");
    for diary in diaries.values_mut() {
        diary.sort_unstable();
        let apart = |pair: &[(Timestamp, Timestamp)]| pair[1].0.since(pair[0].1);
        let closest = diary.windows(2).map(apart).min();
        assert!(
            closest.is_none_or(|gap| gap >= i64::from(BUFFER) * MINUTE),
            "{diary:?}"
        );
    }
}
