//! The hostile pages, in either browser. Prints a table of what was seen, and fails when any cell of it is wrong.
//!
//! `cargo test -p usher-tests --test hostile_pages -- W03 firefox` runs some of it.

use std::process::ExitCode;
use usher_tests::hostile::{
    Row, failing, lifetime, looks, markup, network, policies, run_all, scripts, storage, visitors,
};

/// Every case.
const ROWS: &[Row] = &[
    Row::new(
        "W01",
        "policy without our origin for scripts",
        policies::no_script,
    ),
    Row::new(
        "W02",
        "policy for our script, not for our frame",
        policies::no_frame,
    ),
    Row::new(
        "W03",
        "policy for our script and frame alone",
        policies::script_and_frame,
    ),
    Row::new(
        "W04",
        "policy with a nonce and strict-dynamic",
        policies::nonce,
    ),
    Row::new(
        "W05",
        "trusted types without any policy",
        policies::trusted_types,
    ),
    Row::new(
        "W06",
        "a page that requires CORP of what it embeds",
        policies::embedder_policy,
    ),
    Row::new("W07", "in a sandbox without an origin", storage::sandbox),
    Row::new(
        "W08",
        "libraries that replace what is built in",
        scripts::libraries,
    ),
    Row::new(
        "W09",
        "storage that throws, is none, or is full",
        storage::no_storage,
    ),
    Row::new(
        "W10",
        "cookies of other sites blocked",
        storage::no_foreign_cookies,
    ),
    Row::new("W11", "all cookies off", storage::no_cookies),
    Row::new(
        "W12",
        "the page is in a frame of another site",
        policies::framed,
    ),
    Row::new("W13", "the browser's cache of pages", lifetime::restored),
    Row::new("W14", "a blocker in the way", network::blocked),
    Row::new("W15", "a slow network", network::slow),
    Row::new("W16", "offline, and online again", network::offline),
    Row::new("W17", "no WebAssembly", failing::no_wasm),
    Row::new("W18", "the program stops", failing::trap),
    Row::new("W19", "two copies of the script", scripts::twice),
    Row::new(
        "W20",
        "an application changes its address",
        lifetime::application,
    ),
    Row::new(
        "W21",
        "the page removes our frame, or its body",
        lifetime::removed,
    ),
    Row::new(
        "W22",
        "the page is written anew after it has loaded",
        markup::wiped,
    ),
    Row::new("W23", "our tag in every place", markup::placements),
    Row::new(
        "W24",
        "XHTML, quirks, framesets, no body",
        markup::documents,
    ),
    Row::new("W25", "layers, transforms, zoom, colours", looks::drawn),
    Row::new(
        "W26",
        "keyboards, screen readers, modal pages",
        looks::focus,
    ),
    Row::new("W27", "print", looks::printed),
    Row::new("W28", "a wrong clock in an odd zone", visitors::wrong_clock),
    Row::new("W29", "answers that are none", failing::nonsense),
    Row::new(
        "W30",
        "a newer server while the page is open",
        lifetime::upgraded,
    ),
    Row::new("W31", "consent is withdrawn", lifetime::consent_withdrawn),
    Row::new(
        "W32",
        "forty tabs, and a server that comes back",
        network::forty_tabs,
    ),
    Row::new("W33", "open for half a day", lifetime::half_a_day),
    Row::new(
        "W34",
        "browsers that lack what is new",
        scripts::old_browser,
    ),
    Row::new("W35", "content that bears our names", markup::our_names),
];

/// All rows are for `cargo xtask test --all`; a row or a browser that is named runs at once.
fn main() -> ExitCode {
    let named = std::env::args().skip(1).any(|wish| !wish.starts_with('-'));
    if !named && std::env::var_os("USHER_ALL_TESTS").is_none() {
        eprintln!("hostile pages are met by `cargo xtask test --all`");
        return ExitCode::SUCCESS;
    }
    run_all(ROWS, "warn")
}
