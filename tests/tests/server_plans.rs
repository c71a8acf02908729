//! Every plan that needs no browser, through the real server.

use std::path::Path;
use usher_tests::plan::{Level, Plan, find, read};
use usher_tests::run::{run, world_for};

/// Plans that run at once. Each has its own server, which mostly waits for its disk.
const AT_ONCE: usize = 4;

#[test]
fn every_plan_holds_through_the_server() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let plans: Vec<Plan> = find(&folder)
        .expect("the folder of plans")
        .iter()
        .map(|file| read(file).unwrap_or_else(|error| panic!("{error}")))
        .filter(|plan| plan.level(Level::Server) == Level::Server)
        .collect();
    assert!(plans.len() > 100, "only {} plans", plans.len());
    let share = plans.len().div_ceil(AT_ONCE);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let runs: Vec<_> = plans
            .chunks(share)
            .map(|plans| scope.spawn(|| plans.iter().filter_map(failure).collect::<Vec<_>>()))
            .collect();
        runs.into_iter()
            .flat_map(|run| run.join().expect("a plan's failure is told, not thrown"))
            .collect()
    });
    assert!(
        failures.is_empty(),
        "{} of {} plans fail\n{}",
        failures.len(),
        plans.len(),
        failures.join("\n")
    );
}

/// What was wrong with a plan, if anything.
fn failure(plan: &Plan) -> Option<String> {
    let mut world = world_for(Level::Server, plan).unwrap_or_else(|why| panic!("{why}"));
    run(plan, world.as_mut())
        .err()
        .map(|failure| failure.to_string())
}
