//! `usher outbox`: what waits to be delivered, what could not be, and what is held back.

use super::{CliError, Desk, Done, moment, table};
use crate::outbox::Message;
use crate::store::{Fate, Scope};
use clap::{Args, Subcommand};

/// `usher outbox`
#[derive(Debug, Args)]
pub struct Outbox {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Let nothing leave until it is resumed, or nothing of one kind. What is under way arrives.
    Pause {
        /// The kind, such as webhook; every kind when absent.
        #[arg(value_parser = parse_kind)]
        kind: Option<String>,
    },
    /// Let everything leave again, or one kind.
    Resume {
        /// The kind; every kind when absent.
        #[arg(value_parser = parse_kind)]
        kind: Option<String>,
    },
    /// List what was given up, with the reasons.
    Dead,
    /// Try again what was given up, under the same id.
    Replay {
        /// The message's id.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// Everything that was given up.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
}

fn parse_kind(word: &str) -> Result<String, String> {
    match Message::KINDS.contains(&word) {
        true => Ok(word.into()),
        false => Err(format!("there are {}", Message::KINDS.join(", "))),
    }
}

pub(super) async fn outbox(desk: &Desk, outbox: Outbox) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    match outbox.command {
        None => {
            for (fate, count) in store.outbox_counts(&scope).await? {
                say!("{}: {count}", fate.word());
            }
            for pause in store.outbox_pauses(&scope).await? {
                let kind = pause.kind.as_deref().unwrap_or("everything");
                say!(
                    "paused since {}: {kind} ({})",
                    moment(pause.since),
                    pause.why
                );
            }
            list(desk, &scope, &[Fate::Dead, Fate::Waiting]).await?;
        }
        Some(Command::Dead) => list(desk, &scope, &[Fate::Dead]).await?,
        Some(Command::Pause { kind }) => {
            store.pause_outbox(&scope, kind.clone()).await?;
            let kind = kind.map_or_else(String::new, |kind| format!(" of the kind {kind}"));
            say!("nothing{kind} leaves until usher outbox resume");
        }
        Some(Command::Resume { kind }) => match store.resume_outbox(&scope, kind).await? {
            0 => say!("nothing was paused"),
            _ => say!("it leaves again"),
        },
        Some(Command::Replay { id, .. }) => {
            let replayed = store.replay_messages(&scope, id.clone()).await?;
            if let (0, Some(id)) = (replayed, id) {
                return Err(CliError::Words(format!("no message {id} was given up")));
            }
            say!("{replayed} will be tried again");
        }
    }
    Ok(())
}

async fn list(desk: &Desk, scope: &Scope, fates: &[Fate]) -> Done {
    let mut rows = Vec::new();
    for fate in fates {
        for row in desk.app.store.outbox(scope, Some(*fate), 100).await? {
            rows.push(vec![
                row.id,
                row.kind,
                row.fate.word().into(),
                row.attempts.to_string(),
                moment(row.created.0),
                row.fault.unwrap_or_default(),
            ]);
        }
    }
    if !rows.is_empty() {
        table(
            &["id", "kind", "state", "attempts", "since", "reason"],
            &rows,
        );
    }
    Ok(())
}
