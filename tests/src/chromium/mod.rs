//! Headless Chromium, driven by its own DevTools protocol: what tests of the widget see and do, they see and do here.

mod clock;
mod connection;
mod process;
mod tab;

pub use clock::Ahead;
pub use connection::{Connection, Session};
pub use process::{Chromium, Missing};
pub use tab::{Complaint, Line, Manner, Tab, Touch, Voice};
