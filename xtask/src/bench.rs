//! `cargo xtask bench`: the decision beside a plain loop, and, where a folder of the embed bench is
//! given, beside its engines in a browser.

use crate::{Failure, build, pack, test, wasm};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// How many dialogues are published in each round.
const SIZES: [usize; 4] = [10, 100, 1_000, 10_000];

/// The bench's interface to the decision: `build(dialogues)` reads the compiled bytes of that many.
const MODULE: &str = r"
import wasm from './decide.wasm';
import { initSync, Decider } from './decide.js';
IMPORTS
const number = { country: '\n0', industry: '\n1', employees: '\n2', score: '\n3', utm_source: '\n4', email: '\n5', stage: '\n6' };
initSync({ module: wasm });
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const ready = Object.fromEntries(Object.entries(published).map(([n, p]) => [n, bytes(p)]));
export default {
  label: 'Usher',
  build(dialogues) {
    const decider = Decider.read(ready[dialogues.length]);
    const names = ids[dialogues.length];
    return (visit) => {
      let line = visit.url;
      for (const name in visit.attrs) line += number[name] + visit.attrs[name];
      const place = decider.decide(line);
      return place < 0 ? null : names[place];
    };
  },
};
";

/// Runs the benches; `embed` is a copy of the embed bench with its packages installed.
///
/// # Errors
/// When something cannot be built or run.
pub fn bench(embed: Option<&Path>) -> Result<bool, Failure> {
    let native = test::cargo(&[
        "run",
        "--quiet",
        "--release",
        "--package",
        "usher-decide",
        "--example",
        "ratio",
    ])?;
    match embed {
        Some(embed) if native => in_browser(embed),
        _ => Ok(native),
    }
}

fn in_browser(embed: &Path) -> Result<bool, Failure> {
    let root = build::root();
    let folder = root.join("target/bench");
    fs::create_dir_all(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    let (mut published, mut ids) = (Vec::new(), Vec::new());
    for size in SIZES {
        let workload = Command::new("node")
            .current_dir(embed)
            .args([
                "genworkload.mjs",
                "--winners",
                "--dialogues",
                &size.to_string(),
            ])
            .output()
            .map_err(|fault| format!("node: {fault}"))?;
        let (bytes, names) = (
            folder.join(format!("{size}.bin")),
            folder.join(format!("{size}.json")),
        );
        compile(&root, &workload.stdout, &bytes, &names)?;
        let read =
            |path: &Path| fs::read(path).map_err(|fault| format!("{}: {fault}", path.display()));
        published.push(format!("{size}: '{}'", base64(&read(&bytes)?)));
        ids.push(format!(
            "{size}: {}",
            String::from_utf8_lossy(&read(&names)?)
        ));
    }
    let built = test::cargo(&[
        "build",
        "--quiet",
        "--package",
        "usher-decide",
        "--lib",
        "--target",
        "wasm32-unknown-unknown",
        "--profile",
        "wasm",
    ])?;
    if !built {
        return Err("the decision does not compile for browsers".into());
    }
    let (glue, code) =
        wasm::bind(&root.join("target/wasm32-unknown-unknown/wasm/usher_decide.wasm"))?;
    pack::write(&folder, "decide.wasm", &code)?;
    pack::write(&folder, "decide.js", glue.as_bytes())?;
    let data = format!(
        "const published = {{ {} }};\nconst ids = {{ {} }};",
        published.join(", "),
        ids.join(", ")
    );
    pack::write(
        &folder,
        "ours.mjs",
        MODULE.replace("IMPORTS", &data).as_bytes(),
    )?;
    let module = fs::canonicalize(folder.join("ours.mjs")).map_err(|fault| fault.to_string())?;
    let status = Command::new("node")
        .current_dir(embed)
        .arg("engines.mjs")
        .arg("--only=plain")
        .arg("--module")
        .arg(module)
        .status()
        .map_err(|fault| format!("node: {fault}"))?;
    Ok(status.success())
}

fn compile(root: &Path, workload: &[u8], bytes: &Path, names: &Path) -> Result<(), Failure> {
    use std::io::Write as _;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut child = Command::new(cargo)
        .current_dir(root)
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "usher-decide",
            "--example",
            "compile",
            "--",
        ])
        .args([bytes, names])
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|fault| format!("cargo: {fault}"))?;
    if let Some(mut input) = child.stdin.take() {
        input
            .write_all(workload)
            .map_err(|fault| format!("the workload: {fault}"))?;
    }
    let status = child.wait().map_err(|fault| format!("cargo: {fault}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("the workload does not compile".into())
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let n =
            chunk.iter().fold(0u32, |n, byte| n << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(DIGITS[(n >> (18 - 6 * place) & 63) as usize] as char);
            } else {
                text.push('=');
            }
        }
    }
    text
}
