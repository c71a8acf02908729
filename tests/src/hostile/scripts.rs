//! Pages whose scripts are not what they seem.

use super::{Host, Scene, Stage, Verdict};

/// A library that adds to what is built in, and replaces some of it, as such libraries did in 2008.
pub const COLLECTIONS: &str = include_str!("collections.js");
/// Another, with other ideas.
pub const CLASSES: &str = include_str!("classes.js");

/// W08: libraries that replace what is built in, before and after us.
///
/// # Errors
/// What is wrong.
pub fn libraries(stage: &Stage) -> Verdict {
    let settle = "window[Symbol.for('watch')].again();";
    for (name, library) in [("collections", COLLECTIONS), ("classes", CLASSES)] {
        for first in [true, false] {
            let script = format!("<script>{library}\n{settle}</script>");
            let host = if first {
                Host::with(&script, "")
            } else {
                // Ours runs before the next script does.
                Host::with("", "").tag(&format!("<script src=\"{{{{loader}}}}\"></script>{script}"))
            };
            let when = if first { "before" } else { "after" };
            let guest = stage.guest()?;
            guest.serves("/", &host);
            guest.visits("/")?;
            guest
                .works()
                .and_then(|()| {
                    guest.page("history.pushState(null, '', '/elsewhere')")?;
                    guest.page("usher('why').then(function (told) { return told.page; })")?;
                    guest.leaves("works")
                })
                .map_err(|why| format!("{name} {when} us: {why}"))?;
        }
    }
    Ok("works, the libraries' own intact".into())
}

/// W19: two copies of the script.
///
/// # Errors
/// What is wrong.
pub fn twice(stage: &Stage) -> Verdict {
    let mut guest = stage.guest()?;
    guest.expects("usher: twice");
    let tag = "<script src=\"{{loader}}\"></script>";
    guest.serves("/", &Host::default().tag(&format!("{tag}{tag}")));
    guest.visits("/")?;
    guest.works()?;
    if guest.frames()? != 1 {
        return Err("there are two frames".into());
    }
    let warned = guest.complaints().len();
    if warned != 1 {
        return Err(format!("{warned} warnings on the console"));
    }
    let report = guest.installation.api(&guest.workspace, "report")?;
    let counts = &report["dialogues"][0];
    if counts["triggered"] != 1 || counts["completed"] != 1 {
        return Err(format!("events are doubled: {counts}"));
    }
    guest.leaves("")?;

    let mut guest = stage.guest()?;
    guest.expects("usher: twice");
    let other = stage.workspace(&guest.installation, &Scene::default())?;
    let second = guest.loader().replace(&guest.workspace, &other);
    guest.serves(
        "/",
        &Host::default().tag(&format!("{tag}<script src=\"{second}\"></script>")),
    );
    guest.visits("/")?;
    guest.works()?;
    let mine = guest.page(&format!(
        "document.querySelectorAll('iframe[src*=\"/f/{}#\"]').length",
        guest.workspace
    ))?;
    if mine != 1 || guest.frames()? > 2 {
        return Err(format!("{mine} frames of the first workspace"));
    }
    guest.leaves("one launcher, the first wins, nothing counted twice")
}

/// W34: browsers that lack what is new.
///
/// # Errors
/// What is wrong.
pub fn old_browser(stage: &Stage) -> Verdict {
    let lacks: [(&str, &str); 9] = [
        ("Promise", "delete window.Promise;"),
        (
            "fetch",
            "delete window.fetch; delete window.XMLHttpRequest;",
        ),
        ("shadow DOM", "delete Element.prototype.attachShadow;"),
        ("URL", "delete window.URL;"),
        ("WebAssembly", "delete window.WebAssembly;"),
        (
            "crypto",
            "Object.defineProperty(window, 'crypto', { value: undefined });",
        ),
        (
            "popover and navigation",
            "delete HTMLElement.prototype.showPopover; delete window.navigation; delete window.visualViewport; delete window.matchMedia;",
        ),
        ("CustomEvent", "delete window.CustomEvent;"),
        (
            "nearly everything",
            "delete window.Promise; delete window.fetch; delete window.URL; delete window.WebAssembly; delete window.CustomEvent; \
             delete Element.prototype.attachShadow; delete Array.prototype.some; delete Array.prototype.filter; delete Object.keys;",
        ),
    ];
    let guest = stage.guest()?;
    let mut seen = Vec::new();
    for (n, (name, script)) in lacks.iter().enumerate() {
        let settle = "window[Symbol.for('watch')].again();";
        let path = format!("/{n}");
        let host = Host::with(&format!("<script>{script} {settle}</script>"), "");
        guest.serves(&path, &host);
        guest.visits(&path)?;
        let there = super::guest::until(std::time::Duration::from_millis(1_000), || {
            Ok(guest.sees()?.form.is_some())
        })?;
        if !there {
            guest
                .meets_nothing()
                .map_err(|why| format!("without {name}: {why}"))?;
        }
        guest
            .leaves("")
            .map_err(|why| format!("without {name}: {why}"))?;
        seen.push(format!("{name} {}", if there { "there" } else { "absent" }));
    }
    Ok(format!("without {}", seen.join(", ")))
}
