//! `cargo xtask mutate`: takes the engine's rules away one at a time and sees whether a plan notices.
//!
//! What was found is kept in `target/mutate/results`, so that an interrupted run goes on where it was. It holds as
//! long as the engine, and the plan that noticed, stay as they are; where no plan of the rule noticed, as long as all
//! plans do.

use crate::mutations::{Mutation, Mutations, rules};
use crate::{Failure, build};
use engine::ids::fnv1a;
use std::collections::BTreeMap;
use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Plans take seconds; a mutant that takes so long runs for ever.
const PATIENCE: Duration = Duration::from_secs(120);

/// Which mutations to run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish<'a> {
    /// Only those whose name holds this.
    pub only: &'a str,
    /// Also those whose result is known.
    pub again: bool,
}

/// Runs the mutations and prints a table; says whether each turned a plan red and no rule is without one.
///
/// # Errors
/// When the copy cannot be made, or plans fail without any mutation.
pub fn mutate(wish: Wish<'_>) -> Result<bool, Failure> {
    let root = build::root();
    let copy = root.join("target/mutate");
    let list = Mutations::parse(&read(&root.join("tests/mutations.txt"))?)?;
    eprintln!("copying the sources and running the plans as they are");
    let sources = copy_tree(&root, &copy)?;
    let mut known = Results::open(&copy, sources, wish.again)?;
    let own = plans_by_rule(&root)?;
    let chosen: Vec<&Mutation> = list
        .all
        .iter()
        .filter(|mutation| mutation.name().contains(wish.only))
        .collect();
    must_be_green(&copy, false)?;
    println!("| rule | plans that turn red | one of them |\n| --- | ---: | --- |");
    let mut unnoticed = Vec::new();
    let (begun, mut ran, mut server_is_green) = (Instant::now(), 0, false);
    for (n, mutation) in chosen.iter().enumerate() {
        let row = match known.of(mutation) {
            Some(row) => row,
            None => {
                progress(n, chosen.len(), ran, begun, &mutation.name());
                if mutation.through_server && !server_is_green {
                    must_be_green(&copy, true)?;
                    server_is_green = true;
                }
                let row = judge(mutation, &copy, &own)?;
                known.write(key(mutation), &row)?;
                ran += 1;
                row
            }
        };
        clear_progress();
        println!("| {} | {} |", mutation.name(), row.cells);
        if !row.noticed {
            unnoticed.push(mutation.name());
        }
    }
    println!(
        "\n{} of {} mutations turned a plan red",
        chosen.len() - unnoticed.len(),
        chosen.len()
    );
    if !unnoticed.is_empty() {
        println!("unnoticed: {}", unnoticed.join(", "));
    }
    let missing = list.missing(&rules(&read(&root.join("tests/plans/RULES.md"))?));
    if !missing.is_empty() {
        println!("rules without a mutation: {}", missing.join(", "));
    }
    Ok(unnoticed.is_empty() && missing.is_empty())
}

fn must_be_green(copy: &Path, through_server: bool) -> Result<(), Failure> {
    match plans(copy, through_server)? {
        Verdict::Green => Ok(()),
        Verdict::Red(failed) => Err(format!(
            "without any mutation {} plans fail already, the first {}",
            failed.len(),
            failed.first().map_or("", String::as_str)
        )),
        Verdict::Stuck => Err("without any mutation the plans do not end".into()),
        Verdict::Broken(why) => Err(why),
    }
}

/// Takes one rule away, runs the plans, and puts it back.
fn judge(
    mutation: &Mutation,
    copy: &Path,
    own: &BTreeMap<String, Vec<String>>,
) -> Result<Row, Failure> {
    let file = copy.join(&mutation.file);
    let before = read(&file)?;
    let Some(mutant) = mutation.apply(&before) else {
        return Ok(Row::unnoticed(format!(
            "{} does not hold {:?} | ",
            mutation.file, mutation.stands
        )));
    };
    write(&file, &mutant)?;
    let verdict = plans(copy, mutation.through_server);
    write(&file, &before)?;
    Ok(match verdict? {
        Verdict::Red(failed) => {
            let named = own.get(&mutation.rule);
            let named = failed
                .iter()
                .find(|plan| named.is_some_and(|named| named.contains(plan)));
            let (because, shown) = match (named, failed.first()) {
                (Some(plan), _) => (plan.clone(), stem(plan)),
                (None, Some(plan)) => (ALL.into(), format!("{}, of another rule", stem(plan))),
                (None, None) => (ALL.into(), String::new()),
            };
            Row {
                noticed: true,
                because,
                cells: format!("{} | {shown}", failed.len()),
            }
        }
        Verdict::Green => Row::unnoticed("**0** | ".into()),
        Verdict::Stuck => Row::unnoticed("the plans do not end | ".into()),
        Verdict::Broken(why) => Row::unnoticed(format!("{why} | ")),
    })
}

