//! What a trial happens in: three workspaces with two dialogues each, agents in pools, and webhooks. Two of the workspaces
//! have the same agents and dialogues, so that whatever crosses over would fit in there.

use crate::Failure;
use crate::servers::{Setup, told};
use crate::wire::Wire;
use engine::compiled::Edition;
use engine::ids::EditionId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

const TOUR: &str = include_str!("../world/tour.json");
const TALK: &str = include_str!("../world/talk.json");

/// The workspaces. Visitors of one type addresses that end with its name and `.example`, wherever they are.
pub const WORKSPACES: [&str; 3] = ["acme", "bolt", "cove"];
/// Days ahead that agents can be booked.
pub const HORIZON_DAYS: u16 = 60;
/// What webhooks tell of. Meetings are few enough for receivers that are told one after the other.
pub const WEBHOOK_KIND: &str = "Scheduled Meeting in Dialogue";

/// A workspace as whoever sets it up knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Its public name.
    pub name: String,
    /// A token with every right.
    pub token: String,
    /// Its published editions.
    pub editions: Vec<String>,
}

/// What visitors meet there.
#[derive(Clone, Debug)]
pub struct Place {
    /// The workspace.
    pub workspace: Workspace,
    /// Its dialogues.
    pub dialogues: Vec<Dialogue>,
}

/// A published dialogue.
#[derive(Clone, Debug)]
pub struct Dialogue {
    /// The name of the edition.
    pub id: EditionId,
    /// The edition as browsers run it.
    pub edition: Edition,
}

/// Sets the workspaces up by the commands of the binary, on a database that is empty.
///
/// # Errors
/// When a command fails.
pub fn make(setup: &Setup) -> Result<Vec<Workspace>, Failure> {
    setup.write()?;
    let mut made = Vec::new();
    for name in WORKSPACES {
        let file = write(
            &setup.folder,
            &format!("{name}.json"),
            &workspace(name).to_string(),
        )?;
        setup.run(&["import", &file])?;
        let mut editions = Vec::new();
        for (dialogue, text) in [("tour", TOUR), ("talk", TALK)] {
            let file = write(&setup.folder, &format!("{dialogue}.json"), text)?;
            let said = setup.run(&["--workspace", name, "import", &file, "--publish"])?;
            let edition = said
                .split_whitespace()
                .rev()
                .find(|word| EditionId::parse(word).is_some());
            let edition = edition.ok_or_else(|| format!("publishing said: {said}"))?;
            editions.push(edition.to_owned());
        }
        let rights = ["token", "create", "trial", "--rights", "read,write,publish"];
        let token = setup.run(&[&["--workspace", name][..], &rights].concat())?;
        made.push(Workspace {
            name: name.into(),
            token: token.trim().into(),
            editions,
        });
    }
    Ok(made)
}

/// Adds webhooks to every workspace, which arrive at `receiver`. The server runs.
///
/// # Errors
/// When the server does not take them.
pub async fn subscribe(
    workspaces: &[Workspace],
    wire: &Wire,
    receiver: &str,
) -> Result<(), Failure> {
    for workspace in workspaces {
        for hook in 0..2 {
            let url = format!("{receiver}/{}/{hook}", workspace.name);
            wire.add_webhook(&workspace.token, &url, WEBHOOK_KIND)
                .await?;
        }
    }
    Ok(())
}

/// Fetches what visitors meet. The server runs.
///
/// # Errors
/// When it does not serve an edition.
pub async fn places(workspaces: &[Workspace], wire: &Wire) -> Result<Arc<[Place]>, Failure> {
    let mut places = Vec::new();
    for workspace in workspaces {
        let mut dialogues = Vec::new();
        for edition in &workspace.editions {
            let path = format!("/e/{}/{edition}.en", workspace.name);
            let id = EditionId::parse(edition).ok_or_else(|| format!("{edition} is no edition"))?;
            let edition = wire.get(&path).await;
            let edition = edition.ok_or_else(|| format!("the server does not serve {path}"))?;
            dialogues.push(Dialogue { id, edition });
        }
        places.push(Place {
            workspace: workspace.clone(),
            dialogues,
        });
    }
    Ok(places.into())
}

fn write(folder: &Path, name: &str, text: &str) -> Result<String, Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(told(path.display()))?;
    Ok(path.display().to_string())
}

fn workspace(name: &str) -> serde_json::Value {
    let agent = |who: &str, before: u16, after: u16, limit: Option<u16>| {
        json!({
            "name": who, "email": format!("{}@{name}.example", who.to_lowercase()), "zone": "UTC",
            "hours": "mon-sun 00:00-24:00", "minutes": 30, "before_minutes": before, "after_minutes": after,
            "notice_minutes": 0, "horizon_days": HORIZON_DAYS, "daily_limit": limit,
        })
    };
    json!({
        "name": name, "title": name, "zone": "UTC", "consent": "essential",
        "sites": ["https://www.example.com"],
        "agents": [
            agent("Ada", 0, 0, None), agent("Ben", 0, 15, None), agent("Cleo", 10, 0, None),
            agent("Dan", 0, 0, Some(12)), agent("Eve", 0, 0, None), agent("Fred", 5, 30, None),
            agent("Gil", 0, 0, None), agent("Ivo", 0, 5, None),
        ],
        // Ben, Cleo and Dan sit in both, so that the two rings meet over one diary.
        "pools": [
            { "name": "Sales", "minutes": 30, "agents": ["Ada", "Ben", "Cleo", "Dan", "Eve"] },
            { "name": "Support", "minutes": 30, "agents": ["Cleo", "Fred", "Dan", "Ben", "Gil"] },
        ],
    })
}
