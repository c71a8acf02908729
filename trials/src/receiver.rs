//! Whoever hears of activities: takes every webhook, and writes down what came before saying so.

use crate::Failure;
use crate::history::{Event, History};
use crate::servers::told;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// Listens on a port for as long as the runtime lives; on any for 0. Gives back where.
///
/// # Errors
/// When the port is taken.
pub async fn open(port: u16, history: History) -> Result<SocketAddr, Failure> {
    let place = format!("port {port} for webhooks");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(told(&place))?;
    let address = listener.local_addr().map_err(told(&place))?;
    let router = Router::new()
        .route("/{workspace}/{hook}", post(receive))
        .with_state(history);
    tokio::spawn(async move {
        let _ = axum::serve(listener, router).await;
    });
    Ok(address)
}

async fn receive(
    State(history): State<History>,
    Path((workspace, _)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let delivery = headers
        .get("usher-delivery")
        .and_then(|id| id.to_str().ok());
    let activity: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    let activity = activity
        .as_ref()
        .and_then(|activity| activity["id"].as_str());
    let (Some(delivery), Some(activity)) = (delivery, activity) else {
        history.strange("I7", format!("a webhook of {workspace} without an id"));
        return StatusCode::BAD_REQUEST;
    };
    history.note(&Event::Received {
        workspace,
        delivery: delivery.into(),
        activity: activity.into(),
    });
    StatusCode::OK
}
