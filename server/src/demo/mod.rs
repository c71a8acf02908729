//! `usher demo`: a small marketing site with Usher on it, in one process.
//!
//! The site is a customer like any other: it knows Usher by its script tag, its
//! API and a login secret. Only the clock and the consent mode are moved from
//! inside, because no customer could.

mod mailbox;
mod pages;
mod personas;
mod site;

use crate::app::App;
use crate::assets::DEMO;
use crate::cli::{CliError, bind};
use crate::clock::Clock;
use crate::config::Config;
use crate::documents::{self, Fetch};
use crate::store::{Right, Scope};
use crate::workspace_file::WorkspaceFile;
use engine::authored::Document;
use engine::check::read_document;
use qrcode::render::unicode::Dense1x2;
use std::future::{Future, IntoFuture as _};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// The address that the demo's files stand for.
const WRITTEN_FOR: &str = "http://localhost:4000";
/// Where the demo keeps its data unless told otherwise.
const FOLDER: &str = "data/demo";
/// What the site's API token is for.
const TOKEN: &str = "demo site";
/// Remembers how far the demo clock was moved.
const CLOCK_FILE: &str = "clock";

/// How to run the demo.
#[derive(Clone, Debug)]
pub struct Options {
    /// The site's port; its second host has the next, the chat the one after.
    pub port: u16,
    /// Also serve the local network.
    pub lan: bool,
    /// The data folder.
    pub data: Option<PathBuf>,
}

/// The demo as its own handlers see it.
#[derive(Clone, Debug)]
pub(crate) struct Demo {
    app: App,
    scope: Scope,
    /// The site's origin.
    site: Arc<str>,
    /// The second host's origin.
    partner: Arc<str>,
    /// What the site signs its customers' identities with.
    secret: Arc<str>,
    /// The site's API token.
    token: Arc<str>,
    data: Arc<PathBuf>,
}

/// The demo, listening.
#[derive(Debug)]
pub struct Running {
    demo: Demo,
    lan: bool,
    listeners: [TcpListener; 3],
}

/// Opens the data folder, imports the demo's workspace and dialogues, publishes them, and listens.
///
/// # Errors
/// When a port is taken, or a file of the demo has faults.
pub async fn start(options: Options) -> Result<Running, CliError> {
    let host = if options.lan { lan_address() } else { None };
    if options.lan && host.is_none() {
        return Err(CliError::Words(
            "this machine has no address in a local network".into(),
        ));
    }
    let named = host.map_or_else(|| "localhost".to_owned(), |address| address.to_string());
    let any = if options.lan {
        Ipv4Addr::UNSPECIFIED
    } else {
        Ipv4Addr::LOCALHOST
    };
    let [site_port, partner_port, chat_port] = [0, 1, 2].map(|n| options.port.saturating_add(n));
    let own = bind(SocketAddr::from((any, site_port))).await?;
    let others = [
        bind(SocketAddr::from((any, partner_port))).await?,
        bind(SocketAddr::from((any, chat_port))).await?,
    ];
    let data = options.data.unwrap_or_else(|| FOLDER.into());
    let origin = format!("http://{named}:{chat_port}");
    let clock = Clock::default();
    let kept = std::fs::read_to_string(data.join(CLOCK_FILE)).ok();
    clock.set_offset(kept.and_then(|text| text.trim().parse().ok()).unwrap_or(0));
    let mut config = Config::new(&data, SocketAddr::from((any, chat_port)), &origin);
    // The site is on this machine, and its documents are fetched from there.
    config.outgoing_allowed = vec![format!("{named}:{site_port}")];
    let app = App::open(config, clock)?;
    let site = format!("http://{named}:{site_port}");
    let (own, scope) = while_serving_files(own, set_up(&app, &site))
        .await
        .map_err(|fault| CliError::Io(site.clone(), fault))?;
    let scope = scope?;
    let secret = app.store.create_login_secret(&scope, &app.keys).await?;
    for old in app.store.tokens(&scope).await? {
        if old.name == TOKEN && old.revoked_at.is_none() {
            app.store.revoke_token(&scope, old.id).await?;
        }
    }
    let token = app
        .store
        .create_token(&scope, TOKEN.into(), vec![Right::Read, Right::Write])
        .await?;
    let [partner, chat] = others;
    let demo = Demo {
        app,
        scope,
        site: site.into(),
        partner: format!("http://{}:{partner_port}", partner_host(&named)).into(),
        secret: secret.into(),
        token: token.into(),
        data: Arc::new(data),
    };
    Ok(Running {
        demo,
        lan: options.lan,
        listeners: [own, partner, chat],
    })
}

