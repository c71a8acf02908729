//! The loader only says "maybe": whatever page a pattern covers, its rules do not say no, however little room they have.

#![cfg(feature = "authoring")]

use engine::authored::Document;
use engine::check::{Catalogue, read_document};
use engine::compile::{Live, Look, Settings, compile, loader_rules, publication, theme};
use engine::compiled::{Consent, Pattern, Publication};
use engine::ids::{DialogueId, Timestamp};
use engine::url::PageUrl;
use proptest::prelude::*;
use regex::Regex;
use serde_json::json;

/// Parts of a path as an author may write them, and as a browser spells them.
const PARTS: &[(&str, &str)] = &[
    ("a", "a"),
    ("ab", "ab"),
    ("B", "B"),
    ("x.y", "x.y"),
    ("(z)+", "(z)+"),
    ("~!$&'|", "~!$&'|"),
    ("å", "%C3%A5"),
    ("%C3%A5", "%C3%A5"),
    ("価格", "%E4%BE%A1%E6%A0%BC"),
    ("a%20b", "a%20b"),
    ("a%2Fb", "a%2Fb"),
    ("{n}", "%7Bn%7D"),
    ("[n]^", "[n]^"),
    ("100%25", "100%25"),
    ("(a)", "%28a%29"),
    ("é", "%c3%a9"),
];
/// What may stand for a star.
const ANYTHING: &[&str] = &["", "a", "a/b", "x%20y", "å/..", "%E2%82%AC"];
/// Hosts as an author may write them, and hosts that they cover.
const HOSTS: &[(&str, &str)] = &[
    ("w.example", "w.example"),
    ("W.Example", "w.example"),
    ("*.w.example", "w.example"),
    ("*.w.example", "a.b.w.example"),
    ("*", "anything.example"),
    ("*", "localhost"),
    ("å.example", "xn--5ca.example"),
    ("*.å.example", "www.xn--5ca.example"),
];

/// A page pattern, and the address of a page that it covers.
fn pattern_and_page() -> impl Strategy<Value = (String, String)> {
    let part = prop_oneof![
        4 => prop::sample::select(PARTS).prop_map(|(written, spelt)| (written.to_owned(), spelt.to_owned())),
        1 => prop::sample::select(ANYTHING).prop_map(|found| ("*".to_owned(), found.to_owned())),
        1 => prop::sample::select(ANYTHING).prop_map(|found| ("a*z".to_owned(), format!("a{found}z"))),
    ];
    let end = prop::sample::select(&[
        ("", ""),
        ("", "/"),
        ("/", ""),
        ("/", "/"),
        ("/*", ""),
        ("/*", "/"),
        ("/*", "/a/b"),
    ]);
    let address = (
        prop::sample::select(&["", "http://", "https://"]),
        prop::sample::select(HOSTS),
        prop::sample::select(&["", ":8443"]),
        prop::bool::ANY,
    );
    let more = prop::sample::select(&[
        ("", ""),
        ("", "?n=1"),
        ("?q=*", "?n=1&q=å"),
        ("#top", "#top"),
        ("", "#top"),
    ]);
    (address, prop::collection::vec(part, 0..4), end, more).prop_map(
        |((scheme, (host, here), port, bare), parts, (end, ended), (asked, given))| {
            let mut pattern = format!("{scheme}{host}{port}");
            let mut page = format!("https://{here}{port}");
            for (written, spelt) in &parts {
                pattern.extend(["/", written]);
                page.extend(["/", spelt]);
            }
            if !(bare && parts.is_empty()) {
                pattern.push_str(end);
            }
            page.push_str(ended);
            if page.matches('/').count() == 2 {
                page.push('/');
            }
            (pattern + asked, page + given)
        },
    )
}

/// What is live when one dialogue targets these pages and asks whether a page was visited.
fn live(targets: &[String], visited: &str) -> Option<Publication> {
    let dialogue = json!({
        "kind": "dialogue", "name": "D",
        "audience": { "targets": targets, "criteria": [ { "if": "visited", "page": visited, "days": 3 } ] },
        "stream": { "cards": [ { "id": "a", "card": "question", "text": "Yes?",
            "answers": [ { "label": "Yes" } ] } ] },
    });
    let Ok(Document::Dialogue(dialogue)) = read_document(&dialogue.to_string()) else {
        panic!("the dialogue of this test can be read");
    };
    let compiled = compile(&dialogue, DialogueId(1), &Catalogue::default()).ok()?;
    let mut settings = Settings {
        workspace: "acme".into(),
        chat_on: true,
        consent: Consent::Full,
        theme: theme(&Look::default()).expect("nothing is wrong with the usual look"),
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    let live = Live {
        compiled: &compiled,
        first_published: Timestamp(1),
    };
    Some(publication(&[live], &mut settings))
}

/// Host and path of an address, as `location` has them.
fn host_and_path(page: &str) -> String {
    let rest = page.split_once("://").map_or(page, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.split(':').next().unwrap_or(host);
    [host, path].concat()
}

fn finds(expression: &str, page: &str) -> bool {
    let expression = Regex::new(expression).unwrap_or_else(|why| panic!("{expression}: {why}"));
    expression.is_match(&host_and_path(page))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn the_loader_never_says_no_where_a_pattern_covers(
        (pattern, page) in pattern_and_page(),
        others in prop::collection::vec(pattern_and_page(), 0..30),
        bytes in 0_usize..3_000,
    ) {
        let parsed = Pattern::parse(&pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        let url = PageUrl::parse(&page).unwrap_or_else(|| panic!("{page} is an address"));
        prop_assume!(parsed.covers(&url));
        let mut targets: Vec<String> = others.into_iter().map(|(pattern, _)| pattern).collect();
        targets.push(pattern.clone());
        let live = live(&targets, &pattern);
        prop_assume!(live.is_some());
        let rules = live.map(|live| loader_rules(&live, Vec::new(), bytes)).unwrap_or_default();
        prop_assert!(rules.pages.iter().any(|rule| finds(rule, &page)), "{pattern} covers {page}, not {:?}", rules.pages);
        prop_assert!(rules.visited.iter().any(|(_, rule)| finds(rule, &page)), "{pattern} covers {page}, not {:?}", rules.visited);
    }
}
