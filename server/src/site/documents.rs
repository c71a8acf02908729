//! Documents that cards offer, served to whoever may meet such a card: whole, or one range of it.

use super::files::{FOR_EVER, is_known, set};
use crate::app::App;
use crate::error::ApiError;
use crate::store::{Scope, Store};
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::ids::DocumentId;
use futures_util::stream;
use http_range_header::parse_range_header;
use std::ops::Range;
use url::Url;

/// The browser's own viewer draws a document by a plugin and styles of its own; nothing else comes with it.
const POLICY: &str = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'none'";

/// `GET /d/<workspace>/<document>.pdf`, with `?download` as a file to keep.
pub async fn document(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.live(&name).await?;
    let id = file.strip_suffix(".pdf").and_then(DocumentId::parse);
    let id = id.ok_or_else(|| ApiError::Missing("such document".into()))?;
    let offered = app.store.offered_document(&live.scope, id).await?;
    let tag = format!("\"{id}\"");
    let (status, part) = if is_known(&headers, &tag) {
        (StatusCode::NOT_MODIFIED, None)
    } else {
        match wanted(&headers, &tag, offered.bytes) {
            Wanted::Whole => (StatusCode::OK, Some(0..offered.bytes)),
            Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, Some(range)),
            Wanted::Nothing => (StatusCode::RANGE_NOT_SATISFIABLE, None),
        }
    };
    let mut response = status.into_response();
    match (status, &part) {
        (StatusCode::PARTIAL_CONTENT, Some(part)) => {
            let range = format!("bytes {}-{}/{}", part.start, part.end - 1, offered.bytes);
            set(&mut response, header::CONTENT_RANGE, &range);
        }
        (StatusCode::RANGE_NOT_SATISFIABLE, _) => {
            let range = format!("bytes */{}", offered.bytes);
            set(&mut response, header::CONTENT_RANGE, &range);
        }
        _ => {}
    }
    if let Some(part) = part {
        let length = (part.end - part.start).to_string();
        set(&mut response, header::CONTENT_LENGTH, &length);
        *response.body_mut() = content(app.store.clone(), live.scope.clone(), id, part);
    }
    let manner = if query.is_some_and(|query| query == "download") {
        "attachment"
    } else {
        "inline"
    };
    let named = format!("{manner}; filename=\"{}\"", file_name(&offered.url));
    set(&mut response, header::CONTENT_DISPOSITION, &named);
    set(&mut response, header::CONTENT_TYPE, "application/pdf");
    set(&mut response, header::CONTENT_SECURITY_POLICY, POLICY);
    set(&mut response, header::CACHE_CONTROL, FOR_EVER);
    set(&mut response, header::ACCEPT_RANGES, "bytes");
    set(&mut response, header::ETAG, &tag);
    Ok(response)
}

/// What of a document is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A range that lies behind the end.
    Nothing,
}

/// Several ranges at once, and ranges of another version, are answered with the whole.
fn wanted(headers: &HeaderMap, tag: &str, bytes: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(range) = text(header::RANGE) else {
        return Wanted::Whole;
    };
    if text(header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::Whole;
    }
    let Ok(ranges) = parse_range_header(range) else {
        return Wanted::Whole;
    };
    match ranges.validate(bytes).as_deref() {
        Ok([one]) => Wanted::Part(*one.start()..one.end() + 1),
        Ok(_) => Wanted::Whole,
        Err(_) => Wanted::Nothing,
    }
}

/// The bytes of a range, one stored part after the other.
fn content(store: Store, scope: Scope, id: DocumentId, range: Range<u64>) -> Body {
    Body::from_stream(stream::try_unfold(range, move |left| {
        let (store, scope) = (store.clone(), scope.clone());
        async move {
            if left.is_empty() {
                return Ok(None);
            }
            let part = store.document_part(&scope, id, left.clone()).await?;
            let next = left.start + part.len() as u64..left.end;
            Ok::<_, crate::store::StoreError>(Some((part, next)))
        }
    }))
}

/// The name a document is kept under: the end of its address, of letters and digits that no file system minds.
fn file_name(url: &str) -> String {
    let last = Url::parse(url).ok().and_then(|url| {
        let last = url.path_segments()?.next_back()?.to_owned();
        Some(last)
    });
    let last = last.unwrap_or_default();
    let stem = last.strip_suffix(".pdf").unwrap_or(&last);
    let stem: String = stem
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        .take(80)
        .collect();
    match stem.trim_matches('.') {
        "" => "document.pdf".into(),
        stem => format!("{stem}.pdf"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_served_and_everything_odd_is_the_whole() {
        let asked = |range: &str, known: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            if let Some(known) = known {
                headers.insert(header::IF_RANGE, known.parse().unwrap());
            }
            wanted(&headers, "\"t\"", 1_000)
        };
        for (range, meant) in [
            ("bytes=0-0", Wanted::Part(0..1)),
            ("bytes=0-99", Wanted::Part(0..100)),
            ("bytes=990-", Wanted::Part(990..1_000)),
            ("bytes=-10", Wanted::Part(990..1_000)),
            ("bytes=990-5000", Wanted::Part(990..1_000)),
            ("bytes=1000-", Wanted::Nothing),
            ("bytes=0-1,5-6", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("bytes=x", Wanted::Whole),
        ] {
            assert_eq!(asked(range, None), meant, "{range}");
        }
        assert_eq!(asked("bytes=0-0", Some("\"t\"")), Wanted::Part(0..1));
        assert_eq!(asked("bytes=0-0", Some("\"old\"")), Wanted::Whole);
    }

    #[test]
    fn a_document_is_kept_under_the_end_of_its_address() {
        for (url, name) in [
            (
                "https://w.example/a/Pay-report_2.1.pdf?x=1",
                "Pay-report_2.1.pdf",
            ),
            ("https://w.example/", "document.pdf"),
            ("https://w.example/a%22%0d%0ab.pdf", "a220d0ab.pdf"),
            ("https://w.example/..%2f..%2f.pdf", "2f..2f.pdf"),
        ] {
            assert_eq!(file_name(url), name, "{url}");
        }
    }
}
