//! What browsers may claim and is not believed: kept with its reason, counted nowhere.

mod house;

use engine::ids::{CardId, EditionId};
use engine::wire::{Answer, Input, Signature};
use house::{Browser, FAR, House, Tenant, identify};

/// Sends what a browser holds; it must be answered like what is kept, and counted as before.
async fn is_refused(house: &House, tenant: &Tenant, browser: &Browser, reason: &str) {
    let before = house.counts(tenant).await;
    let reply = house.send(&browser.batch()).await;
    assert_eq!(reply.status, 200, "{reason}");
    assert!(
        house
            .refused(tenant)
            .await
            .iter()
            .any(|kept| kept == reason),
        "{reason}"
    );
    let mut after = house.counts(tenant).await;
    // That the dialogue was shown may have been believed; nothing further is.
    after[0] = before[0];
    assert_eq!(after, before, "{reason}");
}

#[tokio::test]
async fn an_unknown_card_is_refused() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.note(
        Input::Answered(CardId(999), Answer::Choice(0)),
        house.clock.now(),
    );
    is_refused(&house, &house.acme, &browser, "unknown card").await;
}

#[tokio::test]
async fn a_skipped_card_is_refused() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    let more = Input::Answered(
        house.acme.card("more"),
        Answer::Typed("a@corp.example".into()),
    );
    browser.note(more, house.clock.now());
    is_refused(&house, &house.acme, &browser, "skipped card").await;
}

#[tokio::test]
async fn another_edition_is_refused() {
    let mut house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(&house, Input::Opened);
    house.keep(&browser.batch()).await;
    let changed = house::DIALOGUE.replace("Bye.", "Good bye.");
    let mut tenant = house.acme.clone();
    tenant.publish(&house.store, &changed).await;
    house.acme = tenant;
    browser.begin.edition = house.acme.id;
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    is_refused(&house, &house.acme, &browser, "other edition").await;

    let mut stranger = Browser::arrive(&house, &house.acme);
    stranger.begin.edition = EditionId([9; 12]);
    is_refused(&house, &house.acme, &stranger, "unknown edition").await;
}

#[tokio::test]
async fn edited_facts_are_refused() {
    let house = House::open().await;
    let (identified, _) = identify(&house, &house.acme, None, None, None).await;
    let mut forged = identified.snapshot.clone();
    let last = forged.bytes.len() - 1;
    forged.bytes[last] ^= 1;
    let begun = Browser::arrive_with(
        &house,
        &house.acme,
        identified.visitor,
        Some(identified.snapshot),
    );
    house.keep(&begun.batch()).await;
    let mut edited = begun.clone();
    edited.begin.snapshot = Some(forged.clone());
    edited.id = engine::ids::ConversationId([1; 16]);
    is_refused(&house, &house.acme, &edited, "edited facts").await;

    let mut later = begun;
    later.note(Input::FactsChanged(forged), house.clock.now());
    is_refused(&house, &house.acme, &later, "edited facts").await;
}

#[tokio::test]
async fn another_workspaces_snapshot_is_refused() {
    let house = House::open().await;
    let (elsewhere, _) = identify(&house, &house.zenith, None, None, None).await;
    let (here, _) = identify(&house, &house.acme, None, None, None).await;
    let browser = Browser::arrive_with(&house, &house.acme, here.visitor, Some(elsewhere.snapshot));
    is_refused(
        &house,
        &house.acme,
        &browser,
        "another workspace's snapshot",
    )
    .await;
    assert!(house.refused(&house.zenith).await.is_empty());
}

#[tokio::test]
async fn another_visitors_snapshot_is_refused() {
    let house = House::open().await;
    let (one, _) = identify(&house, &house.acme, None, None, None).await;
    let (other, _) = identify(&house, &house.acme, None, None, None).await;
    let browser = Browser::arrive_with(&house, &house.acme, other.visitor, Some(one.snapshot));
    is_refused(&house, &house.acme, &browser, "another visitor's snapshot").await;
}

#[tokio::test]
async fn a_repeated_batch_is_acknowledged_and_counts_once() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, "ada@corp.example");
    let first = house.keep(&browser.batch()).await;
    assert_eq!(house.counts(&house.acme).await, [1, 1, 1, 1, 1]);
    let again = house.keep(&browser.batch()).await;
    assert_eq!((again.through, again.digest), (first.through, first.digest));
    is_refused(&house, &house.acme, &browser, "repeated batch").await;
    assert_eq!(house.counts(&house.acme).await, [1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn a_reordered_batch_is_refused() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, "ada@corp.example");
    browser.entries.swap(1, 2);
    is_refused(&house, &house.acme, &browser, "reordered batch").await;

    let mut gap = Browser::arrive(&house, &house.acme);
    gap.go_through(&house, &house.acme, "ada@corp.example");
    gap.entries.remove(0);
    is_refused(&house, &house.acme, &gap, "broken sequence").await;
}

