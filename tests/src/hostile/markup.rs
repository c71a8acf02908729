//! Documents of every kind, and our tag in every place of them.

use super::guest::until;
use super::{Host, SITE, Stage, Verdict};
use crate::front::CHAT_HOST;
use std::time::Duration;

/// W22: the page is written anew after it has loaded.
///
/// # Errors
/// What is wrong.
pub fn wiped(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    guest.visits("/")?;
    guest.answers("Yes")?;
    guest.reads("Your address?")?;
    guest.page("document.open(), document.write('<!doctype html><title>Wiped</title><h1>Wiped</h1>'), document.close()")?;
    let before = guest.diary().count();
    for _ in 0..4 {
        guest.waits(5_000)?;
        std::thread::sleep(Duration::from_millis(300));
    }
    let requests = guest.diary().count() - before;
    if requests > 20 {
        return Err(format!("{requests} requests after the page was wiped"));
    }
    let there = guest.sees()?.form.is_some();
    if there {
        guest.opens()?;
        guest.reads("Your address?")?;
        return guest.leaves("came back, and resumed");
    }
    guest.meets_nothing()?;
    guest.leaves("stays away")
}

/// W23: our tag in every place.
///
/// # Errors
/// What is wrong.
pub fn placements(stage: &Stage) -> Verdict {
    let guest = stage.guest()?;
    let made = "var s = document.createElement('script'); s.async = true; s.src = '{{loader}}';";
    let tags: [(&str, String); 7] = [
        ("sync", "<script src=\"{{loader}}\"></script>".into()),
        ("async", "<script async src=\"{{loader}}\"></script>".into()),
        ("defer", "<script defer src=\"{{loader}}\"></script>".into()),
        (
            "module",
            "<script type=\"module\" src=\"{{loader}}\"></script>".into(),
        ),
        (
            "tag manager",
            format!(
                "<script>(function () {{ {made} document.getElementsByTagName('script')[0].parentNode.appendChild(s); }})();</script>"
            ),
        ),
        (
            "late",
            format!(
                "<script>addEventListener('load', function () {{ {made} document.body.appendChild(s); }});</script>"
            ),
        ),
        (
            "document.write",
            "<script>document.write('<script src=\"{{loader}}\"><\\/script>');</script>".into(),
        ),
    ];
    for (n, (name, tag)) in tags.iter().enumerate() {
        let path = format!("/{n}");
        guest.serves(&path, &Host::default().tag(tag));
        guest.visits(&path)?;
        guest
            .awaits("the poke", |seen| seen.offers == ["Yes", "No"])
            .and_then(|_| guest.leaves(""))
            .map_err(|why| format!("{name}: {why}"))?;
    }
    guest.works()?;
    guest.leaves("there in all seven")
}

/// W24: XHTML, quirks, framesets, pages without a body.
///
/// # Errors
/// What is wrong.
pub fn documents(stage: &Stage) -> Verdict {
    let xhtml = |body: &str| {
        Host::source(&format!(
            "<?xml version=\"1.0\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>A page</title>{{{{tag}}}}</head>{body}</html>"
        ))
        .media_type("application/xhtml+xml")
        .tag("<script async=\"async\" src=\"{{loader}}\"></script>")
    };
    let pages: [(&str, Host); 6] = [
        ("XHTML", xhtml("<body><p>A page.</p></body>")),
        ("XHTML without a body", xhtml("")),
        (
            "quirks",
            Host::source("<title>A page</title>{{tag}}<table><tr><td>A page"),
        ),
        (
            "frameset",
            Host::source(
                "<html><head><title>A page</title>{{tag}}</head><frameset cols=\"50%,50%\"><frame src=\"/inner\"><frame src=\"/inner\"></frameset></html>",
            ),
        ),
        (
            "no body",
            Host::source("<!doctype html><title>A page</title>{{tag}}<body><script>document.body.remove()</script>"),
        ),
        (
            "SVG",
            Host::source(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"400\" height=\"300\"><circle r=\"50\"/>{{tag}}</svg>",
            )
            .media_type("image/svg+xml")
            .tag("<script href=\"{{loader}}\"></script>"),
        ),
    ];
    let guest = stage.guest()?;
    guest.serves("/inner", &Host::source("<!doctype html><p>A part."));
    let mut seen = Vec::new();
    for (n, (name, host)) in pages.iter().enumerate() {
        let path = format!("/{n}");
        guest.serves(&path, host);
        guest.visits(&path)?;
        let there = until(Duration::from_secs(2), || Ok(guest.sees()?.form.is_some()))?;
        let met = if there {
            guest.opens().map(|_| ())
        } else {
            guest.meets_nothing()
        };
        met.and_then(|()| guest.leaves(""))
            .map_err(|why| format!("{name}: {why}"))?;
        seen.push(format!("{name} {}", if there { "there" } else { "absent" }));
    }
    Ok(seen.join(", "))
}

/// W35: content that bears our names, or those of what every script needs.
///
/// # Errors
/// What is wrong.
pub fn our_names(stage: &Stage) -> Verdict {
    let ours = "<form id=\"usher\" name=\"usher\"><input name=\"q\" value=\"https://evil.example\"><input name=\"version\" value=\"9\"></form>\
        <a id=\"usher\" name=\"usher\" href=\"https://evil.example/w/x.js\">a comment</a><img name=\"usher\" alt=\"\">\
        <div id=\"usher-frame\"></div><div id=\"usher-wasm\"></div><meta name=\"usher\" content=\"{}\">\
        <a id=\"settings\" href=\"https://evil.example\"></a><a id=\"origin\" href=\"https://evil.example\"></a>";
    let clobbering: String = [
        "createElement",
        "cookie",
        "documentElement",
        "body",
        "readyState",
        "visibilityState",
        "addEventListener",
        "currentScript",
        "querySelector",
        "referrer",
        "location",
    ]
    .iter()
    .map(|name| {
        format!(
            "<img name=\"{name}\" alt=\"\"><form name=\"{name}\"><input name=\"children\"></form>"
        )
    })
    .collect();
    let guest = stage.guest()?;
    guest.serves("/ours", &Host::with("", ours));
    guest.visits("/ours")?;
    guest.works()?;
    guest.leaves("")?;

    let guest = stage.guest()?;
    // The page's content stands before our tag is run.
    let host = Host::source(&format!(
        "<!doctype html><title>A page</title><body>{clobbering}{{{{tag}}}}"
    ))
    .tag("<script src=\"{{loader}}\"></script>");
    guest.serves("/document", &host);
    let _ = guest.window().begin(&format!("https://{SITE}/document"));
    let there = until(Duration::from_secs(3), || Ok(guest.sees()?.form.is_some()));
    if there != Ok(true) && guest.frames()? > 0 {
        guest.waits(11_000)?;
        if guest.frames()? > 0 {
            return Err("a frame stays, and shows nothing".into());
        }
    }
    let hosts = guest.weather().hosts();
    let strangers: Vec<&String> = hosts
        .iter()
        .filter(|host| *host != SITE && *host != CHAT_HOST)
        .collect();
    if !strangers.is_empty() {
        return Err(format!("{strangers:?} were asked"));
    }
    let how = if there == Ok(true) { "there" } else { "absent" };
    guest.leaves(&format!(
        "works among our names; {how} where the document's own are taken"
    ))
}
