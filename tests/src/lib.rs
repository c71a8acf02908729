//! Scenario files: plain text that says what a marketer published, what visitors did and what must then hold.
//!
//! `plan` reads them. It knows nothing of the engine, the server or a browser: what runs a plan stands on top of it.
//! `author` makes the documents that plans publish, `run` runs them. `chromium` and `firefox` are real browsers,
//! `browsers` is either of them, `front` the world they reach. `demo` is the demo site as its users start it,
//! `installation` a server as its operator does. `hostile` holds pages that are hard on their guests.

pub mod author;
#[cfg(feature = "live")]
pub mod browsers;
#[cfg(feature = "live")]
pub mod chromium;
#[cfg(feature = "live")]
pub mod demo;
#[cfg(feature = "live")]
pub mod firefox;
#[cfg(feature = "live")]
pub mod front;
#[cfg(feature = "live")]
pub mod hostile;
#[cfg(feature = "live")]
pub mod http;
#[cfg(feature = "live")]
pub mod installation;
#[cfg(feature = "live")]
pub mod pdf;
pub mod plan;
pub mod run;
