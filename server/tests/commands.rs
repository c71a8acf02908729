//! What commands say to whoever typed them.

use std::path::Path;
use std::process::Command;

struct Said {
    fine: bool,
    out: String,
    err: String,
}

fn usher(folder: &Path, arguments: &[&str]) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_usher"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .expect("it runs");
    Said {
        fine: output.status.success(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let made = usher(folder.path(), &["workspace", "create", "acme"]);
    assert!(made.fine, "{}", made.err);
    folder
}

#[test]
fn the_origin_stands_in_a_file_and_every_command_reads_it() {
    let folder = workspace();
    let tag = |arguments: &[&str]| usher(folder.path(), arguments).out;
    assert!(tag(&["workspace", "tag"]).contains("http://localhost:4002/w/acme.js"));
    let file = "origin = \"https://chat.example.com\"\n";
    std::fs::write(folder.path().join("usher.toml"), file).expect("written");
    assert!(tag(&["workspace", "tag"]).contains("https://chat.example.com/w/acme.js"));
    let over = ["--origin", "https://other.example.com", "workspace", "tag"];
    assert!(tag(&over).contains("https://other.example.com/w/acme.js"));
    std::fs::write(folder.path().join("usher.toml"), "orgin = 1\n").expect("written");
    let told = usher(folder.path(), &["workspace", "tag"]).err;
    assert!(
        told.contains("usher.toml") && told.contains("orgin"),
        "{told}"
    );
}

#[test]
fn a_binary_without_the_widget_says_what_to_run_instead_of_serving() {
    if usher_server::assets::has_widget() {
        return;
    }
    let folder = workspace();
    for command in ["serve", "demo"] {
        let told = usher(folder.path(), &[command]);
        assert!(
            !told.fine && told.err.contains("cargo xtask install"),
            "{}",
            told.err
        );
    }
}

#[test]
fn all_files_are_checked_even_when_one_cannot_be_read() {
    let folder = workspace();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    write("syntax.json", "{ \"kind\": \"dialogue\",\n  oops }");
    write(
        "form.json",
        r#"{ "kind": "dialogue", "name": "F", "stream": { "cards": [
            { "id": "a", "card": "mesage" }, { "id": "b", "card": "goal" } ] } }"#,
    );
    write(
        "graph.json",
        r#"{ "kind": "dialogue", "name": "G", "stream": { "cards": [
            { "id": "c", "card": "message", "text": "Hi", "then": "nowhere" } ] } }"#,
    );
    let files = ["syntax.json", "form.json", "missing.json", "graph.json"];
    let told = usher(folder.path(), &[&["check"], &files[..]].concat());
    assert!(!told.fine);
    for words in [
        "syntax.json: error: key must be a string at line 2 column 3",
        "form.json: error: card \"a\"",
        "form.json: error: card \"b\"",
        "missing.json: error: No such file",
        "graph.json: error: card \"c\"",
    ] {
        assert!(told.out.contains(words), "{words}\n{}", told.out);
    }
    let told = usher(folder.path(), &[&["import"], &files[..]].concat());
    assert!(
        !told.fine && told.err.contains("no dialogue was imported"),
        "{}",
        told.err
    );
    for name in ["syntax.json", "form.json", "missing.json"] {
        assert!(told.err.contains(name), "{name}\n{}", told.err);
    }
    assert!(!usher(folder.path(), &["export"]).out.contains("\"G\""));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let folder = workspace();
    let person = [
        "link",
        "nobody@corp.example",
        "--page",
        "javascript:alert(1)",
    ];
    for (arguments, words) in [
        (&["token", "create", " "][..], "what the token is for"),
        (&["workspace", "set"], "say what to change"),
        (
            &["report", "--from", "2027-02-01", "--until", "2027-01-01"],
            "--until is before --from",
        ),
        (&["refused", "--reason", "nonsense"], "edited facts"),
        (&person, "web address"),
        (&["import", "nowhere.json"], "nowhere.json"),
    ] {
        let told = usher(folder.path(), arguments);
        assert!(!told.fine, "{arguments:?}");
        assert!(told.err.contains(words), "{arguments:?}: {}", told.err);
    }
    let told = usher(
        folder.path(),
        &["user", "add", "ada@corp.example", "--role", "king"],
    );
    let known = "owner, marketer, analyst, agent";
    assert!(!told.fine && told.err.contains(known), "{}", told.err);
}

#[test]
fn a_password_that_is_piped_is_read_to_its_end() {
    use std::io::Write as _;
    use std::process::Stdio;
    let folder = workspace();
    let mut child = Command::new(env!("CARGO_BIN_EXE_usher"))
        .current_dir(folder.path())
        .args(["user", "add", "ada@corp.example", "--role", "owner"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("an input");
    input.write_all(b"correct horse battery\n").expect("typed");
    drop(input);
    assert!(child.wait().expect("it ends").success());
    let listed = usher(folder.path(), &["user", "list"]);
    assert!(listed.out.contains("ada@corp.example"), "{}", listed.out);
}
