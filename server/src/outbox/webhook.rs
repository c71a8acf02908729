//! What a webhook's receiver gets: one activity as JSON, signed.

use engine::ids::{SECOND, Timestamp};
use serde_json::{Value as Json, json};

use crate::mail::meeting::spoken;
use crate::secrets::{hex, mac_plain};
use crate::store::ActivityRow;
use crate::time::rfc3339;
use crate::transcript::Line;

/// An activity as receivers read it. `id` is the same in every delivery of it.
#[must_use]
pub fn body(workspace: &str, activity: &ActivityRow, email: Option<&str>) -> Vec<u8> {
    let activity = json!({
        "id": activity.id,
        "workspace": workspace,
        "activity": activity.kind,
        "about": activity.about,
        "at": rfc3339(Timestamp(activity.at)),
        "proven": activity.proven,
        "person": activity.person.as_ref().map(|id| json!({ "id": id, "email": email })),
        "visitor": activity.visitor,
        "conversation": activity.conversation,
        "dialogue": activity.dialogue,
        "edition": activity.edition,
        "page": activity.page_url,
        "attributes": Json::Object(activity.attributes.clone()),
    });
    activity.to_string().into_bytes()
}

/// What was said, a line each, for the attribute of an activity.
#[must_use]
pub fn transcript(said: &[Line]) -> String {
    let lines = spoken(said).into_iter();
    let lines: Vec<String> = lines
        .map(|(voice, words)| format!("{voice}: {words}"))
        .collect();
    lines.join("\n")
}

/// The headers of one delivery attempt: `usher-signature: t=SECONDS,v1=HEX`, where HEX is
/// HMAC-SHA256 with the webhook's secret over `SECONDS.BODY`. Receivers refuse old seconds and
/// remember `usher-delivery`, which is the same in every attempt.
#[must_use]
pub fn headers(
    delivery: &str,
    secret: &[u8],
    body: &[u8],
    now: Timestamp,
) -> Vec<(&'static str, String)> {
    vec![
        ("content-type", "application/json".into()),
        ("usher-delivery", delivery.into()),
        ("usher-signature", signature(secret, body, now)),
    ]
}

/// The signature header of a body sent at a moment.
#[must_use]
pub fn signature(secret: &[u8], body: &[u8], now: Timestamp) -> String {
    let seconds = now.0.div_euclid(SECOND);
    let signed = [format!("{seconds}.").as_bytes(), body].concat();
    format!("t={seconds},v1={}", hex(&mac_plain(secret, &signed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_any_other_program_computes() {
        let header = signature(
            b"whsec_test",
            b"{\"id\":\"1\"}",
            Timestamp(1_800_000_000_999),
        );
        assert_eq!(
            header,
            "t=1800000000,v1=15d2177989c694fad512568783fd1e0c20e1c480f7ab63182bf13486b475c540",
        );
    }
}
