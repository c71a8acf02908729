//! Every call in the manual runs as it is printed, and every call there is is in the manual.

mod house;

use engine::compiled::encode;
use engine::ids::EditionId;
use engine::wire::{Answer, Input, Strength};
use house::{Browser, House, Tenant, identify};
use std::path::Path;
use std::process::{Command, Stdio};
use usher_server::clock::Clock;
use usher_server::store::Scope;
use usher_server::{App, Config};

const MANUAL: &str = include_str!("../../README.md");

/// The commands of the manual, in order.
fn commands() -> Vec<&'static str> {
    MANUAL
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

/// The command that goes on until it is interrupted.
const SERVE: &str = "usher serve\n";

/// The manual as one script: what serves runs beside it, and a visitor is waited for once it does.
fn script() -> String {
    let mut script = "set -ex\nBEGUN=$PWD\n".to_owned();
    for command in commands() {
        if command == SERVE {
            script += "usher serve --without-widget 2>\"$BEGUN/served\" &\n\
                       trap \"kill $!\" EXIT\n\
                       touch \"$BEGUN/serving\"\n\
                       while [ ! -e \"$BEGUN/talked\" ]; do sleep 0.1; done\n";
        } else {
            script += command;
        }
    }
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_who_types_the_manual_gets_what_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let programs = path.join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_usher"), programs.join("usher")).expect("usher");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let paths = std::env::var("PATH").expect("a path");
    let typed = Command::new("sh")
        .args(["-c", &script().replace(":4002", &format!(":{port}"))])
        .current_dir(path)
        .env("PATH", format!("{}:{paths}", programs.display()))
        .env("USHER_LISTEN", format!("127.0.0.1:{port}"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let typed = tokio::task::spawn_blocking(move || typed.wait_with_output());
    let mut house = House::open().await;
    let origin = format!("http://127.0.0.1:{port}");
    let data = path.join("acme/data");
    let talked = async {
        until(|| path.join("serving").exists()).await;
        visit(&house, &data, &origin).await;
        std::fs::write(path.join("talked"), "").expect("told");
    };
    // When the script fails before it serves, there is nobody to talk to.
    let mut typed = std::pin::pin!(typed);
    let output = tokio::select! {
        output = typed.as_mut() => output,
        () = talked => typed.await,
    };
    let output = output.expect("it ran").expect("an output");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let last: Vec<&str> = told.lines().rev().take(12).collect();
    assert!(output.status.success(), "{said}\n{last:#?}");
    assert!(said.contains("<script async src="), "{said}");

    // The snippets do what the manual says of them.
    let token = std::fs::read_to_string(path.join("acme/identify.token")).expect("a token");
    let (app, scope) = made(&data).await;
    let tenant = welcome(&house, &app, &scope).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    house.address = listener.local_addr().expect("an address");
    tokio::spawn(usher_server::serve(listener, app, std::future::pending()));
    let login = Some(token.trim().to_owned());
    let (_, snapshot) = identify(&house, &tenant, None, login, None).await;
    assert_eq!(snapshot.strength, Strength::Verified);
    let verified = Command::new("python3")
        .current_dir(path.join("acme"))
        .args(["-c", VERIFY])
        .status();
    assert!(verified.expect("python").success());
}

/// A signature that Usher made, and what is wrong with others.
const VERIFY: &str = r#"
from verify import genuine
body = b'{"id":"1"}'
signature = "t=1800000000,v1=15d2177989c694fad512568783fd1e0c20e1c480f7ab63182bf13486b475c540"
assert genuine("whsec_test", signature, body, 1800000001)
assert not genuine("whsec_test", signature, body + b" ", 1800000001)
assert not genuine("whsec_other", signature, body, 1800000001)
assert not genuine("whsec_test", signature, body, 1800001000)
"#;

async fn until(done: impl Fn() -> bool) {
    while !done() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// The workspace that the manual made, as the server beside this one holds it.
async fn made(data: &Path) -> (App, Scope) {
    let config = Config::new(data, ([127, 0, 0, 1], 0).into(), "http://localhost:4002");
    let app = App::open(config, Clock::default()).expect("the data folder");
    let scope = app.store.enter_as_operator("acme".into()).await;
    (app, scope.expect("the workspace"))
}

/// The workspace with its dialogue, as browsers get it.
async fn welcome(house: &House, app: &App, scope: &Scope) -> Tenant {
    let row = app.store.dialogue(scope, "Welcome".into()).await;
    let id = row.expect("the dialogue").edition.expect("an edition");
    let mut tenant = house.acme.clone();
    tenant.id = EditionId::parse(&id).expect("an id");
    let compiled = app
        .store
        .compiled(scope, tenant.id)
        .await
        .expect("compiled");
    tenant.edition = compiled.editions[0].clone();
    tenant
}

/// Somebody opens the page and answers: the goal is reached.
async fn visit(house: &House, data: &Path, origin: &str) {
    let (app, scope) = made(data).await;
    let tenant = welcome(house, &app, &scope).await;
    let mut browser = Browser::arrive(house, &tenant);
    browser.hear(house, Input::Opened);
    let yes = Input::Answered(tenant.card("hello"), Answer::Choice(0));
    browser.hear(house, yes);
    let address = Answer::Typed("visitor@corp.example".into());
    browser.hear(house, Input::Answered(tenant.card("address"), address));
    for _ in 0..200 {
        let sent = house.http.post(format!("{origin}/v1/inputs"));
        let sent = sent.header("content-type", "application/octet-stream");
        match sent.body(encode(&browser.batch())).send().await {
            Ok(answer) if answer.status().is_success() => return,
            _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
        }
    }
    panic!("the server that the manual started does not answer");
}

#[tokio::test]
async fn every_call_there_is_is_in_the_manual() {
    let house = House::open().await;
    let document = house
        .http
        .get(house.url("/api/v1/openapi.json"))
        .send()
        .await
        .unwrap();
    let document: serde_json::Value =
        serde_json::from_str(&document.text().await.unwrap()).unwrap();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let found = commands()
                .into_iter()
                .flat_map(calls)
                .any(|(used, address)| used == method.to_uppercase() && matches(path, &address));
            assert!(found, "{method} {path} is not in README.md");
        }
    }
}

/// The method and path of every curl in a command.
fn calls(command: &str) -> Vec<(String, String)> {
    command
        .split("curl ")
        .skip(1)
        .map(|call| {
            let address = call.split("$USHER").nth(1).unwrap_or_default();
            let address = address.split(['"', '?', ' ']).next().unwrap_or_default();
            let method = match call.split_once("-X ") {
                Some((_, rest)) => rest.split(' ').next().unwrap_or_default(),
                None if call.contains(" -d ") && !call.contains("-G ") => "POST",
                None => "GET",
            };
            (method.to_owned(), address.to_owned())
        })
        .collect()
}

fn matches(path: &str, address: &str) -> bool {
    let (path, address): (Vec<_>, Vec<_>) =
        (path.split('/').collect(), address.split('/').collect());
    path.len() == address.len()
        && path
            .iter()
            .zip(&address)
            .all(|(part, used)| part.starts_with('{') || part == used)
}
