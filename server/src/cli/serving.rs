//! The commands that serve until interrupted.

use super::{CliError, Done};
use crate::app::App;
use crate::assets;
use crate::clock::Clock;
use crate::config::Config;
use crate::demo;
use clap::Args;
use std::path::PathBuf;
use tokio::net::TcpListener;

/// `usher serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// Serve although this binary was built without the widget: the API works, pages get an empty loader.
    #[arg(long)]
    without_widget: bool,
}

/// What to do about a binary that would show nothing on any page.
const NO_WIDGET: &str = "this binary was built without the widget, so nothing would show on any page. \
     In the source folder run: cargo xtask install";

/// `usher demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The port of the demo site; the two after it serve its second host and the chat.
    #[arg(long, default_value_t = 4000)]
    port: u16,
    /// Also serve devices in the local network, and print an address and a QR code for a phone.
    #[arg(long)]
    lan: bool,
}

pub(super) async fn serve(config: Config, how: Serve) -> Done {
    if !assets::has_widget() && !how.without_widget {
        return Err(CliError::Words(format!(
            "{NO_WIDGET}; for the API alone: usher serve --without-widget"
        )));
    }
    let listener = bind(config.listen).await?;
    let app = App::open(config, Clock::default())?;
    for workspace in app.store.workspaces().await? {
        if workspace.settings.sites.is_empty() {
            tracing::warn!(
                workspace = workspace.name,
                "any site may show this workspace's widget; list yours: usher workspace set --sites https://www.example.com"
            );
        }
    }
    tracing::info!(origin = app.config.origin, listen = %app.config.listen, "serving");
    crate::serve(listener, app, interrupted())
        .await
        .map_err(|fault| CliError::Io("cannot serve".into(), fault))
}

pub(super) async fn demo(demo: Demo, data: Option<PathBuf>) -> Done {
    if !assets::has_widget() {
        return Err(CliError::Words(format!(
            "{NO_WIDGET}, or: cargo xtask demo"
        )));
    }
    let running = demo::start(demo::Options {
        port: demo.port,
        lan: demo.lan,
        data,
    })
    .await?;
    say!("{}", running.words());
    running
        .until(interrupted())
        .await
        .map_err(|fault| CliError::Io("cannot serve".into(), fault))
}

pub(crate) async fn bind(address: std::net::SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address)
        .await
        .map_err(|fault| CliError::Io(format!("cannot listen on {address}"), fault))
}

/// Done when the process is asked to stop.
async fn interrupted() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