enum Verdict {
    Green,
    /// These plans failed.
    Red(Vec<String>),
    /// They run for ever.
    Stuck,
    /// It does not compile, or a plan breaks the program down: why.
    Broken(String),
}

fn plans(copy: &Path, through_server: bool) -> Result<Verdict, Failure> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .current_dir(copy)
        .args(["build", "--quiet", "--package", "usher-tests"])
        .args(["--bin", "plans"]);
    if !through_server {
        build.arg("--no-default-features");
    }
    let built = build
        .env("RUSTFLAGS", "-Awarnings")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_INCREMENTAL", "1")
        .env_remove("CARGO_TARGET_DIR")
        .output()
        .map_err(|fault| format!("cargo: {fault}"))?;
    if !built.status.success() {
        let errors = String::from_utf8_lossy(&built.stderr);
        let first = errors.lines().find(|line| line.starts_with("error"));
        let first = first.unwrap_or("no reason given");
        return Ok(Verdict::Broken(format!("does not compile: {first}")));
    }
    let said = copy.join("plans.txt");
    let faults = copy.join("plans.err");
    let file = |path: &Path| fs::File::create(path).map_err(|fault| fault.to_string());
    let mut run = Command::new(copy.join("target/debug/plans"))
        .current_dir(copy)
        .args(["tests/plans", "--only"])
        .arg(if through_server { "server" } else { "engine" })
        .stdin(Stdio::null())
        .stdout(file(&said)?)
        .stderr(file(&faults)?)
        .spawn()
        .map_err(|fault| format!("plans: {fault}"))?;
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = run.try_wait().map_err(|fault| fault.to_string())? {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            run.kill().map_err(|fault| fault.to_string())?;
            run.wait().map_err(|fault| fault.to_string())?;
            return Ok(Verdict::Stuck);
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let text = read(&said)?;
    let failed: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("FAILED "))
        .map(String::from)
        .collect();
    if !failed.is_empty() {
        return Ok(Verdict::Red(failed));
    }
    if status.success() {
        return Ok(Verdict::Green);
    }
    let why = read(&faults)?;
    let why = why.lines().find(|line| !line.trim().is_empty());
    let why = why.unwrap_or("no plan ran");
    Ok(Verdict::Broken(format!("breaks down: {why}")))
}

/// The name of a plan.
fn stem(path: &str) -> String {
    Path::new(path)
        .file_stem()
        .map_or(String::new(), |name| name.to_string_lossy().into_owned())
}

/// Per rule the plans that name it, by their paths from the root.
fn plans_by_rule(root: &Path) -> Result<BTreeMap<String, Vec<String>>, Failure> {
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files(&root.join(PLANS))? {
        if file.extension().is_some_and(|ending| ending == "plan") {
            let text = read(&file)?;
            let path = file.strip_prefix(root).unwrap_or(&file);
            for rule in text
                .lines()
                .filter_map(|line| line.strip_prefix("# rule: "))
            {
                let rule = rule.trim().to_string();
                let path = path.to_string_lossy().into_owned();
                named.entry(rule).or_default().push(path);
            }
        }
    }
    Ok(named)
}

/// Where plans are, from the root.
const PLANS: &str = "tests/plans";
/// Stands for all plans where a result is due to none in particular.
const ALL: &str = "*";

/// What a mutation led to.
#[derive(Clone)]
struct Row {
    noticed: bool,
    /// The plan that noticed, or `ALL`.
    because: String,
    /// The second and third cell of its line.
    cells: String,
}

impl Row {
    fn unnoticed(cells: String) -> Self {
        Self {
            noticed: false,
            because: ALL.into(),
            cells: cells.replace(['\n', '\t'], " "),
        }
    }
}

/// What is known, on disk: a line for the engine and the runner, then one per mutation.
struct Results {
    copy: PathBuf,
    file: fs::File,
    rows: BTreeMap<u64, Row>,
}

impl Results {
    /// Those that hold for what is in the copy; others are forgotten.
    fn open(copy: &Path, sources: u64, again: bool) -> Result<Self, Failure> {
        let path = copy.join("results");
        let head = format!("{sources:016x}");
        let text = fs::read_to_string(&path).unwrap_or_default();
        let mut lines = text.lines();
        let same = lines.next().is_some_and(|first| first == head) && !again;
        let mut results = Self {
            copy: copy.to_path_buf(),
            file: fs::File::create(&path).map_err(|fault| fault.to_string())?,
            rows: BTreeMap::new(),
        };
        results.line(&head)?;
        for line in lines.filter(|_| same) {
            // A line cut short by an interruption has no end.
            let cells: Vec<&str> = line.split('\t').collect();
            let [key, noticed, because, of, cells, ""] = cells[..] else {
                continue;
            };
            let row = Row {
                noticed: noticed == "noticed",
                because: because.into(),
                cells: cells.into(),
            };
            let Ok(key) = u64::from_str_radix(key, 16) else {
                continue;
            };
            if results.hash(&row).is_ok_and(|now| now == of) {
                results.write(key, &row)?;
                results.rows.insert(key, row);
            }
        }
        Ok(results)
    }

