//! A workspace as a file: settings, attributes, companies, people, lists, agents and pools.
//! Importing it again changes what the file says and leaves the rest.

use crate::api::values::from_json;
use crate::meetings::{Hours, Length, Terms, Zone};
use crate::store::values::parse_kind;
use crate::store::{
    Agent, CompanyChange, PersonChange, Scope, Settings, Store, StoreError, parse_consent,
};
use engine::compile::{Look, theme};
use engine::value::ValueType;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceFile {
    /// The company's name.
    pub name: String,
    /// The public name in addresses: lower-case letters, digits and hyphens.
    pub slug: String,
    /// The time zone by IANA name.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// The language people there write in.
    #[serde(default)]
    pub language: String,
    /// `full`, `essential` or `wait`.
    #[serde(default = "essential")]
    pub consent: String,
    /// Origins of pages that may show the widget.
    #[serde(default)]
    pub allowed_sites: Vec<String>,
    /// How the widget looks.
    #[serde(default)]
    pub theme: Look,
    /// Attributes and their types.
    #[serde(default)]
    pub attributes: Vec<AttributeLine>,
    /// Companies.
    #[serde(default)]
    pub companies: Vec<CompanyLine>,
    /// Lists.
    #[serde(default)]
    pub lists: Vec<String>,
    /// People.
    #[serde(default)]
    pub people: Vec<PersonLine>,
    /// Agents, in the order of the ring.
    #[serde(default)]
    pub agents: Vec<AgentLine>,
    /// Pools.
    #[serde(default)]
    pub pools: Vec<PoolLine>,
}

/// `{ "name": "person.interest", "type": "text" }`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeLine {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// A company; further fields are its attributes.
#[derive(Clone, Debug, Deserialize)]
pub struct CompanyLine {
    name: String,
    #[serde(default)]
    domain: Option<String>,
    #[serde(flatten)]
    values: BTreeMap<String, Json>,
}

/// A person; further fields are their attributes. `company` is the name of a company.
#[derive(Clone, Debug, Deserialize)]
pub struct PersonLine {
    email: String,
    #[serde(default)]
    lists: Vec<String>,
    #[serde(default)]
    company: Option<String>,
    #[serde(flatten)]
    values: BTreeMap<String, Json>,
}

/// An agent.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentLine {
    name: String,
    email: String,
    #[serde(default)]
    avatar: String,
    zone: String,
    hours: String,
    #[serde(default = "half_an_hour")]
    duration_minutes: u16,
    #[serde(default)]
    buffer_minutes: u16,
    #[serde(default = "a_day")]
    notice_hours: u32,
    #[serde(default = "sixty")]
    horizon_days: u16,
    #[serde(default)]
    daily_limit: Option<u16>,
}

/// A pool and its ring.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolLine {
    name: String,
    agents: Vec<String>,
    #[serde(default = "half_an_hour")]
    duration_minutes: u16,
}

fn utc() -> String {
    "UTC".into()
}

fn essential() -> String {
    "essential".into()
}

fn half_an_hour() -> u16 {
    30
}

fn a_day() -> u32 {
    24
}

fn sixty() -> u16 {
    60
}

/// Why a file was not imported.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceFault {
    /// It is not JSON of this form.
    #[error("{0}")]
    Unreadable(#[from] serde_json::Error),
    /// Values in it make no sense; all of them, a line each.
    #[error("{}", .0.join("\n"))]
    Unusable(Vec<String>),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether a text can be the public name of a workspace.
#[must_use]
pub fn is_slug(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text
            .bytes()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
        && !text.starts_with('-')
}

/// Checks a list of origins of pages, such as `https://www.w.example` or `https://*.w.example`.
///
/// # Errors
/// Names the first that is none.
pub fn check_sites(sites: &[String]) -> Result<(), String> {
    for site in sites {
        let host = site
            .strip_prefix("https://")
            .or_else(|| site.strip_prefix("http://"));
        let fine = host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|c| c.is_ascii_alphanumeric() || b".-*:[]".contains(&c))
        });
        if !fine {
            return Err(format!(
                "{site} is no origin such as https://www.example.com"
            ));
        }
    }
    Ok(())
}

