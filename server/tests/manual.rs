//! Every call in the manual runs as it is printed, and every call there is is in the manual.

mod house;

use house::{Browser, House};
use std::process::Command;

const MANUAL: &str = include_str!("../../README.md");

/// The commands of the manual, in order.
fn commands() -> Vec<&'static str> {
    MANUAL
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_curl_of_the_manual_runs() {
    let house = House::open().await;
    let mut browser = Browser::arrive(&house, &house.acme);
    browser.go_through(&house, &house.acme, "guest@corp.example");
    house.keep(&browser.batch()).await;
    let folder = tempfile::tempdir().expect("a folder");
    assert!(commands().len() >= 25);
    for command in commands() {
        let output = Command::new("sh")
            .args(["-e", "-c", command])
            .current_dir(folder.path())
            .env("USHER", house.url(""))
            .env("TOKEN", &house.acme.token)
            .output()
            .expect("a shell");
        let fault = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}\n{fault}");
    }
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
