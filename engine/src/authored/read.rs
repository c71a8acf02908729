//! Reading a document from JSON: what is no JSON is said with line and column; what has the wrong form is
//! said for every part at once, and each fault of a card names it.

use super::{Card, Document};
use crate::check::{Diagnosis, Severity};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::fmt::{self, Display, Formatter};
use serde_json::{Map, Value, json};

/// Longest quotation in a fault, in characters.
const QUOTED_CHARS: usize = 60;
/// Longest fault, in characters.
const FAULT_CHARS: usize = 600;

/// Why a text is no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is no JSON: what and where, in one line.
    Syntax(String),
    /// It is JSON of another form: every fault.
    Form(Vec<Diagnosis>),
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Unreadable::Syntax(words) => f.write_str(words),
            Unreadable::Form(faults) => {
                for (n, fault) in faults.iter().enumerate() {
                    write!(f, "{}{fault}", if n == 0 { "" } else { "\n" })?;
                }
                Ok(())
            }
        }
    }
}

/// Reads a document from JSON.
///
/// # Errors
/// When it is no JSON, or parts of it have another form.
pub fn read_document(json: &str) -> Result<Document, Unreadable> {
    let whole = match serde_json::from_str(json) {
        Ok(document) => return Ok(document),
        Err(fault) => fault,
    };
    let Ok(value) = serde_json::from_str(json) else {
        return Err(Unreadable::Syntax(shortened(&whole.to_string())));
    };
    let mut faults = faults(value);
    if faults.is_empty() {
        // Something that only the whole shows, such as a field written twice.
        faults.push(fault(None, "document", &whole.to_string()));
    }
    Err(Unreadable::Form(faults))
}

/// A message whose quotations, which authors and others wrote, are cut.
#[must_use]
pub fn shortened(message: &str) -> String {
    let mut short = String::new();
    for (n, part) in message.split('"').enumerate() {
        if n > 0 {
            short.push('"');
        }
        let quoted = n % 2 == 1 && part.chars().count() > QUOTED_CHARS;
        if quoted {
            short.extend(part.chars().take(QUOTED_CHARS));
            short.push('…');
        } else {
            short.push_str(part);
        }
    }
    if short.chars().count() > FAULT_CHARS {
        short = short.chars().take(FAULT_CHARS).collect();
        short.push('…');
    }
    short
}

fn fault(card: Option<&str>, place: &str, message: &str) -> Diagnosis {
    let message = match message {
        text if text.contains("untagged enum Text") => {
            "write a text, or texts by language: {\"en\": \"Hello\", \"sv\": \"Hej\"}".to_string()
        }
        value if value.contains("untagged enum Scalar") => {
            "write a text, a number, true or false".to_string()
        }
        other => shortened(other),
    };
    Diagnosis {
        severity: Severity::Error,
        card: card.map(|card| card.chars().take(QUOTED_CHARS).collect()),
        place: place.to_string(),
        message,
    }
}

