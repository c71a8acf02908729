//! All live dialogues together: the index for browsers, and the loader's few rules.

use super::Compiled;
use crate::compiled::{
    Bucket, Condition, Consent, Correction, FlowEntry, HostRule, IndexEntry, Pattern, Publication,
    Target, TargetIndex, Theme,
};
use crate::ids::Timestamp;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A live dialogue.
#[derive(Clone, Copy, Debug)]
pub struct Live<'a> {
    /// Its live edition.
    pub compiled: &'a Compiled,
    /// When the dialogue was first published.
    pub first_published: Timestamp,
}

/// What holds for the whole workspace.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its public name.
    pub workspace: String,
    /// Off hides everything.
    pub chat_on: bool,
    /// When anything may be stored or sent.
    pub consent: Consent,
    /// How the widget looks.
    pub theme: Theme,
    /// Pages that *visited* criteria have ever asked about, in the order of their numbers;
    /// new ones are added at the end, so that a browser's record keeps its meaning.
    pub visited: Vec<Pattern>,
    /// Editions whose words were corrected.
    pub corrections: Vec<Correction>,
    /// Web forms that are handed over to flows.
    pub forms: Vec<crate::authored::Form>,
}

/// The index of what is live. Adds new pages to `settings.visited`.
#[must_use]
pub fn publication(live: &[Live<'_>], settings: &mut Settings) -> Publication {
    let flows = flow_entries(live);
    let mut live: Vec<&Live<'_>> = live
        .iter()
        .filter(|live| live.compiled.surface.is_none())
        .collect();
    live.sort_by_key(|live| {
        (
            live.compiled.priority,
            live.first_published,
            live.compiled.dialogue,
        )
    });
    let mut targets = Targets::default();
    let mut entries = Vec::with_capacity(live.len());
    for (place, live) in (0u16..).zip(&live) {
        let compiled = live.compiled;
        for pattern in &compiled.targets {
            targets.include(pattern, place);
        }
        let numbers: Vec<u16> = compiled
            .visited
            .iter()
            .map(|pattern| number(&mut settings.visited, pattern))
            .collect();
        entries.push(IndexEntry {
            dialogue: compiled.dialogue,
            edition: compiled.id,
            name: compiled.name.clone(),
            priority: compiled.priority,
            languages: languages(compiled),
            excluded: compiled
                .excluded
                .iter()
                .map(|pattern| targets.id(pattern))
                .collect(),
            criteria: compiled
                .criteria
                .iter()
                .map(|condition| renumbered(condition, &numbers))
                .collect(),
            atoms: u16::try_from(compiled.atoms.len()).unwrap_or(u16::MAX),
            anonymous: compiled
                .editions
                .first()
                .map(|edition| edition.anonymous.clone())
                .unwrap_or_default(),
            events: compiled.events.clone(),
            repeat: compiled.repeat,
            opening: compiled.openings.clone(),
        });
    }
    Publication {
        workspace: settings.workspace.clone(),
        chat_on: settings.chat_on,
        consent: settings.consent,
        entries: entries.into_iter().collect(),
        targets: targets.finish(),
        visited: settings.visited.clone(),
        corrections: settings.corrections.clone(),
        theme: settings.theme.clone(),
        forms: super::forms(&settings.forms, &flows, &|_| true).unwrap_or_default(),
        flows,
    }
}

/// The flows among what is live, by name.
fn flow_entries(live: &[Live<'_>]) -> Vec<FlowEntry> {
    let mut flows: Vec<FlowEntry> = live
        .iter()
        .filter_map(|live| {
            let compiled = live.compiled;
            Some(FlowEntry {
                dialogue: compiled.dialogue,
                edition: compiled.id,
                name: compiled.name.clone(),
                languages: languages(compiled),
                surface: compiled.surface?,
                pages: compiled.targets.clone(),
            })
        })
        .collect();
    flows.sort_by(|a, b| a.name.cmp(&b.name));
    flows
}

fn languages(compiled: &Compiled) -> Vec<String> {
    compiled
        .editions
        .iter()
        .map(|edition| edition.language.clone())
        .collect()
}

fn number(visited: &mut Vec<Pattern>, pattern: &Pattern) -> u16 {
    let at = match visited.iter().position(|known| known == pattern) {
        Some(at) => at,
        None => {
            visited.push(pattern.clone());
            visited.len() - 1
        }
    };
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn renumbered(condition: &Condition, numbers: &[u16]) -> Condition {
    let all = |members: &[Condition]| {
        members
            .iter()
            .map(|member| renumbered(member, numbers))
            .collect()
    };
    match condition {
        Condition::Visited(n, days) => Condition::Visited(
            numbers.get(usize::from(*n)).copied().unwrap_or(u16::MAX),
            *days,
        ),
        Condition::All(members) => Condition::All(all(members)),
        Condition::Any(members) => Condition::Any(all(members)),
        Condition::Atom(_)
        | Condition::Local(..)
        | Condition::Page(..)
        | Condition::Strength(_) => condition.clone(),
    }
}

#[derive(Default)]
struct Targets {
    targets: Vec<Target>,
    ids: BTreeMap<Pattern, u16>,
}

impl Targets {
    fn id(&mut self, pattern: &Pattern) -> u16 {
        if let Some(id) = self.ids.get(pattern) {
            return *id;
        }
        let id = u16::try_from(self.targets.len()).unwrap_or(u16::MAX);
        self.targets.push(Target {
            pattern: pattern.clone(),
            includes: Vec::new(),
        });
        self.ids.insert(pattern.clone(), id);
        id
    }

    fn include(&mut self, pattern: &Pattern, entry: u16) {
        let id = self.id(pattern);
        if let Some(target) = self.targets.get_mut(usize::from(id))
            && target.includes.last() != Some(&entry)
        {
            target.includes.push(entry);
        }
    }

    fn finish(self) -> TargetIndex {
        let mut buckets: BTreeMap<(HostRule, String), Vec<u16>> = BTreeMap::new();
        for (id, target) in (0u16..).zip(&self.targets) {
            if !target.includes.is_empty() {
                let place = (target.pattern.host.clone(), target.pattern.key());
                buckets.entry(place).or_default().push(id);
            }
        }
        TargetIndex {
            patterns: self.targets.into_iter().collect(),
            buckets: buckets
                .into_iter()
                .map(|((host, key), patterns)| Bucket {
                    host,
                    key,
                    patterns,
                })
                .collect(),
        }
    }
}

/// What the loader compares before anything else is fetched: regular expressions over host and path together,
/// as `location.hostname + location.pathname` spells them.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LoaderRules {
    /// A page that fits none cannot match.
    pub pages: Vec<String>,
    /// Pages to note when visited, by number.
    pub visited: Vec<(u16, String)>,
    /// Clicks that start a flow: a CSS selector and the flow's name.
    pub clicks: Vec<(String, String)>,
}

/// How long the loader's rules may be as JSON: about a kilobyte once compressed.
pub const RULES_BYTES: usize = 2_048;

/// Hosts with path prefixes.
type Pages = BTreeMap<HostRule, BTreeSet<String>>;

/// The loader's rules for a publication, at most about `bytes` of JSON. Rules that do not fit are
/// merged, which only lets the loader say "maybe" more often.
#[must_use]
pub fn loader_rules(
    publication: &Publication,
    clicks: Vec<(String, String)>,
    bytes: usize,
) -> LoaderRules {
    let mut rules = LoaderRules::default();
    let mut pages = Pages::new();
    if publication.chat_on {
        let targets = publication.targets.buckets.iter().flat_map(|bucket| {
            let patterns = &publication.targets.patterns;
            bucket.patterns.iter().filter_map(|id| patterns.get(*id))
        });
        let shown = targets.map(|target| &target.pattern);
        let started = publication.flows.iter().flat_map(|flow| &flow.pages);
        for pattern in shown.chain(started) {
            pages
                .entry(pattern.host.clone())
                .or_default()
                .insert(prefix(pattern));
        }
        rules.clicks = clicks;
    }
    for (number, pattern) in (0u16..).zip(&publication.visited) {
        rules.visited.push((number, visited_expression(pattern)));
    }
    let others = size(&rules.visited) + size(&rules.clicks);
    for depth in [usize::MAX, 4, 3, 2, 1, 0] {
        rules.pages = pages
            .iter()
            .map(|(host, prefixes)| {
                let cut = prefixes.iter().map(|prefix| segments(prefix, depth));
                page_expression(host, &covering(&cut.collect()))
            })
            .collect();
        if size(&rules.pages) + others <= bytes {
            return rules;
        }
    }
    rules.pages = alloc::vec![page_expression(&HostRule::Any, &["/".to_string()])];
    rules
}

fn size<T: serde::Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len())
}

