//! Attribute values: how they lie in the database.

use super::audit::{Action, Changing, Note};
use super::db::{Connection, Optional};
use super::{Result, Scope, Store, StoreError, workspaces};
use engine::check::Catalogue;
use engine::ids::Timestamp;
use engine::value::{Value, ValueType};
use std::collections::BTreeMap;

statements! {
    SET = "INSERT INTO attribute_values (workspace, subject, owner, name, kind, value, changed_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (workspace, subject, owner, name)
        DO UPDATE SET kind = excluded.kind, value = excluded.value, changed_at = excluded.changed_at";
    FILL = "INSERT INTO attribute_values (workspace, subject, owner, name, kind, value, changed_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (workspace, subject, owner, name) DO NOTHING";
    CLEAR = "DELETE FROM attribute_values
        WHERE workspace = ?1 AND subject = ?2 AND owner = ?3 AND name = ?4";
    CLEAR_ALL = "DELETE FROM attribute_values WHERE workspace = ?1 AND subject = ?2 AND owner = ?3";
    OF_OWNER = "SELECT name, kind, value FROM attribute_values
        WHERE workspace = ?1 AND subject = ?2 AND owner = ?3";
    RAW = "SELECT name, kind, value, changed_at FROM attribute_values
        WHERE workspace = ?1 AND subject = ?2 AND owner = ?3";
    DECLARE = "INSERT INTO attributes (workspace, subject, name, kind) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (workspace, subject, name) DO UPDATE SET kind = excluded.kind";
    DECLARED = "SELECT subject, name, kind FROM attributes WHERE workspace = ?1";
    IN_USE = "SELECT kind FROM attribute_values
        WHERE workspace = ?1 AND subject = ?2 AND name = ?3 AND kind <> ?4 LIMIT 1";
}

/// Whose values: a row of `people`, of `companies`, or what a browser nobody knows said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A person's.
    Person,
    /// A company's.
    Company,
    /// A browser's, kept until a person is known.
    Visitor,
}

impl Owner {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Owner::Person => "person",
            Owner::Company => "company",
            Owner::Visitor => "visitor",
        }
    }
}

/// Values by attribute name.
pub type Values = BTreeMap<String, Value>;

/// The word for a type.
#[must_use]
pub fn kind_word(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Text => "text",
        ValueType::Number => "number",
        ValueType::Boolean => "boolean",
        ValueType::Date => "date",
        ValueType::DateTime => "date_time",
    }
}

/// Reads such a word.
#[must_use]
pub fn parse_kind(word: &str) -> Option<ValueType> {
    [
        ValueType::Text,
        ValueType::Number,
        ValueType::Boolean,
        ValueType::Date,
        ValueType::DateTime,
    ]
    .into_iter()
    .find(|kind| kind_word(*kind) == word)
}

fn to_text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) | Value::DateTime(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Date(day) => day.to_string(),
    }
}

fn from_text(kind: &str, text: String) -> Option<Value> {
    Some(match parse_kind(kind)? {
        ValueType::Text => Value::Text(text),
        ValueType::Number => Value::Number(text.parse().ok()?),
        ValueType::Boolean => Value::Boolean(text.parse().ok()?),
        ValueType::Date => Value::Date(text.parse().ok()?),
        ValueType::DateTime => Value::DateTime(text.parse().ok()?),
    })
}

/// Sets a value; an absent one clears it.
pub(super) fn set(
    db: &Connection,
    scope: &Scope,
    owner: (Owner, &str),
    name: &str,
    value: Option<&Value>,
    now: Timestamp,
) -> Result<()> {
    match value {
        Some(value) => db.execute(
            SET,
            (
                scope.workspace(),
                owner.0.word(),
                owner.1,
                name,
                kind_word(value.kind()),
                to_text(value),
                now.0,
            ),
        )?,
        None => db.execute(CLEAR, (scope.workspace(), owner.0.word(), owner.1, name))?,
    };
    Ok(())
}

/// Sets a value where there is none.
pub(super) fn fill(
    db: &Connection,
    scope: &Scope,
    owner: (Owner, &str),
    name: &str,
    value: &Value,
    now: Timestamp,
) -> Result<()> {
    db.execute(
        FILL,
        (
            scope.workspace(),
            owner.0.word(),
            owner.1,
            name,
            kind_word(value.kind()),
            to_text(value),
            now.0,
        ),
    )?;
    Ok(())
}

/// Removes all values of an owner.
pub(super) fn clear_all(db: &Connection, scope: &Scope, owner: (Owner, &str)) -> Result<()> {
    db.execute(CLEAR_ALL, (scope.workspace(), owner.0.word(), owner.1))?;
    Ok(())
}

