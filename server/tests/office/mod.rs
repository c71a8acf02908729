//! A server with agents and a dialogue that books, and visitors who talk to it over HTTP.
#![allow(dead_code)]

#[path = "../house/database.rs"]
pub mod database;
pub mod server;

use engine::authored::Document;
use engine::compiled::{Edition, decode, encode};
use engine::conversation::Conversation;
use engine::ids::{
    CardId, ConversationId, ConversationKey, DAY, EditionId, HOUR, MINUTE, Timestamp,
};
use engine::wire::{
    Answer, AskSlots, Batch, Begin, Book, Booked, Entry, Input, InputsAnswer, Page, Sender, Slots,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use usher_server::clock::Clock;
use usher_server::meetings::{Length, Terms, Zone};
use usher_server::outbox::Delivery;
use usher_server::store::{Agent, Meeting, Scope, Store};
use usher_server::{App, Config};

/// A Monday, 00:00 UTC; the office's clock stands on the day before.
pub const MONDAY: Timestamp = Timestamp(1_799_020_800_000);

/// Asks for an address, books, reaches a goal.
pub const DIALOGUE: &str = r#"{
  "kind": "dialogue",
  "name": "Talk to us",
  "audience": { "targets": ["*/*"] },
  "stream": { "cards": [
    { "id": "hello", "card": "question", "text": "Shall we talk?",
      "answers": [ { "label": "Yes, let us", "then": "name" } ] },
    { "id": "name", "card": "capture", "text": "What is your name?", "attribute": "person.firstName",
      "given": "address" },
    { "id": "address", "card": "capture", "text": "Where can we write to you?", "attribute": "person.email",
      "given": "meeting" },
    { "id": "meeting", "card": "meeting", "text": "When?", "booked": "thanks" },
    { "id": "thanks", "card": "message", "text": "Until then.", "then": "met" },
    { "id": "met", "card": "goal", "goal": "Booked a talk", "score": 2,
      "confirmation": {
        "subject": "You are in, {{lead.firstName:\"friend\"}}",
        "body": "Good to have you.\n\n[Read more](https://acme.example/more)",
        "event": { "title": "The talk", "place": "Hall 2", "start": "2027-03-05T10:00Z", "minutes": 45 }
      } }
  ] }
}"#;

/// What every visitor says when asked for a name.
pub const NAME: &str = "Buy pills at evil.example";

/// A running server.
pub struct Office {
    pub folder: TempDir,
    pub store: Store,
    pub scope: Scope,
    pub clock: Clock,
    pub app: App,
    pub address: SocketAddr,
    pub edition: Edition,
    pub edition_id: EditionId,
    pub http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
}

/// How an office is set up beside its agents.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    pub smtp: Option<String>,
    pub outgoing_allowed: Vec<String>,
    /// Runs by the machine's clock instead of standing before `MONDAY`.
    pub machine_clock: bool,
}

pub fn length(minutes: u16) -> Length {
    Length::lasting(minutes).expect("a length")
}

/// An agent who works from nine to five, UTC, in half hours.
pub fn agent(name: &str) -> Agent {
    Agent {
        name: name.into(),
        email: format!("{}@acme.example", name.to_lowercase()),
        picture: String::new(),
        terms: Terms {
            zone: Zone::utc(),
            hours: "mon-fri 09:00-17:00".parse().expect("hours"),
            step: None,
            before: Length::NONE,
            after: Length::NONE,
            notice_minutes: 0,
            horizon_days: 60,
            daily_limit: None,
        },
        length: length(30),
        active: true,
    }
}

/// Agents A1 to An.
pub fn agents(count: usize) -> Vec<Agent> {
    (1..=count).map(|n| agent(&format!("A{n}"))).collect()
}

/// The n-th half hour of the Monday's working day.
pub fn slot(n: i64) -> Timestamp {
    MONDAY.plus(9 * HOUR + n * 30 * MINUTE)
}

impl Office {
    /// Opens with a dialogue that books.
    pub async fn open(agents: Vec<Agent>, setting: Setting) -> Self {
        // Whoever comes first installs it; the server does the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let clock = Clock::default();
        if !setting.machine_clock {
            clock.advance(MONDAY.plus(-DAY).since(clock.now()));
        }
        let mut config = Config::new(folder.path(), address, &format!("http://{address}"));
        config.rate_limits = false;
        config.database = database::fresh();
        config.smtp = setting.smtp;
        config.outgoing_allowed = setting.outgoing_allowed;
        config.mail_from = "Acme <hello@acme.example>".into();
        let app = App::open(config, clock.clone()).expect("an app");
        let store = app.store.clone();
        let scope = store
            .create_workspace("acme".into(), "Acme".into())
            .await
            .expect("a workspace");
        for agent in agents {
            store.put_agent(&scope, agent).await.expect("an agent");
        }
        let document: Document = serde_json::from_str(DIALOGUE).expect("a document");
        store.import(&scope, document).await.expect("imported");
        let published = store
            .publish(&scope, vec!["Talk to us".into()])
            .await
            .expect("published");
        let edition_id = published[0].1;
        let compiled = store.compiled(&scope, edition_id).await.expect("compiled");
        let (stop, stopped) = oneshot::channel();
        let served = app.clone();
        tokio::spawn(async move {
            let stopped = async {
                let _ = stopped.await;
            };
            usher_server::serve(listener, served, stopped)
                .await
                .expect("served");
        });
        let http = reqwest::Client::builder()
            .pool_max_idle_per_host(64)
            .build()
            .expect("a client");
        let edition = compiled.editions.first().expect("an edition").clone();
        Self {
            folder,
            store,
            scope,
            clock,
            app,
            address,
            edition,
            edition_id,
            http,
            stop: Some(stop),
        }
    }

