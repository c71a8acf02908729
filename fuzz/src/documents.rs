//! What operators and authors write: the configuration, the look, workspace files and dialogues.

use crate::text;
use engine::authored::Document;
use engine::bytes;
use engine::check::{Catalogue, Severity, check, read_document};
use engine::compile::{Look, compile_document, style, theme};
use engine::compiled::{DocumentFile, Edition, decode, encode};
use engine::ids::{DialogueId, DocumentId};
use std::path::Path;
use usher_server::Config;
use usher_server::config::Overrides;
use usher_server::workspace_file::WorkspaceFile;

/// Longest list of faults of one document, for each byte of it.
const FAULTS_PER_BYTE: usize = 2_000;

/// The configuration file, the look, and the workspace file: what was taken makes sense and is taken again.
pub fn boot_config(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let path = Path::new("usher.toml");
    let read = |text: &str| Config::from_text(text, path, &Overrides::default());
    match read(text) {
        Err(fault) => assert_eq!(
            read(text).err().map(|again| again.to_string()),
            Some(fault.to_string())
        ),
        Ok(config) => {
            let host = config.origin.split_once("://").map(|(_, host)| host);
            assert!(host.is_some_and(|host| !host.is_empty() && !host.contains('/')));
            let written = format!("origin = {:?}", config.origin);
            if config.origin.is_ascii() && !config.origin.contains(|c: char| c.is_control()) {
                let again = read(&written).expect("an origin that was taken is taken again");
                assert_eq!(again.origin, config.origin);
            }
            assert!(config.metrics_listen.is_none_or(|at| at.ip().is_loopback()));
        }
    }
    if let Ok(look) = serde_json::from_str::<Look>(text) {
        let drawn = style(&look);
        assert_eq!(drawn, style(&look));
        if let (Ok(drawn), Ok(theme)) = (drawn, theme(&look)) {
            let written = format!("{drawn:?}");
            assert!(written.len() <= text.len() * 8 + 4_000);
            assert_eq!(bytes::decode(&encode(&theme)), Some(theme));
        }
        let written = serde_json::to_string(&look).expect("a look can be written");
        assert_eq!(serde_json::from_str::<Look>(&written).ok(), Some(look));
    }
    let _ = WorkspaceFile::read(text).map_err(|fault| fault.to_string());
}

/// A dialogue or a flow: what is accepted publishes, is written and read as itself, and both readers agree.
pub fn dialogue_json(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let document = match read_document(text) {
        Ok(document) => document,
        Err(fault) => {
            let words = fault.to_string();
            assert!(!words.is_empty() && words.len() <= (text.len() + 1) * FAULTS_PER_BYTE);
            assert_eq!(read_document(text), Err(fault));
            return;
        }
    };
    let written = serde_json::to_string(&document).expect("a document can be written");
    assert_eq!(read_document(&written).as_ref(), Ok(&document), "{written}");
    publishes(&document);
}

/// `check` and `compile_document` agree, and what is compiled is read by both readers.
pub(crate) fn publishes(document: &Document) -> Option<engine::compile::Compiled> {
    let catalogue = catalogue();
    let faults = check(document, &catalogue);
    let is_sound = faults.iter().all(|fault| fault.severity != Severity::Error);
    let compiled = compile_document(document, DialogueId(7), &catalogue);
    assert_eq!(compiled.is_ok(), is_sound, "{faults:?}");
    let compiled = compiled.ok()?;
    assert!(!compiled.editions.is_empty());
    for edition in &compiled.editions {
        let written = encode(edition);
        assert_eq!(decode::<Edition>(&written).as_ref(), Ok(edition));
        assert_eq!(bytes::decode::<Edition>(&written).as_ref(), Some(edition));
    }
    let again = compile_document(document, DialogueId(7), &catalogue);
    assert_eq!(again.map(|again| again.id).ok(), Some(compiled.id));
    Some(compiled)
}

/// What documents may name here: a flow, a kept file, a list, an agent and attributes of each kind.
pub(crate) fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    let flow = r#"{"kind": "flow", "name": "Name", "stream": {"cards": [
        {"id": "first", "card": "capture", "text": "First name?", "attribute": "person.firstName"}]}}"#;
    if let Ok(Document::Flow(flow)) = read_document(flow) {
        catalogue.flows.insert(flow.name.clone(), flow);
    }
    let file = DocumentFile {
        id: DocumentId([6; 16]),
        bytes: 70_000,
    };
    let address = "https://w.example/p.pdf".to_owned();
    catalogue.files.insert(address, file);
    catalogue.lists.insert("News".into());
    catalogue.agents.insert("Nora Wik".into());
    use engine::value::ValueType;
    for (name, kind) in [
        ("person.industry", ValueType::Text),
        ("person.age", ValueType::Number),
        ("person.vip", ValueType::Boolean),
        ("person.born", ValueType::Date),
        ("person.seen", ValueType::DateTime),
    ] {
        catalogue.attributes.insert(name.into(), kind);
    }
    catalogue
}
