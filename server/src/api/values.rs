//! Attribute values as JSON: text, numbers, truth, `2027-03-05`, `2027-03-05T10:00Z`.

use engine::calendar::{read_date, read_moment, write_date, write_moment};
use engine::value::{MILLION, Value, ValueType};
use serde_json::Value as Json;

/// A value as people read it in JSON.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Text(text) => Json::from(text.clone()),
        Value::Number(number) if number % MILLION == 0 => Json::from(number / MILLION),
        Value::Number(number) => Json::from(*number as f64 / MILLION as f64),
        Value::Boolean(truth) => Json::from(*truth),
        Value::Date(day) => Json::from(write_date(*day)),
        Value::DateTime(seconds) => Json::from(write_moment(*seconds)),
    }
}

/// Reads a value of a type; nothing when it is of another.
#[must_use]
pub fn from_json(json: &Json, kind: ValueType) -> Option<Value> {
    match (kind, json) {
        (ValueType::Text, Json::String(text)) if text.len() <= TEXT_BYTES => {
            Some(Value::Text(text.clone()))
        }
        (ValueType::Number, Json::Number(number)) => {
            engine::reading::number(&number.to_string()).map(Value::Number)
        }
        (ValueType::Boolean, Json::Bool(truth)) => Some(Value::Boolean(*truth)),
        (ValueType::Date, Json::String(text)) => read_date(text).map(Value::Date),
        (ValueType::DateTime, Json::String(text)) => read_moment(text, 0).map(Value::DateTime),
        _ => None,
    }
}

/// Longest text value, in bytes.
const TEXT_BYTES: usize = 8_000;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_survive_json_and_keep_their_type() {
        for (json, kind) in [
            (json!("SE"), ValueType::Text),
            (json!(20), ValueType::Number),
            (json!(-1.5), ValueType::Number),
            (json!(true), ValueType::Boolean),
            (json!("2027-03-05"), ValueType::Date),
        ] {
            assert_eq!(to_json(&from_json(&json, kind).unwrap()), json);
        }
        assert_eq!(from_json(&json!("20"), ValueType::Number), None);
        assert_eq!(from_json(&json!(20), ValueType::Text), None);
        assert_eq!(from_json(&json!("soon"), ValueType::Date), None);
    }
}
