//! A PostgreSQL for tests alone: in a temporary folder, on a port of its own, gone afterwards.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Why it could not be had: a sentence for whoever wanted it.
pub type Failure = String;

/// Where Debian keeps the programs, one folder a version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// What happens to acknowledged transactions when the server crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// They may be lost, and tests go fast.
    Forgets,
    /// They are there when it has started again.
    Survives,
}

/// A server, stopped when dropped.
#[derive(Debug)]
pub struct Private {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    crash: Crash,
    server: Option<Child>,
}

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of `initdb` and `pg_ctl`: on the path, or the newest of Debian's.
#[must_use]
pub fn programs() -> Option<PathBuf> {
    let holds = |folder: &PathBuf| folder.join("initdb").is_file();
    let path = std::env::var_os("PATH").unwrap_or_default();
    if let Some(folder) = std::env::split_paths(&path).find(holds) {
        return Some(folder);
    }
    let versions = std::fs::read_dir(VERSIONS).ok()?;
    let number = |folder: &PathBuf| -> Option<u32> { folder.file_name()?.to_str()?.parse().ok() };
    let folders = versions.filter_map(|version| Some(version.ok()?.path()));
    folders
        .filter(|folder| holds(&folder.join("bin")))
        .max_by_key(number)
        .map(|folder| folder.join("bin"))
}

impl Private {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// When PostgreSQL is missing or does not start.
    pub fn start(crash: Crash) -> Result<Self, Failure> {
        let programs = programs().ok_or("PostgreSQL is missing")?;
        let free =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|fault| told("a port", &fault))?;
        let port = free
            .local_addr()
            .map_err(|fault| told("a port", &fault))?
            .port();
        drop(free);
        let name = format!("usher-postgres-{}-{port}", std::process::id());
        let mut private = Self {
            programs,
            folder: std::env::temp_dir().join(name),
            port,
            crash,
            server: None,
        };
        private.make()?;
        private.go_on()?;
        Ok(private)
    }

    fn make(&self) -> Result<(), Failure> {
        let folder = &self.folder;
        std::fs::create_dir(folder).map_err(|fault| told(&folder.display().to_string(), &fault))?;
        if is_root() {
            let mut owned = Command::new("chown");
            done(owned.arg("postgres").arg(folder))?;
        }
        let mut made = program(&self.programs, "initdb");
        made.args([
            "-U",
            "usher",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
        ]);
        done(made.current_dir(folder).arg(folder.join("data")))
    }

    /// Starts it again after `kill`, on the same port and with the same data.
    ///
    /// # Errors
    /// When it does not start.
    pub fn go_on(&mut self) -> Result<(), Failure> {
        let log = self.folder.join("log");
        let place = log.display().to_string();
        let written = File::create(&log).map_err(|fault| told(&place, &fault))?;
        let mut server = program(&self.programs, "postgres");
        server.current_dir(&self.folder);
        server.arg("-D").arg(self.folder.join("data"));
        server
            .arg("-k")
            .arg(&self.folder)
            .args(["-p", &self.port.to_string()]);
        server.args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=400",
        ]);
        if self.crash == Crash::Forgets {
            server.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        }
        if self.crash == Crash::Survives {
            // Whoever ends the test by the keyboard does not end the server with it.
            server.process_group(0);
        }
        let server = server.stdout(Stdio::null()).stderr(written).spawn();
        self.server = Some(server.map_err(|fault| told("postgres", &fault))?);
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            if said.contains("ready to accept connections") {
                return Ok(());
            }
            let server = self.server.as_mut();
            if server.is_none_or(|server| !matches!(server.try_wait(), Ok(None))) {
                return Err(format!("PostgreSQL has stopped: {said}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("PostgreSQL does not start".into())
    }

    /// Kills it and every process it has made with SIGKILL: nothing is finished.
    ///
    /// # Errors
    /// When it does not run.
    pub fn kill(&mut self) -> Result<(), Failure> {
        let mut server = self.server.take().ok_or("PostgreSQL does not run")?;
        let processes = children(server.id());
        server.kill().map_err(|fault| told("postgres", &fault))?;
        if !processes.is_empty() {
            // Some have seen their parent go and have gone, too.
            let _ = Command::new("kill")
                .arg("-9")
                .args(&processes)
                .stderr(Stdio::null())
                .status();
        }
        let _ = server.wait();
        let gone = |process: &String| !Path::new("/proc").join(process).exists();
        let begun = Instant::now();
        while !processes.iter().all(gone) && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// How it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://usher@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let mut stop = program(&self.programs, "pg_ctl");
            stop.current_dir(&self.folder)
                .args(["stop", "-m", "immediate", "-D"]);
            let _ = done(stop.arg(self.folder.join("data")));
            let _ = server.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn told(place: &str, fault: &std::io::Error) -> Failure {
    format!("{place}: {fault}")
}

/// The processes that a process has made.
fn children(parent: u32) -> Vec<String> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let numbered = processes.filter_map(|process| process.ok()?.file_name().into_string().ok());
    let is_child = |number: &String| {
        // The parent's number is the second field behind the name in brackets, which may hold anything.
        let stat = std::fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        let behind = stat.rsplit_once(") ").map_or("", |(_, behind)| behind);
        behind.split(' ').nth(1) == Some(parent.to_string().as_str())
    };
    numbered.filter(is_child).collect()
}

/// One of its programs; as the user `postgres` where this is root, whom it refuses.
fn program(programs: &Path, name: &str) -> Command {
    let program = programs.join(name);
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
    command.arg(program);
    command
}

fn done(command: &mut Command) -> Result<(), Failure> {
    let output = command.output();
    let output = output.map_err(|fault| format!("{command:?}: {fault}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!(
            "PostgreSQL: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// Whether this is root.
#[must_use]
pub fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.starts_with(b"0"))
}
