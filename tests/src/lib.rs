//! Scenario files: plain text that says what a marketer published, what visitors did and what must then hold.
//!
//! `plan` reads them. It knows nothing of the engine, the server or a browser: what runs a plan stands on top of it.
//! `author` makes the documents that plans publish, `run` runs them. `chromium` is a real browser, `front` the
//! world it reaches, `demo` the demo site as its users start it.

pub mod author;
#[cfg(feature = "live")]
pub mod chromium;
#[cfg(feature = "live")]
pub mod demo;
#[cfg(feature = "live")]
pub mod front;
#[cfg(feature = "live")]
pub mod pdf;
pub mod plan;
pub mod run;
