//! The database as it lies there, read by its own drivers and without a line of the server's.

use crate::Failure;
use postgres::types::Type;
use postgres::{Client, NoTls};
use rusqlite::types::ValueRef;
use std::path::Path;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Null,
    /// A number, a time in milliseconds, or 0 and 1.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A row, read from its first column on.
#[derive(Clone, Debug)]
pub struct Row(std::vec::IntoIter<Cell>);

impl Row {
    /// The next column, which is a number; 0 where it is something else.
    pub fn integer(&mut self) -> i64 {
        match self.0.next() {
            Some(Cell::Integer(n)) => n,
            _ => 0,
        }
    }

    /// The next column, which is a small number.
    pub fn small(&mut self) -> u32 {
        u32::try_from(self.integer()).unwrap_or(u32::MAX)
    }

    /// The next column, which is text; empty where it is something else.
    pub fn text(&mut self) -> String {
        self.maybe().unwrap_or_default()
    }

    /// The next column, which is text or nothing.
    pub fn maybe(&mut self) -> Option<String> {
        match self.0.next() {
            Some(Cell::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The next column, which is a number or nothing.
    pub fn maybe_small(&mut self) -> Option<u32> {
        match self.0.next() {
            Some(Cell::Integer(n)) => u32::try_from(n).ok(),
            _ => None,
        }
    }

    /// The next column, which is bytes; empty where it is something else.
    pub fn blob(&mut self) -> Vec<u8> {
        match self.0.next() {
            Some(Cell::Blob(bytes)) => bytes,
            _ => Vec::new(),
        }
    }

    /// All columns that are left.
    #[must_use]
    pub fn rest(self) -> Vec<Cell> {
        self.0.collect()
    }
}

/// A database, of one moment.
pub enum Database {
    /// A file.
    Sqlite(rusqlite::Connection),
    /// A server.
    Postgres(Box<Client>),
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Opens `postgres://...`, or the file in a data folder; whatever is read from it is of the same moment.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(place: &str) -> Result<Self, Failure> {
        let told = |fault: &dyn std::fmt::Display| format!("{place}: {fault}");
        if place.starts_with("postgres://") {
            let mut client = Client::connect(place, NoTls).map_err(|fault| told(&fault))?;
            let moment = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
            client.batch_execute(moment).map_err(|fault| told(&fault))?;
            return Ok(Database::Postgres(Box::new(client)));
        }
        let path = Path::new(place).join("usher.db");
        if !path.is_file() {
            return Err(format!("there is no {}", path.display()));
        }
        let file = rusqlite::Connection::open(&path).map_err(|fault| told(&fault))?;
        let moment =
            file.execute_batch("PRAGMA query_only = 1; PRAGMA busy_timeout = 20000; BEGIN");
        moment.map_err(|fault| told(&fault))?;
        Ok(Database::Sqlite(file))
    }

    /// Hands over every row of a query.
    ///
    /// # Errors
    /// When the database cannot answer it.
    pub fn each(&mut self, sql: &str, mut take: impl FnMut(Row)) -> Result<(), Failure> {
        match self {
            Database::Sqlite(file) => {
                from_file(file, sql, &mut take).map_err(|fault| format!("{sql}: {fault}"))
            }
            Database::Postgres(client) => {
                let rows = client
                    .query(sql, &[])
                    .map_err(|fault| format!("{sql}: {fault}"))?;
                for row in rows {
                    let cells: Vec<Cell> = (0..row.len())
                        .map(|place| from_server(&row, place))
                        .collect();
                    take(Row(cells.into_iter()));
                }
                Ok(())
            }
        }
    }

    /// The tables.
    ///
    /// # Errors
    /// When the database cannot say.
    pub fn tables(&mut self) -> Result<Vec<String>, Failure> {
        let sql = match self {
            Database::Sqlite(_) => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            }
            Database::Postgres(_) => {
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1"
            }
        };
        let mut tables = Vec::new();
        self.each(sql, |mut row| tables.push(row.text()))?;
        Ok(tables)
    }

    /// The columns of a table.
    ///
    /// # Errors
    /// When the database cannot say.
    pub fn columns(&mut self, table: &str) -> Result<Vec<String>, Failure> {
        let sql = match self {
            Database::Sqlite(_) => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
            Database::Postgres(_) => format!(
                "SELECT column_name::text FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
            ),
        };
        let mut columns = Vec::new();
        self.each(&sql, |mut row| columns.push(row.text()))?;
        Ok(columns)
    }

    /// What a file's own check finds broken in it. A server has none to be asked.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn broken(&mut self, thoroughly: bool) -> Result<Vec<String>, Failure> {
        let mut found = Vec::new();
        if matches!(self, Database::Sqlite(_)) {
            let check = if thoroughly {
                "PRAGMA integrity_check"
            } else {
                "PRAGMA quick_check"
            };
            self.each(check, |mut row| found.push(row.text()))?;
            found.retain(|line| line != "ok");
        }
        Ok(found)
    }
}

fn from_file(
    file: &rusqlite::Connection,
    sql: &str,
    take: &mut dyn FnMut(Row),
) -> rusqlite::Result<()> {
    let mut statement = file.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mut cells = Vec::with_capacity(columns);
        for place in 0..columns {
            cells.push(match row.get_ref(place)? {
                ValueRef::Null | ValueRef::Real(_) => Cell::Null,
                ValueRef::Integer(n) => Cell::Integer(n),
                ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Cell::Blob(bytes.to_vec()),
            });
        }
        take(Row(cells.into_iter()));
    }
    Ok(())
}

fn from_server(row: &postgres::Row, place: usize) -> Cell {
    let kind = row.columns()[place].type_();
    let cell = match *kind {
        Type::INT8 => row.get::<_, Option<i64>>(place).map(Cell::Integer),
        Type::INT4 => row
            .get::<_, Option<i32>>(place)
            .map(|n| Cell::Integer(n.into())),
        Type::BYTEA => row.get::<_, Option<Vec<u8>>>(place).map(Cell::Blob),
        _ => row.get::<_, Option<String>>(place).map(Cell::Text),
    };
    cell.unwrap_or(Cell::Null)
}
