//! `cargo xtask install`: the command `usher`, widget included, on the path.

use crate::{Failure, build, test};

/// Builds the widget, then the server with it, and installs the binary where cargo installs.
///
/// # Errors
/// When something does not build.
pub fn install() -> Result<bool, Failure> {
    println!("building the widget ...");
    build::build()?;
    println!("building the server ...");
    test::cargo(&["install", "--locked", "--force", "--path", "server"])
}
