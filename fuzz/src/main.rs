//! Runs one target over random changes to its corpus until somebody stops it or the time is up.
//!
//! `usher-fuzz TARGET SECONDS [SEED]`, or `usher-fuzz seeds` to write those inputs of the corpus that are made by the
//! engine. An input that breaks something is kept in the folder where this was typed.

use fastrand::Rng;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use usher_fuzz::mutate::mutated;
use usher_fuzz::{TARGETS, seeds};

/// How often it says how far it is.
const EVERY: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["seeds"] => write_seeds(),
        [target, seconds] => run(target, seconds, "1"),
        [target, seconds, seed] => run(target, seconds, seed),
        _ => Err("usher-fuzz TARGET SECONDS [SEED], or usher-fuzz seeds".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target)
}

fn write_seeds() -> Result<(), String> {
    for (target, name, bytes) in seeds() {
        let path = corpus(target).join(name);
        std::fs::create_dir_all(corpus(target))
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|fault| format!("{}: {fault}", path.display()))?;
    }
    Ok(())
}

fn run(name: &str, seconds: &str, seed: &str) -> Result<(), String> {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = found.ok_or_else(|| {
        let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        format!("{name} is no target; there are {}", names.join(", "))
    })?;
    let number = |text: &str| {
        text.parse::<u64>()
            .map_err(|_| format!("{text} is no number"))
    };
    let (lasts, seed) = (Duration::from_secs(number(seconds)?), number(seed)?);
    let files = std::fs::read_dir(corpus(name)).map_err(|fault| format!("the corpus: {fault}"))?;
    let inputs = files
        .filter_map(Result::ok)
        .map(|file| std::fs::read(file.path()));
    let inputs: Vec<Vec<u8>> = inputs.filter_map(Result::ok).collect();
    let mut random = Rng::with_seed(seed);
    let (begun, mut said, mut count, mut slowest) =
        (Instant::now(), Instant::now(), 0_u64, Duration::ZERO);
    while begun.elapsed() < lasts {
        let input = mutated(&inputs, &mut random);
        let since = Instant::now();
        if std::panic::catch_unwind(|| target(&input)).is_err() {
            let kept = PathBuf::from(format!("{name}-{seed}-{count}"));
            std::fs::write(&kept, &input).map_err(|fault| format!("cannot keep it: {fault}"))?;
            return Err(format!("{name} broke on {}", kept.display()));
        }
        slowest = slowest.max(since.elapsed());
        count += 1;
        if said.elapsed() >= EVERY {
            said = Instant::now();
            println!(
                "{name}: {count} in {} s, the slowest {slowest:?}",
                begun.elapsed().as_secs()
            );
        }
    }
    println!("{name}: {count} inputs of seed {seed}, the slowest took {slowest:?}");
    Ok(())
}