/// Every page of the host that begins with one of the prefixes, and every page with an encoded path.
fn page_expression(host: &HostRule, prefixes: &[String]) -> String {
    let host = host_expression(host);
    if prefixes.iter().any(|prefix| prefix == "/") {
        return [&host, "/"].concat();
    }
    let prefixes: Vec<String> = prefixes.iter().map(|prefix| escaped(prefix)).collect();
    [&host, "(", &prefixes.join("|"), "|/.*%)"].concat()
}

/// The pages of a pattern, one trailing slash apart.
fn visited_expression(pattern: &Pattern) -> String {
    let host = host_expression(&pattern.host);
    let parts: Vec<String> = pattern.path.iter().map(|part| spelled(part)).collect();
    let path = match parts.as_slice() {
        [] => ".*".to_string(),
        [.., last] if last.is_empty() && parts.len() > 1 => {
            let path = parts.join(".*");
            let folder = path.strip_suffix("/.*");
            folder.map_or(path.clone(), |folder| [folder, "(/.*)?"].concat())
        }
        _ => [&parts.join(".*"), "/?"].concat(),
    };
    [&host, &path, "$"].concat()
}

fn host_expression(host: &HostRule) -> String {
    match host {
        HostRule::Exact(name) => ["^", &escaped(name)].concat(),
        HostRule::Domain(name) => ["^([^/]+\\.)?", &escaped(name)].concat(),
        HostRule::Any => "^[^/]*".to_string(),
    }
}

