//! The list of mutations, `tests/mutations.txt`: which rules can be taken away, and how.

use crate::Failure;
use std::collections::BTreeSet;

/// One rule taken away, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// The rule, by its name in `tests/plans/RULES.md`.
    pub rule: String,
    /// Which part of it; empty when it is the whole.
    pub part: String,
    /// Where it stands, from the root.
    pub file: String,
    /// Whether only plans that need the real server can notice.
    pub through_server: bool,
    /// What stands there, white space apart.
    pub stands: String,
    /// What stands there instead.
    pub instead: String,
}

impl Mutation {
    /// How it is called in tables.
    pub fn name(&self) -> String {
        if self.part.is_empty() {
            self.rule.clone()
        } else {
            format!("{}: {}", self.rule, self.part)
        }
    }

    /// The source without the rule; `None` when the source does not hold what should stand there.
    pub fn apply(&self, source: &str) -> Option<String> {
        let at = find(source, &self.stands)?;
        let mut mutant = source.to_string();
        mutant.replace_range(at, &self.instead);
        Some(mutant)
    }
}

/// The whole list.
#[derive(Clone, Debug, Default)]
pub struct Mutations {
    /// What can be taken away.
    pub all: Vec<Mutation>,
    /// Rules that others than the engine keep: their names, and who.
    pub elsewhere: Vec<(String, String)>,
}

impl Mutations {
    /// Reads the list.
    ///
    /// # Errors
    /// Names the block that cannot be read.
    pub fn parse(list: &str) -> Result<Self, Failure> {
        let mut read = Self::default();
        let body: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        for block in body
            .join("\n")
            .split("\n\n")
            .map(|block| block.trim_matches('\n'))
            .filter(|block| !block.is_empty())
        {
            let (head, rest) = block
                .split_once('\n')
                .ok_or(format!("a mutation without a body: {block}"))?;
            if let Some(keeper) = head.strip_prefix("elsewhere: ") {
                for rule in rest.split_whitespace() {
                    read.elsewhere.push((rule.into(), keeper.into()));
                }
                continue;
            }
            let (name, file) = head
                .split_once(" @ ")
                .ok_or(format!("a mutation begins with RULE @ FILE, not {head}"))?;
            let (rule, part) = name.split_once(": ").unwrap_or((name, ""));
            let (file, through_server) = match file.strip_suffix(" through server") {
                Some(file) => (file, true),
                None => (file, false),
            };
            let (stands, instead) = rest
                .split_once("\n=>")
                .ok_or(format!("a mutation without =>: {head}"))?;
            read.all.push(Mutation {
                rule: rule.into(),
                part: part.into(),
                file: file.into(),
                through_server,
                stands: stands.into(),
                instead: instead.trim_start_matches('\n').into(),
            });
        }
        Ok(read)
    }

    /// Rules that are neither taken away nor said to be kept elsewhere.
    pub fn missing(&self, rules: &BTreeSet<String>) -> Vec<String> {
        let named: BTreeSet<&String> = self
            .all
            .iter()
            .map(|mutation| &mutation.rule)
            .chain(self.elsewhere.iter().map(|(rule, _)| rule))
            .collect();
        let missing = rules.iter().filter(|rule| !named.contains(rule));
        missing.cloned().collect()
    }
}

/// The rules that `tests/plans/RULES.md` lists.
pub fn rules(index: &str) -> BTreeSet<String> {
    let rules = index.lines().filter_map(|line| line.strip_prefix("| `"));
    rules
        .filter_map(|line| line.split_once('`'))
        .map(|(rule, _)| rule.to_string())
        .collect()
}

/// Where `wanted` stands, whatever the white space in and around it.
fn find(text: &str, wanted: &str) -> Option<std::ops::Range<usize>> {
    let letters: Vec<char> = wanted.chars().filter(|c| !c.is_whitespace()).collect();
    let first = *letters.first()?;
    text.match_indices(first).find_map(|(start, _)| {
        let mut rest = text[start..]
            .char_indices()
            .filter(|(_, c)| !c.is_whitespace());
        let mut end = start;
        for letter in &letters {
            let (at, c) = rest.next()?;
            if c != *letter {
                return None;
            }
            end = start + at + c.len_utf8();
        }
        Some(start..end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build;
    use std::fs;

    fn list() -> Mutations {
        let list = fs::read_to_string(build::root().join("tests/mutations.txt")).unwrap();
        Mutations::parse(&list).unwrap()
    }

    fn index() -> BTreeSet<String> {
        rules(&fs::read_to_string(build::root().join("tests/plans/RULES.md")).unwrap())
    }

    #[test]
    fn every_mutation_fits_the_source_and_changes_it() {
        let mut names = BTreeSet::new();
        for mutation in list().all {
            let name = mutation.name();
            let source = fs::read_to_string(build::root().join(&mutation.file)).unwrap();
            let mutant = mutation.apply(&source);
            let mutant =
                mutant.unwrap_or_else(|| panic!("{name}: {} holds it no longer", mutation.file));
            assert_ne!(mutant, source, "{name} changes nothing");
            assert!(names.insert(name.clone()), "{name} is listed twice");
        }
    }

    #[test]
    fn every_rule_can_be_taken_away_or_is_kept_elsewhere() {
        let (list, index) = (list(), index());
        assert_eq!(list.missing(&index), [""; 0], "rules without a mutation");
        for mutation in &list.all {
            let rule = &mutation.rule;
            assert!(index.contains(rule), "{rule} is not in RULES.md");
        }
        for (rule, _) in &list.elsewhere {
            assert!(index.contains(rule), "{rule} is not in RULES.md");
            let here = list.all.iter().any(|mutation| mutation.rule == *rule);
            assert!(!here, "{rule} is both here and elsewhere");
        }
    }
}
