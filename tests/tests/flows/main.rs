//! Conversational flows on pages, in either browser: how a page starts them, what it hears of them, and what the server
//! has of them in the end. Prints a table of what was seen, and fails when any cell of it is wrong.
//!
//! `cargo test -p usher-tests --test flows -- F01 chromium` runs some of it.

mod hearing;
mod several;
mod starting;
mod stories;
mod talking;

use std::process::ExitCode;
use usher_tests::hostile::{Row, run_all};

/// Every case.
const ROWS: &[Row] = &[
    Row::new(
        "F01",
        "a call: over the page, modal, and gone without a trace",
        starting::popup,
    ),
    Row::new("F02", "a link, on the page and from a mail", starting::link),
    Row::new(
        "F03",
        "clicks on what is marked, and on what a selector finds",
        starting::click,
    ),
    Row::new("F04", "a page starts a flow by itself", starting::by_page),
    Row::new(
        "F05",
        "in the page: its height is reserved",
        starting::inline,
    ),
    Row::new("F06", "at an entry card, and at no other", starting::entry),
    Row::new("F07", "values of the page fill in blanks", starting::values),
    Row::new(
        "F08",
        "a form is handed over, without its secrets",
        starting::form,
    ),
    Row::new(
        "F09",
        "two flows are open, and the menu changes between them",
        several::two_open,
    ),
    Row::new(
        "F10",
        "everything is hidden, and comes back",
        several::hidden,
    ),
    Row::new("F11", "events and what goes to analytics", hearing::events),
    Row::new(
        "F12",
        "consent by Google's Consent Mode",
        hearing::consent_mode,
    ),
    Row::new("F13", "consent by a TCF tool", hearing::tcf),
    Row::new("F14", "another language", talking::languages),
    Row::new("F15", "answers that are not sent yet", talking::unsent),
    Row::new("F16", "a count in the title, and an end", talking::ended),
];

fn main() -> ExitCode {
    run_all(ROWS, "warn")
}
