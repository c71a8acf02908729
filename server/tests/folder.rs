//! The data folder: whose it is, which key it opens with, and what is left in it of somebody forgotten.

mod house;

use house::{Browser, House};
use std::path::Path;
use usher_server::clock::Clock;
use usher_server::{App, Config};

fn open(data: &Path) -> Result<App, String> {
    let config = Config::new(data, ([127, 0, 0, 1], 0).into(), "http://localhost:4002");
    App::open(config, Clock::default()).map_err(|fault| fault.to_string())
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_on_the_machine_reads_the_data_folder() {
    use std::os::unix::fs::PermissionsExt as _;
    let above = tempfile::tempdir().expect("a folder");
    let data = above.path().join("data");
    let app = open(&data).expect("new");
    let post = usher_server::mail::Post::maildir(
        usher_server::mail::Address::of("hello@acme.example"),
        &data,
    );
    let to = usher_server::mail::Address::of("ann@visitor.example");
    let letter = usher_server::mail::Letter::new(to, "en", "Hello");
    post.send(&letter, "one", app.clock.now())
        .await
        .expect("kept");
    app.store
        .back_up(data.join("copy.db"))
        .await
        .expect("copied");
    let mut folders = vec![data.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let mode =
            |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen >= 5, "database, log, key, copy and letter, not {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_somebody_forgotten_no_byte_is_left_in_the_data_folder() {
    let house = House::open().await;
    for n in 0..3 {
        let mut browser = Browser::arrive(&house, &house.acme);
        browser.go_through(&house, &house.acme, &format!("guest{n}@corp.example"));
        house.keep(&browser.batch()).await;
    }
    let delivery = usher_server::delivery(&house.app).expect("a delivery");
    let letters = || {
        let folder = house.folder.path().join("mail/new");
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    };
    for _ in 0..200 {
        delivery.once().await;
        if letters() == 3 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    assert_eq!(letters(), 3);
    let answer = house.api(
        &house.acme,
        "DELETE",
        "/api/v1/people/guest0@corp.example",
        None,
    );
    assert_eq!(answer.await.0, 200);
    assert_eq!(letters(), 2);
    let holds = |needle: &str| {
        ["usher.db", "usher.db-wal"].into_iter().any(|file| {
            let bytes = std::fs::read(house.folder.path().join(file)).unwrap_or_default();
            bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes())
        })
    };
    assert!(!holds("guest0@corp.example"));
    assert!(holds("guest1@corp.example"));
}
