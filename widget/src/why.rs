//! `usher('why')`: what was decided and why, in words that are fetched only when somebody asks.

use crate::host::object;
use crate::page::Visit;
use alloc::string::String;
use alloc::string::ToString;
use engine::compiled::Consent;
use engine::resolve::{Facts, Why, explain};
use js_sys::Array;
use wasm_bindgen::JsValue;

impl Visit {
    /// Answers a call with the decision and its reasons.
    pub fn explain(&mut self, call: u32) {
        let address = self.settings.why.clone();
        self.fetch_file(&address, move |visit, words| {
            let words = words.ok().and_then(|bytes| String::from_utf8(bytes).ok());
            visit.tell_why(call, &words.unwrap_or_default());
        });
    }

    fn tell_why(&self, call: u32, words: &str) {
        let now = self.now();
        let lost = Array::new();
        if let Some(publication) = self.publication {
            let facts = Facts {
                snapshot: self.known.as_ref().map(|known| &known.snapshot),
                consent: self.consent,
                given: &[],
            };
            let reasons = explain(publication, &self.memory, &self.page, facts, now);
            let name = |place: u16| {
                publication
                    .entries
                    .get(place)
                    .map_or("", |entry| entry.name.as_str())
            };
            for (entry, why) in publication.entries.iter().zip(reasons) {
                if self.shown_name() == Some(&entry.name) {
                    continue;
                }
                let Some(why) = why else { continue };
                let (code, number, winner) = match why {
                    Why::ChatOff => ("chat-off", String::new(), ""),
                    Why::Consent => ("consent", String::new(), ""),
                    Why::NotIncluded => ("not-included", String::new(), ""),
                    Why::Excluded => ("excluded", String::new(), ""),
                    Why::Audience(n) => ("audience", (u32::from(n) + 1).to_string(), ""),
                    Why::Completed => ("completed", String::new(), ""),
                    Why::Priority(_, place) => {
                        ("priority", entry.priority.to_string(), name(place))
                    }
                    Why::PublishedAfter(place) => ("published-after", String::new(), name(place)),
                    Why::ConversationOpen(_) => (
                        "conversation-open",
                        String::new(),
                        self.shown_name().unwrap_or_default(),
                    ),
                };
                lost.push(&object(&[
                    ("dialogue", entry.name.as_str().into()),
                    ("code", code.into()),
                    ("because", sentence(words, code, &number, winner).into()),
                ]));
            }
        }
        let state = match self
            .publication
            .as_ref()
            .map(|publication| publication.chat_on)
        {
            Some(false) => "chat-off",
            _ if self.consent == Consent::Wait => "consent",
            _ => self.state_word(),
        };
        let shown = self.shown_name().map_or(JsValue::NULL, JsValue::from);
        let answer = object(&[
            ("shown", shown),
            ("state", self.state_word().into()),
            ("because", sentence(words, state, "", "").into()),
            ("strength", self.strength_word().into()),
            ("lost", lost.into()),
        ]);
        self.host.reply(call, &answer);
    }

    fn strength_word(&self) -> &'static str {
        use engine::wire::Strength;
        match self.known.as_ref().map(|known| known.snapshot.strength) {
            None | Some(Strength::Anonymous) => "anonymous",
            Some(Strength::Claimed) => "claimed",
            Some(Strength::Recognised) => "recognised",
            Some(Strength::Verified) => "verified",
        }
    }
}

/// The sentence of a code with its places filled; the code itself where there are no words.
fn sentence(words: &str, code: &str, number: &str, name: &str) -> String {
    words
        .lines()
        .find_map(|line| line.strip_prefix(code)?.strip_prefix(' '))
        .unwrap_or(code)
        .replace('%', number)
        .replace('$', name)
}
