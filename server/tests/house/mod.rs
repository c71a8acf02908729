//! A running server with two workspaces, and browsers that talk to it as the widget does.
#![allow(dead_code)]

pub mod database;
pub mod routes;

use engine::authored::Document;
use engine::compiled::{Edition, Subject, decode, encode};
use engine::conversation::Conversation;
use engine::ids::{CardId, ConversationId, ConversationKey, EditionId, MINUTE, Timestamp};
use engine::wire::{
    Answer, Batch, Begin, Entry, Identified, Identify, Input, InputsAnswer, Kept, Opaque, Page,
    Sender, SignedSnapshot, Snapshot,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::process::Command;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use usher_server::clock::Clock;
use usher_server::store::{Right, Scope, Store};
use usher_server::{App, Config};

/// The page every visitor is on.
pub const PAGE: &str = "https://w.example/1?utm_source=news";

/// A question with an effect each way, an address, a goal with a confirmation.
pub const DIALOGUE: &str = r#"{
  "kind": "dialogue", "name": "D1", "campaign": "Spring",
  "audience": { "targets": ["https://w.example/*"],
                "criteria": [] },
  "stream": { "cards": [
    { "id": "hello", "card": "question", "text": "Is this you, {{lead.firstName:\"friend\"}}? {{lead.email}}",
      "answers": [
        { "label": "Yes", "effect": "confirm_identity", "then": "check" },
        { "label": "No", "effect": "deny_identity", "then": "more" },
        { "label": "Other", "then": "topic" } ] },
    { "id": "check", "card": "branch", "conditions": [
        { "when": { "if": "attribute", "name": "person.industry", "op": "is", "values": ["Retail"] }, "then": "won" } ],
      "otherwise": "more" },
    { "id": "topic", "card": "question", "attribute": "person.interest", "text": "Which topic?",
      "answers": [ { "label": "SEO", "then": "more" }, { "label": "Ads", "then": "more" } ] },
    { "id": "more", "card": "capture", "text": "Your address?", "attribute": "person.email", "given": "won" },
    { "id": "won", "card": "goal", "goal": "Address given", "score": 2,
      "confirmation": { "subject": "You are in" }, "then": "bye" },
    { "id": "bye", "card": "message", "text": "Bye." }
  ] } }"#;

/// A running server.
pub struct House {
    pub folder: TempDir,
    pub store: Store,
    pub app: App,
    pub clock: Clock,
    pub address: SocketAddr,
    pub http: reqwest::Client,
    pub acme: Tenant,
    pub zenith: Tenant,
    stop: Option<oneshot::Sender<()>>,
}

/// One of its workspaces, with D1 published.
#[derive(Clone)]
pub struct Tenant {
    pub name: String,
    pub scope: Scope,
    pub token: String,
    pub secret: String,
    pub edition: Edition,
    pub id: EditionId,
}

impl Tenant {
    async fn open(app: &App, name: &str) -> Self {
        let store = &app.store;
        let scope = store
            .create_workspace(name.into(), name.into())
            .await
            .expect("a workspace");
        for attribute in ["person.industry", "person.interest"] {
            store
                .declare_attribute(&scope, attribute.into(), engine::value::ValueType::Text)
                .await
                .expect("declared");
        }
        let rights = vec![Right::Read, Right::Write, Right::Publish];
        let token = store
            .create_token(&scope, "tests".into(), rights)
            .await
            .expect("a token");
        let secret = store
            .create_login_secret(&scope, &app.keys)
            .await
            .expect("a secret");
        let mut tenant = Self {
            name: name.into(),
            scope,
            token,
            secret,
            edition: empty_edition(),
            id: EditionId::default(),
        };
        tenant.publish(store, DIALOGUE).await;
        tenant
    }

    /// Publishes a document and takes its edition as this tenant's.
    pub async fn publish(&mut self, store: &Store, document: &str) -> EditionId {
        let document: Document = serde_json::from_str(document).expect("a document");
        let name = document.name().to_owned();
        store.import(&self.scope, document).await.expect("imported");
        let published = store
            .publish(&self.scope, vec![name])
            .await
            .expect("published");
        self.id = published[0].1;
        let compiled = store
            .compiled(&self.scope, self.id)
            .await
            .expect("compiled");
        self.edition = compiled.editions.first().expect("an edition").clone();
        self.id
    }

    pub fn card(&self, name: &str) -> CardId {
        let at = self
            .edition
            .cards
            .iter()
            .position(|card| card.id == name)
            .expect("a card");
        CardId(u16::try_from(at).expect("small"))
    }

    /// The number of the token that shows an attribute of the person.
    pub fn token_of(&self, name: &str) -> u16 {
        let at = self
            .edition
            .tokens
            .iter()
            .position(|token| token.subject == Subject::Person && token.name == name);
        u16::try_from(at.expect("a token")).expect("small")
    }

