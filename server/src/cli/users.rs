//! Commands about users: who they are, in which role, and where they are logged in.

use super::{CliError, Desk, Done, moment, table};
use crate::passwords::{self, SHORTEST};
use crate::roles::Role;
use clap::Subcommand;
use std::io::{IsTerminal as _, Read as _};

/// `usher user`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a user. The password is asked for twice, or read from standard input when that is no terminal.
    Add {
        /// Their address.
        email: String,
        /// Their name.
        #[arg(long, default_value = "")]
        name: String,
        /// What they may do: owner, marketer, analyst or agent.
        #[arg(long, value_parser = parse_role)]
        role: Role,
    },
    /// List users.
    List,
    /// Give a user another password, asked for as when adding one, and log them out everywhere.
    Password {
        /// Their address.
        email: String,
    },
    /// Give a user another role, and log them out everywhere.
    Role {
        /// Their address.
        email: String,
        /// What they may do: owner, marketer, analyst or agent.
        #[arg(value_parser = parse_role)]
        role: Role,
    },
    /// Where users are logged in.
    Sessions {
        /// One user's address; all when absent.
        #[arg(required_if_eq("end", "true"))]
        email: Option<String>,
        /// Log the user out everywhere.
        #[arg(long)]
        end: bool,
    },
    /// Remove a user, who is logged out everywhere.
    Remove {
        /// Their address.
        email: String,
    },
}

fn parse_role(word: &str) -> Result<Role, String> {
    let known = || Role::all().map(Role::word).collect::<Vec<_>>().join(", ");
    Role::parse(word).ok_or_else(|| format!("there are {}", known()))
}

pub(super) async fn run(desk: &Desk, command: Command) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    match command {
        Command::Add { email, name, role } => {
            let email = engine::reading::email(&email)
                .ok_or_else(|| CliError::Words(format!("{email} is no mail address")))?;
            let email = email.to_lowercase();
            let password = read_password()?;
            store
                .create_user(&scope, email, name, role, password)
                .await?;
            say!("added");
        }
        Command::List => {
            let users = store.users(&scope).await?.into_iter();
            let rows: Vec<_> = users
                .map(|user| {
                    let role = user.role.word().to_owned();
                    vec![user.email, user.name, role, moment(user.created_at)]
                })
                .collect();
            table(&["address", "name", "role", "since"], &rows);
        }
        Command::Password { email } => {
            let password = read_password()?;
            store
                .set_password(&scope, email.to_lowercase(), password)
                .await?;
            say!("changed");
        }
        Command::Role { email, role } => {
            store.set_role(&scope, email.to_lowercase(), role).await?;
            say!("changed");
        }
        Command::Sessions {
            email: Some(email),
            end: true,
        } => {
            let ended = store.end_sessions(&scope, email.to_lowercase()).await?;
            say!("logged out from {ended} places");
        }
        Command::Sessions { email, .. } => {
            let email = email.map(|email| email.to_lowercase());
            let sessions = store.sessions(&scope, email).await?.into_iter();
            let rows: Vec<_> = sessions
                .map(|one| vec![one.email, moment(one.created_at), moment(one.seen_at)])
                .collect();
            table(&["address", "since", "seen"], &rows);
        }
        Command::Remove { email } => {
            store.delete_user(&scope, email.to_lowercase()).await?;
            say!("removed");
        }
    }
    Ok(())
}

fn read_password() -> Result<String, CliError> {
    if std::io::stdin().is_terminal() {
        return asked_for_password();
    }
    let mut password = String::new();
    std::io::stdin()
        .take(passwords::LONGEST as u64 + 2)
        .read_to_string(&mut password)
        .map_err(|fault| CliError::Io("the password".into(), fault))?;
    hashed(password.trim_end_matches(['\r', '\n']))
}

/// Typed on a terminal: unseen, and twice, because nobody saw what was typed.
fn asked_for_password() -> Result<String, CliError> {
    let ask = |words: &str| {
        rpassword::prompt_password(words)
            .map_err(|fault| CliError::Io("the password".into(), fault))
    };
    let password = ask(&format!("Password, at least {SHORTEST} characters: "))?;
    let hash = hashed(&password)?;
    if ask("The same again: ")? != password {
        return Err(CliError::Words("the two passwords differ".into()));
    }
    Ok(hash)
}

fn hashed(password: &str) -> Result<String, CliError> {
    passwords::hash(password).map_err(|fault| CliError::Words(fault.to_string()))
}
