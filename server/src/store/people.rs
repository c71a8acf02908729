//! People: what operators and customers' servers see and change.

use super::audit::{Action, Changing, Note};
use super::companies::{self, Company, CompanyChange};
use super::db::{Connection, Optional, Read, Row};
use super::values::{self, Owner, Values};
use super::{Page, Result, Scope, Store, StoreError, like, remembered, workspaces};
use crate::secrets::{fresh_id, fresh_token, hash};
use engine::ids::{DAY, Timestamp};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

statements! {
    BY_ID = "SELECT id, email, claimed, source, company, acquired_dialogue, test, created_at, updated_at, position
        FROM people WHERE workspace = ?1 AND id = ?2 AND merged_into IS NULL";
    BY_EMAIL = "SELECT id, email, claimed, source, company, acquired_dialogue, test, created_at, updated_at, position
        FROM people WHERE workspace = ?1 AND email = ?2 AND claimed = 0";
    LIST = "SELECT id, email, claimed, source, company, acquired_dialogue, test, created_at, updated_at, position
        FROM people WHERE workspace = ?1 AND position > ?2 AND merged_into IS NULL
        AND (?3 IS NULL OR email LIKE ?3 ESCAPE '!') ORDER BY position LIMIT ?4";
    INSERT = "INSERT INTO people (workspace, id, email, claimed, source, company, acquired_dialogue,
        acquired_conversation, acquired_as, test, created_at, updated_at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12)";
    TOUCH = "UPDATE people SET updated_at = ?3 WHERE workspace = ?1 AND id = ?2";
    SET_COMPANY = "UPDATE people SET company = ?3, updated_at = ?4 WHERE workspace = ?1 AND id = ?2";
    SET_TEST = "UPDATE people SET test = ?3 WHERE workspace = ?1 AND id = ?2";
    JOIN_LIST = "INSERT INTO list_members (workspace, list, person) VALUES (?1, ?2, ?3)
        ON CONFLICT (workspace, list, person) DO NOTHING";
    LEAVE_LIST = "DELETE FROM list_members WHERE workspace = ?1 AND list = ?2 AND person = ?3";
    LISTS_OF = "SELECT list FROM list_members WHERE workspace = ?1 AND person = ?2 ORDER BY list";
    LISTS = "SELECT name FROM lists WHERE workspace = ?1 ORDER BY name";
    CREATE_LIST = "INSERT INTO lists (workspace, name) VALUES (?1, ?2) ON CONFLICT (workspace, name) DO NOTHING";
    INSERT_LINK = "INSERT INTO links (workspace, token_hash, person, kind, created_at, expires_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
}

/// How long a tracked link recognises.
const TRACKED_FOR: i64 = 180 * DAY;
/// How long a verification link waits for its one use.
const VERIFY_FOR: i64 = DAY;

/// A person as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The id.
    pub id: String,
    /// The address on file, in lower case.
    pub email: Option<String>,
    /// A record that a visitor made by typing an address that was on file.
    pub claimed: bool,
    /// Where the record came from.
    pub source: String,
    /// The company's id.
    pub company: Option<String>,
    /// The dialogue that won this person.
    pub acquired_dialogue: Option<u32>,
    /// Left out of reports.
    pub test: bool,
    /// In milliseconds.
    pub created_at: i64,
    /// In milliseconds.
    pub updated_at: i64,
    /// Its place in the order of commits.
    pub position: i64,
}

/// A person with everything known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portrait {
    /// The record.
    pub person: Person,
    /// Values beside the address.
    pub values: Values,
    /// The company.
    pub company: Option<Company>,
    /// Lists the person is on.
    pub lists: Vec<String>,
}

impl Portrait {
    /// Whether the address came from the company itself, and not from somebody who typed it in a chat.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        !self.person.claimed && self.person.source != super::visitors::SOURCE
    }
}

/// What an import or a call says about a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonChange {
    /// Finds or makes the person; in lower case.
    pub email: String,
    /// Values to set; an absent one is cleared.
    pub values: BTreeMap<String, Option<engine::value::Value>>,
    /// Their company.
    pub company: Option<CompanyChange>,
    /// Lists to join.
    pub join: Vec<String>,
    /// Lists to leave.
    pub leave: Vec<String>,
    /// Whether reports leave the person out.
    pub test: Option<bool>,
    /// Where a new record comes from.
    pub source: String,
}

impl PersonChange {
    /// What the audit log keeps of it: what was written, without the values.
    fn told(&self, is_new: bool) -> Json {
        let named = |are_set: bool| -> Vec<&String> {
            let values = self.values.iter();
            let those = values.filter(|(_, value)| value.is_some() == are_set);
            those.map(|(name, _)| name).collect()
        };
        json!({
            "new": is_new, "set": named(true), "cleared": named(false), "company": self.company.is_some(),
            "join": self.join, "leave": self.leave, "test": self.test, "source": self.source,
        })
    }
}

/// What kind of link in a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Recognises whoever opens it, for 180 days.
    Tracked,
    /// Verifies the one who opens it first, within 24 hours.
    Verify,
    /// Marks every browser in which it is opened as one of the staff, for 180 days.
    Staff,
}

