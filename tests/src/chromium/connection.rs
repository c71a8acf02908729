//! The DevTools protocol over one web socket: calls that are answered, and events.
//!
//! Frames on other sites run in processes of their own. Each is announced before it begins and held until
//! it has been prepared in the way its page asks for.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tungstenite::protocol::Role;
use tungstenite::{Message, WebSocket};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Answer = Result<Value, String>;
/// Commands that prepare whatever begins under a session.
pub(super) type Preparation = Vec<(&'static str, Value)>;

/// The way to a browser. Cheap to clone.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    writer: Mutex<WebSocket<TcpStream>>,
    next: AtomicU64,
    /// Whose answers are waited for, by session.
    waiting: Mutex<HashMap<u64, (String, Sender<Answer>)>>,
    sessions: Mutex<HashMap<String, State>>,
    targets: Mutex<Targets>,
}

/// What is known of a session.
#[derive(Default)]
struct State {
    parent: String,
    preparation: Preparation,
    events: Vec<(String, Value)>,
}

/// Pages that were not opened by a test, but by a page.
#[derive(Default)]
struct Targets {
    ours: Vec<String>,
    strangers: Vec<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nothing answers at the address.
    pub(super) fn open(address: &str) -> Result<Self, String> {
        let host = address
            .strip_prefix("ws://")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        let stream = TcpStream::connect(host).map_err(|fault| fault.to_string())?;
        let (socket, _) =
            tungstenite::client(address, stream).map_err(|fault| fault.to_string())?;
        let writer = socket
            .get_ref()
            .try_clone()
            .map_err(|fault| fault.to_string())?;
        let connection = Self(Arc::new(Shared {
            writer: Mutex::new(WebSocket::from_raw_socket(writer, Role::Client, None)),
            next: AtomicU64::new(1),
            waiting: Mutex::default(),
            sessions: Mutex::default(),
            targets: Mutex::default(),
        }));
        let reading = connection.clone();
        std::thread::spawn(move || reading.read(socket));
        connection
            .browser()
            .call("Target.setDiscoverTargets", json!({ "discover": true }))?;
        Ok(connection)
    }

    /// The browser itself.
    #[must_use]
    pub fn browser(&self) -> Session {
        self.session("")
    }

    pub(super) fn session(&self, id: &str) -> Session {
        Session {
            connection: self.clone(),
            id: id.to_owned(),
        }
    }

    /// Pages that a page has opened; they are forgotten here.
    pub(super) fn take_strangers(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0.targets).strangers)
    }

    pub(super) fn is_ours(&self, target: &str) {
        let mut targets = lock(&self.0.targets);
        targets.strangers.retain(|stranger| stranger != target);
        targets.ours.push(target.to_owned());
    }

    fn read(&self, mut socket: WebSocket<TcpStream>) {
        while let Ok(message) = socket.read() {
            let Message::Text(text) = message else {
                continue;
            };
            let Ok(mut message) = serde_json::from_str::<Value>(&text) else {
                continue;
            };
            if let Some(id) = message["id"].as_u64() {
                if let Some((_, waiting)) = lock(&self.0.waiting).remove(&id) {
                    let _ = waiting.send(match message.get("error") {
                        None => Ok(message["result"].take()),
                        Some(fault) => Err(fault["message"].as_str().unwrap_or("?").to_owned()),
                    });
                }
            } else {
                self.hear(message);
            }
        }
        // Nobody answers any more.
        lock(&self.0.waiting).clear();
    }

    fn hear(&self, mut message: Value) {
        let session = message["sessionId"].as_str().unwrap_or_default().to_owned();
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let params = message["params"].take();
        match method.as_str() {
            "Target.attachedToTarget" => self.attached(&session, &params),
            "Target.detachedFromTarget" => {
                let gone = params["sessionId"].as_str().unwrap_or_default();
                lock(&self.0.waiting).retain(|_, (session, _)| session != gone);
                let mut sessions = lock(&self.0.sessions);
                if let Some(gone) = sessions.remove(gone)
                    && let Some(page) = sessions.get_mut(&gone.parent)
                {
                    page.events.extend(gone.events);
                }
            }
            "Target.targetCreated" => {
                let info = &params["targetInfo"];
                let id = info["targetId"].as_str().unwrap_or_default().to_owned();
                let mut targets = lock(&self.0.targets);
                if info["type"] == "page"
                    && info["openerId"].is_string()
                    && !targets.ours.contains(&id)
                {
                    targets.strangers.push(id);
                }
            }
            _ => {
                if let Some(state) = lock(&self.0.sessions).get_mut(&session) {
                    state.events.push((method, params));
                }
            }
        }
    }

    fn attached(&self, parent: &str, params: &Value) {
        let id = params["sessionId"].as_str().unwrap_or_default();
        let preparation = {
            let mut sessions = lock(&self.0.sessions);
            let preparation = sessions
                .get(parent)
                .map(|state| state.preparation.clone())
                .unwrap_or_default();
            let state = sessions.entry(id.to_owned()).or_default();
            state.parent = parent.to_owned();
            state.preparation.clone_from(&preparation);
            preparation
        };
        if params["waitingForDebugger"] == true {
            let session = self.session(id);
            for (method, params) in preparation {
                session.tell(method, params);
            }
            session.tell("Runtime.runIfWaitingForDebugger", json!({}));
        }
    }

    fn write(&self, message: &Value) -> Result<(), String> {
        lock(&self.0.writer)
            .send(Message::text(message.to_string()))
            .map_err(|fault| fault.to_string())
    }
}

