//! What is live in a workspace, made once per change and then served from memory.

use crate::app::App;
use crate::assets::{self, named};
use crate::peer::Network;
use crate::secrets;
use crate::store::{Packed, Pointer, Scope, StoreError, Workspace, consent_word};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use engine::compile::{Style, style};
use serde_json::json;
use std::net::IpAddr;

/// A workspace's loader and what its frame page needs.
#[derive(Debug)]
pub struct Live {
    /// The visitors' way in.
    pub scope: Scope,
    /// The workspace.
    pub workspace: Workspace,
    /// The company's own addresses.
    pub staff: Vec<Network>,
    /// The newest publication, once there is one.
    pub pointer: Option<Pointer>,
    /// The loader with its rules.
    pub loader: Tagged,
    /// The frame's page.
    pub frame: Tagged,
    /// The script in it, as a content security policy names it.
    pub script: String,
}

/// A compressed file that browsers ask for anew.
#[derive(Debug)]
pub struct Tagged {
    /// The file.
    pub file: Packed,
    /// Names what it holds, as `etag` spells it.
    pub tag: String,
}

impl Tagged {
    fn new(bytes: Vec<u8>) -> Self {
        let hash = secrets::hash(&bytes);
        Self {
            tag: format!("\"{}\"", secrets::hex(&hash[..8])),
            file: Packed::new(bytes),
        }
    }
}

impl Live {
    pub(crate) async fn load(app: &App, scope: Scope) -> Result<Self, StoreError> {
        let workspace = app.store.workspace(&scope).await?;
        let pointer = app.store.pointer(&scope).await?;
        let look = serde_json::from_str(&workspace.settings.theme);
        let style = look.ok().and_then(|look| style(&look).ok());
        let style = style.ok_or(StoreError::Damaged("look"))?;
        let loader = loader(app, &workspace, pointer.as_ref());
        let frame = frame(&workspace.name, pointer.as_ref(), &style);
        let script = source_of_script(&frame);
        let pack = move || (Tagged::new(loader), Tagged::new(frame.into_bytes()));
        let (loader, frame) = tokio::task::spawn_blocking(pack)
            .await
            .map_err(|_| StoreError::Stopped)?;
        let staff = workspace.settings.staff.iter();
        Ok(Self {
            staff: staff.filter_map(|text| Network::parse(text)).collect(),
            scope,
            workspace,
            pointer,
            loader,
            frame,
            script,
        })
    }

    /// Whether an address is one of the company's own.
    #[must_use]
    pub fn is_staff(&self, address: IpAddr) -> bool {
        self.staff.iter().any(|network| network.holds(address))
    }

    /// What the frame's script asks for first, for a `link` header.
    #[must_use]
    pub fn needed(&self) -> String {
        let index = self.pointer.as_ref().map_or("", |pointer| &pointer.hash);
        let index = format!("/e/{}/{index}", self.workspace.name);
        [path("usher.bin"), index]
            .map(|path| format!("<{path}>; rel=preload; as=fetch; crossorigin"))
            .join(", ")
    }

    /// Who may hold the frame, as a content security policy says it.
    #[must_use]
    pub fn ancestors(&self) -> String {
        match self.workspace.settings.sites.as_slice() {
            [] => "*".into(),
            // The empty page of testing links is on the chat origin itself.
            sites => format!("'self' {}", sites.join(" ")),
        }
    }
}

fn path(file: &str) -> String {
    named(file).map(assets::Asset::path).unwrap_or_default()
}

fn frame(workspace: &str, pointer: Option<&Pointer>, style: &Style) -> String {
    let settings = json!({
        "workspace": workspace,
        "index": pointer.map_or("", |pointer| &pointer.hash),
        "look": style,
        "texts": assets::TEXTS,
        "program": path("usher.bin"),
        "extra": path("extra.js"),
        "panel": path("panel.js"),
        "viewer": path("viewer.js"),
        "why": path("why.txt"),
    });
    named("frame.html").map_or(String::new(), |page| {
        String::from_utf8_lossy(page.bytes).replacen(
            "{{settings}}",
            &escape(&settings.to_string()),
            1,
        )
    })
}

/// `'sha256-...'` of the script that stands in a page.
fn source_of_script(page: &str) -> String {
    let script = page
        .split_once("<script>")
        .and_then(|(_, rest)| rest.split_once("</script>"))
        .map_or("", |(script, _)| script);
    let hash = BASE64.encode(secrets::hash(script.as_bytes()));
    format!("'sha256-{hash}'")
}

fn loader(app: &App, workspace: &Workspace, pointer: Option<&Pointer>) -> Vec<u8> {
    let rules: serde_json::Value = pointer
        .and_then(|pointer| serde_json::from_str(&pointer.rules).ok())
        .unwrap_or_else(|| json!({ "pages": [], "visited": [], "clicks": [] }));
    written(json!({
        "w": workspace.name,
        "o": app.config.origin,
        "c": consent_word(workspace.settings.consent),
        "r": rules["pages"],
        "v": rules["visited"],
        "k": rules["clicks"],
        "n": pointer.map_or(0, |pointer| pointer.number),
    }))
}

/// A loader without rules, that may stay as it is whatever is published: it says "maybe" of every page.
#[must_use]
pub fn pinned_loader(app: &App, workspace: &Workspace) -> Vec<u8> {
    written(json!({
        "w": workspace.name,
        "o": app.config.origin,
        "c": consent_word(workspace.settings.consent),
        "r": [""],
        "v": [],
        "k": [],
        "n": 0,
    }))
}

fn written(settings: serde_json::Value) -> Vec<u8> {
    // Old parsers end a line at these two characters inside a string.
    let settings = settings
        .to_string()
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    let script = named("loader.js").map_or(String::new(), |loader| {
        String::from_utf8_lossy(loader.bytes).into_owned()
    });
    script.replacen("__USHER__", &settings, 1).into_bytes()
}

/// Text for an attribute or an element.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
