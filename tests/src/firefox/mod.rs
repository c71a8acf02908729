//! Headless Firefox, driven by WebDriver BiDi, which it speaks itself. It behaves by the same `Manner` as Chromium does.

mod connection;
mod process;
mod tab;
mod value;

pub use connection::Connection;
pub use process::{Firefox, Missing, Preference};
pub use tab::Tab;
