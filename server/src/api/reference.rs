//! The API's description as a page for people, drawn once from the same document that programs read.

use super::openapi;
use crate::mail::compose::escape;
use crate::site::files::set;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

const STYLE: &str = include_str!("reference.css");

/// The page and the policy that lets nothing but its style do anything.
static PAGE: LazyLock<(String, String)> = LazyLock::new(|| {
    use base64::Engine as _;
    let hash = crate::secrets::hash(STYLE.as_bytes());
    let hash = base64::engine::general_purpose::STANDARD.encode(hash);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    (page(&openapi::described()), policy)
});

/// `GET /api/reference`: the page; no token needed.
pub async fn show() -> Response {
    let (page, policy) = &*PAGE;
    let mut response = Html(page.as_str()).into_response();
    set(&mut response, header::CONTENT_SECURITY_POLICY, policy);
    set(&mut response, header::CACHE_CONTROL, "no-cache");
    response
}

/// A call: its path, its method, and what is said of it.
type Call<'a> = (&'a str, String, &'a Json);

fn page(document: &Json) -> String {
    let mut by_subject: BTreeMap<&str, Vec<Call<'_>>> = BTreeMap::new();
    for (path, calls) in fields(&document["paths"]) {
        for (method, call) in fields(calls) {
            let subject = call["tags"][0].as_str().unwrap_or("more");
            let calls = by_subject.entry(subject).or_default();
            calls.push((path, method.to_uppercase(), call));
        }
    }
    let title = text(&document["info"]["title"]);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n<p>{}</p>\n\
         <p>Programs read <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>\n</header>\n<nav>\n",
        text(&document["info"]["description"]),
    );
    for (subject, calls) in &by_subject {
        let _ = write!(page, "<h2>{}</h2>\n<ul>\n", escape(subject));
        for (path, method, _) in calls {
            let name = escape(&format!("{method} {path}"));
            let _ = writeln!(
                page,
                "<li><a href=\"#{}\"><code>{name}</code></a></li>",
                place(method, path)
            );
        }
        page.push_str("</ul>\n");
    }
    page.push_str("</nav>\n<main>\n");
    for (subject, calls) in &by_subject {
        let _ = write!(page, "<section>\n<h2>{}</h2>\n", escape(subject));
        for (path, method, call) in calls {
            draw_call(&mut page, path, method, call);
        }
        page.push_str("</section>\n");
    }
    page.push_str("<section>\n<h2>Types</h2>\n");
    for (name, schema) in fields(&document["components"]["schemas"]) {
        let name = escape(name);
        let _ = write!(
            page,
            "<article id=\"type-{name}\">\n<h3>{name}</h3>\n<p>{}</p>\n",
            text(&schema["description"])
        );
        draw_fields(&mut page, schema);
        page.push_str("</article>\n");
    }
    page.push_str("</section>\n</main>\n</body>\n</html>\n");
    page
}

fn draw_call(page: &mut String, path: &str, method: &str, call: &Json) {
    let _ = write!(
        page,
        "<article id=\"{}\">\n<h3>{} {}</h3>\n<p>{}</p>\n",
        place(method, path),
        escape(method),
        escape(path),
        text(&call["summary"]),
    );
    if call["description"].is_string() {
        let _ = writeln!(page, "<p>{}</p>", text(&call["description"]));
    }
    let asked = call["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    if !asked.is_empty() {
        page.push_str("<h4>Asked with</h4>\n<dl>\n");
        for one in asked {
            let kind = format!(
                "{}, {}",
                escape(one["in"].as_str().unwrap_or_default()),
                kind(&one["schema"])
            );
            draw_field(
                page,
                &one["name"],
                &kind,
                one["required"] == true,
                &one["description"],
            );
        }
        page.push_str("</dl>\n");
    }
    let sent = fields(&call["requestBody"]["content"]).next();
    if let Some((media_type, body)) = sent {
        let _ = writeln!(
            page,
            "<h4>Body</h4>\n<p>{} <small>{}</small></p>",
            kind(&body["schema"]),
            escape(media_type)
        );
    }
    page.push_str("<h4>Answers</h4>\n<dl>\n");
    for (status, answer) in fields(&call["responses"]) {
        let _ = write!(page, "<dt><code>{}</code>", escape(status));
        for (media_type, body) in fields(&answer["content"]) {
            let _ = write!(
                page,
                " {} <small>{}</small>",
                kind(&body["schema"]),
                escape(media_type)
            );
        }
        let _ = writeln!(page, "</dt>\n<dd>{}</dd>", text(&answer["description"]));
    }
    page.push_str("</dl>\n</article>\n");
}

