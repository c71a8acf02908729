//! `cargo xtask bench --lighthouse`: what the tag costs a page of the demo, as Lighthouse measures it.

use crate::served::{self, Served};
use crate::{Failure, build};
use std::fs;
use std::net::TcpListener;
use std::process::Command;

/// Where the script and its packages are.
const FOLDER: &str = "tests/lighthouse";
/// Where three ports in a row are looked for.
const PORTS: std::ops::Range<u16> = 23_000..24_000;

/// Measures; says whether the page is as fast with the tag as without.
///
/// # Errors
/// When something is missing or does not build.
pub fn lighthouse() -> Result<bool, Failure> {
    let root = build::root();
    if !root.join(FOLDER).join("node_modules/lighthouse").is_dir() {
        return Err(format!(
            "this needs Lighthouse. Run: npm ci --prefix {FOLDER}"
        ));
    }
    let program = served::program()?;
    let data = root.join("target/bench/lighthouse");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|fault| format!("{}: {fault}", data.display()))?;
    }
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = PORTS
        .step_by(3)
        .find(|port| (*port..port + 3).all(|port| free(&port)))
        .ok_or("no ports are free")?;
    let mut demo = Command::new(program);
    demo.args(["demo", "--port", &port.to_string(), "--data"])
        .arg(&data);
    let _demo = Served::start(&mut demo, port + 2)?;
    let status = Command::new("node")
        .current_dir(root.join(FOLDER))
        .args(["run.mjs", &format!("http://localhost:{port}")])
        .status()
        .map_err(|fault| format!("node: {fault}"))?;
    Ok(status.success())
}
