//! Reading the page patterns that authors write.

use crate::compiled::{HostRule, Pattern, QueryPair, Scheme};
use crate::url::{decode, trim_slash};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Display, Formatter};

/// Longest pattern, in bytes.
pub const PATTERN_TEXT: usize = 500;

/// Why a page pattern cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// Nothing is written.
    Empty,
    /// It is longer than `PATTERN_TEXT`.
    TooLong,
    /// The scheme is neither http nor https.
    Scheme(String),
    /// The host has a wildcard elsewhere than as `*.name` or `*`.
    HostWildcard,
    /// The host is not a host name.
    Host(String),
    /// The port is not one.
    Port(String),
    /// It holds white space or user information.
    Character(char),
}

impl Display for PatternFault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            PatternFault::Empty => f.write_str("the pattern is empty"),
            PatternFault::TooLong => {
                write!(f, "the pattern is longer than {PATTERN_TEXT} characters")
            }
            PatternFault::Scheme(scheme) => {
                write!(
                    f,
                    "\"{scheme}://\" is not a web address; begin with https://, http:// or the host"
                )
            }
            PatternFault::HostWildcard => {
                f.write_str("a wildcard in the host stands alone or in front: *.example.com")
            }
            PatternFault::Host(host) => write!(f, "\"{host}\" is not a host name"),
            PatternFault::Port(port) => write!(f, "\"{port}\" is not a port"),
            PatternFault::Character(c) => write!(f, "{c:?} cannot stand in a page pattern"),
        }
    }
}

impl Pattern {
    /// Reads `[scheme://]host[:port][/path][?name=value&...][#fragment]`.
    ///
    /// # Errors
    /// Says what is wrong, in words for the author.
    pub fn parse(text: &str) -> Result<Self, PatternFault> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PatternFault::Empty);
        }
        if text.len() > PATTERN_TEXT {
            return Err(PatternFault::TooLong);
        }
        if let Some(c) = text
            .chars()
            .find(|c| c.is_whitespace() || c.is_control() || *c == '\\')
        {
            return Err(PatternFault::Character(c));
        }
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::Both, text),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Both, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some((scheme, _)) => return Err(PatternFault::Scheme(scheme.to_string())),
        };
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, Some(pieces(&decode(fragment, false)))),
            None => (rest, None),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match rest.find('/') {
            Some(at) => (&rest[..at], Some(&rest[at..])),
            None => (rest, None),
        };
        if authority.contains('@') {
            return Err(PatternFault::Character('@'));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                let n = port
                    .parse()
                    .map_err(|_| PatternFault::Port(port.to_string()))?;
                (host, Some(n))
            }
            _ => (authority, None),
        };
        let path = match path {
            None => Vec::new(),
            Some(path) => pieces(&trim_slash(decode(path, false))),
        };
        let query = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, "*"));
                QueryPair {
                    name: decode(name, true).into_owned(),
                    value: pieces(&decode(value, true)),
                }
            })
            .collect();
        Ok(Self {
            scheme,
            host: host_rule(host)?,
            port,
            path,
            query,
            fragment,
        })
    }

    /// Whether it names the home page only, which authors often do not mean.
    #[must_use]
    pub fn is_home_only(&self) -> bool {
        matches!(self.path.as_slice(), [only] if only == "/")
    }

    /// What it covers, in words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = match (self.path.as_slice(), self.is_home_only()) {
            ([], _) => String::from("every page"),
            (_, true) => String::from("the home page only"),
            ([page], _) => ["the page ", page].concat(),
            ([folder, tail], _) if tail.is_empty() && folder.len() > 1 && folder.ends_with('/') => {
                [folder.trim_end_matches('/'), " and every page below it"].concat()
            }
            (path, _) => ["pages like ", &path.join("*")].concat(),
        };
        match &self.host {
            HostRule::Exact(host) => words.extend([" of ", host]),
            HostRule::Domain(host) => words.extend([" of ", host, " and its subdomains"]),
            HostRule::Any => words.push_str(" of every host"),
        }
        if let Some(port) = self.port {
            words.extend([" on port ", &port.to_string()]);
        }
        if self.scheme == Scheme::Https {
            words.push_str(", over https");
        }
        for pair in &self.query {
            words.extend([", with ", &pair.name, "=", &pair.value.join("*")]);
        }
        if let Some(fragment) = &self.fragment {
            words.extend([", at #", &fragment.join("*")]);
        }
        words
    }

    /// The whole literal segments before the first wildcard: `/` or `/a/b/`.
    #[must_use]
    pub fn key(&self) -> String {
        let literal = self.path.first().map_or("/", String::as_str);
        let end = literal.rfind('/').map_or(0, |at| at + 1);
        if end == 0 {
            String::from("/")
        } else {
            literal[..end].to_string()
        }
    }
}

