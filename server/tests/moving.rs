//! From a file to PostgreSQL and back. Where `USHER_TEST_POSTGRES` names no server these do nothing.

mod house;

use engine::ids::Timestamp;
use house::{Browser, House, database};
use std::ops::ControlFlow;
use std::path::Path;
use usher_server::store::{Place, Report, Scope, Store, StoreError, move_rows};

async fn filled(on_server: bool) -> House {
    let house = House::open_with(|config| {
        if !on_server {
            config.database = None;
        }
    });
    let house = house.await;
    for n in 0..4 {
        let mut browser = Browser::arrive(&house, &house.acme);
        browser.go_through(&house, &house.acme, &format!("guest{n}@corp.example"));
        house.keep(&browser.batch()).await;
    }
    house
}

async fn report(store: &Store, scope: &Scope) -> Report {
    let (from, until) = (Timestamp(0), Timestamp(i64::MAX));
    store.report(scope, from, until).await.expect("a report")
}

/// Whatever lies in both holds the same.
async fn assert_equal(house: &House, copy: &Store) {
    let scope = copy
        .enter_as_operator("acme".into())
        .await
        .expect("a workspace");
    assert_eq!(
        report(copy, &scope).await,
        report(&house.store, &house.acme.scope).await
    );
    let logs = copy.raw_logs(&scope).await.expect("logs");
    let digests: Vec<Vec<u64>> = logs
        .iter()
        .map(|log| log.entries.iter().map(|entry| entry.digest).collect())
        .collect();
    assert!(digests.len() == 4 && digests.iter().all(|log| !log.is_empty()));
}

fn go(house: &House, into: &str, pieces: usize) -> Result<(), StoreError> {
    let mut left = pieces;
    let (folder, clock) = (house.folder.path().to_owned(), house.clock.clone());
    let fingerprints = house.app.keys.fingerprints();
    // The client has an executor of its own, which cannot run inside a test's.
    std::thread::scope(|threads| {
        let moved = threads.spawn(|| {
            move_rows(&folder, into, &clock, &fingerprints, &mut |_| {
                left = left.saturating_sub(1);
                if left == 0 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        });
        moved.join().expect("it ran")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_was_interrupted_goes_on_and_ends_equal() {
    let Some(into) = database::fresh() else {
        return;
    };
    let house = filled(false).await;
    let place = Place::Server(into.clone());
    let fingerprints = house.app.keys.fingerprints();
    for pieces in [1, 3, 9] {
        assert!(matches!(
            go(&house, &into, pieces),
            Err(StoreError::Stopped)
        ));
        let early = Store::open(&place, house.clock.clone(), &fingerprints);
        assert!(matches!(early, Err(StoreError::Conflict(_))), "{early:?}");
    }
    go(&house, &into, usize::MAX).expect("moved");
    let copy = Store::open(&place, house.clock.clone(), &fingerprints).expect("a store");
    assert_equal(&house, &copy).await;
    let again = go(&house, &into, usize::MAX);
    assert!(
        matches!(again, Err(StoreError::Conflict(_))),
        "it is in use now: {again:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_changed_on_the_way_is_noticed() {
    let Some(into) = database::fresh() else {
        return;
    };
    let house = filled(false).await;
    assert!(matches!(go(&house, &into, 12), Err(StoreError::Stopped)));
    database::rows(
        Some(&into),
        Path::new(""),
        "UPDATE workspaces SET title = 'another'",
    );
    let moved = go(&house, &into, usize::MAX);
    assert!(matches!(moved, Err(StoreError::Damaged(_))), "{moved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_server_is_a_file_that_opens() {
    if database::fresh().is_none() {
        return;
    }
    let house = filled(true).await;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("usher.db");
    house.store.back_up(file).await.expect("copied");
    let place = Place::Folder(folder.path().into());
    let fingerprints = house.app.keys.fingerprints();
    let copy = Store::open(&place, house.clock.clone(), &fingerprints).expect("a store");
    assert_equal(&house, &copy).await;
}
