//! Every command anyone types: `cargo xtask <command>`.

mod build;
mod pack;
mod shrink;
mod size;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  build        what browsers load, into target/www
  size         bytes of each delivered file against its budget; fails when one is passed
  size --why   the same, and what the visitor's program is made of, by package
";

/// Why a command could not do its work: a sentence for whoever typed it.
type Failure = String;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["build"] => build::build().map(|_| true),
        ["size"] => size::size(false),
        ["size", "--why"] => size::size(true),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            Ok(true)
        }
        other => Err(format!("there is no command `{}`\n\n{HELP}", other.join(" "))),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