/// One target's own channel.
#[derive(Clone)]
pub struct Session {
    connection: Connection,
    id: String,
}

impl Session {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Calls a method and waits for its answer.
    ///
    /// # Errors
    /// What the browser says, or that it does not answer.
    pub fn call(&self, method: &str, params: Value) -> Answer {
        let (told, answer) = channel();
        let shared = &self.connection.0;
        let id = shared.next.fetch_add(1, Ordering::Relaxed);
        lock(&shared.waiting).insert(id, (self.id.clone(), told));
        self.connection.write(&self.message(id, method, params))?;
        match answer.recv_timeout(PATIENCE) {
            Ok(answer) => answer.map_err(|fault| format!("{method}: {fault}")),
            Err(_) => Err(format!("{method}: the browser does not answer")),
        }
    }

    /// Calls a method whose answer nobody waits for.
    pub(super) fn tell(&self, method: &str, params: Value) {
        let id = self.connection.0.next.fetch_add(1, Ordering::Relaxed);
        let _ = self.connection.write(&self.message(id, method, params));
    }

    fn message(&self, id: u64, method: &str, params: Value) -> Value {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.id.is_empty() {
            message["sessionId"] = json!(self.id);
        }
        message
    }

    /// What is done to this target, and to whatever begins under it from now on.
    pub(super) fn prepare(&self, preparation: Preparation) {
        let mut sessions = lock(&self.connection.0.sessions);
        sessions.entry(self.id.clone()).or_default().preparation = preparation;
    }

    /// Frames in processes of their own under this page.
    pub(super) fn children(&self) -> Vec<Session> {
        let sessions = lock(&self.connection.0.sessions);
        sessions
            .iter()
            .filter(|(_, state)| state.parent == self.id && !self.id.is_empty())
            .map(|(id, _)| self.connection.session(id))
            .collect()
    }

    /// Events since they were last taken.
    pub(super) fn take_events(&self) -> Vec<(String, Value)> {
        lock(&self.connection.0.sessions)
            .get_mut(&self.id)
            .map(|state| std::mem::take(&mut state.events))
            .unwrap_or_default()
    }

    /// The value of an expression, after its promise if it is one.
    ///
    /// # Errors
    /// What it throws.
    pub fn evaluate(&self, expression: &str) -> Answer {
        let mut result = self.call(
            "Runtime.evaluate",
            json!({
                "expression": expression,
                "awaitPromise": true,
                "returnByValue": true,
                "userGesture": true,
            }),
        )?;
        match result.get("exceptionDetails") {
            None => Ok(result["result"]["value"].take()),
            Some(thrown) => {
                let told = thrown["exception"]["description"].as_str();
                Err(told.or(thrown["text"].as_str()).unwrap_or("?").to_owned())
            }
        }
    }
}
