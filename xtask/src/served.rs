//! A server of ours that stays for one measurement.

use crate::{Failure, build, test};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program `usher` as it is delivered.
///
/// # Errors
/// When something does not build.
pub fn program() -> Result<PathBuf, Failure> {
    build::build()?;
    if test::cargo(&["build", "--quiet", "--release", "--package", "usher-server"])? {
        Ok(build::root().join("target/release/usher"))
    } else {
        Err("the server does not build".into())
    }
}

/// Ends with the measurement.
pub struct Served(Child);

impl Served {
    /// Begins, and waits until it listens on the port.
    ///
    /// # Errors
    /// When it does not.
    pub fn start(command: &mut Command, port: u16) -> Result<Self, Failure> {
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|fault| format!("{}: {fault}", command.get_program().display()))?;
        let served = Self(process);
        let until = Instant::now() + PATIENCE;
        // Connections are taken before they are answered: whoever asks first waits a little.
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until {
                return Err("the server does not begin".into());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(served)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
