//! The company's own people are in no report: by where they come from, or by a mark in their browser.

mod house;

use house::{Browser, House, identify};
use std::process::Command;

const NOBODY: [i64; 5] = [0; 5];

async fn talk(house: &House, mut browser: Browser, email: &str) {
    browser.go_through(house, &house.acme, email);
    house.keep(&browser.batch()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_from_the_company_s_own_addresses_counts_nowhere() {
    let house = House::open().await;
    let acme = &house.acme;
    house.usher(&["workspace", "set", "--staff", "192.0.2.0/24,127.0.0.0/8"]);
    house.app.look_again().await.expect("looked");
    talk(&house, Browser::arrive(&house, acme), "nora@acme.example").await;
    assert_eq!(house.counts(acme).await, NOBODY);
    let person = house.get(acme, "/api/v1/people/nora@acme.example").await;
    assert_eq!(person["test"], true);

    house.usher(&["workspace", "set", "--staff", "192.0.2.0/24"]);
    house.app.look_again().await.expect("looked");
    talk(&house, Browser::arrive(&house, acme), "ada@visitor.example").await;
    assert_eq!(house.counts(acme).await, [1, 1, 1, 1, 1]);
    assert!(house.usher(&["report", "--recount"]).contains("the same"));

    let wrong = Command::new(env!("CARGO_BIN_EXE_usher"))
        .arg("--data")
        .arg(&house.app.config.data)
        .envs(
            house
                .app
                .config
                .database
                .iter()
                .map(|url| ("DATABASE_URL", url)),
        )
        .args(["-w", "acme", "workspace", "set", "--staff", "office"])
        .output()
        .expect("it runs");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("192.0.2.0/24"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_opened_the_staff_s_link_counts_nowhere_from_then_on() {
    let house = House::open().await;
    let acme = &house.acme;
    let link = house.usher(&["staff-link", "--page", "https://w.example/1"]);
    let (page, token) = link.trim().split_once("#usher-link=").expect("a link");
    assert_eq!(page, "https://w.example/1");
    for (n, link) in [Some(token.to_owned()), None].into_iter().enumerate() {
        let is_staff = link.is_some();
        let (identified, snapshot) = identify(&house, acme, None, None, link).await;
        assert_eq!(snapshot.strength, engine::wire::Strength::Anonymous);
        let signed = Some(identified.snapshot);
        let browser = Browser::arrive_with(&house, acme, identified.visitor, signed);
        talk(&house, browser, &format!("guest{n}@visitor.example")).await;
        let counted = if is_staff { NOBODY } else { [1, 1, 1, 1, 1] };
        assert_eq!(house.counts(acme).await, counted);
    }
    // It is good for every browser of theirs.
    let (identified, _) = identify(&house, acme, None, None, Some(token.to_owned())).await;
    let browser = Browser::arrive_with(&house, acme, identified.visitor, Some(identified.snapshot));
    talk(&house, browser, "nora@acme.example").await;
    assert_eq!(house.counts(acme).await, [1, 1, 1, 1, 1]);
}
