//! Every change that operators make is in the audit log once, and the log tells when somebody altered it.

mod house;

use house::{Browser, DIALOGUE, House, Tenant, database};
use serde_json::{Value as Json, json};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use usher_server::passwords;
use usher_server::roles::Role;
use usher_server::store::{Action, Right};

const PASSWORD: &str = "correct horse battery";

/// Commands that change nothing operators decide, or that end, move or serve the whole.
const READING: &[&str] = &[
    "serve",
    "demo",
    "export",
    "check",
    "comments",
    "report",
    "refused",
    "doctor",
    "audit",
    "audit verify",
    "workspace list",
    "user list",
    "token list",
    "agent list",
    "agent pools",
    "outbox",
    "outbox dead",
    "person merges",
    // It needs a merge, and is asked for its row in the tests of merges.
    "person unmerge",
    "user sessions",
    "migrate",
    "move",
    "restore",
];

/// Calls that change nothing operators decide: a goal that a customer's server saw is a fact, in a log of its own.
const FACTS: &[&str] = &["POST /api/v1/goals", "POST /api/v1/dialogues/check"];

impl House {
    async fn rows(&self) -> Vec<Json> {
        let scope = &self.acme.scope;
        let page = self.store.audit(scope, 0, 500).await.expect("rows");
        page.items
            .into_iter()
            .map(|row| {
                json!({ "actor": row.actor, "action": row.action, "subject": row.subject, "detail": row.detail })
            })
            .collect()
    }

