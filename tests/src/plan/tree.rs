//! The lines of a plan by their indentation.

use super::error::Fault;
use super::token::Words;

/// Spaces that make one step of indentation.
const STEP: usize = 2;

/// A line with the lines indented beneath it.
#[derive(Debug)]
pub(super) struct Node {
    /// Where it stands, from 1.
    pub number: usize,
    /// The line, without indentation.
    pub text: String,
    /// The lines beneath.
    pub block: Vec<Node>,
}

/// A fault and its line.
#[derive(Debug)]
pub(super) struct Placed {
    /// Where, from 1.
    pub line: usize,
    /// What.
    pub fault: Fault,
}

impl Node {
    /// Says that `fault` is in this line.
    pub fn at(&self, fault: Fault) -> Placed {
        Placed {
            line: self.number,
            fault,
        }
    }

    /// The pieces of the line.
    pub fn words(&self) -> Result<Words, Placed> {
        Words::of(&self.text).map_err(|fault| self.at(fault))
    }

    /// Fails when lines stand beneath.
    pub fn no_block(&self) -> Result<(), Placed> {
        match self.block.first() {
            None => Ok(()),
            Some(first) => Err(first.at("nothing can be indented beneath the line above".into())),
        }
    }
}

/// The lines of `text` by their indentation, without comments and empty lines.
pub(super) fn tree(text: &str) -> Result<Vec<Node>, Placed> {
    let mut open: Vec<Vec<Node>> = vec![Vec::new()];
    for (place, line) in text.lines().enumerate() {
        let indented = line.trim_start_matches(' ');
        let trimmed = indented.trim_end();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let node = Node {
            number: place + 1,
            text: trimmed.to_owned(),
            block: Vec::new(),
        };
        let spaces = line.len() - indented.len();
        let depth = spaces / STEP;
        if indented.starts_with('\t') || !spaces.is_multiple_of(STEP) {
            return Err(node.at("indentation is in steps of two spaces".into()));
        }
        if depth >= open.len() && open.last().is_none_or(Vec::is_empty) || depth > open.len() {
            return Err(node.at("this line is indented too far".into()));
        }
        if depth == open.len() {
            open.push(Vec::new());
        }
        close(&mut open, depth);
        if let Some(level) = open.last_mut() {
            level.push(node);
        }
    }
    close(&mut open, 0);
    Ok(open.pop().unwrap_or_default())
}

/// Hangs everything deeper than `depth` beneath the line above it.
fn close(open: &mut Vec<Vec<Node>>, depth: usize) {
    while open.len() > depth + 1 {
        let block = open.pop().unwrap_or_default();
        if let Some(parent) = open.last_mut().and_then(|level| level.last_mut()) {
            parent.block = block;
        }
    }
}
