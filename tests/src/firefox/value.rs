//! Values of a document's realm, as BiDi spells them.

use serde_json::{Map, Value, json};

/// The JSON of a value; what JSON has no word for is null.
pub(super) fn json(remote: &Value) -> Value {
    let value = &remote["value"];
    match remote["type"].as_str() {
        Some("string" | "boolean" | "bigint" | "date") => value.clone(),
        // Numbers that JSON lacks are spelled as texts.
        Some("number") if value.is_number() => value.clone(),
        Some("array" | "set" | "nodelist" | "htmlcollection") => {
            value.as_array().into_iter().flatten().map(json).collect()
        }
        Some("object" | "map") => {
            let mut object = Map::new();
            for pair in value.as_array().into_iter().flatten() {
                let name = pair[0].as_str().or_else(|| pair[0]["value"].as_str());
                object.insert(name.unwrap_or_default().into(), json(&pair[1]));
            }
            Value::Object(object)
        }
        _ => json!(null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_values_become_json() {
        let remote = json!({ "type": "object", "value": [
            ["a", { "type": "number", "value": 1 }],
            ["b", { "type": "array", "value": [{ "type": "string", "value": "x" }, { "type": "undefined" }] }],
            ["c", { "type": "number", "value": "NaN" }],
        ] });
        assert_eq!(
            super::json(&remote),
            json!({ "a": 1, "b": ["x", null], "c": null })
        );
    }
}
