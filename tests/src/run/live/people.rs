//! A plan's people and companies in the server's records, and how they prove who they are.

use super::{LiveServer, WORKSPACE};
use crate::plan;
use crate::run::world;
use engine::ids::{HOUR, SECOND};
use engine::value::Value;
use serde_json::json;
use std::collections::BTreeMap;
use usher_server::secrets::{base64url, mac_plain};
use usher_server::store::{CompanyChange, LinkKind, PersonChange};

/// Somebody the plan knows by a name.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The record.
    pub id: String,
    /// Its address.
    pub email: String,
}

impl LiveServer {
    /// Adds or changes a company.
    pub(super) fn keep_company(&mut self, company: &plan::Company) {
        let domain = self.companies.entry(company.name.clone()).or_default();
        if company.domain.is_some() {
            domain.clone_from(&company.domain);
        }
        let values = company
            .fields
            .iter()
            .filter_map(|field| Some((field.name.clone(), world::value(field.value.as_ref()?))))
            .collect();
        let change = CompanyChange {
            name: company.name.clone(),
            domain: domain.clone(),
            values,
        };
        self.wait_for(self.app.store.upsert_company(&self.scope, change))
            .expect("the store keeps companies");
    }

    /// Adds or changes a person.
    pub(super) fn keep_person(&mut self, person: &plan::Person) {
        let mut values: BTreeMap<String, Option<Value>> = person
            .fields
            .iter()
            .map(|field| (field.name.clone(), field.value.as_ref().map(world::value)))
            .collect();
        let known = self
            .people
            .get(&person.name)
            .map(|known| known.email.clone());
        let email = match (values.remove("email").flatten(), known) {
            (Some(Value::Text(email)), _) => email,
            (_, Some(email)) => email,
            // Records are found by their address; whoever has none in the plan gets one nobody asks for.
            _ => format!("{}@people.invalid", person.name),
        };
        let company = person.company.as_ref().map(|name| CompanyChange {
            name: name.clone(),
            domain: self.companies.get(name).cloned().flatten(),
            ..CompanyChange::default()
        });
        let change = PersonChange {
            email: email.to_lowercase(),
            values,
            company,
            join: person.lists.clone(),
            source: "import".into(),
            ..PersonChange::default()
        };
        let (id, _) = self
            .wait_for(self.app.store.upsert_person(&self.scope, change))
            .expect("the store keeps people");
        self.people.insert(person.name.clone(), Known { id, email });
    }

    /// A link mailed to a person.
    pub(super) fn link_for(&mut self, person: &str) -> String {
        let id = self.people.get(person).map(|known| known.id.clone());
        let id = id.expect("the reader of plans knows every person");
        let link = self
            .app
            .store
            .create_link(&self.scope, id, LinkKind::Tracked);
        self.wait_for(link).expect("the store makes links")
    }

    /// What the host's login says of a person, signed.
    pub(super) fn login_for(&mut self, person: &str) -> String {
        let email = self.people.get(person).map(|known| known.email.clone());
        let email = email.expect("the reader of plans knows every person");
        if self.login_secret.is_none() {
            let keys = &self.app.keys;
            let secret = self.wait_for(self.app.store.create_login_secret(&self.scope, keys));
            self.login_secret = Some(secret.expect("the store makes secrets"));
        }
        let secret = self.login_secret.as_deref().unwrap_or_default();
        let now = self.app.clock.now().0;
        let claims = json!({
            "workspace": WORKSPACE,
            "email": email,
            "iat": now / SECOND,
            "exp": (now + HOUR) / SECOND,
        });
        let payload = base64url(claims.to_string().as_bytes());
        let signature = base64url(&mac_plain(secret.as_bytes(), payload.as_bytes()));
        format!("{payload}.{signature}")
    }
}
