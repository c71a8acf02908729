//! A copy made under load becomes a database elsewhere: everything acknowledged before it is there, nothing leaves by
//! itself, and whoever was erased since stays erased.

mod house;

use engine::wire::Input;
use house::{Browser, House, database};
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use usher_server::roles::Role;
use usher_server::store::{Fate, Filter};
use usher_server::{App, passwords};

const CANARY: &str = "canary.4711@visitor.example";

/// Another machine: a folder, and a database of its own where tests run on a server.
struct Elsewhere {
    data: PathBuf,
    database: Option<String>,
    _folder: tempfile::TempDir,
}

impl Elsewhere {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a folder");
        Self {
            data,
            database: database::fresh(),
            _folder: folder,
        }
    }

    fn with_key_of(house: &House) -> Self {
        let elsewhere = Self::new();
        let key = house.app.config.data.join("key");
        std::fs::copy(key, elsewhere.data.join("key")).expect("copied");
        elsewhere
    }

    fn usher(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_usher"))
            .arg("--data")
            .arg(&self.data)
            .envs(self.database.iter().map(|url| ("DATABASE_URL", url)))
            .args(["--workspace", "acme"])
            .args(words)
            .output()
            .expect("it runs")
    }

    fn says(&self, words: &[&str]) -> String {
        let output = self.usher(words);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn refuses(&self, words: &[&str]) -> String {
        let output = self.usher(words);
        assert!(!output.status.success(), "{words:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn open(&self, house: &House) -> App {
        let mut config = house.app.config.clone();
        config.data.clone_from(&self.data);
        config.database.clone_from(&self.database);
        App::open(config, house.clock.clone()).expect("an app")
    }

    fn holds(&self, text: &str) -> bool {
        match &self.database {
            Some(server) => database::holds(server, text),
            None => files(&self.data).iter().any(|path| {
                let bytes = std::fs::read(path).expect("bytes");
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            }),
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).expect("a folder");
    found
        .map(|file| file.expect("a file").path())
        .filter(|path| path.is_file())
        .collect()
}

fn copy_of(house: &House, name: &str) -> String {
    let copy = house.folder.path().join(name).display().to_string();
    house.usher(&["backup", &copy]);
    copy
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_comes_back_paused_whole_and_without_the_erased() {
    let house = Arc::new(House::open().await);
    let acme = house.acme.clone();
    let hash = passwords::hash("correct horse battery").expect("a hash");
    let user = ("eve@acme.example".into(), "Eve".into(), Role::Owner);
    house
        .store
        .create_user(&acme.scope, user.0, user.1, user.2, hash)
        .await
        .expect("a user");
    let mut canary = Browser::arrive(&house, &acme);
    canary.go_through(&house, &acme, CANARY);
    house.keep(&canary.batch()).await;
    // A browser that nobody knows, which withdraws its consent later.
    let mut shy = Browser::arrive(&house, &acme);
    shy.hear(&house, Input::Opened);
    let kept = house.keep(&shy.batch()).await;
    shy.token = kept.visitor.or(shy.token);

    let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let mut load = Vec::new();
    for n in 0..4 {
        let (house, acme, stop) = (Arc::clone(&house), acme.clone(), Arc::clone(&stop));
        let acknowledged: Arc<Mutex<Vec<[u8; 16]>>> = Arc::clone(&acknowledged);
        load.push(tokio::spawn(async move {
            for m in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let mut browser = Browser::arrive(&house, &acme);
                browser.go_through(&house, &acme, &format!("guest{n}.{m}@visitor.example"));
                house.keep(&browser.batch()).await;
                let mut acknowledged = acknowledged.lock().expect("whole");
                acknowledged.push(browser.id.0);
            }
        }));
    }
    while acknowledged.lock().expect("whole").len() < 20 {
        tokio::task::yield_now().await;
    }
    let before: Vec<[u8; 16]> = acknowledged.lock().expect("whole").clone();
    let beside = Arc::clone(&house);
    let copy = tokio::task::spawn_blocking(move || copy_of(&beside, "copy.db"));
    let copy = copy.await.expect("copied");
    stop.store(true, Ordering::Relaxed);
    for one in load {
        one.await.expect("it ends");
    }
    let erased = house
        .api(&acme, "DELETE", &format!("/api/v1/people/{CANARY}"), None)
        .await;
    assert_eq!(erased.0, 200);
    if let Some(token) = shy.token {
        let erase = engine::wire::Erase {
            sender: engine::wire::Sender {
                visitor: Some(token),
                ..shy.sender()
            },
        };
        let gone: house::Reply<()> = house.post("/v1/erase", &erase, None).await;
        assert_eq!(gone.status, 204);
    }
    let erasures = house.app.config.data.join("erasures");
    let listed = std::fs::read_to_string(&erasures).expect("a list");
    assert!(listed.lines().count() >= 1 && !listed.contains("canary"));

    let elsewhere = Elsewhere::with_key_of(&house);
    let list = erasures.display().to_string();
    let said = elsewhere.says(&["restore", &copy, "--erasures", &list]);
    assert!(
        said.contains("erased again: 1 records of people, 1 browsers"),
        "{said}"
    );
    assert!(said.contains("usher outbox resume"), "{said}");
    assert!(!elsewhere.holds("canary.4711"), "erased people stay erased");
    assert!(!elsewhere.data.join("restoring").exists());

    let app = elsewhere.open(&house);
    let scope = app
        .store
        .enter_as_operator("acme".into())
        .await
        .expect("acme");
    let place = elsewhere.database.as_deref();
    let kept = database::rows(place, &elsewhere.data, "SELECT id FROM conversations");
    let kept: BTreeSet<String> = kept.into_iter().map(|mut row| row.remove(0)).collect();
    for id in before {
        let id = usher_server::secrets::hex(&id);
        assert!(kept.contains(&id), "{id} was acknowledged before the copy");
    }
    assert!(
        elsewhere
            .says(&["report", "--recount"])
            .contains("the same")
    );
    assert!(elsewhere.says(&["audit", "verify"]).contains("whole"));
    let filter = Filter::default();
    let goals = app
        .store
        .goals(&scope, filter, None)
        .await
        .expect("goals")
        .items;
    let once: BTreeSet<_> = goals.iter().map(|goal| &goal.conversation).collect();
    assert_eq!(once.len(), goals.len());

    let waiting = app.store.outbox(&scope, Some(Fate::Waiting), 500).await;
    assert!(!waiting.expect("rows").is_empty());
    let delivery = usher_server::delivery(&app).expect("a delivery");
    assert_eq!(delivery.once().await, 0, "nothing leaves by itself");
    assert!(elsewhere.refuses(&["doctor"]).contains("wrong"));
    assert!(elsewhere.says(&["outbox"]).contains("restored from a copy"));
    elsewhere.says(&["outbox", "resume"]);
    assert!(delivery.once().await > 0);

    // What a later restore has to know is here, too.
    let known = std::fs::read_to_string(elsewhere.data.join("erasures")).expect("a list");
    for line in listed.lines() {
        assert!(known.contains(line));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_stays_logged_in_and_secrets_open_with_the_key_alone() {
    let house = House::open().await;
    let hash = passwords::hash("correct horse battery").expect("a hash");
    let user = ("eve@acme.example".into(), "Eve".into(), Role::Owner);
    let made = house
        .store
        .create_user(&house.acme.scope, user.0, user.1, user.2, hash);
    made.await.expect("a user");
    let body = json!({ "workspace": "acme", "email": "eve@acme.example", "password": "correct horse battery" });
    let session = house.http.post(house.url("/api/v1/session"));
    let session = session
        .header("x-usher-request", "1")
        .header("content-type", "application/json");
    let session = session.body(body.to_string()).send().await;
    assert_eq!(session.expect("an answer").status(), 204);
    let copy = copy_of(&house, "copy.db");

    let without_key = Elsewhere::new();
    assert!(
        without_key
            .refuses(&["restore", &copy])
            .contains("key file")
    );
    let other_key = Elsewhere::new();
    std::fs::write(other_key.data.join("key"), [7; 32]).expect("written");
    let told = other_key.refuses(&["restore", &copy]);
    assert!(
        told.contains("not the one this database belongs to"),
        "{told}"
    );
    let elsewhere = Elsewhere::with_key_of(&house);
    let told = elsewhere.refuses(&["restore", "/nowhere.db"]);
    assert!(told.contains("/nowhere.db"), "{told}");
    let text = house.folder.path().join("text.db").display().to_string();
    std::fs::write(
        &text,
        "no database at all, whatever its name says".repeat(50),
    )
    .expect("written");
    elsewhere.refuses(&["restore", &text]);
    elsewhere.says(&["restore", &copy]);
    let again = elsewhere.refuses(&["restore", &copy]);
    assert!(again.contains("already"), "{again}");
    let app = elsewhere.open(&house);
    let scope = app
        .store
        .enter_as_operator("acme".into())
        .await
        .expect("acme");
    assert!(
        app.store
            .sessions(&scope, None)
            .await
            .expect("rows")
            .is_empty()
    );
    assert_eq!(app.store.users(&scope).await.expect("rows").len(), 1);
    let secrets = app.store.login_secrets(&scope, &app.keys).await;
    assert_eq!(secrets.expect("they open"), [house.acme.secret.as_bytes()]);
}
