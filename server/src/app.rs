//! What every handler shares: the store, the clock, the limits, and what is live, kept ready to serve.

use crate::clock::Clock;
use crate::config::Config;
use crate::erasures::{self, ERASURES_FILE, Erased};
use crate::limits::{Backoff, Limit};
use crate::metrics::Metrics;
use crate::outgoing::{Allowed, Outgoing};
use crate::passwords::Checker;
use crate::secrets::{KEY_FILE, Keys};
use crate::site::live::Live;
use crate::store::{DATABASE_FILE, Forgotten, Place, Scope, Store, StoreError};
use crate::{mail, private};
use engine::wire::Opaque;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// One server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Shared>);

/// What all clones share.
#[derive(Debug)]
pub struct Shared {
    /// The database.
    pub store: Store,
    /// The server's own keys.
    pub keys: Keys,
    /// The time.
    pub clock: Clock,
    /// How this server is set up.
    pub config: Config,
    /// What is counted.
    pub metrics: Metrics,
    /// Requests per neighbourhood.
    pub by_neighbourhood: Limit<u128>,
    /// Identity lookups per neighbourhood.
    pub lookups: Limit<u128>,
    /// Batches per conversation.
    pub by_conversation: Limit<[u8; 16]>,
    /// Guesses at tokens per neighbourhood.
    pub guesses: Limit<u128>,
    /// Attempts to log in per neighbourhood.
    pub log_ins: Limit<u128>,
    /// Wrong passwords in a row, by the hash of workspace and address.
    pub wrong_passwords: Backoff<[u8; 32]>,
    /// Looks at passwords.
    pub passwords: Checker,
    outgoing: OnceLock<Outgoing>,
    live: RwLock<HashMap<String, Arc<Live>>>,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be used.
    #[error("cannot use the data folder {0}: {1}")]
    Folder(std::path::PathBuf, std::io::Error),
    /// A database without the key that its secrets are sealed with.
    #[error(
        "the key file {0} is missing, though there is a database beside it: put it back from where you keep it; \
         without it no login, webhook or link that the database knows works any more"
    )]
    KeyLost(std::path::PathBuf),
    /// The database cannot be used.
    #[error("{}", .fault.with_cause())]
    Store {
        /// What went wrong.
        #[from]
        fault: StoreError,
    },
}

impl App {
    /// Opens the data folder of a configuration.
    ///
    /// # Errors
    /// When the folder, its key file or its database cannot be used.
    pub fn open(config: Config, clock: Clock) -> Result<Self, StartError> {
        let (store, keys) = open(&config, clock.clone())?;
        Ok(Self(Arc::new(Shared {
            store,
            keys,
            clock,
            config,
            metrics: Metrics::default(),
            by_neighbourhood: Limit::new(1_200, 40.0),
            lookups: Limit::new(300, 10.0),
            by_conversation: Limit::new(120, 4.0),
            guesses: Limit::new(20, 0.2),
            log_ins: Limit::new(20, 0.1),
            wrong_passwords: Backoff::default(),
            passwords: Checker::default(),
            outgoing: OnceLock::new(),
            live: RwLock::default(),
        })))
    }

    /// The way out, as the configuration allows it; made when somebody first goes there.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn outgoing(&self) -> Result<&Outgoing, reqwest::Error> {
        if let Some(outgoing) = self.outgoing.get() {
            return Ok(outgoing);
        }
        let made = Outgoing::new(Allowed::new(&self.config.outgoing_allowed))?;
        Ok(self.outgoing.get_or_init(|| made))
    }

    /// Forgets a browser, and keeps that it was, so that no copy brings it back.
    ///
    /// # Errors
    /// When that cannot be kept, or the database fails.
    pub(crate) async fn erase_visitor(
        &self,
        scope: &Scope,
        token: Opaque,
    ) -> Result<(), StoreError> {
        let Some(id) = self.store.visitor_of(scope, token).await? else {
            return Ok(());
        };
        self.keep_erasures(scope, std::slice::from_ref(&id), |id| Erased::Visitor(id))?;
        self.store.erase_visitor(scope, id).await
    }

    /// Keeps erasures before they are made: one that was kept and not made is asked for again.
    fn keep_erasures(
        &self,
        scope: &Scope,
        ids: &[String],
        erased: impl Fn(&str) -> Erased<'_>,
    ) -> Result<(), StoreError> {
        let erased: Vec<Erased<'_>> = ids.iter().map(|id| erased(id)).collect();
        erasures::keep(&self.config.data, scope.workspace(), &erased)
            .map_err(|fault| StoreError::File(ERASURES_FILE.into(), fault))
    }

    /// Forgets a person, takes the letters to them out of the maildir, and keeps that they were forgotten, so that no
    /// copy brings them back.
    ///
    /// # Errors
    /// When there is no such person, or a letter cannot be removed.
    pub async fn forget(&self, scope: &Scope, key: String) -> Result<Forgotten, StoreError> {
        let records = self.store.records_of(scope, key.clone()).await?;
        self.keep_erasures(scope, &records, |id| Erased::Person(id))?;
        let forgotten = self.store.forget(scope, key).await?;
        let mut later = forgotten.ids.clone();
        later.retain(|id| !records.contains(id));
        self.keep_erasures(scope, &later, |id| Erased::Person(id))?;
        mail::post::forget(&self.config.data, &forgotten.addresses).await?;
        Ok(forgotten)
    }

    /// What is live in a workspace, by its public name.
    ///
    /// # Errors
    /// When there is no such workspace.
    pub async fn live(&self, name: &str) -> Result<Arc<Live>, StoreError> {
        let kept = self
            .live
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
            .cloned();
        if let Some(live) = kept {
            return Ok(live);
        }
        let scope = self.store.enter_as_visitor(name.to_owned()).await?;
        let live = Arc::new(Live::load(self, scope).await?);
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned(), Arc::clone(&live));
        Ok(live)
    }

    /// Looks again at workspaces and people that have changed, by whomever.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn look_again(&self) -> Result<(), StoreError> {
        let versions: HashMap<String, i64> = self.store.versions().await?.into_iter().collect();
        self.live
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|name, live| versions.get(name) == Some(&live.workspace.version));
        self.store.look_around().await
    }
}

/// Opens the database and the key file of a configuration, and makes the data folder the first time.
///
/// # Errors
/// When one of them cannot be used.
pub fn open(config: &Config, clock: Clock) -> Result<(Store, Keys), StartError> {
    let folder = config.data.as_path();
    let unusable = |fault| StartError::Folder(folder.into(), fault);
    private::folder(folder).map_err(unusable)?;
    let (key, database) = (folder.join(KEY_FILE), folder.join(DATABASE_FILE));
    if std::fs::metadata(&database).is_ok_and(|found| found.len() > 0) {
        private::tighten(folder).map_err(unusable)?;
        if !key.exists() {
            return Err(StartError::KeyLost(key));
        }
    }
    private::tighten(&key).map_err(unusable)?;
    let keys = Keys::open(folder).map_err(unusable)?;
    let place = match &config.database {
        Some(url) => Place::Server(url.clone()),
        None => Place::Folder(folder.into()),
    };
    let store = Store::open(&place, clock, &keys.fingerprints())?;
    Ok((store, keys))
}