impl LinkKind {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            LinkKind::Tracked => "tracked",
            LinkKind::Verify => "verify",
            LinkKind::Staff => "staff",
        }
    }
}

impl Store {
    /// Makes a list, if there is none of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_list(&self, scope: &Scope, name: String) -> Result<()> {
        self.change(scope, Action::CreateList, move |db, scope| {
            db.note(Note::of(format!("list {name}")));
            create_list(db, scope, &name)
        })
        .await
    }

    /// Names of all lists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lists(&self, scope: &Scope) -> Result<Vec<String>> {
        let scope = scope.clone();
        self.read(move |db| Ok(lists(db, &scope)?.into_iter().collect()))
            .await
    }

    /// Creates or changes a person, found by address. Gives back the id and whether it is new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upsert_person(
        &self,
        scope: &Scope,
        change: PersonChange,
    ) -> Result<(String, bool)> {
        let now = self.now();
        self.change(scope, Action::WritePerson, move |db, scope| {
            let (id, is_new) = upsert(db, scope, &change, now)?;
            db.note(Note::of_person(&id).after(change.told(is_new)));
            Ok((id, is_new))
        })
        .await
    }

    /// Creates or changes a company, found by its domain, else by its name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upsert_company(&self, scope: &Scope, change: CompanyChange) -> Result<String> {
        let now = self.now();
        self.change(scope, Action::WriteCompany, move |db, scope| {
            let id = companies::upsert(db, scope, &change, now)?;
            let written: Vec<&String> = change.values.keys().collect();
            db.note(Note::of(format!("company {id}")).after(json!({ "written": written })));
            Ok(id)
        })
        .await
    }

    /// One person by id or address.
    ///
    /// # Errors
    /// When there is none.
    pub async fn person(&self, scope: &Scope, key: String) -> Result<Portrait> {
        let scope = scope.clone();
        self.read(move |db| {
            let found = find(db, &scope, &key)?;
            portrait(
                db,
                &scope,
                found.ok_or_else(|| StoreError::Missing(format!("person {key}")))?,
            )
        })
        .await
    }

    /// People in the order of commits.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn people(
        &self,
        scope: &Scope,
        after: i64,
        email: Option<String>,
        limit: u32,
    ) -> Result<Page<Portrait>> {
        let scope = scope.clone();
        self.read(move |db| {
            let pattern = email.map(|email| format!("%{}%", like(&email.to_lowercase())));
            let rows = limit.saturating_add(1);
            let people = db
                .query_map(LIST, (scope.workspace(), after, pattern, rows), read)?
                .collect::<std::result::Result<Vec<_>, _>>()?;
            let page = Page::of(people, after, limit, |person| person.position);
            let items = page.items.into_iter();
            Ok(Page {
                items: items
                    .map(|person| portrait(db, &scope, person))
                    .collect::<Result<_>>()?,
                next: page.next,
                more: page.more,
            })
        })
        .await
    }

    /// The addresses on file of people, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn addresses(
        &self,
        scope: &Scope,
        people: BTreeSet<String>,
    ) -> Result<BTreeMap<String, String>> {
        let scope = scope.clone();
        self.read(move |db| {
            let mut addresses = BTreeMap::new();
            for id in people {
                if let Some(address) = by_id(db, &scope, &id)?.and_then(|person| person.email) {
                    addresses.insert(id, address);
                }
            }
            Ok(addresses)
        })
        .await
    }

    /// Makes a link for a person's mails and gives back its token; only the hash is kept.
    ///
    /// # Errors
    /// When there is no such person.
    pub async fn create_link(
        &self,
        scope: &Scope,
        person: String,
        kind: LinkKind,
    ) -> Result<String> {
        let now = self.now();
        self.change(scope, Action::LinkPerson, move |db, scope| {
            let id = find(db, scope, &person)?
                .ok_or_else(|| StoreError::Missing(format!("person {person}")))?
                .id;
            db.note(Note::of_person(&id).after(kind.word().into()));
            create_link(db, scope, &id, kind, now)
        })
        .await
    }
}

impl Store {
    /// Makes a link that marks every browser in which it is opened as one of the staff; only the hash is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_staff_link(&self, scope: &Scope) -> Result<String> {
        let now = self.now();
        self.change(scope, Action::LinkStaff, move |db, scope| {
            db.note(Note::of("browsers of the staff"));
            keep_link(db, scope, NOBODY, LinkKind::Staff, now)
        })
        .await
    }
}

/// Makes a link for a person's mails inside a transaction.
pub(crate) fn create_link(
    db: &Connection,
    scope: &Scope,
    person: &str,
    kind: LinkKind,
    now: Timestamp,
) -> Result<String> {
    let person =
        find(db, scope, person)?.ok_or_else(|| StoreError::Missing(format!("person {person}")))?;
    keep_link(db, scope, &person.id, kind, now)
}

/// A link that belongs to nobody, as the person in its row.
const NOBODY: &str = "";

