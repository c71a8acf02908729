//! What must not happen whatever a page, a link, an author or a visitor does, in either browser. Prints a table, and fails
//! when any cell of it is wrong.
//!
//! `cargo test -p usher-tests --test security_suites -- S1 firefox` runs some of it.

use std::process::ExitCode;
use usher_tests::hostile::{Row, canary, injection, messages, run_all};

const ROWS: &[Row] = &[
    Row::new("S11", "stored data, by a mailed link", canary::by_link),
    Row::new(
        "S12",
        "stored data, by claims without a proof",
        canary::by_claim,
    ),
    Row::new(
        "S13",
        "stored data, by typing an address on file",
        canary::by_typing,
    ),
    Row::new("S14", "stored data, by a proof", canary::by_proof),
    Row::new(
        "S51",
        "markup and scripts in an author's texts",
        injection::texts,
    ),
    Row::new(
        "S52",
        "markup and scripts in names and settings",
        injection::names,
    ),
    Row::new(
        "S53",
        "markup and scripts in answers and a page's values",
        injection::answers,
    ),
    Row::new("S251", "messages of strangers", messages::messages),
    Row::new(
        "S252",
        "scripts that rewrite what is built in",
        messages::overrides,
    ),
];

fn main() -> ExitCode {
    run_all(ROWS, "trace")
}
