//! Matching a page against the publication's patterns.

use crate::compiled::{Bucket, HostRule, Pattern, Scheme, TargetIndex};
use crate::parts::cut;
use crate::url::{PageUrl, decode};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

impl Pattern {
    /// Whether the page is covered.
    #[must_use]
    pub fn covers(&self, url: &PageUrl<'_>) -> bool {
        self.host.covers(&url.host) && self.covers_on_host(url)
    }

    fn covers_on_host(&self, url: &PageUrl<'_>) -> bool {
        (self.scheme == Scheme::Both || url.https)
            && self.port.is_none_or(|port| port == url.effective_port())
            && self.covers_path(&url.path)
            && self.query.iter().all(|wanted| {
                url.pairs()
                    .any(|(name, value)| name == wanted.name && glob(&wanted.value, &value))
            })
            && self
                .fragment
                .as_ref()
                .is_none_or(|pieces| glob(pieces, &decode(url.fragment, false)))
    }

    fn covers_path(&self, path: &str) -> bool {
        match self.path.as_slice() {
            [] => true,
            // `/folder/*` includes `/folder` itself.
            [folder, tail] if tail.is_empty() && folder.strip_suffix('/') == Some(path) => true,
            pieces => glob(pieces, path),
        }
    }
}

impl HostRule {
    fn covers(&self, host: &str) -> bool {
        match self {
            HostRule::Exact(name) => name == host,
            HostRule::Domain(name) => host
                .strip_suffix(name.as_str())
                .is_some_and(|sub| sub.is_empty() || sub.ends_with('.')),
            HostRule::Any => true,
        }
    }

    fn place(&self) -> (u8, &str) {
        match self {
            HostRule::Exact(name) => (0, name),
            HostRule::Domain(name) => (1, name),
            HostRule::Any => (2, ""),
        }
    }
}

/// Whether a text is the pieces in order with anything between them.
fn glob(pieces: &[alloc::string::String], text: &str) -> bool {
    let [first, middle @ .., last] = pieces else {
        return pieces.first().is_some_and(|only| only == text);
    };
    let Some(mut rest) = text
        .strip_prefix(first.as_str())
        .and_then(|rest| rest.strip_suffix(last.as_str()))
    else {
        return false;
    };
    for piece in middle {
        match after(rest, piece) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

/// What follows the first `piece`. The standard search is quick on long texts and large in a browser.
fn after<'t>(text: &'t str, piece: &str) -> Option<&'t str> {
    let last = text.len().checked_sub(piece.len())?;
    (0..=last).find_map(|at| text.get(at..)?.strip_prefix(piece))
}

impl TargetIndex {
    /// Which entries include the page: a set of their places.
    #[must_use]
    pub fn entries(&self, url: &PageUrl<'_>, count: usize) -> EntrySet {
        let mut found = EntrySet(vec![0; count.div_ceil(64)]);
        let mut look = |place: (u8, &str)| {
            let begin = self
                .buckets
                .partition_point(|bucket| bucket.host.place() < place);
            let of_host = self.buckets.get(begin..).unwrap_or(&[]);
            let of_host = of_host
                .get(..of_host.partition_point(|bucket| bucket.host.place() == place))
                .unwrap_or(&[]);
            if !of_host.is_empty() {
                self.look_under(of_host, url, &mut found);
            }
        };
        look((0, &url.host));
        let mut domain: &str = &url.host;
        loop {
            look((1, domain));
            match cut(domain, b'.') {
                Some((_, parent)) => domain = parent,
                None => break,
            }
        }
        look((2, ""));
        found
    }

    fn look_under(&self, buckets: &[Bucket], url: &PageUrl<'_>, found: &mut EntrySet) {
        let path: &str = &url.path;
        let mut slashes = path.match_indices('/').map(|(at, _)| (at + 1, ""));
        let whole = (path.len() > 1).then_some((path.len(), "/"));
        for (end, slash) in slashes.by_ref().chain(whole) {
            let key = path.get(..end).unwrap_or(path);
            let place = buckets.binary_search_by(|bucket| order(&bucket.key, key, slash));
            let Some(bucket) = place.ok().and_then(|at| buckets.get(at)) else {
                continue;
            };
            for id in &bucket.patterns {
                let target = self.patterns.get(*id);
                if let Some(target) = target.filter(|target| target.pattern.covers_on_host(url)) {
                    for entry in &target.includes {
                        found.insert(*entry);
                    }
                }
            }
        }
    }
}

/// How `text` stands to `a` followed by `b`.
fn order(text: &str, a: &str, b: &str) -> Ordering {
    let text = text.as_bytes();
    match text.split_at_checked(a.len()) {
        Some((head, tail)) => head.cmp(a.as_bytes()).then_with(|| tail.cmp(b.as_bytes())),
        // Shorter than `a`: at most equal to its beginning, and then before it.
        None => text.cmp(a.as_bytes()),
    }
}

/// Places of entries, strongest first.
pub struct EntrySet(Vec<u64>);

impl EntrySet {
    fn insert(&mut self, entry: u16) {
        if let Some(word) = self.0.get_mut(usize::from(entry / 64)) {
            *word |= 1 << (entry % 64);
        }
    }

    /// Whether the entry is in it.
    #[must_use]
    pub fn has(&self, entry: u16) -> bool {
        self.0
            .get(usize::from(entry / 64))
            .is_some_and(|word| word >> (entry % 64) & 1 == 1)
    }

    /// All places, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().zip(0u16..).flat_map(|(word, n)| {
            let mut left = *word;
            core::iter::from_fn(move || {
                let bit = left.trailing_zeros();
                left &= left.wrapping_sub(1);
                (bit < 64).then_some(n * 64 + bit as u16)
            })
        })
    }
}
