//! The one way out by HTTP. Receivers are named by customers, so every address is looked at before
//! it is dialled: nothing inside the operator's own network is reached unless the configuration
//! file lists it. No proxies, short patience, and of an answer nothing is kept: except for a document that is
//! fetched on purpose, whose redirects are looked at like the address itself.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use url::{Host, Url};

/// How long making a connection may take.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How long a whole delivery may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Most bytes of a body sent; of an answer none is read.
pub const BODY_BYTES: usize = 64 * 1024;
/// How often a document's address may point to another one.
const REDIRECTS: usize = 3;

/// Why nothing was delivered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// The address is not one this server goes to. Trying again does not help.
    #[error("{0}")]
    Refused(&'static str),
    /// The receiver answered, and not with success.
    #[error("the receiver answered {0}")]
    Answered(u16),
    /// The receiver could not be reached, or took too long.
    #[error("{0}")]
    Unreached(&'static str),
}

/// Why a document was not fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfetched {
    /// The address, or one that it points to, is not one this server goes to.
    #[error("{0}")]
    Refused(&'static str),
    /// It points to another address, which points to another, and so on.
    #[error("the address leads on more than {REDIRECTS} times")]
    LedOn,
    /// The other server answered, and not with the document.
    #[error("the address answers {0}")]
    Answered(u16),
    /// There is more of it than anybody asked for.
    #[error("there is more than {} MB at the address", .0 / 1_000_000)]
    TooLarge(usize),
    /// The other server could not be reached, or took too long.
    #[error("{0}")]
    Unreached(&'static str),
}

/// The client that all outgoing HTTP goes through. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outgoing {
    client: reqwest::Client,
    allowed: Arc<Allowed>,
}

/// Receivers that may be inside, as the configuration file lists them: `host` or `host:port`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(BTreeSet<String>);

impl Allowed {
    /// From the entries of the configuration file.
    #[must_use]
    pub fn new(entries: &[String]) -> Self {
        Self(
            entries
                .iter()
                .map(|entry| entry.trim().to_ascii_lowercase())
                .collect(),
        )
    }

    /// Whether this server would go to an address, as far as can be said without looking its name up.
    ///
    /// # Errors
    /// Why it would not, in one sentence.
    pub fn judge(&self, url: &str) -> Result<Url, &'static str> {
        let url = Url::parse(url)
            .map_err(|_| "that is not a web address such as https://hooks.example.com/usher")?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err("only https addresses are possible");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address must not carry a name or password");
        }
        let port = url.port_or_known_default().unwrap_or(0);
        let host = url.host().ok_or("the address names no host")?;
        if self.lists(&host.to_string().to_ascii_lowercase(), port) {
            return Ok(url);
        }
        let inside = match host {
            Host::Ipv4(address) => is_inside(IpAddr::V4(address)),
            Host::Ipv6(address) => is_inside(IpAddr::V6(address)),
            Host::Domain(name) => is_inside_name(name),
        };
        if inside {
            return Err(INSIDE);
        }
        if url.scheme() != "https" {
            return Err(
                "only https addresses are possible; list another one in outgoing_allowed if that is meant",
            );
        }
        if port != 443 {
            return Err(
                "only the port 443 is possible; list another one in outgoing_allowed if that is meant",
            );
        }
        Ok(url)
    }

    fn lists(&self, host: &str, port: u16) -> bool {
        self.0.contains(host) || self.0.contains(&format!("{host}:{port}"))
    }

    /// Whether a host is listed with any port: names are looked up without one.
    fn lists_name(&self, host: &str) -> bool {
        self.0.iter().any(|entry| {
            let name = entry
                .rsplit_once(':')
                .map_or(entry.as_str(), |(name, _)| name);
            entry == host || name == host
        })
    }
}

