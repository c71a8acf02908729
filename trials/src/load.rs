//! Many visitors at once, for as long as it is wanted, and a count of what came of it.

use crate::visitor::Visitor;
use crate::wire::Wire;
use crate::world::Place;
use engine::ids::fnv1a;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What visitors share.
#[derive(Debug)]
pub struct Load {
    /// The workspaces they visit.
    pub places: Arc<[Place]>,
    /// How they reach the servers.
    pub wire: Wire,
    /// What their dice begin with.
    pub seed: u64,
    /// Longest pause between two batches of one visitor, in milliseconds.
    pub pause_ms: u64,
    /// Whether some of them are forgotten.
    pub forgets: bool,
    /// What came of it.
    pub tally: Tally,
    stopping: AtomicBool,
}

/// What came of a load.
#[derive(Debug, Default)]
pub struct Tally {
    acknowledged: AtomicUsize,
    booked: AtomicUsize,
    taken: AtomicUsize,
    overtaken: AtomicUsize,
    forgotten: AtomicUsize,
    away: AtomicUsize,
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident, $read:ident;)+) => {
        impl Tally {
            $(
                pub(crate) fn $name(&self) {
                    self.$name.fetch_add(1, Ordering::Relaxed);
                }
                $(#[$doc])*
                #[must_use]
                pub fn $read(&self) -> usize {
                    self.$name.load(Ordering::Relaxed)
                }
            )+
        }
    };
}

counts! {
    /// Meetings that the server has said are booked.
    booked, bookings;
    /// Wishes for a time that somebody else had.
    taken, refusals;
    /// Tabs that had to give way to another.
    overtaken, forks;
    /// People who are forgotten.
    forgotten, forgettings;
    /// Tries that nobody answered, or that were answered by 503.
    away, tries;
}

impl Tally {
    pub(crate) fn acknowledged(&self, lines: usize) {
        self.acknowledged.fetch_add(lines, Ordering::Relaxed);
    }

    /// Lines that the server has said are kept, those it wrote itself included.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed) + self.bookings()
    }
}

/// A load under way.
#[derive(Debug)]
pub struct Running {
    /// What it consists of.
    pub load: Arc<Load>,
    visitors: JoinSet<()>,
}

impl Load {
    /// A load that has not begun.
    #[must_use]
    pub fn new(places: Arc<[Place]>, wire: Wire, seed: u64) -> Self {
        Self {
            places,
            wire,
            seed,
            pause_ms: 30,
            forgets: true,
            tally: Tally::default(),
            stopping: AtomicBool::new(false),
        }
    }

    /// Begins with so many visitors at once; whoever leaves is followed by another.
    #[must_use]
    pub fn start(self, visitors: usize) -> Running {
        let load = Arc::new(self);
        let mut tasks = JoinSet::new();
        for chair in 0..visitors {
            let load = Arc::clone(&load);
            tasks.spawn(async move {
                let mut turn = 0_u64;
                while !load.is_stopping() {
                    let seed = mix(load.seed, &[chair as u64, turn]);
                    Visitor::new(&load, seed).live().await;
                    turn += 1;
                }
            });
        }
        Running {
            load,
            visitors: tasks,
        }
    }

    /// Whether nobody should begin anything any more.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

impl Running {
    /// Waits until so much is acknowledged and booked, or no longer.
    pub async fn until(&self, lines: usize, bookings: usize, patience: Duration) {
        let begun = Instant::now();
        let tally = &self.load.tally;
        while (tally.lines() < lines || tally.bookings() < bookings) && begun.elapsed() < patience {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets nobody begin anything more, and waits until everything that was said is acknowledged.
    pub async fn settle(mut self) -> Arc<Load> {
        self.load.stopping.store(true, Ordering::Relaxed);
        while let Some(left) = self.visitors.join_next().await {
            if let Err(fault) = left {
                let history = self.load.wire.history();
                history.strange("a load that goes on", format!("a visitor fell: {fault}"));
            }
        }
        self.load
    }
}

/// A seed made of another and of numbers.
#[must_use]
pub fn mix(seed: u64, numbers: &[u64]) -> u64 {
    numbers.iter().fold(seed, |seed, number| {
        fnv1a(seed.rotate_left(23), &number.to_le_bytes())
    })
}
