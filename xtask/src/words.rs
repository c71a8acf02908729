//! The widget's own words, one language a file: every language has every sentence.

use crate::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// A key and its sentence, line by line.
fn read<'a>(name: &str, file: &'a str) -> Result<BTreeMap<&'a str, &'a str>, Failure> {
    let mut words = BTreeMap::new();
    for line in file.lines() {
        let (key, sentence) = line
            .split_once(' ')
            .filter(|(key, sentence)| !key.is_empty() && !sentence.trim().is_empty())
            .ok_or(format!("{name}: a line is no key and sentence: {line:?}"))?;
        if words.insert(key, sentence).is_some() {
            return Err(format!("{name}: {key} stands there twice"));
        }
    }
    Ok(words)
}

/// Compares the languages with the first one, and with the keys that the widget's `sources` ask for.
///
/// # Errors
/// With everything that is missing or too much.
pub fn check(languages: &[(&str, String)], sources: &[String]) -> Result<(), Failure> {
    let Some((first, english)) = languages.first() else {
        return Ok(());
    };
    let english = read(first, english)?;
    let mut faults = Vec::new();
    for (name, file) in languages.iter().skip(1) {
        let words = read(name, file)?;
        for key in english.keys().filter(|key| !words.contains_key(*key)) {
            faults.push(format!("{name} lacks {key}"));
        }
        for key in words.keys().filter(|key| !english.contains_key(*key)) {
            faults.push(format!("{name} has {key}, which {first} has not"));
        }
    }
    let asked: BTreeSet<&str> = sources.iter().flat_map(|source| keys(source)).collect();
    for key in asked.iter().filter(|key| !english.contains_key(*key)) {
        faults.push(format!("the widget asks for {key}, which {first} has not"));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}

/// The keys that plans ask for: `~key`.
fn keys(source: &str) -> impl Iterator<Item = &str> {
    source.split('~').skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-')?;
        Some(&rest[..end]).filter(|key| !key.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_that_lacks_a_sentence_is_named() {
        let languages = [
            ("en", "yes Yes\nno No\n".to_string()),
            ("sv", "yes Ja\nnej Nej\n".to_string()),
        ];
        let faults = check(&languages, &[]).expect_err("sv lacks one");
        assert_eq!(faults, "sv lacks no\nsv has nej, which en has not");
    }

    #[test]
    fn a_plan_that_asks_for_an_unknown_sentence_is_named() {
        let languages = [("en", "yes Yes\n".to_string())];
        let source = "\"p.small~yes,p~maybe-not(b)\"".to_string();
        let faults = check(&languages, &[source]).expect_err("en lacks one");
        assert_eq!(faults, "the widget asks for maybe-not, which en has not");
    }
}