    /// A signed token of the customer's own log-in.
    pub fn login(&self, email: &str, now: Timestamp) -> String {
        let seconds = now.0 / 1_000;
        let claims = serde_json::json!({
            "workspace": self.name, "email": email, "iat": seconds, "exp": seconds + 3_600 });
        let payload = usher_server::secrets::base64url(claims.to_string().as_bytes());
        let signature =
            usher_server::secrets::mac_plain(self.secret.as_bytes(), payload.as_bytes());
        format!("{payload}.{}", usher_server::secrets::base64url(&signature))
    }
}

fn empty_edition() -> Edition {
    Edition {
        rules: 0,
        dialogue: engine::ids::DialogueId(0),
        name: String::new(),
        language: String::new(),
        back: false,
        restart: false,
        opening: CardId(0),
        entries: Vec::new(),
        cards: Vec::new(),
        attributes: Vec::new(),
        tokens: Vec::new(),
        atoms: 0,
        anonymous: Vec::new(),
    }
}

/// A client for plain HTTP.
pub fn http() -> reqwest::Client {
    // Whoever comes first installs it; the server does the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// What came back.
pub struct Reply<T> {
    pub status: u16,
    pub body: Option<T>,
    pub bytes: Vec<u8>,
    pub cookie: Option<String>,
}

impl House {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::open_in(folder, |_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self::open_in(folder, change).await
    }

    async fn open_in(folder: TempDir, change: impl FnOnce(&mut Config)) -> Self {
        let http = http();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let clock = Clock::default();
        let mut config = Config::new(folder.path(), address, &format!("http://{address}"));
        config.rate_limits = false;
        config.database = database::fresh();
        change(&mut config);
        let app = App::open(config, clock.clone()).expect("an app");
        let acme = Tenant::open(&app, "acme").await;
        let zenith = Tenant::open(&app, "zenith").await;
        let (stop, stopped) = oneshot::channel::<()>();
        let served = app.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            usher_server::serve(listener, served, stopped)
                .await
                .expect("served");
        });
        Self {
            folder,
            store: app.store.clone(),
            app,
            clock,
            address,
            http,
            acme,
            zenith,
            stop: Some(stop),
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What a command says that is typed about acme beside the server.
    pub fn usher(&self, words: &[&str]) -> String {
        let config = &self.app.config;
        let output = Command::new(env!("CARGO_BIN_EXE_usher"))
            .arg("--data")
            .arg(&config.data)
            .envs(config.database.iter().map(|url| ("DATABASE_URL", url)))
            .args(["--workspace", "acme"])
            .args(words)
            .output()
            .expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {told}");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// One message of the wire.
    pub async fn post<T: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        message: &T,
        cookie: Option<&str>,
    ) -> Reply<A> {
        self.post_bytes(path, encode(message), cookie).await
    }

    pub async fn post_bytes<A: DeserializeOwned>(
        &self,
        path: &str,
        body: Vec<u8>,
        cookie: Option<&str>,
    ) -> Reply<A> {
        let mut request = self
            .http
            .post(self.url(path))
            .header("content-type", "application/octet-stream")
            .body(body);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let cookie = answer
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        let bytes = answer.bytes().await.expect("bytes").to_vec();
        Reply {
            status,
            body: decode(&bytes).ok(),
            bytes,
            cookie,
        }
    }

    pub async fn send(&self, batch: &Batch) -> Reply<InputsAnswer> {
        self.post("/v1/inputs", batch, None).await
    }

    /// Sends a batch that is expected to be answered as kept.
    pub async fn keep(&self, batch: &Batch) -> Kept {
        let reply = self.send(batch).await;
        match (reply.status, reply.body) {
            (200, Some(InputsAnswer::Kept(kept))) => kept,
            (status, body) => panic!("{status} {body:?}"),
        }
    }

    /// A call of the API, with its status.
    pub async fn api(
        &self,
        tenant: &Tenant,
        method: &str,
        path: &str,
        body: Option<Json>,
    ) -> (u16, Json) {
        let method = method.parse().expect("a method");
        let mut request = self
            .http
            .request(method, self.url(path))
            .bearer_auth(&tenant.token);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("text");
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    pub async fn get(&self, tenant: &Tenant, path: &str) -> Json {
        let (status, json) = self.api(tenant, "GET", path, None).await;
        assert_eq!(status, 200, "{path}: {json}");
        json
    }

    /// The reasons in the list of refusals, in the order in which each came first.
    pub async fn refused(&self, tenant: &Tenant) -> Vec<String> {
        let page = self.get(tenant, "/api/v1/refused").await;
        let items = page["items"].as_array().expect("items").clone();
        items
            .iter()
            .map(|item| item["reason"].as_str().expect("a reason").to_owned())
            .collect()
    }

    /// The counts of D1: triggered, engaged, completed, acquired, goals.
    pub async fn counts(&self, tenant: &Tenant) -> [i64; 5] {
        let report = self.get(tenant, "/api/v1/report").await;
        let counts = &report["dialogues"][0];
        let number = |json: &Json| json.as_i64().unwrap_or(0);
        [
            number(&counts["triggered"]),
            number(&counts["engaged"]),
            number(&counts["completed"]),
            number(&counts["acquired"]),
            number(&counts["proven_goals"]["Address given"]),
        ]
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// A visitor's browser with one conversation.
#[derive(Clone)]
pub struct Browser {
    pub workspace: String,
    pub edition: Edition,
    pub token: Option<Opaque>,
    pub id: ConversationId,
    pub key: ConversationKey,
    pub begin: Begin,
    pub state: Conversation,
    pub entries: Vec<Entry>,
}

impl Browser {
    /// A new browser on the page, with D1's opening card drawn.
    pub fn arrive(house: &House, tenant: &Tenant) -> Self {
        Self::arrive_with(house, tenant, None, None)
    }

    pub fn arrive_with(
        house: &House,
        tenant: &Tenant,
        token: Option<Opaque>,
        snapshot: Option<SignedSnapshot>,
    ) -> Self {
        let begin = Begin {
            dialogue: tenant.edition.dialogue,
            edition: tenant.id,
            language: tenant.edition.language.clone(),
            run: 1,
            seed: 7,
            exposed: Vec::new(),
            page: Page {
                url: PAGE.into(),
                ..Page::default()
            },
            snapshot,
            at: house.clock.now(),
            card: None,
            surface: engine::wire::Surface::Corner,
            source: String::new(),
        };
        let (state, _) = Conversation::begin(&tenant.edition, tenant.id, &begin).expect("begun");
        Self {
            workspace: tenant.name.clone(),
            edition: tenant.edition.clone(),
            token,
            id: ConversationId(usher_server::secrets::random()),
            key: ConversationKey(usher_server::secrets::random()),
            begin,
            state,
            entries: Vec::new(),
        }
    }

    pub fn hear(&mut self, house: &House, input: Input) {
        self.hear_at(input, house.clock.now());
    }

    pub fn hear_at(&mut self, input: Input, at: Timestamp) {
        self.state
            .handle(&self.edition, &input, at)
            .expect("it fits");
        self.note(input, at);
    }

    /// Notes a line without asking the engine, as a forger would.
    pub fn note(&mut self, input: Input, at: Timestamp) {
        let seq = u32::try_from(self.entries.len() + 1).expect("small");
        self.entries.push(Entry {
            seq,
            at,
            input,
            digest: self.state.digest(),
        });
    }

    /// Opens, wants something else, gives an address: the goal is reached.
    pub fn go_through(&mut self, house: &House, tenant: &Tenant, email: &str) {
        self.hear(house, Input::Opened);
        self.hear(
            house,
            Input::Answered(tenant.card("hello"), Answer::Choice(2)),
        );
        self.hear(
            house,
            Input::Answered(tenant.card("topic"), Answer::Choice(0)),
        );
        self.hear(
            house,
            Input::Answered(tenant.card("more"), Answer::Typed(email.into())),
        );
    }

    pub fn sender(&self) -> Sender {
        Sender {
            workspace: self.workspace.clone(),
            visitor: self.token,
            gpc: false,
        }
    }

    /// Everything, as if nothing were acknowledged.
    pub fn batch(&self) -> Batch {
        Batch {
            sender: self.sender(),
            conversation: self.id,
            key: self.key,
            begin: Some(self.begin.clone()),
            entries: self.entries.clone(),
            fault: None,
        }
    }
}

/// Asks who the browser is.
pub async fn identify(
    house: &House,
    tenant: &Tenant,
    token: Option<Opaque>,
    login: Option<String>,
    link: Option<String>,
) -> (Identified, Snapshot) {
    let question = Identify {
        sender: Sender {
            workspace: tenant.name.clone(),
            visitor: token,
            gpc: false,
        },
        editions: vec![tenant.id],
        login,
        link,
    };
    let reply: Reply<Identified> = house.post("/v1/identity", &question, None).await;
    assert_eq!(reply.status, 200);
    let identified = reply.body.expect("identified");
    let snapshot = decode(&identified.snapshot.bytes).expect("a snapshot");
    (identified, snapshot)
}

/// Far enough ahead to be no honest clock.
pub const FAR: i64 = 10 * MINUTE;
