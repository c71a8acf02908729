//! What is wrong with a plan, and where.

use std::path::PathBuf;

/// A plan that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}:{line}: {message}", file.display())]
pub struct PlanError {
    /// The plan's file.
    pub file: PathBuf,
    /// The line, from 1; 0 when the file itself cannot be read.
    pub line: usize,
    /// What is wrong with it, in words.
    pub message: String,
}

/// What is wrong with a line; the reader of the file adds where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault(pub String);

impl Fault {
    /// A fault that says that `found` stands where `expected` should.
    pub fn expected(expected: &str, found: &str) -> Self {
        Fault(format!("expected {expected}, found {found}"))
    }
}

impl<T: Into<String>> From<T> for Fault {
    fn from(message: T) -> Self {
        Fault(message.into())
    }
}