/// All values of an owner. One that cannot be read is left out.
pub(super) fn of(db: &Connection, scope: &Scope, owner: (Owner, &str)) -> Result<Values> {
    let rows = db.query_map(
        OF_OWNER,
        (scope.workspace(), owner.0.word(), owner.1),
        |row| {
            Ok((
                row.get::<String>(0)?,
                row.get::<String>(1)?,
                row.get::<String>(2)?,
            ))
        },
    )?;
    let mut values = Values::new();
    for row in rows {
        let (name, kind, text) = row?;
        if let Some(value) = from_text(&kind, text) {
            values.insert(name, value);
        }
    }
    Ok(values)
}

impl Store {
    /// Declares an attribute's type, `person.NAME` or `company.NAME`.
    ///
    /// # Errors
    /// When values of another type are stored, or the name says no subject.
    pub async fn declare_attribute(
        &self,
        scope: &Scope,
        name: String,
        kind: ValueType,
    ) -> Result<()> {
        self.change(scope, Action::DeclareAttribute, move |db, scope| {
            db.note(Note::of(format!("attribute {name}")).after(kind_word(kind).into()));
            declare_named(db, scope, &name, kind)
        })
        .await
    }

    /// The type of every attribute, by `person.NAME` and `company.NAME`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn attributes(&self, scope: &Scope) -> Result<BTreeMap<String, ValueType>> {
        let scope = scope.clone();
        self.read(move |db| declared(db, &scope)).await
    }
}

/// A value as it lies in the database: kind, text, when it was set.
pub(super) type RawValue = (String, String, i64);

/// Values as they lie in the database, by name.
pub(super) fn rows(
    db: &Connection,
    scope: &Scope,
    (owner, id): (Owner, &str),
) -> Result<BTreeMap<String, RawValue>> {
    let rows = db.query_map(RAW, (scope.workspace(), owner.word(), id), |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?)))
    })?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

/// Puts a value back as it lay there, or takes it away.
pub(super) fn put_back(
    db: &Connection,
    scope: &Scope,
    (owner, id): (Owner, &str),
    name: &str,
    raw: Option<RawValue>,
) -> Result<()> {
    let workspace = scope.workspace();
    match raw {
        None => db.execute(CLEAR, (workspace, owner.word(), id, name))?,
        Some((kind, value, at)) => {
            db.execute(SET, (workspace, owner.word(), id, name, kind, value, at))?
        }
    };
    Ok(())
}

/// Declares an attribute's type, `person.NAME` or `company.NAME`.
pub(super) fn declare_named(
    db: &Changing<'_>,
    scope: &Scope,
    name: &str,
    kind: ValueType,
) -> Result<()> {
    let (owner, short) = match name.split_once('.') {
        Some(("person", short)) if !short.is_empty() => (Owner::Person, short),
        Some(("company", short)) if !short.is_empty() => (Owner::Company, short),
        _ => {
            return Err(StoreError::Conflict(format!(
                "an attribute is named person.NAME or company.NAME, not {name}"
            )));
        }
    };
    if let Some(other) = declare(db, scope, owner, short, kind)? {
        return Err(StoreError::Conflict(format!(
            "{name} cannot become {}: stored values are {}",
            kind_word(kind),
            kind_word(other)
        )));
    }
    workspaces::bump(db, scope)
}

/// Declares an attribute's type. Gives back the type of a stored value that stands in the way.
fn declare(
    db: &Connection,
    scope: &Scope,
    owner: Owner,
    name: &str,
    kind: ValueType,
) -> Result<Option<ValueType>> {
    let other: Option<String> = db
        .query_row(
            IN_USE,
            (scope.workspace(), owner.word(), name, kind_word(kind)),
            |row| row.get(0),
        )
        .optional()?;
    if let Some(other) = other {
        return Ok(parse_kind(&other));
    }
    db.execute(
        DECLARE,
        (scope.workspace(), owner.word(), name, kind_word(kind)),
    )?;
    Ok(None)
}

/// The type of every attribute, by `person.NAME` and `company.NAME`.
pub(super) fn declared(db: &Connection, scope: &Scope) -> Result<BTreeMap<String, ValueType>> {
    let mut all = Catalogue::default().attributes;
    let rows = db.query_map(DECLARED, [scope.workspace()], |row| {
        Ok((
            row.get::<String>(0)?,
            row.get::<String>(1)?,
            row.get::<String>(2)?,
        ))
    })?;
    for row in rows {
        let (subject, name, kind) = row?;
        if let Some(kind) = parse_kind(&kind) {
            all.insert(format!("{subject}.{name}"), kind);
        }
    }
    Ok(all)
}
