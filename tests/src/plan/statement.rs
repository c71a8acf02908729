//! A plan and its statements.

use super::action::Action;
use super::definition::Definition;
use super::expectation::Expectation;
use super::level::Level;
use std::path::PathBuf;

/// A scenario file, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Where it was read from. Files that it names lie beside it.
    pub file: PathBuf,
    /// The sentence of its first comment: the rule it shows.
    pub summary: String,
    /// The rules it names in comments of the form `# rule: NAME`.
    pub rules: Vec<String>,
    /// Its statements, in order.
    pub lines: Vec<Line>,
}

/// A statement with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Where it begins, from 1.
    pub number: usize,
    /// How it is written, without indentation and block.
    pub text: String,
    /// What it says.
    pub statement: Statement,
}

/// What one line, with the block beneath it, says.
#[derive(Clone, Debug, PartialEq)]
pub enum Statement {
    /// Something exists from here on.
    Define(Definition),
    /// Somebody does something.
    Do(Action),
    /// Somebody would like to; it is not offered or is refused, and nothing changes.
    Cannot(Action),
    /// Something must hold.
    Expect(Expectation),
    /// The plan always runs at this level or a higher one.
    Through(Level),
}
