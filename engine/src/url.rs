//! The parts of a page's address that targets look at. The browser has normalised it already;
//! this only takes it apart.

use crate::parts::{cut, cut_last, split};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// An address, taken apart once per page view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageUrl<'a> {
    /// Whether the scheme is https.
    pub https: bool,
    /// In lower case, punycode.
    pub host: Cow<'a, str>,
    /// When it stands in the address.
    pub port: Option<u16>,
    /// Percent-decoded, without one trailing slash; `/` for the home page.
    pub path: Cow<'a, str>,
    /// As it stands, without the question mark.
    pub query: &'a str,
    /// As it stands, without the number sign.
    pub fragment: &'a str,
}

impl<'a> PageUrl<'a> {
    /// Takes an http or https address apart; `None` for anything else.
    #[must_use]
    pub fn parse(href: &'a str) -> Option<Self> {
        let (https, rest) = match href.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, href.strip_prefix("http://")?),
        };
        let (rest, fragment) = cut(rest, b'#').unwrap_or((rest, ""));
        let (rest, query) = cut(rest, b'?').unwrap_or((rest, ""));
        let (authority, path) = match rest.bytes().position(|byte| byte == b'/') {
            Some(at) => rest.split_at_checked(at)?,
            None => (rest, "/"),
        };
        let authority = cut_last(authority, b'@').map_or(authority, |(_, host)| host);
        let (host, port) = match cut_last(authority, b':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (authority, None),
        };
        if host.is_empty() {
            return None;
        }
        let host = if host.bytes().any(|c| c.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        };
        Some(Self {
            https,
            host,
            port,
            path: trim_slash(decode(path, false)),
            query,
            fragment,
        })
    }

    /// The port in force.
    #[must_use]
    pub fn effective_port(&self) -> u16 {
        self.port.unwrap_or(if self.https { 443 } else { 80 })
    }

    /// The query's pairs, decoded.
    pub fn pairs(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> {
        split(self.query, b'&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = cut(pair, b'=').unwrap_or((pair, ""));
                (decode(name, true), decode(value, true))
            })
    }
}

/// Without its last slash, unless it is nothing else.
pub(crate) fn trim_slash(path: Cow<'_, str>) -> Cow<'_, str> {
    if path.len() < 2 || !path.ends_with('/') {
        return path;
    }
    match path {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_suffix('/').unwrap_or(text)),
        Cow::Owned(mut text) => {
            text.pop();
            Cow::Owned(text)
        }
    }
}

/// Percent-decodes UTF-8. An encoded slash stays apart as `%2F`, and what is not UTF-8 stays as it is.
/// In queries a plus is a space, and slashes are nothing special.
pub(crate) fn decode(text: &str, query: bool) -> Cow<'_, str> {
    if !text.contains(if query { &['%', '+'][..] } else { &['%'][..] }) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        match (byte, ahead.next().and_then(hex), ahead.next().and_then(hex)) {
            (b'%', Some(high), Some(low)) => {
                let decoded = high << 4 | low;
                if decoded == b'/' && !query {
                    bytes.extend_from_slice(b"%2F");
                } else {
                    bytes.push(decoded);
                }
                rest = ahead;
            }
            (b'+', ..) if query => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    match String::from_utf8(bytes) {
        Ok(decoded) => Cow::Owned(decoded),
        Err(_) => Cow::Borrowed(text),
    }
}

fn hex(c: u8) -> Option<u8> {
    match c {
        b'0'..=b'9' => Some(c - b'0'),
        b'a'..=b'f' => Some(c - b'a' + 10),
        b'A'..=b'F' => Some(c - b'A' + 10),
        _ => None,
    }
}

/// Encodes a value for use inside an address.
#[must_use]
pub fn encode_component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(byte as char);
        } else {
            encoded.push('%');
            for nibble in [byte >> 4, byte & 15] {
                encoded.push(
                    (if nibble < 10 {
                        b'0' + nibble
                    } else {
                        b'A' + nibble - 10
                    }) as char,
                );
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        let url = PageUrl::parse("https://u:p@W.Example:8443/a%20b%2Fc/?x=1+2&y=%26#part").unwrap();
        assert_eq!(
            (url.https, &*url.host, url.port),
            (true, "w.example", Some(8443))
        );
        assert_eq!(url.path, "/a b%2Fc");
        assert_eq!(url.fragment, "part");
        let pairs: Vec<_> = url.pairs().collect();
        assert_eq!(
            pairs,
            [("x".into(), "1 2".into()), ("y".into(), "&".into())]
        );
        assert_eq!(PageUrl::parse("http://w.example").unwrap().path, "/");
        assert_eq!(&*PageUrl::parse("http://[::1]:80/").unwrap().host, "[::1]");
        for broken in [
            "",
            "about:blank",
            "https://",
            "ftp://w.example/",
            "http://w.example:99999/",
        ] {
            assert_eq!(PageUrl::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn what_is_not_utf8_stays_as_it_is() {
        assert_eq!(decode("/%ff%", false), "/%ff%");
        assert_eq!(decode("/%C3%A5", false), "/å");
    }

    #[test]
    fn encoding_round_trips() {
        let odd = "a b/å&=?#%";
        assert_eq!(decode(&encode_component(odd), true), odd);
    }
}
