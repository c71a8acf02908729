//! Reading what visitors type into typed values. Forgiving about form, strict about sense.

use crate::calendar::{read_date, read_moment, write_date, write_moment};
use crate::compiled::{Capture, InputKind, Refusals};
use crate::fold;
use crate::parts::{cut, cut_last, split};
use crate::value::{MILLION, Value, ValueType};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Longest answer kept, in bytes.
pub const ANSWER_TEXT: usize = 2_000;

/// What is wrong with an answer; the widget has words for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Nothing was given.
    Empty,
    /// It is longer than `ANSWER_TEXT`.
    TooLong,
    /// Not a mail address.
    Address,
    /// An address at a free mail provider, where a business address is asked for.
    FreeMail,
    /// An address at a domain the author refuses.
    Domain,
    /// Not a telephone number.
    Phone,
    /// Not a number.
    Number,
    /// Not a day.
    Date,
    /// Not a day with a time.
    Moment,
    /// Neither yes nor no.
    Boolean,
    /// Not one of the values on offer.
    Choice,
    /// The box beside it must be ticked.
    Agreement,
}

/// Reads a typed answer for a capture card, in a zone `zone_minutes` ahead of UTC.
///
/// # Errors
/// Says what is wrong with it.
pub fn read(capture: &Capture, typed: &str, zone_minutes: i16) -> Result<Value, Fault> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(Fault::Empty);
    }
    if text.len() > ANSWER_TEXT {
        return Err(Fault::TooLong);
    }
    Ok(match capture.field {
        InputKind::Text => Value::Text(clean(text)),
        InputKind::Email => Value::Text(accepted(
            &capture.refuse,
            email(text).ok_or(Fault::Address)?,
        )?),
        InputKind::Phone => Value::Text(phone(text).ok_or(Fault::Phone)?),
        InputKind::Number => Value::Number(number(text).ok_or(Fault::Number)?),
        InputKind::Boolean => Value::Boolean(boolean(text).ok_or(Fault::Boolean)?),
        InputKind::Date => Value::Date(read_date(text).ok_or(Fault::Date)?),
        InputKind::DateTime => {
            Value::DateTime(read_moment(text, zone_minutes).ok_or(Fault::Moment)?)
        }
    })
}

/// Without control characters; new lines stay.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect()
}

/// A mail address in its usual form: the domain in lower case. `None` when it is none.
#[must_use]
pub fn email(text: &str) -> Option<String> {
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    let (local, domain) = cut_last(text, b'@')?;
    let good_local = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.as_bytes().windows(2).any(|two| two == b"..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || b"!#$%&'*+/=?^_`{|}~.-"
                    .iter()
                    .any(|mark| char::from(*mark) == c)
                || is_foreign_letter(c)
        });
    let mut labels = 0;
    let good_domain = domain.len() <= 253
        && split(domain, b'.').all(|label| {
            labels += 1;
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || is_foreign_letter(c))
        })
        && labels >= 2
        && cut_last(domain, b'.')
            .is_some_and(|(_, top)| top.len() >= 2 && !top.bytes().all(|c| c.is_ascii_digit()));
    (good_local && good_domain).then(|| {
        let domain: String = domain.chars().map(fold::fold).collect();
        [local, "@", &domain].concat()
    })
}

/// Letters beyond ASCII. The blocks below U+00C0 and those of general punctuation hold none.
fn is_foreign_letter(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{1fff}' | '\u{2c00}'..='\u{2dff}' | '\u{3040}'..='\u{d7ff}' | '\u{10000}'..)
}

/// Providers where anybody has an address.
const FREE_MAIL: [&str; 36] = [
    "gmail",
    "googlemail",
    "yahoo",
    "ymail",
    "rocketmail",
    "hotmail",
    "outlook",
    "live",
    "msn",
    "icloud",
    "me",
    "mac",
    "aol",
    "gmx",
    "web",
    "mail",
    "proton",
    "protonmail",
    "pm",
    "tutanota",
    "tuta",
    "zoho",
    "yandex",
    "fastmail",
    "hey",
    "posteo",
    "mailbox",
    "t-online",
    "freenet",
    "libero",
    "orange",
    "wanadoo",
    "laposte",
    "qq",
    "163",
    "naver",
];
/// The top-level domains those providers use beside their countries'.
const FREE_TOPS: [&str; 7] = ["com", "net", "org", "me", "ch", "email", "ru"];

