//! Servers in processes of their own: the binary `usher` as it is delivered, started, killed and started again.

use crate::Failure;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where Debian keeps what is loaded before a program to let its calls fail.
const FAULTS: [&str; 2] = [
    "/usr/lib/fiu/fiu_run_preload.so",
    "/usr/lib/fiu/fiu_posix_preload.so",
];

/// A port that nobody listens on at present.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(told("a free port"))?;
    Ok(listener.local_addr().map_err(told("a free port"))?.port())
}

/// An i/o fault with its place, as a sentence.
pub(crate) fn told(place: impl std::fmt::Display) -> impl FnOnce(std::io::Error) -> Failure {
    move |fault| format!("{place}: {fault}")
}

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The binary.
    pub program: PathBuf,
    /// A folder that stays: the configuration and the log are in it.
    pub folder: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// The PostgreSQL server that holds the rows; a file in the data folder when absent.
    pub database: Option<String>,
    /// Inside addresses that webhooks may reach, `host:port`.
    pub outgoing_allowed: Vec<String>,
}

impl Setup {
    /// Writes the configuration file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self) -> Result<(), Failure> {
        let mut text = format!("data = {:?}\nrate_limits = false\n", self.data);
        if let Some(database) = &self.database {
            text.push_str(&format!("database = {database:?}\n"));
        }
        text.push_str(&format!("outgoing_allowed = {:?}\n", self.outgoing_allowed));
        let config = self.config();
        std::fs::write(&config, text).map_err(told(config.display()))
    }

    fn config(&self) -> PathBuf {
        self.folder.join("usher.toml")
    }

    /// A command of the binary, with this configuration.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.config());
        command.env("USHER_LOG", "warn").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, and gives back what it printed.
    ///
    /// # Errors
    /// When it fails: what it said.
    pub fn run(&self, words: &[&str]) -> Result<String, Failure> {
        let output = self.command().args(words).output();
        let output = output.map_err(told(self.program.display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("usher {}: {said}", words.join(" ")))
    }
}

/// One server.
#[derive(Debug)]
pub struct Server {
    setup: Setup,
    /// Where it listens, also when it has been started again.
    pub address: SocketAddr,
    log: PathBuf,
    faults: bool,
    process: Option<Child>,
}

impl Server {
    /// A server that is not started yet, `name` among those of its folder.
    ///
    /// # Errors
    /// When there is no port for it.
    pub fn new(setup: &Setup, name: &str) -> Result<Self, Failure> {
        Ok(Self {
            setup: setup.clone(),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?)),
            log: setup.folder.join(format!("{name}.log")),
            faults: false,
            process: None,
        })
    }

    /// Lets its calls fail on demand from the next start on.
    ///
    /// # Errors
    /// When libfiu is not installed.
    pub fn with_faults(mut self) -> Result<Self, Failure> {
        if FAULTS.iter().all(|library| Path::new(library).exists()) {
            self.faults = true;
            Ok(self)
        } else {
            Err("libfiu is missing: apt-get install fiu-utils libfiu0".into())
        }
    }

    /// `http://` and where it listens.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Starts it; it is not ready yet.
    ///
    /// # Errors
    /// When the binary cannot be run.
    pub fn spawn(&mut self) -> Result<(), Failure> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.map_err(told(self.log.display()))?;
        let mut command = self.setup.command();
        command.args(["--listen", &self.address.to_string()]);
        command.args(["--origin", &self.origin()]);
        command.args(["serve", "--without-widget"]);
        if self.faults {
            command.env("LD_PRELOAD", FAULTS.join(" "));
            command.env("FIU_CTRL_FIFO", self.control());
        }
        // Whoever interrupts the load by the keyboard means the load alone.
        command.process_group(0);
        let again = log.try_clone().map_err(told(self.log.display()))?;
        let process = command.stdout(again).stderr(log).spawn();
        self.process = Some(process.map_err(told(self.setup.program.display()))?);
        Ok(())
    }

    /// Starts it and waits until it serves; gives back how long that took.
    ///
    /// # Errors
    /// When it does not.
    pub async fn start(&mut self) -> Result<Duration, Failure> {
        let begun = Instant::now();
        self.spawn()?;
        self.ready().await?;
        Ok(begun.elapsed())
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// When it has ended, or takes too long.
    pub async fn ready(&mut self) -> Result<(), Failure> {
        let http = crate::wire::client(Duration::from_secs(2));
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let asked = http.get(format!("{}/ready", self.origin()));
            let answer = asked.send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            if let Some(process) = &mut self.process
                && let Ok(Some(status)) = process.try_wait()
            {
                return Err(format!(
                    "the server has ended with {status}: {}",
                    self.words()
                ));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err(format!("the server does not get ready: {}", self.words()))
    }

    /// The end of its log.
    #[must_use]
    pub fn words(&self) -> String {
        let read = || -> std::io::Result<String> {
            let mut log = File::open(&self.log)?;
            let length = log.metadata()?.len();
            log.seek(SeekFrom::Start(length.saturating_sub(2_000)))?;
            let mut end = Vec::new();
            log.read_to_end(&mut end)?;
            Ok(String::from_utf8_lossy(&end).into_owned())
        };
        read().unwrap_or_default()
    }

    /// SIGKILL: nothing is finished.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let number = process.id();
            let _ = process.kill();
            let _ = process.wait();
            if self.faults {
                for end in ["in", "out"] {
                    let _ = std::fs::remove_file(format!("{}-{number}.{end}", self.control()));
                }
            }
        }
    }

    /// Lets calls fail from now on, or no longer, as `fiu-ctrl` reads it: `enable name=posix/io/sync/fsync`.
    ///
    /// # Errors
    /// When it does not take the order.
    pub fn order(&self, order: &str) -> Result<(), Failure> {
        let number = self.process.as_ref().map(Child::id);
        let number = number.ok_or("the server does not run")?.to_string();
        let mut told = Command::new("fiu-ctrl");
        told.args(["-f", &self.control(), "-c", order, &number]);
        let output = told.output().map_err(self::told("fiu-ctrl"))?;
        if output.status.success() {
            Ok(())
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("fiu-ctrl {order}: {said}"))
        }
    }

    fn control(&self) -> String {
        let control = self.log.with_extension("control");
        control.display().to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
