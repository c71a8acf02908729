//! Commands about agents and pools.

use super::{Desk, Done, table};
use clap::Subcommand;

/// `usher agent`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List agents. They are added and changed by importing a workspace file.
    List,
    /// List pools with their rings: who is next, who was skipped, and how many meetings each has.
    Pools,
    /// Let an agent take part again.
    On {
        /// The agent's name.
        name: String,
    },
    /// Let an agent rest without losing the place in the ring.
    Off {
        /// The agent's name.
        name: String,
    },
    /// Take an agent out of all pools. Meetings that are booked stay.
    Remove {
        /// The agent's name.
        name: String,
    },
}

pub(super) async fn run(desk: &Desk, command: Command) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    match command {
        Command::List => {
            let mut rows = Vec::new();
            for agent in store.agents(&scope).await? {
                rows.push(vec![
                    agent.name,
                    agent.email,
                    agent.terms.zone.name().to_owned(),
                    agent.terms.hours.to_string(),
                    agent.length.in_minutes().to_string(),
                    if agent.active {
                        "yes".into()
                    } else {
                        "no".into()
                    },
                ]);
            }
            table(
                &["name", "address", "zone", "hours", "minutes", "takes part"],
                &rows,
            );
        }
        Command::Pools => {
            for pool in store.pools(&scope).await? {
                say!("{} ({} minutes)", pool.name, pool.length.in_minutes());
                let mut rows = Vec::new();
                for seat in pool.seats {
                    let next = if pool.next.as_ref() == Some(&seat.agent) {
                        "next"
                    } else {
                        ""
                    };
                    let resting = if seat.active { "" } else { "resting" };
                    rows.push(vec![
                        seat.agent,
                        seat.total.to_string(),
                        seat.skipped.to_string(),
                        format!("{next}{resting}"),
                    ]);
                }
                table(&["agent", "meetings", "skipped", ""], &rows);
            }
        }
        Command::On { name } => {
            store.switch_agent(&scope, name.clone(), true).await?;
            say!("{name} takes part");
        }
        Command::Off { name } => {
            store.switch_agent(&scope, name.clone(), false).await?;
            say!("{name} rests");
        }
        Command::Remove { name } => {
            store.remove_agent(&scope, name.clone()).await?;
            say!("{name} is in no pool any more");
        }
    }
    Ok(())
}
