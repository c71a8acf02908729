//! One running server.

use crate::app::App;
use crate::assets;
use crate::connections::{self, Bounds};
use crate::health;
use crate::mail::{Address, Post};
use crate::outbox::Delivery;
use crate::router::router;
use axum::Router;
use axum::routing::get;
use std::future::Future;
use std::io;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How often a server looks whether somebody else has changed a workspace.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Serves until `shutdown` is done, then finishes what is under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    if !assets::has_widget() {
        tracing::warn!("this binary was built without the widget: pages get an empty loader");
    }
    let delivery = delivery(&app).map_err(io::Error::other)?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let delivering = tokio::spawn(delivery.run(async move {
        let _ = stopped.await;
    }));
    let watching = tokio::spawn(watch(app.clone()));
    let measuring = measured(&app).await?;
    let served = connections::serve(listener, router(app), Bounds::default(), shutdown).await;
    watching.abort();
    if let Some(measuring) = measuring {
        measuring.abort();
    }
    drop(stop);
    let _ = delivering.await;
    served
}

/// Serves `/metrics` where the configuration wants it apart.
async fn measured(app: &App) -> io::Result<Option<JoinHandle<io::Result<()>>>> {
    let Some(address) = app.config.metrics_listen else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address).await?;
    let routes = Router::new()
        .route("/metrics", get(health::metrics_alone))
        .with_state(app.clone());
    Ok(Some(tokio::spawn(async move {
        axum::serve(listener, routes).await
    })))
}

/// Why nothing could be delivered.
#[derive(Debug, thiserror::Error)]
pub enum NoDelivery {
    /// The sender is not a mail address.
    #[error("mail_from: {0} is no sender such as \"Acme <hello@example.com>\"")]
    Sender(String),
    /// The SMTP server cannot be used.
    #[error("smtp: {0}")]
    Smtp(#[from] crate::mail::post::NoSmtp),
    /// TLS cannot be used on this machine.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
}

/// The delivery that a server's configuration asks for. Called inside the runtime.
///
/// # Errors
/// When the configuration cannot be used.
pub fn delivery(app: &App) -> Result<Delivery, NoDelivery> {
    let config = &app.config;
    let sender = Address::parse(&config.mail_from);
    let sender = sender.ok_or_else(|| NoDelivery::Sender(config.mail_from.clone()))?;
    let post = match &config.smtp {
        Some(url) => Post::smtp(sender, url)?,
        None => Post::maildir(sender, &config.data),
    };
    let outgoing = app.outgoing();
    let outgoing = outgoing.map_err(|fault| NoDelivery::Tls(fault.to_string()))?;
    Ok(Delivery::new(
        app.store.clone(),
        app.keys.clone(),
        post,
        outgoing.clone(),
        &config.origin,
    ))
}

/// Notices what the command line, or another server, has changed.
async fn watch(app: App) {
    let mut every = tokio::time::interval(LOOK_AGAIN);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(fault) = app.keys.refresh() {
            tracing::error!(%fault, "cannot read the key file; the keys of before are used on");
        }
        if let Err(fault) = app.look_again().await {
            tracing::warn!(%fault, "cannot look for changes");
        }
    }
}
