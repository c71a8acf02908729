//! The command line. Commands work on the data folder directly, beside a running server or without one.

/// Prints a line. Whoever stops reading, such as `head`, ends the command without a complaint.
macro_rules! say {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        let words = $crate::cli::terminal::lines(&format!($($words)*));
        if writeln!(std::io::stdout(), "{words}").is_err() {
            std::process::exit(0);
        }
    }};
}

mod agents;
mod audit;
mod dialogues;
mod doctor;
mod keys;
mod moving;
mod outbox;
mod people;
mod persons;
mod reports;
mod restoring;
mod serving;
mod terminal;
mod users;
mod workspaces;

use crate::app::{App, StartError};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Overrides};
use crate::logs;
use crate::store::{PublishError, Scope, StoreError};
use crate::workspace_file::WorkspaceFault;
use clap::{Parser, Subcommand};
pub(crate) use serving::bind;
use std::path::PathBuf;
use std::process::ExitCode;

/// Usher: conversational marketing on your own server.
#[derive(Debug, Parser)]
#[command(name = "usher", version, max_term_width = 100)]
struct Usher {
    #[command(flatten)]
    overrides: Overrides,
    /// The workspace a command is about; not needed while there is only one.
    #[arg(
        long,
        short,
        env = "USHER_WORKSPACE",
        value_name = "NAME",
        global = true
    )]
    workspace: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve browsers and the API until interrupted.
    Serve(serving::Serve),
    /// Serve a demo: a small marketing site with Usher on it, from a folder of its own.
    Demo(serving::Demo),
    /// Keep dialogues and flows from JSON files, or a whole workspace from one. Publishes nothing unless told to.
    Import(dialogues::Import),
    /// Write dialogues and flows as JSON.
    Export(dialogues::Export),
    /// List every fault of dialogue files, or of kept dialogues.
    Check(dialogues::Check),
    /// Make dialogues live as they are written now. A flow also renews every live dialogue that calls it.
    Publish(dialogues::Publish),
    /// Take dialogues off all pages; whoever is in a conversation finishes it.
    Unpublish(dialogues::Names),
    /// Replace the words of live dialogues for everybody, also for those in a conversation.
    Correct(dialogues::Names),
    /// Hide everything, open conversations included, until `usher on`.
    Off,
    /// Show everything again.
    On,
    /// Make a link by which colleagues try a dialogue as it is written now; list or revoke such links.
    TestLink(dialogues::TestLink),
    /// What reviewers said about a dialogue.
    Comments {
        /// The dialogue.
        name: String,
    },
    /// What dialogues did: triggered, engaged, completed, acquired, meetings, goals.
    Report(reports::ReportOf),
    /// What browsers sent and was not believed, with the reasons.
    Refused(reports::Refused),
    /// What waits to be delivered, or could not be; let it wait, let it leave, try it again.
    Outbox(outbox::Outbox),
    /// Who changed what; or whether anybody altered that since.
    Audit(audit::Audit),
    /// Forget a person: records, conversations, goals and what waits to be sent.
    Forget {
        /// An address or an id.
        person: String,
    },
    /// Make a link for a person's mails: it recognises whoever opens it.
    Link(people::LinkFor),
    /// Make a link that marks every browser in which it is opened as one of your own people's: reports leave it out.
    StaffLink {
        /// The page the link leads to; only the fragment is printed when absent.
        #[arg(long, value_name = "URL")]
        page: Option<String>,
    },
    /// Records that were merged into a person, and how they part again.
    #[command(subcommand)]
    Person(persons::Command),
    /// Say what is wrong with this installation, and with a page that should show the widget.
    Doctor {
        /// A page with the script tag, such as `https://www.example.com/`.
        page: Option<String>,
    },
    /// Create, list and change workspaces.
    #[command(subcommand)]
    Workspace(workspaces::Command),
    /// People who operate the workspace with a password, each in a role. Whoever has this command line operates
    /// everything, and scripts work with tokens.
    #[command(subcommand)]
    User(users::Command),
    /// API tokens.
    #[command(subcommand)]
    Token(people::TokenCommand),
    /// The secrets your log-in signs identities with.
    #[command(subcommand)]
    Secret(people::SecretCommand),
    /// The key that seals the secrets in the database, and signs links and bookings.
    #[command(subcommand)]
    Key(keys::Command),
    /// Agents whom visitors meet, and their pools.
    #[command(subcommand)]
    Agent(agents::Command),
    /// Bring the database up to date without serving, such as before several servers start at once. Every command does so
    /// by itself.
    Migrate,
    /// Move everything from the data folder's file into an empty PostgreSQL database. It can be interrupted, and goes on
    /// where it was; at the end both are compared row by row.
    Move {
        /// Where to: postgres://user:password@host/database.
        #[arg(long, value_name = "URL")]
        to: String,
    },
    /// Make a copy that `usher backup` wrote the database again: in an empty data folder that holds the key file, or in an
    /// empty PostgreSQL database. Nothing leaves it until `usher outbox resume`.
    Restore(restoring::Restore),
    /// Copy the database into a file while it is in use. The key file is not in it: keep that apart.
    Backup {
        /// Where to.
        file: PathBuf,
    },
}

