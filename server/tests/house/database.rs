//! Where a test's rows are: in a file, or, where `USHER_TEST_POSTGRES` names a server, in a schema of their own there.
#![allow(dead_code)]

use postgres::{Client, NoTls, SimpleQueryMessage};
use std::collections::BTreeMap;
use std::path::Path;

/// A database nobody else uses, as the configuration names it; nothing where tests run on files.
///
/// # Panics
/// When the server does not answer.
pub fn fresh() -> Option<String> {
    let server = std::env::var("USHER_TEST_POSTGRES").ok()?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).expect("random bytes");
    let name = format!("usher_{:016x}", u64::from_ne_bytes(random));
    ask(&server, &format!("CREATE SCHEMA {name}"));
    Some(format!("{server}?options=-c%20search_path%3D{name}"))
}

/// What a query finds, as text, on the server or in the file of a data folder.
///
/// # Panics
/// When it cannot be asked.
pub fn rows(server: Option<&str>, folder: &Path, sql: &str) -> Vec<Vec<String>> {
    if let Some(server) = server {
        return ask(server, sql);
    }
    let db = rusqlite::Connection::open(folder.join("usher.db")).expect("the database");
    let mut found = db.prepare(sql).expect("a query");
    let columns = found.column_count();
    let found = found.query_map([], |row| {
        let cell = |n| {
            Ok(match row.get::<_, rusqlite::types::Value>(n)? {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(n) => n.to_string(),
                other => format!("{other:?}"),
            })
        };
        (0..columns).map(cell).collect()
    });
    found
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect()
}

/// Whether a text is anywhere in the tables of a server.
///
/// # Panics
/// When it cannot be asked.
pub fn holds(server: &str, text: &str) -> bool {
    let tables =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()";
    ask(server, tables).iter().any(|table| {
        let [table] = table.as_slice() else {
            return false;
        };
        let sql = format!("SELECT 1 FROM {table} AS t WHERE t::text LIKE '%{text}%' LIMIT 1");
        !ask(server, &sql).is_empty()
    })
}

/// The client has an executor of its own, which cannot run inside a test's.
fn ask(server: &str, sql: &str) -> Vec<Vec<String>> {
    std::thread::scope(|threads| {
        let asked = threads.spawn(|| {
            let mut client = Client::connect(server, NoTls).expect("PostgreSQL");
            let messages = client.simple_query(sql).expect("an answer").into_iter();
            let rows = messages.filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(
                    (0..row.len())
                        .map(|n| row.get(n).unwrap_or_default().to_owned())
                        .collect(),
                ),
                _ => None,
            });
            rows.collect()
        });
        asked.join().expect("an answer")
    })
}

/// Changes rows behind the program's back.
///
/// # Panics
/// When it cannot be done.
pub fn alter(server: Option<&str>, folder: &Path, sql: &str) {
    match server {
        Some(server) => {
            ask(server, sql);
        }
        None => {
            let db = rusqlite::Connection::open(folder.join("usher.db")).expect("the database");
            db.execute_batch(sql).expect("altered");
        }
    }
}

/// Every row of every table, by the table's name; rows in no order of their own are sorted.
///
/// # Panics
/// When they cannot be read.
pub fn dump(server: Option<&str>, folder: &Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let tables = match server {
        Some(_) => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        }
        None => "SELECT name FROM sqlite_master WHERE type = 'table'",
    };
    let tables = rows(server, folder, tables).into_iter().flatten();
    tables
        .map(|table| {
            let mut rows = rows(server, folder, &format!("SELECT * FROM {table}"));
            rows.sort();
            (table, rows)
        })
        .collect()
}
