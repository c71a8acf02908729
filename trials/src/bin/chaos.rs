//! Does to servers what happens to servers, a cycle after the other, and has the checker look after each. `cargo xtask chaos`
//! builds everything and calls this.

use clap::Parser;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{SignalKind, signal};
use usher_trials::Failure;
use usher_trials::results::Run;
use usher_trials::trial::{Cycle, Fault, Programs, Scale, Trial};

/// Kills servers, breaks their disks, their PostgreSQL and their network, and checks that nothing was lost.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask chaos", bin_name = "cargo xtask chaos")]
struct Words {
    /// What all chance follows from; another every time when absent.
    #[arg(long)]
    seed: Option<u64>,
    /// So many cycles of each kind.
    #[arg(long)]
    cycles: Option<u32>,
    /// Only one kind of harm.
    #[arg(long)]
    only: Option<Fault>,
    /// Only this cycle, on a fresh database: what happens in it follows from the seed and its number.
    #[arg(long, requires = "seed", conflicts_with_all = ["cycles", "resume"])]
    cycle: Option<u32>,
    /// A few cycles of each kind, in about four minutes.
    #[arg(long)]
    short: bool,
    /// Goes on where the last run was interrupted.
    #[arg(long, conflicts_with_all = ["seed", "short", "cycles"])]
    resume: bool,
    /// Appends what came of it to a file of results, when every cycle is done.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Where databases and the state of the run are kept.
    #[arg(long, default_value = "target/chaos")]
    folder: PathBuf,
    /// The binary `usher`.
    #[arg(long)]
    usher: PathBuf,
    /// The binary `checker`.
    #[arg(long)]
    checker: PathBuf,
}

/// How many violations of one cycle are shown.
const SHOWN: usize = 12;

/// Cycles of a whole run, and of a short one.
fn plan(fault: Fault, short: bool) -> (u32, Scale) {
    let (cycles, lines, bookings) = match (fault, short) {
        (Fault::Kill, false) => (200, 1_000, 25),
        (Fault::Postgres, false) => (20, 600, 15),
        (Fault::Sync | Fault::Disk | Fault::Network, false) => (30, 600, 15),
        (Fault::Kill, true) => (10, 500, 12),
        (Fault::Sync | Fault::Disk | Fault::Postgres | Fault::Network, true) => (3, 300, 6),
    };
    let scale = Scale {
        visitors: 48,
        lines,
        bookings,
    };
    (cycles, scale)
}

