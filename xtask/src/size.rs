//! `cargo xtask size`: what a visitor downloads, and whether it is within its budget.

use crate::{Failure, build, documents, pack, wasm};
use std::fs;

/// What is weighed together.
struct Budget {
    name: &'static str,
    /// Files of `target/www`.
    files: &'static [&'static str],
    /// The most bytes in brotli that we promise.
    promised: usize,
}

const BUDGETS: [Budget; 5] = [
    Budget {
        name: "the loader, without its rules",
        files: &["loader.js"],
        promised: 4_000,
    },
    Budget {
        name: "until the launcher shows, without rules and index",
        files: &["loader.js", "frame.html", "usher.bin"],
        promised: 60_000,
    },
    Budget {
        name: "a whole conversation",
        files: &["usher.bin", "frame.html", "panel.js"],
        promised: 60_000,
    },
    Budget {
        name: "what few visitors need",
        files: &["extra.js"],
        promised: 6_000,
    },
    Budget {
        name: "the document viewer",
        files: &["viewer.js", "viewer.css", "pdf.js", "pdf.worker.js"],
        promised: 450_000,
    },
];

/// Prints every delivered file's bytes; says whether all budgets are kept.
///
/// # Errors
/// When the build fails.
pub fn size(why: bool) -> Result<bool, Failure> {
    let module = build::build()?;
    let www = build::root().join("target/www");
    let row = |name: &str, raw: &str, gzip: &str, brotli: &str, note: &str| {
        println!("{name:<36}{raw:>9}{gzip:>9}{brotli:>9}  {note}");
    };
    row("", "raw", "gzip", "brotli", "");
    let mut kept = true;
    let mut weigh = |name: &str, parts: Vec<(String, Vec<u8>)>, promised: usize| {
        let mut sum = [0; 3];
        for (part, bytes) in &parts {
            let sizes = [
                bytes.len(),
                pack::gzip(bytes).len(),
                pack::brotli(bytes).len(),
            ];
            for (sum, size) in sum.iter_mut().zip(sizes) {
                *sum += size;
            }
            if parts.len() > 1 {
                let [raw, gzip, brotli] = sizes.map(|n| n.to_string());
                row(&format!("  {part}"), &raw, &gzip, &brotli, "");
            }
        }
        let note = if sum[2] <= promised {
            format!("of {promised}")
        } else {
            kept = false;
            format!("OVER its budget of {promised}")
        };
        let [raw, gzip, brotli] = sum.map(|n| n.to_string());
        row(name, &raw, &gzip, &brotli, &note);
    };
    for budget in BUDGETS {
        let mut parts = Vec::new();
        for file in budget.files {
            let path = www.join(file);
            let bytes = fs::read(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
            parts.push(((*file).to_string(), bytes));
        }
        weigh(budget.name, parts, budget.promised);
    }
    let (index, rules) = documents::index(100);
    let one = |bytes: Vec<u8>| vec![(String::new(), bytes)];
    weigh("the loader's rules, 100 dialogues", one(rules), 1_000);
    weigh("an index of 100 dialogues", one(index), 8_000);
    weigh("an edition of 20 cards", one(documents::edition(20)), 4_000);
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
