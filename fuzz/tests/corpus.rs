//! Every input of the corpus, and thousands of changes to it that are the same each time.

use fastrand::Rng;
use std::path::Path;
use std::time::{Duration, Instant};
use usher_fuzz::mutate::mutated;
use usher_fuzz::{TARGETS, seeds};

/// How many changed inputs each target gets.
const CHANGED: usize = 2_000;
/// Longest time for one input, in a build that is not optimised on a machine that is busy.
const LONGEST: Duration = Duration::from_secs(2);
/// When a target that is slow stops early, so that all of them take less than twenty seconds.
const ENOUGH: Duration = Duration::from_millis(1_800);

fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let files = std::fs::read_dir(&folder).unwrap_or_else(|fault| panic!("{folder:?}: {fault}"));
    let mut inputs: Vec<_> = files
        .map(|file| {
            let path = file.expect("a file").path();
            let bytes = std::fs::read(&path).expect("an input");
            (path.display().to_string(), bytes)
        })
        .collect();
    inputs.sort();
    inputs
}

#[test]
fn every_target_holds_over_its_corpus_and_changes_to_it() {
    for (name, target) in TARGETS {
        let inputs = corpus(name);
        assert!(inputs.len() >= 2, "{name} has a corpus");
        for (path, bytes) in &inputs {
            let since = Instant::now();
            let held = std::panic::catch_unwind(|| target(bytes));
            assert!(held.is_ok(), "{name} breaks on {path}");
            assert!(since.elapsed() < LONGEST, "{name} is slow on {path}");
        }
        let inputs: Vec<Vec<u8>> = inputs.into_iter().map(|(_, bytes)| bytes).collect();
        let mut random = Rng::with_seed(7);
        let begun = Instant::now();
        for n in 0..CHANGED {
            if begun.elapsed() > ENOUGH {
                break;
            }
            let bytes = mutated(&inputs, &mut random);
            let since = Instant::now();
            let held = std::panic::catch_unwind(|| target(&bytes));
            assert!(
                held.is_ok(),
                "{name} breaks on change {n}: {}",
                bytes.escape_ascii()
            );
            assert!(
                since.elapsed() < LONGEST,
                "{name} is slow on change {n}: {}",
                bytes.escape_ascii()
            );
        }
    }
}

#[test]
fn what_the_engine_makes_of_the_corpus_is_kept_as_it_makes_it() {
    for (target, name, bytes) in seeds() {
        let kept = corpus(target);
        let kept = kept.iter().find(|(path, _)| path.ends_with(name));
        let (_, kept) = kept.unwrap_or_else(|| panic!("type: cargo run -p usher-fuzz -- seeds"));
        assert!(
            *kept == bytes,
            "{target}/{name} is old; type: cargo run -p usher-fuzz -- seeds"
        );
    }
}
