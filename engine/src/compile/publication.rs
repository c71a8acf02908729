//! All live dialogues together: the index for browsers, and the loader's few rules.

use super::Compiled;
use crate::compiled::{
    Bucket, Condition, Consent, Correction, HostRule, IndexEntry, Pattern, Publication, Target,
    TargetIndex, Theme,
};
use crate::ids::Timestamp;
use alloc::collections::{BTreeMap, BTreeSet};
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
}

/// The index of what is live. Adds new pages to `settings.visited`.
#[must_use]
pub fn publication(live: &[Live<'_>], settings: &mut Settings) -> Publication {
    let mut live: Vec<&Live<'_>> = live.iter().collect();
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
            languages: compiled
                .editions
                .iter()
                .map(|edition| edition.language.clone())
                .collect(),
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
    }
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

/// What the loader compares before anything else is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct LoaderRules {
    /// Hosts (`w.example`, `*.w.example`, `*`) with path prefixes: a page that fits none cannot match.
    pub pages: Vec<(String, Vec<String>)>,
    /// Pages to note when visited: their number, host and path with wildcards.
    pub visited: Vec<(u16, String, String)>,
}

/// How long the loader's rules may be as JSON: about a kilobyte once compressed.
pub const RULES_BYTES: usize = 2_048;

/// The loader's rules for a publication, at most about `bytes` of JSON. Rules that do not fit are
/// merged, which only lets the loader say "maybe" more often.
#[must_use]
pub fn loader_rules(publication: &Publication, bytes: usize) -> LoaderRules {
    let mut rules = LoaderRules {
        pages: Vec::new(),
        visited: Vec::new(),
    };
    if publication.chat_on {
        let mut pages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for bucket in &publication.targets.buckets {
            for id in &bucket.patterns {
                if let Some(Target { pattern, .. }) = publication.targets.patterns.get(*id) {
                    pages
                        .entry(host_text(&pattern.host))
                        .or_default()
                        .insert(prefix(pattern));
                }
            }
        }
        rules.pages = pages
            .into_iter()
            .map(|(host, prefixes)| (host, covering(&prefixes)))
            .collect();
    }
    for (number, pattern) in (0u16..).zip(&publication.visited) {
        let path = if pattern.path.is_empty() {
            "/*".to_string()
        } else {
            pattern.path.join("*")
        };
        rules.visited.push((number, host_text(&pattern.host), path));
    }
    let visited = size(&rules.visited);
    let fits = |pages: &Vec<(String, Vec<String>)>| size(pages) + visited <= bytes;
    for depth in [4, 3, 2, 1, 0] {
        if fits(&rules.pages) {
            return rules;
        }
        for (_, prefixes) in &mut rules.pages {
            let cut: BTreeSet<String> = prefixes
                .iter()
                .map(|prefix| segments(prefix, depth))
                .collect();
            *prefixes = covering(&cut);
        }
    }
    if !fits(&rules.pages) {
        rules.pages = alloc::vec![("*".to_string(), alloc::vec!["/".to_string()])];
    }
    rules
}

fn size<T: serde::Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len())
}

fn host_text(host: &HostRule) -> String {
    match host {
        HostRule::Exact(name) => name.clone(),
        HostRule::Domain(name) => ["*.", name].concat(),
        HostRule::Any => "*".to_string(),
    }
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
    if depth == 0 {
        "/".to_string()
    } else {
        prefix[..end].to_string()
    }
}
