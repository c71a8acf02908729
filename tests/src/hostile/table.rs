//! The table: every case in every browser, and what was seen.

use super::{NOT_APPLICABLE, Stage, Verdict};
use crate::browsers::Make;
use crate::installation::Installation;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// A case.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its number, such as `W01`.
    pub id: &'static str,
    /// What the page does.
    pub title: &'static str,
    /// Meets it.
    pub meet: fn(&Stage) -> Verdict,
}

impl Row {
    /// A case by its number, what the page does, and what meets it.
    #[must_use]
    pub const fn new(id: &'static str, title: &'static str, meet: fn(&Stage) -> Verdict) -> Self {
        Self { id, title, meet }
    }
}

/// A cell of the table.
struct Cell {
    make: Make,
    row: Row,
    verdict: Verdict,
    seconds: f32,
}

/// What a program of such rows does: runs those that its arguments name by their numbers or browsers, or all, prints the
/// table, and fails when any cell is wrong. The server logs from a level on.
#[must_use]
pub fn run_all(rows: &[Row], log_level: &'static str) -> ExitCode {
    let wishes: Vec<String> = std::env::args()
        .skip(1)
        .filter(|wish| !wish.starts_with('-'))
        .collect();
    match run(rows, &wishes, log_level) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(rows: &[Row], wishes: &[String], log_level: &'static str) -> Result<bool, String> {
    let makes = Make::ALL.into_iter().filter(|make| make.is_here());
    let named = |make: &Make| wishes.contains(&make.to_string());
    let any = Make::ALL.iter().any(named);
    let makes: Vec<Make> = makes.filter(|make| !any || named(make)).collect();
    let wished: Vec<&String> = wishes
        .iter()
        .filter(|wish| !Make::ALL.iter().any(|make| make.to_string() == **wish))
        .collect();
    let rows: Vec<Row> = rows
        .iter()
        .filter(|row| wished.is_empty() || wished.iter().any(|wish| row.id.starts_with(*wish)))
        .copied()
        .collect();
    if makes.is_empty() || rows.is_empty() {
        return Ok(true);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|fault| fault.to_string())?;
    let runtime = Arc::new(runtime);
    let installation = Arc::new(Installation::start(runtime.handle().clone(), log_level)?);
    let cells: Vec<Cell> = std::thread::scope(|scope| {
        let threads: Vec<_> = makes
            .iter()
            .map(|make| {
                let (installation, runtime, rows) = (&installation, &runtime, &rows);
                scope.spawn(move || {
                    match Stage::new(*make, Arc::clone(installation), Arc::clone(runtime)) {
                        Ok(stage) => rows.iter().map(|row| meet(&stage, *row)).collect(),
                        Err(why) => vec![Cell {
                            make: *make,
                            row: rows[0],
                            verdict: Err(why),
                            seconds: 0.0,
                        }],
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect()
    });
    print(&rows, &makes, &cells);
    Ok(cells.len() == rows.len() * makes.len() && cells.iter().all(|cell| cell.verdict.is_ok()))
}

fn meet(stage: &Stage, row: Row) -> Cell {
    let begun = Instant::now();
    let once = || {
        catch_unwind(AssertUnwindSafe(|| (row.meet)(stage)))
            .unwrap_or_else(|_| Err("the case itself failed".into()))
    };
    // A busy machine is late now and then; what is wrong is wrong twice, and the table says so.
    let verdict = once().or_else(|why| {
        eprintln!("{} {} once: {why}", row.id, stage.make);
        once().map(|seen| format!("at the second try: {seen}"))
    });
    let cell = Cell {
        make: stage.make,
        row,
        verdict,
        seconds: begun.elapsed().as_secs_f32(),
    };
    eprintln!("{}", cell.line());
    cell
}

impl Cell {
    fn line(&self) -> String {
        let (how, words) = match &self.verdict {
            Ok(seen) => match seen.strip_prefix(NOT_APPLICABLE) {
                Some(why) => ("n/a", why),
                None => ("pass", seen.as_str()),
            },
            Err(why) => ("FAIL", why.as_str()),
        };
        format!(
            "{:4} {:9} {:4} {:5.1} s  {words}",
            self.row.id, self.make, how, self.seconds
        )
    }
}

fn print(rows: &[Row], makes: &[Make], cells: &[Cell]) {
    println!();
    for row in rows {
        println!("{}  {}", row.id, row.title);
        for make in makes {
            let cell = cells
                .iter()
                .find(|cell| cell.row.id == row.id && cell.make == *make);
            match cell {
                Some(cell) => println!("  {}", cell.line()),
                None => println!("  {:4} {make:9} FAIL  it was not run", row.id),
            }
        }
    }
    let wrong = cells.iter().filter(|cell| cell.verdict.is_err()).count();
    println!("\n{} cells, {wrong} wrong", cells.len());
}
