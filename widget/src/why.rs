//! `usher('why')`: what was decided and why. The words for it are fetched only when somebody asks.

use crate::hands::{self, number, word};
use crate::page::Visit;
use engine::compiled::Consent;
use engine::resolve::{Facts, Why, explain};
use engine::wire::Strength;

impl Visit {
    /// Answers a call with the decision and its reasons.
    pub(crate) fn explain(&self, call: u32) {
        let chat_on = self
            .publication
            .is_none_or(|publication| publication.chat_on);
        let state = self.state_word();
        let because = match self.consent {
            _ if !chat_on => "chat-off",
            Consent::Wait => "consent",
            _ => state,
        };
        self.hold_shown();
        word(state);
        word(because);
        let strength = self.known.as_ref().map(|known| known.snapshot.strength);
        word(strength.unwrap_or(Strength::Anonymous).word());
        self.hold_lost();
        hands::why(call);
    }

    /// Holds for every dialogue that lost its name, a code, a number and the winner's name.
    fn hold_lost(&self) {
        let Some(publication) = self.publication else {
            return;
        };
        let facts = Facts {
            snapshot: self.known.as_ref().map(|known| &known.snapshot),
            consent: self.consent,
            given: &[],
        };
        let shown = self.shown_name().unwrap_or_default();
        let reasons = explain(publication, &self.memory, &self.page, facts, self.now());
        let name = |place: u16| {
            publication
                .entries
                .get(place)
                .map_or("", |entry| &entry.name)
        };
        for (entry, why) in publication.entries.iter().zip(reasons) {
            let Some(why) = why.filter(|_| entry.name != shown) else {
                continue;
            };
            let (code, count, winner) = match why {
                Why::ChatOff => ("chat-off", 0, ""),
                Why::Consent => ("consent", 0, ""),
                Why::Hidden => ("hidden", 0, ""),
                Why::NotIncluded => ("not-included", 0, ""),
                Why::Excluded => ("excluded", 0, ""),
                Why::Audience(n) => ("audience", n + 1, ""),
                Why::Completed => ("completed", 0, ""),
                Why::Priority(_, place) => ("priority", entry.priority.into(), name(place)),
                Why::PublishedAfter(place) => ("published-after", 0, name(place)),
                Why::ConversationOpen(_) => ("conversation-open", 0, shown),
            };
            word(&entry.name);
            word(code);
            number(f64::from(count));
            word(winner);
        }
    }
}