    /// What delivers, to be driven by hand beside the running one.
    pub fn delivery(&self) -> Delivery {
        usher_server::delivery(&self.app).expect("a delivery")
    }

    /// A visitor who has said yes and typed an address, and now sees the meeting card.
    pub fn visitor(&self, n: u64) -> Visitor {
        self.visitor_at(n, &format!("guest{n}@visitor.example"))
    }

    /// The same with an address of one's own.
    pub fn visitor_at(&self, n: u64, email: &str) -> Visitor {
        let now = self.clock.now();
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        id[15] = 7;
        let begin = Begin {
            dialogue: self.edition.dialogue,
            edition: self.edition_id,
            language: self.edition.language.clone(),
            run: 1,
            seed: n,
            exposed: Vec::new(),
            page: Page {
                url: "https://acme.example/".into(),
                ..Page::default()
            },
            snapshot: None,
            at: now,
            card: None,
            surface: engine::wire::Surface::Corner,
            source: String::new(),
        };
        let (state, _) =
            Conversation::begin(&self.edition, self.edition_id, &begin).expect("a conversation");
        let mut visitor = Visitor {
            id: ConversationId(id),
            begin,
            state,
            entries: Vec::new(),
            sequence: 0,
        };
        visitor.hear(&self.edition, Input::Opened, now);
        let card = |name: &str| self.card(name);
        visitor.hear(
            &self.edition,
            Input::Answered(card("hello"), Answer::Choice(0)),
            now,
        );
        let name = Answer::Typed(NAME.into());
        visitor.hear(&self.edition, Input::Answered(card("name"), name), now);
        visitor.hear(
            &self.edition,
            Input::Answered(card("address"), Answer::Typed(email.into())),
            now,
        );
        visitor
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

    pub async fn post<T: Serialize, A: DeserializeOwned>(
        &self,
        path: &str,
        message: &T,
    ) -> (u16, Option<A>) {
        let body = encode(message);
        let answer = loop {
            let asked = self.http.post(format!("http://{}{path}", self.address));
            let asked = asked.header("content-type", "application/octet-stream");
            match asked.body(body.clone()).send().await {
                Ok(answer) => break answer,
                // Many at once: not every connection comes about at the first try.
                Err(fault) if fault.is_connect() => tokio::task::yield_now().await,
                Err(fault) => panic!("{fault:?}"),
            }
        };
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.expect("bytes");
        (status, decode(&bytes).ok())
    }

    pub async fn slots(&self, visitor: &Visitor) -> Slots {
        let asked = AskSlots {
            batch: visitor.batch(),
            card: self.card("meeting"),
            from: Timestamp(0),
        };
        let (status, slots) = self.post("/v1/slots", &asked).await;
        assert_eq!(status, 200);
        slots.expect("slots")
    }

    /// The wish for a slot, with the conversation in front.
    pub fn wish(&self, visitor: &Visitor, start: Timestamp) -> Book {
        Book {
            batch: visitor.batch(),
            card: self.card("meeting"),
            start,
            minutes: 30,
            idempotency: visitor.id.0,
            zone: "Europe/Stockholm".into(),
            email: None,
        }
    }

    /// Books as the widget does: a server that is busy is asked again with the same wish.
    pub async fn book(&self, visitor: &Visitor, start: Timestamp) -> (u16, Option<Booked>) {
        let wish = self.wish(visitor, start);
        loop {
            let (status, booked) = self.post("/v1/book", &wish).await;
            if status != 503 {
                return (status, booked);
            }
        }
    }

    pub async fn meetings(&self) -> Vec<Meeting> {
        self.store
            .meetings(&self.scope, 0, 100_000)
            .await
            .expect("meetings")
    }

    pub async fn page(&self, path: &str) -> (u16, String) {
        let answer = self
            .http
            .get(format!("http://{}{path}", self.address))
            .send()
            .await
            .expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }

    pub async fn form(&self, path: &str, body: &str) -> (u16, String) {
        let answer = self.http.post(format!("http://{}{path}", self.address));
        let answer = answer
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned());
        let answer = answer.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        drop(self.stop.take());
    }
}

/// A conversation as a browser holds it.
pub struct Visitor {
    pub id: ConversationId,
    pub begin: Begin,
    pub state: Conversation,
    pub entries: Vec<Entry>,
    sequence: u32,
}

impl Visitor {
    pub fn hear(&mut self, edition: &Edition, input: Input, at: Timestamp) {
        self.state.handle(edition, &input, at).expect("it fits");
        self.sequence += 1;
        self.entries.push(Entry {
            seq: self.sequence,
            at,
            input,
            digest: self.state.digest(),
        });
    }

    /// Everything, as if nothing were acknowledged.
    pub fn batch(&self) -> Batch {
        Batch {
            sender: Sender {
                workspace: "acme".into(),
                visitor: None,
                gpc: false,
            },
            conversation: self.id,
            key: ConversationKey(self.id.0),
            begin: Some(self.begin.clone()),
            entries: self.entries.clone(),
            fault: None,
        }
    }
}

/// The booking inside what the server wrote into the log.
pub fn booking_of(entry: &Entry) -> engine::wire::Booking {
    match &entry.input {
        Input::SlotBooked(_, signed) => decode(&signed.bytes).expect("a booking"),
        other => panic!("{other:?}"),
    }
}

/// What was kept of the lines in front.
pub fn is_kept(inputs: &InputsAnswer) -> bool {
    matches!(inputs, InputsAnswer::Kept(_))
}

/// All at once.
pub async fn at_once<T: Send + 'static>(
    futures: Vec<impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("it ran"));
    }
    answers
}
