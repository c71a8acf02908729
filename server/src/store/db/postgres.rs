//! Statements on PostgreSQL.

use super::{Bound, Cell, Column, Fault, Owned, Read, Row, Sort, many};
use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::types::private::BytesMut;
use ::postgres::types::{IsNull, ToSql, Type};
use ::postgres::{Client, Statement};
use std::cell::RefCell;
use std::collections::HashMap;

/// A connection and what it has parsed.
pub(crate) struct Session {
    client: RefCell<Client>,
    parsed: RefCell<HashMap<(Form, &'static str), Statement>>,
}

/// For how many rows of parameters a statement was parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    One,
    Many,
}

impl From<Client> for Session {
    fn from(client: Client) -> Self {
        Self {
            client: RefCell::new(client),
            parsed: RefCell::default(),
        }
    }
}

impl Session {
    pub(super) fn execute(&self, sql: &'static str, bounds: &[Bound<'_>]) -> Read<usize> {
        let statement = self.statement(sql, bounds)?;
        let changed = self
            .client
            .borrow_mut()
            .execute(&statement, &parameters(bounds))?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    pub(super) fn execute_each(&self, sql: &'static str, rows: &[Vec<Bound<'_>>]) -> Read<usize> {
        if rows.is_empty() {
            return Ok(0);
        }
        let sorts = many::sorts(rows);
        let statement = self.parsed(Form::Many, sql, || {
            (
                many::changing(sql, &sorts).unwrap_or_else(|| sql.into()),
                sorts.iter().copied().map(array_of).collect(),
            )
        })?;
        let arrays = arrays(&sorts, rows);
        let arrays: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(AsRef::as_ref).collect();
        let changed = self.client.borrow_mut().execute(&statement, &arrays)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Hands over each row with the number of its key, counted from 0.
    pub(super) fn query_each(
        &self,
        sql: &'static str,
        keys: &[Vec<Bound<'_>>],
        take: &mut dyn FnMut(usize, &Row<'_>) -> Read<()>,
    ) -> Read<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let sorts = many::sorts(keys);
        let statement = self.parsed(Form::Many, sql, || {
            (
                many::asking(sql, &sorts),
                sorts.iter().copied().map(array_of).collect(),
            )
        })?;
        let arrays = arrays(&sorts, keys);
        let arrays: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(AsRef::as_ref).collect();
        let rows = self.client.borrow_mut().query(&statement, &arrays)?;
        for row in &rows {
            let last = row.len().saturating_sub(1);
            let n: i64 = row.try_get(last)?;
            let n = usize::try_from(n - 1).map_err(|_| Fault::Cell(last))?;
            take(n, &Row::Postgres(row))?;
        }
        Ok(())
    }

    /// Hands over rows until `take` has enough.
    pub(super) fn each(
        &self,
        sql: &'static str,
        bounds: &[Bound<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> bool,
    ) -> Read<()> {
        let statement = self.statement(sql, bounds)?;
        let rows = self
            .client
            .borrow_mut()
            .query(&statement, &parameters(bounds))?;
        for row in &rows {
            if !take(&Row::Postgres(row)) {
                break;
            }
        }
        Ok(())
    }

    /// As `each`, for a text that is used once. Rows come while they are taken.
    pub(super) fn scan(
        &self,
        sql: &str,
        bounds: &[Bound<'_>],
        take: &mut dyn FnMut(&Row<'_>) -> Read<bool>,
    ) -> Read<()> {
        let types: Vec<Type> = bounds.iter().map(|bound| type_of(bound.sort)).collect();
        let mut client = self.client.borrow_mut();
        let statement = client.prepare_typed(&spoken(sql), &types)?;
        let mut rows = client.query_raw(&statement, bounds)?;
        while let Some(row) = rows.next()? {
            if !take(&Row::Postgres(&row))? {
                break;
            }
        }
        Ok(())
    }

    /// Rows travel as one array a column.
    pub(super) fn insert(&self, table: &str, columns: &[Column], rows: &[Vec<Owned>]) -> Read<()> {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let sorts: Vec<Sort> = columns.iter().map(|column| column.sort).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) SELECT * FROM {} ON CONFLICT DO NOTHING",
            names.join(", "),
            many::table(&sorts, false)
        );
        let rows: Vec<Vec<Bound<'_>>> = rows
            .iter()
            .map(|row| row.iter().map(Owned::bound).collect())
            .collect();
        let values = arrays(&sorts, &rows);
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(AsRef::as_ref).collect();
        self.client.borrow_mut().execute(&sql, &values)?;
        Ok(())
    }

    pub(super) fn execute_batch(&self, sql: &str) -> Read<()> {
        Ok(self.client.borrow_mut().batch_execute(sql)?)
    }

    fn statement(&self, sql: &'static str, bounds: &[Bound<'_>]) -> Read<Statement> {
        self.parsed(Form::One, sql, || {
            (
                spoken(sql),
                bounds.iter().map(|bound| type_of(bound.sort)).collect(),
            )
        })
    }

    fn parsed(
        &self,
        form: Form,
        sql: &'static str,
        spoken: impl FnOnce() -> (String, Vec<Type>),
    ) -> Read<Statement> {
        if let Some(statement) = self.parsed.borrow().get(&(form, sql)) {
            return Ok(statement.clone());
        }
        let (text, types) = spoken();
        let statement = self.client.borrow_mut().prepare_typed(&text, &types)?;
        self.parsed
            .borrow_mut()
            .insert((form, sql), statement.clone());
        Ok(statement)
    }
}

/// Rows of parameters as one array a column.
fn arrays<'a>(sorts: &[Sort], rows: &'a [Vec<Bound<'a>>]) -> Vec<Box<dyn ToSql + Sync + 'a>> {
    let column = |(place, sort): (usize, &Sort)| array(*sort, place, rows);
    sorts.iter().enumerate().map(column).collect()
}

/// One column of all rows.
fn array<'a>(sort: Sort, place: usize, rows: &'a [Vec<Bound<'a>>]) -> Box<dyn ToSql + Sync + 'a> {
    let cells = rows
        .iter()
        .map(move |row| row.get(place).map(|bound| bound.cell));
    match sort {
        Sort::Integer => Box::new(
            cells
                .map(|cell| match cell {
                    Some(Cell::Integer(n)) => Some(n),
                    _ => None,
                })
                .collect::<Vec<Option<i64>>>(),
        ),
        Sort::Text => Box::new(
            cells
                .map(|cell| match cell {
                    Some(Cell::Text(text)) => Some(text),
                    _ => None,
                })
                .collect::<Vec<Option<&str>>>(),
        ),
        Sort::Blob => Box::new(
            cells
                .map(|cell| match cell {
                    Some(Cell::Blob(bytes)) => Some(bytes),
                    _ => None,
                })
                .collect::<Vec<Option<&[u8]>>>(),
        ),
    }
}

fn parameters<'a>(bounds: &'a [Bound<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    bounds
        .iter()
        .map(|bound| bound as &(dyn ToSql + Sync))
        .collect()
}

fn array_of(sort: Sort) -> Type {
    match sort {
        Sort::Integer => Type::INT8_ARRAY,
        Sort::Text => Type::TEXT_ARRAY,
        Sort::Blob => Type::BYTEA_ARRAY,
    }
}

fn type_of(sort: Sort) -> Type {
    match sort {
        Sort::Integer => Type::INT8,
        Sort::Text => Type::TEXT,
        Sort::Blob => Type::BYTEA,
    }
}

/// Parameters as PostgreSQL writes them.
pub(super) fn spoken(sql: &str) -> String {
    sql.replace('?', "$")
}

/// A migration in PostgreSQL's words: integers of 64 bits, bytes, and text in the order of its bytes.
pub(in crate::store) fn translated(migration: &str) -> String {
    migration
        .replace(" INTEGER", " BIGINT")
        .replace(" BLOB", " BYTEA")
        .replace(" TEXT", " TEXT COLLATE \"C\"")
}

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self.cell {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Integer(n) => n.to_sql(kind, out),
            Cell::Text(text) => text.to_sql(kind, out),
            Cell::Blob(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::TEXT | Type::BYTEA)
    }

    ::postgres::types::to_sql_checked!();
}

pub(super) fn cell(row: &::postgres::Row, place: usize) -> Read<Cell<'_>> {
    let column = row.columns().get(place).ok_or(Fault::Cell(place))?;
    let integer = |n: Option<i64>| n.map_or(Cell::Null, Cell::Integer);
    Ok(match *column.type_() {
        Type::INT8 => integer(row.try_get(place)?),
        Type::INT4 => integer(row.try_get::<_, Option<i32>>(place)?.map(i64::from)),
        Type::BOOL => integer(row.try_get::<_, Option<bool>>(place)?.map(i64::from)),
        Type::TEXT | Type::VARCHAR | Type::NAME => row
            .try_get::<_, Option<&str>>(place)?
            .map_or(Cell::Null, Cell::Text),
        Type::BYTEA => row
            .try_get::<_, Option<&[u8]>>(place)?
            .map_or(Cell::Null, Cell::Blob),
        _ => return Err(Fault::Cell(place)),
    })
}
