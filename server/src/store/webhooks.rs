//! Who wants to hear of what: webhooks, and addresses that goals are mailed to.

use super::activities::Kind;
use super::audit::{Action, Note};
use super::db::{Connection, Optional};
use super::{Result, Scope, Store, StoreError, workspaces};
use crate::secrets::{Keys, base64url, fresh_id, random};
use serde_json::json;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

statements! {
    INSERT = "INSERT INTO webhooks (workspace, id, url, sealed, kinds, active, created_at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6, ?7)";
    LIST = "SELECT id, url, kinds, active, created_at, position FROM webhooks WHERE workspace = ?1 ORDER BY position";
    SECRET = "SELECT url, sealed, active FROM webhooks WHERE workspace = ?1 AND id = ?2";
    ACTIVE = "SELECT id, kinds FROM webhooks WHERE workspace = ?1 AND active = 1 ORDER BY created_at, id";
    DELETE = "DELETE FROM webhooks WHERE workspace = ?1 AND id = ?2";
    INSERT_MAIL = "INSERT INTO goal_mails (workspace, id, goal, address, created_at, position)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    MAILS = "SELECT id, goal, address, created_at, position FROM goal_mails WHERE workspace = ?1 ORDER BY position";
    ADDRESSES = "SELECT address FROM goal_mails WHERE workspace = ?1 AND (goal IS NULL OR goal = ?2)
        GROUP BY address ORDER BY address";
    DELETE_MAIL = "DELETE FROM goal_mails WHERE workspace = ?1 AND id = ?2";
}

/// A webhook as listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRow {
    /// Its id.
    pub id: String,
    /// Where activities go.
    pub url: String,
    /// Which; all when empty.
    pub kinds: Vec<String>,
    /// Whether anything is sent.
    pub active: bool,
    /// In milliseconds.
    pub created_at: i64,
    /// Its place in the order of commits.
    pub position: i64,
}

/// An address that hears of goals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoalMailRow {
    /// Its id.
    pub id: String,
    /// Which goal; all when absent.
    pub goal: Option<String>,
    /// The address.
    pub address: String,
    /// In milliseconds.
    pub created_at: i64,
    /// Its place in the order of commits.
    pub position: i64,
}

