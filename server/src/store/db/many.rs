//! One statement for many rows of parameters, as PostgreSQL runs it in one go: each parameter is a column of a table that
//! `unnest` makes of one array a column.

use super::{Bound, Sort};
use std::fmt::Write as _;

/// The table of parameters in a statement, under the name `many`.
pub(super) fn table(sorts: &[Sort], numbered: bool) -> String {
    let arrays: Vec<String> = (1..)
        .zip(sorts)
        .map(|(n, sort)| match sort {
            Sort::Integer => format!("${n}::bigint[]"),
            Sort::Text => format!("${n}::text[]"),
            Sort::Blob => format!("${n}::bytea[]"),
        })
        .collect();
    let mut names: Vec<String> = (1..=sorts.len()).map(|n| format!("p{n}")).collect();
    let mut ordinality = "";
    if numbered {
        names.push("n".into());
        ordinality = " WITH ORDINALITY";
    }
    format!(
        "unnest({}){ordinality} AS many ({})",
        arrays.join(", "),
        names.join(", ")
    )
}

/// Parameters as columns of that table.
fn columns(sql: &str) -> String {
    sql.replace('?', "many.p")
}

/// An `INSERT ... VALUES (...)` or an `UPDATE ... WHERE ...` for many rows; nothing for any other statement.
pub(super) fn changing(sql: &str, sorts: &[Sort]) -> Option<String> {
    if let Some((head, rest)) = sql.split_once("VALUES (") {
        let (values, tail) = rest.split_once(')')?;
        let (values, table) = (columns(values), table(sorts, false));
        return Some(format!("{head}SELECT {values} FROM {table}{tail}"));
    }
    let (head, condition) = sql.split_once("WHERE ")?;
    let (head, condition, table) = (columns(head), columns(condition), table(sorts, false));
    Some(format!("{head}FROM {table} WHERE {condition}"))
}

/// A query for at most one row, asked for many keys: the number of its key, counted from 1, follows its columns.
pub(super) fn asking(sql: &str, sorts: &[Sort]) -> String {
    let mut text = String::new();
    let (table, sql) = (table(sorts, true), columns(sql));
    let _ = write!(
        text,
        "SELECT found.*, many.n FROM {table} CROSS JOIN LATERAL ({sql}) AS found"
    );
    text
}

/// The types of parameters, by the first row: a parameter has the same type in all of them.
pub(super) fn sorts(rows: &[Vec<Bound<'_>>]) -> Vec<Sort> {
    let first = rows.first().map_or(&[][..], Vec::as_slice);
    first.iter().map(|bound| bound.sort).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SORTS: [Sort; 2] = [Sort::Text, Sort::Integer];

    #[test]
    fn a_statement_for_one_row_becomes_one_for_many() {
        assert_eq!(
            changing(
                "INSERT INTO t (a, b, c) VALUES (?1, 0, ?2) ON CONFLICT DO NOTHING",
                &SORTS
            )
            .unwrap(),
            "INSERT INTO t (a, b, c) SELECT many.p1, 0, many.p2 FROM unnest($1::text[], $2::bigint[]) AS many (p1, p2) \
             ON CONFLICT DO NOTHING"
        );
        assert_eq!(
            changing("UPDATE t SET b = ?2 WHERE a = ?1", &SORTS).unwrap(),
            "UPDATE t SET b = many.p2 FROM unnest($1::text[], $2::bigint[]) AS many (p1, p2) WHERE a = many.p1"
        );
        assert_eq!(changing("DELETE FROM t", &SORTS), None);
        assert_eq!(
            asking("SELECT a FROM t WHERE a = ?1 AND b = ?2 FOR UPDATE", &SORTS),
            "SELECT found.*, many.n FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS many (p1, p2, n) \
             CROSS JOIN LATERAL (SELECT a FROM t WHERE a = many.p1 AND b = many.p2 FOR UPDATE) AS found"
        );
    }
}
