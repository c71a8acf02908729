//! Target rules, compiled once so that a page view costs the matching few.

use super::table::Table;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// All page patterns of a publication, found by host and literal path prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetIndex {
    /// Every distinct pattern once.
    pub patterns: Table<Target>,
    /// Sorted by host, then key.
    pub buckets: Vec<Bucket>,
}

/// A pattern with the dialogues it includes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The pattern.
    pub pattern: Pattern,
    /// Places in `Publication::entries`, strongest first; none for a pattern that only excludes.
    pub includes: Vec<u16>,
}

/// Patterns that share a host rule and the literal segments before their first wildcard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The host rule.
    pub host: HostRule,
    /// `/` or `/a/b/`: whole segments before the first wildcard; a pattern without one stands under its parent.
    pub key: String,
    /// Places in `TargetIndex::patterns`.
    pub patterns: Vec<u16>,
}

/// A page pattern, normalised: host in lower-case punycode, path percent-decoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pattern {
    /// Which schemes.
    pub scheme: Scheme,
    /// Which hosts.
    pub host: HostRule,
    /// Which port; any when absent.
    pub port: Option<u16>,
    /// The path: the literal pieces around its wildcards. One piece: no wildcard. Empty: every page of the host.
    pub path: Vec<String>,
    /// `name=value` pairs that must be in the query, in any order.
    pub query: Vec<QueryPair>,
    /// The fragment's literal pieces, when the pattern names one.
    pub fragment: Option<Vec<String>>,
}

/// Which hosts a pattern covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HostRule {
    /// This host only.
    Exact(String),
    /// This domain and all below it.
    Domain(String),
    /// Every host.
    Any,
}

/// Which schemes a pattern covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// http and https.
    Both,
    /// https only.
    Https,
}

/// A parameter that must be present.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueryPair {
    /// Its name.
    pub name: String,
    /// The literal pieces of its value around wildcards.
    pub value: Vec<String>,
}
