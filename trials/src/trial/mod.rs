//! What is done to servers, a cycle after the other: each lets visitors talk, does its harm, lets everything settle and has the
//! checker look.

mod disk;
mod ground;
mod kill;
mod network;
mod postgres;
mod sync;

pub use ground::{Ground, Programs};

use crate::Failure;
use crate::load::{Load, Running, mix};
use fastrand::Rng;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How long a cycle may take to have its lines acknowledged.
const PATIENCE: Duration = Duration::from_secs(120);

/// A kind of harm.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The server is killed with SIGKILL.
    Kill,
    /// Syncing and writing fail.
    Sync,
    /// The disk is full for a while.
    Disk,
    /// PostgreSQL is killed under two servers, and sometimes one of these.
    Postgres,
    /// The network delays, drops, resets and goes silent.
    Network,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 5] = [
        Fault::Kill,
        Fault::Sync,
        Fault::Disk,
        Fault::Postgres,
        Fault::Network,
    ];

    /// The word on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fault::Kill => "kill",
            Fault::Sync => "sync",
            Fault::Disk => "disk",
            Fault::Postgres => "postgres",
            Fault::Network => "network",
        }
    }
}

/// How much happens in a cycle at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scale {
    /// Visitors at once.
    pub visitors: usize,
    /// Lines acknowledged.
    pub lines: usize,
    /// Meetings booked.
    pub bookings: usize,
}

/// What a cycle came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// Its number, from 1.
    pub number: u32,
    /// Lines acknowledged.
    pub lines: usize,
    /// Meetings booked.
    pub bookings: usize,
    /// Wishes for a time that was taken.
    pub refusals: usize,
    /// Tabs that gave way.
    pub forks: usize,
    /// People forgotten.
    pub forgotten: usize,
    /// Tries that nobody answered, or that were answered by 503.
    pub away: usize,
    /// The latter alone.
    pub busy: usize,
    /// Milliseconds from a start to serving.
    pub serving_ms: Vec<u64>,
    /// How often harm was done.
    pub harm: usize,
    /// Milliseconds in all, the check included.
    pub took_ms: u64,
    /// Milliseconds of the check.
    pub check_ms: u64,
    /// What must not be.
    pub violations: Vec<String>,
}

/// One kind of harm, ready for its cycles.
pub enum Trial {
    /// See `Fault`.
    Kill(kill::Kill),
    /// See `Fault`.
    Sync(sync::Sync),
    /// See `Fault`.
    Disk(disk::Disk),
    /// See `Fault`.
    Postgres(Box<postgres::Postgres>),
    /// See `Fault`.
    Network(network::Network),
}

impl std::fmt::Debug for Trial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Trial")
    }
}

impl Trial {
    /// Sets up what a fault needs, in an empty folder.
    ///
    /// # Errors
    /// When this machine lacks something, in words.
    pub async fn prepare(
        fault: Fault,
        folder: &std::path::Path,
        programs: &Programs,
    ) -> Result<Self, Failure> {
        Ok(match fault {
            Fault::Kill => Trial::Kill(kill::Kill::prepare(folder, programs).await?),
            Fault::Sync => Trial::Sync(sync::Sync::prepare(folder, programs).await?),
            Fault::Disk => Trial::Disk(disk::Disk::prepare(folder, programs).await?),
            Fault::Postgres => Trial::Postgres(Box::new(
                postgres::Postgres::prepare(folder, programs).await?,
            )),
            Fault::Network => Trial::Network(network::Network::prepare(folder, programs).await?),
        })
    }

    /// One cycle. What happens in it follows from the seed and the number.
    ///
    /// # Errors
    /// When it could not be carried out, which says nothing about what would have come of it.
    pub async fn cycle(&mut self, seed: u64, number: u32, scale: Scale) -> Result<Cycle, Failure> {
        let begun = Instant::now();
        let seed = mix(seed, &[self.fault() as u64, u64::from(number)]);
        let mut dice = Rng::with_seed(mix(seed, &[u64::MAX]));
        let mut cycle = Cycle {
            number,
            ..Cycle::default()
        };
        let load = match self {
            Trial::Kill(trial) => trial.cycle(seed, &mut dice, scale, &mut cycle).await?,
            Trial::Sync(trial) => trial.cycle(seed, &mut dice, scale, &mut cycle).await?,
            Trial::Disk(trial) => trial.cycle(seed, &mut dice, scale, &mut cycle).await?,
            Trial::Postgres(trial) => trial.cycle(seed, &mut dice, scale, &mut cycle).await?,
            Trial::Network(trial) => trial.cycle(seed, &mut dice, scale, &mut cycle).await?,
        };
        let tally = &load.tally;
        cycle.lines = tally.lines();
        cycle.bookings = tally.bookings();
        cycle.refusals = tally.refusals();
        cycle.forks = tally.forks();
        cycle.forgotten = tally.forgettings();
        cycle.away = tally.tries();
        cycle.busy = load.wire.busy();
        let checked = Instant::now();
        cycle.violations = self.ground().check(false, false)?;
        cycle.check_ms = ms(checked.elapsed());
        cycle.took_ms = ms(begun.elapsed());
        Ok(cycle)
    }

    /// After the last cycle: waits until every webhook has arrived, for so long, and has everything checked to the last page.
    ///
    /// # Errors
    /// When it could not be checked.
    pub async fn finish(&mut self, patience: Duration) -> Result<Vec<String>, Failure> {
        let begun = Instant::now();
        let mut waiting = self.ground().waiting()?;
        while waiting > 0 && begun.elapsed() < patience {
            tokio::time::sleep(Duration::from_millis(500)).await;
            waiting = self.ground().waiting()?;
        }
        self.ground().check(waiting == 0, true)
    }

    /// Webhooks that have not arrived yet.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn waiting(&self) -> Result<usize, Failure> {
        self.ground().waiting()
    }

    fn fault(&self) -> Fault {
        match self {
            Trial::Kill(_) => Fault::Kill,
            Trial::Sync(_) => Fault::Sync,
            Trial::Disk(_) => Fault::Disk,
            Trial::Postgres(_) => Fault::Postgres,
            Trial::Network(_) => Fault::Network,
        }
    }

    /// Where it happens.
    #[must_use]
    pub fn ground(&self) -> &Ground {
        match self {
            Trial::Kill(trial) => &trial.ground,
            Trial::Sync(trial) => &trial.ground,
            Trial::Disk(trial) => &trial.ground,
            Trial::Postgres(trial) => &trial.ground,
            Trial::Network(trial) => &trial.ground,
        }
    }
}

/// Lets the load come to its measure and settle.
async fn carry_on(running: Running, scale: Scale) -> std::sync::Arc<Load> {
    running.until(scale.lines, scale.bookings, PATIENCE).await;
    let tally = &running.load.tally;
    if tally.lines() < scale.lines || tally.bookings() < scale.bookings {
        let strange = format!(
            "after {} s only {} lines and {} bookings",
            PATIENCE.as_secs(),
            tally.lines(),
            tally.bookings()
        );
        running
            .load
            .wire
            .history()
            .strange("goes on by itself", strange);
    }
    running.settle().await
}

/// A moment between two lengths, in milliseconds.
async fn a_while(dice: &mut Rng, range: std::ops::Range<u64>) {
    tokio::time::sleep(Duration::from_millis(dice.u64(range))).await;
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
