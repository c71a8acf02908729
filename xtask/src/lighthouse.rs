//! `cargo xtask bench --lighthouse`: what the tag costs a page of the demo, as Lighthouse measures it.

use crate::{Failure, build, test};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the script and its packages are.
const FOLDER: &str = "tests/lighthouse";
/// Where three ports in a row are looked for.
const PORTS: std::ops::Range<u16> = 23_000..24_000;
/// How long the demo may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

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
    build::build()?;
    if !test::cargo(&["build", "--quiet", "--release", "--package", "usher-server"])? {
        return Err("the server does not build".into());
    }
    let data = root.join("target/bench/lighthouse");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|fault| format!("{}: {fault}", data.display()))?;
    }
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = PORTS
        .step_by(3)
        .find(|port| (*port..port + 3).all(|port| free(&port)))
        .ok_or("no ports are free")?;
    let _demo = Demo::start(&root.join("target/release/usher"), &data, port)?;
    let status = Command::new("node")
        .current_dir(root.join(FOLDER))
        .args(["run.mjs", &format!("http://localhost:{port}")])
        .status()
        .map_err(|fault| format!("node: {fault}"))?;
    Ok(status.success())
}

/// A demo that ends with the measurement.
struct Demo(Child);

impl Demo {
    fn start(program: &Path, data: &Path, port: u16) -> Result<Self, Failure> {
        let process = Command::new(program)
            .args(["demo", "--port", &port.to_string(), "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|fault| format!("{}: {fault}", program.display()))?;
        let demo = Self(process);
        let until = Instant::now() + PATIENCE;
        // Connections are taken before they are answered: whoever asks first waits a little.
        while TcpStream::connect(("127.0.0.1", port + 2)).is_err() {
            if Instant::now() > until {
                return Err("the demo does not begin".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
