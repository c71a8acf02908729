//! The chat's own words, as visitors read and hear them, in the languages that plans speak.

use serde_json::{Value, json};

/// The widget's own texts.
const LANGUAGES: [&str; 4] = [
    include_str!("../../../../www/embed/texts.en.txt"),
    include_str!("../../../../www/embed/texts.sv.txt"),
    include_str!("../../../../www/embed/texts.ar.txt"),
    include_str!("../../../../www/embed/viewer.en.txt"),
];

/// A sentence in every language.
fn said(key: &str) -> Vec<&'static str> {
    let sentence = |file: &'static str| {
        let mut lines = file.lines();
        lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
    };
    LANGUAGES.into_iter().filter_map(sentence).collect()
}

/// Names of controls and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Minimise,
    Dismiss,
    Menu,
    Restart,
    Back,
    Skip,
    OpenDocument,
    Search,
    Download,
    CloseDocument,
    Decline,
    NoneFits,
    Later,
    Book,
    Send,
    Yes,
    No,
}

impl Name {
    /// In every language.
    pub(super) fn words(self) -> Vec<&'static str> {
        said(match self {
            Name::Minimise => "minimise",
            Name::Dismiss => "dismiss",
            Name::Menu => "menu",
            Name::Restart => "restart",
            Name::Back => "back",
            Name::Skip => "skip",
            Name::OpenDocument => "open-document",
            Name::Search => "search",
            Name::Download => "download",
            Name::CloseDocument => "close",
            Name::Decline => "decline",
            Name::NoneFits => "none-fits",
            Name::Later => "later",
            Name::Book => "book",
            Name::Send => "send",
            Name::Yes => "yes",
            Name::No => "no",
        })
    }
}

/// What the reader of the screen needs.
pub(super) fn for_reading() -> Value {
    let (yes, no) = (said("yes"), said("no"));
    let yes_no: Vec<String> = yes
        .iter()
        .zip(no)
        .map(|(yes, no)| format!("{yes} {no}"))
        .collect();
    let loading = [said("loading"), said("slots-loading")].concat();
    json!({
        "they": said("they"),
        "you": said("you"),
        "answers": said("answers"),
        "days": said("days"),
        "loading": loading,
        "ended": said("ended"),
        "dismiss": said("dismiss"),
        "yes_no": yes_no,
    })
}
