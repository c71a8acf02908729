//! Two servers on one PostgreSQL, which is killed with all its processes and started again; sometimes one of the servers is
//! killed as well.

use super::{Cycle, Ground, Programs, Scale, a_while, carry_on, ms};
use crate::Failure;
use crate::load::Load;
use crate::servers::Server;
use fastrand::Rng;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use usher_postgres::{Crash, Private};

/// See the module.
pub struct Postgres {
    pub(super) ground: Ground,
    servers: [Server; 2],
    rows: Private,
}

impl Postgres {
    pub(super) async fn prepare(folder: &Path, programs: &Programs) -> Result<Self, Failure> {
        let rows = Private::start(Crash::Survives)?;
        let data = folder.join("data");
        let mut ground = Ground::prepare(folder, programs, data, Some(rows.url())).await?;
        let mut servers = [
            Server::new(&ground.setup, "one")?,
            Server::new(&ground.setup, "two")?,
        ];
        for server in &mut servers {
            server.start().await?;
        }
        ground.settle_in(&servers[0]).await?;
        Ok(Self {
            ground,
            servers,
            rows,
        })
    }

    pub(super) async fn cycle(
        &mut self,
        seed: u64,
        dice: &mut Rng,
        scale: Scale,
        cycle: &mut Cycle,
    ) -> Result<Arc<Load>, Failure> {
        let origins = self.servers.iter().map(Server::origin).collect();
        let load = self.ground.load(origins, None, seed);
        let running = load.start(scale.visitors);
        a_while(dice, 100..1_500).await;
        tokio::task::block_in_place(|| self.rows.kill())?;
        cycle.harm = 1;
        let falls = dice.u8(..100) < 30;
        let server = &mut self.servers[dice.usize(..2)];
        if falls {
            server.kill();
            cycle.harm += 1;
        }
        a_while(dice, 0..700).await;
        tokio::task::block_in_place(|| self.rows.go_on())?;
        let begun = Instant::now();
        if falls {
            server.spawn()?;
        }
        for server in &mut self.servers {
            server.ready().await?;
        }
        cycle.serving_ms.push(ms(begun.elapsed()));
        Ok(carry_on(running, scale).await)
    }
}
