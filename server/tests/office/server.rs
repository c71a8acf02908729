//! A server in a process of its own, which can be killed.

use super::Office;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A server in a process of its own, on the office's data.
pub struct Killable {
    child: Child,
    pub address: SocketAddr,
}

impl Killable {
    pub async fn start(office: &Office) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let config = office.folder.path().join("usher.toml");
        std::fs::write(&config, "rate_limits = false\n").expect("a configuration");
        let child = Command::new(env!("CARGO_BIN_EXE_usher"))
            .args(["serve", "--without-widget"])
            .arg("--config")
            .arg(&config)
            .arg("--data")
            .arg(office.folder.path())
            .envs(
                office
                    .app
                    .config
                    .database
                    .iter()
                    .map(|url| ("DATABASE_URL", url)),
            )
            .args([
                "--listen",
                &address.to_string(),
                "--origin",
                &format!("http://{address}"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        let server = Self { child, address };
        for _ in 0..400 {
            let ready = office
                .http
                .get(format!("http://{address}/ready"))
                .send()
                .await;
            if ready.is_ok_and(|ready| ready.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the server does not get ready");
    }

    /// SIGKILL: nothing is finished.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
