//! `usher person`: records that were merged, and how they part again.

use super::{Desk, Done, moment, table};
use clap::Subcommand;

/// `usher person`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List which records visitors had claimed that were merged into a person, once they proved to be that person.
    Merges {
        /// Of this person, by address or id; of all when absent.
        person: Option<String>,
    },
    /// Undo a merge, by its id from the list: what moved goes back, and the browser is no more certain than before.
    Unmerge {
        /// The merge.
        id: String,
    },
}

pub(super) async fn run(desk: &Desk, command: Command) -> Done {
    let scope = desk.scope().await?;
    let store = &desk.app.store;
    match command {
        Command::Merges { person } => {
            let merges = store.merges(&scope, person).await?.into_iter();
            let rows: Vec<_> = merges
                .map(|merge| vec![merge.id, moment(merge.at), merge.from, merge.into])
                .collect();
            table(&["id", "at", "claimed record", "person"], &rows);
        }
        Command::Unmerge { id } => {
            let merge = store.unmerge(&scope, id).await?;
            say!("{} and {} are two again", merge.into, merge.from);
        }
    }
    Ok(())
}
