//! `cargo xtask size`: what a visitor downloads, and whether it is within its budget.

use crate::{Failure, build, pack, wasm};
use std::fs;

/// Files of `target/www` that are budgeted together, and their most bytes in brotli.
const BUDGETS: [(&str, &[&str], usize); 2] = [
    ("the loader, without its rules", &["loader.js"], 4_000),
    (
        "a whole conversation",
        &["usher.wasm", "usher.js", "frame.css", "frame.html"],
        60_000,
    ),
];

/// Prints every delivered file's bytes; says whether all budgets are kept.
///
/// # Errors
/// When the build fails.
pub fn size(why: bool) -> Result<bool, Failure> {
    let module = build::build()?;
    let www = build::root().join("target/www");
    let row = |name: &str, raw: &str, gzip: &str, brotli: &str, note: &str| {
        println!("{name:<32}{raw:>9}{gzip:>9}{brotli:>9}  {note}");
    };
    row("", "raw", "gzip", "brotli", "");
    let mut kept = true;
    for (name, files, budget) in BUDGETS {
        let mut sum = [0; 3];
        for file in files {
            let path = www.join(file);
            let bytes = fs::read(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
            let sizes = [
                bytes.len(),
                pack::gzip(&bytes).len(),
                pack::brotli(&bytes).len(),
            ];
            for (sum, size) in sum.iter_mut().zip(sizes) {
                *sum += size;
            }
            if files.len() > 1 {
                let [raw, gzip, brotli] = sizes.map(|n| n.to_string());
                row(&format!("  {file}"), &raw, &gzip, &brotli, "");
            }
        }
        let fits = sum[2] <= budget;
        kept &= fits;
        let note = if fits {
            format!("of {budget}")
        } else {
            format!("PASSES ITS BUDGET of {budget}")
        };
        let [raw, gzip, brotli] = sum.map(|n| n.to_string());
        row(name, &raw, &gzip, &brotli, &note);
    }
    if why {
        let inside = wasm::inside(&module)?;
        println!("\nthe visitor's program by package, bytes before compression");
        for (package, bytes) in inside.packages.iter().take(20) {
            println!("{bytes:>9}  {package}");
        }
        println!("\nits largest functions");
        for (name, bytes) in inside.functions.iter().take(40) {
            println!("{bytes:>9}  {name}");
        }
    }
    Ok(kept)
}
