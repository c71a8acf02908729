//! Workspaces: their settings, and the version that tells a running server to look again.

use super::audit::{self, Action, Changing, Note};
use super::db::{Connection, Optional, Read, Row};
use super::{Principal, Result, Scope, Store, StoreError};
use crate::secrets::fresh_id;
use engine::compiled::Consent;
use engine::ids::Timestamp;
use serde_json::{Map, Value as Json, json};

statements! {
    INSERT = "INSERT INTO workspaces
        (id, name, title, zone, consent, chat_on, sites, theme, forms, version, last_position, last_dialogue,
        created_at) VALUES (?1, ?2, ?3, 'UTC', 'essential', 1, '[]', '{}', '[]', 1, 0, 0, ?4)";
    BY_NAME = "SELECT id, name, title, zone, consent, chat_on, sites, theme, version, forms, staff
        FROM workspaces WHERE name = ?1";
    BY_ID = "SELECT id, name, title, zone, consent, chat_on, sites, theme, version, forms, staff
        FROM workspaces WHERE id = ?1";
    ALL = "SELECT id, name, title, zone, consent, chat_on, sites, theme, version, forms, staff
        FROM workspaces ORDER BY name";
    VERSIONS = "SELECT name, version FROM workspaces";
    UPDATE = "UPDATE workspaces SET title = ?2, zone = ?3, consent = ?4, chat_on = ?5, sites = ?6,
        theme = ?7, forms = ?8, staff = ?9, version = version + 1 WHERE id = ?1";
    HOLD = "SELECT id FROM workspaces WHERE id = ?1 FOR UPDATE";
    BUMP = "UPDATE workspaces SET version = version + 1 WHERE id = ?1";
    POSITIONS = "UPDATE workspaces SET last_position = last_position + ?2 WHERE id = ?1
        RETURNING last_position";
    NEXT_DIALOGUE = "UPDATE workspaces SET last_dialogue = last_dialogue + 1 WHERE id = ?1
        RETURNING last_dialogue";
}

/// A workspace as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The internal id; never in an address.
    pub id: String,
    /// The public name in addresses: lower-case letters, digits and hyphens.
    pub name: String,
    /// What operators change.
    pub settings: Settings,
    /// Grows with every change that a running server must notice.
    pub version: i64,
}

/// What operators change about a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The company's name.
    pub title: String,
    /// Its time zone by IANA name.
    pub zone: String,
    /// When anything may be stored or sent.
    pub consent: Consent,
    /// Off hides everything.
    pub chat_on: bool,
    /// Sites that may show the widget, as page origins such as `https://w.example`; anywhere while empty.
    pub sites: Vec<String>,
    /// How the widget looks, as JSON of `engine::compile::Look`.
    pub theme: String,
    /// Web forms that are handed over to flows, as JSON of `engine::authored::Form`.
    pub forms: String,
    /// Address ranges such as `192.0.2.0/24` from which nobody counts in reports: the company's own.
    pub staff: Vec<String>,
}

impl Settings {
    fn to_json(&self) -> Named {
        let parsed = |text: &str| serde_json::from_str(text).unwrap_or(Json::Null);
        let Self {
            title,
            zone,
            consent,
            chat_on,
            sites,
            theme,
            forms,
            staff,
        } = self;
        let named = [
            ("title", json!(title)),
            ("zone", json!(zone)),
            ("consent", json!(consent_word(*consent))),
            ("chat_on", json!(chat_on)),
            ("sites", json!(sites)),
            ("theme", parsed(theme)),
            ("forms", parsed(forms)),
            ("staff", json!(staff)),
        ];
        named
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}

/// The word for a consent mode.
#[must_use]
pub fn consent_word(consent: Consent) -> &'static str {
    match consent {
        Consent::Wait => "wait",
        Consent::Essential => "essential",
        Consent::Full => "full",
    }
}

/// Reads such a word.
#[must_use]
pub fn parse_consent(word: &str) -> Option<Consent> {
    [Consent::Wait, Consent::Essential, Consent::Full]
        .into_iter()
        .find(|consent| consent_word(*consent) == word)
}

impl Store {
    /// Creates a workspace with the strictest settings.
    ///
    /// # Errors
    /// When the name is taken.
    pub async fn create_workspace(&self, name: String, title: String) -> Result<Scope> {
        let now = self.now();
        self.write(move |db| {
            let scope = create(db, &name, &title, now)?;
            audit::change(db, &scope, Action::CreateWorkspace, now, |db| {
                db.note(Note::of(format!("workspace {name}")).after(json!({ "title": title })));
                Ok(())
            })?;
            Ok(scope)
        })
        .await
    }

    /// The way in for browsers: by the public name.
    ///
    /// # Errors
    /// When there is no such workspace.
    pub async fn enter_as_visitor(&self, name: String) -> Result<Scope> {
        self.enter(name, Principal::Visitor).await
    }

    /// The way in for whoever holds the data folder.
    ///
    /// # Errors
    /// When there is no such workspace.
    pub async fn enter_as_operator(&self, name: String) -> Result<Scope> {
        self.enter(name, Principal::Operator).await
    }

    async fn enter(&self, name: String, principal: Principal) -> Result<Scope> {
        self.read(move |db| {
            let id: Option<String> = db
                .query_row(BY_NAME, [&name], |row| row.get(0))
                .optional()?;
            let id = id.ok_or_else(|| StoreError::Missing(format!("workspace {name}")))?;
            Ok(Scope::new(&id, principal))
        })
        .await
    }

