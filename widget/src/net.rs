//! Calls to the chat origin. The frame lives there, so none of them crosses an origin.

use alloc::string::String;
use alloc::vec::Vec;
use engine::compiled::{decode, encode};
use js_sys::{ArrayBuffer, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, RequestInit, Response};

use crate::dom;

/// A request is given up after so long, in milliseconds.
const PATIENCE_MS: i32 = 20_000;

/// Why nothing came back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No network, no server, or no answer in time.
    Away,
    /// The server asks to wait so many seconds.
    Busy(u32),
    /// The server does not take this, however often it is sent.
    Refused,
}

/// Fetches a public file.
///
/// # Errors
/// When it cannot be had, or is not what it should be.
pub async fn file<T: DeserializeOwned>(path: &str) -> Result<T, Failure> {
    let bytes = fetch(path, None).await?;
    decode(&bytes).map_err(|_| Failure::Refused)
}

/// Fetches a public text.
///
/// # Errors
/// When it cannot be had.
pub async fn text(path: &str) -> Result<String, Failure> {
    String::from_utf8(fetch(path, None).await?).map_err(|_| Failure::Refused)
}

/// Sends a message and reads the answer.
///
/// # Errors
/// When no answer came, or none that can be read.
pub async fn ask<Q: Serialize, A: DeserializeOwned>(
    path: &str,
    question: &Q,
) -> Result<A, Failure> {
    let bytes = fetch(path, Some(encode(question))).await?;
    decode(&bytes).map_err(|_| Failure::Refused)
}

/// Sends a message that is answered by its arrival.
///
/// # Errors
/// When it did not arrive.
pub async fn tell<Q: Serialize>(path: &str, message: &Q) -> Result<(), Failure> {
    fetch(path, Some(encode(message))).await.map(|_| ())
}

async fn fetch(path: &str, body: Option<Vec<u8>>) -> Result<Vec<u8>, Failure> {
    let window = dom::window();
    let init = RequestInit::new();
    if let Some(body) = &body {
        init.set_method("POST");
        init.set_body(&Uint8Array::from(body.as_slice()));
        // What is under way when the visitor leaves the page still arrives.
        let _ = js_sys::Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
    }
    if let Ok(controller) = AbortController::new() {
        init.set_signal(Some(&controller.signal()));
        dom::after(PATIENCE_MS, move || controller.abort());
    }
    let response = JsFuture::from(window.fetch_with_str_and_init(path, &init))
        .await
        .map_err(|_| Failure::Away)?;
    let response: Response = response.unchecked_into();
    match response.status() {
        200..=299 | 409 => {}
        429 | 503 => {
            let wait = response.headers().get("retry-after").ok().flatten();
            return Err(Failure::Busy(
                wait.and_then(|text| text.parse().ok()).unwrap_or(5),
            ));
        }
        400..=499 => return Err(Failure::Refused),
        _ => return Err(Failure::Away),
    }
    let buffer = response.array_buffer().map_err(|_| Failure::Away)?;
    let buffer: ArrayBuffer = JsFuture::from(buffer)
        .await
        .map_err(|_| Failure::Away)?
        .unchecked_into();
    Ok(Uint8Array::new(&buffer).to_vec())
}
