//! The data folder: whose it is, which key it opens with, and what is left in it of somebody forgotten.

mod house;

use house::{Browser, House};
use std::path::Path;
use std::process::{Command, Output};
use usher_server::clock::Clock;
use usher_server::{App, Config};

fn open(data: &Path) -> Result<App, String> {
    let config = Config::new(data, ([127, 0, 0, 1], 0).into(), "http://localhost:4002");
    App::open(config, Clock::default()).map_err(|fault| fault.to_string())
}

fn usher(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_usher"))
        .arg("--data")
        .arg(data)
        .args(arguments)
        .output()
        .expect("it runs")
}

#[tokio::test]
async fn a_lost_key_is_not_replaced_and_another_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, key) = (folder.path(), folder.path().join("key"));
    drop(open(data).expect("new"));
    let kept = std::fs::read(&key).expect("a key");
    std::fs::remove_file(&key).expect("gone");
    let fault = open(data).expect_err("no key");
    assert!(
        fault.contains("key file") && fault.contains("missing"),
        "{fault}"
    );
    assert!(!key.exists(), "no new key is made");
    let told = usher(data, &["doctor"]);
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        !told.status.success() && words.contains("is missing"),
        "{words}"
    );
    std::fs::write(&key, [7; 32]).expect("another key");
    let fault = open(data).expect_err("another key");
    assert!(
        fault.contains("not the one this database belongs to"),
        "{fault}"
    );
    std::fs::write(&key, kept).expect("back");
    open(data).expect("the right key");
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
    let house = House::open_with(|config| config.database = None).await;
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

#[tokio::test]
async fn the_doctor_says_of_a_damaged_database_that_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = open(folder.path()).expect("new");
    let scope = app.store.create_workspace("acme".into(), "Acme".into());
    scope.await.expect("a workspace");
    drop(app);
    let path = folder.path().join("usher.db");
    let mut bytes = std::fs::read(&path).expect("a database");
    let from = 4_096;
    bytes[from..].iter_mut().for_each(|byte| *byte = 0xa5);
    std::fs::write(&path, bytes).expect("damaged");
    let _ = std::fs::remove_file(folder.path().join("usher.db-wal"));
    let told = usher(folder.path(), &["doctor"]);
    let words = String::from_utf8_lossy(&told.stdout).into_owned();
    let fault = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        words.contains("WRONG") && fault.contains("1 thing is wrong"),
        "{words}{fault}"
    );
}
