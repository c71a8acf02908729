//! Conversations over a network that is unkind, in one tab or two that close and come back: in the end the server has
//! every answer once, or another tab's in its place, and whoever was there has been told so.
//!
//! A model of the browser lives through a thousand, Chromium itself through a handful; both against the real server. What
//! happens follows from a run's number: `cargo test -p usher-tests --test network -- --real 1000 --seed 1` does a
//! thousand runs in Chromium from the first on, `--real 1 --seed 17` repeats one, `--at-once 4` lives through four at a
//! time; `--model 50` asks for the model.

mod model;
mod questions;
mod real;

use std::process::ExitCode;

/// Runs of the model, when nothing else is asked for.
const IN_A_MODEL: u64 = 1_000;
/// Runs in Chromium, every day.
const REAL: u64 = 12;
/// Runs in Chromium, when everything is to be tested.
const REAL_OF_ALL: u64 = 200;
/// So many at once keep two processors busy: most of a run is waiting.
const AT_ONCE: u64 = 6;

fn main() -> ExitCode {
    match wish() {
        Ok(wish) => {
            let from = |runs: u64| wish.seed..wish.seed + runs;
            let model = wish.model == 0 || model::run_all(from(wish.model));
            let real = wish.real == 0 || real::run_all(from(wish.real), wish.at_once);
            if model && real {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

struct Wish {
    model: u64,
    real: u64,
    seed: u64,
    at_once: u64,
}

fn wish() -> Result<Wish, String> {
    let mut wish = Wish {
        model: 0,
        real: 0,
        seed: 1,
        at_once: AT_ONCE,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let place = match word.as_str() {
            "--model" => &mut wish.model,
            "--real" => &mut wish.real,
            "--seed" => &mut wish.seed,
            "--at-once" => &mut wish.at_once,
            flag if flag.starts_with('-') => return Err(format!("there is no {flag} here")),
            // Cargo passes the name of a test that is wished to every program of tests.
            _ => {
                return Ok(Wish {
                    model: 0,
                    real: 0,
                    ..wish
                });
            }
        };
        let number = words.next().and_then(|number| number.parse().ok());
        *place = number.ok_or(format!("{word} is followed by a number"))?;
    }
    if wish.model == 0 && wish.real == 0 {
        let all = std::env::var_os("USHER_ALL_TESTS").is_some();
        wish.model = IN_A_MODEL;
        wish.real = if all { REAL_OF_ALL } else { REAL };
    }
    Ok(wish)
}
