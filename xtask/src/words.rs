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

/// Every language of our own texts; the first is in the program itself.
pub const LANGUAGES: [&str; 13] = [
    "en", "sv", "de", "fr", "es", "it", "pt-BR", "nl", "ja", "ko", "zh-Hans", "zh-Hant", "ar",
];

/// The plural categories of cardinal numbers as the Unicode CLDR has them for a language.
fn plurals(language: &str) -> &'static [&'static str] {
    match language {
        "ar" => &["zero", "one", "two", "few", "many", "other"],
        "fr" | "es" | "it" | "pt-BR" => &["one", "many", "other"],
        "ja" | "ko" | "zh-Hans" | "zh-Hant" => &["other"],
        _ => &["one", "other"],
    }
}

/// What is said before the panel opens; the rest comes with the panel.
const FIRST: [&str; 5] = ["chat", "open", "open-unread", "minimise", "dismiss"];

/// The lines of a file that are needed at first, and the others.
pub fn first(file: &str) -> (String, String) {
    let (first, later): (Vec<&str>, Vec<&str>) = file.lines().partition(|line| {
        let key = line.split([' ', '.']).next().unwrap_or_default();
        FIRST.contains(&key)
    });
    (first.join("\n"), later.join("\n"))
}

/// The keys of a file: without plural category, and for each that counts its categories.
fn shape<'a>(
    words: &BTreeMap<&'a str, &'a str>,
) -> (BTreeSet<&'a str>, BTreeMap<&'a str, BTreeSet<&'a str>>) {
    let (mut keys, mut counted) = (BTreeSet::new(), BTreeMap::<_, BTreeSet<_>>::new());
    for key in words.keys() {
        match key.split_once('.') {
            Some((key, category)) => {
                keys.insert(key);
                counted.entry(key).or_default().insert(category);
            }
            None => {
                keys.insert(*key);
            }
        }
    }
    (keys, counted)
}

/// Compares the languages with the first one, and with the keys that the widget's `sources` ask for.
///
/// # Errors
/// With everything that is missing or too much.
pub fn check(languages: &[(String, String)], sources: &[String]) -> Result<(), Failure> {
    let Some((first, english)) = languages.first() else {
        return Ok(());
    };
    let (english, counted) = shape(&read(first, english)?);
    let mut faults = Vec::new();
    for (name, file) in languages {
        let (words, forms) = shape(&read(name, file)?);
        for key in english.difference(&words) {
            faults.push(format!("{name} lacks {key}"));
        }
        for key in words.difference(&english) {
            faults.push(format!("{name} has {key}, which {first} has not"));
        }
        let language = name
            .strip_prefix("texts.")
            .and_then(|name| name.strip_suffix(".txt"))
            .unwrap_or(name);
        let wanted: BTreeSet<&str> = plurals(language).iter().copied().collect();
        for key in counted.keys() {
            if forms.get(key).is_some_and(|forms| *forms != wanted) {
                faults.push(format!(
                    "{name} counts {key} otherwise than its language does"
                ));
            }
        }
    }
    let asked: BTreeSet<&str> = sources.iter().flat_map(|source| keys(source)).collect();
    for key in asked.iter().filter(|key| !english.contains(*key)) {
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
            ("en".to_string(), "yes Yes\nno No\n".to_string()),
            ("sv".to_string(), "yes Ja\nnej Nej\n".to_string()),
        ];
        let faults = check(&languages, &[]).expect_err("sv lacks one");
        assert_eq!(faults, "sv lacks no\nsv has nej, which en has not");
    }

    #[test]
    fn a_language_counts_in_its_own_forms() {
        let languages = [
            (
                "en".to_string(),
                "left.one % left\nleft.other % left\n".to_string(),
            ),
            ("ja".to_string(), "left.one %\nleft.other %\n".to_string()),
        ];
        let faults = check(&languages, &[]).expect_err("ja has one form");
        assert_eq!(faults, "ja counts left otherwise than its language does");
    }

    #[test]
    fn a_plan_that_asks_for_an_unknown_sentence_is_named() {
        let languages = [("en".to_string(), "yes Yes\n".to_string())];
        let source = "\"p.small~yes,p~maybe-not(b)\"".to_string();
        let faults = check(&languages, &[source]).expect_err("en lacks one");
        assert_eq!(faults, "the widget asks for maybe-not, which en has not");
    }
}