    fn of(&self, mutation: &Mutation) -> Option<Row> {
        self.rows.get(&key(mutation)).cloned()
    }

    /// Of the plans that a result depends on.
    fn hash(&self, row: &Row) -> Result<String, Failure> {
        let plans = if row.because == ALL {
            files(&self.copy.join(PLANS))?
        } else {
            vec![self.copy.join(&row.because)]
        };
        let mut hash = 0;
        for plan in plans {
            hash = fnv1a(hash, read(&plan)?.as_bytes());
        }
        Ok(format!("{hash:016x}"))
    }

    fn write(&mut self, key: u64, row: &Row) -> Result<(), Failure> {
        let noticed = if row.noticed { "noticed" } else { "unnoticed" };
        let (of, because, cells) = (self.hash(row)?, &row.because, &row.cells);
        self.line(&format!(
            "{key:016x}\t{noticed}\t{because}\t{of}\t{cells}\t"
        ))
    }

    fn line(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.file, "{line}").map_err(|fault| fault.to_string())
    }
}

fn key(mutation: &Mutation) -> u64 {
    let level = u64::from(mutation.through_server);
    [
        &mutation.rule,
        &mutation.file,
        &mutation.stands,
        &mutation.instead,
    ]
    .iter()
    .fold(level, |hash, part| fnv1a(hash, part.as_bytes()))
}

/// One line that is written over, where somebody is watching.
fn progress(done: usize, of: usize, ran: u32, begun: Instant, name: &str) {
    if !std::io::stderr().is_terminal() {
        return;
    }
    let left = match begun.elapsed().checked_div(ran) {
        Some(each) => {
            let minutes = (each * u32::try_from(of - done).unwrap_or(0)).as_secs() / 60 + 1;
            format!(", about {minutes} min left")
        }
        None => String::new(),
    };
    eprint!("\r\x1b[K{} of {of}{left}: {name}", done + 1);
}

fn clear_progress() {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

/// What every result depends on, the plans apart.
const SOURCES: [&str; 4] = [
    "engine/src",
    "engine/Cargo.toml",
    "tests/src",
    "tests/Cargo.toml",
];

/// Makes the copy the same as the engine, the tests and what they need to be a workspace of their own.
/// Returns a hash of `SOURCES`.
fn copy_tree(root: &Path, copy: &Path) -> Result<u64, Failure> {
    fs::create_dir_all(copy).map_err(|fault| format!("{}: {fault}", copy.display()))?;
    let mut sources = 0;
    for folder in ["engine", "server", "tests"] {
        let from = root.join(folder);
        let wanted = files(&from)?;
        for file in &wanted {
            let bytes = fs::read(file).map_err(|fault| format!("{}: {fault}", file.display()))?;
            let place = file.strip_prefix(root).unwrap_or(file);
            // The server takes part in few results, and its own tests find its faults.
            let is_source = SOURCES.iter().any(|source| place.starts_with(source));
            if is_source {
                sources = fnv1a(sources, place.to_string_lossy().as_bytes());
                sources = fnv1a(sources, &bytes);
            }
            write_if_other(&copy.join(place), &bytes)?;
        }
        let target = copy.join(folder);
        for file in files(&target)? {
            let place = file.strip_prefix(copy).unwrap_or(&file);
            if !root.join(place).exists() {
                fs::remove_file(&file).map_err(|fault| format!("{}: {fault}", file.display()))?;
            }
        }
    }
    let manifest = read(&root.join("Cargo.toml"))?;
    let members = manifest
        .lines()
        .find(|line| line.starts_with("members"))
        .ok_or("a workspace has members")?;
    let manifest = manifest.replace(
        members,
        "members = [\"engine\", \"server\", \"tests\"]\nexclude = [\"tests/decide\"]",
    );
    write_if_other(&copy.join("Cargo.toml"), manifest.as_bytes())?;
    // The server shows its licences.
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        write_if_other(&copy.join(licence), read(&root.join(licence))?.as_bytes())?;
    }
    let lock = read(&root.join("Cargo.lock"))?;
    write(&copy.join("Cargo.lock"), &lock)?;
    Ok(fnv1a(sources, lock.as_bytes()))
}

/// Every file of a folder and its folders, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    let mut todo = vec![folder.to_path_buf()];
    while let Some(folder) = todo.pop() {
        let items =
            fs::read_dir(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
        for item in items.flatten() {
            if item.path().is_dir() {
                todo.push(item.path());
            } else {
                all.push(item.path());
            }
        }
    }
    all.sort();
    Ok(all)
}

/// What stays as it is need not be compiled again.
fn write_if_other(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|known| known == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
    }
    fs::write(path, bytes).map_err(|fault| format!("{}: {fault}", path.display()))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|fault| format!("{}: {fault}", path.display()))
}
