//! One key takes the place of another while a server runs, and nothing that was given out before stops working.

mod house;

use engine::wire::{Batch, Input, Strength};
use house::{Browser, House, Tenant, database, identify};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use usher_server::{App, StartError};

/// A login of before, the secret of a webhook, and whether batches that begin on facts are believed.
async fn all_is_well(house: &House, webhook: &str, facts: &Batch) {
    let acme = &house.acme;
    let login = acme.login("ada@corp.example", house.clock.now());
    let (_, snapshot) = identify(house, acme, None, Some(login), None).await;
    assert_eq!(snapshot.strength, Strength::Verified);
    let secret = house
        .store
        .webhook_secret(&acme.scope, &house.app.keys, webhook.into())
        .await;
    let (url, secret) = secret.expect("it opens").expect("there is one");
    assert_eq!(url, "https://hooks.example/in");
    assert!(secret.starts_with(b"whsec_"));
    house.keep(facts).await;
}

/// A batch of a browser that was told facts now.
async fn batch(house: &House, tenant: &Tenant) -> Batch {
    let (identified, _) = identify(house, tenant, None, None, None).await;
    let (token, snapshot) = (identified.visitor, Some(identified.snapshot));
    let mut browser = Browser::arrive_with(house, tenant, token, snapshot);
    browser.hear(house, Input::Opened);
    browser.batch()
}

fn sealed(house: &House, table: &str) -> Vec<Vec<String>> {
    let place = house.app.config.database.as_deref();
    let sql = match place {
        Some(_) => format!("SELECT encode(sealed, 'hex') FROM {table} ORDER BY id"),
        None => format!("SELECT hex(sealed) FROM {table} ORDER BY id"),
    };
    database::rows(place, &house.app.config.data, &sql)
}

fn open(house: &House, folder: &Path) -> Result<App, StartError> {
    let mut config = house.app.config.clone();
    config.data = folder.into();
    App::open(config, house.clock.clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_takes_over_while_the_server_runs() {
    let house = House::open().await;
    let data = &house.app.config.data;
    let hook = json!({ "url": "https://hooks.example/in" });
    let (_, hook) = house
        .api(&house.acme, "POST", "/api/v1/webhooks", Some(hook))
        .await;
    let hook = hook["id"].as_str().expect("an id");
    let (first, second) = (
        batch(&house, &house.acme).await,
        batch(&house, &house.acme).await,
    );
    all_is_well(&house, hook, &first).await;
    let before = (sealed(&house, "login_secrets"), sealed(&house, "webhooks"));
    let old = std::fs::read(data.join("key")).expect("a key");

    assert!(
        house
            .usher(&["key", "rotate", "--prepare"])
            .contains("copy the file")
    );
    let prepared = std::fs::read(data.join("key")).expect("keys");
    assert!(prepared.len() == 64 && prepared.starts_with(&old));
    house.usher(&["key", "rotate"]);
    let both = std::fs::read(data.join("key")).expect("keys");
    assert!(both.len() == 64 && both.ends_with(&old));
    let after = (sealed(&house, "login_secrets"), sealed(&house, "webhooks"));
    for (before, after) in [(&before.0, &after.0), (&before.1, &after.1)] {
        assert_eq!(before.len(), after.len());
        assert!(before.iter().all(|row| !after.contains(row)));
    }
    // The same again has nothing to do.
    house.usher(&["key", "rotate"]);
    assert_eq!(sealed(&house, "login_secrets"), after.0);
    house.app.keys.refresh().expect("read");
    all_is_well(&house, hook, &second).await;
    let third = batch(&house, &house.acme).await;

    house.usher(&["key", "rotate", "--finish"]);
    assert_eq!(std::fs::read(data.join("key")).expect("a key"), both[..32]);
    house.app.keys.refresh().expect("read");
    all_is_well(&house, hook, &third).await;
    let again = Command::new(env!("CARGO_BIN_EXE_usher"))
        .arg("--data")
        .arg(data)
        .envs(
            house
                .app
                .config
                .database
                .iter()
                .map(|url| ("DATABASE_URL", url)),
        )
        .args(["key", "rotate", "--finish"])
        .output()
        .expect("it runs");
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("no rotation"));
    house.usher(&["audit", "verify"]);

    // Who has the old key alone opens nothing.
    std::fs::write(data.join("key"), old).expect("written");
    assert!(matches!(open(&house, data), Err(StartError::Store { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_rotation_goes_on() {
    let house = House::open().await;
    let keys = &house.app.keys;
    // Stopped after the file was written and before the database knew.
    keys.add().expect("written");
    keys.promote().expect("written");
    let first = keys.fingerprints()[0];
    house.usher(&["key", "rotate"]);
    keys.refresh().expect("read");
    assert_eq!(keys.fingerprints()[0], first);
    assert!(house.store.knows_key(first).await.expect("known"));
    // Stopped after the file forgot the old key and before the database did.
    keys.drop_others().expect("written");
    house.usher(&["key", "rotate", "--finish"]);
    keys.refresh().expect("read");
    assert_eq!(keys.fingerprints(), [first]);
    assert!(!house.store.is_rotating().await.expect("known"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_secret_opens_in_no_other_workspace_and_is_nowhere_in_the_clear() {
    let house = House::open().await;
    let (acme, zenith) = (house.acme.scope.workspace(), house.zenith.scope.workspace());
    let place = house.app.config.database.as_deref();
    let secret = &house.acme.secret;
    match place {
        Some(place) => assert!(!database::holds(place, secret)),
        None => {
            for file in std::fs::read_dir(&house.app.config.data).expect("a folder") {
                let path = file.expect("a file").path();
                let bytes = std::fs::read(&path).unwrap_or_default();
                let found = bytes
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                assert!(!found, "{}", path.display());
            }
        }
    }
    let moved = format!(
        "UPDATE login_secrets SET sealed = (SELECT sealed FROM login_secrets WHERE workspace = '{acme}')
         WHERE workspace = '{zenith}'"
    );
    database::alter(place, &house.app.config.data, &moved);
    let opened = house
        .store
        .login_secrets(&house.zenith.scope, &house.app.keys);
    assert!(opened.await.is_err());
    let opened = house
        .store
        .login_secrets(&house.acme.scope, &house.app.keys);
    assert_eq!(opened.await.expect("it opens"), [secret.as_bytes()]);
}
