//! Every call of the API's description, made by Schemathesis with whatever the description allows and much that it does
//! not: no answer may be our fault.

use crate::served::Served;
use crate::{Failure, build, test};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How many inputs each call gets in each phase, beside those of the description's edges.
const EXAMPLES: &str = "40";
/// The same inputs every time.
const SEED: &str = "7";

/// Starts a server with a workspace in a folder of its own and lets Schemathesis loose on it; says whether it found
/// nothing.
///
/// # Errors
/// When something that this needs is missing.
pub fn schemathesis() -> Result<bool, Failure> {
    let program = installed()?;
    if !test::cargo(&[
        "build",
        "--quiet",
        "--workspace",
        "--exclude",
        "usher-widget",
        "--bin",
        "usher",
    ])? {
        return Err("the server does not build".into());
    }
    let usher = build::root().join("target/debug/usher");
    let folder = Folder::make()?;
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let port = free
        .and_then(|free| free.local_addr())
        .map_err(|fault| fault.to_string())?
        .port();
    let origin = format!("http://127.0.0.1:{port}");
    let config =
        format!("origin = \"{origin}\"\nlisten = \"127.0.0.1:{port}\"\nrate_limits = false\n");
    std::fs::write(folder.0.join("usher.toml"), config).map_err(|fault| fault.to_string())?;
    let given = given();
    let say = |words: &[&str]| said(&usher, &folder.0, words);
    let file = |name: &str| given.join(name).display().to_string();
    say(&["workspace", "create", "acme"])?;
    say(&["import", &file("workspace.json")])?;
    say(&["import", &file("welcome.json"), "--publish"])?;
    let rights = "read,write,publish,audit,manage";
    let token = say(&["token", "create", "schemathesis", "--rights", rights])?;
    let token = token
        .split_whitespace()
        .last()
        .unwrap_or_default()
        .to_owned();
    let mut serve = Command::new(&usher);
    serve
        .current_dir(&folder.0)
        .args(["serve", "--without-widget"])
        .stderr(Stdio::null());
    let _served = Served::start(&mut serve, port)?;
    let status = Command::new(program)
        .current_dir(&folder.0)
        .arg("--config-file")
        .arg(given.join("schemathesis.toml"))
        .args(["run", &format!("{origin}/api/v1/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--checks", "not_a_server_error", "--continue-on-failure"])
        .args(["--max-examples", EXAMPLES, "--seed", SEED])
        .args(["--warnings", "off", "--no-color"])
        .status();
    Ok(status
        .map_err(|fault| format!("schemathesis: {fault}"))?
        .success())
}

/// What the server is given, and the versions that are installed.
fn given() -> PathBuf {
    build::root().join("tests/schemathesis")
}

/// Schemathesis in an environment of its own under `target`, made anew when its versions have changed.
fn installed() -> Result<PathBuf, Failure> {
    let place = build::root().join("target/schemathesis");
    let wanted = given().join("requirements.txt");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let (stamp, versions) = (place.join("requirements.txt"), read(&wanted));
    if read(&stamp) != versions {
        println!("installing Schemathesis into {}", place.display());
        done(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&place),
        )
        .map_err(|why| format!("{why}; on Debian: apt-get install -y python3-venv"))?;
        let mut pip = Command::new(place.join("bin/pip"));
        done(
            pip.args(["install", "--quiet", "--requirement"])
                .arg(&wanted),
        )?;
        std::fs::write(&stamp, versions)
            .map_err(|fault| format!("{}: {fault}", stamp.display()))?;
    }
    Ok(place.join("bin/schemathesis"))
}

fn done(command: &mut Command) -> Result<(), Failure> {
    let name = command.get_program().display().to_string();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name}: {status}")),
        Err(fault) => Err(format!("{name}: {fault}")),
    }
}

/// What a command answers.
fn said(usher: &Path, folder: &Path, words: &[&str]) -> Result<String, Failure> {
    let output = Command::new(usher).current_dir(folder).args(words).output();
    let output = output.map_err(|fault| format!("usher: {fault}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "usher {}: {}",
            words.join(" "),
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// A folder that goes with the run.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("usher-schemathesis-{}", std::process::id()));
        std::fs::create_dir(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
