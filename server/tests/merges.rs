//! A record that a visitor claimed is merged when its owner is verified, and a merge can be undone.

mod house;

use engine::wire::{Opaque, Strength};
use house::{Browser, House, database, identify};
use serde_json::{Value as Json, json};
use usher_server::store::{Action, StoreError};

const ADA: &str = "ada@corp.example";

async fn write(house: &House, email: &str, attributes: Json) {
    let body = json!({ "email": email, "attributes": attributes });
    let (status, told) = house
        .api(&house.acme, "POST", "/api/v1/people", Some(body))
        .await;
    assert!(status < 300, "{told}");
}

async fn person(house: &House, key: &str) -> Json {
    house
        .get(&house.acme, &format!("/api/v1/people/{key}"))
        .await
}

async fn goals(house: &House, key: &str) -> usize {
    let path = format!("/api/v1/goals?person={key}");
    let listed = house.get(&house.acme, &path).await;
    listed["items"].as_array().expect("items").len()
}

/// A browser types Ada's address, and is then verified to be hers. Gives back its token.
async fn merged(house: &House) -> Option<Opaque> {
    let mut browser = Browser::arrive(house, &house.acme);
    browser.go_through(house, &house.acme, ADA);
    let kept = house.keep(&browser.batch()).await;
    let login = house.acme.login(ADA, house.clock.now());
    let (identified, _) = identify(house, &house.acme, kept.visitor, Some(login), None).await;
    identified.visitor
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_merge_moved_goes_back() {
    let house = House::open().await;
    let attributes = json!({ "industry": "Retail", "interest": "Ads" });
    write(&house, ADA, attributes.clone()).await;
    let token = merged(&house).await;
    let merges = house
        .store
        .merges(&house.acme.scope, Some(ADA.into()))
        .await;
    let [merge] = <[_; 1]>::try_from(merges.expect("rows")).expect("one");
    assert_eq!(person(&house, ADA).await["attributes"]["interest"], "SEO");
    assert_eq!(goals(&house, ADA).await, 1);

    let listed = house.usher(&["person", "merges"]);
    assert!(listed.contains(&merge.id), "{listed}");
    let rows = async || {
        let page = house.store.audit(&house.acme.scope, 0, 500).await;
        page.expect("rows").items
    };
    let before = rows().await.len();
    house.usher(&["person", "unmerge", &merge.id]);
    let after = rows().await;
    assert_eq!(after.len(), before + 1);
    assert_eq!(after[before].action, Action::UnmergePerson.word());
    let ada = person(&house, ADA).await;
    assert_eq!(ada["attributes"], attributes);
    assert_eq!(goals(&house, ADA).await, 0);
    let claimed = person(&house, &merge.from).await;
    assert_eq!(claimed["claimed"], true);
    assert_eq!(claimed["attributes"]["interest"], "SEO");
    assert_eq!(goals(&house, &merge.from).await, 1);
    let (_, snapshot) = identify(&house, &house.acme, token, None, None).await;
    assert_eq!(
        snapshot.strength,
        Strength::Claimed,
        "it proves nothing any more"
    );

    let again = house
        .store
        .unmerge(&house.acme.scope, merge.id.clone())
        .await;
    assert!(matches!(again, Err(StoreError::Missing(_))));
    // Verified once more, it is merged once more.
    let login = house.acme.login(ADA, house.clock.now());
    identify(&house, &house.acme, token, Some(login), None).await;
    assert_eq!(goals(&house, ADA).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_stays_and_the_latest_merge_goes_first() {
    let house = House::open().await;
    write(&house, ADA, json!({ "interest": "Ads" })).await;
    merged(&house).await;
    house.clock.advance(1_000);
    merged(&house).await;
    let (store, scope) = (&house.store, &house.acme.scope);
    let merges = store.merges(scope, None).await.expect("rows");
    let [first, second] = <[_; 2]>::try_from(merges).expect("two");
    write(&house, ADA, json!({ "interest": "Events" })).await;
    let early = store.unmerge(scope, first.id.clone()).await;
    assert!(
        early
            .expect_err("refused")
            .to_string()
            .contains("later merge")
    );
    for merge in [second, first] {
        store.unmerge(scope, merge.id).await.expect("undone");
    }
    assert_eq!(
        person(&house, ADA).await["attributes"]["interest"],
        "Events"
    );
    assert_eq!(goals(&house, ADA).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_on_file_are_never_merged_whatever_the_order() {
    let house = House::open().await;
    let bob = "bob@corp.example";
    write(&house, ADA, json!({ "industry": "Retail" })).await;
    write(&house, bob, json!({ "industry": "Mining" })).await;
    for order in [[ADA, bob, ADA], [bob, ADA, bob]] {
        let mut token = None;
        for email in order {
            let login = house.acme.login(email, house.clock.now());
            let (identified, snapshot) =
                identify(&house, &house.acme, token, Some(login), None).await;
            token = identified.visitor.or(token);
            assert_eq!(snapshot.strength, Strength::Verified);
        }
        // Whoever is verified as one and types the other's address is still the one.
        let mut browser = Browser::arrive_with(&house, &house.acme, token, None);
        browser.go_through(&house, &house.acme, order[1]);
        house.keep(&browser.batch()).await;
    }
    assert!(
        house
            .store
            .merges(&house.acme.scope, None)
            .await
            .expect("rows")
            .is_empty()
    );
    assert_eq!(
        person(&house, ADA).await["attributes"]["industry"],
        "Retail"
    );
    assert_eq!(
        person(&house, bob).await["attributes"]["industry"],
        "Mining"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_in_no_merge() {
    let house = House::open().await;
    write(&house, ADA, json!({ "interest": "Ads" })).await;
    merged(&house).await;
    let place = house.app.config.database.as_deref();
    let kept = || {
        let sql = "SELECT merge, id FROM merged_rows UNION SELECT id, from_person FROM merges";
        database::rows(place, &house.app.config.data, sql)
    };
    assert!(!kept().is_empty());
    house.usher(&["forget", ADA]);
    assert!(kept().is_empty());
}
