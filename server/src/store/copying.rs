//! Every row of one database into another, whichever they are: in the order of keys and in pieces, so that an
//! interrupted copy goes on where it was, and compared row by row at the end.

use super::db::{Bound, Column, Connection, Owned, Sort};
use super::{Result, StoreError, migrate};
use engine::ids::Timestamp;
use sha2::{Digest, Sha256};
use std::ops::ControlFlow;

/// How many rows are copied in one transaction.
const PIECE: usize = 500;
/// The most bytes of one transaction, beyond which it takes fewer rows.
const PIECE_BYTES: usize = 8 << 20;

statements! {
    ARRIVING = "SELECT count(*) FROM arriving";
    ARRIVE = "INSERT INTO arriving (id, since) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING";
    ARRIVED = "DELETE FROM arriving WHERE id = 1";
    WORKSPACES = "SELECT count(*) FROM workspaces";
}

/// How far a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress<'a> {
    /// Which table.
    pub table: &'a str,
    /// Whether its rows are compared, after all were copied.
    pub comparing: bool,
    /// Rows done of all tables.
    pub done: u64,
    /// Rows of all tables.
    pub all: u64,
}

struct Table {
    name: String,
    columns: Vec<Column>,
    key: Vec<usize>,
}

impl Table {
    /// The columns of its key.
    fn keys(&self) -> Vec<&str> {
        let columns = self.key.iter().filter_map(|place| self.columns.get(*place));
        columns.map(|column| column.name.as_str()).collect()
    }

    /// A query for whole rows in the order of keys.
    fn rows(&self, which: &str) -> String {
        let columns: Vec<&str> = self
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        let (columns, keys) = (columns.join(", "), self.keys().join(", "));
        format!(
            "SELECT {columns} FROM {} WHERE {which} ORDER BY {keys}",
            self.name
        )
    }
}

/// Whether a database may be used: not while its rows are arriving from another.
///
/// # Errors
/// While they are.
pub(super) fn is_whole(db: &Connection) -> Result<()> {
    if is_arriving(db)? {
        return Err(StoreError::Conflict(
            "rows are arriving in this database: let `usher move` come to its end".into(),
        ));
    }
    Ok(())
}

fn is_arriving(db: &Connection) -> Result<bool> {
    let rows: i64 = db.query_row(ARRIVING, (), |row| row.get(0))?;
    Ok(rows > 0)
}