fn draw_fields(page: &mut String, schema: &Json) {
    let parts = schema["allOf"].as_array().or(schema["oneOf"].as_array());
    for part in parts.into_iter().flatten() {
        if part["$ref"].is_string() {
            let _ = writeln!(page, "<p>With everything of {}.</p>", kind(part));
        }
        draw_fields(page, part);
    }
    if schema["properties"].is_object() {
        let needed: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        page.push_str("<dl>\n");
        for (name, field) in fields(&schema["properties"]) {
            let is_needed = needed.contains(&name);
            draw_field(
                page,
                &Json::from(name),
                &kind(field),
                is_needed,
                &field["description"],
            );
        }
        page.push_str("</dl>\n");
    }
}

fn draw_field(page: &mut String, name: &Json, kind: &str, is_needed: bool, words: &Json) {
    let needed = if is_needed { ", required" } else { "" };
    let _ = writeln!(
        page,
        "<dt><code>{}</code> <small>{kind}{needed}</small></dt>\n<dd>{}</dd>",
        escape(name.as_str().unwrap_or_default()),
        text(words)
    );
}

/// What a value is, in words, as HTML.
fn kind(schema: &Json) -> String {
    if let Some(name) = schema["$ref"].as_str() {
        let name = escape(name.rsplit('/').next().unwrap_or_default());
        return format!("<a href=\"#type-{name}\">{name}</a>");
    }
    let several = schema["oneOf"].as_array().or(schema["allOf"].as_array());
    if let Some(several) = several {
        let kinds: Vec<String> = several.iter().map(kind).collect();
        return kinds.join(" or ");
    }
    if schema["type"] == "array" {
        return format!("list of {}", kind(&schema["items"]));
    }
    let words = match &schema["type"] {
        Json::Array(kinds) => {
            let kinds: Vec<&str> = kinds.iter().filter_map(Json::as_str).collect();
            kinds.join(" or ")
        }
        Json::String(word) => word.clone(),
        _ => "anything".into(),
    };
    escape(&words)
}

/// Where a call stands on the page.
fn place(method: &str, path: &str) -> String {
    let path = path.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    format!("{}{path}", method.to_ascii_lowercase())
}

/// Words of the document as HTML: what stands in backticks is code.
fn text(words: &Json) -> String {
    let words = escape(words.as_str().unwrap_or_default());
    let parts = words.split('`').enumerate().map(|(n, part)| match n % 2 {
        0 => part.to_owned(),
        _ => format!("<code>{part}</code>"),
    });
    parts.collect()
}

fn fields(json: &Json) -> impl Iterator<Item = (&str, &Json)> {
    let fields = json.as_object().map(Map::iter).into_iter().flatten();
    fields.map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_and_every_type_is_on_the_page() {
        let document = openapi::described();
        let page = page(&document);
        let mut places = Vec::new();
        for (path, calls) in fields(&document["paths"]) {
            for (method, call) in fields(calls) {
                let method = method.to_uppercase();
                let shown = format!(
                    "<h3>{method} {}</h3>\n<p>{}</p>",
                    escape(path),
                    text(&call["summary"])
                );
                assert_eq!(page.matches(&shown).count(), 1, "{method} {path}");
                for asked in call["parameters"].as_array().into_iter().flatten() {
                    let name = asked["name"].as_str().unwrap();
                    assert!(
                        page.contains(&format!("<dt><code>{name}</code>")),
                        "{path} {name}"
                    );
                }
                places.push(place(&method, path));
            }
        }
        let calls = places.len();
        places.sort();
        places.dedup();
        assert!(
            calls >= 40 && places.len() == calls,
            "each has a place of its own"
        );
        for at in places {
            assert_eq!(page.matches(&format!("href=\"#{at}\"")).count(), 1, "{at}");
            assert_eq!(page.matches(&format!("id=\"{at}\"")).count(), 1, "{at}");
        }
        // No link on the page leads to a type that is not on it.
        for name in page.split("href=\"#type-").skip(1) {
            let name = name.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"type-{name}\"")), "{name}");
        }
    }

    #[test]
    fn the_page_runs_nothing_and_loads_nothing() {
        let page = page(&openapi::described());
        for word in [
            "<script", "src=", "http://", "https://", "style=", "onclick",
        ] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(PAGE.1.starts_with("default-src 'none'; style-src 'sha256-"));
        assert_eq!(
            text(&Json::from("<b>`a<b`")),
            "&lt;b&gt;<code>a&lt;b</code>"
        );
    }
}
