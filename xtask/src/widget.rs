//! `cargo xtask bench --widget COPY`: one dialogue of ours on an empty page, beside the peers of the embed bench.

use crate::served::{self, Served};
use crate::{Failure, build};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

/// What the first message says, in lower case.
const READY: &str = "how can we help";
/// What is published: it fits pages below `/demo/` and no other.
const DIALOGUE: &str = r#"{
    "kind": "dialogue", "name": "Talk", "priority": 50, "language": "en",
    "audience": { "targets": ["localhost:PORT/demo/*"] },
    "stream": { "cards": [
        { "id": "ask", "card": "question", "text": "Hello, how can we help?", "answers": [
            { "label": "Yes, please tell me more about the plans", "then": "mail" }, { "label": "No", "then": "bye" }] },
        { "id": "mail", "card": "capture", "attribute": "person.email", "text": "Your address?", "given": "thanks" },
        { "id": "thanks", "card": "message", "text": "Thank you." },
        { "id": "bye", "card": "message", "text": "Another time." }
    ] }
}"#;

/// Measures; `copy` is a copy of the embed bench with its packages installed and its peers set up.
///
/// # Errors
/// When something is missing or does not build.
pub fn widget(copy: &Path) -> Result<bool, Failure> {
    let root = build::root();
    let program = served::program()?;
    let folder = root.join("target/bench/widget");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    }
    fs::create_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    let fault = |fault: std::io::Error| format!("no port is free: {fault}");
    let chat = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .map_err(fault)?
        .port();
    let pages = TcpListener::bind("localhost:0").map_err(fault)?;
    let page = pages.local_addr().map_err(fault)?.port();
    std::thread::spawn(move || serve(&pages, chat));
    let _server = publish(&program, &folder, chat, page)?;

    let policy = format!(
        "default-src 'none'; script-src http://127.0.0.1:{chat}; frame-src http://127.0.0.1:{chat}; img-src data:"
    );
    let copy = fs::canonicalize(copy).map_err(|fault| format!("{}: {fault}", copy.display()))?;
    let shown = format!("http://localhost:{page}/demo/");
    let beside = Command::new("node")
        .current_dir(&copy)
        .args(["embed.mjs", "--reps", "5", "--ours", &shown])
        .args(["--ours-selector", "iframe >>> .launcher"])
        .args(["--ours-ready-text", READY, "--ours-csp", &policy])
        .arg("--ours-none")
        .arg(format!("http://localhost:{page}/other/"))
        .status()
        .map_err(|fault| format!("node: {fault}"))?;
    let more = Command::new("node")
        .current_dir(&root)
        .arg("tests/embed/run.mjs")
        .arg(&copy)
        .arg(&shown)
        .status()
        .map_err(|fault| format!("node: {fault}"))?;
    Ok(beside.success() && more.success())
}

/// Answers every request with a page that has the tag.
fn serve(pages: &TcpListener, chat: u16) {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Page</title>\
         <link rel=\"icon\" href=\"data:,\"><script async src=\"http://127.0.0.1:{chat}/w/bench.js\"></script></head>\
         <body><main><h1>A page</h1><p>Text.</p></main></body></html>"
    );
    for mut stream in pages.incoming().flatten() {
        let page = page.clone();
        std::thread::spawn(move || {
            // Browsers open connections ahead of use, and send what is small in one piece.
            let mut request = [0; 8_192];
            if matches!(stream.read(&mut request), Ok(1..)) {
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{page}",
                    page.len()
                );
            }
        });
    }
}

/// A server with the dialogue published for that page's port.
fn publish(program: &Path, folder: &Path, chat: u16, page: u16) -> Result<Served, Failure> {
    let document = folder.join("talk.json");
    fs::write(&document, DIALOGUE.replace("PORT", &page.to_string()))
        .map_err(|fault| format!("{}: {fault}", document.display()))?;
    let usher = || {
        let mut command = Command::new(program);
        command
            .env("USHER_DATA", folder.join("data"))
            .env("USHER_LISTEN", format!("127.0.0.1:{chat}"))
            .env("USHER_ORIGIN", format!("http://127.0.0.1:{chat}"))
            .stdout(Stdio::null());
        command
    };
    let document = document.to_string_lossy().into_owned();
    for words in [
        &["workspace", "create", "bench"][..],
        &["import", &document],
        &["publish", "Talk"],
    ] {
        if !usher()
            .args(words)
            .status()
            .is_ok_and(|status| status.success())
        {
            return Err(format!("`usher {}` did not work", words.join(" ")));
        }
    }
    Served::start(usher().arg("serve"), chat)
}
