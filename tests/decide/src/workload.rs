//! The bench's dialogues, compiled as publishing compiles them.

use crate::{ATTRIBUTES, is_number};
use engine::compile::{Compiled, Live, Settings, publication, theme};
use engine::compiled::{Condition, Consent, Op, Pattern, Publication, Repeat, Test};
use engine::ids::{AtomId, AttributeId, DialogueId, EditionId, Timestamp};
use engine::reading;
use engine::value::Value;
use serde::Deserialize;

/// A workload as the bench writes it.
#[derive(Deserialize)]
pub struct Workload {
    /// What is published.
    pub dialogues: Vec<Dialogue>,
    /// What is visited.
    pub visits: Vec<Visit>,
    /// The dialogue that wins each visit, when it was asked to write them.
    #[serde(default)]
    pub winners: Vec<Option<String>>,
}

/// One dialogue.
#[derive(Deserialize)]
pub struct Dialogue {
    id: String,
    priority: u16,
    include: Vec<String>,
    exclude: Vec<String>,
    #[serde(rename = "match")]
    combine: String,
    conditions: Vec<Comparison>,
}

#[derive(Deserialize)]
struct Comparison {
    attr: String,
    op: String,
    value: serde_json::Value,
}

/// One page view.
#[derive(Deserialize)]
pub struct Visit {
    /// Its address.
    pub url: String,
    /// What is known of the visitor.
    pub attrs: serde_json::Map<String, serde_json::Value>,
}

impl Visit {
    /// As `Decision::decide` reads it.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.url.clone();
        for (name, value) in &self.attrs {
            let number = ATTRIBUTES
                .iter()
                .position(|known| known == name)
                .expect("a known attribute");
            line.push_str(&format!("\n{number}{}", plain(value)));
        }
        line
    }
}

/// The publication of a workload, and the dialogues' ids in the order of their places.
///
/// # Errors
/// Says what in the workload this engine has no word for.
pub fn compile(workload: &Workload) -> Result<(Publication, Vec<String>), String> {
    let mut dialogues: Vec<&Dialogue> = workload.dialogues.iter().collect();
    dialogues.sort_by_key(|dialogue| dialogue.priority);
    let compiled = dialogues
        .iter()
        .zip(0..)
        .map(|(dialogue, rank)| dialogue.compile(rank))
        .collect::<Result<Vec<_>, _>>()?;
    // The workload ranks more dialogues than there are priorities; among equals the first published wins.
    let live: Vec<Live<'_>> = compiled
        .iter()
        .zip(0..)
        .map(|(compiled, rank)| Live {
            compiled,
            first_published: Timestamp(rank),
        })
        .collect();
    let mut settings = Settings {
        workspace: "bench".into(),
        chat_on: true,
        consent: Consent::Full,
        theme: theme(&engine::compile::Look::default()).map_err(|faults| faults.join("; "))?,
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    let ids = dialogues
        .iter()
        .map(|dialogue| dialogue.id.clone())
        .collect();
    Ok((publication(&live, &mut settings), ids))
}

impl Dialogue {
    fn compile(&self, rank: u32) -> Result<Compiled, String> {
        let patterns = |texts: &[String]| {
            texts
                .iter()
                .map(|text| Pattern::parse(text).map_err(|fault| format!("{text}: {fault}")))
                .collect::<Result<Vec<_>, _>>()
        };
        let conditions = self
            .conditions
            .iter()
            .map(Comparison::condition)
            .collect::<Result<Vec<_>, _>>()?;
        let criteria = match self.combine.as_str() {
            "all" => conditions,
            _ => vec![Condition::Any(conditions)],
        };
        Ok(Compiled {
            id: EditionId(edition_bytes(rank)),
            graph: [0; 16],
            dialogue: DialogueId(rank),
            name: self.id.clone(),
            campaign: String::new(),
            priority: 50,
            editions: Vec::new(),
            targets: patterns(&self.include)?,
            excluded: patterns(&self.exclude)?,
            criteria_words: Vec::new(),
            criteria,
            visited: Vec::new(),
            events: Vec::new(),
            repeat: Repeat::Once,
            atoms: Vec::new(),
            openings: Vec::new(),
            confirmations: Vec::new(),
            flows: Vec::new(),
            surface: None,
            clicks: Vec::new(),
        })
    }
}

impl Comparison {
    fn condition(&self) -> Result<Condition, String> {
        let at = ATTRIBUTES.iter().position(|known| *known == self.attr);
        let number = at
            .and_then(|at| u16::try_from(at).ok())
            .ok_or(format!("no attribute {}", self.attr))?;
        let op = match self.op.as_str() {
            "is" | "in" => Op::Is,
            "is_not" => Op::IsNot,
            "gt" => Op::GreaterThan,
            "lt" => Op::LessThan,
            "contains" => Op::Contains,
            other => return Err(format!("no operator {other}")),
        };
        let one = |value: &serde_json::Value| {
            let text = plain(value);
            if is_number(number) {
                reading::number(&text)
                    .map(Value::Number)
                    .ok_or(format!("{text} is no number"))
            } else {
                Ok(Value::Text(text))
            }
        };
        let values = match &self.value {
            serde_json::Value::Array(values) => {
                values.iter().map(one).collect::<Result<Vec<_>, _>>()?
            }
            value => vec![one(value)?],
        };
        Ok(Condition::Local(
            AtomId(0),
            AttributeId(number),
            Test {
                op,
                values,
                days: 0,
            },
        ))
    }
}

fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number as an edition's name.
fn edition_bytes(n: u32) -> [u8; 12] {
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&n.to_le_bytes());
    bytes
}