impl Outgoing {
    /// A client that reaches the outside, and what is listed.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new(allowed: Allowed) -> Result<Self, reqwest::Error> {
        // Another part of the program may have installed the same provider; either is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let allowed = Arc::new(allowed);
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_PATIENCE)
            .timeout(PATIENCE)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent("usher")
            .dns_resolver(Guarded {
                allowed: Arc::clone(&allowed),
            })
            .build()?;
        Ok(Self { client, allowed })
    }

    /// Posts `body`; success is any answer from 200 to 299.
    ///
    /// # Errors
    /// When the address is refused, the receiver is away, or says no.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<(), Undelivered> {
        let url = self.allowed.judge(url).map_err(Undelivered::Refused)?;
        if body.len() > BODY_BYTES {
            return Err(Undelivered::Refused("the message is longer than 64 kB"));
        }
        let mut sent = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value);
            let value =
                value.map_err(|_| Undelivered::Refused("a header holds a control character"))?;
            sent.insert(HeaderName::from_static(name), value);
        }
        let answer = self.client.post(url).headers(sent).body(body).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(Undelivered::Answered(answer.status().as_u16())),
            Err(fault) if refused_inside(&fault) => Err(Undelivered::Refused(INSIDE)),
            Err(fault) if fault.is_timeout() => {
                Err(Undelivered::Unreached("the receiver took too long"))
            }
            Err(_) => Err(Undelivered::Unreached("the receiver cannot be reached")),
        }
    }

    /// Fetches what is at an address, at most so many bytes in so much time, redirects included.
    ///
    /// # Errors
    /// When an address on the way is refused, or there is nothing to be had.
    pub async fn get(
        &self,
        url: &str,
        most_bytes: usize,
        patience: Duration,
    ) -> Result<Vec<u8>, Unfetched> {
        match tokio::time::timeout(patience, self.follow(url, most_bytes, patience)).await {
            Ok(fetched) => fetched,
            Err(_) => Err(Unfetched::Unreached("the address answers too slowly")),
        }
    }

    async fn follow(
        &self,
        url: &str,
        most_bytes: usize,
        patience: Duration,
    ) -> Result<Vec<u8>, Unfetched> {
        let mut url = self.allowed.judge(url).map_err(Unfetched::Refused)?;
        for _ in 0..=REDIRECTS {
            let asked = self.client.get(url.clone()).timeout(patience).send().await;
            let mut answer = asked.map_err(|fault| unfetched(&fault))?;
            let status = answer.status();
            if status.is_redirection() {
                let next = answer
                    .headers()
                    .get(reqwest::header::LOCATION)
                    .and_then(|next| next.to_str().ok())
                    .and_then(|next| url.join(next).ok())
                    .ok_or(Unfetched::Answered(status.as_u16()))?;
                let next = self.allowed.judge(next.as_str());
                let next = next.map_err(Unfetched::Refused)?;
                if url.scheme() == "https" && next.scheme() != "https" {
                    return Err(Unfetched::Refused(
                        "the address leads on without encryption",
                    ));
                }
                url = next;
                continue;
            }
            if status != reqwest::StatusCode::OK {
                return Err(Unfetched::Answered(status.as_u16()));
            }
            let announced = answer.content_length().unwrap_or(0);
            if announced > most_bytes as u64 {
                return Err(Unfetched::TooLarge(most_bytes));
            }
            let mut content = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(|fault| unfetched(&fault))? {
                if content.len() + chunk.len() > most_bytes {
                    return Err(Unfetched::TooLarge(most_bytes));
                }
                content.extend_from_slice(&chunk);
            }
            return Ok(content);
        }
        Err(Unfetched::LedOn)
    }
}

fn unfetched(fault: &reqwest::Error) -> Unfetched {
    if refused_inside(fault) {
        Unfetched::Refused(INSIDE)
    } else if fault.is_timeout() {
        Unfetched::Unreached("the address answers too slowly")
    } else {
        Unfetched::Unreached("the address cannot be reached")
    }
}

const INSIDE: &str = "the address leads inside; list it in outgoing_allowed if that is meant";

/// Looks names up, and lets through only what may be dialled. What it gives back is what is dialled,
/// so a name cannot point elsewhere between the look and the connection.
#[derive(Debug)]
struct Guarded {
    allowed: Arc<Allowed>,
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads inside")]
struct LeadsInside;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(passed(&allowed, name.as_str(), found.collect())?)
        })
    }
}

/// The addresses of a name, if all of them may be dialled.
fn passed(allowed: &Allowed, name: &str, found: Vec<SocketAddr>) -> Result<Addrs, LeadsInside> {
    let listed = allowed.lists_name(&name.to_ascii_lowercase());
    if !listed && found.iter().any(|address| is_inside(address.ip())) {
        return Err(LeadsInside);
    }
    Ok(Box::new(found.into_iter()))
}

fn refused_inside(fault: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(fault);
    while let Some(fault) = cause {
        if fault.is::<LeadsInside>() {
            return true;
        }
        cause = fault.source();
    }
    false
}

fn is_inside_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    !name.contains('.')
        || matches!(
            last,
            "localhost" | "local" | "internal" | "home" | "lan" | "test" | "invalid" | "onion"
        )
        || name.ends_with(".home.arpa")
}

