//! The server behind `usher`: publishes, identifies, replays, books, stores, delivers.
//!
//! Product rules live in `engine`; here are routes, storage, replay at intake
//! and delivery.

pub mod clock;
pub mod mail;
pub mod manage;
pub mod meetings;
pub mod outbox;
pub mod outgoing;
pub mod secrets;
mod signing;
pub mod store;
mod time;
pub mod transcript;
