//! How long a request may take, its body included: a sender that drips is told to come again.

use crate::error::ApiError;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// How long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answers 503 with `retry-after` when a request takes too long.
pub async fn bounded(request: Request, next: Next) -> Response {
    within(PATIENCE, request, next).await
}

async fn within(patience: Duration, request: Request, next: Next) -> Response {
    let speaks_json = request.uri().path().starts_with("/api/");
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) if speaks_json => ApiError::Busy.into_response(),
        Err(_) => ApiError::Busy.bare(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::routing::post;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_body_that_never_ends_is_answered_with_when_to_come_again() {
        let short = |request, next| within(Duration::from_millis(30), request, next);
        let routes = Router::new()
            .route("/{*any}", post(async |_: axum::body::Bytes| "read"))
            .layer(axum::middleware::from_fn(short));
        for (path, words) in [("/v1/inputs", ""), ("/api/v1/people", "busy")] {
            let endless = futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>();
            let request = Request::post(path)
                .body(Body::from_stream(endless))
                .unwrap();
            let answer = routes.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status().as_u16(), 503);
            assert_eq!(answer.headers()["retry-after"], "1");
            let body = axum::body::to_bytes(answer.into_body(), 1_000)
                .await
                .unwrap();
            let body = String::from_utf8_lossy(&body).into_owned();
            assert!(
                body.contains(words) && body.is_empty() == words.is_empty(),
                "{body}"
            );
        }
    }
}
