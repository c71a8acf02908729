//! The browser's process.

use super::connection::Connection;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Names under which systems keep it.
const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(30);

/// There is no browser on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no Chromium on this machine; `cargo xtask test --install` brings it, or set CHROMIUM to its path"
)]
pub struct Missing;

/// A running browser.
pub struct Chromium {
    process: Child,
    connection: Connection,
    agent: String,
    _profile: TempDir,
}

impl Chromium {
    /// The browser's program: what `CHROMIUM` names, else the first known one on the path.
    ///
    /// # Errors
    /// When there is none.
    pub fn program() -> Result<PathBuf, Missing> {
        if let Some(named) = std::env::var_os("CHROMIUM") {
            return Ok(named.into());
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path)
            .flat_map(|folder| NAMES.map(|name| folder.join(name)))
            .find(|program| program.is_file())
            .ok_or(Missing)
    }

    /// Whether a browser is here. Tests that need one are passed over where there is none, and fail where tests must
    /// run: under `CI`.
    ///
    /// # Panics
    /// When there is none under `CI`.
    #[must_use]
    pub fn is_here() -> bool {
        match Self::program() {
            Ok(_) => true,
            Err(missing) => {
                assert!(std::env::var_os("CI").is_none(), "{missing}");
                eprintln!("skipped: {missing}");
                false
            }
        }
    }

    /// Starts it, with a profile of its own. Certificates made with the key of this fingerprint are taken as good.
    ///
    /// # Errors
    /// When it cannot be started or does not answer.
    pub fn start(fingerprint: &str) -> Result<Self, String> {
        Self::start_with(fingerprint, &[], &json!({}))
    }

    /// Starts it with further switches, and with preferences as its profile's file has them.
    ///
    /// # Errors
    /// When it cannot be started or does not answer.
    pub fn start_with(
        fingerprint: &str,
        switches: &[&str],
        preferences: &Value,
    ) -> Result<Self, String> {
        let program = Self::program().map_err(|missing| missing.to_string())?;
        let profile = tempfile::tempdir().map_err(|fault| fault.to_string())?;
        let settled = profile.path().join("Default");
        std::fs::create_dir(&settled)
            .and_then(|()| std::fs::write(settled.join("Preferences"), preferences.to_string()))
            .map_err(|fault| fault.to_string())?;
        let process = Command::new(program)
            .arg("--headless=new")
            .arg("--remote-debugging-port=0")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(format!("--ignore-certificate-errors-spki-list={fingerprint}"))
            .args([
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-default-apps",
                "--disable-extensions",
                "--disable-sync",
                "--disable-features=AutofillServerCommunication,Translate,MediaRouter,OptimizationHints,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,PreloadTopChromeWebUI,PreloadTopChromeWebUILessNavigations,WebUIOmniboxPopup,WebUIOmniboxAimPopup",
                "--disable-backgrounding-occluded-windows",
                "--hide-scrollbars",
                "--mute-audio",
                "--no-first-run",
                "--window-size=1280,800",
            ])
            .args(switches)
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|fault| format!("Chromium does not start: {fault}"))?;
        let mut starting = Starting {
            process: Some(process),
        };
        let address = address(&profile.path().join("DevToolsActivePort"))?;
        let connection = Connection::open(&address)?;
        let version = connection.browser().call("Browser.getVersion", json!({}))?;
        let agent = version["userAgent"].as_str().unwrap_or_default();
        let agent = agent.replace("HeadlessChrome", "Chrome");
        let process = starting.process.take().ok_or("it was just started")?;
        Ok(Self {
            process,
            connection,
            agent,
            _profile: profile,
        })
    }

    /// The way to it.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// What it calls itself when it is not headless.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// A new profile that reaches the world through a proxy on this machine.
    ///
    /// # Errors
    /// When the browser refuses.
    pub fn new_context(&self, proxy_port: u16) -> Result<String, String> {
        let made = self.connection.browser().call(
            "Target.createBrowserContext",
            json!({
                "disposeOnDetach": true,
                "proxyServer": format!("http://127.0.0.1:{proxy_port}"),
                "proxyBypassList": "<-loopback>",
            }),
        )?;
        Ok(made["browserContextId"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Forgets a profile and everything in it.
    pub fn drop_context(&self, context: &str) {
        let _ = self.connection.browser().call(
            "Target.disposeBrowserContext",
            json!({ "browserContextId": context }),
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

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.connection.browser().call("Browser.close", json!({}));
        let until = Instant::now() + Duration::from_secs(3);
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

/// Where it listens: it writes port and path into its profile.
fn address(file: &std::path::Path) -> Result<String, String> {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Ok(text) = std::fs::read_to_string(file)
            && let Some((port, path)) = text.trim().split_once('\n')
        {
            return Ok(format!("ws://127.0.0.1:{port}{path}"));
        }
        if Instant::now() > until {
            return Err("Chromium does not say where it listens".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
