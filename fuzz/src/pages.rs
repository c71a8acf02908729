//! What decides and draws on customers' pages: markup, addresses and audiences.

use crate::documents::publishes;
use crate::text;
use engine::atoms::{Atom, Nobody, bits};
use engine::authored::Document;
use engine::check::read_document;
use engine::compile::{Compiled, Live, Look, Settings, publication, theme};
use engine::compiled::{Consent, Op, Pattern, Publication};
use engine::condition::Clock;
use engine::conversation::{Piece, pieces, text_of};
use engine::ids::Timestamp;
use engine::markup::{Node, TEXT_BYTES, TEXT_SPANS, read, read_plain};
use engine::memory::VisitorMemory;
use engine::pattern::PATTERN_TEXT;
use engine::resolve::{Facts, Resolution, explain, resolve};
use engine::url::{PageUrl, encode_component};
use engine::value::Value;
use engine::wire::Page;
use serde_json::{Value as Json, json};
use std::net::IpAddr;
use usher_server::outgoing::Allowed;

/// Deepest nesting of a text.
const DEPTH: usize = 8;
/// A moment to decide at.
const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A text of a card: bounded, the same each time, and no link leads where links may not lead, whatever tokens hold.
pub fn markup(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let nodes = read(text);
    assert_eq!(nodes, read(text));
    if let Ok(plain) = read_plain(text) {
        assert!(
            plain
                .iter()
                .all(|node| matches!(node, Node::Text(..) | Node::Token(..)))
        );
    }
    match &nodes {
        Ok(nodes) => {
            assert!(text.len() <= TEXT_BYTES && nodes.len() <= TEXT_SPANS);
            assert!(depth(nodes) <= DEPTH);
            assert!(shown(nodes) <= text.len());
        }
        Err(why) => assert!(why.len() <= text.len() + 200),
    }
    let document = json!({ "kind": "dialogue", "name": "M", "audience": { "targets": ["*/*"] },
        "stream": { "cards": [
            { "id": "a", "card": "question", "text": text, "answers": [ { "label": "Yes" } ] } ] } });
    let Some(compiled) = compiled(&document) else {
        return;
    };
    for edition in &compiled.editions {
        for card in &edition.cards {
            for hostile in ["javascript:alert(1)//", "", "https://evil.example/"] {
                links(&pieces(text_of(card), &|_| Some(hostile.to_owned())));
            }
        }
    }
}

fn depth(nodes: &[Node]) -> usize {
    let deepest = nodes.iter().map(|node| match node {
        Node::Link(to, label) => depth(to).max(depth(label)),
        _ => 0,
    });
    1 + deepest.max().unwrap_or(0)
}

/// Bytes of words in a text.
fn shown(nodes: &[Node]) -> usize {
    let bytes = nodes.iter().map(|node| match node {
        Node::Text(words, _) => words.len(),
        Node::Token(token, _) => token.fallback.len(),
        Node::Link(to, label) => shown(to) + shown(label),
        Node::Break | Node::Item => 0,
    });
    bytes.sum()
}

fn links(pieces: &[Piece]) {
    for piece in pieces {
        if let Piece::Link(_, address, label) = piece {
            let lower = address.to_ascii_lowercase();
            let leads = ["http://", "https://", "mailto:", "tel:"];
            assert!(
                leads.iter().any(|scheme| lower.starts_with(scheme)),
                "{address}"
            );
            assert!(!address.contains(|c: char| c.is_control()), "{address:?}");
            links(label);
        }
    }
}

fn compiled(document: &Json) -> Option<Compiled> {
    publishes(&read_document(&document.to_string()).ok()?)
}

