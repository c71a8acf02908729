//! What a visitor sees, and what the page's call `usher('why')` tells.

use super::visitor::Visitor;
use super::words;
use crate::plan::InputKind;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads the frame.
const READ: &str = include_str!("screen.js");
/// Asks the page why; the frame may be on its way out.
const WHY: &str = "typeof usher === 'function' && usher.version ? \
    Promise.race([usher('why'), new Promise(function (late) { setTimeout(late, 3000, null); })]) : null";

/// What is on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Seen {
    /// `launcher`, `poke` or `panel`.
    pub form: Option<String>,
    /// The bot's texts.
    pub said: Vec<String>,
    /// The visitor's own.
    pub you: Vec<String>,
    /// The answers on offer.
    pub offers: Vec<String>,
    /// What kind of input awaits.
    pub asks: Option<String>,
    /// What is wrong with the last answer.
    pub refusal: Option<String>,
    /// A line that is no text of the bot.
    pub notice: Option<String>,
    /// Whether words are on their way.
    pub busy: bool,
    /// Links in the texts: words and address.
    pub links: Vec<(String, String)>,
    /// Whether the conversation says that it is over.
    pub ended: bool,
}

/// What the page is told about the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The winner.
    pub shown: Option<String>,
    /// In a word what was decided.
    pub state: String,
    /// The consent in force.
    pub consent: String,
    /// Whether the loader's rules match.
    pub matched: bool,
    /// Whether there is a frame.
    pub has_frame: bool,
    /// Why each other dialogue lost.
    pub lost: BTreeMap<String, String>,
}

/// A kind of input by its word.
pub(super) fn input_kind(word: &str) -> Option<InputKind> {
    Some(match word {
        "text" => InputKind::Text,
        "email" => InputKind::Email,
        "phone" => InputKind::Phone,
        "number" => InputKind::Number,
        "boolean" => InputKind::Boolean,
        "date" => InputKind::Date,
        "date-time" => InputKind::DateTime,
        "slot" => InputKind::Slot,
        _ => return None,
    })
}

/// The expression that reads, in the chat's frame, what a visitor sees there: a [`Seen`].
#[must_use]
pub fn reading() -> String {
    format!("{READ}({})", words::for_reading())
}

impl Visitor {
    /// What is on screen in the tab in front.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn read(&self) -> Result<Seen, String> {
        let Some(frame) = self.shown_frame()? else {
            return Ok(Seen::default());
        };
        let read = frame.evaluate(&reading())?;
        serde_json::from_value(read).map_err(|fault| fault.to_string())
    }

    /// What was decided about the page.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn why(&self) -> Result<Told, String> {
        let told = self.page()?.evaluate(WHY)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let lost = told["lost"].as_array().cloned().unwrap_or_default();
        Ok(Told {
            shown: told["shown"].as_str().map(str::to_owned),
            state: text(&told["state"]),
            consent: text(&told["consent"]),
            matched: told["matched"] == true,
            has_frame: told["lost"].is_array(),
            lost: lost
                .iter()
                .map(|one| (text(&one["dialogue"]), text(&one["because"])))
                .collect(),
        })
    }
}
