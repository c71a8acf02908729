//! Running plans: the same statements against the engine alone, the real server, or a real browser.

mod browser;
mod headless;
mod levels;
#[cfg(feature = "live")]
mod live;
mod model;
mod people;
mod report;
mod runner;
mod server;
mod world;

pub use headless::Headless;
pub use levels::{catalogue, world_for};
#[cfg(feature = "live")]
pub use live::{LiveServer, Time};
pub use model::Model;
pub use report::{Failure, Outcome};
pub use runner::run;
pub use server::{Away, Holds, Server};
pub use world::{Screen, World};
