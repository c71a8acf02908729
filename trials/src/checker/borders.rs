//! I9 and I11: no row speaks of another workspace, and whoever was forgotten is nowhere.

use super::{Cell, Check};
use crate::Failure;
use crate::world::WORKSPACES;
use std::collections::BTreeSet;

/// Columns that name a row of another table, in the same workspace.
const REFERENCES: [(&str, &str, &str, &str); 22] = [
    ("entries", "conversation", "conversations", "id"),
    ("conversations", "edition", "editions", "edition"),
    ("conversations", "visitor", "visitors", "id"),
    ("conversations", "person", "people", "id"),
    ("activities", "conversation", "conversations", "id"),
    ("activities", "visitor", "visitors", "id"),
    ("activities", "person", "people", "id"),
    ("goals", "conversation", "conversations", "id"),
    ("goals", "visitor", "visitors", "id"),
    ("goals", "person", "people", "id"),
    ("counters", "conversation", "conversations", "id"),
    ("counters", "visitor", "visitors", "id"),
    ("exposures", "conversation", "conversations", "id"),
    ("visitors", "person", "people", "id"),
    ("people", "acquired_conversation", "conversations", "id"),
    ("meetings", "agent", "agents", "id"),
    ("meetings", "pool", "pools", "id"),
    ("meetings", "person", "people", "id"),
    ("seats", "agent", "agents", "id"),
    ("seats", "pool", "pools", "id"),
    ("claims", "meeting", "meetings", "id"),
    ("booking_keys", "conversation", "conversations", "id"),
];

pub fn check(check: &mut Check) -> Result<(), Failure> {
    references(check)?;
    for table in check.db.tables()? {
        addresses(check, &table)?;
    }
    let forgotten = check.known.forgotten.len();
    check.verdict.counted("forgotten", forgotten);
    Ok(())
}

fn references(check: &mut Check) -> Result<(), Failure> {
    for (table, column, other, key) in REFERENCES {
        let sql = format!(
            "SELECT count(*) FROM {table} AS one WHERE one.{column} IS NOT NULL AND NOT EXISTS
                (SELECT 1 FROM {other} AS other WHERE other.workspace = one.workspace AND other.{key} = one.{column})"
        );
        let mut lost = 0;
        check.db.each(&sql, |mut row| lost = row.integer())?;
        if lost > 0 {
            let what = format!(
                "{lost} rows of {table} name in {column} what is not among their workspace's {other}"
            );
            check.verdict.violated("I9", what);
        }
    }
    Ok(())
}

/// Every address in a table belongs to the workspace of its row, and to nobody who was forgotten.
fn addresses(check: &mut Check, table: &str) -> Result<(), Failure> {
    let columns = check.db.columns(table)?;
    let Some(place) = columns.iter().position(|column| column == "workspace") else {
        return Ok(());
    };
    let names = check.names.clone();
    let forgotten = &check.known.forgotten;
    let mut found = BTreeSet::new();
    check.db.each(&format!("SELECT * FROM {table}"), |row| {
        let cells = row.rest();
        let Some(Cell::Text(id)) = cells.get(place) else {
            return;
        };
        let Some(workspace) = names.get(id) else {
            found.insert(("I9", format!("a row of {table} is of no workspace")));
            return;
        };
        for cell in &cells {
            let bytes = match cell {
                Cell::Text(text) => text.as_bytes(),
                Cell::Blob(bytes) => bytes,
                Cell::Null | Cell::Integer(_) => continue,
            };
            each_address(bytes, &mut |name, of| {
                if of != workspace {
                    found.insert((
                        "I9",
                        format!("a row of {table} in {workspace} holds {name}@{of}.example"),
                    ));
                }
                let address = format!("{name}@{of}.example");
                if forgotten.contains(&(workspace.clone(), address.clone())) {
                    found.insert(("I11", format!("{address} was forgotten, and is in {table}")));
                }
            });
        }
    })?;
    for (invariant, what) in found {
        check.verdict.violated(invariant, what);
    }
    Ok(())
}

/// Hands over every address of the trial's workspaces that stands in some bytes: what is before the `@`, and whose it is.
fn each_address(bytes: &[u8], take: &mut dyn FnMut(&str, &str)) {
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@') {
        let behind = &bytes[at + 1..];
        let of = WORKSPACES.into_iter().find(|name| {
            behind
                .strip_prefix(name.as_bytes())
                .is_some_and(|rest| rest.starts_with(b".example"))
        });
        let Some(of) = of else { continue };
        let before = &bytes[..at];
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric();
        let length = before.iter().rev().take_while(is_part).count();
        // A length byte of the encoding may look like a letter; visitors' names are all of one length.
        let name = &before[at - length.min(17)..];
        take(std::str::from_utf8(name).unwrap_or_default(), of);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_text_and_between_other_bytes() {
        let mut found = Vec::new();
        let bytes = b"\x00\x22v0123456789abcdef@acme.example\x01, ada@bolt.example; x@else.example";
        each_address(bytes, &mut |name, of| found.push(format!("{name} of {of}")));
        assert_eq!(found, ["v0123456789abcdef of acme", "ada of bolt"]);
    }
}
