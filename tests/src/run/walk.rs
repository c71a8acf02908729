//! Walks through a plan in a real browser, and looks around wherever the plan expects something.

use super::levels::catalogue;
use super::real::Real;
use super::world::World;
use crate::chromium::Manner;
use crate::plan::{Line, Plan, Statement};
use std::path::Path;

/// Lets visitors whose browsers are of a manner do everything a plan says, and calls `look` in place of each
/// expectation. Gives back where that has led.
///
/// # Errors
/// With the line at which something could not be done, or `look` found a fault; a picture of what was on screen
/// then lies at `target/stopped-here.png`.
pub fn walk(
    plan: &Plan,
    manner: Manner,
    look: &mut dyn FnMut(&mut Real, &Line) -> Result<(), String>,
) -> Result<Real, String> {
    let mut world = Real::start(&catalogue(plan), Path::new("."))?.with_manner(manner);
    for line in &plan.lines {
        let done = match &line.statement {
            Statement::Define(definition) => world.define(definition),
            Statement::Do(action) => world.act(action),
            Statement::Expect(_) => look(&mut world, line),
            Statement::Cannot(_) | Statement::Through(_) => Ok(()),
        };
        if let Err(why) = done {
            let picture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/stopped-here.png");
            if let Ok(png) = world.picture() {
                // Without it the sentence has to do.
                let _ = std::fs::write(picture, png);
            }
            let (file, number) = (plan.file.display(), line.number);
            return Err(format!("{file}:{number}: {}: {why}", line.text));
        }
    }
    Ok(world)
}
