//! Is it alive, is it ready, and what has it counted?

use crate::app::App;
use crate::metrics::MEDIA_TYPE;
use crate::peer;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use std::net::SocketAddr;

/// `GET /health`: the process answers.
pub async fn health() -> &'static str {
    "ok"
}

/// `GET /ready`: the database answers.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.store.versions().await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready"),
    }
}

/// `GET /metrics`, for whoever asks on this machine itself.
pub async fn metrics(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> impl IntoResponse {
    // Where it has a listener of its own, it is there alone.
    if app.config.metrics_listen.is_none() && peer::is_local(peer.ip(), &headers) {
        (
            StatusCode::OK,
            [(header::CONTENT_TYPE, MEDIA_TYPE)],
            app.metrics.text(&app.store).await,
        )
    } else {
        (
            StatusCode::NOT_FOUND,
            [(header::CONTENT_TYPE, "text/plain")],
            String::new(),
        )
    }
}

/// `GET /metrics` on a listener of its own.
pub async fn metrics_alone(State(app): State<App>) -> impl IntoResponse {
    let text = app.metrics.text(&app.store).await;
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], text)
}

/// `GET /.well-known/gpc.json`: we honour Global Privacy Control.
pub async fn gpc() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json")],
        "{\"gpc\":true,\"lastUpdate\":\"2026-11-20\"}",
    )
}

/// `GET /licences`: what this program, and what it delivers with it, is licensed under.
pub async fn licences() -> impl IntoResponse {
    let texts = concat!(
        "Usher is licensed under either of the following, at your option.\n\n",
        include_str!("../../LICENSE-MIT"),
        "\n\n",
        include_str!("../../LICENSE-APACHE"),
        "\n\nDocuments are shown with pdf.js, Copyright Mozilla Foundation, under this licence.\n\n",
        include_str!("../../www/embed/pdfjs/LICENSE"),
        "\n\nIts decoder of JPEG 2000 is OpenJPEG.\n\n",
        include_str!("../../www/embed/pdfjs/LICENSE_PDFJS_OPENJPEG"),
        "\n\n",
        include_str!("../../www/embed/pdfjs/LICENSE_OPENJPEG"),
        "\n\nIts decoder of JBIG2 comes from PDFium.\n\n",
        include_str!("../../www/embed/pdfjs/LICENSE_PDFJS_JBIG2"),
        "\n\n",
        include_str!("../../www/embed/pdfjs/LICENSE_JBIG2"),
        "\n\nIts fonts for symbols come from PDFium.\n\n",
        include_str!("../../www/embed/pdfjs/LICENSE_FOXIT"),
    );
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], texts)
}
