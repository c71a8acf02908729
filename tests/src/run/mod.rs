//! Running plans: the same statements against the engine alone, the real server, or a real browser.

mod authoring;
mod browser;
mod catalogue;
mod model;
mod people;
mod report;
mod runner;
mod server;
mod world;

pub use model::Model;
pub use report::{Failure, Outcome};
pub use runner::{run, run_all};
pub use server::{Away, Holds, Server};
pub use world::{Screen, World};
