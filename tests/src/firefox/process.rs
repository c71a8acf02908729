//! The browser's process.

use super::connection::Connection;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Names under which systems keep it.
const NAMES: [&str; 2] = ["firefox-esr", "firefox"];
/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// A preference's name and value.
pub type Preference = (&'static str, Value);

/// There is no browser on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no Firefox on this machine; `cargo xtask test --install` brings it, or set FIREFOX to its path"
)]
pub struct Missing;

/// A running browser.
pub struct Firefox {
    process: Child,
    connection: Connection,
    _profile: TempDir,
}

/// What keeps it from doing anything of its own accord.
fn quiet() -> Vec<Preference> {
    vec![
        ("app.normandy.enabled", json!(false)),
        ("app.update.enabled", json!(false)),
        ("browser.aboutwelcome.enabled", json!(false)),
        ("browser.newtabpage.enabled", json!(false)),
        ("browser.safebrowsing.malware.enabled", json!(false)),
        ("browser.safebrowsing.phishing.enabled", json!(false)),
        ("browser.shell.checkDefaultBrowser", json!(false)),
        ("browser.startup.page", json!(0)),
        (
            "browser.tabs.remote.separatePrivilegedContentProcess",
            json!(false),
        ),
        ("datareporting.policy.dataSubmissionEnabled", json!(false)),
        ("dom.security.https_first", json!(false)),
        ("extensions.update.enabled", json!(false)),
        ("media.peerconnection.enabled", json!(false)),
        ("network.captive-portal-service.enabled", json!(false)),
        ("network.connectivity-service.enabled", json!(false)),
        ("network.dns.disablePrefetch", json!(true)),
        ("network.http.http3.enable", json!(false)),
        // What ends without an answer is not asked for again behind a script's back.
        ("network.http.request.max-attempts", json!(1)),
        ("network.http.speculative-parallel-limit", json!(0)),
        ("network.trr.mode", json!(5)),
        ("security.OCSP.enabled", json!(0)),
        ("services.settings.server", json!("data:,")),
        ("toolkit.telemetry.server", json!("")),
        // Pages stand still, as they do for whoever asks for stillness.
        ("ui.prefersReducedMotion", json!(1)),
    ]
}

impl Firefox {
    /// The browser's program: what `FIREFOX` names, else the first known one on the path.
    ///
    /// # Errors
    /// When there is none.
    pub fn program() -> Result<PathBuf, Missing> {
        if let Some(named) = std::env::var_os("FIREFOX") {
            return Ok(named.into());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .flat_map(|folder| NAMES.map(|name| folder.join(name)))
            .find(|program| program.is_file())
            .ok_or(Missing)
    }

    /// Starts it, with a profile of its own and further preferences.
    ///
    /// # Errors
    /// When it cannot be started or does not answer.
    pub fn start(preferences: &[Preference]) -> Result<Self, String> {
        let program = Self::program().map_err(|missing| missing.to_string())?;
        let profile = tempfile::tempdir().map_err(|fault| fault.to_string())?;
        let lines: String = quiet()
            .iter()
            .chain(preferences)
            .map(|(name, value)| format!("user_pref({}, {value});\n", json!(name)))
            .collect();
        std::fs::write(profile.path().join("user.js"), lines).map_err(|fault| fault.to_string())?;
        let process = Command::new(program)
            .args(["--headless", "--no-remote", "--remote-debugging-port=0"])
            .arg("--profile")
            .arg(profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|fault| format!("Firefox does not start: {fault}"))?;
        let mut starting = Starting {
            process: Some(process),
        };
        let port = port(&profile.path().join("WebDriverBiDiServer.json"))?;
        let connection = Connection::open(port)?;
        let process = starting.process.take().ok_or("it was just started")?;
        Ok(Self {
            process,
            connection,
            _profile: profile,
        })
    }

    /// The way to it.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A new profile within the browser, which reaches the world through a proxy on this machine.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn new_context(&self, proxy_port: u16) -> Result<String, String> {
        let proxy = format!("127.0.0.1:{proxy_port}");
        let made = self.connection.call(
            "browser.createUserContext",
            json!({
                "proxy": { "proxyType": "manual", "httpProxy": proxy, "sslProxy": proxy },
            }),
        )?;
        made["userContext"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| "no profile was made".into())
    }

    /// Forgets a profile and everything in it.
    pub fn drop_context(&self, context: &str) {
        let _ = self.connection.call(
            "browser.removeUserContext",
            json!({ "userContext": context }),
        );
    }
}

/// A process that is ended unless it comes to something.
struct Starting {
    process: Option<Child>,
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        let _ = self.connection.call("browser.close", json!({}));
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where it listens: it writes its port into its profile.
fn port(file: &Path) -> Result<u16, String> {
    let until = Instant::now() + PATIENCE;
    loop {
        let told = std::fs::read_to_string(file)
            .ok()
            .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .and_then(|told| told["ws_port"].as_u64())
            .and_then(|port| u16::try_from(port).ok());
        if let Some(port) = told {
            return Ok(port);
        }
        if Instant::now() > until {
            return Err("Firefox does not say where it listens".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
