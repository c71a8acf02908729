//! Documents and messages as every released version wrote them can still be read.
//! A new format adds a file; a file is never changed. `UPDATE_FORMATS=1` writes those that are missing.

#![cfg(feature = "authoring")]

use engine::authored::Document;
use engine::check::{Catalogue, read_document};
use engine::compile::{Live, Look, Settings, compile, publication, theme};
use engine::compiled::{Consent, DocumentFile, Edition, FORMAT, Publication, encode};
use engine::ids::{
    CardId, ConversationId, ConversationKey, DialogueId, DocumentId, SnapshotId, Timestamp,
};
use engine::wire::{
    Answer, Batch, Begin, Device, EditionFacts, Entry, Input, Page, Sender, SignedSnapshot,
    Snapshot, Strength, Viewing,
};
use std::fmt::Debug;
use std::path::Path;

fn pinned<T>(name: &str, document: &T)
where
    T: engine::bytes::Read + serde::Serialize + serde::de::DeserializeOwned + PartialEq + Debug,
{
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/formats/{name}.{FORMAT}.bin"));
    if !path.exists() && std::env::var_os("UPDATE_FORMATS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        std::fs::write(&path, encode(document)).expect("a file can be written");
    }
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let small: Option<T> = engine::bytes::decode(&bytes);
    let derived: T =
        engine::compiled::decode(&bytes).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!(small.as_ref(), Some(&derived), "{name}: both readers agree");
    assert_eq!(
        &derived, document,
        "{name}: what was written is what is meant"
    );
    assert_eq!(
        encode(document),
        bytes,
        "{name}: the format has changed; raise FORMAT and keep the old one readable"
    );
}

#[test]
fn every_family_reads_what_each_version_wrote() {
    let Ok(Document::Dialogue(dialogue)) = read_document(include_str!("every-card.json")) else {
        panic!("the dialogue of this test can be read");
    };
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
    catalogue
        .files
        .insert("https://w.example/p.pdf".into(), file);
    let compiled = compile(&dialogue, DialogueId(7), &catalogue).expect("it compiles");
    let mut settings = Settings {
        workspace: "acme".into(),
        chat_on: true,
        consent: Consent::Essential,
        theme: theme(&Look::default()).expect("the default look is readable"),
        visited: Vec::new(),
        corrections: Vec::new(),
        forms: Vec::new(),
    };
    let live = [Live {
        compiled: &compiled,
        first_published: Timestamp(5),
    }];
    pinned::<Publication>("publication", &publication(&live, &mut settings));
    pinned::<Edition>("edition", &compiled.editions[1]);

    let snapshot = Snapshot {
        id: SnapshotId([3; 16]),
        strength: Strength::Recognised,
        made: Timestamp(1_800_000_000_000),
        zone_minutes: -90,
        editions: vec![EditionFacts {
            edition: compiled.id,
            atoms: vec![5],
            tokens: vec![(0, "a•••@corp.example".into())],
        }],
    };
    pinned::<Snapshot>("snapshot", &snapshot);
    let viewing = Viewing {
        pages: 2,
        furthest: 300,
        downloaded: true,
        terms: "lön".into(),
    };
    let batch = Batch {
        sender: Sender {
            workspace: "acme".into(),
            visitor: Some([9; 16]),
            gpc: false,
        },
        conversation: ConversationId([1; 16]),
        key: ConversationKey([2; 16]),
        begin: Some(Begin {
            dialogue: DialogueId(7),
            edition: compiled.id,
            language: "sv".into(),
            run: 2,
            seed: 11,
            exposed: vec![(12, 1)],
            page: Page {
                url: "https://w.example/å".into(),
                referrer: String::new(),
                language: "sv-se".into(),
                device: Device::Phone,
                zone_minutes: 60,
            },
            snapshot: Some(SignedSnapshot {
                bytes: encode(&snapshot),
                signature: [4; 32],
            }),
            at: Timestamp(1_800_000_000_500),
            card: None,
            surface: engine::wire::Surface::Corner,
            source: String::new(),
        }),
        entries: vec![
            Entry {
                seq: 1,
                at: Timestamp(1_800_000_001_000),
                input: Input::Opened,
                digest: 1,
            },
            Entry {
                seq: 2,
                at: Timestamp(1_800_000_002_000),
                input: Input::Answered(CardId(0), Answer::Typed("Ada".into())),
                digest: u64::MAX,
            },
            Entry {
                seq: 3,
                at: Timestamp(1_800_000_003_000),
                input: Input::WentBack,
                digest: 3,
            },
            Entry {
                seq: 4,
                at: Timestamp(1_800_000_004_000),
                input: Input::DocumentViewed(CardId(4), viewing),
                digest: 4,
            },
        ],
        fault: None,
    };
    pinned::<Batch>("batch", &batch);
}
