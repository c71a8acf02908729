//! One running server.

use crate::app::App;
use crate::assets;
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
    let watching = tokio::spawn(watch(app.clone()));
    let routes = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown)
        .await;
    watching.abort();
    served
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
