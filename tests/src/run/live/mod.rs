//! The real server, started for one plan: its own data folder, its own port, its own clock.
//!
//! What authors and operators do goes through the server's library, as its commands do it; what
//! visitors' browsers do goes over HTTP. What it holds is read from its store.

mod agents;
mod authoring;
mod holds;
mod people;
mod wire;

use super::server::{Holds, Server};
use crate::pdf::pdf;
use crate::plan;
use agents::Desk;
use engine::authored::{Dialogue, Document, Flow};
use engine::check::Catalogue;
use engine::compile::Look;
use engine::compiled::{Consent, Edition, Publication};
use engine::ids::{ConversationId, EditionId, Timestamp};
use engine::wire::{
    AskSlots, Batch, Book, Booked, Erase, Identified, Identify, InputsAnswer, Opaque, Sender, Slots,
};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::oneshot;
use usher_server::clock::Clock;
use usher_server::store::{Fate, Scope, Settings};
use usher_server::{App, Config};

use super::server::Away;

/// The workspace of every plan.
pub const WORKSPACE: &str = "plan";
/// How long the server may take to finish what is due.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whether the server's clock moves by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// It stands where it is put.
    Still,
    /// It runs on from where it is put.
    Running,
}

/// A running server.
pub struct LiveServer {
    runtime: Runtime,
    app: App,
    scope: Scope,
    address: SocketAddr,
    data: TempDir,
    time: Time,
    http: Client<HttpConnector, Full<Bytes>>,
    look: Look,
    people: BTreeMap<String, people::Known>,
    companies: BTreeMap<String, Option<String>>,
    desks: Vec<Desk>,
    editions: BTreeMap<String, Vec<EditionId>>,
    conversations: Vec<(Opaque, ConversationId)>,
    login_secret: Option<String>,
    faults: Vec<String>,
    stop: Option<oneshot::Sender<()>>,
}

