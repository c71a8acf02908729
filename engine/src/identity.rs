//! What a browser may be told of a person: the one gate every stored value passes.

use crate::compiled::Subject;
use crate::parts::cut_last;
use crate::reading;
use crate::value::Value;
use crate::wire::Strength;
use alloc::string::String;

/// What a token may show of a stored value, by how sure the server is of who asks.
/// `None`: its fallback.
#[must_use]
pub fn reveal(strength: Strength, subject: Subject, name: &str, value: &Value) -> Option<String> {
    match strength {
        Strength::Anonymous | Strength::Claimed => None,
        Strength::Recognised if subject == Subject::Person && name == "email" => match value {
            Value::Text(address) => Some(mask(address)),
            _ => None,
        },
        Strength::Recognised => None,
        Strength::Verified => Some(reading::write(value)),
    }
}

/// An address with all but its first letter and its domain hidden; what is hidden has always the same length.
#[must_use]
pub fn mask(address: &str) -> String {
    let (local, domain) = cut_last(address, b'@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    [&first, "•••@", domain].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_verified_visitor_sees_values() {
        let name = Value::Text("Ada".into());
        let email = Value::Text("ada.lind@corp.example".into());
        for strength in [Strength::Anonymous, Strength::Claimed, Strength::Recognised] {
            assert_eq!(reveal(strength, Subject::Person, "firstName", &name), None);
            assert_eq!(reveal(strength, Subject::Company, "email", &email), None);
        }
        assert_eq!(
            reveal(Strength::Claimed, Subject::Person, "email", &email),
            None
        );
        let masked = reveal(Strength::Recognised, Subject::Person, "email", &email);
        assert_eq!(masked.as_deref(), Some("a•••@corp.example"));
        let full = reveal(Strength::Verified, Subject::Person, "email", &email);
        assert_eq!(full.as_deref(), Some("ada.lind@corp.example"));
    }
}
