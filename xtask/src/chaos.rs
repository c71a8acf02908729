//! `cargo xtask chaos`: what happens to servers is done to ours. Builds what is delivered and what attacks it; the rest is
//! the program `chaos` of the crate `trials`.

use crate::{Failure, build, test};
use std::process::Command;

/// Runs it with these words; says whether nothing was violated. A whole run is appended to the results.
///
/// # Errors
/// When something does not build, or it could not be tried.
pub fn chaos(words: &[&str]) -> Result<bool, Failure> {
    test::build_trials()?;
    let root = build::root();
    let built = root.join("target/release");
    let mut chaos = Command::new(built.join("chaos"));
    chaos.current_dir(&root);
    chaos.arg("--usher").arg(built.join("usher"));
    chaos.arg("--checker").arg(built.join("checker"));
    let is_whole = words.iter().all(|word| *word == "--resume") || is_seed_alone(words);
    if is_whole {
        chaos.args(["--record", "docs/results/chaos.md"]);
    }
    let status = chaos.args(words).status();
    let status = status.map_err(|fault| format!("chaos: {fault}"))?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err("the trial could not be carried out".into()),
    }
}

fn is_seed_alone(words: &[&str]) -> bool {
    matches!(words, ["--seed", _])
}