impl Store {
    /// Adds a webhook. Gives back its id and the secret it is signed with, shown once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_webhook(
        &self,
        scope: &Scope,
        keys: &Keys,
        url: String,
        kinds: Vec<Kind>,
    ) -> Result<(String, String)> {
        let now = self.now();
        let id = fresh_id(now);
        let secret = format!("whsec_{}", base64url(&random::<32>()));
        let sealed = keys.seal(&[scope.workspace(), "webhook", &id], secret.as_bytes());
        let kinds: Vec<&str> = kinds.into_iter().map(Kind::name).collect();
        let kinds = serde_json::to_string(&kinds).unwrap_or_default();
        let answer = (id.clone(), secret);
        self.change(scope, Action::CreateWebhook, move |db, scope| {
            let told = json!({ "url": without_query(&url), "kinds": kinds });
            db.note(Note::of(format!("webhook {id}")).after(told));
            let position = workspaces::next_position(db, scope)?;
            let row = (
                scope.workspace(),
                &id,
                &url,
                &sealed,
                &kinds,
                now.0,
                position,
            );
            db.execute(INSERT, row)?;
            Ok(())
        })
        .await?;
        Ok(answer)
    }

    /// All webhooks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn webhooks(&self, scope: &Scope) -> Result<Vec<WebhookRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(LIST, [scope.workspace()], |row| {
                let kinds: String = row.get(2)?;
                Ok(WebhookRow {
                    id: row.get(0)?,
                    url: row.get(1)?,
                    kinds: serde_json::from_str(&kinds).unwrap_or_default(),
                    active: row.get(3)?,
                    created_at: row.get(4)?,
                    position: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Where a webhook goes and what signs it; nothing when it is gone or off.
    ///
    /// # Errors
    /// When the key file does not fit the database.
    pub async fn webhook_secret(
        &self,
        scope: &Scope,
        keys: &Keys,
        id: String,
    ) -> Result<Option<(String, Vec<u8>)>> {
        let (scope, keys) = (scope.clone(), keys.clone());
        self.read(move |db| {
            let row: Option<(String, Vec<u8>, bool)> = db
                .query_row(SECRET, (scope.workspace(), &id), |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()?;
            match row {
                Some((url, sealed, true)) => {
                    let secret = keys
                        .open_sealed(&[scope.workspace(), "webhook", &id], &sealed)
                        .map_err(|_| StoreError::Damaged("webhook secret"))?;
                    Ok(Some((url, secret)))
                }
                _ => Ok(None),
            }
        })
        .await
    }

    /// Removes a webhook.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn delete_webhook(&self, scope: &Scope, id: String) -> Result<()> {
        self.change(scope, Action::RemoveWebhook, move |db, scope| {
            db.note(Note::of(format!("webhook {id}")));
            match db.execute(DELETE, (scope.workspace(), &id))? {
                0 => Err(StoreError::Missing(format!("webhook {id}"))),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Mails a goal, or every goal, to an address from now on. Gives back the id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_goal_mail(
        &self,
        scope: &Scope,
        goal: Option<String>,
        address: String,
    ) -> Result<String> {
        let now = self.now();
        self.change(scope, Action::CreateGoalMail, move |db, scope| {
            let id = fresh_id(now);
            let told = json!({ "goal": goal, "address": address });
            db.note(Note::of(format!("goal mail {id}")).after(told));
            let position = workspaces::next_position(db, scope)?;
            let row = (scope.workspace(), &id, &goal, &address, now.0, position);
            db.execute(INSERT_MAIL, row)?;
            Ok(id)
        })
        .await
    }

    /// All addresses that hear of goals.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn goal_mails(&self, scope: &Scope) -> Result<Vec<GoalMailRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(MAILS, [scope.workspace()], |row| {
                Ok(GoalMailRow {
                    id: row.get(0)?,
                    goal: row.get(1)?,
                    address: row.get(2)?,
                    created_at: row.get(3)?,
                    position: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Mails goals to an address no longer.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn delete_goal_mail(&self, scope: &Scope, id: String) -> Result<()> {
        self.change(scope, Action::RemoveGoalMail, move |db, scope| {
            db.note(Note::of(format!("goal mail {id}")));
            match db.execute(DELETE_MAIL, (scope.workspace(), &id))? {
                0 => Err(StoreError::Missing(format!("goal mail {id}"))),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// An address as the audit log may keep it: what stands behind the path is often a secret.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Who wants to hear of what, asked once for each workspace and goal.
#[derive(Default)]
pub(super) struct Interests {
    webhooks: BTreeMap<String, Vec<(String, Vec<String>)>>,
    addresses: BTreeMap<(String, String), Vec<String>>,
}

impl Interests {
    /// The webhooks that want to hear of an activity.
    pub fn in_activity(
        &mut self,
        db: &Connection,
        scope: &Scope,
        kind: Kind,
    ) -> Result<Vec<String>> {
        let webhooks = match self.webhooks.entry(scope.workspace().into()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(active(db, scope)?),
        };
        let interested = webhooks
            .iter()
            .filter(|(_, kinds)| kinds.is_empty() || kinds.iter().any(|name| name == kind.name()));
        Ok(interested.map(|(id, _)| id.clone()).collect())
    }

    /// The addresses that want to hear of a goal.
    pub fn in_goal(&mut self, db: &Connection, scope: &Scope, goal: &str) -> Result<Vec<String>> {
        let key = (scope.workspace().to_owned(), goal.to_owned());
        Ok(match self.addresses.entry(key) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => unknown.insert(addresses(db, scope, goal)?).clone(),
        })
    }
}

fn active(db: &Connection, scope: &Scope) -> Result<Vec<(String, Vec<String>)>> {
    let rows = db.query_map(ACTIVE, [scope.workspace()], |row| {
        Ok((row.get(0)?, row.get::<String>(1)?))
    })?;
    rows.map(|row| {
        let (id, kinds) = row?;
        Ok((id, serde_json::from_str(&kinds).unwrap_or_default()))
    })
    .collect()
}

fn addresses(db: &Connection, scope: &Scope, goal: &str) -> Result<Vec<String>> {
    let rows = db.query_map(ADDRESSES, (scope.workspace(), goal), |row| row.get(0))?;
    Ok(rows.collect::<std::result::Result<_, _>>()?)
}
