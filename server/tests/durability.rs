//! The binary is killed while it writes: what was acknowledged is there, and a retry is absorbed.

mod house;

use engine::compiled::{Edition, decode, encode};
use engine::conversation::Conversation;
use engine::ids::{CardId, ConversationId, ConversationKey, DialogueId, EditionId, Timestamp};
use engine::wire::{Answer, Batch, Begin, Entry, Input, InputsAnswer, Page, Sender};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const USHER: &str = env!("CARGO_BIN_EXE_usher");
/// How often the server is killed.
const KILLS: usize = 6;
/// Conversations that are told over and over until acknowledged.
const CONVERSATIONS: usize = 120;

fn usher(data: &Path, arguments: &[&str]) -> String {
    let output = Command::new(USHER)
        .arg("--data")
        .arg(data)
        .args(arguments)
        .output()
        .expect("it runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let fault = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {text}{fault}");
    text
}

/// A server that ends with the test, however that ends.
struct Server(Child);

impl Server {
    fn start(data: &Path, port: u16, arguments: &[&str]) -> Self {
        let child = Command::new(USHER)
            .arg("--data")
            .arg(data)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(arguments)
            .args(["serve", "--without-widget"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it serves");
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    Timestamp(i64::try_from(since.as_millis()).expect("not that late"))
}

/// A whole conversation that ends in the goal.
fn told(edition: &Edition, id: EditionId, n: usize) -> Batch {
    let card = |name: &str| {
        let at = edition
            .cards
            .iter()
            .position(|card| card.id == name)
            .expect("a card");
        CardId(u16::try_from(at).expect("small"))
    };
    let begin = Begin {
        dialogue: DialogueId(1),
        edition: id,
        language: "en".into(),
        run: 1,
        seed: 1,
        exposed: Vec::new(),
        page: Page {
            url: house::PAGE.into(),
            ..Page::default()
        },
        snapshot: None,
        at: now(),
        card: None,
        surface: engine::wire::Surface::Corner,
        source: String::new(),
    };
    let (mut state, _) = Conversation::begin(edition, id, &begin).expect("begun");
    let inputs = [
        Input::Answered(card("hello"), Answer::Choice(2)),
        Input::Answered(card("topic"), Answer::Choice(0)),
        Input::Answered(
            card("more"),
            Answer::Typed(format!("guest{n}@corp.example")),
        ),
    ];
    let mut entries = Vec::new();
    for (seq, input) in (1..).zip(inputs) {
        state.handle(edition, &input, begin.at).expect("it fits");
        entries.push(Entry {
            seq,
            at: begin.at,
            input,
            digest: state.digest(),
        });
    }
    Batch {
        sender: Sender {
            workspace: "acme".into(),
            visitor: None,
            gpc: false,
        },
        conversation: ConversationId(usher_server::secrets::random()),
        key: ConversationKey(usher_server::secrets::random()),
        begin: Some(begin),
        entries,
        fault: None,
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_a_retry_is_absorbed() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let file = folder.path().join("d1.json");
    let config = folder.path().join("usher.toml");
    std::fs::write(&file, house::DIALOGUE).expect("written");
    std::fs::write(&config, "rate_limits = false\n").expect("written");
    usher(&data, &["workspace", "create", "acme"]);
    let workspace = folder.path().join("workspace.json");
    let attributes = r#"{ "name": "acme", "title": "Acme",
        "attributes": { "person.industry": "text", "person.interest": "text" } }"#;
    std::fs::write(&workspace, attributes).expect("written");
    let files = [
        workspace.to_str().expect("a path"),
        file.to_str().expect("a path"),
    ];
    let said = usher(&data, &["import", files[0], files[1], "--publish"]);
    let id = said
        .trim()
        .rsplit(' ')
        .next()
        .and_then(EditionId::parse)
        .expect("an edition");
    let port = free_port();
    let arguments = ["--config", config.to_str().expect("a path")];
    let mut server = Server::start(&data, port, &arguments);
    let http = house::http();
    let origin = format!("http://127.0.0.1:{port}");
    let edition: Edition = loop {
        let answer = http.get(format!("{origin}/e/acme/{id}.en")).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => {
                break decode(&answer.bytes().await.expect("bytes")).expect("an edition");
            }
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    };
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let tellers: Vec<_> = (0..CONVERSATIONS)
        .map(|n| {
            let (http, batch) = (http.clone(), told(&edition, id, n));
            let url = format!("{origin}/v1/inputs");
            let acknowledged = Arc::clone(&acknowledged);
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(20 * n as u64)).await;
                loop {
                    let told = http.post(&url).body(encode(&batch)).send().await;
                    if let Ok(answer) = told
                        && answer.status().is_success()
                        && let Ok(bytes) = answer.bytes().await
                        && let Ok(InputsAnswer::Kept(kept)) = decode(&bytes)
                    {
                        assert_eq!(kept.through, 3);
                        acknowledged.fetch_add(1, Ordering::Relaxed);
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(30)).await;
                }
            })
        })
        .collect();
    let mut before_kills = Vec::new();
    for _ in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(300)).await;
        before_kills.push(acknowledged.load(Ordering::Relaxed));
        drop(server);
        server = Server::start(&data, port, &arguments);
    }
    for teller in tellers {
        teller.await.expect("told");
    }
    drop(server);
    let last = before_kills.last().copied().unwrap_or_default();
    assert!(
        last > 0 && last < CONVERSATIONS,
        "the kills came while it was written: {before_kills:?}"
    );
    let report: serde_json::Value =
        serde_json::from_str(&usher(&data, &["report", "--json"])).expect("a report");
    let counts = &report["dialogues"][0];
    for count in ["triggered", "engaged", "completed", "acquired"] {
        assert_eq!(counts[count], CONVERSATIONS, "{count}");
    }
    assert_eq!(counts["proven_goals"]["Address given"], CONVERSATIONS);
    assert!(usher(&data, &["report", "--recount"]).contains("the same"));
}

