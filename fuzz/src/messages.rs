//! What browsers and hosts send: batches of a conversation, signed tokens of a login, and whatever the two readers of
//! documents and messages are given.

use crate::documents::catalogue;
use engine::authored::Document;
use engine::bytes::{self, Read};
use engine::check::read_document;
use engine::compile::{Compiled, compile};
use engine::compiled::{Edition, Publication, decode, encode};
use engine::conversation::{Conversation, replay};
use engine::ids::{ConversationId, ConversationKey, DAY, DialogueId, MINUTE, Timestamp};
use engine::wire::{
    Answer, Batch, Begin, Booked, Entry, Identified, Input, InputsAnswer, Page, Sender, Slots,
    Snapshot, Surface, TestDraft,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::LazyLock;
use usher_server::read_login;
use usher_server::secrets::{base64url, mac_plain};
use usher_server::transcript::transcript;

/// A moment to judge at.
const NOW: Timestamp = Timestamp(1_800_000_000_000);
/// The secret of the workspace, and of another.
const SECRETS: [&[u8]; 2] = [b"one secret of a workspace", b"another one"];

/// A dialogue with every kind of card.
static DIALOGUE: LazyLock<Compiled> = LazyLock::new(|| {
    let document = read_document(include_str!("../../engine/tests/every-card.json"));
    let Ok(Document::Dialogue(dialogue)) = document else {
        panic!("the dialogue can be read");
    };
    compile(&dialogue, DialogueId(1), &catalogue()).expect("it compiles")
});

fn begin() -> Begin {
    Begin {
        dialogue: DIALOGUE.dialogue,
        edition: DIALOGUE.id,
        language: "en".into(),
        run: 1,
        seed: 7,
        exposed: Vec::new(),
        page: Page {
            url: "https://w.example/".into(),
            ..Page::default()
        },
        snapshot: None,
        at: NOW,
        card: None,
        surface: Surface::Corner,
        source: String::new(),
    }
}

/// A batch of a conversation: read by both readers alike, and replayed to one state however often, which is saved and
/// read as itself. Lines before the one that does not fit, fit.
pub fn event_batch(bytes: &[u8]) {
    let Some(batch) = alike::<Batch>(bytes) else {
        return;
    };
    let edition = &DIALOGUE.editions[0];
    let begin = batch.begin.clone().unwrap_or_else(begin);
    let replayed = replay(edition, DIALOGUE.id, &begin, &batch.entries);
    assert_eq!(
        replay(edition, DIALOGUE.id, &begin, &batch.entries),
        replayed
    );
    let lines = transcript(edition, DIALOGUE.id, &begin, &batch.entries);
    assert!(lines.len() <= (batch.entries.len() + 1) * 200);
    let Ok((mut state, _)) = Conversation::begin(edition, DIALOGUE.id, &begin) else {
        assert!(replayed.is_err());
        return;
    };
    let mut fitted = 0;
    for entry in &batch.entries {
        let before = state.clone();
        if state.handle(edition, &entry.input, entry.at).is_err() {
            assert_eq!(state, before, "what is refused changes nothing");
            assert!(state.handle(edition, &entry.input, entry.at).is_err());
            break;
        }
        fitted += 1;
    }
    match replayed {
        Ok((ended, outputs)) => {
            assert_eq!(outputs.len(), batch.entries.len() + 1);
            assert_eq!((fitted, &ended), (batch.entries.len(), &state));
            let saved = encode(&ended);
            assert_eq!(decode::<Conversation>(&saved).as_ref(), Ok(&ended));
            assert_eq!(ended.digest(), state.digest());
            assert!(
                saved.len() <= bytes.len() * 4 + 64 * 1_024,
                "{}",
                saved.len()
            );
        }
        Err(_) => {
            let kept = replay(edition, DIALOGUE.id, &begin, &batch.entries[..fitted]);
            // An answer that the visitor would be asked for again fits no log.
            assert!(kept.is_ok() || fitted > 0);
        }
    }
}

/// Reads with both readers. The browser's takes all that the server's takes, alike; of flags and numbers it takes more,
/// and what it made of those both readers read as written.
fn alike<T>(bytes: &[u8]) -> Option<T>
where
    T: Read + Serialize + DeserializeOwned + PartialEq + Debug,
{
    let derived = decode::<T>(bytes).ok();
    let small = bytes::decode::<T>(bytes);
    if let Some(document) = small.as_ref().or(derived.as_ref()) {
        let written = encode(document);
        assert!(
            written.len() <= bytes.len(),
            "nothing is written longer than it was"
        );
        assert_eq!(decode::<T>(&written).as_ref(), Ok(document));
        assert_eq!(bytes::decode::<T>(&written).as_ref(), Some(document));
    }
    if derived.is_some() {
        assert_eq!(small, derived, "both readers agree");
    }
    derived
}

/// The first byte says what the rest claims to be: what crosses from the server, the page's other tabs and storage into
/// the visitor's program.
pub fn channel(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else {
        return;
    };
    match kind % 10 {
        0 => drop(alike::<Publication>(rest)),
        1 => drop(alike::<Edition>(rest)),
        2 => drop(alike::<Snapshot>(rest)),
        3 => drop(alike::<InputsAnswer>(rest)),
        4 => drop(alike::<Identified>(rest)),
        5 => drop(alike::<Slots>(rest)),
        6 => drop(alike::<Booked>(rest)),
        7 => drop(alike::<TestDraft>(rest)),
        8 => drop(alike::<engine::memory::VisitorMemory>(rest)),
        _ => {
            if let Ok(state) = decode::<Conversation>(rest) {
                assert_eq!(decode::<Conversation>(&encode(&state)).as_ref(), Ok(&state));
                let edition = &DIALOGUE.editions[0];
                let _ = state.awaiting(edition);
                let _ = state
                    .clone()
                    .handle(edition, &Input::WentBack, state.last());
            }
        }
    }
}

/// A login token: nothing that we have not signed is believed, and what is believed is fresh and names an address.
pub fn identity_token(bytes: &[u8]) {
    let kinds = catalogue().attributes;
    let secrets = [SECRETS[0].to_vec()];
    let read = |token: &str| read_login(token, "acme", &secrets, &kinds, NOW);
    assert!(
        read(&String::from_utf8_lossy(bytes)).is_none(),
        "nobody signed it"
    );
    let payload = base64url(bytes);
    let signed = |secret: &[u8]| {
        let signature = mac_plain(secret, payload.as_bytes());
        format!("{payload}.{}", base64url(&signature))
    };
    assert!(
        read(&signed(SECRETS[1])).is_none(),
        "another workspace signed it"
    );
    let token = signed(SECRETS[0]);
    let Some((email, values)) = read(&token) else {
        assert!(read(&token).is_none());
        return;
    };
    assert_eq!(read(&token), Some((email.clone(), values)));
    assert_eq!(
        engine::reading::email(&email).as_deref(),
        Some(email.as_str())
    );
    assert!(read_login(&token, "zenith", &secrets, &kinds, NOW).is_none());
    let later = NOW.plus(DAY + 2 * MINUTE);
    assert!(
        read_login(&token, "acme", &secrets, &kinds, later).is_none(),
        "it ends"
    );
    let cut = &token[..token.len() - 1];
    assert!(read(cut).is_none() && read(&format!("{token}A")).is_none());
}

/// Inputs of which the corpus is made that no editor can write, by target and name.
///
/// # Panics
/// When the dialogue does not go as it is meant to.
#[must_use]
pub fn seeds() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let edition = &DIALOGUE.editions[0];
    let begin = begin();
    let begun = Conversation::begin(edition, DIALOGUE.id, &begin);
    let (mut state, _) = begun.expect("it begins");
    let mut entries: Vec<Entry> = Vec::new();
    let mut wishes = vec![Input::Opened];
    for n in 0..24_i64 {
        let input = match wishes.pop() {
            Some(wish) => wish,
            None => match state.awaiting(edition) {
                None => break,
                Some((card, _)) => {
                    let answers = [
                        Input::Answered(card, Answer::Choice(0)),
                        Input::Answered(card, Answer::Typed("ada@corp.example".into())),
                        Input::Answered(card, Answer::Typed("12".into())),
                        Input::Agreed(card, Answer::Typed("ada@corp.example".into())),
                        Input::Skipped(card),
                        Input::Declined(card),
                        Input::Unavailable(card),
                    ];
                    let fits = |input: &Input| {
                        let log = entries.iter().cloned().chain([Entry {
                            seq: 1 + u32::try_from(entries.len()).expect("few"),
                            at: NOW.plus(n * MINUTE),
                            input: input.clone(),
                            digest: 0,
                        }]);
                        let log: Vec<_> = log.collect();
                        replay(edition, DIALOGUE.id, &begin, &log).is_ok()
                    };
                    match answers.into_iter().find(fits) {
                        Some(input) => input,
                        None => break,
                    }
                }
            },
        };
        let at = NOW.plus(n * MINUTE);
        state.handle(edition, &input, at).expect("it fits");
        entries.push(Entry {
            seq: u32::try_from(entries.len() + 1).expect("few"),
            at,
            input,
            digest: state.digest(),
        });
    }
    let mut batch = Batch {
        sender: Sender {
            workspace: "acme".into(),
            visitor: Some([9; 16]),
            gpc: false,
        },
        conversation: ConversationId([1; 16]),
        key: ConversationKey([2; 16]),
        begin: Some(begin),
        entries,
        fault: None,
    };
    let whole = encode(&batch);
    batch.entries.truncate(2);
    let mut seeds = vec![
        ("event_batch", "whole", whole),
        ("event_batch", "two", encode(&batch)),
        (
            "event_batch",
            "format",
            include_bytes!("../../engine/tests/formats/batch.1.bin").to_vec(),
        ),
    ];
    let of_kind = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    for (name, kind, bytes) in [
        (
            "publication",
            0,
            include_bytes!("../../engine/tests/formats/publication.1.bin").to_vec(),
        ),
        (
            "edition",
            1,
            include_bytes!("../../engine/tests/formats/edition.1.bin").to_vec(),
        ),
        (
            "snapshot",
            2,
            include_bytes!("../../engine/tests/formats/snapshot.1.bin").to_vec(),
        ),
        ("memory", 8, encode(&engine::memory::VisitorMemory::new(7))),
        ("conversation", 9, encode(&state)),
    ] {
        seeds.push(("channel", name, of_kind(kind, &bytes)));
    }
    seeds
}
