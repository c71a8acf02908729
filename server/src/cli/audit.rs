//! `usher audit`: who changed what, and whether anybody altered that since.

use super::{CliError, Desk, Done, moment, table, terminal};
use crate::api::audit::AuditBody;
use crate::store::LIMIT;
use clap::{Args, Subcommand};

/// `usher audit`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Audit {
    /// Only what came behind this position.
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: i64,
    /// As JSON, one row a line.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Follow the log from its beginning, and name the first row that is broken.
    Verify {
        /// The hash of a row that was written down earlier: it has to be in the log still.
        #[arg(long, value_name = "HASH")]
        known: Option<String>,
    },
}

pub(super) async fn audit(desk: &Desk, audit: Audit) -> Done {
    match audit.command {
        None => list(desk, audit.after, audit.json).await,
        Some(Command::Verify { known }) => verify(desk, known).await,
    }
}

async fn list(desk: &Desk, mut after: i64, as_json: bool) -> Done {
    let scope = desk.scope().await?;
    let mut shown = Vec::new();
    loop {
        let page = desk.app.store.audit(&scope, after, LIMIT).await?;
        for row in page.items {
            if as_json {
                let json = serde_json::to_string(&AuditBody::from(row));
                let json = json.map_err(|fault| CliError::Words(fault.to_string()))?;
                say!("{}", terminal::json(&json));
                continue;
            }
            let detail = row.detail.map_or_else(
                || "(forgotten)".into(),
                |detail| match detail.as_object() {
                    Some(nothing) if nothing.is_empty() => String::new(),
                    _ => detail.to_string(),
                },
            );
            shown.push(vec![
                row.position.to_string(),
                moment(row.at.0),
                row.actor,
                row.action,
                row.subject,
                detail,
            ]);
        }
        after = page.next;
        if !page.more {
            break;
        }
    }
    if !as_json {
        table(&["", "at", "who", "did", "to", "detail"], &shown);
    }
    Ok(())
}

async fn verify(desk: &Desk, known: Option<String>) -> Done {
    let scope = desk.scope().await?;
    let verified = desk.app.store.verify_audit(&scope, known.clone()).await?;
    let verified = verified.map_err(|broken| CliError::Words(broken.to_string()))?;
    if known.is_some() && !verified.is_known {
        return Err(CliError::Words(
            "no row has the hash that was written down: the audit log was cut, or written anew"
                .into(),
        ));
    }
    match verified.newest {
        None => say!("the audit log is empty"),
        Some(newest) => say!(
            "the audit log is whole: {} rows, the newest {newest}",
            verified.rows
        ),
    }
    Ok(())
}
