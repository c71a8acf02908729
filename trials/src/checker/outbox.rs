//! I7: whatever was to be told was told, at least once, under one id and in order, or is given up with a reason.

use super::{Check, Key};
use crate::Failure;
use std::collections::{BTreeMap, HashMap, HashSet};

/// A message as it lies there.
struct Message {
    position: i64,
    subject: String,
    state: String,
    fault: Option<String>,
    /// The webhook and the activity it takes there.
    webhook: Option<(String, String)>,
}

const OUTBOX: &str =
    "SELECT workspace, id, position, subject, kind, state, fault, payload FROM outbox";
const WEBHOOKS: &str = "SELECT workspace, id, kinds, created_at FROM webhooks";
const ACTIVITIES: &str = "SELECT workspace, id, kind FROM activities WHERE test = 0";

pub fn check(check: &mut Check, delivered: bool) -> Result<(), Failure> {
    let messages = messages(check)?;
    caused(check, &messages)?;
    settled(check, &messages, delivered);
    arrived(check, &messages);
    Ok(())
}

fn messages(check: &mut Check) -> Result<HashMap<Key, Message>, Failure> {
    let names = check.names.clone();
    let mut messages = HashMap::new();
    check.db.each(OUTBOX, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        let key = (name, row.text());
        let (position, subject) = (row.integer(), row.text());
        let (kind, state, fault) = (row.text(), row.text(), row.maybe());
        let payload: serde_json::Value = serde_json::from_str(&row.text()).unwrap_or_default();
        let word = |name: &str| payload[name].as_str().map(str::to_owned);
        let webhook = (kind == "webhook").then(|| Some((word("webhook")?, word("activity")?)));
        messages.insert(
            key,
            Message {
                position,
                subject,
                state,
                fault,
                webhook: webhook.flatten(),
            },
        );
    })?;
    check.verdict.counted("messages", messages.len());
    Ok(messages)
}

/// Every activity has one message for each webhook that wants to hear of it.
fn caused(check: &mut Check, messages: &HashMap<Key, Message>) -> Result<(), Failure> {
    let names = check.names.clone();
    let mut wanted: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    check.db.each(WEBHOOKS, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        let id = row.text();
        let kinds: Vec<String> = serde_json::from_str(&row.text()).unwrap_or_default();
        for kind in kinds {
            wanted
                .entry((name.clone(), kind))
                .or_default()
                .push(id.clone());
        }
    })?;
    let mut there: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (key, message) in messages {
        if let Some((webhook, activity)) = &message.webhook {
            *there.entry((&key.0, webhook, activity)).or_default() += 1;
        }
    }
    let mut found = Vec::new();
    check.db.each(ACTIVITIES, |mut row| {
        let workspace = row.text();
        let name = names.get(&workspace).cloned().unwrap_or(workspace);
        let (id, kind) = (row.text(), row.text());
        for webhook in wanted.get(&(name.clone(), kind)).into_iter().flatten() {
            let times = there.get(&(name.as_str(), webhook.as_str(), id.as_str()));
            let times = times.copied().unwrap_or(0);
            if times != 1 {
                found.push(format!(
                    "{name}: activity {id} lies {times} times in the outbox for webhook {webhook}"
                ));
            }
        }
    })?;
    for what in found {
        check.verdict.violated("I7", what);
    }
    Ok(())
}

/// What is said to have left has arrived, and what was given up says why.
fn settled(check: &mut Check, messages: &HashMap<Key, Message>, delivered: bool) {
    let arrived: HashSet<(&str, &str)> = check
        .known
        .received
        .iter()
        .map(|received| (received.workspace.as_str(), received.delivery.as_str()))
        .collect();
    let mut found = Vec::new();
    let mut waiting = 0;
    for ((workspace, id), message) in messages {
        let has_arrived = arrived.contains(&(workspace.as_str(), id.as_str()));
        match message.state.as_str() {
            "sent" if message.webhook.is_some() && !has_arrived => {
                found.push(format!(
                    "{workspace}: {id} is said to be sent, and never arrived"
                ));
            }
            "dead" | "dropped" if message.fault.as_deref().unwrap_or_default().is_empty() => {
                found.push(format!("{workspace}: {id} was given up without a reason"));
            }
            "waiting" => waiting += usize::from(message.webhook.is_some()),
            _ => {}
        }
    }
    if delivered && waiting > 0 {
        found.push(format!("{waiting} webhooks still wait"));
    }
    check
        .verdict
        .counted("webhooks", check.known.received.len());
    for what in found {
        check.verdict.violated("I7", what);
    }
}

/// Deliveries of one subject arrived in order; one that came again came before the next.
fn arrived(check: &mut Check, messages: &HashMap<Key, Message>) {
    let mut last: HashMap<(&str, &str), i64> = HashMap::new();
    let mut found = Vec::new();
    for received in &check.known.received {
        let key = (received.workspace.clone(), received.delivery.clone());
        // Messages about somebody who was forgotten are gone.
        let Some(message) = messages.get(&key) else {
            continue;
        };
        let told = message.webhook.as_ref().map(|(_, activity)| activity);
        if told != Some(&received.activity) {
            found.push(format!(
                "{}: {} arrived with another activity",
                key.0, key.1
            ));
        }
        let subject = (received.workspace.as_str(), message.subject.as_str());
        let before = last.entry(subject).or_insert(message.position);
        if *before > message.position {
            found.push(format!(
                "{}: {} arrived after a later one of {}",
                key.0, key.1, message.subject
            ));
        }
        *before = message.position;
    }
    for what in found {
        check.verdict.violated("I7", what);
    }
}
