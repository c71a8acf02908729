//! `usher doctor`: what is wrong, and what to do about it.

use super::{CliError, Desk, Done};
use crate::app::StartError;
use crate::assets;
use crate::store::Workspace;
use std::time::Duration;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What was found, a line each.
#[derive(Default)]
struct Findings {
    wrong: usize,
}

impl Findings {
    fn fine(&self, words: &str) {
        say!("ok     {words}");
    }

    fn note(&self, words: &str) {
        say!("note   {words}");
    }

    fn wrong(&mut self, words: &str) {
        self.wrong += 1;
        say!("WRONG  {words}");
    }

    fn summary(&self) -> Done {
        match self.wrong {
            0 => Ok(()),
            1 => Err(CliError::Words("1 thing is wrong".into())),
            several => Err(CliError::Words(format!("{several} things are wrong"))),
        }
    }

    fn is(&mut self, fine: bool, words: &str, otherwise: &str) {
        if fine {
            self.fine(words)
        } else {
            self.wrong(otherwise)
        }
    }
}

/// What there is to say when the data folder cannot even be opened.
pub(super) fn closed(fault: &StartError) -> Done {
    let mut findings = Findings::default();
    findings.wrong(&fault.to_string());
    findings.summary()
}

pub(super) async fn doctor(desk: &Desk, page: Option<String>) -> Done {
    let mut findings = Findings::default();
    let store = &desk.app.store;
    findings.is(
        assets::has_widget(),
        "the binary holds the widget",
        "the binary was built without the widget: run `cargo xtask build`, then build the server again",
    );
    findings.fine("the key file is the one this database belongs to");
    let sound = match store.integrity().await {
        Ok(sound) => sound,
        Err(fault) => fault.with_cause(),
    };
    findings.is(
        sound == "ok",
        "the database is sound",
        &format!("the database is damaged, go back to a copy made by usher backup: {sound}"),
    );
    if sound != "ok" {
        return findings.summary();
    }
    let config = &desk.app.config;
    if config.is_secure() {
        findings.fine("browsers reach the chat over TLS");
        if config.trusted_proxies.is_empty() {
            findings.note(
                "no trusted_proxies are set: behind a proxy, all visitors count as one neighbour of the rate limits",
            );
        }
    } else {
        findings.note(&format!(
            "the origin is {}: without TLS only for trying out, and no site on https can show it",
            config.origin
        ));
    }
    if config.smtp.is_none() {
        findings.note("no SMTP server is set: mails go into the maildir of the data folder");
    }
    let scope = desk.scope().await?;
    let workspace = store.workspace(&scope).await?;
    if workspace.settings.sites.is_empty() {
        findings.note(
            "any site may show the widget: usher workspace set --sites https://www.example.com",
        );
    }
    if !workspace.settings.chat_on {
        findings.wrong("the chat is off: usher on");
    }
    let live = store
        .dialogues(&scope)
        .await?
        .into_iter()
        .filter(|row| row.live && !row.is_flow())
        .count();
    findings.is(
        live > 0,
        &format!("{live} dialogues are live"),
        "no dialogue is live: usher publish NAME",
    );
    for pause in store.outbox_pauses(&scope).await? {
        let kind = pause.kind.as_deref().unwrap_or("every kind");
        findings.wrong(&format!(
            "messages of {kind} are paused ({}): usher outbox resume",
            pause.why
        ));
    }
    for (fate, count) in store.outbox_counts(&scope).await? {
        if fate == crate::store::Fate::Dead && count > 0 {
            findings.wrong(&format!(
                "{count} messages could not be delivered: usher outbox dead"
            ));
        }
    }
    if let Some(page) = page {
        look_at(desk, &workspace, &page, &mut findings).await?;
    }
    findings.summary()
}

