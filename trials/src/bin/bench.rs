//! Measures the server beside its peers, and is some of these peers.

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use usher_trials::Failure;
use usher_trials::bench::{Plan, Table, bench, peers};

#[derive(Debug, Parser)]
struct Words {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure everything and print the tables.
    All {
        /// The binary `usher`.
        #[arg(long)]
        usher: PathBuf,
        /// The folder of the peers in Node.
        #[arg(long)]
        node: PathBuf,
        /// How often each is measured.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
        /// How long each time, in milliseconds.
        #[arg(long, default_value_t = 2_000)]
        ms: u64,
        /// What visitors do by chance.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// One table alone.
        #[arg(long)]
        only: Option<Table>,
        /// So many connections alone.
        #[arg(long)]
        connections: Option<usize>,
        /// So many lines a request alone.
        #[arg(long)]
        lines: Option<usize>,
    },
    /// Be a peer until ended.
    Peer {
        /// Which.
        kind: Kind,
        /// Where to listen.
        #[arg(long)]
        listen: SocketAddr,
        /// The PostgreSQL to write to.
        #[arg(long, default_value = "")]
        database: String,
    },
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// Greets, and reads without keeping.
    Bare,
    /// Commits each line.
    Single,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Words::parse().what).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(what: What) -> Result<(), Failure> {
    match what {
        What::All {
            usher,
            node,
            rounds,
            ms,
            seed,
            only,
            connections,
            lines,
        } => {
            let plan = Plan {
                usher,
                node,
                rounds,
                seed,
                only,
                connections,
                lines,
                time: Duration::from_millis(ms),
                myself: std::env::current_exe().map_err(|fault| fault.to_string())?,
            };
            print!("{}", bench(&plan).await?);
            Ok(())
        }
        What::Peer {
            kind,
            listen,
            database,
        } => match kind {
            Kind::Bare => peers::bare(listen).await,
            Kind::Single => peers::single_rows(listen, database).await,
        },
    }
}
