//! The world a plan runs in, by level.

use super::headless::Headless;
#[cfg(feature = "live")]
use super::live::{LiveServer, Time};
use super::model::Model;
#[cfg(feature = "live")]
use super::real::Real;
use super::world::World;
use crate::author::attribute_types;
use crate::plan::{Action, Definition, Level, Plan, Statement};
use engine::check::Catalogue;
use std::path::Path;

/// A new world for a plan.
///
/// # Errors
/// When the level cannot be had on this machine, with what to do about it.
pub fn world_for(level: Level, plan: &Plan) -> Result<Box<dyn World>, String> {
    let folder = plan.file.parent().unwrap_or(Path::new("."));
    match level {
        Level::Engine => Ok(Box::new(Headless::new(Model::new(catalogue(plan)), folder))),
        #[cfg(feature = "live")]
        Level::Server => {
            let server = LiveServer::start(&catalogue(plan), "http://chat.example", Time::Still);
            let server = server.map_err(|why| format!("the server does not start: {why}"))?;
            Ok(Box::new(Headless::new(server, folder)))
        }
        #[cfg(feature = "live")]
        Level::Browser => Ok(Box::new(Real::start(&catalogue(plan), folder)?)),
        #[cfg(not(feature = "live"))]
        Level::Server | Level::Browser => Err(format!(
            "plans do not run through the {level} in this build"
        )),
    }
}

/// What a plan's workspace knows from its beginning: the attributes and lists its lines speak of.
#[must_use]
pub fn catalogue(plan: &Plan) -> Catalogue {
    let mut catalogue = Catalogue::default();
    catalogue.attributes.extend(attribute_types(plan));
    for line in &plan.lines {
        if let Statement::Define(Definition::Person(person))
        | Statement::Do(Action::SetPerson(person)) = &line.statement
        {
            catalogue.lists.extend(person.lists.iter().cloned());
        }
    }
    catalogue
}
