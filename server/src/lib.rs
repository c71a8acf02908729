//! The server.

pub mod meetings;
