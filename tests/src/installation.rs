//! An installation as its operator has it: `usher serve` on a data folder, set up by the commands of the same program.

use crate::demo::program;
use crate::front::CHAT_ORIGIN;
use crate::http::Http;
use hyper::Request;
use serde_json::Value;
use std::collections::HashMap;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// How long the server may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server whose chat origin is `CHAT_ORIGIN`.
pub struct Installation {
    process: Option<Child>,
    program: PathBuf,
    folder: TempDir,
    address: SocketAddr,
    log_level: &'static str,
    tokens: Mutex<HashMap<String, String>>,
    http: Http,
}

impl Installation {
    /// Sets one up and begins to serve. What it logs is kept, from a level on.
    ///
    /// # Errors
    /// When the program does not build or does not begin.
    pub fn start(runtime: Handle, log_level: &'static str) -> Result<Self, String> {
        let free = TcpListener::bind("127.0.0.1:0").map_err(|fault| fault.to_string())?;
        let address = free.local_addr().map_err(|fault| fault.to_string())?;
        drop(free);
        let mut installation = Self {
            process: None,
            program: program()?,
            folder: tempfile::tempdir().map_err(|fault| fault.to_string())?,
            address,
            log_level,
            tokens: Mutex::default(),
            http: Http::new(runtime),
        };
        let settings = format!(
            "listen = \"{address}\"\norigin = \"{CHAT_ORIGIN}\"\nrate_limits = false\ndata = \"{}\"\n",
            installation.folder.path().join("data").display()
        );
        fs::write(installation.file("usher.toml"), settings).map_err(|fault| fault.to_string())?;
        installation.begin()?;
        Ok(installation)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves, at the address and from the folder it always had.
    ///
    /// # Errors
    /// When it does not begin.
    pub fn begin(&mut self) -> Result<(), String> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.file("log"))
            .map_err(|fault| fault.to_string())?;
        let process = self
            .command()
            .arg("serve")
            .env("USHER_LOG", self.log_level)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|fault| fault.to_string())?;
        self.process = Some(process);
        let until = Instant::now() + PATIENCE;
        let ready = format!("http://{}/ready", self.address);
        while self.http.ask(Request::get(&ready), "").is_err() {
            if Instant::now() > until {
                return Err(format!("the server does not begin: {}", self.log()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends at once, as on a power cut.
    pub fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// What it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.file("log")).unwrap_or_default()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .current_dir(self.folder.path())
            .env_remove("USHER_WORKSPACE");
        command
    }

    /// Runs a command of the program beside the server; what it prints.
    ///
    /// # Errors
    /// What it says when it fails.
    pub fn usher(&self, words: &[&str]) -> Result<String, String> {
        let output = self
            .command()
            .args(words)
            .output()
            .map_err(|fault| fault.to_string())?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Makes a workspace of a file, or changes it, and publishes these dialogues and flows in it.
    ///
    /// # Errors
    /// The faults of the file or of a document.
    pub fn import(&self, workspace: &Value, documents: &[Value]) -> Result<(), String> {
        let name = workspace["name"].as_str().unwrap_or_default();
        let mut words = vec!["import".to_owned(), "--publish".into()];
        for (n, document) in [workspace].into_iter().chain(documents).enumerate() {
            let file = format!("{name}-{n}.json");
            fs::write(self.file(&file), document.to_string()).map_err(|fault| fault.to_string())?;
            words.push(file);
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        self.usher(&words).map(|_| ())
    }

    /// What the public API answers about a workspace, such as `goals?proven=true`.
    ///
    /// # Errors
    /// When it does not answer with success.
    pub fn api(&self, workspace: &str, path: &str) -> Result<Value, String> {
        let token = self.token(workspace)?;
        let request = Request::get(format!("http://{}/api/v1/{path}", self.address))
            .header("authorization", format!("Bearer {token}"));
        let text = self.http.ask(request, "")?;
        serde_json::from_str(&text).map_err(|fault| format!("{path}: {fault}"))
    }

    fn token(&self, workspace: &str) -> Result<String, String> {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = tokens.get(workspace) {
            return Ok(token.clone());
        }
        let made = self.usher(&["-w", workspace, "token", "create", "tests"])?;
        let token = made
            .split_whitespace()
            .find(|word| word.starts_with("ut_"))
            .ok_or("no token was made")?
            .to_owned();
        tokens.insert(workspace.into(), token.clone());
        Ok(token)
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.end();
    }
}