fn keep_link(
    db: &Connection,
    scope: &Scope,
    person: &str,
    kind: LinkKind,
    now: Timestamp,
) -> Result<String> {
    let token = fresh_token("ul_");
    let lasts = match kind {
        LinkKind::Tracked | LinkKind::Staff => TRACKED_FOR,
        LinkKind::Verify => VERIFY_FOR,
    };
    db.execute(
        INSERT_LINK,
        (
            scope.workspace(),
            hash(token.as_bytes()),
            person,
            kind.word(),
            now.0,
            now.plus(lasts).0,
        ),
    )?;
    Ok(token)
}

/// Makes a list, if there is none of that name.
pub(super) fn create_list(db: &Changing<'_>, scope: &Scope, name: &str) -> Result<()> {
    let made = db.execute(CREATE_LIST, (scope.workspace(), name))?;
    if made == 0 {
        db.nothing();
    }
    Ok(())
}

pub(super) fn upsert(
    db: &Connection,
    scope: &Scope,
    change: &PersonChange,
    now: Timestamp,
) -> Result<(String, bool)> {
    let found = by_email(db, scope, &change.email)?;
    let new = found.is_none();
    let id = match found {
        Some(person) => person.id,
        None => insert(
            db,
            scope,
            &NewPerson {
                email: Some(&change.email),
                source: &change.source,
                ..NewPerson::default()
            },
            now,
        )?,
    };
    for (name, value) in &change.values {
        values::set(db, scope, (Owner::Person, &id), name, value.as_ref(), now)?;
    }
    if let Some(company) = &change.company {
        let company = companies::upsert(db, scope, company, now)?;
        db.execute(SET_COMPANY, (scope.workspace(), &id, company, now.0))?;
    }
    for list in &change.join {
        db.execute(CREATE_LIST, (scope.workspace(), list))?;
        db.execute(JOIN_LIST, (scope.workspace(), list, &id))?;
    }
    for list in &change.leave {
        db.execute(LEAVE_LIST, (scope.workspace(), list, &id))?;
    }
    if let Some(test) = change.test {
        db.execute(SET_TEST, (scope.workspace(), &id, test))?;
    }
    db.execute(TOUCH, (scope.workspace(), &id, now.0))?;
    remembered::changed(db, scope, now)?;
    Ok((id, new))
}

/// What a new record begins with.
#[derive(Default)]
pub(super) struct NewPerson<'a> {
    pub email: Option<&'a str>,
    pub claimed: bool,
    pub source: &'a str,
    pub dialogue: Option<u32>,
    pub conversation: Option<&'a str>,
    pub test: bool,
}

pub(super) fn insert(
    db: &Connection,
    scope: &Scope,
    new: &NewPerson<'_>,
    now: Timestamp,
) -> Result<String> {
    let id = fresh_id(now);
    let company = match new.email {
        Some(email) if !new.claimed => companies::of_address(db, scope, email)?,
        _ => None,
    };
    db.execute(
        INSERT,
        (
            scope.workspace(),
            &id,
            new.email,
            new.claimed,
            new.source,
            company,
            new.dialogue,
            new.conversation,
            new.conversation.and(new.email),
            new.test,
            now.0,
            workspaces::next_position(db, scope)?,
        ),
    )?;
    Ok(id)
}

pub(super) fn by_id(db: &Connection, scope: &Scope, id: &str) -> Result<Option<Person>> {
    Ok(db
        .query_row(BY_ID, (scope.workspace(), id), read)
        .optional()?)
}

pub(super) fn by_email(db: &Connection, scope: &Scope, email: &str) -> Result<Option<Person>> {
    Ok(db
        .query_row(BY_EMAIL, (scope.workspace(), email), read)
        .optional()?)
}

/// By id or address.
pub(super) fn find(db: &Connection, scope: &Scope, key: &str) -> Result<Option<Person>> {
    if key.contains('@') {
        by_email(db, scope, &key.to_lowercase())
    } else {
        by_id(db, scope, key)
    }
}

pub(super) fn lists(db: &Connection, scope: &Scope) -> Result<BTreeSet<String>> {
    let rows = db.query_map(LISTS, [scope.workspace()], |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

pub(super) fn lists_of(db: &Connection, scope: &Scope, person: &str) -> Result<Vec<String>> {
    let rows = db.query_map(LISTS_OF, (scope.workspace(), person), |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}

pub(super) fn portrait(db: &Connection, scope: &Scope, person: Person) -> Result<Portrait> {
    let values = values::of(db, scope, (Owner::Person, &person.id))?;
    let company = match &person.company {
        Some(company) => companies::by_id(db, scope, company)?,
        None => None,
    };
    let lists = lists_of(db, scope, &person.id)?;
    Ok(Portrait {
        person,
        values,
        company,
        lists,
    })
}

fn read(row: &Row<'_>) -> Read<Person> {
    Ok(Person {
        id: row.get(0)?,
        email: row.get(1)?,
        claimed: row.get(2)?,
        source: row.get(3)?,
        company: row.get(4)?,
        acquired_dialogue: row.get(5)?,
        test: row.get(6)?,
        created_at: row.get(7)?,
        updated_at: row.get(8)?,
        position: row.get(9)?,
    })
}
