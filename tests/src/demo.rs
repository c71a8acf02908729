//! The demo as somebody who has just met the project starts it: the release build of `usher demo`, with its own
//! workspace, dialogues and pages. What it holds is asked of its public API.

use crate::front::Places;
use crate::http::Http;
use crate::run::{Machine, Visitor};
use hyper::Request;
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Where ports for demos are looked for.
const PORTS: std::ops::Range<u16> = 24_000..30_000;
/// How long the demo may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running demo.
pub struct Demo {
    process: Child,
    program: PathBuf,
    data: TempDir,
    port: u16,
    token: String,
    runtime: Runtime,
    http: Http,
}

impl Demo {
    /// Starts one with a fresh data folder.
    ///
    /// # Errors
    /// When the program does not build or does not begin.
    pub fn start() -> Result<Self, String> {
        let told = |fault: &dyn std::fmt::Display| fault.to_string();
        let program = program()?;
        let data = tempfile::tempdir().map_err(|fault| told(&fault))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|fault| told(&fault))?;
        let port = free_ports()?;
        let process = Command::new(&program)
            .args(["demo", "--port", &port.to_string()])
            .arg("--data")
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|fault| told(&fault))?;
        let mut demo = Self {
            process,
            program,
            data,
            port,
            token: String::new(),
            http: Http::new(runtime.handle().clone()),
            runtime,
        };
        let until = Instant::now() + PATIENCE;
        while demo.get(&format!("{}/ready", demo.chat())).is_err() {
            if Instant::now() > until {
                return Err("the demo does not begin".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let made = demo.usher(&["token", "create", "use cases", "--rights", "read"])?;
        demo.token = made
            .split_whitespace()
            .find(|word| word.starts_with("ut_"))
            .ok_or("no token was made")?
            .to_owned();
        Ok(demo)
    }

    /// A page of the site. Its host is another site than the chat's.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The site by the name its own links use.
    #[must_use]
    pub fn site(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn chat(&self) -> String {
        format!("http://localhost:{}", self.port + 2)
    }

    /// Somebody with a browser, new to the site.
    ///
    /// # Errors
    /// When there is no browser.
    pub fn visitor(&self, machine: &Arc<Machine>) -> Result<Visitor, String> {
        let here = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let mut sites = Vec::new();
        for port in [self.port, self.port + 1] {
            sites.push((format!("127.0.0.1:{port}"), here(port)));
            sites.push((format!("localhost:{port}"), here(port)));
        }
        let places = Places {
            chat: format!("localhost:{}", self.port + 2),
            chat_at: here(self.port + 2),
            sites,
        };
        Visitor::appear(Arc::clone(machine), self.runtime.handle(), places, 0)
    }

    /// Runs a command of the program on this demo's data.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn usher(&self, words: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .arg("--data")
            .arg(self.data.path())
            .args(words)
            .output()
            .map_err(|fault| fault.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// What the public API answers, such as `goals?goal=Newsletter`.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub fn api(&self, path: &str) -> Result<Value, String> {
        let request = Request::get(format!("{}/api/v1/{path}", self.chat()))
            .header("authorization", format!("Bearer {}", self.token));
        let text = self.http.ask(request, "")?;
        serde_json::from_str(&text).map_err(|fault| format!("{path}: {fault}"))
    }

    /// The items of a list of the API.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub fn list(&self, path: &str) -> Result<Vec<Value>, String> {
        Ok(self.api(path)?["items"]
            .as_array()
            .cloned()
            .unwrap_or_default())
    }

    /// A page as text, without a browser.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub fn get(&self, address: &str) -> Result<String, String> {
        self.http.ask(Request::get(address), "")
    }

    /// Moves the demo's clock.
    ///
    /// # Errors
    /// When the demo refuses.
    pub fn move_clock(&self, days: i64) -> Result<(), String> {
        let request = Request::post(self.page("/demo/clock"))
            .header("content-type", "application/x-www-form-urlencoded");
        self.http.ask(request, &format!("days={days}")).map(|_| ())
    }

    /// The demo's mailbox, as text.
    ///
    /// # Errors
    /// When the demo does not answer.
    pub fn mailbox(&self) -> Result<String, String> {
        self.get(&self.page("/demo/mailbox"))
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The program: what `USHER` names, else the release build of this workspace, built when it is not fresh.
///
/// # Errors
/// When it does not build.
pub(crate) fn program() -> Result<PathBuf, String> {
    if let Some(named) = std::env::var_os("USHER") {
        return Ok(named.into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(&root)
        .args(["build", "--quiet", "--release", "--package", "usher-server"])
        .output()
        .map_err(|fault| fault.to_string())?;
    if !built.status.success() {
        return Err(String::from_utf8_lossy(&built.stderr).into_owned());
    }
    Ok(root.join("target/release/usher"))
}

/// The first of three ports in a row that nobody uses.
fn free_ports() -> Result<u16, String> {
    // Demos of one test run, and of runs at the same time, begin to look at different places.
    static DEMOS: AtomicUsize = AtomicUsize::new(0);
    let demos = DEMOS.fetch_add(1, Ordering::Relaxed);
    let start = (std::process::id() as usize * 7 + demos) % 1_900 * 3;
    PORTS
        .cycle()
        .skip(start)
        .step_by(3)
        .take(500)
        .find(|port| (0..3).all(|n| TcpListener::bind(("127.0.0.1", port + n)).is_ok()))
        .ok_or_else(|| "no ports are free".into())
}