fn main() -> ExitCode {
    let words = Words::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(fault) => {
            eprintln!("cannot start: {fault}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(run(&words)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

async fn run(words: &Words) -> Result<bool, Failure> {
    let kept = words.folder.join("run.json");
    let make = |fault: &Path| std::fs::create_dir_all(fault);
    make(&words.folder).map_err(|fault| format!("{}: {fault}", words.folder.display()))?;
    let folder = words.folder.canonicalize();
    let folder = folder.map_err(|fault| format!("{}: {fault}", words.folder.display()))?;
    let mut run = if words.resume {
        Run::read(&kept)?
    } else {
        begin(words)
    };
    println!("seed {}", run.seed);
    let interrupted = interrupted()?;
    let programs = Programs {
        usher: words.usher.clone(),
        checker: words.checker.clone(),
    };
    for fault in Fault::ALL {
        if run.parts.contains_key(&fault) && !interrupted.load(Ordering::Relaxed) {
            let one = Part {
                fault,
                folder: &folder,
                kept: &kept,
                programs: &programs,
                interrupted: &interrupted,
                short: words.short,
                only: words.cycle,
            };
            one.go(&mut run).await?;
        }
    }
    println!("\n{}", run.table());
    if interrupted.load(Ordering::Relaxed) {
        println!("interrupted; goes on with: cargo xtask chaos --resume");
        return Ok(false);
    }
    if let Some(record) = &words.record {
        run.append(record)?;
        println!("appended to {}", record.display());
    }
    let violations = run.violations();
    println!("{violations} violations, seed {}", run.seed);
    Ok(violations == 0)
}

fn begin(words: &Words) -> Run {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let any = since.map_or(1, |since| u64::from(since.subsec_nanos()) ^ since.as_secs());
    let seed = words.seed.unwrap_or(any % 1_000_000);
    let faults = Fault::ALL.into_iter();
    let faults = faults.filter(|fault| words.only.is_none_or(|only| only == *fault));
    Run::new(
        seed,
        faults.map(|fault| {
            let (cycles, scale) = plan(fault, words.short);
            let cycles = words.cycle.map_or(words.cycles.unwrap_or(cycles), |_| 1);
            (fault, cycles, scale)
        }),
    )
}

/// Set when somebody wants it to stop; the cycle under way is finished.
fn interrupted() -> Result<Arc<AtomicBool>, Failure> {
    let flag = Arc::new(AtomicBool::new(false));
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut told = signal(kind).map_err(|fault| format!("signals: {fault}"))?;
        let flag = Arc::clone(&flag);
        tokio::spawn(async move {
            while told.recv().await.is_some() {
                flag.store(true, Ordering::Relaxed);
                println!("finishing this cycle");
            }
        });
    }
    Ok(flag)
}

/// The cycles of one kind of harm.
struct Part<'r> {
    fault: Fault,
    folder: &'r Path,
    kept: &'r Path,
    programs: &'r Programs,
    interrupted: &'r AtomicBool,
    short: bool,
    only: Option<u32>,
}

impl Part<'_> {
    async fn go(&self, run: &mut Run) -> Result<(), Failure> {
        let word = self.fault.word();
        let (mut trial, mut fresh): (Option<Trial>, u32) = (None, 0);
        let seed = run.seed;
        while !self.interrupted.load(Ordering::Relaxed) {
            let Some(part) = run.parts.get_mut(&self.fault) else {
                break;
            };
            let done = u32::try_from(part.done.len()).unwrap_or(u32::MAX);
            if part.skipped.is_some() || done >= part.cycles {
                break;
            }
            let ready = match &mut trial {
                Some(trial) => trial,
                None => match self.prepare().await {
                    Ok(ready) => trial.insert(ready),
                    Err(why) => {
                        println!("{word}: skipped, because {why}");
                        part.skipped = Some(why);
                        break;
                    }
                },
            };
            let number = self.only.unwrap_or(done + 1);
            let cycle = ready.cycle(seed, number, part.scale).await?;
            tell(self.fault, seed, part.cycles, &cycle);
            let failed = !cycle.violations.is_empty();
            part.done.push(cycle);
            fresh += 1;
            run.keep(self.kept)?;
            if failed && let Some(trial) = trial.take() {
                self.put_aside(&trial, number)?;
                fresh = 0;
            }
        }
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        if let (Some(mut trial), true) = (trial, fresh > 0 && !interrupted) {
            self.finish(&mut trial, run).await?;
        }
        run.keep(self.kept)
    }

    async fn prepare(&self) -> Result<Trial, Failure> {
        let folder = self.folder.join(self.fault.word());
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .map_err(|fault| format!("{}: {fault}", folder.display()))?;
        }
        Trial::prepare(self.fault, &folder, self.programs).await
    }

    async fn finish(&self, trial: &mut Trial, run: &mut Run) -> Result<(), Failure> {
        // Whoever was killed while a message was on its way has it leased for two minutes.
        let patience = Duration::from_secs(if self.short { 5 } else { 240 });
        let begun = Instant::now();
        let mut found = trial.finish(patience).await?;
        let waiting = trial.waiting()?;
        if waiting > 0 && !self.short {
            found.push(format!(
                "I7: {waiting} webhooks have not arrived after {} s",
                patience.as_secs()
            ));
        }
        let word = self.fault.word();
        println!(
            "{word}: the end, {} s, {waiting} webhooks still waiting",
            begun.elapsed().as_secs()
        );
        show(&found);
        if let Some(part) = run.parts.get_mut(&self.fault) {
            part.end = Some(found);
            part.waiting = waiting;
        }
        Ok(())
    }

    /// Keeps the folder of a cycle that has failed.
    fn put_aside(&self, trial: &Trial, number: u32) -> Result<(), Failure> {
        let from = &trial.ground().setup.folder;
        let aside = format!("{}-failed-{number}", self.fault.word());
        let aside = self.folder.join(aside);
        let _ = std::fs::remove_dir_all(&aside);
        let copied = std::process::Command::new("cp")
            .arg("-r")
            .arg(from)
            .arg(&aside)
            .status();
        copied.map_err(|fault| format!("cp: {fault}"))?;
        println!("its folder is kept in {}", aside.display());
        Ok(())
    }
}

fn tell(fault: Fault, seed: u64, cycles: u32, cycle: &Cycle) {
    let serving: Vec<String> = cycle.serving_ms.iter().map(u64::to_string).collect();
    println!(
        "{} {}/{cycles}: {} lines, {} bookings, {} without an answer, serving after {} ms, {:.1} s, of which the check {:.1} s: {}",
        fault.word(),
        cycle.number,
        cycle.lines,
        cycle.bookings,
        cycle.away,
        if serving.is_empty() {
            "-".into()
        } else {
            serving.join(" and ")
        },
        cycle.took_ms as f64 / 1_000.0,
        cycle.check_ms as f64 / 1_000.0,
        if cycle.violations.is_empty() {
            "ok"
        } else {
            "VIOLATED"
        },
    );
    show(&cycle.violations);
    if !cycle.violations.is_empty() {
        let word = fault.word();
        println!(
            "repeat with: cargo xtask chaos --only {word} --seed {seed} --cycle {}",
            cycle.number
        );
    }
}

fn show(violations: &[String]) {
    for violation in violations.iter().take(SHOWN) {
        println!("  {violation}");
    }
    if violations.len() > SHOWN {
        println!("  and {} more", violations.len() - SHOWN);
    }
}
