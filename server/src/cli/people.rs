//! Commands about people: visitors known by name, and whoever holds a token.

use super::{CliError, Desk, Done, moment, table};
use crate::store::{LinkKind, Right};
use crate::tracked::Page;
use clap::{Args, Subcommand};

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

/// `usher token`
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token; it is shown once.
    Create {
        /// What it is for.
        name: String,
        /// What it may do: read, write, publish, audit, manage; several with commas.
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

pub(super) async fn staff_link(desk: &Desk, page: Option<String>) -> Done {
    let scope = desk.scope().await?;
    let page = Page::parse(page.as_deref().unwrap_or_default())
        .map_err(|why| CliError::Words(format!("--page: {why}")))?;
    let token = desk.app.store.create_staff_link(&scope).await?;
    say!("{}", page.with(&token));
    Ok(())
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
