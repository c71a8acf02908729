//! Loaders, frames and immutable files.

use crate::app::App;
use crate::assets::{hashed, media_type};
use crate::error::ApiError;
use crate::site::live::Tagged;
use crate::store::Packed;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::ids::EditionId;

/// What never changes under its name.
pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The loader: fresh for a minute, usable for ten more while it is fetched again.
const LOADER: &str = "public, max-age=60, stale-while-revalidate=600";

/// The part of the viewer that reads documents.
const WORKER: &str = "pdf.worker.js";

/// `GET /w/<workspace>.js`
pub async fn loader(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let name = file
        .strip_suffix(".js")
        .ok_or_else(|| ApiError::Missing("such file".into()))?;
    let live = app.live(name).await?;
    Ok(renewed(
        &headers,
        &live.loader,
        "text/javascript; charset=utf-8",
        LOADER,
    ))
}

/// `GET /l/<version>.js`: a loader that stays as it is, for pages that name its hash.
pub async fn pinned(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let version = file
        .strip_suffix(".js")
        .ok_or_else(|| ApiError::Missing("such file".into()))?;
    let loader = app.store.pinned(version.into()).await?;
    Ok(packed(
        &headers,
        &loader,
        "text/javascript; charset=utf-8",
        FOR_EVER,
    ))
}

/// `GET /f/<workspace>`: the frame's page, which is the pointer to what is live.
pub async fn frame(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.live(&name).await?;
    let mut response = renewed(
        &headers,
        &live.frame,
        "text/html; charset=utf-8",
        "no-cache",
    );
    response
        .headers_mut()
        .remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    set(&mut response, header::LINK, &live.needed());
    // The server's clock, which a kept copy of the page takes over with the headers of a 304.
    let now = format!("now;dur={}", app.clock.now().0);
    set(&mut response, "server-timing", &now);
    // Firefox hides it from a frame's own script otherwise.
    set(&mut response, "timing-allow-origin", "*");
    let images = if app.config.is_secure() {
        "https:"
    } else {
        "https: http:"
    };
    let policy = format!(
        "default-src 'none'; script-src 'self' {} 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
         connect-src 'self'; img-src 'self' data: {images}; font-src 'self'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types usher-viewer; frame-ancestors {}",
        live.script,
        live.ancestors()
    );
    set(&mut response, header::CONTENT_SECURITY_POLICY, &policy);
    set(
        &mut response,
        header::VARY,
        "accept-encoding, sec-fetch-site",
    );
    // On a page of its own site it asks for a process of its own. On another site's it has one, and asking would make
    // browsers begin a second after they have prepared one.
    if headers
        .get("sec-fetch-site")
        .is_none_or(|from| from != "cross-site")
    {
        set(&mut response, "origin-agent-cluster", "?1");
    }
    set(
        &mut response,
        "cross-origin-embedder-policy",
        "credentialless",
    );
    set(
        &mut response,
        "cross-origin-resource-policy",
        "cross-origin",
    );
    Ok(response)
}

/// `GET /f/-/<hash>.<ext>`: a file of the widget.
pub async fn asset(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let asset = hashed(&file).ok_or_else(|| ApiError::Missing("such file".into()))?;
    let (bytes, encoding) = match (asset.brotli, asset.gzip) {
        (Some(brotli), _) if accepts(&headers, "br") => (brotli, Some("br")),
        (_, Some(gzip)) if accepts(&headers, "gzip") => (gzip, Some("gzip")),
        _ => (asset.bytes, None),
    };
    let mut response = bytes.into_response();
    describe(&mut response, media_type(asset.name), FOR_EVER, encoding);
    if asset.name == WORKER {
        // It reads what strangers wrote: it may decode pictures, and reach nothing.
        let policy = "default-src 'none'; script-src 'wasm-unsafe-eval'";
        set(&mut response, header::CONTENT_SECURITY_POLICY, policy);
        set(
            &mut response,
            "cross-origin-embedder-policy",
            "credentialless",
        );
    }
    Ok(response)
}

/// `GET /e/<workspace>/<file>`: an index by its hash, or an edition as `<edition>.<language>`.
pub async fn edition(
    State(app): State<App>,
    Path((name, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let live = app.live(&name).await?;
    let found = match file.split_once('.') {
        None => app.store.index_file(&live.scope, file).await?,
        Some((edition, language)) => {
            let edition = EditionId::parse(edition)
                .ok_or_else(|| ApiError::Missing("such edition".into()))?;
            app.store
                .edition_file(&live.scope, edition, language.into())
                .await?
        }
    };
    Ok(packed(
        &headers,
        &found,
        "application/octet-stream",
        FOR_EVER,
    ))
}

/// The file, or that the browser's copy of it still holds.
fn renewed(headers: &HeaderMap, known: &Tagged, media_type: &str, cache: &str) -> Response {
    let mut response = if is_known(headers, &known.tag) {
        // A browser takes over the headers of a 304: without them it would block the copy it has kept.
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        describe(&mut response, media_type, cache, None);
        response
    } else {
        packed(headers, &known.file, media_type, cache)
    };
    set(&mut response, header::ETAG, &known.tag);
    response
}

fn packed(headers: &HeaderMap, file: &Packed, media_type: &str, cache: &str) -> Response {
    let brotli = accepts(headers, "br");
    let bytes = if brotli { &file.brotli } else { &file.bytes };
    let mut response = bytes.clone().into_response();
    describe(&mut response, media_type, cache, brotli.then_some("br"));
    response
}

fn describe(
    response: &mut Response,
    media_type: &str,
    cache: &str,
    encoding: Option<&'static str>,
) {
    set(response, header::CONTENT_TYPE, media_type);
    set(response, header::CACHE_CONTROL, cache);
    set(response, header::VARY, "accept-encoding");
    set(response, "cross-origin-resource-policy", "cross-origin");
    // Without credentials any page may read what any browser may load.
    set(response, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    if let Some(encoding) = encoding {
        set(response, header::CONTENT_ENCODING, encoding);
    }
}

/// Sets a header whose value is known to be one.
pub(crate) fn set(response: &mut Response, name: impl header::IntoHeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let mut parts = item.trim().split(';');
            parts.next() == Some(encoding) && !parts.any(|part| part.trim() == "q=0")
        })
}

pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| {
            known
                .split(',')
                .any(|one| one.trim().trim_start_matches("W/") == tag)
        })
}
