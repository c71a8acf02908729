//! Between the visitors and the server lies a network that delays, drops, resets and goes silent.

use super::{Cycle, Ground, Programs, Scale, a_while, carry_on};
use crate::Failure;
use crate::load::Load;
use crate::proxy::Proxy;
use crate::servers::Server;
use fastrand::Rng;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a visitor waits for an answer that may never come.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// See the module.
pub struct Network {
    pub(super) ground: Ground,
    server: Server,
}

impl Network {
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
        let proxy = Proxy::open(self.server.address, seed).await?;
        let origins = vec![format!("http://{}", proxy.address)];
        let mut load = self.ground.load(origins, Some(PATIENCE), seed);
        // A request that the network delivers late may be one of somebody who was forgotten meanwhile: it begins anew, as it
        // would if they came back.
        load.forgets = false;
        load.wire = load.wire.over_a_torn_network();
        let running = load.start(scale.visitors);
        for _ in 0..dice.u8(2..6) {
            a_while(dice, 100..600).await;
            proxy.reset_all();
        }
        running
            .until(scale.lines, scale.bookings, super::PATIENCE)
            .await;
        proxy.be_kind(true);
        proxy.reset_all();
        let load = carry_on(running, scale).await;
        cycle.harm = proxy.faults();
        Ok(load)
    }
}
