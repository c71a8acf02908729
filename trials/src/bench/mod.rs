//! What the server does in a second, beside what does less or is written otherwise. Everything of one table is measured in
//! turn, round by round, because the machine is never the same for long; what is told are ratios within a round.

pub mod peers;
mod process;
pub mod strike;
mod words;

use crate::Failure;
use crate::servers::{Setup, told};
use crate::talk::now;
use engine::compiled::decode;
use engine::wire::Identified;
use fastrand::Rng;
use process::{Process, SYNC_US};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use strike::{Aim, Hits, Series, request, strike};
use usher_postgres::{Crash, Private};
use words::{Ground, LINES, post};

/// What to measure, and how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The binary `usher`.
    pub usher: PathBuf,
    /// This program, to run peers of.
    pub myself: PathBuf,
    /// The folder of the peers in Node, with their packages installed.
    pub node: PathBuf,
    /// How often each is measured.
    pub rounds: usize,
    /// How long each time.
    pub time: Duration,
    /// What visitors do by chance.
    pub seed: u64,
    /// One table alone.
    pub only: Option<Table>,
    /// So many connections alone.
    pub connections: Option<usize>,
    /// So many lines a request alone.
    pub lines: Option<usize>,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Table {
    /// Inputs on SQLite.
    Intake,
    /// Inputs where a sync is slow.
    Syncs,
    /// Two servers on PostgreSQL.
    Replicas,
    /// Look-ups and files.
    Reads,
}

/// Connections at once.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// The most lines a second that anything here could take, to have enough prepared.
const MOST_LINES: usize = 60_000;

