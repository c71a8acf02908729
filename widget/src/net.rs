//! Calls to the chat origin. The frame lives there, so none of them crosses an origin.

use engine::bytes::{Read, decode};
use crate::dom;
use crate::page::{Later, Visit};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{AbortController, RequestInit, Response};

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

/// Fetches a public file, or posts a body: a call of the chat origin that leads to `then`.
pub fn call(later: &Later, path: String, body: Option<Vec<u8>>, then: Then) {
    let later = later.clone();
    spawn_local(async move {
        let answer = fetch(&path, body).await;
        later.with(|visit| then(visit, answer));
    });
}

/// The bytes of an answer, or why there are none.
pub type Answer = Result<Vec<u8>, Failure>;
/// What an answer leads to.
pub type Then = Box<dyn FnOnce(&mut Visit, Answer)>;

/// Reads an answer.
///
/// # Errors
/// When there is none, or it is not what it should be.
pub fn read<T: Read>(answer: Answer) -> Result<T, Failure> {
    decode(&answer?).ok_or(Failure::Refused)
}

async fn fetch(path: &str, body: Option<Vec<u8>>) -> Answer {
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
        dom::after(PATIENCE_MS, Box::new(move || controller.abort()));
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
