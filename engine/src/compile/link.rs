//! Where links lead: the addresses that are allowed, and the dialogue's UTM fields on them.

use crate::authored;
use crate::compiled::{Mark, Span};
use crate::url::encode_component;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A link's address: one of the schemes that are allowed, and on web addresses the dialogue's UTM fields.
pub(super) fn link_address(
    address: &[Span],
    head: &authored::Dialogue,
) -> Result<Vec<Span>, String> {
    let mut address: Vec<Span> = join(address);
    let Some(Span::Text(first, _)) = address.first() else {
        return Err("a link's address begins with https://, not with a token".into());
    };
    let lower = first.to_ascii_lowercase();
    let web = lower.starts_with("https://") || lower.starts_with("http://");
    if !web && !lower.starts_with("mailto:") && !lower.starts_with("tel:") {
        return Err(format!(
            "\"{first}\" cannot be linked to; begin with https://, http://, mailto: or tel:"
        ));
    }
    let has_control =
        |span: &Span| matches!(span, Span::Text(text, _) if text.contains(char::is_control));
    if address.iter().any(has_control) {
        return Err("a link's address holds a character that cannot be seen; write it anew".into());
    }
    if !web {
        return Ok(address);
    }
    let host = first.split_once("://").map_or("", |(_, rest)| {
        rest.split(['/', '?', '#']).next().unwrap_or("")
    });
    if host.is_empty() || host.contains('@') || first.contains(char::is_whitespace) {
        return Err(format!("\"{first}\" is not a web address"));
    }
    if address.len() > 1
        && first
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']))
    {
        return Err("a token cannot stand in the host of a link".into());
    }
    let mut fields: Vec<(String, &str)> = Vec::new();
    for name in UTM_FIELDS {
        let own = head.utm.get(name).map(String::as_str);
        let default = (name == "campaign" && !head.utm.is_empty() && !head.campaign.is_empty())
            .then_some(head.campaign.as_str());
        if let Some(value) = own.or(default) {
            fields.push((format!("utm_{name}"), value));
        }
    }
    if fields.is_empty() {
        return Ok(address);
    }
    // The fragment stays last; it can only begin in a literal piece.
    let mut tail = Vec::new();
    let cut = address
        .iter()
        .position(|span| matches!(span, Span::Text(text, _) if text.contains('#')));
    if let Some(at) = cut {
        tail = address.split_off(at);
        if let Some(Span::Text(text, mark)) = tail.first().cloned() {
            let (before, after) = text.split_once('#').unwrap_or((&text, ""));
            tail[0] = Span::Text(format!("#{after}"), mark);
            if !before.is_empty() {
                address.push(Span::Text(before.to_string(), mark));
            }
        }
    }
    for (name, _) in &fields {
        remove_parameter(&mut address, name);
    }
    for (name, value) in fields {
        let mark = match has_query(&address) {
            Some(true) => "",
            Some(false) => "&",
            None => "?",
        };
        let value = encode_component(value);
        address.push(Span::Text(format!("{mark}{name}={value}"), Mark::PLAIN));
    }
    address.extend(tail);
    Ok(join(&address))
}

/// The UTM fields of links, in the order in which they are added.
pub(super) const UTM_FIELDS: [&str; 5] = ["source", "medium", "campaign", "term", "content"];

/// Whether there is a question mark, and if so, whether it stands last.
fn has_query(address: &[Span]) -> Option<bool> {
    let marked = address
        .iter()
        .any(|span| matches!(span, Span::Text(text, _) if text.contains('?')));
    let last = matches!(address.last(), Some(Span::Text(text, _)) if text.ends_with(['?', '&']));
    marked.then_some(last)
}

/// Takes a query parameter out of the address where it is written out.
fn remove_parameter(address: &mut [Span], name: &str) {
    for span in address.iter_mut() {
        let Span::Text(text, _) = span else { continue };
        let found = ["?", "&"]
            .iter()
            .find_map(|mark| text.find(&format!("{mark}{name}=")));
        if let Some(at) = found {
            match text[at + 1..].find('&') {
                Some(n) => text.replace_range(at + 1..at + 2 + n, ""),
                None => text.truncate(at),
            }
            return;
        }
    }
}

/// Neighbouring literal pieces as one, without marks.
fn join(address: &[Span]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for span in address {
        match (joined.last_mut(), span) {
            (Some(Span::Text(last, _)), Span::Text(text, _)) => last.push_str(text),
            (_, Span::Text(text, _)) => joined.push(Span::Text(text.clone(), Mark::PLAIN)),
            (_, other) => joined.push(other.clone()),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(address: &str, utm: &[(&str, &str)], campaign: &str) -> Result<String, String> {
        let head = authored::Dialogue {
            campaign: campaign.into(),
            utm: utm
                .iter()
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect(),
            ..authored::Dialogue::default()
        };
        link_address(&[Span::Text(address.into(), Mark::PLAIN)], &head).map(|spans| {
            match spans.as_slice() {
                [Span::Text(text, _)] => text.clone(),
                other => panic!("{other:?}"),
            }
        })
    }

    #[test]
    fn utm_fields_join_the_query_and_leave_the_rest_alone() {
        let utm = [("source", "adobe"), ("medium", "web site")];
        for (address, expected) in [
            (
                "https://w.example/e",
                "https://w.example/e?utm_source=adobe&utm_medium=web%20site",
            ),
            (
                "https://w.example/e?a=1#top",
                "https://w.example/e?a=1&utm_source=adobe&utm_medium=web%20site#top",
            ),
            (
                "https://w.example/e?utm_source=old&a=1",
                "https://w.example/e?a=1&utm_source=adobe&utm_medium=web%20site",
            ),
            ("mailto:ada@corp.example", "mailto:ada@corp.example"),
        ] {
            assert_eq!(linked(address, &utm, "").as_deref(), Ok(expected));
        }
        assert_eq!(
            linked("https://w.example/e", &[("source", "a")], "Talent Day").as_deref(),
            Ok("https://w.example/e?utm_source=a&utm_campaign=Talent%20Day")
        );
        assert_eq!(
            linked("https://w.example/e", &[], "Talent Day").as_deref(),
            Ok("https://w.example/e")
        );
    }

    #[test]
    fn links_lead_only_where_links_may() {
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//w.example",
            "w.example",
            "https://",
            "https://u@w.example/",
            "HTTPS://a b/",
            "tel:+46701\u{1d}234567",
            "mailto:a\u{7f}@w.example",
        ] {
            assert!(linked(address, &[], "").is_err(), "{address}");
        }
        for address in [
            "HTTPS://w.example",
            "tel:+46701234567",
            "http://localhost:4000/x",
        ] {
            assert!(linked(address, &[], "").is_ok(), "{address}");
        }
    }
}
