//! `cargo xtask bench server`: what the server does in a second, beside its peers. Builds them; the rest is the program `bench`
//! of the crate `trials`.

use crate::test::has;
use crate::{Failure, build, test};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Where whole runs are kept.
const RESULTS: &str = "docs/results/server.md";

/// Measures; a run without further words is appended to the results.
///
/// # Errors
/// When something does not build, is missing or breaks off.
pub fn server(words: &[&str]) -> Result<bool, Failure> {
    for (program, package) in [("strace", "strace"), ("npm", "npm")] {
        if !has(program) {
            return Err(format!("{program} is missing: apt-get install {package}"));
        }
    }
    test::build_trials()?;
    let peers = build::root().join("trials/peers");
    let mut fetched = Command::new("npm");
    fetched
        .args(["ci", "--no-audit", "--no-fund", "--prefix"])
        .arg(&peers);
    let fetched = fetched.status().map_err(|fault| format!("npm: {fault}"))?;
    if !fetched.success() {
        return Err("the peers in Node cannot be fetched".into());
    }
    let built = build::root().join("target/release");
    let mut bench = Command::new(built.join("bench"));
    bench.arg("all").arg("--usher").arg(built.join("usher"));
    bench.arg("--node").arg(&peers).args(words);
    let begun = Instant::now();
    let output = bench.stderr(Stdio::inherit()).output();
    let output = output.map_err(|fault| format!("bench: {fault}"))?;
    if !output.status.success() {
        return Ok(false);
    }
    let tables = String::from_utf8_lossy(&output.stdout);
    println!("{tables}");
    if words.is_empty() {
        let path = build::root().join(RESULTS);
        let results = OpenOptions::new().append(true).open(&path);
        let seconds = begun.elapsed().as_secs();
        let commit = commit();
        results
            .and_then(|mut results| {
                write!(
                    results,
                    "\n# Commit {commit}, {seconds} s, {}\n{tables}",
                    machine()
                )
            })
            .map_err(|fault| format!("{}: {fault}", path.display()))?;
    }
    Ok(true)
}

fn commit() -> String {
    let asked = Command::new("git")
        .current_dir(build::root())
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    let said = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_default()
}

/// How many cores, and how busy it was at the end.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load
        .split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ");
    format!("{cores} cores, load {load}")
}
