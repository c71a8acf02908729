//! `usher key`: one key takes the place of another.

use super::{CliError, Desk, Done};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

/// `usher key`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Put a new key beside the one in the key file, and seal every secret in the database with it. Servers go on working;
    /// what the key before has signed is believed until --finish. It can be interrupted and typed again.
    Rotate {
        /// Only put the new key into the file, where it opens and does not seal yet: with several servers, copy the file to
        /// each of them before going on.
        #[arg(long, conflicts_with = "finish")]
        prepare: bool,
        /// Take the key before out of the file and the database.
        #[arg(long)]
        finish: bool,
    },
}

pub(super) async fn run(desk: &Desk, command: Command) -> Done {
    let Command::Rotate { prepare, finish } = command;
    match (prepare, finish) {
        (true, _) => {
            desk.app.keys.add().map_err(unwritten)?;
            say!(
                "a new key is in the key file: copy the file to every server, then go on with usher key rotate"
            );
            Ok(())
        }
        (false, false) => rotate(desk).await,
        (false, true) => drop_old(desk).await,
    }
}

async fn rotate(desk: &Desk) -> Done {
    let (store, keys) = (&desk.app.store, &desk.app.keys);
    keys.add().map_err(unwritten)?;
    let all = keys.fingerprints();
    let [first, last] = all.as_slice() else {
        return Err(CliError::Words(
            "the key file changed meanwhile: try again".into(),
        ));
    };
    // The new key is the one that is unknown here: last where it was just added, first after an interruption.
    if !store.knows_key(*first).await? {
        store.begin_rotation(*first).await?;
    } else if !store.knows_key(*last).await? {
        keys.promote().map_err(unwritten)?;
        store.begin_rotation(*last).await?;
    }
    reseal(desk).await?;
    say!(
        "everything is sealed with the new key. Keep a copy of the key file; usher key rotate --finish drops the old key"
    );
    Ok(())
}

async fn drop_old(desk: &Desk) -> Done {
    let (store, keys) = (&desk.app.store, &desk.app.keys);
    let first = keys.fingerprints()[0];
    if !store.knows_key(first).await? || !store.is_rotating().await? {
        return Err(CliError::Words(
            "there is no rotation to finish: begin one with usher key rotate".into(),
        ));
    }
    // A server may have sealed something with the old key since.
    reseal(desk).await?;
    keys.drop_others().map_err(unwritten)?;
    store.end_rotation(first).await?;
    say!("the old key opens nothing any more");
    Ok(())
}

async fn reseal(desk: &Desk) -> Done {
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("sealing {wide_bar} {human_pos} of {human_len}")
    {
        bar.set_style(style);
    }
    let told = desk.app.store.reseal(&desk.app.keys, |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    let told = told.await;
    bar.finish_and_clear();
    Ok(told?)
}

fn unwritten(fault: std::io::Error) -> CliError {
    CliError::Io("the key file".into(), fault)
}
