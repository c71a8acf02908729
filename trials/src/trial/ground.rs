//! Where a trial happens: a folder with a server's data, the history, and whoever receives webhooks.

use crate::Failure;
use crate::checker::Database;
use crate::history::History;
use crate::load::Load;
use crate::receiver;
use crate::servers::{Server, Setup, told};
use crate::wire::Wire;
use crate::world::{self, Place, Workspace};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// How long a visitor waits for an answer on a machine that has only itself to talk to.
const PATIENCE: Duration = Duration::from_secs(30);

/// The binaries of a trial.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `usher`.
    pub usher: PathBuf,
    /// `checker`.
    pub checker: PathBuf,
}

/// Everything but the servers.
#[derive(Debug)]
pub struct Ground {
    programs: Programs,
    /// How servers are set up here.
    pub setup: Setup,
    history: PathBuf,
    /// What visitors saw.
    pub events: History,
    workspaces: Vec<Workspace>,
    places: Option<Arc<[Place]>>,
    receiver: String,
}

impl Ground {
    /// Sets one up in an empty folder; the data lie in `data`, or on a PostgreSQL server.
    ///
    /// # Errors
    /// When the folder cannot be written, or a command of `usher` fails.
    pub async fn prepare(
        folder: &Path,
        programs: &Programs,
        data: PathBuf,
        database: Option<String>,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder).map_err(told(folder.display()))?;
        let history = folder.join("history");
        let events = History::open(&history).map_err(told(history.display()))?;
        let address = receiver::open(0, events.clone()).await?;
        let setup = Setup {
            program: programs.usher.clone(),
            folder: folder.into(),
            data,
            database,
            outgoing_allowed: vec![address.to_string()],
        };
        let workspaces = world::make(&setup)?;
        Ok(Self {
            programs: programs.clone(),
            setup,
            history,
            events,
            workspaces,
            places: None,
            receiver: format!("http://{address}"),
        })
    }

    /// Makes known what a server serves, which runs for the first time.
    ///
    /// # Errors
    /// When it does not serve it.
    pub async fn settle_in(&mut self, server: &Server) -> Result<(), Failure> {
        let wire = self.wire(vec![server.origin()], PATIENCE);
        self.places = Some(world::places(&self.workspaces, &wire).await?);
        world::subscribe(&self.workspaces, &wire, &self.receiver).await
    }

    fn wire(&self, origins: Vec<String>, patience: Duration) -> Wire {
        Wire::new(origins, patience, self.events.clone())
    }

    /// A load on servers at these origins.
    ///
    /// # Panics
    /// When no server was settled in.
    #[must_use]
    pub fn load(&self, origins: Vec<String>, patience: Option<Duration>, seed: u64) -> Load {
        let places = self.places.clone().expect("a server has been settled in");
        let wire = self.wire(origins, patience.unwrap_or(PATIENCE));
        Load::new(places, wire, seed)
    }

    /// The database as the checker is told of it.
    #[must_use]
    pub fn database(&self) -> String {
        let folder = || self.setup.data.display().to_string();
        self.setup.database.clone().unwrap_or_else(folder)
    }

    /// Has the checker look: what must not be, a sentence each.
    ///
    /// # Errors
    /// When the checker cannot do its work.
    pub fn check(&self, delivered: bool, thorough: bool) -> Result<Vec<String>, Failure> {
        let mut checker = Command::new(&self.programs.checker);
        checker.arg(self.database()).arg(&self.history);
        checker.args(delivered.then_some("--delivered"));
        checker.args(thorough.then_some("--thorough"));
        let output = checker
            .output()
            .map_err(told(self.programs.checker.display()))?;
        let said = String::from_utf8_lossy(&output.stdout);
        match output.status.code() {
            Some(0) => Ok(Vec::new()),
            Some(1) => Ok(said
                .lines()
                .filter_map(|line| line.strip_prefix("violated: "))
                .map(str::to_owned)
                .collect()),
            _ => Err(format!(
                "the checker: {}",
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }

    /// Webhooks that have not arrived yet.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn waiting(&self) -> Result<usize, Failure> {
        let place = self.database();
        // The driver of PostgreSQL has an executor of its own, which cannot run inside another.
        std::thread::scope(|threads| {
            let asked = threads.spawn(|| {
                let mut waiting = 0;
                let sql =
                    "SELECT count(*) FROM outbox WHERE kind = 'webhook' AND state = 'waiting'";
                Database::open(&place)?.each(sql, |mut row| waiting = row.small())?;
                Ok(usize::try_from(waiting).unwrap_or(usize::MAX))
            });
            asked
                .join()
                .unwrap_or_else(|_| Err("the database cannot be asked".into()))
        })
    }
}