/// Why a command failed, for the one who typed it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// In our own words.
    #[error("{0}")]
    Words(String),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A workspace file.
    #[error(transparent)]
    Workspace(#[from] WorkspaceFault),
    /// The store.
    #[error("{}", .0.with_cause())]
    Store(#[from] StoreError),
    /// A file or the network.
    #[error("{0}: {1}")]
    Io(String, std::io::Error),
}

impl From<PublishError> for CliError {
    fn from(fault: PublishError) -> Self {
        match fault {
            PublishError::Faulty { name, diagnoses } => {
                let lines = diagnoses.iter().map(|diagnosis| format!("\n  {diagnosis}"));
                CliError::Words(format!(
                    "{name} was not published:{}",
                    lines.collect::<String>()
                ))
            }
            other => CliError::Words(other.to_string()),
        }
    }
}

type Done = Result<(), CliError>;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    let usher = Usher::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("USHER_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let config = Config::read(&usher.overrides);
    let format = config.as_ref().map(|config| config.log).unwrap_or_default();
    let colour = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let lines = logs::subscriber(format, filter, std::io::stderr, colour);
    // Nobody else sets one in this process.
    let _ = tracing::subscriber::set_global_default(lines);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(fault) => {
            eprintln!("usher: cannot start: {fault}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(usher, config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("usher: {}", terminal::lines(&fault.to_string()));
            ExitCode::FAILURE
        }
    }
}

async fn run(usher: Usher, config: Result<Config, ConfigError>) -> Done {
    let config = config?;
    match usher.command {
        Command::Demo(demo) => return serving::demo(demo, usher.overrides.data).await,
        Command::Serve(how) => return serving::serve(config, how).await,
        Command::Move { to } => return moving::move_to(config, to).await,
        Command::Restore(restore) => return restoring::restore(config, restore).await,
        _ => {}
    }
    let app = match App::open(config, Clock::default()) {
        Ok(app) => app,
        Err(fault) if matches!(usher.command, Command::Doctor { .. }) => {
            return doctor::closed(&fault);
        }
        Err(fault) => return Err(fault.into()),
    };
    let desk = Desk {
        app,
        workspace: usher.workspace,
    };
    match usher.command {
        Command::Serve(_) | Command::Demo(_) | Command::Move { .. } | Command::Restore(_) => Ok(()),
        Command::Import(import) => dialogues::import(&desk, import).await,
        Command::Export(export) => dialogues::export(&desk, export).await,
        Command::Check(check) => dialogues::check(&desk, check).await,
        Command::Publish(publish) => dialogues::publish(&desk, publish).await,
        Command::Unpublish(names) => dialogues::unpublish(&desk, names).await,
        Command::Correct(names) => dialogues::correct(&desk, names).await,
        Command::Off => workspaces::switch(&desk, false).await,
        Command::On => workspaces::switch(&desk, true).await,
        Command::TestLink(link) => dialogues::test_link(&desk, link).await,
        Command::Comments { name } => dialogues::comments(&desk, name).await,
        Command::Report(report) => reports::report(&desk, report).await,
        Command::Refused(refused) => reports::refused(&desk, refused).await,
        Command::Outbox(outbox) => outbox::outbox(&desk, outbox).await,
        Command::Audit(audit) => audit::audit(&desk, audit).await,
        Command::Forget { person } => people::forget(&desk, person).await,
        Command::Link(link) => people::link(&desk, link).await,
        Command::StaffLink { page } => people::staff_link(&desk, page).await,
        Command::Person(command) => persons::run(&desk, command).await,
        Command::Doctor { page } => doctor::doctor(&desk, page).await,
        Command::Workspace(command) => workspaces::run(&desk, command).await,
        Command::User(command) => users::run(&desk, command).await,
        Command::Token(command) => people::token(&desk, command).await,
        Command::Secret(command) => people::secret(&desk, command).await,
        Command::Key(command) => keys::run(&desk, command).await,
        Command::Agent(command) => agents::run(&desk, command).await,
        Command::Migrate => {
            let step = desk.app.store.step().await?;
            say!("the database is up to date, at step {step}");
            Ok(())
        }
        Command::Backup { file } => {
            if file.exists() {
                return Err(CliError::Words(format!(
                    "{} exists already",
                    file.display()
                )));
            }
            desk.app.store.back_up(file.clone()).await?;
            say!("copied to {}", file.display());
            Ok(())
        }
    }
}

/// What a command works with.
struct Desk {
    app: App,
    workspace: Option<String>,
}

impl Desk {
    /// The workspace that was named, or the only one.
    async fn scope(&self) -> Result<Scope, CliError> {
        let store = &self.app.store;
        if let Some(name) = &self.workspace {
            return Ok(store.enter_as_operator(name.clone()).await?);
        }
        let all = store.workspaces().await?;
        match all.as_slice() {
            [only] => Ok(store.enter_as_operator(only.name.clone()).await?),
            [] => Err(CliError::Words(
                "there is no workspace yet: usher workspace create NAME, or usher import FILE"
                    .into(),
            )),
            several => {
                let names: Vec<&str> = several.iter().map(|one| one.name.as_str()).collect();
                Err(CliError::Words(format!(
                    "say which with --workspace: {}",
                    names.join(", ")
                )))
            }
        }
    }
}

fn read_file(path: &std::path::Path) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|fault| CliError::Io(path.display().to_string(), fault))
}

/// A moment as people read it, in UTC.
fn moment(ms: i64) -> String {
    let text = crate::time::rfc3339(engine::ids::Timestamp(ms));
    text.get(..16)
        .map_or_else(String::new, |text| text.replace('T', " "))
}

/// Rows under their heads, in columns.
fn table(heads: &[&str], rows: &[Vec<String>]) {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| terminal::one_line(cell)).collect())
        .collect();
    let mut widths: Vec<usize> = heads.iter().map(|head| head.chars().count()).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        say!("{}", cells.join("  ").trim_end());
    };
    line(&mut heads.iter().copied());
    for row in &rows {
        line(&mut row.iter().map(String::as_str));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_argument_is_explained() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments().filter(|a| !a.is_global_set()) {
                let explained = argument.get_help().is_some();
                assert!(explained, "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        Usher::command().debug_assert();
        check(&Usher::command());
    }
}