fn faults(value: Value) -> Vec<Diagnosis> {
    let Value::Object(mut fields) = value else {
        return vec![fault(
            None,
            "document",
            "a document is an object: {\"kind\": \"dialogue\", \"name\": …}",
        )];
    };
    let kind = fields.remove("kind").unwrap_or(Value::Null);
    if kind != "dialogue" && kind != "flow" {
        return vec![fault(
            None,
            "kind",
            "write \"kind\": \"dialogue\" or \"kind\": \"flow\"",
        )];
    }
    let form = |name: &Value, stream: Value, beside: Map<String, Value>| {
        let mut document = beside;
        document.insert("kind".into(), kind.clone());
        document.insert("name".into(), name.clone());
        document.insert("stream".into(), stream);
        serde_json::from_value::<Document>(Value::Object(document)).err()
    };
    let (empty, plain) = (|| json!({ "cards": [] }), json!("x"));
    let mut faults = Vec::new();
    match fields.remove("name") {
        Some(name) => {
            let wrong = form(&name, empty(), Map::new());
            faults.extend(wrong.map(|wrong| fault(None, "name", &wrong.to_string())));
        }
        None => faults.push(fault(None, "name", "the document has no name")),
    }
    let tried = |place: &str, stream: Value, beside: Map<String, Value>| {
        let wrong = form(&plain, stream, beside);
        wrong.map(|wrong| fault(None, place, &wrong.to_string()))
    };
    let mut cards = Vec::new();
    match fields.remove("stream") {
        Some(Value::Object(mut stream)) => {
            if let Some(Value::Array(found)) = stream.get_mut("cards") {
                cards = core::mem::take(found);
            }
            faults.extend(tried("stream", Value::Object(stream), Map::new()));
        }
        Some(other) => faults.extend(tried("stream", other, Map::new())),
        None => {
            let none = "the document has no stream: {\"cards\": […]}";
            faults.push(fault(None, "stream", none));
        }
    }
    for (field, value) in fields {
        match value {
            Value::Object(parts) if field == "audience" => {
                for (part, value) in parts {
                    let audience = Map::from_iter([(part, value)]);
                    let beside = Map::from_iter([(field.clone(), Value::Object(audience))]);
                    faults.extend(tried(&field, empty(), beside));
                }
            }
            value => {
                let beside = Map::from_iter([(field.clone(), value)]);
                faults.extend(tried(&field, empty(), beside));
            }
        }
    }
    for (n, card) in (1..).zip(cards) {
        let id = match card.get("id") {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            _ => format!("number {n}"),
        };
        if let Err(wrong) = serde_json::from_value::<Card>(card) {
            faults.push(fault(Some(&id), "card", &wrong.to_string()));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> Vec<String> {
        match read_document(json) {
            Ok(_) => Vec::new(),
            Err(Unreadable::Syntax(words)) => vec![words],
            Err(Unreadable::Form(faults)) => faults.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn every_fault_of_form_is_told_at_once_and_names_its_card() {
        let told = told(
            r#"{ "kind": "dialogue", "name": "D", "colour": "red", "priority": "high",
                 "audience": { "targets": "everywhere", "criterias": [] },
                 "stream": { "cards": [
                   { "id": "hello", "card": "mesage", "text": "Hi" },
                   { "id": "ask", "card": "question", "answers": [] },
                   { "id": "fine", "card": "message", "text": "Fine" },
                   { "card": "message", "text": 7 } ] } }"#,
        );
        assert_eq!(told.len(), 7, "{told:#?}");
        for (part, words) in [
            ("audience", "everywhere"),
            ("audience", "criterias"),
            ("colour", "colour"),
            ("priority", "high"),
            ("card \"hello\"", "mesage"),
            ("card \"ask\"", "text"),
            ("card \"number 4\"", ""),
        ] {
            let found = |line: &String| line.contains(part) && line.contains(words);
            assert!(told.iter().any(found), "{part} {words}: {told:#?}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_line_and_column() {
        let told = told("{ \"kind\": \"dialogue\",\n  \"name\": }");
        assert_eq!(told, ["expected value at line 2 column 11"]);
    }

    #[test]
    fn a_field_written_twice_is_refused() {
        let told =
            told(r#"{ "kind": "flow", "name": "A", "name": "B", "stream": { "cards": [] } }"#);
        assert!(
            told.len() == 1 && told[0].contains("duplicate field"),
            "{told:?}"
        );
    }

    #[test]
    fn what_an_author_wrote_too_long_is_quoted_shortened() {
        let long = "x".repeat(100_000);
        let json = format!(r#"{{ "kind": "flow", "name": "A", "stream": "{long}" }}"#);
        let told = told(&json);
        assert!(
            told[0].len() < 300 && told[0].contains("xxx…"),
            "{}",
            told[0].len()
        );
    }
}
