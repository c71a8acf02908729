//! Importing a workspace file: all of it in one transaction, or nothing.

use super::audit::{self, Action, Note};
use super::db::Optional as _;
use super::{
    Agent, CompanyChange, PersonChange, Principal, Result, Scope, Settings, Store, agents,
    companies, people, values, workspaces,
};
use crate::meetings::Length;
use engine::value::ValueType;
use serde_json::json;
use std::collections::BTreeMap;

statements! {
    BY_NAME = "SELECT id FROM workspaces WHERE name = ?1";
}

/// What a workspace is to become. What it does not name stays.
#[derive(Clone, Debug)]
pub struct WorkspaceImport {
    /// The public name; made when there is none of that name.
    pub name: String,
    /// All settings.
    pub settings: Settings,
    /// Types by `person.NAME` and `company.NAME`.
    pub attributes: BTreeMap<String, ValueType>,
    /// Lists by name.
    pub lists: Vec<String>,
    /// Companies.
    pub companies: Vec<CompanyChange>,
    /// People.
    pub people: Vec<PersonChange>,
    /// Agents, in the order of the ring.
    pub agents: Vec<Agent>,
    /// Pools: name, length of meetings, agents by name in the order of the ring.
    pub pools: Vec<(String, Length, Vec<String>)>,
}

impl Store {
    /// Brings a workspace to what a file says, and makes it when it is new.
    ///
    /// # Errors
    /// When something contradicts what is stored.
    pub async fn import_workspace(&self, import: WorkspaceImport) -> Result<Scope> {
        let now = self.now();
        self.write(move |db| {
            let known: Option<String> = db
                .query_row(BY_NAME, [&import.name], |row| row.get(0))
                .optional()?;
            let scope = match known {
                Some(id) => Scope::new(&id, Principal::Operator),
                None => workspaces::create(db, &import.name, &import.settings.title, now)?,
            };
            audit::change(db, &scope, Action::ImportWorkspace, now, |db| {
                for (name, kind) in &import.attributes {
                    values::declare_named(db, &scope, name, *kind)?;
                }
                for company in &import.companies {
                    companies::upsert(db, &scope, company, now)?;
                }
                for list in &import.lists {
                    people::create_list(db, &scope, list)?;
                }
                for person in &import.people {
                    people::upsert(db, &scope, person, now)?;
                }
                for agent in &import.agents {
                    agents::put_agent(db, &scope, agent, now)?;
                }
                for (name, length, seats) in &import.pools {
                    agents::put_pool(db, &scope, name, *length, seats, now)?;
                }
                let (before, mut after) = workspaces::set(db, &scope, &import.settings, now)?;
                for (what, count) in [
                    ("attributes", import.attributes.len()),
                    ("companies", import.companies.len()),
                    ("lists", import.lists.len()),
                    ("people", import.people.len()),
                    ("agents", import.agents.len()),
                    ("pools", import.pools.len()),
                ] {
                    after.insert(format!("imported {what}"), json!(count));
                }
                db.note(
                    Note::of(format!("workspace {}", import.name))
                        .before(before.into())
                        .after(after.into()),
                );
                Ok(())
            })?;
            Ok(scope)
        })
        .await
    }
}
