//! WebDriver BiDi over one web socket: commands that are answered, and what documents write into the log.

use crate::chromium::{Complaint, Voice};
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
const PATIENCE: Duration = Duration::from_secs(40);

type Answer = Result<Value, String>;

/// The way to a browser. Cheap to clone.
#[derive(Clone)]
pub struct Connection(Arc<Shared>);

struct Shared {
    writer: Mutex<WebSocket<TcpStream>>,
    next: AtomicU64,
    waiting: Mutex<HashMap<u64, Sender<Answer>>>,
    contexts: Mutex<Contexts>,
}

/// Documents, by the ids the browser gives their places.
#[derive(Default)]
struct Contexts {
    /// Frames, and what holds them.
    parents: HashMap<String, String>,
    /// What tabs and frames complained about, by tab.
    complaints: HashMap<String, Vec<Complaint>>,
}

impl Contexts {
    fn tab_of(&self, context: &str) -> String {
        let mut context = context;
        while let Some(parent) = self.parents.get(context) {
            context = parent;
        }
        context.to_owned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connection {
    /// Connects to the port of a browser, and begins a session that takes any certificate.
    ///
    /// # Errors
    /// When nothing answers there.
    pub(super) fn open(port: u16) -> Result<Self, String> {
        let stream = TcpStream::connect(("127.0.0.1", port)).map_err(|fault| fault.to_string())?;
        let address = format!("ws://127.0.0.1:{port}/session");
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
            contexts: Mutex::default(),
        }));
        let reading = connection.clone();
        std::thread::spawn(move || reading.read(socket));
        connection.call(
            "session.new",
            json!({ "capabilities": { "alwaysMatch": { "acceptInsecureCerts": true } } }),
        )?;
        connection.call(
            "session.subscribe",
            json!({ "events": ["log.entryAdded", "browsingContext.contextCreated"] }),
        )?;
        Ok(connection)
    }

    /// Calls a command and waits for its answer.
    ///
    /// # Errors
    /// What the browser says, or that it does not answer.
    pub fn call(&self, method: &str, params: Value) -> Answer {
        let (told, answer) = channel();
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.0.waiting).insert(id, told);
        let message = json!({ "id": id, "method": method, "params": params });
        lock(&self.0.writer)
            .send(Message::text(message.to_string()))
            .map_err(|fault| fault.to_string())?;
        match answer.recv_timeout(PATIENCE) {
            Ok(answer) => answer.map_err(|fault| format!("{method}: {fault}")),
            Err(_) => Err(format!("{method}: the browser does not answer")),
        }
    }

    /// What a tab and its frames complained about since it was last taken.
    pub(super) fn take_complaints(&self, tab: &str) -> Vec<Complaint> {
        lock(&self.0.contexts)
            .complaints
            .remove(tab)
            .unwrap_or_default()
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
                if let Some(waiting) = lock(&self.0.waiting).remove(&id) {
                    let fault = message["message"].as_str().map(str::to_owned);
                    let _ = waiting.send(match message["type"].as_str() {
                        Some("success") => Ok(message["result"].take()),
                        _ => Err(fault.unwrap_or_else(|| "?".into())),
                    });
                }
            } else {
                self.hear(&message);
            }
        }
        // Nobody answers any more.
        lock(&self.0.waiting).clear();
    }

    fn hear(&self, message: &Value) {
        let params = &message["params"];
        let mut contexts = lock(&self.0.contexts);
        match message["method"].as_str() {
            Some("browsingContext.contextCreated") => {
                if let (Some(context), Some(parent)) =
                    (params["context"].as_str(), params["parent"].as_str())
                {
                    contexts.parents.insert(context.into(), parent.into());
                }
            }
            Some("log.entryAdded") => {
                let context = params["source"]["context"].as_str().unwrap_or_default();
                let tab = contexts.tab_of(context);
                if let Some(complaint) = complaint(params) {
                    contexts.complaints.entry(tab).or_default().push(complaint);
                }
            }
            _ => {}
        }
    }
}

fn complaint(entry: &Value) -> Option<Complaint> {
    let text = entry["text"].as_str().unwrap_or("?");
    let (voice, words) = match (entry["type"].as_str(), entry["level"].as_str()) {
        (Some("console"), _) => {
            let method = entry["method"].as_str().unwrap_or("?");
            (Voice::Script, format!("console.{method}: {text}"))
        }
        (Some("javascript"), Some("error")) if is_thrown(text) => {
            (Voice::Uncaught, text.to_owned())
        }
        (_, Some("error" | "warn")) => (Voice::Browser, text.to_owned()),
        _ => return None,
    };
    Some(Complaint {
        words,
        is_network: false,
        voice,
    })
}

/// Whether a line of the log is of something that was thrown: what the browser itself has to say comes the same way.
fn is_thrown(text: &str) -> bool {
    text.starts_with("uncaught exception")
        || text
            .split_once(':')
            .is_some_and(|(name, _)| !name.contains(' ') && name.contains("Error"))
}