/// A page pattern, a line break, and an address: the index of a publication finds what the pattern covers. An address
/// that the server would go to is outside and over TLS.
pub fn url(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let (pattern, href) = text.split_once('\n').unwrap_or((text, text));
    let page = PageUrl::parse(href);
    if let Some(page) = &page {
        assert!(!page.host.is_empty() && !page.host.contains(|c: char| c.is_ascii_uppercase()));
        assert!(page.path == "/" || !page.path.is_empty());
        let parts: Vec<String> = page.path.split('/').map(encode_component).collect();
        // One slash at the end is taken away.
        let address = format!("https://w.example{}/", parts.join("/"));
        assert!(address.is_ascii());
        let again = PageUrl::parse(&address).expect("an address");
        assert_eq!(again.path, page.path);
        assert!(page.pairs().count() <= href.len() + 1);
    }
    match Pattern::parse(pattern) {
        Err(fault) => {
            assert_eq!(Pattern::parse(pattern), Err(fault.clone()));
            assert!(fault.to_string().len() <= pattern.len() + 200);
        }
        Ok(read) => {
            assert!(pattern.trim().len() <= PATTERN_TEXT);
            assert!(read.key().starts_with('/'));
            assert!(read.in_words().len() <= pattern.len() * 4 + 200);
            let document = json!({ "kind": "dialogue", "name": "U", "audience": { "targets": [pattern] },
                "stream": { "cards": [
                    { "id": "a", "card": "question", "text": "So?", "answers": [ { "label": "Yes" } ] } ] } });
            if let (Some(page), Some(compiled)) = (&page, compiled(&document)) {
                let published = published(&compiled);
                let found = published.targets.entries(page, 1).has(0);
                assert_eq!(found, read.covers(page), "{pattern:?} {href:?}");
            }
        }
    }
    if let Ok(url) = Allowed::default().judge(href) {
        assert_eq!(
            (url.scheme(), url.port_or_known_default()),
            ("https", Some(443))
        );
        assert!(url.username().is_empty() && url.password().is_none());
        let host = url
            .host_str()
            .expect("a host")
            .trim_matches(['[', ']'])
            .to_owned();
        assert!(!host.eq_ignore_ascii_case("localhost"));
        if let Ok(address) = host.parse::<IpAddr>() {
            let inside = match address.to_canonical() {
                IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_broadcast(),
                IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
            };
            assert!(
                !inside && !address.is_loopback() && !address.is_unspecified(),
                "{host}"
            );
        }
    }
}

fn published(compiled: &Compiled) -> Publication {
    let mut settings = Settings {
        workspace: "acme".into(),
        chat_on: true,
        consent: Consent::Full,
        theme: theme(&Look::default()).expect("the default look"),
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    let live = [Live {
        compiled,
        first_published: NOW,
    }];
    publication(&live, &mut settings)
}

/// Criteria of an audience as JSON: what decides and what explains agree, and opposites are never both true.
pub fn audience(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let Ok(criteria) = serde_json::from_str::<Json>(text) else {
        return;
    };
    let document = json!({ "kind": "dialogue", "name": "A",
        "audience": { "targets": ["*/*"], "criteria": criteria },
        "stream": { "cards": [
            { "id": "a", "card": "question", "text": "So?", "answers": [ { "label": "Yes" } ] } ] } });
    let Ok(document @ Document::Dialogue(_)) = read_document(&document.to_string()) else {
        return;
    };
    let Some(compiled) = publishes(&document) else {
        return;
    };
    let clock = Clock {
        now: NOW,
        zone_minutes: 60,
    };
    assert_eq!(
        bits(&compiled.atoms, &Nobody, clock).len(),
        compiled.atoms.len().div_ceil(8)
    );
    for atom in &compiled.atoms {
        if let Atom::Attribute(_, _, test) = atom {
            opposites(test, clock);
        }
    }
    let publication = published(&compiled);
    let memory = VisitorMemory::new(7);
    for (language, zone_minutes) in [("en", 0), ("sv-SE", 60), ("", -720)] {
        let page = Page {
            url: "https://w.example/pricing?x=1".into(),
            language: language.into(),
            zone_minutes,
            ..Page::default()
        };
        let facts = Facts {
            snapshot: None,
            consent: Consent::Full,
            given: &[],
        };
        let winner = resolve(&publication, &memory, &page, facts, NOW);
        let reasons = explain(&publication, &memory, &page, facts, NOW);
        let wins = matches!(winner, Resolution::Show(0, _) | Resolution::Hold(0));
        assert_eq!(reasons.len(), 1);
        assert_eq!(reasons[0].is_none(), wins, "{winner:?} {reasons:?}");
    }
}

fn opposites(test: &engine::compiled::Test, clock: Clock) {
    let opposite = match test.op {
        Op::Is => Op::IsNot,
        Op::StartsWith => Op::NotStartsWith,
        Op::Contains => Op::NotContains,
        Op::IsEmpty => Op::IsNotEmpty,
        _ => return,
    };
    let other = engine::compiled::Test {
        op: opposite,
        ..test.clone()
    };
    let mut values = test.values.clone();
    values.extend([
        Value::Text("Retail".into()),
        Value::Number(-1),
        Value::Boolean(true),
        Value::Date(20_000),
        Value::DateTime(1_800_000_000),
    ]);
    for value in values.iter().map(Some).chain([None]) {
        assert!(
            !(test.holds(value, clock) && other.holds(value, clock)),
            "{test:?} {value:?}"
        );
    }
}
