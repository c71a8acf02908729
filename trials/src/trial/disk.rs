//! The disk is full for a while: whoever writes hears that the server is busy, nothing breaks, and when there is space again
//! it goes on without being started again.

use super::{Cycle, Ground, Programs, Scale, a_while, carry_on};
use crate::Failure;
use crate::load::Load;
use crate::servers::{Server, told};
use fastrand::Rng;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// A small disk in memory, which goes when it is dropped.
#[derive(Debug)]
struct Small(PathBuf);

impl Small {
    fn mount(place: PathBuf) -> Result<Self, Failure> {
        if !usher_postgres::is_root() {
            return Err("only root can mount a small disk".into());
        }
        std::fs::create_dir_all(&place).map_err(told(place.display()))?;
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512m,mode=700", "usher-trial"]);
        let output = mount.arg(&place).output().map_err(told("mount"))?;
        if output.status.success() {
            Ok(Self(place))
        } else {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(format!("a small disk cannot be mounted here: {said}"))
        }
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Takes all the space there is.
    fn fill(&self) -> Result<(), Failure> {
        let path = self.ballast();
        let mut file = File::create(&path).map_err(told(path.display()))?;
        for size in [1 << 16, 1 << 12] {
            let piece = vec![1; size];
            while file.write_all(&piece).is_ok() {}
        }
        Ok(())
    }

    fn empty(&self) -> Result<(), Failure> {
        let path = self.ballast();
        std::fs::remove_file(&path).map_err(told(path.display()))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        let _ = unmount.arg("--lazy").arg(&self.0).output();
    }
}

/// See the module.
pub struct Disk {
    pub(super) ground: Ground,
    server: Server,
    disk: Small,
}

impl Disk {
    pub(super) async fn prepare(folder: &Path, programs: &Programs) -> Result<Self, Failure> {
        let disk = Small::mount(folder.join("disk"))?;
        let mut ground = Ground::prepare(folder, programs, disk.0.join("data"), None).await?;
        let mut server = Server::new(&ground.setup, "server")?;
        server.start().await?;
        ground.settle_in(&server).await?;
        Ok(Self {
            ground,
            server,
            disk,
        })
    }

    pub(super) async fn cycle(
        &mut self,
        seed: u64,
        dice: &mut Rng,
        scale: Scale,
        cycle: &mut Cycle,
    ) -> Result<Arc<Load>, Failure> {
        let load = self.ground.load(vec![self.server.origin()], None, seed);
        let running = load.start(scale.visitors);
        a_while(dice, 20..600).await;
        self.disk.fill()?;
        a_while(dice, 500..1_800).await;
        self.disk.empty()?;
        cycle.harm = 1;
        Ok(carry_on(running, scale).await)
    }
}
