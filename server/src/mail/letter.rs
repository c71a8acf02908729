//! A letter: to whom, about what, and its passages, before it is dressed as MIME.

use serde::{Deserialize, Serialize};

use super::ics::Method;

/// Longest name kept in a header, in characters.
const NAME_CHARS: usize = 80;
/// Longest subject, in characters.
const SUBJECT_CHARS: usize = 150;

/// A mail address with the name of its owner, or an empty one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Whose it is.
    pub name: String,
    /// `local@domain`.
    pub email: String,
}

/// Part of a letter's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passage {
    /// A paragraph; line breaks stay.
    Words(String),
    /// Labelled values, one a line.
    Facts(Vec<(String, String)>),
    /// Words that lead somewhere: the words, then the address.
    Link(String, String),
    /// Small print.
    Note(String),
}

/// A calendar entry that travels with a letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What a calendar should do with it.
    pub method: Method,
    /// The iCalendar object, whole.
    pub ics: String,
}

/// A letter to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Who gets it.
    pub to: Address,
    /// The company in whose name it is sent; the sender's own name when empty.
    #[serde(default)]
    pub company: String,
    /// Who gets an answer, when not the sender.
    #[serde(default)]
    pub reply_to: Option<Address>,
    /// What it is about; without line breaks.
    pub subject: String,
    /// A language tag, for screen readers and the direction of the text.
    pub language: String,
    /// The body.
    pub passages: Vec<Passage>,
    /// What goes into a calendar.
    #[serde(default)]
    pub entry: Option<Entry>,
    /// Where one click undoes what the letter is about.
    #[serde(default)]
    pub undo: Option<String>,
    /// Whether a person did not ask for it to be sent: it then says so to auto-responders.
    #[serde(default)]
    pub automatic: bool,
}

impl Address {
    /// An address whose owner's name is unknown.
    #[must_use]
    pub fn of(email: &str) -> Self {
        Self::new("", email)
    }

    /// An address and its owner's name, in one line without control characters.
    #[must_use]
    pub fn new(name: &str, email: &str) -> Self {
        Self {
            name: one_line(name, NAME_CHARS),
            email: email.trim().to_owned(),
        }
    }

    /// Reads `Name <local@domain>` or `local@domain`, as a configuration names a sender.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, email) = match text.trim().strip_suffix('>') {
            Some(inside) => inside.rsplit_once('<')?,
            None => ("", text),
        };
        let email: lettre::Address = email.trim().parse().ok()?;
        Some(Self::new(name.trim().trim_matches('"'), email.as_ref()))
    }

    /// What to call the owner: the name, else the address.
    #[must_use]
    pub fn called(&self) -> &str {
        if self.name.is_empty() {
            &self.email
        } else {
            &self.name
        }
    }
}

impl Letter {
    /// A letter without passages yet; the subject is made one line.
    #[must_use]
    pub fn new(to: Address, language: &str, subject: &str) -> Self {
        Self {
            to,
            company: String::new(),
            reply_to: None,
            subject: one_line(subject, SUBJECT_CHARS),
            language: language.to_owned(),
            passages: Vec::new(),
            entry: None,
            undo: None,
            automatic: true,
        }
    }

    /// In the name of a company, in one line.
    #[must_use]
    pub fn from(mut self, company: &str) -> Self {
        self.company = one_line(company, NAME_CHARS);
        self
    }

    /// With one more passage.
    #[must_use]
    pub fn with(mut self, passage: Passage) -> Self {
        self.passages.push(passage);
        self
    }
}

/// The text in one line of at most `chars` characters: control characters and line separators become spaces,
/// and invisible characters that turn the direction of text around are left out.
#[must_use]
pub fn one_line(text: &str, chars: usize) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .map(|c| match c {
            '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_whatever_it_was() {
        let address = Address::new(
            "Eve\r\nBcc: all@victims.example\0\u{2028}x\u{202e}y",
            " a@b.example ",
        );
        assert_eq!(address.name, "Eve Bcc: all@victims.example xy");
        assert_eq!(address.email, "a@b.example");
        assert_eq!(
            Address::new(&"n".repeat(300), "a@b.example").name.len(),
            NAME_CHARS
        );
        assert_eq!(Address::of("a@b.example").called(), "a@b.example");
        let sender = Address::parse("Acme, the makers <hello@localhost>").expect("a sender");
        assert_eq!(
            (sender.name.as_str(), sender.email.as_str()),
            ("Acme, the makers", "hello@localhost")
        );
        assert_eq!(Address::parse("nobody"), None);
    }
}