    /// The workspace itself.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn workspace(&self, scope: &Scope) -> Result<Workspace> {
        let scope = scope.clone();
        self.read(move |db| workspace(db, &scope)).await
    }

    /// All workspaces by name; for the one who runs the server.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>> {
        self.read(|db| {
            let rows = db.query_map(ALL, (), read)?;
            rows.map(|row| row?).collect()
        })
        .await
    }

    /// The version of every workspace, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn versions(&self) -> Result<Vec<(String, i64)>> {
        self.read(|db| {
            let rows = db.query_map(VERSIONS, (), |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Changes settings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_settings(&self, scope: &Scope, settings: Settings) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::SetWorkspace, move |db, scope| {
            let (before, after) = set(db, scope, &settings, now)?;
            let name = workspace(db, scope)?.name;
            let note = Note::of(format!("workspace {name}"));
            db.note(note.before(before.into()).after(after.into()));
            Ok(())
        })
        .await
    }
}

/// Makes a workspace with the strictest settings.
pub(super) fn create(db: &Connection, name: &str, title: &str, now: Timestamp) -> Result<Scope> {
    let taken: Option<String> = db.query_row(BY_NAME, [name], |row| row.get(0)).optional()?;
    if taken.is_some() {
        return Err(StoreError::Conflict(format!(
            "a workspace {name} exists already"
        )));
    }
    let id = fresh_id(now);
    db.execute(INSERT, (&id, name, title, now.0))?;
    Ok(Scope::new(&id, Principal::Operator))
}

/// Settings by name.
pub(super) type Named = Map<String, Json>;

/// Changes settings. Gives back those that differ, as they were and as they are.
pub(super) fn set(
    db: &Changing<'_>,
    scope: &Scope,
    settings: &Settings,
    now: Timestamp,
) -> Result<(Named, Named)> {
    let different = differences(&workspace(db, scope)?.settings, settings);
    let sites = serde_json::to_string(&settings.sites).unwrap_or_default();
    db.execute(
        UPDATE,
        (
            scope.workspace(),
            &settings.title,
            &settings.zone,
            consent_word(settings.consent),
            settings.chat_on,
            sites,
            &settings.theme,
            &settings.forms,
            serde_json::to_string(&settings.staff).unwrap_or_default(),
        ),
    )?;
    super::publishing::rebuild(db, scope, now)?;
    Ok(different)
}

/// The settings that are not the same, as they were and as they are.
fn differences(before: &Settings, after: &Settings) -> (Named, Named) {
    let (mut was, mut is) = (before.to_json(), after.to_json());
    let same: Vec<String> = was
        .iter()
        .filter(|(name, value)| is.get(*name) == Some(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in same {
        was.remove(&name);
        is.remove(&name);
    }
    (was, is)
}

pub(super) fn workspace(db: &Connection, scope: &Scope) -> Result<Workspace> {
    db.query_row(BY_ID, [scope.workspace()], read)
        .optional()?
        .ok_or_else(|| StoreError::Missing("workspace".into()))?
}

/// Holds the workspace until the transaction ends: whatever else holds it comes before or after.
pub(super) fn hold(db: &Connection, scope: &Scope) -> Result<()> {
    db.query_row(HOLD, [scope.workspace()], |row| row.get::<String>(0))
        .optional()?
        .ok_or_else(|| StoreError::Missing("workspace".into()))?;
    Ok(())
}

/// Tells running servers to look again.
pub(super) fn bump(db: &Connection, scope: &Scope) -> Result<()> {
    db.execute(BUMP, [scope.workspace()])?;
    Ok(())
}

/// The next place in the workspace's order of commits. The row it updates keeps that order on every backend.
pub(super) fn next_position(db: &Connection, scope: &Scope) -> Result<i64> {
    positions(db, scope.workspace(), 1)
}

/// The next so many places in a workspace's order of commits: gives back the first.
pub(super) fn positions(db: &Connection, workspace: &str, count: i64) -> Result<i64> {
    let last: i64 = db.query_row(POSITIONS, (workspace, count), |row| row.get(0))?;
    Ok(last - count + 1)
}

/// The next dialogue number.
pub(super) fn next_dialogue(db: &Connection, scope: &Scope) -> Result<u32> {
    Ok(db.query_row(NEXT_DIALOGUE, [scope.workspace()], |row| row.get(0))?)
}

fn read(row: &Row<'_>) -> Read<Result<Workspace>> {
    let consent: String = row.get(4)?;
    let sites: String = row.get(6)?;
    let staff: String = row.get(10)?;
    let settings = || -> Option<Settings> {
        Some(Settings {
            title: row.get(2).ok()?,
            zone: row.get(3).ok()?,
            consent: parse_consent(&consent)?,
            chat_on: row.get(5).ok()?,
            sites: serde_json::from_str(&sites).ok()?,
            theme: row.get(7).ok()?,
            forms: row.get(9).ok()?,
            staff: serde_json::from_str(&staff).ok()?,
        })
    };
    let Some(settings) = settings() else {
        return Ok(Err(StoreError::Damaged("workspace")));
    };
    Ok(Ok(Workspace {
        id: row.get(0)?,
        name: row.get(1)?,
        settings,
        version: row.get(8)?,
    }))
}
