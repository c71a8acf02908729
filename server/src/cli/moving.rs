//! `usher move`: from the file in the data folder to PostgreSQL.

use super::{CliError, Done};
use crate::clock::Clock;
use crate::config::Config;
use crate::secrets::Keys;
use crate::store::{self, StoreError};
use indicatif::{ProgressBar, ProgressStyle};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(super) async fn move_to(config: Config, to: String) -> Done {
    let keys = Keys::open(&config.data)
        .map_err(|fault| CliError::Io(config.data.display().to_string(), fault))?;
    let rows = copied(config.data, to, keys).await?;
    say!(
        "{rows} rows are there, and equal to those in the file. Start the server with DATABASE_URL or `database`"
    );
    Ok(())
}

/// Copies every row of a folder's database, with a bar on a terminal, and says how many. An interrupt ends it between
/// two pieces.
pub(super) async fn copied(folder: PathBuf, to: String, keys: Keys) -> Result<u64, CliError> {
    let stop = Arc::new(AtomicBool::new(false));
    let interrupted = Arc::clone(&stop);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.store(true, Ordering::Relaxed);
        }
    });
    let bar = ProgressBar::new(0);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len} rows, {eta} left")
    {
        bar.set_style(style);
    }
    let shown = bar.clone();
    let moved = tokio::task::spawn_blocking(move || {
        let clock = Clock::default();
        store::move_rows(
            &folder,
            &to,
            &clock,
            &keys.fingerprints(),
            &mut |progress| {
                let verb = if progress.comparing {
                    "comparing"
                } else {
                    "copying"
                };
                shown.set_message(format!("{verb} {}", progress.table));
                shown.set_length(progress.all);
                shown.set_position(progress.done);
                if stop.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        )
    });
    let moved = moved
        .await
        .map_err(|_| CliError::Words("the move has failed".into()))?;
    let rows = bar.length().unwrap_or(0);
    bar.finish_and_clear();
    match moved {
        Ok(()) => Ok(rows),
        Err(StoreError::Stopped) => Err(CliError::Words(
            "interrupted: type the same again, and it goes on where it was".into(),
        )),
        Err(StoreError::Damaged(_)) => Err(CliError::Words(
            "the rows there are not equal to those in the file: empty that database and begin again".into(),
        )),
        Err(fault) => Err(fault.into()),
    }
}
