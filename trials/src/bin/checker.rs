//! Says everything that must not be in a database, given what a load saw. Ends with 1 where there is anything.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;
use usher_trials::checker::{Wish, check};

/// Checks a database against the history of a load.
#[derive(Debug, Parser)]
#[command(name = "checker")]
struct Words {
    /// A data folder, or postgres://...
    database: String,
    /// What the load saw.
    history: PathBuf,
    /// Every webhook has left.
    #[arg(long)]
    delivered: bool,
    /// Read the file to its last page.
    #[arg(long)]
    thorough: bool,
}

fn main() -> ExitCode {
    let words = Words::parse();
    let wish = Wish {
        delivered: words.delivered,
        thorough: words.thorough,
    };
    match check(&words.database, &words.history, wish) {
        Ok(verdict) => {
            for (what, count) in &verdict.counts {
                println!("{count} {what}");
            }
            for what in &verdict.unchecked {
                println!("not checked: {what}");
            }
            for violation in &verdict.violations {
                println!("violated: {}: {}", violation.invariant, violation.what);
            }
            ExitCode::from(u8::from(!verdict.violations.is_empty()))
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::from(2)
        }
    }
}
