//! Calls to the chat origin. The frame lives there, so none of them crosses an origin.

use crate::dom;
use crate::page::{Later, Visit};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use engine::bytes::{Read, decode};
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
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

/// The bytes of an answer, or why there are none.
pub type Answer = Result<Vec<u8>, Failure>;
/// What an answer leads to.
pub type Then = Box<dyn FnOnce(&mut Visit, Answer)>;
type Heard = Closure<dyn FnMut(JsValue)>;

/// Reads an answer.
///
/// # Errors
/// When there is none, or it is not what it should be.
pub fn read<T: Read>(answer: Answer) -> Result<T, Failure> {
    decode(&answer?).ok_or(Failure::Refused)
}

/// Reads an answer that is needed as long as the page: it is never dropped, which spares the code for that.
///
/// # Errors
/// When there is none, or it is not what it should be.
pub fn keep<T: Read>(answer: Answer) -> Result<&'static T, Failure> {
    read(answer).map(|document| &*Box::leak(Box::new(document)))
}

/// A call under way. It goes when it has been answered.
#[derive(Clone)]
struct Call(Rc<RefCell<Parts>>);

struct Parts {
    later: Later,
    then: Option<Then>,
    heard: Vec<Heard>,
}

/// Fetches a public file, or posts a body: a call of the chat origin that leads to `then`.
pub fn call(later: &Later, path: &str, body: Option<Vec<u8>>, then: Then) {
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
    let call = Call(Rc::new(RefCell::new(Parts {
        later: later.clone(),
        then: Some(then),
        heard: Vec::new(),
    })));
    let response = dom::window().fetch_with_str_and_init(path, &init);
    call.follow(&response, Call::take_response);
}

impl Call {
    /// Goes on when a promise is kept; when it is broken, nobody is there.
    fn follow(&self, promise: &Promise, kept: fn(&Call, JsValue)) {
        let on = self.clone();
        let on = Closure::new(move |value| kept(&on, value));
        let off = self.clone();
        let off = Closure::new(move |_| off.finish(Err(Failure::Away)));
        let _ = promise.then2(&on, &off);
        if let Ok(mut parts) = self.0.try_borrow_mut() {
            parts.heard.extend([on, off]);
        }
    }

    fn take_response(&self, response: JsValue) {
        let response: Response = response.unchecked_into();
        let failure = match response.status() {
            200..=299 | 409 => match response.array_buffer() {
                Ok(bytes) => return self.follow(&bytes, Self::take_bytes),
                Err(_) => Failure::Away,
            },
            429 | 503 => {
                let wait = response.headers().get("retry-after").ok().flatten();
                Failure::Busy(wait.and_then(|text| text.parse().ok()).unwrap_or(5))
            }
            400..=499 => Failure::Refused,
            _ => Failure::Away,
        };
        self.finish(Err(failure));
    }

    fn take_bytes(&self, bytes: JsValue) {
        self.finish(Ok(Uint8Array::new(&bytes).to_vec()));
    }

    fn finish(&self, answer: Answer) {
        let Ok(mut parts) = self.0.try_borrow_mut() else {
            return;
        };
        let (later, then) = (parts.later.clone(), parts.then.take());
        let heard = core::mem::take(&mut parts.heard);
        drop(parts);
        if let Some(then) = then {
            later.with(|visit| then(visit, answer));
        }
        drop(heard);
    }
}
