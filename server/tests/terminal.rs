//! What visitors wrote reaches the operator's terminal as text.

mod house;

use house::{Browser, House};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_visitor_sends_steers_the_operators_terminal() {
    let house = House::open().await;
    let hostile = "\u{1b}]0;owned\u{7}\r\nall is well\u{9b}2J";
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.begin.language = hostile.into();
    let mut batch = browser.batch();
    batch.fault = Some(hostile.into());
    house.send(&batch).await;
    let text = house.usher(&["refused"]);
    assert!(text.contains("owned"), "{text}");
    let steers = |c: char| c.is_control() && c != '\n';
    assert!(!text.contains(steers), "{text:?}");
    let begins = text.lines().any(|line| line.starts_with("all is well"));
    assert!(!begins, "{text:?}");
}
