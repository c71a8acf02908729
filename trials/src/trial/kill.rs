//! The server is killed at a random moment under load, sometimes again while it starts.

use super::{Cycle, Ground, Programs, Scale, a_while, carry_on, ms};
use crate::Failure;
use crate::load::Load;
use crate::servers::Server;
use fastrand::Rng;
use std::path::Path;
use std::sync::Arc;

/// See the module.
pub struct Kill {
    pub(super) ground: Ground,
    server: Server,
}

impl Kill {
    pub(super) async fn prepare(folder: &Path, programs: &Programs) -> Result<Self, Failure> {
        let mut ground = Ground::prepare(folder, programs, folder.join("data"), None).await?;
        let mut server = Server::new(&ground.setup, "server")?;
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
        a_while(dice, 20..600).await;
        self.server.kill();
        cycle.harm = 1;
        while dice.u8(..100) < 15 {
            self.server.spawn()?;
            a_while(dice, 0..150).await;
            self.server.kill();
            cycle.harm += 1;
        }
        cycle.serving_ms.push(ms(self.server.start().await?));
        Ok(carry_on(running, scale).await)
    }
}
