//! What the server is measured beside: programs that do less, each in a process of its own.

use crate::Failure;
use crate::servers::told;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use engine::compiled::{decode, encode};
use engine::ids::Timestamp;
use engine::wire::{Batch, InputsAnswer, Kept};
use fastrand::Rng;
use rusqlite::Connection;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// How many connections the peer on PostgreSQL writes over.
const CONNECTIONS: usize = 16;
/// A table of lines, in the columns that Usher has for them.
const TABLE: &str = "CREATE TABLE IF NOT EXISTS single_rows (workspace TEXT NOT NULL, conversation TEXT NOT NULL, seq BIGINT NOT NULL,
    at BIGINT NOT NULL, entry BYTEA NOT NULL, sent_hash BYTEA NOT NULL, digest BIGINT NOT NULL,
    received_at BIGINT NOT NULL, PRIMARY KEY (workspace, conversation, seq))";
const INSERT: &str =
    "INSERT INTO single_rows (workspace, conversation, seq, at, entry, sent_hash, digest, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

/// `GET /` says hello, `POST /` reads a batch and answers as if it were kept. Keeps nothing.
///
/// # Errors
/// When it cannot listen.
pub async fn bare(listen: SocketAddr) -> Result<(), Failure> {
    let router = Router::new().route("/", get(async || "hello").post(read_only));
    serve(listen, router).await
}

async fn read_only(body: Bytes) -> Result<Vec<u8>, StatusCode> {
    let batch: Batch = decode(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    Ok(kept(&batch))
}

fn kept(batch: &Batch) -> Vec<u8> {
    let last = batch.entries.last();
    encode(&InputsAnswer::Kept(Kept {
        through: last.map_or(0, |last| last.seq),
        digest: last.map_or(0, |last| last.digest),
        visitor: None,
        now: Timestamp(0),
    }))
}

/// One line and whom to tell that it is committed.
type Row = (String, engine::wire::Entry, oneshot::Sender<()>);

/// `POST /` commits each line of a batch by itself in PostgreSQL, over a few connections.
///
/// # Errors
/// When PostgreSQL cannot be reached.
pub async fn single_rows(listen: SocketAddr, database: String) -> Result<(), Failure> {
    let (entrance, work) = mpsc::channel::<Row>(4_096);
    let work = std::sync::Arc::new(std::sync::Mutex::new(work));
    let place = database.clone();
    let made = std::thread::spawn(move || {
        let mut db = postgres::Client::connect(&place, postgres::NoTls)?;
        db.batch_execute(TABLE)
    });
    let made = made.join().map_err(|_| "the peer fell")?;
    made.map_err(|fault| fault.to_string())?;
    for _ in 0..CONNECTIONS {
        let (database, work) = (database.clone(), std::sync::Arc::clone(&work));
        std::thread::spawn(move || -> Result<(), postgres::Error> {
            let mut db = postgres::Client::connect(&database, postgres::NoTls)?;
            let insert = db.prepare(INSERT)?;
            loop {
                let next = work.lock().map(|mut work| work.blocking_recv());
                let Ok(Some((conversation, entry, told))) = next else {
                    return Ok(());
                };
                let bytes = encode(&entry);
                let hash: &[u8] = &[0; 32];
                let digest = i64::from_ne_bytes(entry.digest.to_ne_bytes());
                db.execute(
                    &insert,
                    &[
                        &"bench",
                        &conversation,
                        &i64::from(entry.seq),
                        &entry.at.0,
                        &bytes,
                        &hash,
                        &digest,
                        &0_i64,
                    ],
                )?;
                let _ = told.send(());
            }
        });
    }
    let router = Router::new()
        .route("/", post(commit_each))
        .with_state(entrance);
    serve(listen, router).await
}

async fn commit_each(
    State(entrance): State<mpsc::Sender<Row>>,
    body: Bytes,
) -> Result<Vec<u8>, StatusCode> {
    let batch: Batch = decode(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let mut told = Vec::new();
    for entry in batch.entries.clone() {
        let (tell, heard) = oneshot::channel();
        let row = (batch.conversation.to_string(), entry, tell);
        let sent = entrance.send(row).await;
        sent.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        told.push(heard);
    }
    for heard in told {
        heard.await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    }
    Ok(kept(&batch))
}

async fn serve(listen: SocketAddr, router: Router) -> Result<(), Failure> {
    let listener = TcpListener::bind(listen).await.map_err(told(listen))?;
    axum::serve(listener, router).await.map_err(told(listen))
}

/// Rows in a second that SQLite takes from one thread, so many a commit, each commit synced; nothing else is done. A row is
/// 300 bytes under a key of its own, by which it would be known again.
///
/// # Errors
/// When the file cannot be used.
pub fn raw_rows(
    folder: &Path,
    a_commit: usize,
    time: Duration,
    dice: &mut Rng,
) -> Result<f64, Failure> {
    let fault = |fault: rusqlite::Error| fault.to_string();
    let path = folder.join("raw.db");
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    let db = Connection::open(&path).map_err(fault)?;
    db.pragma_update(None, "journal_mode", "WAL")
        .map_err(fault)?;
    db.pragma_update(None, "synchronous", "FULL")
        .map_err(fault)?;
    let table = "CREATE TABLE events (id TEXT PRIMARY KEY, body BLOB NOT NULL)";
    db.execute_batch(table).map_err(fault)?;
    let insert = "INSERT INTO events (id, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut insert = db.prepare(insert).map_err(fault)?;
    let begun = Instant::now();
    let mut kept = 0;
    while begun.elapsed() < time {
        db.execute_batch("BEGIN IMMEDIATE").map_err(fault)?;
        for _ in 0..a_commit {
            let id = format!("{:032x}", dice.u128(..));
            insert.execute((id, [7_u8; 300])).map_err(fault)?;
        }
        db.execute_batch("COMMIT").map_err(fault)?;
        kept += a_commit;
    }
    Ok(kept as f64 / begun.elapsed().as_secs_f64())
}
