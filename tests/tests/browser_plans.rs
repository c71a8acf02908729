//! Every plan that is about the browser, in a real one.

use std::path::Path;
use std::sync::Mutex;
use usher_tests::chromium::Chromium;
use usher_tests::plan::{Level, Plan, find, read};
use usher_tests::run::{Machine, run, world_for};

/// Plans that run at once, each with its own server.
const AT_ONCE: usize = 2;

#[test]
fn every_plan_about_the_browser_holds_in_one() {
    if !Chromium::is_here() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans");
    let mut plans: Vec<Plan> = find(&folder)
        .expect("the folder of plans")
        .iter()
        .map(|file| read(file).unwrap_or_else(|error| panic!("{error}")))
        .filter(|plan| plan.level(Level::Engine) == Level::Browser)
        .collect();
    let count = plans.len();
    assert!(count >= 25, "only {count} plans");
    let _machine = Machine::shared().unwrap_or_else(|why| panic!("{why}"));
    plans.reverse();
    let left = Mutex::new(plans);
    let failures = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("no plan panics").pop();
                    let Some(plan) = next else { return };
                    if let Some(failure) = failure(&plan) {
                        failures.lock().expect("no plan panics").push(failure);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no plan panics");
    assert!(
        failures.is_empty(),
        "{} of {count} plans fail\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// What was wrong with a plan, if anything.
fn failure(plan: &Plan) -> Option<String> {
    match world_for(Level::Browser, plan) {
        Ok(mut world) => run(plan, world.as_mut())
            .err()
            .map(|failure| failure.to_string()),
        Err(why) => Some(why),
    }
}