impl WorkspaceFile {
    /// Reads a file. Paths of pictures and of the privacy policy are completed with `base`.
    ///
    /// # Errors
    /// When it is not JSON of this form.
    pub fn read(json: &str, base: Option<&str>) -> Result<Self, WorkspaceFault> {
        let mut file: Self = serde_json::from_str(json)?;
        if let Some(base) = base {
            let pictures = file.agents.iter_mut().map(|agent| &mut agent.avatar);
            for address in pictures.chain([&mut file.theme.avatar, &mut file.theme.privacy]) {
                if address.starts_with('/') {
                    address.insert_str(0, base);
                }
            }
        }
        Ok(file)
    }

    /// Brings the store to what the file says, and creates the workspace when it is new.
    ///
    /// # Errors
    /// When something in the file makes no sense; then nothing was done.
    pub async fn import(&self, store: &Store) -> Result<Scope, WorkspaceFault> {
        let faults = self.faults();
        if !faults.is_empty() {
            return Err(WorkspaceFault::Unusable(faults));
        }
        let scope = match store.enter_as_operator(self.slug.clone()).await {
            Ok(scope) => scope,
            Err(StoreError::Missing(_)) => {
                store
                    .create_workspace(self.slug.clone(), self.name.clone())
                    .await?
            }
            Err(fault) => return Err(fault.into()),
        };
        for line in &self.attributes {
            if let Some(kind) = parse_kind(&line.kind) {
                store
                    .declare_attribute(&scope, line.name.clone(), kind)
                    .await?;
            }
        }
        let kinds = store.attributes(&scope).await?;
        let (companies, people) = self.records(&kinds)?;
        for company in companies {
            store.upsert_company(&scope, company).await?;
        }
        for list in &self.lists {
            store.create_list(&scope, list.clone()).await?;
        }
        for person in people {
            store.upsert_person(&scope, person).await?;
        }
        for agent in self.agents()? {
            store.put_agent(&scope, agent).await?;
        }
        for pool in &self.pools {
            let length = length(pool.duration_minutes, "duration_minutes").map_err(one)?;
            store
                .put_pool(&scope, pool.name.clone(), length, pool.agents.clone())
                .await?;
        }
        let before = store.workspace(&scope).await?.settings;
        let settings = Settings {
            title: self.name.clone(),
            zone: self.time_zone.clone(),
            consent: parse_consent(&self.consent).unwrap_or(before.consent),
            chat_on: before.chat_on,
            sites: self.allowed_sites.clone(),
            theme: serde_json::to_string(&self.theme)?,
        };
        store.set_settings(&scope, settings).await?;
        Ok(scope)
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !is_slug(&self.slug) {
            faults.push("slug: lower-case letters, digits and hyphens, at most 60".into());
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            faults.push(format!("time_zone: there is no zone {}", self.time_zone));
        }
        if parse_consent(&self.consent).is_none() {
            faults.push(format!(
                "consent: full, essential or wait, not {}",
                self.consent
            ));
        }
        if let Err(fault) = check_sites(&self.allowed_sites) {
            faults.push(format!("allowed_sites: {fault}"));
        }
        if let Err(look) = theme(&self.theme) {
            faults.extend(look.into_iter().map(|fault| format!("theme: {fault}")));
        }
        for line in &self.attributes {
            if parse_kind(&line.kind).is_none() {
                faults.push(format!(
                    "attributes: {} is text, number, boolean, date or date_time, not {}",
                    line.name, line.kind
                ));
            }
        }
        for person in &self.people {
            if engine::reading::email(&person.email).is_none() {
                faults.push(format!("people: {} is no mail address", person.email));
            }
        }
        if let Err(WorkspaceFault::Unusable(agents)) = self.agents() {
            faults.extend(agents);
        }
        let names: Vec<&String> = self.agents.iter().map(|agent| &agent.name).collect();
        for pool in &self.pools {
            for agent in pool.agents.iter().filter(|agent| !names.contains(agent)) {
                faults.push(format!("pools: {} has no agent {agent}", pool.name));
            }
        }
        faults
    }