fn accepted(refuse: &Refusals, address: String) -> Result<String, Fault> {
    let (_, domain) = cut_last(&address, b'@').unwrap_or_default();
    let under = |refused: &str| {
        let refused = refused.strip_prefix('@').unwrap_or(refused);
        fold::same(domain, refused)
            || domain
                .len()
                .checked_sub(refused.len() + 1)
                .and_then(|at| domain.split_at_checked(at))
                .is_some_and(|(_, tail)| {
                    tail.strip_prefix('.')
                        .is_some_and(|tail| fold::same(tail, refused))
                })
    };
    if refuse.domains.iter().any(|refused| under(refused)) {
        return Err(Fault::Domain);
    }
    if refuse.free_mail && is_free(domain) {
        return Err(Fault::FreeMail);
    }
    Ok(address)
}

/// Whether a domain, in lower case, belongs to a free mail provider: its name alone under a public suffix.
fn is_free(domain: &str) -> bool {
    let Some((name, top)) = cut(domain, b'.') else {
        return false;
    };
    let country = |top: &str| top.len() == 2;
    let suffix = FREE_TOPS.contains(&top)
        || country(top)
        || cut(top, b'.')
            .is_some_and(|(second, top)| matches!(second, "co" | "com") && country(top));
    suffix && FREE_MAIL.contains(&name)
}

/// A telephone number as digits with an optional leading plus. `None` when it is none.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let mut number = String::new();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    for c in text.chars() {
        match c {
            '0'..='9' => number.push(c),
            '+' if number.is_empty() => number.push(c),
            ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}' | '\u{2011}' | '\u{2013}' => {}
            // Arabic-Indic digits, as phones in Arabic type them.
            '\u{660}'..='\u{669}' => number.push((b'0' + (c as u32 - 0x660) as u8) as char),
            _ => return None,
        }
    }
    if let Some(rest) = number.strip_prefix("00") {
        number = ["+", rest].concat();
    }
    let digits = number.len() - usize::from(number.starts_with('+'));
    (6..=15).contains(&digits).then_some(number)
}

/// A number in millionths: `1 234.5`, `1,234.5`, `1.234,5`, `-3`. `None` when it is none.
#[must_use]
pub fn number(text: &str) -> Option<i64> {
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let marks = |mark: char| text.matches(mark).count();
    let last = text.rfind([',', '.']);
    // A mark is the decimal one when it stands once and last, and is no group of thousands.
    let point = last.filter(|at| {
        let mark = if text.get(*at..).is_some_and(|rest| rest.starts_with(',')) {
            ','
        } else {
            '.'
        };
        let other = if mark == ',' { '.' } else { ',' };
        let decimals = text.len() - at - 1;
        marks(mark) == 1 && (mark == '.' || marks(other) > 0 || decimals != 3)
    });
    let (mut whole, mut fraction, mut places, mut digits) = (0i64, 0i64, 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '0'..='9' => {
                let digit = i64::from(c as u8 - b'0');
                digits += 1;
                if point.is_none_or(|point| at < point) {
                    whole = whole.checked_mul(10)?.checked_add(digit)?;
                } else if places < 6 {
                    fraction = fraction * 10 + digit;
                    places += 1;
                }
            }
            '.' | ',' | ' ' | '\'' | '\u{a0}' | '\u{202f}' => {}
            _ => return None,
        }
    }
    while places < 6 {
        fraction *= 10;
        places += 1;
    }
    let n = whole.checked_mul(MILLION)?.checked_add(fraction)?;
    (digits > 0).then_some(if negative { -n } else { n })
}

fn boolean(text: &str) -> Option<bool> {
    let one_of = |words: &[&str]| words.iter().any(|word| fold::same(word, text));
    if one_of(&["yes", "true", "1", "ja", "نعم"]) {
        Some(true)
    } else if one_of(&["no", "false", "0", "nej", "لا"]) {
        Some(false)
    } else {
        None
    }
}

/// A value as plain text: numbers without needless zeros, days and moments in ISO form.
#[must_use]
pub fn write(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Number(n) => write_number(*n),
        Value::Boolean(true) => "true".into(),
        Value::Boolean(false) => "false".into(),
        Value::Date(day) => write_date(*day),
        Value::DateTime(at) => write_moment(*at),
    }
}