fn pieces(text: &str) -> Vec<String> {
    text.split('*').map(String::from).collect()
}

fn host_rule(host: &str) -> Result<HostRule, PatternFault> {
    if host == "*" {
        return Ok(HostRule::Any);
    }
    let (domain, name) = match host.strip_prefix("*.") {
        Some(name) => (true, name),
        None => (false, host),
    };
    if name.contains('*') {
        return Err(PatternFault::HostWildcard);
    }
    let bad = || PatternFault::Host(name.to_string());
    if name.is_empty() {
        return Err(bad());
    }
    let name = if name.starts_with('[') {
        name.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(name).map_err(|_| bad())?
    };
    let good = name.starts_with('[')
        || name.split('.').all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
        });
    if !good {
        return Err(bad());
    }
    Ok(if domain {
        HostRule::Domain(name)
    } else {
        HostRule::Exact(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::PageUrl;

    fn covers(pattern: &str, page: &str) -> bool {
        Pattern::parse(pattern)
            .unwrap()
            .covers(&PageUrl::parse(page).unwrap())
    }

    #[test]
    fn patterns_cover_what_the_table_says() {
        for (pattern, page, expected) in [
            ("w.example", "https://w.example/any/page", true),
            ("w.example", "https://www.w.example/", false),
            ("*.w.example", "https://w.example/", true),
            ("*.w.example", "https://a.b.w.example/x", true),
            ("*.w.example", "https://notw.example/", false),
            ("w.example/", "https://w.example/", true),
            ("w.example/", "https://w.example/x", false),
            ("*", "http://anything.example:8080/x", true),
            ("http://w.example/a", "https://w.example/a", true),
            ("https://w.example/a", "http://w.example/a", false),
            ("w.example:8443/a", "https://w.example:8443/a", true),
            ("w.example:8443/a", "https://w.example/a", false),
            ("w.example:443/a", "https://w.example/a", true),
            ("w.example/a", "https://w.example:9/a", true),
            ("w.example/Pricing", "https://w.example/pricing", false),
            ("W.Example/a", "https://w.example/a", true),
            ("w.example/a/", "https://w.example/a", true),
            ("w.example/a", "https://w.example/a/", true),
            ("w.example/a", "https://w.example/a//", false),
            ("w.example/folder/*", "https://w.example/folder", true),
            ("w.example/folder/*", "https://w.example/folder/x/y", true),
            ("w.example/folder/*", "https://w.example/folders", false),
            ("w.example/*/crm*", "https://w.example/a/b/crm-tool", true),
            ("w.example/a*b*c", "https://w.example/a-b-x-c", true),
            ("w.example/aba*aba", "https://w.example/aba", false),
            ("w.example/å", "https://w.example/%C3%A5", true),
            ("w.example/%C3%A5", "https://w.example/%c3%a5", true),
            ("w.example/a/b", "https://w.example/a%2Fb", false),
            ("bücher.example/a", "https://xn--bcher-kva.example/a", true),
            ("w.example/a", "https://w.example/a?x=1#y", true),
            (
                "w.example/a?utm_source=news",
                "https://w.example/a?x=1&utm_source=news",
                true,
            ),
            (
                "w.example/a?utm_source=news",
                "https://w.example/a?utm_source=News",
                false,
            ),
            ("w.example/a?utm_source=*", "https://w.example/a", false),
            (
                "w.example/a?utm_source=n*&b=2",
                "https://w.example/a?b=2&utm_source=news",
                true,
            ),
            ("w.example/a#top", "https://w.example/a#top", true),
            ("w.example/a#top", "https://w.example/a", false),
        ] {
            assert_eq!(covers(pattern, page), expected, "{pattern} {page}");
        }
    }

    #[test]
    fn faults_are_named() {
        for (text, fault) in [
            ("", PatternFault::Empty),
            ("ftp://w.example/", PatternFault::Scheme("ftp".into())),
            ("w*.example/", PatternFault::HostWildcard),
            ("a.*.example", PatternFault::HostWildcard),
            ("w.example:port/", PatternFault::Port("port".into())),
            ("w example/", PatternFault::Character(' ')),
            ("u@w.example/", PatternFault::Character('@')),
            ("/path", PatternFault::Host(String::new())),
        ] {
            assert_eq!(Pattern::parse(text), Err(fault), "{text}");
        }
    }
}