impl LiveServer {
    /// Starts a server that knows the attributes and lists of a catalogue, and whose chat origin is `origin`, such as `https://chat.example.com`.
    ///
    /// # Errors
    /// When the machine gives no port or folder, or the store cannot be made.
    pub fn start(catalogue: &Catalogue, origin: &str, time: Time) -> Result<Self, String> {
        let told = |fault: &dyn std::fmt::Display| fault.to_string();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|fault| told(&fault))?;
        let data = tempfile::tempdir().map_err(|fault| told(&fault))?;
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|fault| told(&fault))?;
        let address = listener.local_addr().map_err(|fault| told(&fault))?;
        listener
            .set_nonblocking(true)
            .map_err(|fault| told(&fault))?;
        let clock = Clock::default();
        let start = Timestamp(plan::Moment::START.milliseconds());
        set(&clock, time, start);
        let mut config = Config::new(data.path(), address, origin);
        config.rate_limits = false;
        config.mail_from = "Plan <hello@plan.example>".into();
        let app = App::open(config, clock).map_err(|fault| told(&fault))?;
        let scope = runtime
            .block_on(prepare(&app, catalogue))
            .map_err(|fault| told(&fault))?;
        let (stop, stopped) = oneshot::channel();
        let served = app.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener)?;
            let stopped = async {
                let _ = stopped.await;
            };
            usher_server::serve(listener, served, stopped).await
        });
        Ok(Self {
            runtime,
            app,
            scope,
            address,
            data,
            time,
            http: Client::builder(TokioExecutor::new()).build_http(),
            look: Look::default(),
            people: BTreeMap::new(),
            companies: BTreeMap::new(),
            desks: Vec::new(),
            editions: BTreeMap::new(),
            conversations: Vec::new(),
            login_secret: None,
            faults: Vec::new(),
            stop: Some(stop),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server itself.
    #[must_use]
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Its workspace, for asking the store.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Where it runs.
    #[must_use]
    pub fn runtime(&self) -> Handle {
        self.runtime.handle().clone()
    }

    /// Runs something of the server's to its end.
    pub fn wait_for<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A conversation belongs to a visitor.
    pub fn note(&mut self, visitor: Opaque, conversation: ConversationId) {
        if !self.conversations.contains(&(visitor, conversation)) {
            self.conversations.push((visitor, conversation));
        }
    }

    fn set_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let store = &self.app.store;
        self.runtime.block_on(async {
            let mut settings = store
                .workspace(&self.scope)
                .await
                .expect("the workspace was made at the start")
                .settings;
            change(&mut settings);
            store
                .set_settings(&self.scope, settings)
                .await
                .expect("the store keeps settings");
        });
        self.look_again();
    }

    /// Lets the running server notice a change at once.
    fn look_again(&self) {
        self.runtime
            .block_on(self.app.look_again())
            .expect("the store tells its versions");
    }

    /// Waits until everything that is due has left.
    fn settle(&self) {
        let until = Instant::now() + PATIENCE;
        self.runtime.block_on(async {
            loop {
                let counts = self.app.store.outbox_counts(&self.scope).await;
                let waiting = counts
                    .expect("the store counts")
                    .iter()
                    .any(|(fate, count)| *fate == Fate::Waiting && *count > 0);
                if !waiting || Instant::now() > until {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
}

fn set(clock: &Clock, time: Time, now: Timestamp) {
    match time {
        Time::Still => clock.stand_at(now),
        Time::Running => clock.advance(now.since(clock.now())),
    }
}

async fn prepare(
    app: &App,
    catalogue: &Catalogue,
) -> Result<Scope, usher_server::store::StoreError> {
    let store = &app.store;
    let scope = store
        .create_workspace(WORKSPACE.into(), "Plan".into())
        .await?;
    let known = store.attributes(&scope).await?;
    for (name, kind) in &catalogue.attributes {
        if known.get(name) != Some(kind) {
            store.declare_attribute(&scope, name.clone(), *kind).await?;
        }
    }
    for list in &catalogue.lists {
        store.create_list(&scope, list.clone()).await?;
    }
    let mut settings = store.workspace(&scope).await?.settings;
    settings.consent = Consent::Full;
    store.set_settings(&scope, settings).await?;
    Ok(scope)
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

impl Server for LiveServer {
    fn set_clock(&mut self, now: Timestamp) {
        set(&self.app.clock, self.time, now);
    }

    fn set_consent(&mut self, consent: plan::Consent) {
        self.set_settings(|settings| settings.consent = super::world::consent(consent));
    }

    fn set_zone(&mut self, zone: &str) -> Result<(), String> {
        jiff::tz::TimeZone::get(zone).map_err(|fault| fault.to_string())?;
        self.set_settings(|settings| settings.zone = zone.into());
        Ok(())
    }

    fn set_delay(&mut self, ms: u16) {
        self.look.delay_ms = ms;
        let look = serde_json::to_string(&self.look).expect("a look is JSON");
        self.set_settings(|settings| settings.theme = look);
    }

    fn set_chat(&mut self, on: bool) {
        self.set_settings(|settings| settings.chat_on = on);
    }

    fn import(&mut self, dialogue: &Dialogue) {
        self.keep(Document::Dialogue(dialogue.clone()))
            .expect("the store keeps documents");
    }

    fn import_flow(&mut self, flow: &Flow) {
        self.keep(Document::Flow(flow.clone()))
            .expect("the store keeps documents");
    }

    fn publish(&mut self, dialogue: &Dialogue) -> Result<(), String> {
        self.keep(Document::Dialogue(dialogue.clone()))?;
        self.go_live(&dialogue.name)
    }

    fn publish_flow(&mut self, flow: &Flow) -> Result<(), String> {
        self.keep(Document::Flow(flow.clone()))?;
        self.go_live(&flow.name)
    }

    fn correct(&mut self, dialogue: &Dialogue) -> Result<(), String> {
        self.keep(Document::Dialogue(dialogue.clone()))?;
        self.replace_words(&dialogue.name)
    }

    fn unpublish(&mut self, name: &str) -> Result<(), String> {
        self.take_off(name)
    }

    fn set_company(&mut self, company: &plan::Company) {
        self.keep_company(company);
    }

    fn set_person(&mut self, person: &plan::Person) {
        self.keep_person(person);
    }

    fn keep_pdf(&mut self, address: &str, pages: u16) {
        let keep = self
            .app
            .store
            .keep_document(&self.scope, address.into(), pdf(pages));
        self.wait_for(keep).expect("the store keeps documents");
    }

    fn add_agent(&mut self, agent: &plan::Agent) {
        self.seat(agent);
    }

    fn add_busy(&mut self, busy: &plan::Busy) {
        self.block(busy);
    }

    fn tracked_link(&mut self, person: &str) -> String {
        self.link_for(person)
    }

    fn login(&mut self, person: &str) -> String {
        self.login_for(person)
    }

    fn publication(&mut self) -> Result<Publication, Away> {
        self.index()
    }

    fn edition(&mut self, id: EditionId, language: &str) -> Result<Edition, Away> {
        self.get(&format!("/e/{WORKSPACE}/{id}.{language}"))
    }

    fn identify(&mut self, ask: &Identify) -> Result<Identified, Away> {
        self.post("/v1/identity", ask)
    }

    fn inputs(&mut self, batch: &Batch) -> Result<InputsAnswer, Away> {
        let answer = self.post("/v1/inputs", batch)?;
        self.note_answer(batch, &answer);
        Ok(answer)
    }

    fn slots(&mut self, ask: &AskSlots) -> Result<Slots, Away> {
        let slots: Slots = self.post("/v1/slots", ask)?;
        self.note_answer(&ask.batch, &slots.inputs);
        Ok(slots)
    }

    fn book(&mut self, book: &Book) -> Result<Booked, Away> {
        let booked: Booked = self.post("/v1/book", book)?;
        let (Booked::Done { inputs, .. }
        | Booked::Taken { inputs, .. }
        | Booked::AddressNeeded { inputs }
        | Booked::Overtaken(inputs)) = &booked;
        self.note_answer(&book.batch, inputs);
        Ok(booked)
    }

    fn erase(&mut self, visitor: Option<Opaque>) {
        let sender = Sender {
            workspace: WORKSPACE.into(),
            visitor,
            gpc: false,
        };
        self.send("/v1/erase", &Erase { sender });
    }

    fn holds(&self) -> &dyn Holds {
        self
    }
}
