//! The hostile pages, in either browser. Prints a table of what was seen, and fails when any cell of it is wrong.
//!
//! `cargo test -p usher-tests --test hostile_pages -- W03 firefox` runs some of it.

use std::process::ExitCode;
use usher_tests::hostile::{
    Row, failing, lifetime, looks, markup, network, policies, run, scripts, storage, visitors,
};

/// A row of the table.
const fn row(
    id: &'static str,
    title: &'static str,
    meet: fn(&usher_tests::hostile::Stage) -> usher_tests::hostile::Verdict,
) -> Row {
    Row { id, title, meet }
}

/// Every case.
const ROWS: &[Row] = &[
    row(
        "W01",
        "policy without our origin for scripts",
        policies::no_script,
    ),
    row(
        "W02",
        "policy for our script, not for our frame",
        policies::no_frame,
    ),
    row(
        "W03",
        "policy for our script and frame alone",
        policies::script_and_frame,
    ),
    row(
        "W04",
        "policy with a nonce and strict-dynamic",
        policies::nonce,
    ),
    row(
        "W05",
        "trusted types without any policy",
        policies::trusted_types,
    ),
    row(
        "W06",
        "a page that requires CORP of what it embeds",
        policies::embedder_policy,
    ),
    row("W07", "in a sandbox without an origin", storage::sandbox),
    row(
        "W08",
        "libraries that replace what is built in",
        scripts::libraries,
    ),
    row(
        "W09",
        "storage that throws, is none, or is full",
        storage::no_storage,
    ),
    row(
        "W10",
        "cookies of other sites blocked",
        storage::no_foreign_cookies,
    ),
    row("W11", "all cookies off", storage::no_cookies),
    row(
        "W12",
        "the page is in a frame of another site",
        policies::framed,
    ),
    row("W13", "the browser's cache of pages", lifetime::restored),
    row("W14", "a blocker in the way", network::blocked),
    row("W15", "a slow network", network::slow),
    row("W16", "offline, and online again", network::offline),
    row("W17", "no WebAssembly", failing::no_wasm),
    row("W18", "the program stops", failing::trap),
    row("W19", "two copies of the script", scripts::twice),
    row(
        "W20",
        "an application changes its address",
        lifetime::application,
    ),
    row(
        "W21",
        "the page removes our frame, or its body",
        lifetime::removed,
    ),
    row(
        "W22",
        "the page is written anew after it has loaded",
        markup::wiped,
    ),
    row("W23", "our tag in every place", markup::placements),
    row(
        "W24",
        "XHTML, quirks, framesets, no body",
        markup::documents,
    ),
    row("W25", "layers, transforms, zoom, colours", looks::drawn),
    row(
        "W26",
        "keyboards, screen readers, modal pages",
        looks::focus,
    ),
    row("W27", "print", looks::printed),
    row("W28", "a wrong clock in an odd zone", visitors::wrong_clock),
    row("W29", "answers that are none", failing::nonsense),
    row(
        "W30",
        "a newer server while the page is open",
        lifetime::upgraded,
    ),
    row("W31", "consent is withdrawn", lifetime::consent_withdrawn),
    row(
        "W32",
        "forty tabs, and a server that comes back",
        network::forty_tabs,
    ),
    row("W33", "open for half a day", lifetime::half_a_day),
    row(
        "W34",
        "browsers that lack what is new",
        scripts::old_browser,
    ),
    row("W35", "content that bears our names", markup::our_names),
];

fn main() -> ExitCode {
    let wishes: Vec<String> = std::env::args()
        .skip(1)
        .filter(|wish| !wish.starts_with('-'))
        .collect();
    match run(ROWS, &wishes, "warn") {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
