//! A text in one language or several.

use alloc::collections::BTreeMap;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Words, in a small markup: `**strong**`, `*stressed*`, `` `code` ``, `[words](address)`, `- ` for list items,
/// and tokens such as `{{lead.firstName:"there"}}`. Either plain, in the document's language,
/// or by language tag: `{"en": "Hello", "sv": "Hej"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// In the document's language.
    Plain(String),
    /// By language tag.
    ByLanguage(BTreeMap<String, String>),
}

impl Default for Text {
    fn default() -> Self {
        Text::Plain(String::new())
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        Text::Plain(words.into())
    }
}

impl Text {
    /// The words in `language`, else in `default`, else in any; empty when there are none.
    #[must_use]
    pub fn in_language(&self, language: &str, default: &str) -> &str {
        match self {
            Text::Plain(words) => words,
            Text::ByLanguage(all) => all
                .get(language)
                .or_else(|| all.get(default))
                .or_else(|| all.values().next())
                .map_or("", String::as_str),
        }
    }

    /// The languages this text is written in; none for a plain text.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        let all = match self {
            Text::Plain(_) => None,
            Text::ByLanguage(all) => Some(all),
        };
        all.into_iter()
            .flat_map(|all| all.keys().map(String::as_str))
    }

    /// Whether nothing is written in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Text::Plain(words) => words.is_empty(),
            Text::ByLanguage(all) => all.values().all(String::is_empty),
        }
    }
}