/// A text as a regular expression that finds just it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if ".*+?^${}()|[]\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A text of a path as a regular expression that finds it however an address spells it: as it is, or encoded.
fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        // Letters of other scripts come encoded, word by word.
        let end = match c.is_ascii() {
            true => 1,
            false => rest.find(|c: char| c.is_ascii()).unwrap_or(rest.len()),
        };
        let (run, after) = rest.split_at(end);
        rest = after;
        if c.is_ascii_alphanumeric() || "-_.~/".contains(c) {
            out.push_str(&escaped(run));
            continue;
        }
        let upper: String = run.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let lower = upper.to_ascii_lowercase();
        let plain = Some(escaped(run)).filter(|_| c.is_ascii());
        let mut ways: Vec<String> = plain.into_iter().chain([upper, lower]).collect();
        ways.dedup();
        out.extend(["(", &ways.join("|"), ")"]);
    }
    out
}

/// The literal beginning of a pattern's paths.
fn prefix(pattern: &Pattern) -> String {
    match pattern.path.as_slice() {
        [] => "/".to_string(),
        [folder, tail] if tail.is_empty() && folder.len() > 1 => {
            folder.strip_suffix('/').unwrap_or(folder).to_string()
        }
        [first, ..] => first.clone(),
    }
}

/// Without prefixes that a shorter one covers.
fn covering(prefixes: &BTreeSet<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for prefix in prefixes {
        if !kept
            .iter()
            .any(|shorter| prefix.starts_with(shorter.as_str()))
        {
            kept.push(prefix.clone());
        }
    }
    kept
}

/// The first so many segments of a path prefix.
fn segments(prefix: &str, depth: usize) -> String {
    let end = prefix
        .match_indices('/')
        .nth(depth)
        .map_or(prefix.len(), |(at, _)| at);
    if depth == usize::MAX {
        prefix.to_string()
    } else if depth == 0 {
        "/".to_string()
    } else {
        prefix[..end].to_string()
    }
}
