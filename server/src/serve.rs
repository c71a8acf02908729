//! One running server.

use crate::app::App;
use crate::assets;
use crate::config::Config;
use crate::mail::{Address, Post};
use crate::outbox::Delivery;
use crate::outgoing::{Allowed, Outgoing};
use crate::router::router;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;

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
    let routes = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown)
        .await;
    watching.abort();
    drop(stop);
    let _ = delivering.await;
    served
}

/// What delivers this server's mails and webhooks.
///
/// # Errors
/// When mail is configured in a way that cannot work.
pub(crate) fn delivery(app: &App) -> Result<Delivery, String> {
    let config = &app.config;
    let post = post(config)?;
    let allowed = Allowed::new(&config.outgoing_allowed);
    let outgoing = Outgoing::new(allowed).map_err(|fault| fault.to_string())?;
    Ok(Delivery::new(
        app.store.clone(),
        app.keys.clone(),
        post,
        outgoing,
        &config.origin,
    ))
}

fn post(config: &Config) -> Result<Post, String> {
    let (name, email) = match config.mail_from.split_once('<') {
        Some((name, email)) => (name.trim(), email.trim_end_matches('>').trim()),
        None => ("", config.mail_from.as_str()),
    };
    if engine::reading::email(email).is_none() && !email.ends_with("@localhost") {
        return Err(format!("mail_from: {email} is no mail address"));
    }
    let sender = Address::new(name, email);
    match &config.smtp {
        Some(url) => Post::smtp(sender, url).map_err(|fault| fault.to_string()),
        None => Ok(Post::maildir(sender, &config.data)),
    }
}

/// Notices what the command line, or another server, has changed.
async fn watch(app: App) {
    let mut every = tokio::time::interval(LOOK_AGAIN);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        if let Err(fault) = app.look_again().await {
            tracing::warn!(%fault, "cannot look for changes");
        }
    }
}
