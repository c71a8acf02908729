//! Companies: found by the domain of an address.

use super::db::{Connection, Optional};
use super::values::{self, Owner, Values};
use super::{Result, Scope, remembered};
use crate::secrets::fresh_id;
use engine::ids::Timestamp;

statements! {
    BY_DOMAIN = "SELECT id FROM companies WHERE workspace = ?1 AND domain = ?2";
    BY_NAME = "SELECT id FROM companies WHERE workspace = ?1 AND name = ?2 AND domain IS NULL";
    BY_ID = "SELECT name, domain FROM companies WHERE workspace = ?1 AND id = ?2";
    INSERT = "INSERT INTO companies (workspace, id, name, domain, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";
    RENAME = "UPDATE companies SET name = ?3 WHERE workspace = ?1 AND id = ?2";
    ADOPT = "UPDATE people SET company = ?3 WHERE workspace = ?1 AND company IS NULL
        AND email LIKE ?2 ESCAPE '!'";
}

/// A company as an import or a call describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompanyChange {
    /// Its name.
    pub name: String,
    /// Its domain, in lower case.
    pub domain: Option<String>,
    /// Its values.
    pub values: Values,
}

/// A company as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its domain.
    pub domain: Option<String>,
    /// Its values; name and domain are not among them.
    pub values: Values,
}

/// The company of an address, if one with that domain is known.
pub(super) fn of_address(db: &Connection, scope: &Scope, email: &str) -> Result<Option<String>> {
    let Some((_, domain)) = email.rsplit_once('@') else {
        return Ok(None);
    };
    let domain = domain.to_ascii_lowercase();
    let mut rest = domain.as_str();
    // mail.corp.example belongs to corp.example; a bare top-level name is never a company.
    while rest.contains('.') {
        let found: Option<String> = db
            .query_row(BY_DOMAIN, (scope.workspace(), rest), |row| row.get(0))
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
        rest = rest.split_once('.').map_or("", |(_, parent)| parent);
    }
    Ok(None)
}

/// One company by id.
pub(super) fn by_id(db: &Connection, scope: &Scope, id: &str) -> Result<Option<Company>> {
    let row: Option<(String, Option<String>)> = db
        .query_row(BY_ID, (scope.workspace(), id), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let Some((name, domain)) = row else {
        return Ok(None);
    };
    let values = values::of(db, scope, (Owner::Company, id))?;
    Ok(Some(Company {
        id: id.into(),
        name,
        domain,
        values,
    }))
}

/// Creates or changes a company, found by its domain, else by its name. People with that domain join it.
pub(super) fn upsert(
    db: &Connection,
    scope: &Scope,
    change: &CompanyChange,
    now: Timestamp,
) -> Result<String> {
    let found: Option<String> = match &change.domain {
        Some(domain) => db
            .query_row(BY_DOMAIN, (scope.workspace(), domain), |row| row.get(0))
            .optional()?,
        None => db
            .query_row(BY_NAME, (scope.workspace(), &change.name), |row| row.get(0))
            .optional()?,
    };
    let id = match found {
        Some(id) => {
            if !change.name.is_empty() {
                db.execute(RENAME, (scope.workspace(), &id, &change.name))?;
            }
            id
        }
        None => {
            let id = fresh_id(now);
            let name = match (&change.name, &change.domain) {
                (name, Some(domain)) if name.is_empty() => domain,
                (name, _) => name,
            };
            db.execute(
                INSERT,
                (scope.workspace(), &id, name, &change.domain, now.0),
            )?;
            id
        }
    };
    for (name, value) in &change.values {
        values::set(db, scope, (Owner::Company, &id), name, Some(value), now)?;
    }
    if let Some(domain) = &change.domain {
        let pattern = format!("%@{}", super::like(domain));
        db.execute(ADOPT, (scope.workspace(), pattern, &id))?;
    }
    remembered::changed(db, scope, now)?;
    Ok(id)
}
