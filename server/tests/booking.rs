//! Booking from a conversation, over HTTP.

mod office;

use engine::ids::{MINUTE, Timestamp};
use engine::wire::{AskSlots, Booked, InputsAnswer, Slots};
use office::{Office, Setting, agents, at_once, booking_of, is_kept, slot};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Moments that no calendar holds, and some at its edges.
const NEVER: [i64; 6] = [
    i64::MIN,
    -(1 << 62),
    253_402_300_000_000,
    300_000_000_000_000,
    1 << 62,
    i64::MAX,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_sees_slots_books_one_and_the_log_says_so() {
    let office = Office::open(agents(2), Setting::default()).await;
    let mut visitor = office.visitor(1);
    let slots = office.slots(&visitor).await;
    assert!(is_kept(&slots.inputs));
    assert_eq!((slots.minutes, slots.starts[0]), (30, slot(0)));
    let (status, booked) = office.book(&visitor, slots.starts[3]).await;
    let Some(Booked::Done { inputs, entry }) = booked else {
        panic!("{status} {booked:?}")
    };
    assert!(status == 200 && is_kept(&inputs));
    let booking = booking_of(&entry);
    assert_eq!(
        (booking.agent.as_str(), booking.start, booking.minutes),
        ("A1", slot(3), 30)
    );
    visitor
        .state
        .handle(&office.edition, &entry.input, entry.at)
        .expect("it fits");
    assert_eq!(visitor.state.digest(), entry.digest);
    let log = office
        .store
        .log(&office.scope, visitor.id.to_string())
        .await
        .expect("a log");
    assert_eq!(log.entries.last(), Some(&entry));
    assert_eq!(log.row.status, "completed");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_at_once_get_five_agents_in_ring_order_of_commits() {
    let office = Arc::new(Office::open(agents(5), Setting::default()).await);
    let wishes = (0..50).map(|n| {
        let office = Arc::clone(&office);
        async move {
            let start = slot(i64::try_from(n / 5).expect("small"));
            office.book(&office.visitor(n), start).await
        }
    });
    let answers = at_once(wishes.collect()).await;
    assert!(
        answers
            .iter()
            .all(|(_, booked)| matches!(booked, Some(Booked::Done { .. })))
    );
    let meetings = office.meetings().await;
    // The rule read aloud: the first behind the last taker who is free at that time.
    let mut last = 0;
    let mut taken = BTreeSet::new();
    for meeting in &meetings {
        let order = (1..=5).map(|n| (last + n - 1) % 5 + 1);
        let expected = order
            .into_iter()
            .find(|n| !taken.contains(&(*n, meeting.start)));
        last = expected.expect("somebody is free");
        assert_eq!(meeting.agent, format!("A{last}"));
        taken.insert((last, meeting.start));
    }
    let spots: BTreeSet<(String, Timestamp)> = meetings
        .iter()
        .map(|meeting| (meeting.agent.clone(), meeting.start))
        .collect();
    assert_eq!(spots.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_five_hundred_who_want_one_slot_one_gets_it_and_the_others_fresh_times() {
    let office = Arc::new(Office::open(agents(1), Setting::default()).await);
    let wishes = (0..500).map(|n| {
        let office = Arc::clone(&office);
        async move { office.book(&office.visitor(n), slot(4)).await }
    });
    let answers = at_once(wishes.collect()).await;
    let mut winners = 0;
    let mut offered = BTreeSet::new();
    for (status, booked) in &answers {
        match booked {
            Some(Booked::Done { .. }) => winners += 1,
            Some(Booked::Taken { alternatives, .. }) => {
                assert_eq!(*status, 409);
                assert!(alternatives.len() >= 3 && !alternatives.contains(&slot(4)));
                offered.extend(alternatives.iter().copied());
            }
            other => panic!("{status} {other:?}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(office.meetings().await.len(), 1);
    for (n, start) in (1_000..).zip(offered) {
        let (status, booked) = office.book(&office.visitor(n), start).await;
        assert!(
            matches!(booked, Some(Booked::Done { .. })),
            "{status} {booked:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wish_sent_twenty_times_is_one_meeting_and_one_answer() {
    let office = Arc::new(Office::open(agents(3), Setting::default()).await);
    let wish = office.wish(&office.visitor(7), slot(2));
    let tries = (0..20).map(|_| {
        let (office, wish) = (Arc::clone(&office), wish.clone());
        async move { office.post::<_, Booked>("/v1/book", &wish).await }
    });
    let answers = at_once(tries.collect()).await;
    let entries: Vec<_> = answers
        .iter()
        .map(|(status, booked)| match booked {
            Some(Booked::Done { entry, .. }) => entry.clone(),
            other => panic!("{status} {other:?}"),
        })
        .collect();
    assert!(entries.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(office.meetings().await.len(), 1);
    let letters = office
        .store
        .outbox(&office.scope, None, 100)
        .await
        .expect("the outbox");
    assert_eq!(
        letters.iter().filter(|row| row.kind == "meeting").count(),
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_used_for_another_wish_changes_nothing() {
    let office = Office::open(agents(1), Setting::default()).await;
    let visitor = office.visitor(1);
    office.book(&visitor, slot(0)).await;
    let (status, _) = office.book(&visitor, slot(5)).await;
    assert_eq!(status, 422);
    let meetings = office.meetings().await;
    assert_eq!((meetings.len(), meetings[0].start), (1, slot(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_needs_its_card_its_key_and_its_length() {
    let office = Office::open(agents(1), Setting::default()).await;
    let visitor = office.visitor(1);
    let mut other_card = office.wish(&visitor, slot(0));
    other_card.card = office.card("hello");
    let mut other_length = office.wish(&visitor, slot(0));
    other_length.minutes = 60;
    let mut off_grid = office.wish(&visitor, slot(0).plus(7 * MINUTE));
    off_grid.idempotency = [9; 16];
    let mut stranger = office.wish(&visitor, slot(0));
    stranger.batch.key.0 = [1; 16];
    office.slots(&visitor).await;
    for wish in [other_card, other_length, off_grid, stranger] {
        let (status, booked) = office.post::<_, Booked>("/v1/book", &wish).await;
        assert!(
            status == 409 && matches!(booked, Some(Booked::Taken { .. })),
            "{booked:?}"
        );
    }
    assert!(office.meetings().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_another_tab_overtook_book_nothing() {
    let office = Office::open(agents(1), Setting::default()).await;
    let visitor = office.visitor(1);
    office.slots(&visitor).await;
    let fork = office.visitor_at(1, "fork@visitor.example");
    let (status, booked) = office.book(&fork, slot(0)).await;
    assert_eq!(status, 409);
    assert!(
        matches!(
            booked,
            Some(Booked::Overtaken(InputsAnswer::Overtaken { .. }))
        ),
        "{booked:?}"
    );
    assert!(office.meetings().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fourth_booking_for_one_unproven_address_waits_for_tomorrow() {
    let office = Office::open(agents(5), Setting::default()).await;
    for n in 0..3 {
        let (status, _) = office
            .book(&office.visitor_at(n, "Victim@elsewhere.example"), slot(2))
            .await;
        assert_eq!(status, 200);
    }
    let (status, _) = office
        .book(&office.visitor_at(9, "victim@ELSEWHERE.example"), slot(2))
        .await;
    assert_eq!(status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_agent_means_no_slots_and_no_meeting() {
    let office = Office::open(Vec::new(), Setting::default()).await;
    let visitor = office.visitor(1);
    let slots = office.slots(&visitor).await;
    assert!(slots.starts.is_empty() && slots.more.is_none());
    let (status, booked) = office.book(&visitor, slot(0)).await;
    assert!(
        status == 409
            && matches!(booked, Some(Booked::Taken { ref alternatives, .. }) if alternatives.is_empty())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn times_no_calendar_holds_are_answered_at_once_and_book_nothing() {
    let mut two = agents(2);
    two[0].terms.zone = usher_server::meetings::Zone::parse("America/New_York").expect("a zone");
    let office = Office::open(two, Setting::default()).await;
    let visitor = office.visitor(1);
    for (n, start) in (1..).zip(NEVER) {
        let mut wish = office.wish(&visitor, Timestamp(start));
        wish.idempotency = [n; 16];
        let (status, booked) = office.post::<_, Booked>("/v1/book", &wish).await;
        let Some(Booked::Taken { alternatives, .. }) = booked else {
            panic!("{start}: {status} {booked:?}")
        };
        assert!(status == 409 && alternatives.len() >= 3, "{start}");
        let asked = AskSlots {
            batch: visitor.batch(),
            card: office.card("meeting"),
            from: Timestamp(start),
        };
        let (_, slots) = office.post::<_, Slots>("/v1/slots", &asked).await;
        let slots = slots.expect("slots");
        assert_eq!(slots.starts.is_empty(), start > 0, "{start}");
        assert!(start < 0 || slots.more.is_none(), "{start}");
    }
    assert!(office.meetings().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_not_moved_out_of_the_calendar() {
    let office = Office::open(agents(1), Setting::default()).await;
    let visitor = office.visitor(1);
    let (_, booked) = office.book(&visitor, slot(2)).await;
    let Some(Booked::Done { entry, .. }) = booked else {
        panic!("{booked:?}")
    };
    let manage = booking_of(&entry).manage;
    let path = manage.split_once("/m/").expect("a link").1;
    for start in NEVER {
        let form = format!("sequence=0&start={start}");
        let (status, _) = office.form(&format!("/m/{path}"), &form).await;
        assert_eq!(status, 409, "{start}");
    }
    assert_eq!(office.meetings().await[0].start, slot(2));
}

/// What was counted, and what a recount from the raw inputs comes to.
async fn counted(office: &Office) -> [usher_server::store::Report; 2] {
    let (from, until) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let report = office.store.report(&office.scope, from, until).await;
    let report = report.expect("a report");
    let again = usher_server::recount(&office.app, &office.scope, &report).await;
    [report, again.expect("a recount")]
}

async fn addresses(office: &Office) -> Vec<String> {
    let people = office.store.people(&office.scope, 0, None, 500);
    let people = people.await.expect("people").items.into_iter();
    people
        .filter_map(|portrait| portrait.person.email)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_given_for_a_meeting_that_does_not_come_about_wins_nobody() {
    let office = Office::open(agents(1), Setting::default()).await;
    let visitor = office.visitor(1);
    office.slots(&visitor).await;
    for email in ["one@visitor.example", "two@visitor.example"] {
        let mut wish = office.wish(&visitor, slot(0).plus(7 * MINUTE));
        wish.email = Some(email.into());
        let (status, _) = office.post::<_, Booked>("/v1/book", &wish).await;
        assert_eq!(status, 409);
    }
    assert_eq!(addresses(&office).await, ["guest1@visitor.example"]);
    let [report, again] = counted(&office).await;
    assert_eq!(again, report);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_won_by_a_booking_is_seen_by_a_recount() {
    let office = Office::open(agents(1), Setting::default()).await;
    let mut wish = office.wish(&office.visitor(1), slot(0));
    wish.email = Some("Other@visitor.example".into());
    let (status, _) = office.post::<_, Booked>("/v1/book", &wish).await;
    assert_eq!(status, 200);
    assert_eq!(
        addresses(&office).await,
        ["guest1@visitor.example", "other@visitor.example"]
    );
    let [report, again] = counted(&office).await;
    assert_eq!(again, report);
    let counts = report.dialogues.values().next().expect("a dialogue");
    assert_eq!((counts.acquired, counts.meetings), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_activity_of_a_booking_names_the_agents_address_and_the_pool() {
    let office = Office::open(agents(1), Setting::default()).await;
    office.book(&office.visitor(1), slot(0)).await;
    let kind = Some(usher_server::store::Kind::Meeting);
    let activities = office
        .store
        .activities(&office.scope, Default::default(), kind);
    let activity = activities.await.expect("activities").items.remove(0);
    for (name, value) in [
        ("Agent Name", "A1"),
        ("Agent Email", "a1@acme.example"),
        ("routing queue name", "default"),
        ("Page URL", "https://acme.example/"),
    ] {
        assert_eq!(activity.attributes[name], value, "{name}");
    }
}
