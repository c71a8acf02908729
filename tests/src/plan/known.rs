//! The names a plan has introduced, so that a misspelt one is an error and not a count of nothing.

use super::action::Action;
use super::definition::Definition;
use super::dialogue::Source;
use super::error::Fault;
use super::expectation::Expectation;
use super::statement::Statement;
use std::collections::BTreeSet;

/// Names defined so far.
#[derive(Default)]
pub(super) struct Known {
    streams: BTreeSet<String>,
    agents: BTreeSet<String>,
}

impl Known {
    /// Takes in what `statement` defines; fails when it speaks of a dialogue, flow or agent that is not defined.
    pub fn take(&mut self, statement: &Statement) -> Result<(), Fault> {
        match statement {
            Statement::Define(definition) => self.define(definition),
            Statement::Do(action) | Statement::Cannot(action) => match action {
                Action::Publish(name)
                | Action::Unpublish(name)
                | Action::Change(name, _)
                | Action::Correct(name, _) => self.stream(name),
                _ => Ok(()),
            },
            Statement::Expect(expectation) => self.expected(expectation),
            Statement::Through(_) => Ok(()),
        }
    }

    fn define(&mut self, definition: &Definition) -> Result<(), Fault> {
        match definition {
            Definition::Dialogue { name, source, .. } | Definition::Flow { name, source, .. } => {
                if let Some(Source::Named(source)) = source {
                    self.stream(source)?;
                }
                if !self.streams.insert(name.clone()) {
                    return Err(format!("{name} is defined twice").into());
                }
            }
            Definition::Agent(agent) => {
                if !self.agents.insert(agent.name.clone()) {
                    return Err(format!("agent {} is defined twice", agent.name).into());
                }
            }
            Definition::Busy(busy) => self.agent(&busy.agent)?,
            Definition::Company(_)
            | Definition::Person(_)
            | Definition::Attribute(..)
            | Definition::Pdf { .. }
            | Definition::Consent(_)
            | Definition::TimeZone(_)
            | Definition::Delay(_) => {}
        }
        Ok(())
    }

    fn expected(&self, expectation: &Expectation) -> Result<(), Fault> {
        match expectation {
            Expectation::Shows(name, _)
            | Expectation::Holds(name)
            | Expectation::Continues(name)
            | Expectation::Counts(name, _)
            | Expectation::WhyNot(name, _)
            | Expectation::Why(name)
            | Expectation::Edition(name, _)
            | Expectation::Score(name, _) => self.stream(name),
            Expectation::Meeting { agent, .. } => self.agent(agent),
            _ => Ok(()),
        }
    }

    fn stream(&self, name: &str) -> Result<(), Fault> {
        if self.streams.contains(name) {
            Ok(())
        } else {
            Err(format!("no dialogue or flow called {name} is defined above").into())
        }
    }

    fn agent(&self, name: &str) -> Result<(), Fault> {
        if self.agents.contains(name) {
            Ok(())
        } else {
            Err(format!("no agent called {name} is defined above").into())
        }
    }
}
