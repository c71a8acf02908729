//! Every plan that needs no browser, through the real server.

use std::path::Path;
use usher_tests::plan::{Level, find, read};
use usher_tests::run::{run, world_for};

#[test]
fn every_plan_holds_through_the_server() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let (mut failures, mut count) = (Vec::new(), 0);
    for file in find(&folder).expect("the folder of plans") {
        let plan = read(&file).unwrap_or_else(|error| panic!("{error}"));
        if plan.level(Level::Server) > Level::Server {
            continue;
        }
        count += 1;
        let mut world = world_for(Level::Server, &plan).unwrap_or_else(|why| panic!("{why}"));
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
