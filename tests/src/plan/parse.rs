//! Reads the text of a plan.

use super::action::{Action, Consent};
use super::definition::{Definition, Person};
use super::dialogue::{Change, Source};
use super::error::{Fault, PlanError};
use super::expectation::{Expectation, PersonHolds};
use super::known::Known;
use super::level::Level;
use super::statement::{Line, Plan, Statement};
use super::token::Words;
use super::tree::{Node, Placed, tree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// All plans at `path`: the file itself, or every `.plan` beneath the folder, in order of their names.
///
/// # Errors
/// When there is no such file or folder, or it cannot be listed.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, PlanError> {
    let fail = |error: std::io::Error| PlanError {
        file: path.to_owned(),
        line: 0,
        message: error.to_string(),
    };
    if !std::fs::metadata(path).map_err(fail)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries = std::fs::read_dir(path)
        .and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<Vec<_>, _>>()
        })
        .map_err(fail)?;
    entries.sort();
    let mut plans = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            plans.extend(find(&entry)?);
        } else if entry
            .extension()
            .is_some_and(|extension| extension == "plan")
        {
            plans.push(entry);
        }
    }
    Ok(plans)
}

/// The plan in `file`.
///
/// # Errors
/// When the file cannot be read, or a line of it is not in the grammar.
pub fn read(file: &Path) -> Result<Plan, PlanError> {
    let text = std::fs::read_to_string(file).map_err(|error| PlanError {
        file: file.to_owned(),
        line: 0,
        message: error.to_string(),
    })?;
    parse(file, &text)
}

/// The plan that `text` is; `file` is where it stands.
///
/// # Errors
/// At the first line that is not in the grammar.
pub fn parse(file: &Path, text: &str) -> Result<Plan, PlanError> {
    let placed = |placed: Placed| PlanError {
        file: file.to_owned(),
        line: placed.line,
        message: placed.fault.0,
    };
    let mut reader = Reader::default();
    let lines = tree(text)
        .and_then(|nodes| nodes.iter().map(|node| reader.line(node)).collect())
        .map_err(placed)?;
    let comments = || text.lines().filter_map(|line| line.strip_prefix("# "));
    Ok(Plan {
        file: file.to_owned(),
        summary: comments()
            .find(|comment| !comment.starts_with("rule: "))
            .unwrap_or_default()
            .to_owned(),
        rules: comments()
            .filter_map(|comment| comment.strip_prefix("rule: "))
            .map(str::to_owned)
            .collect(),
        lines,
    })
}

/// Reads statements in order; remembers what earlier ones make of later ones.
#[derive(Default)]
struct Reader {
    known: Known,
    people: BTreeSet<String>,
    visited: bool,
}

impl Reader {
    fn line(&mut self, node: &Node) -> Result<Line, Placed> {
        let mut words = node.words()?;
        let statement = match self.with_block(node, &mut words)? {
            Some(statement) => statement,
            None => {
                node.no_block()?;
                self.plain(&mut words).map_err(|fault| node.at(fault))?
            }
        };
        words.end().map_err(|fault| node.at(fault))?;
        self.known
            .take(&statement)
            .map_err(|fault| node.at(fault))?;
        if let Statement::Do(Action::Visit { .. }) = statement {
            self.visited = true;
        }
        Ok(Line {
            number: node.number,
            text: node.text.clone(),
            statement,
        })
    }

    /// The statements that have a block; `None` for every other.
    fn with_block(&self, node: &Node, words: &mut Words) -> Result<Option<Statement>, Placed> {
        let at = |fault| node.at(fault);
        if words.take_phrase("dialogue") {
            let (name, source) = named(words).map_err(at)?;
            let change = Change::dialogue(&node.block)?;
            let dialogue = Definition::Dialogue {
                name,
                source,
                change,
            };
            return Ok(Some(Statement::Define(dialogue)));
        }
        if words.take_phrase("flow") {
            let (name, source) = named(words).map_err(at)?;
            let change = Change::flow(&node.block)?;
            let flow = Definition::Flow {
                name,
                source,
                change,
            };
            return Ok(Some(Statement::Define(flow)));
        }
        let cannot = words.sees("cannot");
        for (phrase, action) in [
            ("change", Action::Change as fn(String, Change) -> Action),
            ("correct", Action::Correct),
        ] {
            if words.take_phrase(phrase) || words.take_phrase(&format!("cannot {phrase}")) {
                let name = words.name("a dialogue or flow").map_err(at)?;
                if node.block.is_empty() {
                    return Err(at(format!("{phrase} needs a block").into()));
                }
                let action = action(name, Change::dialogue(&node.block)?);
                return Ok(Some(if cannot {
                    Statement::Cannot(action)
                } else {
                    Statement::Do(action)
                }));
            }
        }
        Ok(None)
    }

    fn plain(&mut self, words: &mut Words) -> Result<Statement, Fault> {
        let word = words.word("a statement")?;
        match word.as_str() {
            "through" => {
                let level = words.word("a level")?;
                return Level::parse(&level).map(Statement::Through);
            }
            "person" => return self.person(words),
            "consent" => {
                let consent = Consent::take(words)?;
                return Ok(if self.visited {
                    Statement::Do(Action::Consent(consent))
                } else {
                    Statement::Define(Definition::Consent(consent))
                });
            }
            "cannot" => {
                let word = words.word("an action")?;
                return Action::take(&word, words)?
                    .map(Statement::Cannot)
                    .ok_or_else(|| Fault(format!("unknown action: {word}")));
            }
            _ => {}
        }
        if let Some(definition) = Definition::take(&word, words)? {
            return Ok(Statement::Define(definition));
        }
        if let Some(action) = Action::take(&word, words)? {
            return Ok(Statement::Do(action));
        }
        if let Some(expectation) = Expectation::take(&word, words)? {
            return Ok(Statement::Expect(expectation));
        }
        Err(Fault(format!("unknown word: {word}")))
    }

    /// `person NAME ...`: the first line defines, later ones assert.
    fn person(&mut self, words: &mut Words) -> Result<Statement, Fault> {
        if words.take_phrase("with email") {
            let who = PersonHolds::WithEmail(words.text("an address")?);
            return Expectation::person(who, words).map(Statement::Expect);
        }
        let name = words.name("a person")?;
        if self.people.insert(name.clone()) {
            let person = Person::take(name, words)?;
            if let Some(field) = person.fields.iter().find(|field| field.value.is_none()) {
                return Err(format!("{} cannot be defined as empty", field.name).into());
            }
            Ok(Statement::Define(Definition::Person(person)))
        } else {
            Expectation::person(PersonHolds::Named(name), words).map(Statement::Expect)
        }
    }
}

/// `NAME`, `NAME from SOURCE`
fn named(words: &mut Words) -> Result<(String, Option<Source>), Fault> {
    let name = words.name("a name")?;
    let source = words
        .take_phrase("from")
        .then(|| words.word("a file or a name"))
        .transpose()?;
    Ok((name, source.map(Source::of)))
}

#[cfg(test)]
mod tests;
