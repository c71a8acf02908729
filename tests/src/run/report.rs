//! What became of a plan.

use std::fmt;
use std::path::PathBuf;

/// A plan that did not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The statement as it is written.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What the bot had said by then.
    pub transcript: Vec<String>,
}

/// What became of a plan.
pub type Outcome = Result<(), Box<Failure>>;

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}:{}: {}",
            self.file.display(),
            self.line,
            self.expected
        )?;
        writeln!(f, "  found: {}", self.found)?;
        for text in &self.transcript {
            writeln!(f, "  | {text}")?;
        }
        Ok(())
    }
}
