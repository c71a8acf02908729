//! Who is at the other end of a connection, behind proxies that may be believed.

use axum::http::{HeaderMap, Uri, header};
use std::net::{IpAddr, Ipv6Addr};

/// An address range such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    prefix: u32,
}

impl Network {
    /// Reads an address or a range.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (offset, longest) = if address.is_ipv4() {
            (96, 32)
        } else {
            (0, 128)
        };
        let prefix = prefix.unwrap_or(longest);
        (prefix <= longest).then(|| Self {
            bits: bits(address),
            prefix: prefix + offset,
        })
    }

    /// Whether an address is in it.
    #[must_use]
    pub fn holds(self, address: IpAddr) -> bool {
        let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
        bits(address) & mask == self.bits & mask
    }
}

fn bits(address: IpAddr) -> u128 {
    let address = match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    u128::from_be_bytes(address.octets())
}

/// The visitor's address: the nearest one that no trusted proxy has.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    if !is_trusted(peer) {
        return peer;
    }
    let chain = headers.get_all("x-forwarded-for");
    let hops = chain
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let hops: Vec<&str> = hops.map(str::trim).collect();
    let mut client = peer;
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.parse::<IpAddr>() else {
            return client;
        };
        client = address;
        if !is_trusted(address) {
            return client;
        }
    }
    client
}

/// Whether a request came straight from this machine, through no proxy.
#[must_use]
pub fn is_local(peer: IpAddr, headers: &HeaderMap) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];
    canonical(peer).is_loopback() && !forwarded.iter().any(|name| headers.contains_key(*name))
}

fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Whether a browser says that a page of another origin makes a request. `origin` is ours, as configured.
///
/// `sec-fetch-site` decides where there is one. Browsers too old for it name the page's origin, which is ours when
/// it is the one configured or that of the request itself: behind TLS only the host of the latter is known.
#[must_use]
pub fn is_foreign(uri: &Uri, headers: &HeaderMap, origin: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let Some(page) = headers.get(header::ORIGIN) else {
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or(uri.authority().map(|authority| authority.as_str()));
    let is_ours = page.to_str().is_ok_and(|page| {
        let of = page
            .strip_prefix("https://")
            .or(page.strip_prefix("http://"));
        page == origin || (of.is_some() && of == host)
    });
    !is_ours
}

/// The network an address is in, /24 or /48: what limits count by, and no more than that.
#[must_use]
pub fn neighbourhood(address: IpAddr) -> u128 {
    match canonical(address) {
        IpAddr::V4(v4) => bits(IpAddr::V4(v4)) & !0xff,
        IpAddr::V6(v6) => bits(IpAddr::V6(v6)) & !(u128::MAX >> 48),
    }
}

/// The address nobody has.
pub const NOBODY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, chain: &str) -> String {
        let mut headers = HeaderMap::new();
        if !chain.is_empty() {
            headers.insert("x-forwarded-for", chain.parse().unwrap());
        }
        let trusted = [
            Network::parse("10.0.0.0/8").unwrap(),
            Network::parse("::1").unwrap(),
        ];
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_say_who_is_behind_them() {
        for (peer, chain, expected) in [
            ("203.0.113.9", "", "203.0.113.9"),
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.1.1.1", "198.51.100.1", "198.51.100.1"),
            ("10.1.1.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
            ("10.1.1.1", "198.51.100.1, 10.2.2.2", "198.51.100.1"),
            ("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
            ("10.1.1.1", "nonsense", "10.1.1.1"),
            ("10.1.1.1", "198.51.100.1, nonsense, 10.2.2.2", "10.2.2.2"),
            ("::1", "2001:db8::1", "2001:db8::1"),
            ("10.1.1.1", "", "10.1.1.1"),
        ] {
            assert_eq!(seen(peer, chain), expected, "{peer} {chain}");
        }
    }

    #[test]
    fn pages_of_other_origins_are_told_from_ours() {
        let foreign = |pairs: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            headers.insert("host", "inside:4002".parse().unwrap());
            for (name, value) in pairs {
                headers.insert(*name, value.parse().unwrap());
            }
            is_foreign(&Uri::from_static("/"), &headers, "https://chat.w.example")
        };
        for ours in [
            &[][..],
            &[("origin", "https://chat.w.example")],
            &[("origin", "https://inside:4002")],
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
        ] {
            assert!(!foreign(ours), "{ours:?}");
        }
        for theirs in [
            &[("origin", "null")][..],
            &[("origin", "https://w.example")],
            &[("origin", "https://chat.w.example.evil.example")],
            &[("origin", "https://inside")],
            &[("origin", "inside:4002")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("origin", "https://chat.w.example"),
                ("sec-fetch-site", "cross-site"),
            ],
        ] {
            assert!(foreign(theirs), "{theirs:?}");
        }
    }

    #[test]
    fn neighbours_share_a_limit() {
        let near = |text: &str| neighbourhood(text.parse().unwrap());
        assert_eq!(near("203.0.113.9"), near("203.0.113.200"));
        assert_ne!(near("203.0.113.9"), near("203.0.114.9"));
        assert_eq!(near("2001:db8:1::1"), near("2001:db8:1:2::9"));
        assert_ne!(near("2001:db8:1::1"), near("2001:db8:2::1"));
        assert_eq!(near("::ffff:203.0.113.9"), near("203.0.113.1"));
    }
}
