//! Programs under measurement, one process each, started and ended; on request with every sync to disk four milliseconds long,
//! and counted.

use crate::Failure;
use crate::servers::{free_port, told};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long one may take to listen, or to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// What a sync takes at least where that is asked for, in microseconds.
pub const SYNC_US: u32 = 4_000;

/// A running program.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    trace: Option<PathBuf>,
}

impl Process {
    /// Starts a program that listens where it is told. With `slow`, a folder for its trace, each sync is slow.
    ///
    /// # Errors
    /// When it does not start or does not listen.
    pub fn start(
        slow: Option<&Path>,
        log: &Path,
        program: impl FnOnce(SocketAddr) -> Command,
    ) -> Result<Self, Failure> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let wanted = program(address);
        let trace = slow.map(|folder| folder.join(format!("syncs-{}", address.port())));
        let mut command = match &trace {
            None => wanted,
            Some(trace) => under_trace(&wanted, trace),
        };
        let written = File::create(log).map_err(told(log.display()))?;
        let again = written.try_clone().map_err(told(log.display()))?;
        command.stdin(Stdio::null()).stdout(written).stderr(again);
        let child = command.spawn();
        let child = child.map_err(|fault| format!("{command:?}: {fault}"))?;
        let mut process = Self {
            child,
            address,
            trace,
        };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            let ended = process.child.try_wait();
            if begun.elapsed() > PATIENCE || matches!(ended, Ok(Some(_))) {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{command:?} does not listen: {said}"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    /// How many syncs it has begun so far; none where they are not counted.
    #[must_use]
    pub fn syncs(&self) -> usize {
        let text = self.trace.as_ref().map(std::fs::read_to_string);
        let text = text.and_then(Result::ok).unwrap_or_default();
        text.lines()
            .filter(|line| line.contains("fsync(") || line.contains("fdatasync("))
            .count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A tracer lets go of what it traces when it is ended, so that is ended and not the tracer.
        let number = self.child.id();
        let traced = std::fs::read_to_string(format!("/proc/{number}/task/{number}/children"));
        let traced = traced.unwrap_or_default();
        match traced
            .split_whitespace()
            .next()
            .filter(|_| self.trace.is_some())
        {
            Some(traced) => {
                let _ = Command::new("kill").args(["-KILL", traced]).status();
            }
            None => {
                let _ = self.child.kill();
            }
        }
        let _ = self.child.wait();
    }
}

fn under_trace(wanted: &Command, trace: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=fsync,fdatasync",
        "-e",
    ]);
    command.arg(format!("inject=fsync,fdatasync:delay_exit={SYNC_US}"));
    command.arg("-o").arg(trace).arg(wanted.get_program());
    command.args(wanted.get_args());
    if let Some(folder) = wanted.get_current_dir() {
        command.current_dir(folder);
    }
    for (name, value) in wanted.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}