/// Copies every row into a database that is up to date and empty, or where an earlier copy was interrupted.
///
/// # Errors
/// When the target holds workspaces of its own, one of them fails, whoever is told wants to stop, or they are not
/// equal afterwards.
pub(super) fn copy(
    from: &Connection,
    into: &Connection,
    now: Timestamp,
    tell: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<()> {
    let workspaces: i64 = into.query_row(WORKSPACES, (), |row| row.get(0))?;
    if workspaces > 0 && !is_arriving(into)? {
        return Err(StoreError::Conflict(
            "there are workspaces in that database already".into(),
        ));
    }
    into.execute(ARRIVE, [now.0])?;
    let tables = tables()?;
    let mut all = 0;
    for table in &tables {
        all += count(from, table)?;
    }
    let mut done = 0;
    for table in &tables {
        let mut told = |rows: u64| {
            done += rows;
            go_on(tell(Progress {
                table: &table.name,
                comparing: false,
                done,
                all,
            }))
        };
        copy_table(from, into, table, &mut told)?;
    }
    done = 0;
    for table in &tables {
        go_on(tell(Progress {
            table: &table.name,
            comparing: true,
            done,
            all,
        }))?;
        if fingerprint(from, table)? != fingerprint(into, table)? {
            return Err(StoreError::Damaged("copy"));
        }
        done += count(from, table)?;
    }
    into.execute(ARRIVED, ())?;
    Ok(())
}

fn go_on(wish: ControlFlow<()>) -> Result<()> {
    match wish {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(StoreError::Stopped),
    }
}

fn copy_table(
    from: &Connection,
    into: &Connection,
    table: &Table,
    told: &mut dyn FnMut(u64) -> Result<()>,
) -> Result<()> {
    let mut after = last(into, table)?;
    if after.is_some() {
        told(count(into, table)?)?;
    }
    loop {
        let mut rows: Vec<Vec<Owned>> = Vec::new();
        let mut bytes = 0;
        from.scan(
            &piece_of(table, after.is_some()),
            &bounds(after.as_deref()),
            &mut |row| {
                let cells = row.cells(table.columns.len())?;
                bytes += cells.iter().map(Owned::len).sum::<usize>();
                rows.push(cells);
                Ok(bytes < PIECE_BYTES)
            },
        )?;
        let Some(newest) = rows.last() else {
            return Ok(());
        };
        after = Some(
            table
                .key
                .iter()
                .filter_map(|place| newest.get(*place).cloned())
                .collect(),
        );
        into.execute_batch("BEGIN")?;
        let kept = into.insert(&table.name, &table.columns, &rows);
        into.execute_batch(if kept.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        kept?;
        told(u64::try_from(rows.len()).unwrap_or(u64::MAX))?;
    }
}

/// The key of the last row that has been copied.
fn last(db: &Connection, table: &Table) -> Result<Option<Vec<Owned>>> {
    let keys = table.keys();
    let backwards = keys.join(" DESC, ");
    let sql = format!(
        "SELECT {} FROM {} ORDER BY {backwards} DESC LIMIT 1",
        keys.join(", "),
        table.name
    );
    let mut last = None;
    db.scan(&sql, &[], &mut |row| {
        last = Some(row.cells(keys.len())?);
        Ok(false)
    })?;
    Ok(last)
}

/// The next rows behind a key, in the order of keys.
fn piece_of(table: &Table, is_behind: bool) -> String {
    let behind = if is_behind {
        let places: Vec<String> = (1..=table.key.len()).map(|n| format!("?{n}")).collect();
        format!("({}) > ({})", table.keys().join(", "), places.join(", "))
    } else {
        "1 = 1".into()
    };
    format!("{} LIMIT {PIECE}", table.rows(&behind))
}

fn bounds(key: Option<&[Owned]>) -> Vec<Bound<'_>> {
    key.unwrap_or_default().iter().map(Owned::bound).collect()
}

fn count(db: &Connection, table: &Table) -> Result<u64> {
    let mut rows = 0;
    db.scan(
        &format!("SELECT count(*) FROM {}", table.name),
        &[],
        &mut |row| {
            rows = row.get::<i64>(0)?;
            Ok(false)
        },
    )?;
    Ok(u64::try_from(rows).unwrap_or(0))
}

/// A hash over all rows in the order of keys.
fn fingerprint(db: &Connection, table: &Table) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    db.scan(&table.rows("1 = 1"), &[], &mut |row| {
        for cell in row.cells(table.columns.len())? {
            cell.write(&mut |bytes| hash.update(bytes));
        }
        Ok(true)
    })?;
    Ok(hash.finalize().into())
}

/// All tables with rows worth keeping, workspaces first, as the migrations make them.
fn tables() -> Result<Vec<Table>> {
    let db = Connection::from(rusqlite::Connection::open_in_memory()?);
    migrate::run(&db, Timestamp(0))?;
    let mut tables = Vec::new();
    let all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        AND name NOT IN ('migrations', 'arriving') ORDER BY rowid";
    for name in db.query_map(all, (), |row| row.get::<String>(0))? {
        let name = name?;
        let (mut columns, mut key) = (Vec::new(), Vec::new());
        let described = "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid";
        db.for_each(described, [&name], |row| {
            let sort = match row.get::<String>(1)?.as_str() {
                "INTEGER" => Sort::Integer,
                "BLOB" => Sort::Blob,
                _ => Sort::Text,
            };
            let place: i64 = row.get(2)?;
            if place > 0 {
                key.push((place, columns.len()));
            }
            columns.push(Column {
                name: row.get(0)?,
                sort,
            });
            Ok(())
        })?;
        key.sort_unstable();
        let key = key.into_iter().map(|(_, column)| column).collect();
        tables.push(Table { name, columns, key });
    }
    Ok(tables)
}
