//! `cargo xtask demo`: builds everything and serves the demo site.

use crate::{Failure, build, test};

/// Builds the widget and the server, then serves until it is interrupted. `words` go to `usher demo`.
///
/// # Errors
/// When something does not build.
pub fn demo(words: &[&str]) -> Result<bool, Failure> {
    println!("building the widget ...");
    build::build()?;
    println!("building the server ...");
    if !test::cargo(&["build", "--release", "--package", "usher-server"])? {
        return Err("the server does not build".into());
    }
    let mut command = vec![
        "run",
        "--quiet",
        "--release",
        "--package",
        "usher-server",
        "--",
        "demo",
    ];
    command.extend(words);
    test::cargo(&command)
}
