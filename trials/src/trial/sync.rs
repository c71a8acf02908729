//! Syncs fail, now and then and then all of them, and so do writes: nothing may be acknowledged that is not on the disk, and
//! the server goes on by itself.

use super::{Cycle, Ground, Programs, Scale, a_while, carry_on, ms};
use crate::Failure;
use crate::load::Load;
use crate::servers::Server;
use fastrand::Rng;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How libfiu names what makes sure that something is on the disk.
const SYNCS: &str = "posix/io/sync/*";
/// And what writes at a place of a file.
const WRITES: &str = "posix/io/rw/pwrite";

/// See the module.
pub struct Sync {
    pub(super) ground: Ground,
    server: Server,
}

impl Sync {
    pub(super) async fn prepare(folder: &Path, programs: &Programs) -> Result<Self, Failure> {
        let mut ground = Ground::prepare(folder, programs, folder.join("data"), None).await?;
        let mut server = Server::new(&ground.setup, "server")?.with_faults()?;
        server.start().await?;
        ground.settle_in(&server).await?;
        Ok(Self { ground, server })
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
        a_while(dice, 20..400).await;
        let often = 0.02 + 0.3 * dice.f64();
        self.order(&format!(
            "enable_random name={SYNCS},probability={often:.3}"
        ))?;
        if dice.bool() {
            let seldom = 0.002 + 0.01 * dice.f64();
            self.order(&format!(
                "enable_random name={WRITES},probability={seldom:.3}"
            ))?;
        }
        a_while(dice, 200..900).await;
        self.order(&format!("disable name={WRITES}"))?;
        self.order(&format!("disable name={SYNCS}"))?;
        self.order(&format!("enable name={SYNCS}"))?;
        // What was on its way may have been synced before.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let before = running.load.tally.lines();
        a_while(dice, 300..700).await;
        let meanwhile = running.load.tally.lines() - before;
        if meanwhile > 0 {
            let strange = format!("{meanwhile} lines were acknowledged while every sync failed");
            self.ground.events.strange("I1", strange);
        }
        cycle.harm = 2;
        if dice.u8(..100) < 50 {
            self.server.kill();
            cycle.harm += 1;
            cycle.serving_ms.push(ms(self.server.start().await?));
        } else {
            self.order(&format!("disable name={SYNCS}"))?;
        }
        Ok(carry_on(running, scale).await)
    }

    fn order(&self, order: &str) -> Result<(), Failure> {
        self.server.order(order)
    }
}