#[tokio::test]
async fn commands_work_beside_a_running_server_and_without_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path();
    let tag = usher(
        data,
        &[
            "--origin",
            "https://chat.example.com",
            "workspace",
            "create",
            "acme",
        ],
    );
    assert_eq!(
        tag.trim(),
        "<script async src=\"https://chat.example.com/w/acme.js\"></script>"
    );
    let port = free_port();
    let server = Server::start(data, port, &[]);
    let http = house::http();
    for _ in 0..100 {
        let alive = http
            .get(format!("http://127.0.0.1:{port}/ready"))
            .send()
            .await;
        if alive.is_ok_and(|answer| answer.status().is_success()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let token = usher(data, &["token", "create", "ci", "--rights", "read,publish"]);
    let goals = http
        .get(format!("http://127.0.0.1:{port}/api/v1/goals"))
        .bearer_auth(token.trim())
        .send()
        .await
        .expect("an answer");
    assert_eq!(goals.status().as_u16(), 200);
    let broken = folder.path().join("broken.json");
    std::fs::write(&broken, "{ \"kind\": \"dialogue\" }").expect("written");
    for (arguments, words) in [
        (vec!["publish", "Nothing"], "there is no dialogue Nothing"),
        (
            vec!["import", broken.to_str().expect("a path")],
            "the document has no name",
        ),
        (vec!["import", "/nowhere.json"], "/nowhere.json"),
        (vec!["workspace", "create", "acme"], "exists already"),
        (vec!["workspace", "create", "No Name"], "lower-case letters"),
        (vec!["forget", "nobody@corp.example"], "there is no person"),
        (vec!["-w", "other", "report"], "there is no workspace other"),
    ] {
        let output = Command::new(USHER)
            .arg("--data")
            .arg(data)
            .args(&arguments)
            .output()
            .expect("it runs");
        let fault = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {fault}");
        assert!(fault.contains(words), "{arguments:?}: {fault}");
    }
    let copy = folder.path().join("copy.db");
    usher(data, &["backup", copy.to_str().expect("a path")]);
    assert!(copy.exists());
    drop(server);
}
