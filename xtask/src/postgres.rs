//! A PostgreSQL for tests alone: in a temporary folder, on a port of its own, gone afterwards.

use crate::Failure;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where Debian keeps the programs, one folder a version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// A running server, stopped when dropped.
pub struct Private {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    server: Child,
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
    /// Makes a cluster and starts it. It forgets what a crash would need, so that tests go fast.
    ///
    /// # Errors
    /// When PostgreSQL is missing or does not start.
    pub fn start() -> Result<Self, Failure> {
        let programs = programs().ok_or("PostgreSQL is missing")?;
        let folder = std::env::temp_dir().join(format!("usher-postgres-{}", std::process::id()));
        let place = folder.display().to_string();
        let told = |fault: std::io::Error| format!("{place}: {fault}");
        std::fs::create_dir(&folder).map_err(told)?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(told)?;
        let port = free.local_addr().map_err(told)?.port();
        drop(free);
        if is_root() {
            let mut owned = Command::new("chown");
            done(owned.arg("postgres").arg(&folder))?;
        }
        let data = folder.join("data");
        let mut made = program(&programs, "initdb");
        made.args([
            "-U",
            "usher",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
        ]);
        done(made.current_dir(&folder).arg(&data))?;
        let log = folder.join("log");
        let written = File::create(&log).map_err(told)?;
        let mut server = program(&programs, "postgres");
        server
            .current_dir(&folder)
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder);
        server.args([
            "-p",
            &port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=400",
        ]);
        server.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        let server = server
            .stdout(Stdio::null())
            .stderr(written)
            .spawn()
            .map_err(told)?;
        let mut private = Self {
            programs,
            folder,
            port,
            server,
        };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            if said.contains("ready to accept connections") {
                return Ok(private);
            }
            if !matches!(private.server.try_wait(), Ok(None)) {
                return Err(format!("PostgreSQL has stopped: {said}"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("PostgreSQL does not start".into())
    }

    /// How it is reached.
    #[must_use]
    pub fn url(&self) -> String {
        format!("postgres://usher@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let mut stop = program(&self.programs, "pg_ctl");
        stop.current_dir(&self.folder)
            .args(["stop", "-m", "immediate", "-D"]);
        let _ = done(stop.arg(self.folder.join("data")));
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
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
