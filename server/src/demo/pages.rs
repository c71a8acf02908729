//! The demo's page files, expanded as `www/demo/README.md` describes.

use crate::assets::DEMO;
use crate::site::live::escape;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// A file by its path below `www`.
#[must_use]
pub fn file(name: &str) -> Option<&'static [u8]> {
    DEMO.iter()
        .find(|(path, _)| *path == name)
        .map(|(_, bytes)| *bytes)
}

/// What a page is filled with.
#[derive(Clone, Debug, Default)]
pub struct Filling {
    /// The script tag, and who has logged in.
    pub usher: String,
    /// The demo's own bar.
    pub bar: String,
    /// The mails, on the mailbox's page.
    pub messages: String,
}

/// A page with its layout, or nothing when there is no such file.
#[must_use]
pub fn page(name: &str, filling: &Filling) -> Option<String> {
    let text = std::str::from_utf8(file(&format!("demo/{name}"))?).ok()?;
    let (head, body) = text.split_once("\n---\n")?;
    let value = |key: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
            .unwrap_or_default()
            .trim()
    };
    let whole = match value("layout") {
        "none" => body.to_owned(),
        layout => {
            let layout = if layout == "site" {
                "layout.html".into()
            } else {
                format!("layout-{layout}.html")
            };
            let layout = std::str::from_utf8(file(&format!("demo/{layout}"))?).ok()?;
            layout.replace("{{body}}", body)
        }
    };
    Some(
        whole
            .replace("{{title}}", &escape(value("title")))
            .replace("{{description}}", &escape(value("description")))
            .replace("{{usher}}", &filling.usher)
            .replace("{{bar}}", &filling.bar)
            .replace("{{messages}}", &filling.messages),
    )
}

/// The page file of an address: `/pricing` and `/sv/` are files and folders.
#[must_use]
pub fn file_of(path: &str) -> Option<String> {
    let path = path.trim_matches('/');
    if path
        .split('/')
        .any(|part| part == ".." || part.starts_with('.'))
    {
        return None;
    }
    let hidden = ["mailbox", "message", "404"].contains(&path) || path.starts_with("layout");
    [format!("{path}.html"), format!("{path}/index.html")]
        .into_iter()
        .find(|name| !hidden && file(&format!("demo/{name}")).is_some())
}

/// A file that is served as it is.
#[must_use]
pub fn plain(path: &str) -> Option<(&'static str, &'static [u8])> {
    let path = path.trim_start_matches('/');
    if path == "tokens.css" {
        return DEMO
            .iter()
            .find(|(name, _)| *name == path)
            .map(|(name, bytes)| (*name, *bytes));
    }
    let never = path.ends_with(".html")
        || path.starts_with("dialogues/")
        || path.ends_with("workspace.json")
        || path.ends_with(".md");
    let wanted = format!("demo/{path}");
    DEMO.iter()
        .find(|(name, _)| *name == wanted && !never)
        .map(|(name, bytes)| (*name, *bytes))
}

/// A file that is served as it is, compressed when it is first asked for.
#[must_use]
pub fn small(name: &str) -> Option<&'static [u8]> {
    static SMALL: LazyLock<Mutex<HashMap<String, &'static [u8]>>> = LazyLock::new(Mutex::default);
    let mut kept = SMALL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = kept.get(name) {
        return Some(found);
    }
    let whole = file(name)?;
    // There are as many as files in the binary, and each is kept for as long as it runs.
    let small: &'static [u8] = Vec::leak(shrunk(whole));
    kept.insert(name.to_owned(), small);
    Some(small)
}

/// In brotli, quickly.
#[must_use]
pub fn shrunk(bytes: &[u8]) -> Vec<u8> {
    let mut small = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 6,
        ..Default::default()
    };
    // Writing into memory cannot fail.
    let _ = brotli::BrotliCompress(&mut &bytes[..], &mut small, &parameters);
    small
}
