//! `usher restore`: a copy that `usher backup` wrote becomes the database again.

use super::moving::copied;
use super::{CliError, Done};
use crate::clock::Clock;
use crate::config::Config;
use crate::erasures::{ERASURES_FILE, Erasures};
use crate::private;
use crate::secrets::{KEY_FILE, Keys};
use crate::store::{self, DATABASE_FILE, Place, Store};
use clap::Args;
use std::path::{Path, PathBuf};

/// The folder in the data folder where a copy is made ready.
const STAGE: &str = "restoring";
/// The file there that says it is.
const READY: &str = "ready";

/// `usher restore`
#[derive(Debug, Args)]
pub struct Restore {
    /// The file that `usher backup` wrote.
    file: PathBuf,
    /// Whom to erase again: the file `erasures` of a data folder that was in use since the copy was made, of each server
    /// where there were several. That of this data folder is read anyway.
    #[arg(long, value_name = "FILE")]
    erasures: Vec<PathBuf>,
}

pub(super) async fn restore(config: Config, restore: Restore) -> Done {
    let data = config.data.as_path();
    let unusable = |fault| CliError::Io(data.display().to_string(), fault);
    private::folder(data).map_err(unusable)?;
    if !data.join(KEY_FILE).exists() {
        return Err(CliError::Words(format!(
            "put the key file that belongs to the copy at {} first: without it nothing that is sealed opens",
            data.join(KEY_FILE).display()
        )));
    }
    let target = data.join(DATABASE_FILE);
    if config.database.is_none() && target.exists() {
        return Err(CliError::Words(format!(
            "there is a database already: move {} away first, with its -wal and -shm",
            target.display()
        )));
    }
    let erasures = read_erasures(data, &restore.erasures)?;
    let keys = Keys::open(data).map_err(unusable)?;
    let stage = data.join(STAGE);
    if !stage.join(READY).exists() {
        make_ready(&stage, &restore.file, &keys, &erasures).await?;
    }
    match config.database {
        None => {
            std::fs::rename(stage.join(DATABASE_FILE), &target).map_err(unusable)?;
        }
        Some(url) => {
            copied(stage.clone(), url, keys).await?;
        }
    }
    erasures.keep(data).map_err(unusable)?;
    std::fs::remove_dir_all(&stage).map_err(unusable)?;
    say!("restored. Nothing leaves until usher outbox resume, and everybody has to log in again");
    Ok(())
}

fn read_erasures(data: &Path, named: &[PathBuf]) -> Result<Erasures, CliError> {
    let mut erasures = Erasures::default();
    let ours = data.join(ERASURES_FILE);
    let ours = ours.exists().then_some(&ours);
    for path in ours.into_iter().chain(named) {
        erasures
            .read(path)
            .map_err(|fault| CliError::Io(path.display().to_string(), fault))?;
    }
    Ok(erasures)
}

/// Makes a copy ready in a folder of its own, where nobody serves it yet.
async fn make_ready(stage: &Path, file: &Path, keys: &Keys, erasures: &Erasures) -> Done {
    let unusable = |fault| CliError::Io(stage.display().to_string(), fault);
    if stage.exists() {
        std::fs::remove_dir_all(stage).map_err(unusable)?;
    }
    if !file.is_file() {
        return Err(CliError::Words(format!(
            "there is no file {}",
            file.display()
        )));
    }
    private::folder(stage).map_err(unusable)?;
    let (from, into) = (file.to_owned(), stage.to_owned());
    let unpacked = tokio::task::spawn_blocking(move || store::unpack(&from, &into)).await;
    unpacked.map_err(|_| CliError::Words("the copy cannot be read".into()))??;
    let place = Place::Folder(stage.to_owned());
    let store = Store::open(&place, Clock::default(), &keys.fingerprints())?;
    let sound = store.integrity().await?;
    if sound != "ok" {
        return Err(CliError::Words(format!("the copy is damaged: {sound}")));
    }
    store.settle_copy().await?;
    let replayed = store.erase_again(erasures.clone()).await?;
    store.close_copy().await?;
    let ready = private::create(&stage.join(READY)).map_err(unusable)?;
    ready.sync_all().map_err(unusable)?;
    if replayed != store::Replayed::default() {
        say!(
            "erased again: {} records of people, {} browsers",
            replayed.people,
            replayed.visitors
        );
    }
    Ok(())
}