/// Measures everything; gives back the tables as Markdown.
///
/// # Errors
/// When something does not start or breaks off.
pub async fn bench(plan: &Plan) -> Result<String, Failure> {
    let folder = std::env::temp_dir().join(format!("usher-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(told(folder.display()))?;
    let bench = Bench {
        plan: plan.clone(),
        folder: folder.clone(),
    };
    let mut text = String::new();
    let done = bench.all(&mut text).await;
    let _ = std::fs::remove_dir_all(&folder);
    done.map(|()| text)
}

struct Bench {
    plan: Plan,
    folder: PathBuf,
}

impl Bench {
    async fn all(&self, text: &mut String) -> Result<(), Failure> {
        let wanted = |table| self.plan.only.is_none_or(|only| only == table);
        if wanted(Table::Intake) {
            self.intake(text).await?;
        }
        if wanted(Table::Syncs) {
            self.slow_syncs(text).await?;
        }
        if wanted(Table::Replicas) {
            let postgres = Private::start(Crash::Survives)?;
            self.replicas(&postgres, text).await?;
        }
        if wanted(Table::Reads) {
            self.reads("SQLite", None, text).await?;
            let postgres = Private::start(Crash::Survives)?;
            self.reads("PostgreSQL", Some(&postgres), text).await?;
        }
        Ok(())
    }

    /// Inputs with replay, beside reading alone and beside SQLite alone.
    async fn intake(&self, text: &mut String) -> Result<(), Failure> {
        let mut dice = Rng::with_seed(self.plan.seed);
        let setup = self.setup("intake", None)?;
        let mut ground = Ground::make(&setup)?;
        let usher = self.usher(&setup, None)?;
        ground.fetch(&origin(&usher)).await?;
        let bare = self.peer("bare", &[])?;
        text.push_str(
            "\n## Durable inputs, replayed, on SQLite\n\n\
             | connections | lines a request | inputs/s | p50 ms | p99 ms | of reading alone | of raw SQLite |\n\
             | --- | --- | --- | --- | --- | --- | --- |\n",
        );
        for lines in self.lines() {
            for connections in self.connections(&CONNECTIONS) {
                let mut ours = Vec::new();
                let (mut of_bare, mut of_raw) = (Vec::new(), Vec::new());
                for _ in 0..self.plan.rounds {
                    let talks = self.talks(&ground, lines, connections, &mut dice);
                    let hits = self.at(&usher, "/v1/inputs", connections, &talks).await?;
                    let read = self.at(&bare, "/", connections, &talks).await?;
                    let raw = peers::raw_rows(
                        &self.folder,
                        connections * lines,
                        self.plan.time / 2,
                        &mut dice,
                    )?;
                    of_bare.push(hits.per_second() / read.per_second());
                    of_raw.push(hits.per_second() * lines as f64 / raw);
                    ours.push(hits);
                }
                let _ = writeln!(
                    text,
                    "| {connections} | {lines} | {:.0} | {:.1} | {:.1} | {:.2} | {:.2} |",
                    median(ours.iter().map(|hits| hits.per_second() * lines as f64)),
                    median(ours.iter().map(|hits| hits.percentile_ms(50))),
                    median(ours.iter().map(|hits| hits.percentile_ms(99))),
                    median(of_bare),
                    median(of_raw),
                );
                self.progress(text);
            }
        }
        Ok(())
    }

    /// One event a request where a sync takes four milliseconds, beside two ways to write it in Node.
    async fn slow_syncs(&self, text: &mut String) -> Result<(), Failure> {
        let mut dice = Rng::with_seed(self.plan.seed + 1);
        let setup = self.setup("slow", None)?;
        let mut ground = Ground::make(&setup)?;
        let usher = self.usher(&setup, Some(&self.folder))?;
        ground.fetch(&origin(&usher)).await?;
        let obvious = self.node("obvious", &[])?;
        let grouped = self.node("grouped", &["--grouped"])?;
        let _ = write!(
            text,
            "\n## One input a request, each sync {} ms longer\n\n\
             | connections | who | inputs/s | p99 ms | syncs an input |\n| --- | --- | --- | --- | --- |\n",
            SYNC_US / 1_000
        );
        for connections in self.connections(&CONNECTIONS) {
            let talks = self.talks(&ground, 1, connections, &mut dice);
            let events = events(talks.iter().map(Vec::len).sum(), &mut dice);
            for (who, process, path, work) in [
                ("Usher", &usher, "/v1/inputs", &talks),
                ("Node, an insert an event", &obvious, "/", &events),
                ("Node, group commit", &grouped, "/", &events),
            ] {
                let before = process.syncs();
                let hits = self.at(process, path, connections, work).await?;
                let syncs = process.syncs() - before;
                let _ = writeln!(
                    text,
                    "| {connections} | {who} | {:.0} | {:.1} | {:.3} |",
                    hits.per_second(),
                    hits.percentile_ms(99),
                    syncs as f64 / hits.answered.max(1) as f64
                );
            }
            self.progress(text);
        }
        Ok(())
    }

    /// Two servers on one PostgreSQL that share each conversation, beside a commit for each line.
    async fn replicas(&self, postgres: &Private, text: &mut String) -> Result<(), Failure> {
        let mut dice = Rng::with_seed(self.plan.seed + 2);
        let setup = self.setup("replicas", Some(postgres.url()))?;
        let mut ground = Ground::make(&setup)?;
        let (one, two) = (self.usher(&setup, None)?, self.usher(&setup, None)?);
        ground.fetch(&origin(&one)).await?;
        let single = self.peer("single", &["--database", &postgres.url()])?;
        text.push_str(
            "\n## Two servers on one PostgreSQL, every conversation on both in turn\n\n\
             | connections | lines a request | inputs/s | p50 ms | p99 ms | of a commit a line |\n\
             | --- | --- | --- | --- | --- | --- |\n",
        );
        for lines in self.lines() {
            for connections in self.connections(&CONNECTIONS[1..]) {
                let (mut ours, mut ratios) = (Vec::new(), Vec::new());
                for _ in 0..self.plan.rounds {
                    let talks = self.talks(&ground, lines, connections, &mut dice);
                    let mut aim = self.aim(&one, connections);
                    aim.servers.push(two.address);
                    aim.alternate = true;
                    let hits = well(strike(&aim, &talks).await?)?;
                    let rows = self.at(&single, "/", connections, &talks).await?;
                    ratios.push(hits.per_second() / rows.per_second());
                    ours.push(hits);
                }
                let _ = writeln!(
                    text,
                    "| {connections} | {lines} | {:.0} | {:.1} | {:.1} | {:.2} |",
                    median(ours.iter().map(|hits| hits.per_second() * lines as f64)),
                    median(ours.iter().map(|hits| hits.percentile_ms(50))),
                    median(ours.iter().map(|hits| hits.percentile_ms(99))),
                    median(ratios),
                );
                self.progress(text);
            }
        }
        Ok(())
    }

    /// Who a browser is, and what is published, beside a greeting.
    async fn reads(
        &self,
        backend: &str,
        postgres: Option<&Private>,
        text: &mut String,
    ) -> Result<(), Failure> {
        let name = format!("reads-{backend}");
        let setup = self.setup(&name, postgres.map(Private::url))?;
        let mut ground = Ground::make(&setup)?;
        let usher = self.usher(&setup, None)?;
        ground.fetch(&origin(&usher)).await?;
        let bare = self.peer("bare", &[])?;
        let who = self.known(&usher, &ground).await?;
        let index = vec![request("GET", &ground.index, "text/plain", b"")];
        let hello = vec![request("GET", "/", "text/plain", b"")];
        let _ = write!(
            text,
            "\n## Reading, on {backend}, beside a greeting\n\n\
             | connections | what | a second | p99 ms | of the greeting |\n| --- | --- | --- | --- | --- |\n"
        );
        for connections in self.connections(&CONNECTIONS[1..3]) {
            for (what, wanted) in [
                ("who a browser is", &who),
                ("the publication", &vec![index.clone()]),
            ] {
                let (mut ours, mut ratios) = (Vec::new(), Vec::new());
                for _ in 0..self.plan.rounds {
                    let mut aim = self.aim(&usher, connections);
                    aim.again = true;
                    let hits = well(strike(&aim, &Arc::new(wanted.clone())).await?)?;
                    aim.servers = vec![bare.address];
                    let greeted = strike(&aim, &Arc::new(vec![hello.clone()])).await?;
                    ratios.push(hits.per_second() / greeted.per_second());
                    ours.push(hits);
                }
                let _ = writeln!(
                    text,
                    "| {connections} | {what} | {:.0} | {:.1} | {:.2} |",
                    median(ours.iter().map(Hits::per_second)),
                    median(ours.iter().map(|hits| hits.percentile_ms(99))),
                    median(ratios),
                );
            }
            self.progress(text);
        }
        Ok(())
    }

    /// The question of a hundred browsers that the server knows.
    async fn known(&self, usher: &Process, ground: &Ground) -> Result<Vec<Series>, Failure> {
        let http = crate::wire::client(Duration::from_secs(10));
        let mut all = Vec::new();
        for _ in 0..100 {
            let asked = http.post(format!("{}/v1/identity", origin(usher)));
            let asked = asked.header("content-type", "application/octet-stream");
            let answer = asked.body(ground.question(None)).send().await;
            let answer = answer.map_err(|fault| fault.to_string())?;
            let bytes = answer.bytes().await.map_err(|fault| fault.to_string())?;
            let said: Identified = decode(&bytes).map_err(|_| "no answer to who that is")?;
            all.push(vec![post("/v1/identity", &ground.question(said.visitor))]);
        }
        Ok(all)
    }

    fn connections(&self, all: &[usize]) -> Vec<usize> {
        let wanted = |count: &usize| self.plan.connections.is_none_or(|only| only == *count);
        all.iter().copied().filter(wanted).collect()
    }

    fn lines(&self) -> Vec<usize> {
        let wanted = |count: &usize| self.plan.lines.is_none_or(|only| only == *count);
        [1, 10].into_iter().filter(wanted).collect()
    }

    fn talks(
        &self,
        ground: &Ground,
        lines: usize,
        connections: usize,
        dice: &mut Rng,
    ) -> Arc<Vec<Series>> {
        // More lines come in the same time the more a request holds and the more requests there are at once.
        let share = (connections.min(64) * lines).min(64) as f64 / 64.0;
        let most = MOST_LINES as f64 * self.plan.time.as_secs_f64() * share.max(0.1);
        let count = (most / LINES as f64) as usize + connections;
        Arc::new(ground.conversations(count, lines, dice))
    }

    async fn at(
        &self,
        process: &Process,
        path: &str,
        connections: usize,
        work: &Arc<Vec<Series>>,
    ) -> Result<Hits, Failure> {
        let work = if path == "/" {
            Arc::new(redirected(work))
        } else {
            Arc::clone(work)
        };
        well(strike(&self.aim(process, connections), &work).await?)
    }

    fn aim(&self, process: &Process, connections: usize) -> Aim {
        Aim {
            servers: vec![process.address],
            alternate: false,
            connections,
            time: self.plan.time,
            again: false,
        }
    }

    fn setup(&self, name: &str, database: Option<String>) -> Result<Setup, Failure> {
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(told(folder.display()))?;
        Ok(Setup {
            program: self.plan.usher.clone(),
            data: folder.join("data"),
            folder,
            database,
            outgoing_allowed: Vec::new(),
        })
    }

    fn usher(&self, setup: &Setup, slow: Option<&Path>) -> Result<Process, Failure> {
        let log = setup.folder.join("usher.log");
        Process::start(slow, &log, |address| {
            let mut command = setup.command();
            command.args(["--listen", &address.to_string()]);
            command.args(["--origin", &format!("http://{address}")]);
            command.args(["serve", "--without-widget"]);
            command
        })
    }

    fn peer(&self, kind: &str, words: &[&str]) -> Result<Process, Failure> {
        let log = self.folder.join(format!("{kind}.log"));
        Process::start(None, &log, |address| {
            let mut command = Command::new(&self.plan.myself);
            command.args(["peer", kind, "--listen", &address.to_string()]);
            command.args(words);
            command
        })
    }

    fn node(&self, name: &str, words: &[&str]) -> Result<Process, Failure> {
        let (log, file) = (
            self.folder.join(format!("{name}.log")),
            self.folder.join(format!("{name}.db")),
        );
        Process::start(Some(&self.folder), &log, |address| {
            let mut command = Command::new("node");
            command.current_dir(&self.plan.node).arg("intake.mjs");
            command
                .arg(address.port().to_string())
                .arg(file)
                .args(words);
            command
        })
    }

    /// The last row of what there is so far.
    fn progress(&self, text: &str) {
        if let Some(row) = text.lines().last() {
            eprintln!("{row}");
        }
    }
}

/// A measurement in which nothing was refused.
fn well(hits: Hits) -> Result<Hits, Failure> {
    if hits.refused == 0 && hits.answered > 0 {
        Ok(hits)
    } else {
        let Hits {
            answered, refused, ..
        } = hits;
        Err(format!("{refused} requests were refused beside {answered}"))
    }
}

/// The same requests at the root.
fn redirected(work: &[Series]) -> Vec<Series> {
    let from = b"POST /v1/inputs ";
    let again = |request: &Vec<u8>| match request.strip_prefix(from) {
        Some(rest) => [b"POST / ", rest].concat(),
        None => request.clone(),
    };
    work.iter()
        .map(|series| series.iter().map(again).collect())
        .collect()
}

/// Events as a team with Node would send them: as long as a line of ours with its request.
fn events(count: usize, dice: &mut Rng) -> Arc<Vec<Series>> {
    let event = |_| {
        let body = serde_json::json!({
            "id": format!("{:032x}", dice.u128(..)), "conversation": format!("{:032x}", dice.u128(..)),
            "key": format!("{:032x}", dice.u128(..)), "seq": 7, "at": now().0, "kind": "answered", "card": "q7",
            "answer": { "choice": 1 }, "digest": dice.u64(..).to_string(),
            "page": "https://www.example.com/talk/7", "language": "en" });
        vec![request(
            "POST",
            "/",
            "application/json",
            body.to_string().as_bytes(),
        )]
    };
    Arc::new((0..count).map(event).collect())
}

fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn origin(process: &Process) -> String {
    format!("http://{}", process.address)
}
