//! The words of a line: bare words, quoted texts, commas and arrows.

use super::error::Fault;
use std::fmt;

/// One piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Letters without a space: a word of the grammar, a name, an address, a number.
    Word(String),
    /// A text in double quotes, without them.
    Text(String),
    /// `,`
    Comma,
    /// `->`
    Arrow,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(word) => f.write_str(word),
            Token::Text(text) => write!(f, "{text:?}"),
            Token::Comma => f.write_str("a comma"),
            Token::Arrow => f.write_str("->"),
        }
    }
}

/// The pieces of `line`, without its comment.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, Fault> {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            break;
        }
        rest = match first {
            '"' => quoted(&rest[1..], &mut found)?,
            ',' => {
                found.push(Token::Comma);
                &rest[1..]
            }
            _ => bare(rest, &mut found)?,
        };
        rest = rest.trim_start();
    }
    Ok(found)
}

/// Reads a text up to its closing quote; `rest` begins after the opening one.
fn quoted<'a>(rest: &'a str, found: &mut Vec<Token>) -> Result<&'a str, Fault> {
    let mut text = String::new();
    let mut letters = rest.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                found.push(Token::Text(text));
                let after = &rest[at + 1..];
                return if after.starts_with([' ', ',']) || after.is_empty() {
                    Ok(after)
                } else {
                    Err("a space must follow a text in quotes".into())
                };
            }
            '\\' => match letters.next() {
                Some((_, '"')) => text.push('"'),
                Some((_, '\\')) => text.push('\\'),
                Some((_, 'n')) => text.push('\n'),
                Some((_, other)) => return Err(format!("unknown escape \\{other}").into()),
                None => break,
            },
            _ => text.push(letter),
        }
    }
    Err("a text in quotes does not end".into())
}

/// Reads a bare word up to a space, or a comma at its end.
fn bare<'a>(rest: &'a str, found: &mut Vec<Token>) -> Result<&'a str, Fault> {
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let word = rest[..end].trim_end_matches(',');
    if word.contains('"') {
        return Err(format!("a quote within the word {word}").into());
    }
    found.push(if word == "->" {
        Token::Arrow
    } else {
        Token::Word(word.to_owned())
    });
    Ok(&rest[word.len()..])
}

/// The pieces of one line, taken from the front.
#[derive(Debug)]
pub(super) struct Words {
    tokens: Vec<Token>,
    next: usize,
}

impl Words {
    pub fn of(line: &str) -> Result<Self, Fault> {
        Ok(Words {
            tokens: tokens(line)?,
            next: 0,
        })
    }

    pub fn is_empty(&self) -> bool {
        self.next == self.tokens.len()
    }

    pub fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    /// Whether `word` comes next.
    pub fn sees(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(next)) if next == word)
    }

    pub fn sees_text(&self) -> bool {
        matches!(self.peek(), Some(Token::Text(_)))
    }

    fn take(&mut self, token: &Token) -> bool {
        let taken = self.peek() == Some(token);
        if taken {
            self.next += 1;
        }
        taken
    }

    pub fn take_comma(&mut self) -> bool {
        self.take(&Token::Comma)
    }

    pub fn take_arrow(&mut self) -> bool {
        self.take(&Token::Arrow)
    }

    /// Takes the words of `phrase` when all of them come next, and says whether they did.
    pub fn take_phrase(&mut self, phrase: &str) -> bool {
        let mut at = self.next;
        for word in phrase.split(' ') {
            if !matches!(self.tokens.get(at), Some(Token::Word(next)) if next == word) {
                return false;
            }
            at += 1;
        }
        self.next = at;
        true
    }

    /// Takes the words of `phrase`, which must come next.
    pub fn phrase(&mut self, phrase: &str) -> Result<(), Fault> {
        if self.take_phrase(phrase) {
            Ok(())
        } else {
            Err(Fault::expected(phrase, &self.found()))
        }
    }

    /// Takes a bare word; `what` says what it stands for.
    pub fn word(&mut self, what: &str) -> Result<String, Fault> {
        match self.peek() {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.next += 1;
                Ok(word)
            }
            _ => Err(Fault::expected(what, &self.found())),
        }
    }

    /// Takes a name: letters, digits, dashes and underscores.
    pub fn name(&mut self, what: &str) -> Result<String, Fault> {
        let name = self.word(what)?;
        let fits = |letter: char| letter.is_alphanumeric() || letter == '-' || letter == '_';
        if name.chars().all(fits) {
            Ok(name)
        } else {
            Err(Fault::expected(what, &name))
        }
    }

    /// Takes a text in quotes; `what` says what it stands for.
    pub fn text(&mut self, what: &str) -> Result<String, Fault> {
        match self.peek() {
            Some(Token::Text(text)) => {
                let text = text.clone();
                self.next += 1;
                Ok(text)
            }
            _ => Err(Fault::expected(&format!("{what} in quotes"), &self.found())),
        }
    }

    /// Takes texts in quotes as long as they come; at least one.
    pub fn texts(&mut self, what: &str) -> Result<Vec<String>, Fault> {
        let mut texts = vec![self.text(what)?];
        while self.sees_text() {
            texts.push(self.text(what)?);
        }
        Ok(texts)
    }

    /// Takes a whole number.
    pub fn count(&mut self, what: &str) -> Result<u64, Fault> {
        let word = self.word(what)?;
        word.parse().map_err(|_| Fault::expected(what, &word))
    }

    /// Fails unless the line is used up.
    pub fn end(&self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(token) => Err(format!("the line should end before {token}").into()),
        }
    }

    /// What comes next, in words.
    pub fn found(&self) -> String {
        self.peek()
            .map_or("the end of the line".into(), Token::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(word: &str) -> Token {
        Token::Word(word.into())
    }

    fn text(text: &str) -> Token {
        Token::Text(text.into())
    }

    #[test]
    fn a_line_falls_into_words_texts_commas_and_arrows() {
        assert_eq!(
            tokens(r#"  details eventName "Talent Day", link "x" -> bye  # why"#).unwrap(),
            [
                word("details"),
                word("eventName"),
                text("Talent Day"),
                Token::Comma,
                word("link"),
                text("x"),
                Token::Arrow,
                word("bye"),
            ]
        );
        assert_eq!(tokens("# only a comment").unwrap(), []);
        assert_eq!(tokens("").unwrap(), []);
    }

    #[test]
    fn an_address_keeps_its_fragment_and_its_commas() {
        assert_eq!(
            tokens("visit https://w.example/a,b?c=d,#part, # comment").unwrap(),
            [
                word("visit"),
                word("https://w.example/a,b?c=d,#part"),
                Token::Comma
            ]
        );
    }

    #[test]
    fn a_text_knows_three_escapes() {
        assert_eq!(
            tokens(r#""a \"b\" \\ # \n""#).unwrap(),
            [text("a \"b\" \\ # \n")]
        );
        assert_eq!(
            tokens(r#""a \t""#),
            Err(Fault(r"unknown escape \t".to_owned()))
        );
    }

    #[test]
    fn a_torn_text_is_a_fault() {
        for line in [r#""open"#, r#""open\"#, r#""a"b"#, r#"a"b""#] {
            assert!(tokens(line).is_err(), "{line}");
        }
    }

    #[test]
    fn a_phrase_is_taken_whole_or_not_at_all() {
        let mut words = Words::of("skip when known").unwrap();
        assert!(!words.take_phrase("skip when unknown"));
        assert!(words.take_phrase("skip when known"));
        assert!(words.is_empty());
        assert!(!words.take_phrase("skip"));
    }
}
