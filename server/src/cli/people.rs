//! Commands about people: visitors known by name, users, and whoever holds a token.

use super::{CliError, Desk, Done, moment, table};
use crate::store::{LinkKind, Right};
use crate::tracked::Page;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use clap::{Args, Subcommand};
use std::io::{IsTerminal as _, Read as _};

/// Shortest password, in characters.
const PASSWORD_CHARS: usize = 12;

/// `usher link`
#[derive(Debug, Args)]
pub struct LinkFor {
    /// An address or an id.
    person: String,
    /// The page the link leads to; only the fragment is printed when absent.
    #[arg(long, value_name = "URL")]
    page: Option<String>,
    /// Verify whoever opens it first within 24 hours, instead of recognising.
    #[arg(long)]
    verify: bool,
}

/// `usher user`
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add a user. The password is asked for twice, or read from standard input when that is no terminal.
    Add {
        /// Their address.
        email: String,
        /// Their name.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// List users.
    List,
    /// Give a user another password, asked for as when adding one.
    Password {
        /// Their address.
        email: String,
    },
    /// Remove a user.
    Remove {
        /// Their address.
        email: String,
    },
}

/// `usher token`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; it is shown once.
    Create {
        /// What it is for.
        name: String,
        /// What it may do: read, write, publish, audit; several with commas.
        #[arg(long, value_delimiter = ',', default_value = "read", value_parser = parse_right)]
        rights: Vec<Right>,
    },
    /// List tokens.
    List,
    /// End a token, by the id from the list.
    Revoke {
        /// Its id.
        id: String,
    },
}

/// `usher secret`
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Make a secret; it is shown once. Two are valid at a time: the third takes the oldest's place.
    Create,
}

fn parse_right(word: &str) -> Result<Right, String> {
    let known = || Right::ALL.map(Right::word).join(", ");
    Right::parse(word).ok_or_else(|| format!("there are {}", known()))
}

pub(super) async fn forget(desk: &Desk, person: String) -> Done {
    let scope = desk.scope().await?;
    let forgotten = desk.app.forget(&scope, person).await?;
    say!(
        "forgotten: {} records, {} conversations, {} goals and activities",
        forgotten.records,
        forgotten.conversations,
        forgotten.deeds
    );
    Ok(())
}

pub(super) async fn link(desk: &Desk, link: LinkFor) -> Done {
    let scope = desk.scope().await?;
    let kind = if link.verify {
        LinkKind::Verify
    } else {
        LinkKind::Tracked
    };
    let page = Page::parse(link.page.as_deref().unwrap_or_default())
        .map_err(|why| CliError::Words(format!("--page: {why}")))?;
    let token = desk
        .app
        .store
        .create_link(&scope, link.person, kind)
        .await?;
    say!("{}", page.with(&token));
    Ok(())
}

pub(super) async fn user(desk: &Desk, command: UserCommand) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    match command {
        UserCommand::Add { email, name } => {
            let email = engine::reading::email(&email)
                .ok_or_else(|| CliError::Words(format!("{email} is no mail address")))?;
            store
                .create_user(&scope, email.to_lowercase(), name, read_password()?)
                .await?;
            say!("added");
        }
        UserCommand::List => {
            let users = store.users(&scope).await?.into_iter();
            let rows: Vec<_> = users
                .map(|(email, name, made)| vec![email, name, moment(made)])
                .collect();
            table(&["address", "name", "since"], &rows);
        }
        UserCommand::Password { email } => {
            store
                .set_password(&scope, email.to_lowercase(), read_password()?)
                .await?;
            say!("changed");
        }
        UserCommand::Remove { email } => {
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
        .take(1_000)
        .read_to_string(&mut password)
        .map_err(|fault| CliError::Io("the password".into(), fault))?;
    hash_password(password.trim_end_matches(['\r', '\n']))
}

/// Typed on a terminal: unseen, and twice, because nobody saw what was typed.
fn asked_for_password() -> Result<String, CliError> {
    let ask = |words: &str| {
        rpassword::prompt_password(words)
            .map_err(|fault| CliError::Io("the password".into(), fault))
    };
    let password = ask(&format!("Password, at least {PASSWORD_CHARS} characters: "))?;
    let hashed = hash_password(&password)?;
    if ask("The same again: ")? != password {
        return Err(CliError::Words("the two passwords differ".into()));
    }
    Ok(hashed)
}

/// Argon2id with the recommended cost and a salt of its own.
fn hash_password(password: &str) -> Result<String, CliError> {
    if password.chars().count() < PASSWORD_CHARS {
        return Err(CliError::Words(format!(
            "a password has at least {PASSWORD_CHARS} characters"
        )));
    }
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|fault| CliError::Words(fault.to_string()))
}

pub(super) async fn token(desk: &Desk, command: TokenCommand) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    match command {
        TokenCommand::Create { name, rights } => {
            if name.trim().is_empty() {
                return Err(CliError::Words(
                    "say what the token is for: usher token create \"my scripts\"".into(),
                ));
            }
            say!("{}", store.create_token(&scope, name, rights).await?);
        }
        TokenCommand::List => {
            let mut rows = Vec::new();
            for token in store.tokens(&scope).await? {
                let rights: Vec<&str> = token.rights.iter().map(|right| right.word()).collect();
                let revoked = token.revoked_at.map_or_else(String::new, moment);
                let made = moment(token.created_at);
                rows.push(vec![token.id, token.name, rights.join(","), made, revoked]);
            }
            table(&["id", "for", "rights", "made", "revoked"], &rows);
        }
        TokenCommand::Revoke { id } => {
            store.revoke_token(&scope, id).await?;
            say!("revoked");
        }
    }
    Ok(())
}

pub(super) async fn secret(desk: &Desk, command: SecretCommand) -> Done {
    let scope = desk.scope().await?;
    match command {
        SecretCommand::Create => {
            say!(
                "{}",
                desk.app
                    .store
                    .create_login_secret(&scope, &desk.app.keys)
                    .await?
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};

    #[test]
    fn a_password_is_kept_as_argon2id_with_a_salt_of_its_own() {
        let one = hash_password("correct horse battery").unwrap();
        let other = hash_password("correct horse battery").unwrap();
        assert!(one.starts_with("$argon2id$") && one != other);
        let parsed = PasswordHash::new(&one).unwrap();
        assert!(
            Argon2::default()
                .verify_password(b"correct horse battery", &parsed)
                .is_ok()
        );
        assert!(hash_password("short").is_err());
    }
}
