//! What reaches the operator's terminal. Visitors, reviewers and receivers wrote much of it, so nothing in it
//! moves a cursor, changes a title, turns the direction of writing or begins a line of its own.

use std::fmt::Write as _;

/// Text of several lines; whatever else steers a terminal is shown as `\u{1b}`.
pub(super) fn lines(text: &str) -> String {
    escaped(text, |character| matches!(character, '\n' | '\t'))
}

/// Text that stays on one line.
pub(super) fn one_line(text: &str) -> String {
    escaped(text, |_| false)
}

/// JSON that means the same and steers nothing: JSON has escapes of its own.
pub(super) fn json(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && steers(character) {
            let _ = write!(plain, "\\u{:04x}", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    plain
}

fn escaped(text: &str, stays: impl Fn(char) -> bool) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) && !stays(character) {
            let _ = write!(plain, "{}", character.escape_unicode());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Control characters, line and paragraph separators, and what turns the direction of writing.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        let hostile = "a\u{1b}]0;owned\u{7}b\r\nc\u{9b}2Jd\u{202e}e";
        assert_eq!(
            lines(hostile),
            "a\\u{1b}]0;owned\\u{7}b\\u{d}\nc\\u{9b}2Jd\\u{202e}e"
        );
        assert!(!one_line(hostile).contains('\n'));
        assert_eq!(one_line("Grüße, مرحبا 🎉"), "Grüße, مرحبا 🎉");
    }

    #[test]
    fn json_keeps_its_meaning() {
        let text = serde_json::to_string_pretty(&["\u{9b}2J", "\u{2067}مرحبا\u{2069}", "\n"]);
        let text = text.unwrap();
        let plain = json(&text);
        assert!(!plain.contains(['\u{9b}', '\u{2067}']));
        let (before, after): (Vec<String>, Vec<String>) = (
            serde_json::from_str(&text).unwrap(),
            serde_json::from_str(&plain).unwrap(),
        );
        assert_eq!(before, after);
    }
}
