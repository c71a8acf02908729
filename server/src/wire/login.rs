//! Signed tokens of a host's login: `base64url(json).base64url(hmac-sha256)`.

use crate::secrets::{from_base64url, mac_plain, same};
use crate::store::Values;
use engine::ids::{DAY, SECOND, Timestamp};
use engine::value::ValueType;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Longest token, in bytes.
const LONGEST: usize = 8 * 1_024;
/// How far clocks may differ, in milliseconds.
const SKEW_MS: i64 = 60 * SECOND;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    workspace: String,
    email: String,
    exp: i64,
    iat: i64,
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
}

/// Reads a token signed with one of the secrets: the address and the values it vouches for.
/// Nothing at all for anything else, so that nobody learns what was wrong.
#[must_use]
pub fn read(
    token: &str,
    workspace: &str,
    secrets: &[Vec<u8>],
    kinds: &BTreeMap<String, ValueType>,
    now: Timestamp,
) -> Option<(String, Values)> {
    if token.len() > LONGEST {
        return None;
    }
    let (payload, signature) = token.split_once('.')?;
    let signature = from_base64url(signature)?;
    let genuine = secrets.iter().fold(false, |genuine, secret| {
        genuine | same(&mac_plain(secret, payload.as_bytes()), &signature)
    });
    if !genuine {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&from_base64url(payload)?).ok()?;
    let (now, exp, iat) = (
        now.0,
        claims.exp.checked_mul(SECOND)?,
        claims.iat.checked_mul(SECOND)?,
    );
    let valid = claims.workspace == workspace
        && exp > now
        && exp <= now.saturating_add(DAY + SKEW_MS)
        && iat <= now.saturating_add(SKEW_MS)
        && iat <= exp;
    if !valid {
        return None;
    }
    let email = engine::reading::email(&claims.email)?.to_lowercase();
    let mut values = Values::new();
    for (name, value) in claims.attributes {
        let kind = *kinds.get(&format!("person.{name}"))?;
        if name != "email" {
            values.insert(name, crate::api::values::from_json(&value, kind)?);
        }
    }
    Some((email, values))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::base64url;
    use serde_json::json;

    const NOW: i64 = 1_800_000_000;

    fn token(claims: &serde_json::Value, secret: &[u8]) -> String {
        let payload = base64url(claims.to_string().as_bytes());
        let signature = base64url(&mac_plain(secret, payload.as_bytes()));
        format!("{payload}.{signature}")
    }

    fn claims() -> serde_json::Value {
        json!({ "workspace": "w", "email": "Ada@Corp.example", "iat": NOW, "exp": NOW + 3_600,
                "attributes": { "firstName": "Ada" } })
    }

    fn accepted(token: &str) -> bool {
        let kinds = engine::check::Catalogue::default().attributes;
        let secrets = [b"one".to_vec(), b"two".to_vec()];
        read(token, "w", &secrets, &kinds, Timestamp(NOW * 1_000)).is_some()
    }

    #[test]
    fn both_active_secrets_sign() {
        assert!(accepted(&token(&claims(), b"one")));
        assert!(accepted(&token(&claims(), b"two")));
    }

    #[test]
    fn anything_but_a_fresh_token_of_this_workspace_is_nothing() {
        let with = |key: &str, value: serde_json::Value| {
            let mut claims = claims();
            claims[key] = value;
            token(&claims, b"one")
        };
        let good = token(&claims(), b"one");
        let (payload, signature) = good.split_once('.').unwrap();
        let without = |key: &str| {
            let mut claims = claims();
            claims.as_object_mut().unwrap().remove(key);
            token(&claims, b"one")
        };
        let table = [
            token(&claims(), b"three"),
            token(&claims(), b""),
            with("workspace", json!("z")),
            with("workspace", json!("W")),
            with("exp", json!(NOW)),
            with("exp", json!(NOW - 1)),
            with("exp", json!(NOW + 90_000)),
            with("exp", json!(i64::MAX)),
            with("exp", json!("tomorrow")),
            with("iat", json!(NOW + 600)),
            with("email", json!("")),
            with("email", json!("ada")),
            with("email", json!(7)),
            with("alg", json!("none")),
            with("attributes", json!({ "unknown": "x" })),
            with("attributes", json!({ "firstName": 7 })),
            without("workspace"),
            without("exp"),
            without("iat"),
            without("email"),
            payload.to_owned(),
            format!("{payload}."),
            format!(".{signature}"),
            format!("{payload}.{}", &signature[1..]),
            format!("{payload}.{signature}.x"),
            format!("{payload}x.{signature}"),
            format!("{payload}.{}", base64url(&[0; 32])),
            format!(
                "{}.{}",
                base64url(b"{}"),
                base64url(&mac_plain(b"one", base64url(b"{}").as_bytes()))
            ),
            String::new(),
            "x".repeat(LONGEST + 1),
        ];
        for (n, token) in table.iter().enumerate() {
            assert!(!accepted(token), "row {n}: {token}");
        }
        assert!(accepted(&good));
    }
}
