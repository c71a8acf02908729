//! `POST /v1/comment`: a reviewer's words about a card.

use super::{Message, Origin, enter};
use crate::app::App;
use crate::error::ApiError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::wire::{COMMENT_TEXT, Comment, Sender};

/// Keeps the words beside the card and the edition they are about.
pub async fn comment(
    State(app): State<App>,
    origin: Origin,
    Message(comment): Message<Comment>,
) -> Result<StatusCode, Response> {
    let (workspace, session) = comment
        .session
        .split_once('/')
        .ok_or_else(|| ApiError::Missing("such testing session".into()).bare())?;
    let sender = Sender {
        workspace: workspace.into(),
        visitor: None,
        gpc: false,
    };
    let live = enter(&app, &origin, &sender).await?;
    let words = comment.words.trim();
    if words.is_empty() || words.len() > COMMENT_TEXT || comment.card.len() > COMMENT_TEXT {
        return Err(ApiError::Unreadable(String::new()).bare());
    }
    let kept = app
        .store
        .comment(&live.scope, session.into(), comment.card, words.into())
        .await;
    kept.map_err(|fault| ApiError::from(fault).bare())?;
    Ok(StatusCode::NO_CONTENT)
}
