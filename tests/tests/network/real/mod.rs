//! Chromium itself: the real widget in its frame on another site, its storage and its word to other tabs, and a network
//! that is fast, slow or away by the browser's own means. Every run is a profile of its own.

mod ledger;
mod visit;

use crate::questions::{Dice, dialogue};
use engine::check::Catalogue;
use engine::ids::ConversationId;
use engine::wire::Entry;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use usher_tests::chromium::Chromium;
use usher_tests::front::CHAT_ORIGIN;
use usher_tests::run::{LiveServer, Machine, Server, Time};
use visit::Visit;

/// From so many runs on, everything that can happen must have happened.
const MANY: u64 = 100;
/// Most lines that the server has refused and that are looked at.
const REFUSED: u32 = 100_000;

/// What became of the answers of a run, and what it went through.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    answers: usize,
    kept: usize,
    /// Overtaken by another tab, and the visitor was told so.
    shown: usize,
    /// Overtaken when their tab was closed already, so that nobody was there to be told.
    unseen: usize,
    cut: usize,
    slowed: usize,
    opened: usize,
    reloaded: usize,
    closed: usize,
    /// Pressed in both tabs at the same moment.
    at_once: usize,
}

impl Tally {
    fn add(&mut self, other: Tally) {
        self.answers += other.answers;
        self.kept += other.kept;
        self.shown += other.shown;
        self.unseen += other.unseen;
        self.cut += other.cut;
        self.slowed += other.slowed;
        self.opened += other.opened;
        self.reloaded += other.reloaded;
        self.closed += other.closed;
        self.at_once += other.at_once;
    }
}

/// Browser and server, which all runs share.
struct World {
    server: LiveServer,
    machine: Arc<Machine>,
}

impl World {
    fn start() -> Result<Self, String> {
        if !usher_server::assets::has_widget() {
            return Err("the server was built without the widget; run: cargo xtask build".into());
        }
        let mut server = LiveServer::start(&Catalogue::default(), CHAT_ORIGIN, Time::Running)?;
        server.publish(&dialogue())?;
        Ok(Self {
            server,
            machine: Machine::shared()?,
        })
    }

    /// What the server has of a conversation.
    fn log(&self, conversation: ConversationId) -> Vec<Entry> {
        let store = &self.server.app().store;
        let log = store.log(self.server.scope(), conversation.to_string());
        self.server
            .wait_for(log)
            .map_or_else(|_| Vec::new(), |log| log.entries)
    }

    /// What the server refused beside lines that it had already.
    fn refused(&self) -> Vec<String> {
        let store = &self.server.app().store;
        let rows = store.refused(self.server.scope(), None, REFUSED);
        let rows = self.server.wait_for(rows).unwrap_or_default();
        let reasons = rows
            .iter()
            .map(|row| format!("{} {}", row.reason, row.detail));
        reasons
            .filter(|reason| !reason.starts_with("repeated batch"))
            .collect()
    }
}

#[derive(Default)]
struct Done {
    runs: u64,
    all: Tally,
    failed: Vec<u64>,
}

/// Does these runs, so many at once; says whether all were as they must be.
pub fn run_all(seeds: Range<u64>, at_once: u64) -> bool {
    if !Chromium::is_here() {
        return true;
    }
    let world = World::start().unwrap_or_else(|why| panic!("{why}"));
    if let Err(why) = tell_stories(&world) {
        eprintln!("{why}");
        return false;
    }
    let runs = seeds.end - seeds.start;
    let next = AtomicU64::new(seeds.start);
    let done = Mutex::new(Done::default());
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..at_once.clamp(1, runs) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if !seeds.contains(&seed) {
                        return;
                    }
                    let lived = catch_unwind(AssertUnwindSafe(|| run(&world, seed)));
                    let lived = lived.unwrap_or_else(|_| Err("the run itself failed".into()));
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.runs += 1;
                    match lived {
                        Ok(tally) => done.all.add(tally),
                        Err(why) => {
                            eprintln!(
                                "run {seed}: {why}\nrepeat it with: -- --real 1 --seed {seed}"
                            );
                            done.failed.push(seed);
                        }
                    }
                    if done.runs.is_multiple_of(20) {
                        let seconds = begun.elapsed().as_secs();
                        eprintln!("{} of {runs} runs after {seconds} s", done.runs);
                    }
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "Chromium: {runs} runs from {} on, {} failed, after {} s: {:?}",
        seeds.start,
        done.failed.len(),
        begun.elapsed().as_secs(),
        done.all
    );
    let refused = world.refused();
    if !refused.is_empty() {
        eprintln!("the server refused: {refused:?}");
    }
    if !done.failed.is_empty() {
        eprintln!("failed: {:?}", done.failed);
    }
    let all = done.all;
    let happened = [
        all.shown,
        all.cut,
        all.slowed,
        all.reloaded,
        all.closed,
        all.at_once,
    ];
    let enough = runs < MANY || happened.iter().all(|count| *count > 0);
    if !enough {
        eprintln!("too little has happened");
    }
    done.failed.is_empty() && refused.is_empty() && enough
}

fn run(world: &World, seed: u64) -> Result<Tally, String> {
    let mut dice = Dice(seed);
    let apart = dice.one_in(3);
    let mut visit = Visit::begin(world, dice, apart)?;
    let lived = visit.live();
    lived.map_err(|why| format!("{why}\n  {}", visit.story()))
}

/// Those stories in which something was wrong once, and that do not need chance.
fn tell_stories(world: &World) -> Result<(), String> {
    let mut visit = Visit::begin(world, Dice(0), true)?;
    let told = visit.come_back();
    told.map_err(|why| format!("coming back: {why}\n  {}", visit.story()))
}
