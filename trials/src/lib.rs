//! Servers under load and under attack, and what checks afterwards that nothing was lost.
//!
//! A trial starts the binary `usher`, lets many visitors talk to it over HTTP, and meanwhile does to it what happens to servers:
//! it is killed, its disk fails or fills, its PostgreSQL dies, the network between drops and resets. Every visitor runs the
//! engine and writes down what was sent and what was acknowledged. The checker is another program, which reads that history and
//! the database and replays everything again.

pub mod bench;
pub mod checker;
pub mod history;
pub mod load;
pub mod proxy;
pub mod receiver;
pub mod results;
pub mod servers;
pub mod talk;
pub mod trial;
pub mod visitor;
pub mod wire;
pub mod world;

/// Why something could not be tried: a sentence for whoever wanted it.
pub type Failure = String;
