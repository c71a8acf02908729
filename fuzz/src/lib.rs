//! What must hold of every byte that strangers send: one function for each reader. A function returns when everything
//! holds, and panics when something does not.
//!
//! `cargo test -p usher-fuzz` runs them over `corpus/` and over mutations of it; `cargo run -p usher-fuzz --release --
//! TARGET SECONDS` goes on with random mutations; `libfuzzer/` has them for `cargo fuzz`, which looks where new code is
//! reached.

mod documents;
mod letters;
mod messages;
pub mod mutate;
mod pages;

pub use documents::{boot_config, dialogue_json};
pub use letters::{ics, mail_header};
pub use messages::{channel, event_batch, identity_token, seeds};
pub use pages::{audience, markup, url};

/// A target: its name, which is also the folder of its corpus, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 10] = [
    ("boot_config", boot_config),
    ("event_batch", event_batch),
    ("dialogue_json", dialogue_json),
    ("markup", markup),
    ("url", url),
    ("audience", audience),
    ("ics", ics),
    ("mail_header", mail_header),
    ("identity_token", identity_token),
    ("channel", channel),
];

/// Longest input, in bytes: what the wire takes.
pub const LONGEST: usize = 64 * 1_024;

/// The text of an input; nothing where it is none, or longer than any reader takes.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes.get(..LONGEST.min(bytes.len()))?).ok()
}
