//! One way to speak to either database.
//!
//! SQL is written once, in what SQLite and PostgreSQL share, with parameters `?1`, `?2`. A query that ends with
//! `FOR UPDATE` holds its rows until the transaction ends; SQLite, which has one writer, is asked without it.

mod cell;
mod many;
pub(super) mod postgres;
pub(super) mod sqlite;

use ::postgres::error::SqlState;
pub(crate) use cell::{
    Bound, Cell, Column, FromCell, Kept, Owned, Parameters, Sort, bound, params, row,
};
use std::cell::RefCell;
use std::collections::BTreeSet;

/// What a database gives back.
pub(crate) type Read<T> = std::result::Result<T, Fault>;

/// Why a database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A query for one row found none.
    #[error("there is no such row")]
    NoRow,
    /// A column holds what this program does not expect there.
    #[error("column {0} of a row holds something else")]
    Cell(usize),
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL failed, or could not be reached. Its details quote rows, which are no matter for a log.
    #[error("{}", without_detail(.0))]
    Postgres(::postgres::Error),
}

impl From<::postgres::Error> for Fault {
    fn from(fault: ::postgres::Error) -> Self {
        Fault::Postgres(fault)
    }
}

fn without_detail(fault: &::postgres::Error) -> String {
    match (fault.as_db_error(), std::error::Error::source(fault)) {
        (Some(told), _) => format!(
            "{}: {} ({})",
            told.severity(),
            told.message(),
            told.code().code()
        ),
        (None, Some(cause)) => format!("{fault}: {cause}"),
        (None, None) => fault.to_string(),
    }
}

impl Fault {
    /// Whether a unique key stood in the way.
    pub(crate) fn is_duplicate(&self) -> bool {
        match self {
            Fault::Sqlite(rusqlite::Error::SqliteFailure(fault, _)) => {
                fault.code == rusqlite::ErrorCode::ConstraintViolation
            }
            Fault::Postgres(fault) => fault.code() == Some(&SqlState::UNIQUE_VIOLATION),
            _ => false,
        }
    }

    /// Whether the database cannot do its work at present: its disk is full or fails, it is starting or stopping, or it cannot
    /// be reached. The same work can succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure,
        };
        match self {
            Fault::Sqlite(rusqlite::Error::SqliteFailure(fault, _)) => matches!(
                fault.code,
                CannotOpen | DatabaseBusy | DatabaseLocked | DiskFull | SystemIoFailure
            ),
            Fault::Postgres(fault) => fault
                .code()
                .map_or(fault.is_closed(), |state| is_passing_state(state.code())),
            _ => false,
        }
    }

    /// Whether another transaction was first, so that the same work can succeed in a new one. A unique key
    /// tells of a rival, too: what was looked for and not found is there now.
    pub(crate) fn was_overtaken(&self) -> bool {
        let Fault::Postgres(fault) = self else {
            return false;
        };
        fault.code().is_some_and(|code| {
            [
                SqlState::UNIQUE_VIOLATION,
                SqlState::T_R_SERIALIZATION_FAILURE,
                SqlState::T_R_DEADLOCK_DETECTED,
                SqlState::LOCK_NOT_AVAILABLE,
            ]
            .contains(code)
        })
    }
}

/// Connections (08), resources such as the disk (53), an operator's or a crash's stop (57P) and the system (58).
fn is_passing_state(code: &str) -> bool {
    ["08", "53", "57P", "58"]
        .iter()
        .any(|class| code.starts_with(class))
}

/// A connection to either database. A statement is parsed once.
pub(crate) struct Connection {
    backend: Backend,
    touched: RefCell<BTreeSet<String>>,
}

enum Backend {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Session>),
}

impl From<rusqlite::Connection> for Connection {
    fn from(db: rusqlite::Connection) -> Self {
        Self {
            backend: Backend::Sqlite(db),
            touched: RefCell::default(),
        }
    }
}

impl From<postgres::Session> for Connection {
    fn from(session: postgres::Session) -> Self {
        Self {
            backend: Backend::Postgres(Box::new(session)),
            touched: RefCell::default(),
        }
    }
}

impl Connection {
    /// Runs a statement that gives back no rows; says how many rows it changed.
    pub fn execute(&self, sql: &'static str, parameters: impl Parameters) -> Read<usize> {
        match &self.backend {
            Backend::Sqlite(db) => sqlite::execute(db, sql, &parameters.bounds()),
            Backend::Postgres(session) => session.execute(sql, &parameters.bounds()),
        }
    }

