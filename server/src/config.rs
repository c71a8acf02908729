//! How one server is set up: a file, over it the environment, over it the command line.

use crate::logs::LogFormat;
use crate::peer::Network;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Everything one server needs to know.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder of the database, the key file and mail that is not sent.
    pub data: PathBuf,
    /// The PostgreSQL server that holds the rows; a file in the data folder when absent.
    pub database: Option<String>,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The chat origin as browsers see it, `https://chat.example.com`, without a slash at the end.
    pub origin: String,
    /// Proxies whose word about the visitor's address is taken.
    pub trusted_proxies: Vec<Network>,
    /// Where mail goes: `smtp://user:password@host:port`; into a maildir when absent.
    pub smtp: Option<String>,
    /// The sender of mails.
    pub mail_from: String,
    /// Inside addresses that webhooks may reach and documents may come from, as `host:port`.
    pub outgoing_allowed: Vec<String>,
    /// How many requests a visitor may make; off in benches.
    pub rate_limits: bool,
    /// An address of this machine alone where `/metrics` is served, instead of beside everything else.
    pub metrics_listen: Option<SocketAddr>,
    /// How lines of the log look.
    pub log: LogFormat,
}

/// The configuration that is read when none is named: one in the folder where a command is typed.
pub const FILE: &str = "usher.toml";

/// The file's form. Every field may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    database: Option<String>,
    listen: Option<SocketAddr>,
    origin: Option<String>,
    trusted_proxies: Vec<String>,
    smtp: Option<String>,
    mail_from: Option<String>,
    outgoing_allowed: Vec<String>,
    rate_limits: Option<bool>,
    metrics_listen: Option<SocketAddr>,
    log: LogFormat,
}

/// What the environment and the command line say over the file.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Overrides {
    /// A configuration file (TOML) with these same settings and a few more [default: usher.toml, where there is one].
    #[arg(long, env = "USHER_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// The folder of the database, the key file and mail that is not sent [default: data].
    #[arg(long, env = "USHER_DATA", value_name = "FOLDER", global = true)]
    pub data: Option<PathBuf>,
    /// A PostgreSQL database that any number of servers share, postgres://user:password@host/name; a file in the data
    /// folder when absent.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database: Option<String>,
    /// Where to listen [default: 127.0.0.1:4002].
    #[arg(long, env = "USHER_LISTEN", value_name = "ADDRESS", global = true)]
    pub listen: Option<SocketAddr>,
    /// The chat origin as browsers see it, such as `https://chat.example.com` [default: http://localhost:4002].
    #[arg(long, env = "USHER_ORIGIN", value_name = "URL", global = true)]
    pub origin: Option<String>,
    /// Where mail goes, smtp://user:password@host:port; into a maildir in the data folder when absent.
    #[arg(
        long,
        env = "USHER_SMTP",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub smtp: Option<String>,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The file is not what it should be.
    #[error("{0}: {1}")]
    Malformed(PathBuf, toml::de::Error),
    /// A value makes no sense.
    #[error("{0}")]
    Value(String),
}

impl Config {
    /// A configuration for one folder and address, with defaults for the rest.
    #[must_use]
    pub fn new(data: &Path, listen: SocketAddr, origin: &str) -> Self {
        Self {
            data: data.into(),
            database: None,
            listen,
            origin: origin.into(),
            trusted_proxies: Vec::new(),
            smtp: None,
            mail_from: "Usher <usher@localhost>".into(),
            outgoing_allowed: Vec::new(),
            rate_limits: true,
            metrics_listen: None,
            log: LogFormat::default(),
        }
    }

    /// Reads the file, if one is named, and lays the overrides over it.
    ///
    /// # Errors
    /// When the file or a value in it cannot be used.
    pub fn read(overrides: &Overrides) -> Result<Self, ConfigError> {
        let here = PathBuf::from(FILE);
        let named = overrides.config.as_ref();
        match named.or(here.is_file().then_some(&here)) {
            None => Self::from_text("", &here, overrides),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|fault| ConfigError::Unreadable(path.clone(), fault))?;
                Self::from_text(&text, path, overrides)
            }
        }
    }

    /// The configuration that a file's text and the overrides make; `path` names the file in faults.
    ///
    /// # Errors
    /// When the text or a value in it cannot be used.
    pub fn from_text(text: &str, path: &Path, overrides: &Overrides) -> Result<Self, ConfigError> {
        let file: File =
            toml::from_str(text).map_err(|fault| ConfigError::Malformed(path.to_owned(), fault))?;
        let listen = overrides
            .listen
            .or(file.listen)
            .unwrap_or(([127, 0, 0, 1], 4002).into());
        let origin = overrides.origin.clone().or(file.origin);
        let origin = origin.unwrap_or_else(|| format!("http://localhost:{}", listen.port()));
        let trusted_proxies = file
            .trusted_proxies
            .iter()
            .map(|text| {
                Network::parse(text).ok_or_else(|| {
                    ConfigError::Value(format!(
                        "trusted_proxies: {text} is no address or network such as 10.0.0.0/8"
                    ))
                })
            })
            .collect::<Result<_, _>>()?;
        if let Some(address) = file.metrics_listen.filter(|at| !at.ip().is_loopback()) {
            return Err(ConfigError::Value(format!(
                "metrics_listen: {address} is reached from other machines; take 127.0.0.1 or [::1]"
            )));
        }
        Ok(Self {
            data: overrides
                .data
                .clone()
                .or(file.data)
                .unwrap_or_else(|| "data".into()),
            database: overrides.database.clone().or(file.database),
            listen,
            origin: parse_origin(&origin)?,
            trusted_proxies,
            smtp: overrides.smtp.clone().or(file.smtp),
            mail_from: file
                .mail_from
                .unwrap_or_else(|| "Usher <usher@localhost>".into()),
            outgoing_allowed: file.outgoing_allowed,
            rate_limits: file.rate_limits.unwrap_or(true),
            metrics_listen: file.metrics_listen,
            log: file.log,
        })
    }

    /// Whether browsers reach the chat origin over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

fn parse_origin(text: &str) -> Result<String, ConfigError> {
    let origin = text.trim_end_matches('/');
    let rest = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(origin.into())
        }
        _ => Err(ConfigError::Value(format!(
            "origin: {text} is no origin such as https://chat.example.com"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_has_every_key_of_the_file() {
        let manual = include_str!("../../README.md");
        let example = manual.split("```toml\n").nth(1).expect("an example");
        let example = example.split("```").next().expect("its end");
        let file: File = toml::from_str(example).expect("a configuration");
        assert!(file.data.is_some() && file.listen.is_some() && file.origin.is_some());
        assert!(file.database.is_some() && file.metrics_listen.is_some());
        assert_eq!(file.log, LogFormat::Json);
        assert!(file.smtp.is_some() && file.mail_from.is_some() && file.rate_limits.is_some());
        assert!(!file.trusted_proxies.is_empty() && !file.outgoing_allowed.is_empty());
    }

    #[test]
    fn an_origin_has_a_scheme_and_a_host_and_nothing_else() {
        assert_eq!(
            parse_origin("https://chat.example.com/").unwrap(),
            "https://chat.example.com"
        );
        for wrong in [
            "chat.example.com",
            "https://",
            "https://x/y",
            "ftp://x",
            "https://u@x",
        ] {
            assert!(parse_origin(wrong).is_err(), "{wrong}");
        }
    }
}