#[tokio::test]
async fn a_time_in_the_future_is_refused_and_a_fast_clock_is_set_right() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear_at(Input::Opened, house.clock.now().plus(FAR));
    is_refused(&house, &house.acme, &browser, "time in the future").await;

    let mut fast = Browser::arrive(&house, &house.acme);
    fast.hear_at(Input::Opened, house.clock.now().plus(60_000));
    let kept = house.keep(&fast.batch()).await;
    assert_eq!(kept.through, 1);
    let log = house
        .store
        .log(&house.acme.scope, fast.id.to_string())
        .await
        .unwrap();
    assert!(log.row.clamped && !log.row.diverged);
    assert!(log.entries[0].at <= house.clock.now().plus(5_000));
}

#[tokio::test]
async fn a_wrong_key_is_refused() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(&house, Input::Opened);
    house.keep(&browser.batch()).await;
    browser.key.0[0] ^= 1;
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(2)),
    );
    is_refused(&house, &house.acme, &browser, "unknown conversation key").await;
}

#[tokio::test]
async fn an_answer_that_no_widget_sends_is_refused() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.hear(&house, Input::Opened);
    browser.hear(
        &house,
        Input::Answered(house.acme.card("hello"), Answer::Choice(1)),
    );
    let unreadable = Input::Answered(house.acme.card("more"), Answer::Typed("no address".into()));
    browser.note(unreadable, house.clock.now());
    let before = house.counts(&house.acme).await;
    let reply = house.send(&browser.batch()).await;
    assert_eq!(reply.status, 200);
    assert_eq!(house.refused(&house.acme).await, ["impossible input"]);
    assert_eq!(before[4], house.counts(&house.acme).await[4]);
}

#[tokio::test]
async fn a_forged_booking_is_refused() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    let booking = engine::wire::SignedBooking {
        bytes: Vec::new(),
        signature: Signature::default(),
    };
    browser.note(
        Input::SlotBooked(house.acme.card("hello"), booking),
        house.clock.now(),
    );
    is_refused(&house, &house.acme, &browser, "forged booking").await;
}

/// The same visitor's next conversation, which says to be of a run.
fn run(house: &House, before: &Browser, run: u32) -> Browser {
    let mut next = Browser::arrive_with(house, &house.acme, before.token, None);
    next.begin.run = run;
    next
}

#[tokio::test]
async fn a_dialogue_that_comes_once_is_not_run_again_by_whoever_says_so() {
    let house = House::open().await;
    let mut first = Browser::arrive(&house, &house.acme);
    first.go_through(&house, &house.acme, "guest@corp.example");
    first.token = house.keep(&first.batch()).await.visitor;
    for n in [2, 3, 7, 0, u32::MAX] {
        let again = run(&house, &first, n);
        is_refused(&house, &house.acme, &again, "run out of turn").await;
        assert_eq!(house.counts(&house.acme).await[0], 1, "run {n}");
    }
    // A browser that forgot its runs begins the first again: kept, and counted no second time.
    house.keep(&run(&house, &first, 1).batch()).await;
    assert_eq!(house.counts(&house.acme).await, [1; 5]);
}

/// The dialogue of the house, coming again as said.
fn repeating(repeat: &str) -> String {
    house::DIALOGUE.replace(
        "\"campaign\"",
        &format!("\"repeat\": {repeat}, \"campaign\""),
    )
}

#[tokio::test]
async fn a_run_comes_again_when_the_dialogue_says_so_and_not_sooner() {
    let mut house = House::open().await;
    let store = house.store.clone();
    house
        .acme
        .publish(&store, &repeating(r#"{ "every_days": 7 }"#))
        .await;
    let mut first = Browser::arrive(&house, &house.acme);
    first.go_through(&house, &house.acme, "guest@corp.example");
    first.token = house.keep(&first.batch()).await.visitor;
    let soon = run(&house, &first, 2);
    is_refused(&house, &house.acme, &soon, "run out of turn").await;
    house.clock.advance(7 * engine::ids::DAY);
    let due = run(&house, &first, 2);
    house.keep(&due.batch()).await;
    assert_eq!(house.counts(&house.acme).await[0], 2);
    house.acme.publish(&store, &repeating(r#""always""#)).await;
    for n in [3, 4] {
        house.keep(&run(&house, &first, n).batch()).await;
    }
    assert_eq!(house.counts(&house.acme).await[0], 4);
}

#[tokio::test]
async fn runs_told_in_another_order_than_they_happened_are_all_believed() {
    let mut house = House::open().await;
    let store = house.store.clone();
    house
        .acme
        .publish(&store, &repeating(r#"{ "every_days": 7 }"#))
        .await;
    let mut first = Browser::arrive(&house, &house.acme);
    first.go_through(&house, &house.acme, "guest@corp.example");
    house.clock.advance(8 * engine::ids::DAY);
    let mut second = run(&house, &first, 2);
    second.token = house.keep(&second.batch()).await.visitor;
    first.token = second.token;
    house.keep(&first.batch()).await;
    assert_eq!(house.counts(&house.acme).await[..3], [2, 1, 1]);
}
