//! Networks that are slow, that are away, or that let only some of us through.

use super::guest::until;
use super::{Host, SITE, Scene, Stage, Verdict};
use crate::chromium::Line;
use crate::front::{Fault, Speed};
use crate::installation::Installation;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As slow as a third-generation phone network.
const SLOW: Speed = Speed {
    latency: Duration::from_millis(400),
    bytes_per_second: 50_000,
};

/// W14: a blocker keeps away the script, the frame, or what they ask.
///
/// # Errors
/// What is wrong.
pub fn blocked(stage: &Stage) -> Verdict {
    for (name, prefix) in [
        ("the script", "/w/"),
        ("the frame", "/f/"),
        ("the frame's files", "/f/-/"),
        ("the index", "/e/"),
    ] {
        let guest = stage.guest()?;
        guest.weather().befall(prefix, Fault::Broken);
        guest.visits("/")?;
        let met = until(Duration::from_millis(700), || {
            Ok(guest.sees()?.form.is_some())
        });
        if met == Ok(true) {
            return Err(format!("without {name} something shows"));
        }
        guest.waits(11_000)?;
        guest
            .meets_nothing()
            .and_then(|()| guest.leaves(""))
            .map_err(|why| format!("without {name}: {why}"))?;
        if guest.diary().count() > 12 {
            return Err(format!(
                "without {name} {} requests were made",
                guest.diary().count()
            ));
        }
    }
    let guest = stage.guest()?;
    guest.weather().befall("/v1/", Fault::Broken);
    guest.visits("/")?;
    guest.awaits("the poke", |seen| seen.form.as_deref() == Some("poke"))?;
    if guest.sees()?.notice.is_some() {
        return Err("it complains before anybody opened it".into());
    }
    guest.talks()?;
    for _ in 0..20 {
        guest.waits(30_000)?;
        std::thread::sleep(Duration::from_millis(60));
    }
    let tries = guest.asked("/v1/");
    if !(4..=30).contains(&tries) {
        return Err(format!("{tries} tries in ten minutes"));
    }
    let seen = guest.sees()?;
    if seen.notice.is_none() {
        return Err("nobody is told that the server is away".into());
    }
    guest.leaves(&format!(
        "absent; without the API it says so, {tries} tries in ten minutes"
    ))
}

/// W15: a slow network.
///
/// # Errors
/// What is wrong.
pub fn slow(stage: &Stage) -> Verdict {
    let loads = "performance.getEntriesByType('navigation')[0].loadEventStart";
    let guest = stage.guest()?;
    guest.serves("/plain", &Host::default().tag(""));
    guest.weather().set_speed(Some(SLOW));
    guest.visits("/plain")?;
    let plain = guest.page(loads)?.as_f64().unwrap_or(0.0);
    let begun = Instant::now();
    guest.window().begin(&format!("https://{SITE}/"))?;
    guest.awaits_for(Duration::from_secs(15), "the launcher", |seen| {
        seen.form.is_some()
    })?;
    let launcher = begun.elapsed().as_secs_f64();
    guest.opens()?;
    guest.awaits("the answers", |seen| seen.offers == ["Yes", "No"])?;
    let panel = begun.elapsed().as_secs_f64();
    let load = guest.page(loads)?.as_f64().unwrap_or(0.0);
    let told = format!(
        "load {load:.0} ms beside {plain:.0} ms, launcher {launcher:.1} s, panel {panel:.1} s"
    );
    // The loader is one answer, which the page's own load event waits for; everything else comes after that event.
    if load > plain + 1_000.0 || launcher > load / 1_000.0 + 3.0 || panel > 8.0 {
        return Err(told);
    }
    guest.talks()?;
    guest.weather().set_speed(None);
    guest.proves(1)?;
    guest.leaves(&told)
}

