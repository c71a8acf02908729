//! `cargo xtask test`: everything that must hold, in the order in which it fails fastest.

use crate::{Failure, build, chaos, server, size};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use usher_postgres::{Crash, Private, is_root};

/// Programs that tests need beside Rust, with the Debian packages that bring them.
const NEEDED: [(&str, &str); 5] = [
    ("npm", "npm"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("firefox-esr", "firefox-esr"),
    ("python3", "python3"),
];

/// The accessibility rules, by npm.
const AXE: &str = "npm ci --prefix tests/axe";

/// Which tests, and whether to install what they need.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// Install missing programs, where this machine allows it.
    pub install: bool,
    /// The use cases against the release build, the hostile pages, many runs over an unkind network, and servers under
    /// attack.
    pub all: bool,
    /// Only the server's, on PostgreSQL.
    pub postgres: bool,
}

/// Runs every test; says whether all passed.
///
/// # Errors
/// When something that tests need is missing.
pub fn test(wish: Wish) -> Result<bool, Failure> {
    need(wish.install)?;
    if wish.postgres {
        return on_postgres();
    }
    let begun = Instant::now();
    let mut failed = Vec::new();
    let mut step = |name: &str, done: &mut dyn FnMut() -> Result<bool, Failure>| {
        println!("\n== {name}");
        let since = Instant::now();
        let passed = done().unwrap_or_else(|why| {
            println!("{why}");
            false
        });
        println!(
            "== {name}: {} after {} s",
            if passed { "ok" } else { "FAILED" },
            since.elapsed().as_secs()
        );
        if !passed {
            failed.push(name.to_string());
        }
        passed
    };
    step("format", &mut || cargo(&["fmt", "--all", "--check"]));
    step("size", &mut || size::size(false));
    step("clippy", &mut || {
        let native = cargo(&[
            "clippy",
            "--quiet",
            "--workspace",
            "--exclude",
            "usher-widget",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])?;
        let browser = cargo(&[
            "clippy",
            "--quiet",
            "--package",
            "usher-widget",
            "--target",
            "wasm32-unknown-unknown",
            "--",
            "-D",
            "warnings",
        ])?;
        Ok(native && browser)
    });
    if has("cargo-deny") {
        step("licences and sources", &mut || {
            cargo(&["deny", "check", "licenses", "bans", "sources"])
        });
    }
    step("tests", &mut || tests(wish.all));
    step("the server on PostgreSQL", &mut on_postgres);
    if wish.all {
        step("servers under attack", &mut || chaos::chaos(&["--short"]));
        step("the server beside its peers", &mut || {
            server::server(&["--rounds", "1", "--ms", "500"])
        });
    }
    step("the engine without its authors' side", &mut || {
        cargo(&["test", "--quiet", "--package", "usher-engine"])
    });
    if wish.all {
        step("schemathesis", &mut crate::schemathesis::schemathesis);
    }
    println!("\n{} s in all", begun.elapsed().as_secs());
    if failed.is_empty() {
        println!("everything passed");
        Ok(true)
    } else {
        println!("failed: {}", failed.join(", "));
        Ok(false)
    }
}

/// What is built for all tests; the features of shared libraries are those of everything together.
const ALL: [&str; 4] = ["test", "--workspace", "--exclude", "usher-widget"];

/// The server's tests once more, as they were built, with their rows on a PostgreSQL of their own.
fn on_postgres() -> Result<bool, Failure> {
    let mut build = command(&ALL);
    build.args(["--no-run", "--quiet", "--message-format", "json"]);
    let built = build.stderr(Stdio::inherit()).output();
    let built = built.map_err(|fault| format!("cargo: {fault}"))?;
    let folder = build::root().join("server");
    let said = String::from_utf8_lossy(&built.stdout);
    let messages = said
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let programs: Vec<String> = messages
        .filter(|message| {
            let package = message["package_id"].as_str();
            message["profile"]["test"] == true
                && package.is_some_and(|package| package.contains("#usher-server@"))
        })
        .filter_map(|message| Some(message["executable"].as_str()?.to_owned()))
        .collect();
    if programs.is_empty() {
        return Err("there are no tests of the server".into());
    }
    let server = Private::start(Crash::Forgets)?;
    let mut passed = built.status.success();
    for program in programs {
        let mut test = Command::new(&program);
        test.current_dir(&folder).arg("--quiet");
        let status = test.env("USHER_TEST_POSTGRES", server.url()).status();
        passed &= status
            .map_err(|fault| format!("{program}: {fault}"))?
            .success();
    }
    Ok(passed)
}

/// Every test. The use cases start the demo of the build that is under test; with `release`, of the release build.
fn tests(release: bool) -> Result<bool, Failure> {
    let mut tests = command(&ALL);
    tests.arg("--no-fail-fast");
    if release {
        tests.env("USHER_ALL_TESTS", "1");
    } else {
        tests.env("USHER", build::root().join("target/debug/usher"));
    }
    let status = tests.status().map_err(|fault| format!("cargo: {fault}"))?;
    Ok(status.success())
}

fn need(install: bool) -> Result<(), Failure> {
    let mut missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(program, _)| !has(program))
        .map(|(_, package)| *package)
        .collect();
    if usher_postgres::programs().is_none() {
        missing.push("postgresql");
    }
    let mut lines = Vec::new();
    if !missing.is_empty() {
        if install && (!has("apt-get") || !is_root()) {
            return Err(format!(
                "this is not root on Debian, so nothing was installed. Tests need: {}",
                missing.join(" ")
            ));
        }
        lines.push(format!(
            "apt-get update && apt-get install -y {}",
            missing.join(" ")
        ));
    }
    if !build::root()
        .join("tests/axe/node_modules/axe-core")
        .is_dir()
    {
        lines.push(AXE.into());
    }
    if lines.is_empty() {
        return Ok(());
    }
    let line = lines.join(" && ");
    if !install {
        return Err(format!(
            "tests need more than Rust. Run: cargo xtask test --install\nor yourself, as root: {line}"
        ));
    }
    let done = Command::new("sh")
        .current_dir(build::root())
        .args(["-c", &line])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .map_err(|fault| format!("sh: {fault}"))?;
    if done.success() {
        Ok(())
    } else {
        Err(format!("this failed: {line}"))
    }
}

/// Builds what is delivered, and what tries it, for speed.
///
/// # Errors
/// When something does not build.
pub fn build_trials() -> Result<(), Failure> {
    build::build()?;
    let made = [
        "build",
        "--quiet",
        "--release",
        "--package",
        "usher-server",
        "--package",
        "usher-trials",
        "--bins",
    ];
    if cargo(&made)? {
        Ok(())
    } else {
        Err("the server and its trials do not build".into())
    }
}

/// Whether a program is on the path.
#[must_use]
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

/// Runs cargo in the workspace; says whether it succeeded.
///
/// # Errors
/// When it cannot be started.
pub fn cargo(words: &[&str]) -> Result<bool, Failure> {
    let status = command(words).status();
    Ok(status.map_err(|fault| format!("cargo: {fault}"))?.success())
}

fn command(words: &[&str]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(build::root()).args(words);
    command
}