/// Whether an address is not one of the public internet's.
#[must_use]
pub fn is_inside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_inside_v4(address),
        IpAddr::V6(address) => is_inside_v6(address),
    }
}

fn is_inside_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    matches!(
        (a, b, c),
        (0 | 10 | 127, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 31, 196)
            | (192, 52, 193)
            | (192, 88, 99)
            | (192, 175, 48)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=255, ..)
    )
}

/// Of IPv6 only global unicast is outside, without what is set aside in it or carries an IPv4 address,
/// and the well-known translation prefix where the address inside it is outside.
fn is_inside_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_inside_v4(Ipv4Addr::new(a, b, c, d))
        }
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            true
        }
        [0x2000..=0x3fff, ..] => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(allowed: &[&str]) -> Outgoing {
        let entries: Vec<String> = allowed.iter().map(|entry| (*entry).to_owned()).collect();
        Outgoing::new(Allowed::new(&entries)).expect("a client")
    }

    #[test]
    fn addresses_inside_are_known_in_every_form() {
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(is_inside(inside.parse().expect("an address")), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "64:ff9b::808:808",
        ] {
            assert!(
                !is_inside(outside.parse().expect("an address")),
                "{outside}"
            );
        }
    }

    #[tokio::test]
    async fn no_form_of_an_inside_address_is_dialled() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let outgoing = outgoing(&[]);
        for host in [
            "127.0.0.1",
            "localhost",
            "0x7f000001",
            "2130706433",
            "127.1",
            "0177.0.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "localhost.",
            "LOCALHOST",
        ] {
            for url in [
                format!("http://{host}:{port}/"),
                format!("http://{host}/"),
                format!("https://{host}/"),
            ] {
                let refused = outgoing.post(&url, &[], Vec::new()).await;
                assert!(
                    matches!(refused, Err(Undelivered::Refused(_))),
                    "{url}: {refused:?}"
                );
            }
        }
        for url in [
            "file:///etc/passwd",
            "gopher://x.example/",
            "http://user:pw@outside.example/",
            "nonsense",
        ] {
            assert!(
                matches!(
                    outgoing.post(url, &[], Vec::new()).await,
                    Err(Undelivered::Refused(_))
                ),
                "{url}"
            );
        }
        let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(nobody.is_err(), "somebody was dialled");
    }

    #[tokio::test]
    async fn a_document_that_drips_is_given_up() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("somebody comes");
            let _ = stream.read(&mut [0; 1_024]).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n%PDF-").await;
            while stream.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let outgoing = outgoing(&[&address.to_string()]);
        let url = format!("http://{address}/");
        let fetched = outgoing.get(&url, 1_000_000, Duration::from_millis(300));
        assert_eq!(
            fetched.await,
            Err(Unfetched::Unreached("the address answers too slowly"))
        );
    }

    #[test]
    fn a_name_that_leads_inside_is_refused_whatever_else_it_leads_to() {
        let public: SocketAddr = "1.1.1.1:0".parse().expect("an address");
        let private: SocketAddr = "10.0.0.1:0".parse().expect("an address");
        let nothing = Allowed::default();
        assert!(passed(&nothing, "outside.example", vec![public]).is_ok());
        assert!(passed(&nothing, "rebinding.example", vec![public, private]).is_err());
        let listed = Allowed::new(&["Hooks.Intranet.example:8443".into()]);
        assert!(passed(&listed, "hooks.intranet.example", vec![private]).is_ok());
        assert!(passed(&listed, "other.intranet.example", vec![private]).is_err());
    }

    #[test]
    fn what_is_listed_may_be_inside_on_its_own_port_only() {
        let entries = ["127.0.0.1:8443", "hooks.internal"].map(str::to_owned);
        let outgoing = Allowed::new(&entries);
        assert!(outgoing.judge("http://127.0.0.1:8443/x").is_ok());
        assert!(outgoing.judge("http://127.0.0.1:8444/x").is_err());
        assert!(outgoing.judge("https://hooks.internal/x").is_ok());
        assert!(outgoing.judge("https://hooks.internal:9000/x").is_ok());
        assert!(outgoing.judge("https://outside.example:8080/x").is_err());
        assert!(outgoing.judge("https://outside.example/x").is_ok());
        assert!(outgoing.judge("http://outside.example/x").is_err());
        assert!(outgoing.judge("https://me@outside.example/x").is_err());
    }
}
