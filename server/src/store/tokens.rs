//! API tokens and login secrets: the ways in of programs.

use super::audit::{Action, Note};
use super::db::Optional;
use super::{Principal, Result, Right, Scope, Store, StoreError};
use crate::secrets::{Keys, fresh_id, fresh_token, hash, random};
use serde_json::json;

statements! {
    INSERT = "INSERT INTO tokens (workspace, id, name, hash, rights, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    BY_HASH = "SELECT workspace, id, rights FROM tokens WHERE hash = ?1 AND revoked_at IS NULL";
    ALL = "SELECT id, name, rights, created_at, revoked_at FROM tokens WHERE workspace = ?1
        ORDER BY created_at, id";
    REVOKE = "UPDATE tokens SET revoked_at = ?3 WHERE workspace = ?1 AND id = ?2 AND revoked_at IS NULL";
    INSERT_SECRET = "INSERT INTO login_secrets (workspace, id, sealed, created_at) VALUES (?1, ?2, ?3, ?4)";
    SECRETS = "SELECT id, sealed FROM login_secrets WHERE workspace = ?1 ORDER BY created_at DESC, id DESC";
    DELETE_SECRET = "DELETE FROM login_secrets WHERE workspace = ?1 AND id = ?2";
}

/// Most login secrets that are valid at once, so that one can replace the other.
const LOGIN_SECRETS: usize = 2;

/// A token as listed. The token itself is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub rights: Vec<Right>,
    /// When it was made, in milliseconds.
    pub created_at: i64,
    /// When it was revoked, if it was.
    pub revoked_at: Option<i64>,
}

impl Store {
    /// Makes an API token and gives it back; only its hash is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_token(
        &self,
        scope: &Scope,
        name: String,
        rights: Vec<Right>,
    ) -> Result<String> {
        let (now, token) = (self.now(), fresh_token("ut_"));
        let hashed = hash(token.as_bytes());
        let words = rights
            .iter()
            .map(|right| right.word())
            .collect::<Vec<_>>()
            .join(" ");
        self.change(scope, Action::CreateToken, move |db, scope| {
            let id = fresh_id(now);
            db.note(
                Note::of(format!("token {id}")).after(json!({ "name": name, "rights": words })),
            );
            db.execute(
                INSERT,
                (scope.workspace(), id, &name, hashed, &words, now.0),
            )?;
            Ok(())
        })
        .await?;
        Ok(token)
    }

    /// The way in with an API token.
    ///
    /// # Errors
    /// When no such token is valid.
    pub async fn enter_with_token(&self, token: &str) -> Result<Scope> {
        let hashed = hash(token.as_bytes());
        self.read(move |db| {
            db.query_row(BY_HASH, [hashed], |row| {
                let workspace: String = row.get(0)?;
                let rights: String = row.get(2)?;
                Ok(Scope::new(
                    &workspace,
                    Principal::Token {
                        id: row.get(1)?,
                        rights: parse_rights(&rights),
                    },
                ))
            })
            .optional()?
            .ok_or_else(|| StoreError::Missing("such token".into()))
        })
        .await
    }

    /// All tokens, revoked ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, scope: &Scope) -> Result<Vec<TokenRow>> {
        let scope = scope.clone();
        self.read(move |db| {
            let rows = db.query_map(ALL, [scope.workspace()], |row| {
                let rights: String = row.get(2)?;
                Ok(TokenRow {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    rights: parse_rights(&rights),
                    created_at: row.get(3)?,
                    revoked_at: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<std::result::Result<_, _>>()?)
        })
        .await
    }

    /// Ends a token.
    ///
    /// # Errors
    /// When there is none of that id.
    pub async fn revoke_token(&self, scope: &Scope, id: String) -> Result<()> {
        let now = self.now();
        self.change(scope, Action::RevokeToken, move |db, scope| {
            db.note(Note::of(format!("token {id}")));
            match db.execute(REVOKE, (scope.workspace(), &id, now.0))? {
                0 => Err(StoreError::Missing(format!("valid token {id}"))),
                _ => Ok(()),
            }
        })
        .await
    }

    /// Makes a login secret, which the customer's server signs identities with, and drops the oldest of three.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn create_login_secret(&self, scope: &Scope, keys: &Keys) -> Result<String> {
        let now = self.now();
        let secret = crate::secrets::base64url(&random::<32>());
        let sealed = keys.seal(&[scope.workspace(), "login"], secret.as_bytes());
        self.change(scope, Action::CreateSecret, move |db, scope| {
            let id = fresh_id(now);
            db.execute(INSERT_SECRET, (scope.workspace(), &id, &sealed, now.0))?;
            let ids: Vec<String> = db
                .query_map(SECRETS, [scope.workspace()], |row| row.get(0))?
                .collect::<std::result::Result<_, _>>()?;
            let (valid, ended) = ids.split_at(ids.len().min(LOGIN_SECRETS));
            for old in ended {
                db.execute(DELETE_SECRET, (scope.workspace(), old))?;
            }
            db.note(
                Note::of(format!("login secret {id}"))
                    .after(json!({ "valid": valid, "ended": ended })),
            );
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    /// The login secrets that are valid now.
    ///
    /// # Errors
    /// When the key file does not fit the database.
    pub async fn login_secrets(&self, scope: &Scope, keys: &Keys) -> Result<Vec<Vec<u8>>> {
        let (scope, keys) = (scope.clone(), keys.clone());
        self.read(move |db| {
            let sealed = db
                .query_map(SECRETS, [scope.workspace()], |row| row.get::<Vec<u8>>(1))?
                .collect::<std::result::Result<Vec<_>, _>>()?;
            sealed
                .iter()
                .map(|sealed| {
                    keys.open_sealed(&[scope.workspace(), "login"], sealed)
                        .map_err(|_| StoreError::Damaged("login secret"))
                })
                .collect()
        })
        .await
    }
}

fn parse_rights(words: &str) -> Vec<Right> {
    words.split(' ').filter_map(Right::parse).collect()
}
