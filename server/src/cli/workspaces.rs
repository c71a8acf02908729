//! Commands about workspaces.

use super::{CliError, Desk, Done, table};
use crate::secrets::hex;
use crate::site::live::pinned_loader;
use crate::store::{Packed, Scope, Workspace, consent_word, parse_consent};
use crate::workspace_file::{check_sites, check_staff, is_slug};
use base64::Engine as _;
use clap::{Args, Subcommand};
use engine::compile::{Look, theme};
use engine::compiled::Consent;
use sha2::{Digest, Sha384};

/// `usher workspace`
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create a workspace and print its script tag.
    Create {
        /// The public name in addresses: lower-case letters, digits and hyphens.
        name: String,
        /// The company's name.
        #[arg(long, default_value = "")]
        title: String,
    },
    /// List workspaces.
    List,
    /// Print the script tag for your pages, and what a content policy has to allow.
    Tag {
        /// A tag for a loader that never changes, with its integrity. It has no rules, so it always makes the frame.
        #[arg(long)]
        pinned: bool,
    },
    /// Change settings.
    Set(Set),
}

/// `usher workspace set`
#[derive(Debug, Args)]
pub struct Set {
    /// The company's name.
    #[arg(long)]
    title: Option<String>,
    /// The time zone by IANA name, such as Europe/Stockholm.
    #[arg(long)]
    zone: Option<String>,
    /// When anything may be stored or sent: full, essential or wait.
    #[arg(long, value_parser = parse_mode)]
    consent: Option<Consent>,
    /// Sites that may show the widget, with commas; an empty text allows any.
    #[arg(long, value_delimiter = ',', value_name = "ORIGINS")]
    sites: Option<Vec<String>>,
    /// Address ranges from which nobody counts in reports, with commas, such as 192.0.2.0/24: your own.
    #[arg(long, value_delimiter = ',', value_name = "RANGES")]
    staff: Option<Vec<String>>,
    /// How the widget looks: a JSON file.
    #[arg(long, value_name = "FILE")]
    theme: Option<std::path::PathBuf>,
}

impl Set {
    fn is_empty(&self) -> bool {
        self.title.is_none()
            && self.zone.is_none()
            && self.consent.is_none()
            && self.sites.is_none()
            && self.staff.is_none()
            && self.theme.is_none()
    }
}

fn parse_mode(word: &str) -> Result<Consent, String> {
    parse_consent(word).ok_or_else(|| "full, essential or wait".into())
}

pub(super) async fn run(desk: &Desk, command: Command) -> Done {
    let store = &desk.app.store;
    match command {
        Command::Create { name, title } => {
            if !is_slug(&name) {
                return Err(CliError::Words(
                    "a name has lower-case letters, digits and hyphens, at most 60".into(),
                ));
            }
            let title = if title.is_empty() {
                name.clone()
            } else {
                title
            };
            store.create_workspace(name.clone(), title).await?;
            say!("{}", tag(desk, &name));
        }
        Command::List => {
            let mut rows = Vec::new();
            for workspace in store.workspaces().await? {
                let settings = workspace.settings;
                let sites = if settings.sites.is_empty() {
                    "any".into()
                } else {
                    settings.sites.join(" ")
                };
                let chat = if settings.chat_on { "on" } else { "off" };
                let consent = consent_word(settings.consent).to_owned();
                rows.push(vec![
                    workspace.name,
                    settings.title,
                    chat.into(),
                    consent,
                    settings.zone,
                    sites,
                ]);
            }
            table(
                &["name", "title", "chat", "consent", "zone", "sites"],
                &rows,
            );
        }
        Command::Tag { pinned } => {
            let scope = desk.scope().await?;
            let workspace = store.workspace(&scope).await?;
            if pinned {
                say!("{}", pinned_tag(desk, &scope, &workspace).await?);
            } else {
                say!("{}", tag(desk, &workspace.name));
            }
            let origin = &desk.app.config.origin;
            say!("\nWhere pages have a content policy:\n");
            say!("  script-src {origin};\n  frame-src {origin};");
        }
        Command::Set(set) => change(desk, set).await?,
    }
    Ok(())
}

fn tag(desk: &Desk, name: &str) -> String {
    format!(
        "<script async src=\"{}/w/{name}.js\"></script>",
        desk.app.config.origin
    )
}

/// Keeps a loader as it is now, and names it by what it holds.
async fn pinned_tag(desk: &Desk, scope: &Scope, workspace: &Workspace) -> Result<String, CliError> {
    let loader = Packed::new(pinned_loader(&desk.app, workspace));
    let digest = Sha384::digest(&loader.bytes);
    let version = hex(&digest[..12]);
    let integrity = base64::engine::general_purpose::STANDARD.encode(digest);
    let store = &desk.app.store;
    store.pin(scope, version.clone(), loader).await?;
    Ok(format!(
        "<script async src=\"{}/l/{version}.js\" integrity=\"sha384-{integrity}\" crossorigin=\"anonymous\"></script>",
        desk.app.config.origin
    ))
}

async fn change(desk: &Desk, set: Set) -> Done {
    if set.is_empty() {
        return Err(CliError::Words(
            "say what to change: --title, --zone, --consent, --sites, --staff or --theme".into(),
        ));
    }
    let scope = desk.scope().await?;
    let mut settings = desk.app.store.workspace(&scope).await?.settings;
    if let Some(title) = set.title {
        settings.title = title;
    }
    if let Some(zone) = set.zone {
        if jiff::tz::TimeZone::get(&zone).is_err() {
            return Err(CliError::Words(format!("there is no time zone {zone}")));
        }
        settings.zone = zone;
    }
    if let Some(consent) = set.consent {
        settings.consent = consent;
    }
    if let Some(sites) = set.sites {
        let sites: Vec<String> = sites.into_iter().filter(|site| !site.is_empty()).collect();
        check_sites(&sites).map_err(CliError::Words)?;
        settings.sites = sites;
    }
    if let Some(staff) = set.staff {
        let staff: Vec<String> = staff.into_iter().filter(|one| !one.is_empty()).collect();
        check_staff(&staff).map_err(CliError::Words)?;
        settings.staff = staff;
    }
    if let Some(path) = set.theme {
        let text = super::read_file(&path)?;
        let look: Look = serde_json::from_str(&text)
            .map_err(|fault| CliError::Words(format!("{}: {fault}", path.display())))?;
        theme(&look).map_err(|faults| CliError::Words(faults.join("\n")))?;
        settings.theme = text;
    }
    desk.app.store.set_settings(&scope, settings).await?;
    say!("changed");
    Ok(())
}

pub(super) async fn switch(desk: &Desk, on: bool) -> Done {
    let scope = desk.scope().await?;
    let mut settings = desk.app.store.workspace(&scope).await?.settings;
    settings.chat_on = on;
    desk.app.store.set_settings(&scope, settings).await?;
    say!(
        "{}",
        if on {
            "the chat is on"
        } else {
            "the chat is off: nothing shows"
        }
    );
    Ok(())
}
