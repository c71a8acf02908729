//! The server behind `usher`: publishes, identifies, replays, books, stores, delivers.
//!
//! Product rules live in `engine`; here are routes, storage, replay at intake
//! and delivery.

mod api;
pub mod app;
pub mod assets;
pub mod cli;
pub mod clock;
pub mod config;
mod connections;
mod demo;
pub mod documents;
pub mod erasures;
mod error;
mod headers;
mod health;
mod limits;
pub mod logs;
pub mod mail;
mod manage;
pub mod meetings;
mod metrics;
pub mod outbox;
pub mod outgoing;
pub mod passwords;
mod patience;
pub mod peer;
mod persona;
mod private;
mod report;
pub mod roles;
mod router;
pub mod secrets;
mod serve;
mod signing;
mod site;
pub mod store;
mod time;
mod tracked;
pub mod transcript;
mod wire;
pub mod workspace_file;

pub use app::{App, StartError};
pub use config::Config;
pub use report::recount;
pub use router::router;
pub use serve::{NoDelivery, delivery, serve};
pub use wire::login::read as read_login;
