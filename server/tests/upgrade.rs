//! A database that an earlier release wrote is opened, brought up to date and read as a whole.
//!
//! `released/step_17.sql` is what the release with 17 steps kept after a visitor had talked, given an address and booked,
//! and an operator had set up one of everything. A release that is out adds a file of its own here.

#[path = "house/database.rs"]
mod database;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use usher_server::clock::Clock;
use usher_server::roles::Role;
use usher_server::store::{Fate, Filter, Right, Scope};
use usher_server::{App, Config};

const RELEASED: &str = include_str!("released/step_17.sql");
/// The key file beside it.
const KEY: [u8; 32] = [
    0x3b, 0x34, 0x59, 0x44, 0x53, 0x30, 0x64, 0x0c, 0xd7, 0xe1, 0xd1, 0x3d, 0x09, 0x9e, 0x9a, 0x1f,
    0xb7, 0xb9, 0xcd, 0xc2, 0xab, 0x94, 0x1f, 0xc7, 0xfb, 0x3f, 0xb7, 0xcb, 0x96, 0x36, 0x09, 0xb8,
];
const SECRET: &str = "qTxZFJWqqz2pbkU1HBjdtn2kSNZwWOLV3WSwke9ZqHY";
const TOKEN: &str = "ut_sXAUUWRC1vedLxmlmmkvzqxgGvM";
const HOOK: &str = "01a22316-c6ec-7360-81f6-6ef611c3d4f3";
const HOOK_SECRET: &str = "whsec_6M7zRzdJaPuDzOSk_sSKm8UmkXOdlH1E5D-LuqT06Ic";
const MANAGE: u128 = 0xaf00_2d85_8633_aac5_5fe1_78b8_7611_e7d9;

/// Rows of every table that a database has.
fn counted(folder: &Path) -> BTreeMap<String, String> {
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let rows = |sql: &str| database::rows(None, folder, sql);
    rows(tables)
        .into_iter()
        .map(|mut row| {
            let table = row.remove(0);
            let count = rows(&format!("SELECT count(*) FROM {table}")).remove(0);
            (table, count.concat())
        })
        .collect()
}

fn app(folder: &Path, database: Option<String>) -> App {
    let mut config = Config::new(folder, ([127, 0, 0, 1], 0).into(), "http://localhost");
    config.database = database;
    App::open(config, Clock::default()).expect("an app")
}

async fn all_is_read(app: &App) {
    let store = &app.store;
    let scope = store.enter_as_operator("acme".into()).await.expect("acme");
    let workspace = store.workspace(&scope).await.expect("a workspace");
    assert_eq!(workspace.settings.title, "Acme");
    assert!(workspace.settings.staff.is_empty());
    let token: Scope = store.enter_with_token(TOKEN).await.expect("a token");
    assert!(token.may(Right::Write) && !token.may(Right::Publish));
    let secrets = store.login_secrets(&scope, &app.keys).await;
    assert_eq!(secrets.expect("they open"), [SECRET.as_bytes()]);
    let hook = store.webhook_secret(&scope, &app.keys, HOOK.into()).await;
    let (_, secret) = hook.expect("it opens").expect("a webhook");
    assert_eq!(secret, HOOK_SECRET.as_bytes());
    let users = store.users(&scope).await.expect("users");
    assert_eq!(
        (users[0].email.as_str(), users[0].role),
        ("eve@acme.example", Role::Agent)
    );

    let dialogues = store.dialogues(&scope).await.expect("dialogues");
    assert!(dialogues[0].live);
    let published = store.pointer(&scope).await.expect("read");
    assert!(published.is_some());
    let ada = store
        .person(&scope, "ada@corp.example".into())
        .await
        .expect("Ada");
    assert_eq!(ada.lists, ["Newsletter"]);
    assert_eq!(ada.company.expect("a company").name, "Corp");
    let goals = store
        .goals(&scope, Filter::default(), None)
        .await
        .expect("goals");
    let conversation = goals.items[0].conversation.clone().expect("proven");
    let log = store.log(&scope, conversation).await.expect("a log");
    assert_eq!(log.row.inputs, 5);
    let from = engine::ids::Timestamp(i64::MIN);
    let until = engine::ids::Timestamp(i64::MAX);
    let report = store.report(&scope, from, until).await.expect("a report");
    let again = usher_server::recount(app, &scope, &report)
        .await
        .expect("recounted");
    assert_eq!(again, report);
    let (_, meeting) = store
        .meeting_by_link(MANAGE.to_be_bytes().to_vec())
        .await
        .expect("its link leads there");
    assert_eq!(meeting.email, "guest1@visitor.example");
    let waiting = store.outbox(&scope, None, 100).await.expect("rows");
    assert_eq!(waiting.len(), 5);
    assert!(
        waiting
            .iter()
            .all(|row| row.message.is_some() && row.fate != Fate::Dead)
    );
    assert!(store.outbox_pauses(&scope).await.expect("rows").is_empty());
    assert_eq!(store.webhooks(&scope).await.expect("rows").len(), 1);
    assert_eq!(store.goal_mails(&scope).await.expect("rows").len(), 1);
    let verified = store.verify_audit(&scope, None).await.expect("rows");
    assert_eq!(verified.expect("whole").rows, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_release_kept_is_read_as_a_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    std::fs::write(data.join("key"), KEY).expect("written");
    let made = rusqlite::Connection::open(data.join("usher.db")).expect("a file");
    // Tables stand in the order of their names.
    let unbound = "PRAGMA foreign_keys = OFF;";
    made.execute_batch(unbound).expect("set");
    made.execute_batch(RELEASED).expect("rows");
    drop(made);
    let before = counted(data);
    let opened = app(data, None);
    let step: usize = opened
        .store
        .step()
        .await
        .expect("a step")
        .try_into()
        .expect("small");
    let steps = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    assert_eq!(step, std::fs::read_dir(steps).expect("a folder").count());
    let after = counted(data);
    for (table, rows) in &before {
        if table != "migrations" {
            assert_eq!(after.get(table), Some(rows), "{table}");
        }
    }
    all_is_read(&opened).await;
    drop(opened);
    if let Some(server) = database::fresh() {
        let moved = Command::new(env!("CARGO_BIN_EXE_usher"))
            .arg("--data")
            .arg(data)
            .args(["move", "--to", &server])
            .status();
        assert!(moved.expect("it runs").success());
        all_is_read(&app(data, Some(server))).await;
    }
    // And it goes on from there.
    let opened = app(data, None);
    let scope = opened
        .store
        .enter_as_operator("acme".into())
        .await
        .expect("acme");
    let unpublished = opened.store.unpublish(&scope, "Talk to us".into()).await;
    unpublished.expect("unpublished");
    let published = opened
        .store
        .publish(&scope, vec!["Talk to us".into()])
        .await;
    assert_eq!(published.expect("published").len(), 1);
    let verified = opened.store.verify_audit(&scope, None).await.expect("rows");
    assert_eq!(verified.expect("whole").rows, 2);
}
