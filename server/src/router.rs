//! Every route of the chat origin on one page.

use crate::app::App;
use crate::{api, headers, health, manage, patience, site, wire};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

/// The routes, as `serve` answers them. Its `Debug` lists their paths.
pub fn router(app: App) -> Router {
    let public = Router::new()
        .route("/w/{file}", get(site::files::loader))
        .route("/l/{file}", get(site::files::pinned))
        .route("/f/{workspace}", get(site::files::frame))
        .route("/f/-/{file}", get(site::files::asset))
        .route("/e/{workspace}/{file}", get(site::files::edition))
        .route("/d/{workspace}/{file}", get(site::documents::document))
        .route(
            "/t/{token}",
            get(site::testing::choose)
                .post(site::testing::begin)
                .layer(DefaultBodyLimit::max(wire::BODY)),
        )
        .route("/t/{token}/page", get(site::testing::empty_page))
        .route("/.well-known/gpc.json", get(health::gpc))
        .route("/licences", get(health::licences))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics));
    let wire = Router::new()
        .route("/v1/inputs", post(wire::inputs::inputs))
        .route("/v1/identity", post(wire::identity::identify))
        .route("/v1/slots", post(wire::slots::slots))
        .route("/v1/book", post(wire::book::book))
        .route("/v1/erase", post(wire::erase::erase))
        .route("/v1/test", post(wire::test::exchange))
        .route("/v1/comment", post(wire::comment::comment))
        .layer(DefaultBodyLimit::max(wire::BODY));
    public
        .merge(wire)
        .merge(api::router())
        .merge(manage::routes())
        .layer(from_fn(patience::bounded))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(app.clone(), headers::secure))
        .with_state(app)
}