/// Serves the site's files while something is done, and gives the listener back.
async fn while_serving_files<T>(
    site: TcpListener,
    work: impl Future<Output = T>,
) -> io::Result<(TcpListener, T)> {
    let site = site.into_std()?;
    let meanwhile = TcpListener::from_std(site.try_clone()?)?;
    let done = tokio::select! {
        done = work => done,
        served = axum::serve(meanwhile, site::files()).into_future() => {
            return Err(served.err().unwrap_or_else(|| io::ErrorKind::ConnectionAborted.into()));
        }
    };
    Ok((TcpListener::from_std(site)?, done))
}

/// Brings the workspace and its dialogues to what the files say. Dialogues are published when they changed.
async fn set_up(app: &App, site: &str) -> Result<Scope, CliError> {
    let text = |name: &str| -> Result<String, CliError> {
        let bytes = pages::file(name)
            .ok_or_else(|| CliError::Words(format!("this binary was built without {name}")))?;
        Ok(String::from_utf8_lossy(bytes).replace(WRITTEN_FOR, site))
    };
    let scope = WorkspaceFile::read(&text("demo/workspace.json")?)?
        .import(&app.store)
        .await?;
    let mut documents = Vec::new();
    for (name, _) in DEMO
        .iter()
        .filter(|(name, _)| name.starts_with("demo/dialogues/"))
    {
        let document = read_document(&text(name)?)
            .map_err(|fault| CliError::Words(format!("{name}: {fault}")))?;
        documents.push(document);
    }
    documents.sort_by_key(|document| matches!(document, Document::Dialogue(_)));
    let mut changed = Vec::new();
    for document in documents {
        let name = document.name().to_owned();
        let before = app.store.dialogue(&scope, name.clone()).await.ok();
        let same = before.is_some_and(|row| row.published.as_ref() == Some(&document));
        app.store.import(&scope, document).await?;
        if !same {
            changed.push(name);
        }
    }
    if !changed.is_empty() {
        let (_, not_kept) = documents::publish(app, &scope, changed, Fetch::Missing).await?;
        for document in not_kept {
            // Most documents of the demo are pages of its site, which open in a tab as they should.
            tracing::debug!("{document}");
        }
    }
    Ok(scope)
}

/// The second host's name: another one than the site's, except where there is only one address.
fn partner_host(named: &str) -> &str {
    if named == "localhost" {
        "127.0.0.1"
    } else {
        named
    }
}

/// The address other devices of the local network reach this machine by.
fn lan_address() -> Option<IpAddr> {
    // Connecting a datagram socket sends nothing; it only picks the way out.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

impl Running {
    /// What to tell the one who started it.
    #[must_use]
    pub fn words(&self) -> String {
        let Demo {
            site,
            partner,
            app,
            data,
            ..
        } = &self.demo;
        let mut words = format!(
            "\nThe demo runs.\n\n  the site         {site}/\n  a second host    {partner}/\n  \
             its mailbox      {site}/demo/mailbox\n  the chat origin  {}\n  data             {}\n",
            app.config.origin,
            data.display()
        );
        if self.lan
            && let Ok(code) = qrcode::QrCode::new(format!("{site}/"))
        {
            // Light on a dark terminal, so that the quiet zone around the code is light.
            let picture = code
                .render::<Dense1x2>()
                .dark_color(Dense1x2::Light)
                .light_color(Dense1x2::Dark)
                .build();
            words.push_str(&format!(
                "\nFor a phone in the same network:\n\n{picture}\n"
            ));
        }
        words.push_str("\nStop it with Ctrl-C.\n");
        words
    }

    /// Serves until `shutdown` is done.
    ///
    /// # Errors
    /// When a listener fails.
    pub async fn until(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let [site, partner, chat] = self.listeners;
        let (stop, stopped) = watch::channel(());
        let ended = |mut stopped: watch::Receiver<()>| async move {
            let _ = stopped.changed().await;
        };
        let serving_chat = crate::serve(chat, self.demo.app.clone(), ended(stopped.clone()));
        let serving_site = axum::serve(site, site::router(self.demo.clone(), site::Host::Site))
            .with_graceful_shutdown(ended(stopped.clone()));
        let serving_partner = axum::serve(partner, site::router(self.demo, site::Host::Partner))
            .with_graceful_shutdown(ended(stopped));
        let stopping = async move {
            shutdown.await;
            drop(stop);
            Ok(())
        };
        tokio::try_join!(
            serving_chat,
            async { serving_site.await },
            async { serving_partner.await },
            stopping
        )?;
        Ok(())
    }
}
