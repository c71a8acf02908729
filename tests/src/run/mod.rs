//! Running plans: the same statements against the engine alone, the real server, or a real browser.

mod browser;
mod headless;
mod levels;
#[cfg(feature = "live")]
mod live;
mod model;
mod people;
#[cfg(feature = "live")]
mod real;
mod report;
mod runner;
mod server;
mod studio;
#[cfg(feature = "live")]
mod walk;
mod world;

pub use headless::Headless;
pub use levels::{catalogue, world_for};
#[cfg(feature = "live")]
pub use live::{LiveServer, Time, WORKSPACE};
pub use model::Model;
#[cfg(feature = "live")]
pub use real::{FIND, LAUNCHER, Machine, Real, Seen, Told, Visitor, reading};
pub use report::{Failure, Outcome};
pub use runner::run;
pub use server::{Away, Holds, Server};
#[cfg(feature = "live")]
pub use walk::walk;
pub use world::{Screen, World};