    /// Types a command, with a text for its standard input.
    fn type_in(&self, words: &[&str], text: &str) -> String {
        let config = &self.app.config;
        let mut typed = Command::new(env!("CARGO_BIN_EXE_usher"))
            .arg("--data")
            .arg(&config.data)
            .envs(config.database.iter().map(|url| ("DATABASE_URL", url)))
            .args(["--workspace", "acme"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut input = typed.stdin.take().expect("an input");
        input.write_all(text.as_bytes()).expect("typed");
        drop(input);
        let output = typed.wait_with_output().expect("it ends");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.display().to_string()
    }
}

/// Everything under `usher help` that can be typed.
fn commands(path: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_usher"))
        .args(path)
        .arg("--help")
        .output()
        .expect("it runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names: Vec<&str> = listed
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    let mut all = Vec::new();
    if names.is_empty() || path == ["audit"] || path == ["outbox"] {
        all.push(path.join(" "));
    }
    for name in names {
        let deeper: Vec<&str> = path.iter().copied().chain([name]).collect();
        all.extend(commands(&deeper));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_changes_something_leaves_one_row() {
    let house = House::open().await;
    let dialogue = house.file("d2.json", &DIALOGUE.replace("\"D1\"", "\"D2\""));
    let workspace = house.file(
        "acme.json",
        r#"{ "name": "acme", "title": "Acme", "attributes": { "person.industry": "text", "person.interest": "text" },
             "agents": [ { "name": "Nora", "email": "nora@acme.example", "zone": "UTC", "hours": "mon-fri 09:00-12:00" } ] }"#,
    );
    let copy = house.folder.path().join("copy.db").display().to_string();
    let person = json!({ "email": "ada@visitor.example" });
    house
        .api(&house.acme, "POST", "/api/v1/people", Some(person))
        .await;
    let mut last = house.rows().await.len();
    let mut typed = Vec::new();
    let mut said = String::new();
    for (command, words, action) in [
        (
            "import",
            format!("import {workspace}"),
            Action::ImportWorkspace,
        ),
        (
            "import",
            format!("import {dialogue}"),
            Action::ImportDialogue,
        ),
        ("publish", "publish D2".into(), Action::Publish),
        ("correct", "correct D2".into(), Action::Correct),
        ("unpublish", "unpublish D2".into(), Action::Unpublish),
        ("off", "off".into(), Action::SetWorkspace),
        ("on", "on".into(), Action::SetWorkspace),
        (
            "test-link",
            "test-link D1".into(),
            Action::CreateTestingLink,
        ),
        (
            "test-link",
            "test-link --revoke {testing_links}".into(),
            Action::RevokeTestingLink,
        ),
        (
            "link",
            "link ada@visitor.example".into(),
            Action::LinkPerson,
        ),
        (
            "forget",
            "forget ada@visitor.example".into(),
            Action::ForgetPerson,
        ),
        (
            "workspace tag",
            "workspace tag --pinned".into(),
            Action::PinLoader,
        ),
        (
            "workspace set",
            "workspace set --title Acme2".into(),
            Action::SetWorkspace,
        ),
        (
            "user add",
            "user add eve@acme.example --role marketer".into(),
            Action::CreateUser,
        ),
        (
            "user password",
            "user password eve@acme.example".into(),
            Action::SetPassword,
        ),
        (
            "user role",
            "user role eve@acme.example analyst".into(),
            Action::SetRole,
        ),
        (
            "user sessions",
            "user sessions eve@acme.example --end".into(),
            Action::EndSessions,
        ),
        (
            "user remove",
            "user remove eve@acme.example".into(),
            Action::RemoveUser,
        ),
        (
            "token create",
            "token create scripts".into(),
            Action::CreateToken,
        ),
        (
            "token revoke",
            "token revoke {tokens}".into(),
            Action::RevokeToken,
        ),
        (
            "secret create",
            "secret create".into(),
            Action::CreateSecret,
        ),
        ("agent off", "agent off Nora".into(), Action::SwitchAgent),
        ("agent on", "agent on Nora".into(), Action::SwitchAgent),
        (
            "agent remove",
            "agent remove Nora".into(),
            Action::RemoveAgent,
        ),
        (
            "outbox pause",
            "outbox pause webhook".into(),
            Action::PauseOutbox,
        ),
        (
            "outbox resume",
            "outbox resume".into(),
            Action::ResumeOutbox,
        ),
        ("staff-link", "staff-link".into(), Action::LinkStaff),
        ("key rotate", "key rotate".into(), Action::RotateKey),
        ("key rotate", "key rotate --finish".into(), Action::DropKey),
        ("backup", format!("backup {copy}"), Action::BackUp),
    ] {
        let id = |table: &str| {
            let sql = format!(
                "SELECT id FROM {table} WHERE revoked_at IS NULL AND workspace = '{}' ORDER BY id DESC LIMIT 1",
                house.acme.scope.workspace()
            );
            let place = house.app.config.database.as_deref();
            database::rows(place, &house.app.config.data, &sql)[0][0].clone()
        };
        let words = match words.split_once('{') {
            Some((before, table)) => format!("{before}{}", id(table.trim_end_matches('}'))),
            None => words,
        };
        let words: Vec<&str> = words.split(' ').collect();
        said += &house.type_in(&words, PASSWORD);
        let rows = house.rows().await;
        assert_eq!(rows.len(), last + 1, "{words:?}");
        assert_eq!(rows[last]["action"], action.word(), "{words:?}");
        assert_eq!(rows[last]["actor"], "operator", "{words:?}");
        assert_ne!(rows[last]["subject"], "", "{words:?}");
        last = rows.len();
        typed.push(command);
    }
    assert!(said.contains("ut_"), "the token was shown: {said}");
    // A workspace's own log begins with it.
    house.type_in(&["workspace", "create", "third"], "");
    let third = house
        .store
        .enter_as_operator("third".into())
        .await
        .expect("made");
    let begun = house.store.audit(&third, 0, 10).await.expect("rows").items;
    assert_eq!(begun.len(), 1);
    assert_eq!(begun[0].action, Action::CreateWorkspace.word());
    typed.push("workspace create");
    // With nothing dead there is nothing to try again.
    house.type_in(&["outbox", "replay", "--all"], "");
    assert_eq!(house.rows().await.len(), last);
    typed.push("outbox replay");
    for command in commands(&[]) {
        let known = typed.contains(&command.as_str()) || READING.contains(&command.as_str());
        assert!(
            known,
            "does `usher {command}` change something? Then it leaves a row"
        );
    }
    assert!(
        house
            .usher(&["audit", "verify"])
            .contains(&format!("{last} rows"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_that_changes_something_leaves_one_row() {
    let house = House::open().await;
    let rights = vec![
        Right::Read,
        Right::Write,
        Right::Publish,
        Right::Audit,
        Right::Manage,
    ];
    let token = house
        .store
        .create_token(&house.acme.scope, "all".into(), rights);
    let acme = &Tenant {
        token: token.await.expect("a token"),
        ..house.acme.clone()
    };
    let hash = passwords::hash(PASSWORD).expect("a hash");
    let eve = ("eve@acme.example".into(), "Eve".into(), Role::Analyst);
    let user = house
        .store
        .create_user(&acme.scope, eve.0, eve.1, eve.2, hash);
    user.await.expect("a user");
    let d2: Json = serde_json::from_str(&DIALOGUE.replace("\"D1\"", "\"D2\"")).expect("a document");
    let mut last = house.rows().await.len();
    let mut made = Vec::new();
    let mut id = String::new();
    for (method, path, body, action) in [
        (
            "POST",
            "/api/v1/dialogues",
            Some(d2),
            Action::ImportDialogue,
        ),
        (
            "POST",
            "/api/v1/dialogues/D2/publish",
            None,
            Action::Publish,
        ),
        (
            "POST",
            "/api/v1/dialogues/D2/correct",
            None,
            Action::Correct,
        ),
        (
            "POST",
            "/api/v1/dialogues/D2/unpublish",
            None,
            Action::Unpublish,
        ),
        (
            "POST",
            "/api/v1/dialogues/D1/testing-links",
            None,
            Action::CreateTestingLink,
        ),
        (
            "DELETE",
            "/api/v1/testing-links/{id}",
            None,
            Action::RevokeTestingLink,
        ),
        (
            "POST",
            "/api/v1/chat",
            Some(json!({ "on": false })),
            Action::SetWorkspace,
        ),
        (
            "POST",
            "/api/v1/people",
            Some(json!({ "email": "ada@visitor.example" })),
            Action::WritePerson,
        ),
        (
            "POST",
            "/api/v1/people/ada@visitor.example/links",
            Some(json!({})),
            Action::LinkPerson,
        ),
        ("GET", "/api/v1/people.csv", None, Action::ExportPeople),
        ("GET", "/api/v1/goals.csv", None, Action::ExportGoals),
        (
            "DELETE",
            "/api/v1/people/ada@visitor.example",
            None,
            Action::ForgetPerson,
        ),
        (
            "POST",
            "/api/v1/webhooks",
            Some(json!({ "url": "https://hooks.example/in?key=1" })),
            Action::CreateWebhook,
        ),
        (
            "DELETE",
            "/api/v1/webhooks/{id}",
            None,
            Action::RemoveWebhook,
        ),
        (
            "POST",
            "/api/v1/goal-mails",
            Some(json!({ "address": "sales@acme.example" })),
            Action::CreateGoalMail,
        ),
        (
            "DELETE",
            "/api/v1/goal-mails/{id}",
            None,
            Action::RemoveGoalMail,
        ),
        (
            "POST",
            "/api/v1/users/eve@acme.example/role",
            Some(json!({ "role": "marketer" })),
            Action::SetRole,
        ),
        (
            "DELETE",
            "/api/v1/users/eve@acme.example/sessions",
            None,
            Action::EndSessions,
        ),
    ] {
        if path == "/api/v1/testing-links/{id}" {
            let links = house.get(acme, "/api/v1/dialogues/D1/testing-links").await;
            id = links["items"][0]["id"].as_str().expect("an id").to_owned();
        }
        let (status, answer) = house
            .api(acme, method, &path.replace("{id}", &id), body)
            .await;
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {answer}"
        );
        if let Some(given) = answer["id"].as_str() {
            id = given.to_owned();
        }
        let rows = house.rows().await;
        assert_eq!(rows.len(), last + 1, "{method} {path}");
        assert_eq!(rows[last]["action"], action.word(), "{method} {path}");
        let actor = rows[last]["actor"].as_str().expect("an actor");
        assert!(actor.starts_with("token "), "{actor}");
        last = rows.len();
        made.push((method, path));
    }
    // A user's own session.
    let log_in = json!({ "workspace": "acme", "email": "eve@acme.example", "password": PASSWORD });
    let session = house.http.post(house.url("/api/v1/session"));
    let session = session
        .header("x-usher-request", "1")
        .header("content-type", "application/json");
    let session = session
        .body(log_in.to_string())
        .send()
        .await
        .expect("an answer");
    let cookie = session.headers()["set-cookie"].to_str().expect("a line");
    let cookie = cookie.split(';').next().expect("a cookie");
    let left = house.http.delete(house.url("/api/v1/session"));
    let left = left.header("x-usher-request", "1").header("cookie", cookie);
    assert_eq!(left.send().await.expect("an answer").status(), 204);
    let rows = house.rows().await;
    assert_eq!(rows.len(), last + 2);
    for (row, action) in rows[last..].iter().zip([Action::LogIn, Action::LogOut]) {
        assert_eq!(row["action"], action.word());
        assert!(
            row["actor"]
                .as_str()
                .expect("an actor")
                .starts_with("user ")
        );
    }
    made.extend([("POST", "/api/v1/session"), ("DELETE", "/api/v1/session")]);
    let told = Json::from(house.rows().await).to_string();
    assert!(told.contains("https://hooks.example/in"), "{told}");
    assert!(
        !told.contains("key=1"),
        "what is often a secret stays out: {told}"
    );

    let described = house.get(acme, "/api/v1/openapi.json").await;
    for (path, calls) in described["paths"].as_object().expect("paths") {
        for method in calls.as_object().expect("calls").keys() {
            let method = method.to_uppercase();
            let is_known = method == "GET"
                || FACTS.contains(&format!("{method} {path}").as_str())
                || made
                    .iter()
                    .any(|(known, used)| *known == method && is_of(path, used));
            assert!(
                is_known,
                "does {method} {path} change something? Then it leaves a row"
            );
        }
    }
}

fn is_of(path: &str, used: &str) -> bool {
    let (path, used): (Vec<_>, Vec<_>) = (path.split('/').collect(), used.split('/').collect());
    path.len() == used.len()
        && path
            .iter()
            .zip(&used)
            .all(|(part, used)| part.starts_with('{') || part == used)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_visitors_send_and_what_fails_leaves_no_row() {
    let house = House::open().await;
    let acme = &house.acme;
    let before = house.rows().await;
    let mut browser = Browser::arrive(&house, acme);
    browser.go_through(&house, acme, "ada@visitor.example");
    house.keep(&browser.batch()).await;
    for (method, path) in [
        ("POST", "/api/v1/dialogues/None/publish"),
        ("DELETE", "/api/v1/webhooks/none"),
        ("DELETE", "/api/v1/people/none@visitor.example"),
    ] {
        assert_eq!(house.api(acme, method, path, None).await.0, 404, "{path}");
    }
    assert_eq!(house.rows().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_which_row_was_altered() {
    let house = House::open().await;
    let scope = &house.acme.scope;
    let verified = house.store.verify_audit(scope, None).await.expect("rows");
    let whole = verified.expect("whole");
    let known = house.store.audit(scope, 1, 1).await.expect("rows").items[0]
        .hash
        .clone();
    let known = house
        .store
        .verify_audit(scope, Some(known))
        .await
        .expect("rows");
    assert!(known.expect("whole").is_known);
    let other = house.store.verify_audit(scope, Some("00".into())).await;
    assert!(!other.expect("rows").expect("whole").is_known);
    let (id, rows) = (scope.workspace(), whole.rows);
    let at = |position| format!("workspace = '{id}' AND position = {position}");
    for (alter, restore, broken) in [
        (
            format!("UPDATE audit SET actor = 'nobody' WHERE {}", at(3)),
            format!("UPDATE audit SET actor = 'operator' WHERE {}", at(3)),
            "row 3: it was altered",
        ),
        (
            format!("UPDATE audit SET detail = 'x' || detail WHERE {}", at(2)),
            format!(
                "UPDATE audit SET detail = substr(detail, 2) WHERE {}",
                at(2)
            ),
            "row 2: its detail was altered",
        ),
        (
            format!("DELETE FROM audit WHERE {}", at(rows)),
            String::new(),
            "it is missing",
        ),
    ] {
        let place = house.app.config.database.as_deref();
        let change = |sql: &str| database::alter(place, &house.app.config.data, sql);
        change(&alter);
        let found = house.store.verify_audit(scope, None).await.expect("rows");
        let found = found.expect_err("broken").to_string();
        assert!(found.contains(broken), "{found}");
        if !restore.is_empty() {
            change(&restore);
            let again = house.store.verify_audit(scope, None).await.expect("rows");
            assert_eq!(again.expect("whole").rows, rows);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_in_no_row_and_the_chain_is_whole() {
    let house = House::open().await;
    let acme = &house.acme;
    let canary = "Canary.4711@visitor.example";
    let body = json!({ "email": canary, "attributes": { "firstName": "Kanarienvogel" } });
    house.api(acme, "POST", "/api/v1/people", Some(body)).await;
    // The same address as one that hears of goals.
    let mail = json!({ "address": canary });
    house
        .api(acme, "POST", "/api/v1/goal-mails", Some(mail))
        .await;
    let told = |rows: Vec<Json>| Json::from(rows).to_string().to_lowercase();
    let before = told(house.rows().await);
    assert!(before.contains("canary.4711") && !before.contains("kanarienvogel"));
    let address = canary.to_lowercase();
    let (status, _) = house
        .api(acme, "DELETE", &format!("/api/v1/people/{address}"), None)
        .await;
    assert_eq!(status, 200);
    let rows = house.rows().await;
    let erased: Vec<&Json> = rows.iter().filter(|row| row["detail"].is_null()).collect();
    assert_eq!(erased.len(), 2);
    assert!(!told(rows).contains("canary.4711"));
    let verified = house.store.verify_audit(&acme.scope, None).await;
    verified.expect("rows").expect("whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_has_the_right_sees_the_log() {
    let house = House::open().await;
    assert_eq!(
        house.api(&house.acme, "GET", "/api/v1/audit", None).await.0,
        403
    );
    let mut tenant = house.acme.clone();
    tenant.token = house.usher(&["token", "create", "auditor", "--rights", "audit"]);
    tenant.token = tenant.token.trim().into();
    let first = house.get(&tenant, "/api/v1/audit?limit=2").await;
    assert_eq!(first["items"][0]["action"], Action::CreateWorkspace.word());
    assert_eq!(first["more"], true);
    let next = first["next"].as_str().expect("a place");
    let rest = house
        .get(&tenant, &format!("/api/v1/audit?after={next}"))
        .await;
    assert_eq!(rest["items"][0]["position"], 3);
    assert_eq!(
        house.api(&tenant, "GET", "/api/v1/people", None).await.0,
        403
    );
    let listed = house.usher(&["audit", "--json", "--after", "1"]);
    let line: Json = serde_json::from_str(listed.lines().next().expect("a line")).expect("JSON");
    assert_eq!(line["position"], 2);
}
