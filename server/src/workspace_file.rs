//! A workspace as a file: settings, attributes, companies, people, lists, agents and pools.
//! Importing it again changes what the file says and leaves the rest.

use crate::api::values::from_json;
use crate::meetings::{Hours, Length, Terms, Zone};
use crate::peer::Network;
use crate::store::{
    Agent, CompanyChange, PersonChange, Scope, Settings, Store, StoreError, WorkspaceImport,
    parse_consent,
};
use engine::authored::Form;
use engine::check::Catalogue;
use engine::compile::{Look, forms, theme};
use engine::value::ValueType;
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap};

/// The file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceFile {
    /// The public name in addresses: lower-case letters, digits and hyphens.
    pub name: String,
    /// The company's name.
    pub title: String,
    /// The time zone by IANA name.
    #[serde(default = "utc")]
    pub zone: String,
    /// `full`, `essential` or `wait`.
    #[serde(default = "essential")]
    pub consent: String,
    /// Off hides everything.
    #[serde(default = "yes")]
    pub chat_on: bool,
    /// Origins of pages that may show the widget.
    #[serde(default)]
    pub sites: Vec<String>,
    /// Address ranges from which nobody counts in reports: the company's own.
    #[serde(default)]
    pub staff: Vec<String>,
    /// How the widget looks.
    #[serde(default)]
    pub theme: Look,
    /// Web forms that are handed over to flows.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Attributes beyond those every workspace has, `person.interest`, and their types.
    #[serde(default)]
    pub attributes: BTreeMap<String, ValueType>,
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

/// A company; further fields are its attributes.
#[derive(Clone, Debug, Deserialize)]
pub struct CompanyLine {
    name: String,
    #[serde(default)]
    domain: Option<String>,
    #[serde(flatten)]
    values: BTreeMap<String, Json>,
}

/// A person; further fields are their attributes. `company` is the domain or the name of a company.
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
    picture: String,
    zone: String,
    hours: String,
    #[serde(default = "half_an_hour")]
    minutes: u16,
    #[serde(default)]
    before_minutes: u16,
    #[serde(default)]
    after_minutes: u16,
    #[serde(default = "a_day")]
    notice_minutes: u32,
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
    minutes: u16,
}

fn utc() -> String {
    "UTC".into()
}

fn essential() -> String {
    "essential".into()
}

fn yes() -> bool {
    true
}

fn half_an_hour() -> u16 {
    30
}

fn a_day() -> u32 {
    24 * 60
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

/// Checks a list of addresses and ranges, such as `192.0.2.0/24`.
///
/// # Errors
/// Names the first that is none.
pub fn check_staff(staff: &[String]) -> Result<(), String> {
    match staff.iter().find(|text| Network::parse(text).is_none()) {
        None => Ok(()),
        Some(text) => Err(format!(
            "{text} is no address or range such as 192.0.2.0/24"
        )),
    }
}

/// Checks a list of origins of pages, such as `https://www.w.example` or `https://*.w.example`.
///
/// # Errors
/// The first that cannot.
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
    /// Reads a file.
    ///
    /// # Errors
    /// When it is not JSON of this form.
    pub fn read(json: &str) -> Result<Self, WorkspaceFault> {
        Ok(serde_json::from_str(json)?)
    }

    /// Whether a JSON text is meant to be such a file, and no dialogue.
    #[must_use]
    pub fn is_meant(json: &str) -> bool {
        serde_json::from_str::<Json>(json)
            .is_ok_and(|json| json.get("kind").is_none() && json.get("title").is_some())
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
        let mut kinds = match store.enter_as_operator(self.name.clone()).await {
            Ok(scope) => store.attributes(&scope).await?,
            Err(StoreError::Missing(_)) => Catalogue::default().attributes,
            Err(fault) => return Err(fault.into()),
        };
        kinds.extend(self.attributes.clone());
        let (companies, people) = self.records(&kinds)?;
        let mut pools = Vec::new();
        for pool in &self.pools {
            let length = length(pool.minutes, "minutes").map_err(one)?;
            pools.push((pool.name.clone(), length, pool.agents.clone()));
        }
        let consent = parse_consent(&self.consent);
        let settings = Settings {
            title: self.title.clone(),
            zone: self.zone.clone(),
            consent: consent.ok_or_else(|| one("consent".into()))?,
            chat_on: self.chat_on,
            sites: self.sites.clone(),
            theme: serde_json::to_string(&self.theme)?,
            forms: serde_json::to_string(&self.forms)?,
            staff: self.staff.clone(),
        };
        let import = WorkspaceImport {
            name: self.name.clone(),
            settings,
            attributes: self.attributes.clone(),
            lists: self.lists.clone(),
            companies,
            people,
            agents: self.agents()?,
            pools,
        };
        Ok(store.import_workspace(import).await?)
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if !is_slug(&self.name) {
            faults.push("name: lower-case letters, digits and hyphens, at most 60".into());
        }
        if jiff::tz::TimeZone::get(&self.zone).is_err() {
            faults.push(format!("zone: there is no zone {}", self.zone));
        }
        if parse_consent(&self.consent).is_none() {
            faults.push(format!(
                "consent: full, essential or wait, not {}",
                self.consent
            ));
        }
        if let Err(fault) = check_sites(&self.sites) {
            faults.push(format!("sites: {fault}"));
        }
        if let Err(fault) = check_staff(&self.staff) {
            faults.push(format!("staff: {fault}"));
        }
        if let Err(look) = theme(&self.theme) {
            faults.extend(look.into_iter().map(|fault| format!("theme: {fault}")));
        }
        // Flows may be imported later than the file that names them.
        if let Err(all) = forms(&self.forms, &[], &|_| true) {
            faults.extend(all);
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
        let mut known = HashMap::new();
        let mut companies = Vec::new();
        for line in &self.companies {
            let change = CompanyChange {
                name: line.name.clone(),
                domain: line.domain.as_deref().map(str::to_lowercase),
                values: read("company", &line.values),
            };
            known.insert(line.name.as_str(), change.clone());
            if let Some(domain) = &line.domain {
                known.insert(domain, change.clone());
            }
            companies.push(change);
        }
        let mut people = Vec::new();
        for line in &self.people {
            let values = read("person", &line.values);
            let company = line.company.as_ref().map(|name| {
                known
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
        if !self.picture.is_empty() && engine::url::PageUrl::parse(&self.picture).is_none() {
            return Err(format!("picture: {} is no web address", self.picture));
        }
        Ok(Agent {
            name: self.name.clone(),
            email: self.email.clone(),
            picture: self.picture.clone(),
            terms: Terms {
                zone: Zone::parse(&self.zone).map_err(|fault| fault.to_string())?,
                hours,
                step: None,
                before: length(self.before_minutes, "before_minutes")?,
                after: length(self.after_minutes, "after_minutes")?,
                notice_minutes: self.notice_minutes,
                horizon_days: self.horizon_days,
                daily_limit: self.daily_limit,
            },
            length: length(self.minutes, "minutes")?,
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