async fn look_at(desk: &Desk, workspace: &Workspace, page: &str, findings: &mut Findings) -> Done {
    // Another part of the program may have installed the same provider; either is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .user_agent("usher doctor")
        .build()
        .map_err(|fault| CliError::Words(fault.to_string()))?;
    let origin = &desk.app.config.origin;
    let loader = format!("{origin}/w/{}.js", workspace.name);
    match client.get(&loader).send().await {
        Ok(answer) if answer.status().is_success() => findings.fine(&format!("{loader} answers")),
        Ok(answer) => findings.wrong(&format!("{loader} answers {}", answer.status())),
        Err(fault) => findings.wrong(&format!("{loader} does not answer: {}", root_cause(&fault))),
    }
    let answer = match client.get(page).send().await {
        Ok(answer) => answer,
        Err(fault) => {
            findings.wrong(&format!("{page} does not answer: {}", root_cause(&fault)));
            return Ok(());
        }
    };
    findings.is(
        answer.status().is_success(),
        &format!("{page} answers"),
        &format!("{page} answers {}", answer.status()),
    );
    let policies: Vec<String> = answer
        .headers()
        .get_all("content-security-policy")
        .iter()
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect();
    for policy in &policies {
        for (directive, what) in [("script-src", "the loader"), ("frame-src", "the frame")] {
            findings.is(
                allows(policy, directive, origin),
                &format!("the page's policy lets {what} in"),
                &format!("the page's policy keeps {what} out: add {origin} to {directive}"),
            );
        }
    }
    let url = answer.url().clone();
    let text = answer
        .text()
        .await
        .map_err(|fault| CliError::Words(fault.to_string()))?;
    findings.is(
        text.contains(&loader) || text.contains(loader.split_once(':').map_or("", |(_, rest)| rest)),
        "the page has the script tag",
        &format!("the page has no script tag (it may come from a tag manager): <script async src=\"{loader}\"></script>"),
    );
    let site = url.origin().ascii_serialization();
    let sites = &workspace.settings.sites;
    findings.is(
        sites.is_empty() || sites.iter().any(|allowed| covers(allowed, &site)),
        &format!("{site} may show the widget"),
        &format!("{site} is not among the allowed sites: usher workspace set --sites"),
    );
    if site.starts_with("https://") && !desk.app.config.is_secure() {
        findings.wrong("a page on https cannot show a chat without TLS");
    }
    Ok(())
}

/// Whether a policy lets an origin in by a directive, or by what stands in for it.
fn allows(policy: &str, directive: &str, origin: &str) -> bool {
    let find = |name: &str| {
        policy
            .split(';')
            .map(str::trim)
            .find_map(|part| part.strip_prefix(name).filter(|rest| rest.starts_with(' ')))
    };
    let fallback = if directive == "frame-src" {
        "child-src"
    } else {
        "default-src"
    };
    let Some(sources) = find(directive)
        .or_else(|| find(fallback))
        .or_else(|| find("default-src"))
    else {
        return true;
    };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    sources.split_whitespace().any(|source| {
        source == "*"
            || source == origin
            || source == host
            || (source == "https:" && origin.starts_with("https:"))
            || source
                .trim_start_matches("https://")
                .strip_prefix('*')
                .is_some_and(|suffix| suffix.starts_with('.') && host.ends_with(suffix))
    })
}

fn covers(allowed: &str, site: &str) -> bool {
    match allowed.split_once("*.") {
        Some((scheme, domain)) => site.starts_with(scheme) && site.ends_with(&format!(".{domain}")),
        None => allowed.trim_end_matches('/') == site,
    }
}

fn root_cause(fault: &dyn std::error::Error) -> String {
    let mut cause = fault;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_read_as_browsers_read_it() {
        let chat = "https://chat.w.example";
        assert!(allows("img-src 'self'", "script-src", chat));
        assert!(!allows("default-src 'self'", "script-src", chat));
        assert!(allows(
            "default-src 'self'; script-src https://chat.w.example",
            "script-src",
            chat
        ));
        assert!(allows("frame-src *.w.example", "frame-src", chat));
        assert!(!allows(
            "frame-src 'none'; default-src *",
            "frame-src",
            chat
        ));
        assert!(covers("https://*.w.example", "https://www.w.example"));
        assert!(!covers("https://w.example", "https://www.w.example"));
    }
}
