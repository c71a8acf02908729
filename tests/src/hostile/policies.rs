//! Pages whose policies leave little room.

use super::guest::until;
use super::{Host, PORTAL, SITE, Scene, Stage, Verdict};
use crate::front::CHAT_ORIGIN;
use serde_json::json;
use std::time::Duration;

/// W01: our origin may give no script.
///
/// # Errors
/// What is wrong.
pub fn no_script(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.serves(
        "/",
        &Host::default().policy("default-src 'self'; script-src 'self'"),
    );
    guest.visits("/")?;
    guest.meets_nothing()?;
    guest.leaves("absent")
}

/// W02: our script may come, our frame may not.
///
/// # Errors
/// What is wrong.
pub fn no_frame(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    let policy = format!("script-src {CHAT_ORIGIN}; frame-src 'none'");
    guest.serves("/", &Host::default().policy(&policy));
    guest.visits("/")?;
    guest.meets_nothing()?;
    let said = guest.complaints();
    match said.as_slice() {
        [hint] if hint.words.contains("frame-src") => guest.leaves("absent, with one hint"),
        said => Err(format!(
            "absent, but the hint on the console should be one and name frame-src: {said:?}"
        )),
    }
}

/// W03: nothing is allowed but our script and our frame.
///
/// # Errors
/// What is wrong.
pub fn script_and_frame(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    let policy = format!(
        "default-src 'none'; connect-src 'none'; style-src 'none'; script-src {CHAT_ORIGIN}; frame-src {CHAT_ORIGIN}"
    );
    guest.serves("/", &Host::default().policy(&policy));
    guest.visits("/")?;
    guest.works()?;
    guest.leaves("works")
}

/// W04: scripts need a nonce and may add others.
///
/// # Errors
/// What is wrong.
pub fn nonce(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    let policy = format!(
        "default-src 'none'; script-src 'nonce-bFtGh7' 'strict-dynamic'; frame-src {CHAT_ORIGIN}"
    );
    let host = Host::default()
        .policy(&policy)
        .tag("<script async nonce=\"bFtGh7\" src=\"{{loader}}\"></script>");
    guest.serves("/", &host);
    guest.visits("/")?;
    guest.works()?;
    if guest.page("document.scripts.length")? != 1 {
        return Err("the loader added a script to the page".into());
    }
    guest.leaves("works, one script")
}

/// W05: no text becomes script or markup.
///
/// # Errors
/// What is wrong.
pub fn trusted_types(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    let host = Host::default().policy("require-trusted-types-for 'script'; trusted-types 'none'");
    guest.serves("/", &host);
    guest.visits("/")?;
    let enforced = guest.page(
        "(function () { try { document.createElement('div').innerHTML = '<b>'; return false; } catch (refused) { return true; } })()",
    )?;
    if enforced != true {
        return Err("the browser does not enforce trusted types".into());
    }
    guest.works()?;
    guest.leaves("works")
}

/// W06: the page isolates itself from other origins.
///
/// # Errors
/// What is wrong.
pub fn embedder_policy(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    let host = Host::default()
        .header("cross-origin-embedder-policy", "require-corp")
        .header("cross-origin-opener-policy", "same-origin");
    guest.serves("/", &host);
    guest.visits("/")?;
    if guest.page("window.crossOriginIsolated")? != true {
        return Err("the page is not isolated".into());
    }
    guest.works()?;
    guest.leaves("works, the page isolated")
}

/// W12: the page is itself in a frame of another site.
///
/// # Errors
/// What is wrong.
pub fn framed(stage: &Stage) -> Verdict {
    let around = format!(
        "<!doctype html><title>A portal</title><link rel=\"icon\" href=\"data:,\">\
         <iframe width=\"1000\" height=\"700\" src=\"https://{SITE}/\"></iframe>"
    );
    let site = format!("https://{SITE}");
    let portal = format!("https://{PORTAL}");
    for (sites, allowed) in [
        (vec![], true),
        (vec![site.clone(), portal.clone()], true),
        (vec![site.clone()], false),
    ] {
        let scene = Scene {
            workspace: json!({ "sites": sites }),
            ..Scene::default()
        };
        let mut guest = stage.guest_of(scene)?;
        guest.serves_at(PORTAL, "/", &Host::source(&around));
        guest.window().load(&format!("{portal}/"))?;
        guest.looks_within(&format!("{site}/"));
        let met = if allowed {
            guest.works()
        } else {
            until(Duration::from_secs(3), || Ok(guest.frames()? > 0))?;
            guest.waits(11_000)?;
            guest.meets_nothing()
        };
        met.and_then(|()| guest.leaves(""))
            .map_err(|why| format!("with {sites:?} listed: {why}"))?;
        if allowed && guest.frames()? != 1 {
            return Err("there is more than one".into());
        }
    }
    Ok("one, in the frame; absent where the outer site is not listed".into())
}