    fn records(
        &self,
        kinds: &BTreeMap<String, ValueType>,
    ) -> Result<(Vec<CompanyChange>, Vec<PersonChange>), WorkspaceFault> {
        let mut faults = Vec::new();
        let mut read = |subject: &str, values: &BTreeMap<String, Json>| {
            let mut all = BTreeMap::new();
            for (name, json) in values {
                let name = format!("{subject}.{name}");
                match kinds.get(&name) {
                    None => faults.push(format!("{name} is not declared among the attributes")),
                    Some(kind) => match from_json(json, *kind) {
                        Some(value) => {
                            let short = name.split_once('.').map_or("", |(_, short)| short);
                            all.insert(short.to_owned(), value);
                        }
                        None => faults.push(format!("{name}: {json} is not of its type")),
                    },
                }
            }
            all
        };
        let mut by_name = HashMap::new();
        let mut companies = Vec::new();
        for line in &self.companies {
            let change = CompanyChange {
                name: line.name.clone(),
                domain: line.domain.as_deref().map(str::to_lowercase),
                values: read("company", &line.values),
            };
            by_name.insert(line.name.as_str(), change.clone());
            companies.push(change);
        }
        let mut people = Vec::new();
        for line in &self.people {
            let values = read("person", &line.values);
            let company = line.company.as_ref().map(|name| {
                by_name
                    .get(name.as_str())
                    .cloned()
                    .unwrap_or_else(|| CompanyChange {
                        name: name.clone(),
                        ..Default::default()
                    })
            });
            people.push(PersonChange {
                email: line.email.to_lowercase(),
                values: values
                    .into_iter()
                    .map(|(name, value)| (name, Some(value)))
                    .collect(),
                company,
                join: line.lists.clone(),
                source: "import".into(),
                ..PersonChange::default()
            });
        }
        if faults.is_empty() {
            Ok((companies, people))
        } else {
            Err(WorkspaceFault::Unusable(faults))
        }
    }

    fn agents(&self) -> Result<Vec<Agent>, WorkspaceFault> {
        let mut faults = Vec::new();
        let mut agents = Vec::new();
        for line in &self.agents {
            match line.agent() {
                Ok(agent) => agents.push(agent),
                Err(fault) => faults.push(format!("agents: {}: {fault}", line.name)),
            }
        }
        if faults.is_empty() {
            Ok(agents)
        } else {
            Err(WorkspaceFault::Unusable(faults))
        }
    }
}

impl AgentLine {
    fn agent(&self) -> Result<Agent, String> {
        let hours: Hours = self
            .hours
            .parse()
            .map_err(|fault| format!("hours: {fault}"))?;
        if engine::reading::email(&self.email).is_none() {
            return Err(format!("{} is no mail address", self.email));
        }
        let buffer = length(self.buffer_minutes, "buffer_minutes")?;
        Ok(Agent {
            name: self.name.clone(),
            email: self.email.clone(),
            picture: self.avatar.clone(),
            terms: Terms {
                zone: Zone::parse(&self.zone).map_err(|fault| fault.to_string())?,
                hours,
                step: None,
                before: Length::NONE,
                after: buffer,
                notice_minutes: self.notice_hours.saturating_mul(60),
                horizon_days: self.horizon_days,
                daily_limit: self.daily_limit,
            },
            length: length(self.duration_minutes, "duration_minutes")?,
            active: true,
        })
    }
}

fn length(minutes: u16, place: &str) -> Result<Length, String> {
    Length::minutes(minutes).map_err(|fault| format!("{place}: {fault}"))
}

fn one(fault: String) -> WorkspaceFault {
    WorkspaceFault::Unusable(vec![fault])
}
