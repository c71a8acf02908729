//! Every plan that the engine can run, against the engine alone.

use std::path::Path;
use usher_tests::plan::{Level, find, read};
use usher_tests::run::{run, world_for};

#[test]
fn every_plan_holds_against_the_engine() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let (mut failures, mut count) = (Vec::new(), 0);
    for file in find(&folder).expect("the folder of plans") {
        let plan = read(&file).unwrap_or_else(|error| panic!("{error}"));
        if plan.level(Level::Engine) > Level::Engine {
            continue;
        }
        count += 1;
        let mut world = world_for(Level::Engine, &plan).expect("the engine is always there");
        if let Err(failure) = run(&plan, world.as_mut()) {
            failures.push(failure.to_string());
        }
    }
    assert!(count > 100, "only {count} plans");
    assert!(
        failures.is_empty(),
        "{} of {count} plans fail\n{}",
        failures.len(),
        failures.join("\n")
    );
}
