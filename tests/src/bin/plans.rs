//! `cargo xtask plans PATH... [--through engine|server|browser] [--only LEVEL]`: runs plans and says what
//! became of them. `--only` leaves plans out that need a higher level.

use std::path::PathBuf;
use std::process::ExitCode;
use usher_tests::plan::{Level, find, read};
use usher_tests::run::{run, world_for};

fn main() -> ExitCode {
    let mut paths = Vec::new();
    let mut asked = Level::Engine;
    let mut only = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        if word == "--only" {
            let name = words.next().unwrap_or_default();
            only = Level::named(&name);
        } else if word == "--through" {
            let name = words.next().unwrap_or_default();
            match Level::named(&name) {
                Some(level) => asked = level,
                None => {
                    eprintln!("--through takes engine, server or browser, not {name:?}");
                    return ExitCode::FAILURE;
                }
            }
        } else {
            paths.push(PathBuf::from(word));
        }
    }
    if paths.is_empty() {
        eprintln!("cargo xtask plans PATH... [--through engine|server|browser]");
        return ExitCode::FAILURE;
    }
    let mut files = Vec::new();
    for path in &paths {
        match find(path) {
            Ok(found) => files.extend(found),
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    let (mut passed, mut failed) = (0, 0);
    let mut by_level = [0; 3];
    for file in &files {
        if only.is_some_and(|only| read(file).is_ok_and(|plan| plan.level(asked) > only)) {
            continue;
        }
        let outcome = read(file)
            .map_err(|error| error.to_string())
            .and_then(|plan| {
                let level = plan.level(asked);
                by_level[level as usize] += 1;
                let mut world = world_for(level, &plan)?;
                run(&plan, world.as_mut()).map_err(|failure| failure.to_string())
            });
        match outcome {
            Ok(()) => passed += 1,
            Err(why) => {
                failed += 1;
                println!("FAILED {}\n{why}", file.display());
            }
        }
    }
    let [engine, server, browser] = by_level;
    println!("{engine} through the engine, {server} through the server, {browser} in a browser");
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