    /// Reads the first row.
    pub fn query_row<T>(
        &self,
        sql: &'static str,
        parameters: impl Parameters,
        read: impl FnOnce(&Row<'_>) -> Read<T>,
    ) -> Read<T> {
        let mut read = Some(read);
        let mut first = None;
        self.each(sql, &parameters.bounds(), &mut |row| {
            first = read.take().map(|read| read(row));
            false
        })?;
        first.unwrap_or(Err(Fault::NoRow))
    }

    /// Reads every row.
    pub fn query_map<T>(
        &self,
        sql: &'static str,
        parameters: impl Parameters,
        mut read: impl FnMut(&Row<'_>) -> Read<T>,
    ) -> Read<std::vec::IntoIter<Read<T>>> {
        let mut all = Vec::new();
        self.each(sql, &parameters.bounds(), &mut |row| {
            all.push(read(row));
            true
        })?;
        Ok(all.into_iter())
    }

    /// Hands every row over.
    pub fn for_each(
        &self,
        sql: &'static str,
        parameters: impl Parameters,
        mut take: impl FnMut(&Row<'_>) -> Read<()>,
    ) -> Read<()> {
        let mut taken = Ok(());
        self.each(sql, &parameters.bounds(), &mut |row| {
            taken = take(row);
            taken.is_ok()
        })?;
        taken
    }

    /// Runs an `INSERT ... VALUES` or an `UPDATE ... WHERE` once for each of many rows of parameters; where the database is
    /// far away, in one go. Updates of one go must be about different rows. Says how many rows it changed.
    pub fn execute_each<P: Parameters>(&self, sql: &'static str, rows: &[P]) -> Read<usize> {
        let rows: Vec<Vec<Bound<'_>>> = rows.iter().map(Parameters::bounds).collect();
        match &self.backend {
            Backend::Sqlite(db) => sqlite::execute_each(db, sql, &rows),
            Backend::Postgres(session) => session.execute_each(sql, &rows),
        }
    }

    /// Asks a query that finds at most one row once for each of many keys; where the database is far away, in one go.
    /// Answers in the order of the keys, and holds rows in that order, too.
    pub fn query_each<P: Parameters, T>(
        &self,
        sql: &'static str,
        keys: &[P],
        mut read: impl FnMut(&Row<'_>) -> Read<T>,
    ) -> Read<Vec<Option<T>>> {
        let mut found: Vec<Option<T>> = keys.iter().map(|_| None).collect();
        let keys: Vec<Vec<Bound<'_>>> = keys.iter().map(Parameters::bounds).collect();
        let mut take = |n: usize, row: &Row<'_>| {
            let place = found.get_mut(n).ok_or(Fault::Cell(0))?;
            *place = Some(read(row)?);
            Ok(())
        };
        match &self.backend {
            Backend::Sqlite(db) => sqlite::query_each(db, sql, &keys, &mut take)?,
            Backend::Postgres(session) => session.query_each(sql, &keys, &mut take)?,
        }
        Ok(found)
    }

    /// Hands over rows of a query that was put together from names of the schema, until `take` has enough. A server
    /// sends them piece by piece.
    pub fn scan(
        &self,
        sql: &str,
        bounds: &[Bound<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Read<bool>,
    ) -> Read<()> {
        match &self.backend {
            Backend::Sqlite(db) => sqlite::scan(db, sql, bounds, take),
            Backend::Postgres(session) => session.scan(sql, bounds, take),
        }
    }

    /// Inserts rows that are not there yet, all in one statement where the database can.
    pub fn insert(&self, table: &str, columns: &[Column], rows: &[Vec<Owned>]) -> Read<()> {
        match &self.backend {
            Backend::Sqlite(db) => sqlite::insert(db, table, columns, rows),
            Backend::Postgres(session) => session.insert(table, columns, rows),
        }
    }

    /// Runs statements without parameters or results, such as a savepoint's.
    pub fn execute_batch(&self, sql: &str) -> Read<()> {
        match &self.backend {
            Backend::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Backend::Postgres(session) => session.execute_batch(sql),
        }
    }

    /// Notes that what is remembered of a workspace's people must be forgotten once this is committed.
    pub fn touch(&self, workspace: &str) {
        self.touched.borrow_mut().insert(workspace.into());
    }

    /// The workspaces that were noted since this was asked before.
    pub fn touched(&self) -> BTreeSet<String> {
        self.touched.take()
    }

    /// SQLite's own connection, for what only SQLite has.
    pub fn sqlite(&self) -> Option<&rusqlite::Connection> {
        match &self.backend {
            Backend::Sqlite(db) => Some(db),
            Backend::Postgres(_) => None,
        }
    }

    fn each(
        &self,
        sql: &'static str,
        bounds: &[Bound<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> bool,
    ) -> Read<()> {
        match &self.backend {
            Backend::Sqlite(db) => sqlite::each(db, sql, bounds, take),
            Backend::Postgres(session) => session.each(sql, bounds, take),
        }
    }
}

/// A row, read by place.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r ::postgres::Row),
}

impl Row<'_> {
    /// What stands in a column, counted from 0.
    pub fn get<T: FromCell>(&self, place: usize) -> Read<T> {
        cell::read(self.cell(place)?, place)
    }

    /// The first columns, to be kept.
    pub fn cells(&self, count: usize) -> Read<Vec<Owned>> {
        (0..count)
            .map(|place| self.cell(place).map(Owned::from))
            .collect()
    }

    /// The same, as the database gives it.
    pub fn cell(&self, place: usize) -> Read<Cell<'_>> {
        match self {
            Row::Sqlite(row) => sqlite::cell(row, place),
            Row::Postgres(row) => postgres::cell(row, place),
        }
    }
}

/// A query for one row, where there may be none.
pub(crate) trait Optional<T> {
    /// Nothing where no row was found.
    fn optional(self) -> Read<Option<T>>;
}

impl<T> Optional<T> for Read<T> {
    fn optional(self) -> Read<Option<T>> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(Fault::NoRow) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_stops_or_has_no_space_can_be_asked_again() {
        let passing = [
            SqlState::DISK_FULL,
            SqlState::CRASH_SHUTDOWN,
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::IO_ERROR,
        ];
        assert!(passing.iter().all(|state| is_passing_state(state.code())));
        for lasting in [SqlState::QUERY_CANCELED, SqlState::UNDEFINED_TABLE] {
            assert!(!is_passing_state(lasting.code()), "{lasting:?}");
        }
    }
}