/// W16: no network at load, none in the middle of a conversation, and again.
///
/// # Errors
/// What is wrong.
pub fn offline(stage: &Stage) -> Verdict {
    let mut guest = stage.guest()?;
    guest.diary().set_away(true);
    guest.visits("/")?;
    guest.meets_nothing()?;
    guest.diary().set_away(false);
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    until(Duration::from_secs(5), || {
        Ok(guest.diary().is_quiet(Duration::from_millis(200)))
    })?;
    guest.diary().set_away(true);
    guest.manner.line = Line::Cut;
    let manner = guest.manner.clone();
    guest.window_mut().behave(&manner)?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    for _ in 0..6 {
        guest.waits(1_000)?;
        std::thread::sleep(Duration::from_millis(40));
    }
    let seen = guest.awaits("a word about the network", |seen| seen.notice.is_some())?;
    let told = seen.notice.unwrap_or_default();
    guest.proves(0)?;
    guest.diary().set_away(false);
    guest.manner.line = Line::Open;
    let manner = guest.manner.clone();
    guest.window_mut().behave(&manner)?;
    guest.waits(60_000)?;
    guest.proves(1)?;
    guest.awaits("no word about the network", |seen| seen.notice.is_none())?;
    let log = guest.installation.api(&guest.workspace, "conversations")?;
    let conversations = log["items"].as_array().cloned().unwrap_or_default();
    let [conversation] = conversations.as_slice() else {
        return Err(format!("{} conversations", conversations.len()));
    };
    let id = conversation["id"].as_str().unwrap_or_default();
    let log = guest
        .installation
        .api(&guest.workspace, &format!("conversations/{id}"))?;
    let lines = log["log"].as_array().cloned().unwrap_or_default();
    let given: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["given"].as_str())
        .collect();
    if given != ["Yes", "ada@corp.example"] {
        return Err(format!("the server was told {given:?}"));
    }
    guest.leaves(&format!("said {told:?}, lost nothing, doubled nothing"))
}

/// W32: forty tabs of one site, and a server that comes back.
///
/// # Errors
/// What is wrong.
pub fn forty_tabs(stage: &Stage) -> Verdict {
    const TABS: usize = 40;
    let server = Installation::start(stage.runtime().handle().clone(), "warn")?;
    let mut server = Arc::new(server);
    let mut guest = stage.guest_at(&server, Scene::default())?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    for _ in 1..TABS {
        guest.new_tab()?;
        guest.window().begin(&format!("https://{SITE}/"))?;
    }
    let quiet = |guest: &super::Guest| {
        until(Duration::from_secs(40), || {
            Ok(guest.diary().is_quiet(Duration::from_millis(1_500)))
        })
    };
    quiet(&guest)?;
    let idle = guest.diary().count();
    std::thread::sleep(Duration::from_secs(2));
    let idle = guest.diary().count() - idle;
    if idle > 2 {
        return Err(format!("{idle} requests in two seconds of idle tabs"));
    }
    guest.installation = Arc::clone(&stage.installation);
    let only = Arc::get_mut(&mut server).ok_or("somebody else holds the server")?;
    only.end();
    guest.go_to_tab(TABS - 1)?;
    guest.opens()?;
    guest.types("ada@corp.example")?;
    guest.reads("Thank you.")?;
    std::thread::sleep(Duration::from_secs(4));
    let away = guest.diary().count();
    only.begin()?;
    guest.installation = server;
    std::thread::sleep(Duration::from_secs(1));
    let first_second = guest.diary().count() - away;
    let proven = until(Duration::from_secs(70), || {
        let goals = guest
            .installation
            .api(&guest.workspace, "goals?proven=true")?;
        Ok(goals["items"].as_array().is_some_and(|all| all.len() == 1))
    })?;
    if !proven {
        return Err("the answer did not arrive".into());
    }
    quiet(&guest)?;
    let after = guest.diary().count() - away;
    if first_second > TABS / 2 || after > TABS {
        return Err(format!(
            "{first_second} requests in the first second, {after} in all"
        ));
    }
    guest.leaves(&format!(
        "{first_second} requests in the first second, {after} in all, nothing lost"
    ))
}
