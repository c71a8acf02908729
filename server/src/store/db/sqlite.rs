//! Statements on SQLite.

use super::{Bound, Cell, Column, Fault, Owned, Read, Row};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.cell {
            Cell::Null => ValueRef::Null,
            Cell::Integer(n) => ValueRef::Integer(n),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// One writer needs no locks.
pub(in crate::store) fn spoken(sql: &str) -> &str {
    sql.strip_suffix(" FOR UPDATE").unwrap_or(sql)
}

pub(super) fn execute(db: &Connection, sql: &str, bounds: &[Bound<'_>]) -> Read<usize> {
    let mut statement = db.prepare_cached(spoken(sql))?;
    Ok(statement.execute(params_from_iter(bounds))?)
}

pub(super) fn execute_each(db: &Connection, sql: &str, rows: &[Vec<Bound<'_>>]) -> Read<usize> {
    let mut statement = db.prepare_cached(spoken(sql))?;
    let mut changed = 0;
    for row in rows {
        changed += statement.execute(params_from_iter(row))?;
    }
    Ok(changed)
}

pub(super) fn query_each(
    db: &Connection,
    sql: &str,
    keys: &[Vec<Bound<'_>>],
    take: &mut dyn FnMut(usize, &Row<'_>) -> Read<()>,
) -> Read<()> {
    let mut statement = db.prepare_cached(spoken(sql))?;
    for (n, key) in keys.iter().enumerate() {
        let mut rows = statement.query(params_from_iter(key))?;
        if let Some(row) = rows.next()? {
            take(n, &Row::Sqlite(row))?;
        }
    }
    Ok(())
}

/// Hands over rows until `take` has enough.
pub(super) fn each(
    db: &Connection,
    sql: &str,
    bounds: &[Bound<'_>],
    take: &mut dyn FnMut(&Row<'_>) -> bool,
) -> Read<()> {
    let mut statement = db.prepare_cached(spoken(sql))?;
    let mut rows = statement.query(params_from_iter(bounds))?;
    while let Some(row) = rows.next()? {
        if !take(&Row::Sqlite(row)) {
            break;
        }
    }
    Ok(())
}

/// As `each`, for a text that is used once.
pub(super) fn scan(
    db: &Connection,
    sql: &str,
    bounds: &[Bound<'_>],
    take: &mut dyn FnMut(&Row<'_>) -> Read<bool>,
) -> Read<()> {
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query(params_from_iter(bounds))?;
    while let Some(row) = rows.next()? {
        if !take(&Row::Sqlite(row))? {
            break;
        }
    }
    Ok(())
}

pub(super) fn insert(
    db: &Connection,
    table: &str,
    columns: &[Column],
    rows: &[Vec<Owned>],
) -> Read<()> {
    let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    let mut statement = db.prepare_cached(&format!(
        "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
        names.join(", "),
        places.join(", ")
    ))?;
    for row in rows {
        statement.execute(params_from_iter(row.iter().map(Owned::bound)))?;
    }
    Ok(())
}

pub(super) fn cell<'r>(row: &'r rusqlite::Row<'_>, place: usize) -> Read<Cell<'r>> {
    Ok(match row.get_ref(place)? {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(n) => Cell::Integer(n),
        ValueRef::Text(text) => {
            Cell::Text(std::str::from_utf8(text).map_err(|_| Fault::Cell(place))?)
        }
        ValueRef::Blob(bytes) => Cell::Blob(bytes),
        ValueRef::Real(_) => return Err(Fault::Cell(place)),
    })
}