fn write_number(n: i64) -> String {
    let mut digits = String::new();
    let mut rest = n.unsigned_abs();
    let mut place = 0;
    let mut significant = false;
    while rest > 0 || place <= 6 {
        let digit = (rest % 10) as u8;
        if place == 6 && significant {
            digits.push('.');
        }
        significant |= place >= 6 || digit != 0;
        if significant {
            digits.push((b'0' + digit) as char);
        }
        rest /= 10;
        place += 1;
    }
    if n < 0 {
        digits.push('-');
    }
    digits.chars().rev().collect()
}

/// Reads text, as documents and APIs write values, as a value of a type.
#[must_use]
pub fn parse(kind: ValueType, text: &str, zone_minutes: i16) -> Option<Value> {
    Some(match kind {
        ValueType::Text => Value::Text(text.into()),
        ValueType::Number => Value::Number(number(text)?),
        ValueType::Boolean => Value::Boolean(boolean(text)?),
        ValueType::Date => Value::Date(read_date(text)?),
        ValueType::DateTime => Value::DateTime(read_moment(text, zone_minutes)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (typed, read) in [
            ("ada@corp.example", Some("ada@corp.example")),
            ("Ada.L+x@CORP.Example", Some("Ada.L+x@corp.example")),
            ("mailto:ada@corp.example", Some("ada@corp.example")),
            ("jörg@bücher.example", Some("jörg@bücher.example")),
            ("ada@corp", None),
            ("ada@@corp.example", None),
            ("a da@corp.example", None),
            (".ada@corp.example", None),
            ("ada@-corp.example", None),
            ("ada@1.2.3.4", None),
            ("<ada@corp.example>", None),
            ("", None),
        ] {
            assert_eq!(email(typed).as_deref(), read, "{typed}");
        }
    }

    #[test]
    fn free_mail_and_refused_domains_are_told_apart() {
        let refuse = Refusals {
            free_mail: true,
            domains: alloc::vec!["rival.example".into()],
        };
        let check = |address: &str| accepted(&refuse, address.into());
        for free in [
            "a@gmail.com",
            "a@yahoo.co.uk",
            "a@web.de",
            "a@proton.me",
            "a@mail.ru",
        ] {
            assert_eq!(check(free), Err(Fault::FreeMail), "{free}");
        }
        for fine in [
            "a@corp.example",
            "a@mail.corp.example",
            "a@gmail.corp.se",
            "a@rival.example.org",
        ] {
            assert!(check(fine).is_ok(), "{fine}");
        }
        assert_eq!(check("a@rival.example"), Err(Fault::Domain));
        assert_eq!(check("a@eu.rival.example"), Err(Fault::Domain));
    }

    #[test]
    fn phones_keep_their_digits() {
        for (typed, read) in [
            ("+46 (0)70-123 45 67", Some("+460701234567")),
            ("0046 70 1234567", Some("+46701234567")),
            ("070 123 45 67", Some("0701234567")),
            ("tel:+4670123", Some("+4670123")),
            ("٠٧٠١٢٣٤٥٦", Some("070123456")),
            ("12345", None),
            ("call me", None),
            ("1234567890123456", None),
        ] {
            assert_eq!(phone(typed).as_deref(), read, "{typed}");
        }
    }

    #[test]
    fn numbers_are_read_in_both_habits() {
        for (typed, read) in [
            ("20", Some(20_000_000)),
            ("1.5", Some(1_500_000)),
            ("1,5", Some(1_500_000)),
            ("1,234", Some(1_234_000_000)),
            ("1.234,5", Some(1_234_500_000)),
            ("1,234,567.25", Some(1_234_567_250_000)),
            ("1 234", Some(1_234_000_000)),
            ("-3", Some(-3_000_000)),
            ("1.2345678", Some(1_234_567)),
            ("", None),
            (".", None),
            ("12a", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(number(typed), read, "{typed}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for n in [
            0,
            1,
            10,
            1_000_000,
            1_500_000,
            -20_000_000,
            123_456_789,
            999_999,
            -1,
        ] {
            assert_eq!(number(&write_number(n)), Some(n), "{}", write_number(n));
        }
        assert_eq!(write_number(20_000_000), "20");
        assert_eq!(write_number(1_500_000), "1.5");
        assert_eq!(write_number(1), "0.000001");
        assert_eq!(write_number(0), "0");
    }
}
