//! Who a plan's statements are told to, at any level.

use crate::plan;
use engine::check::{Diagnosis, Severity};
use engine::compiled::Consent;
use engine::value::Value;

/// What a visitor sees.
#[derive(Clone, Debug, Default)]
pub struct Screen {
    /// The dialogue on screen, by name.
    pub shows: Option<String>,
    /// In which form.
    pub form: Option<plan::Form>,
    /// The dialogue that waits for its events.
    pub holds: Option<String>,
    /// Whether what is on screen was begun before.
    pub continues: bool,
    /// The bot's texts, in order.
    pub said: Vec<String>,
    /// From which of them on they are new since the last action.
    pub new_from: usize,
    /// The answers on offer.
    pub offers: Vec<String>,
    /// What kind of input awaits.
    pub asks_for: Option<plan::InputKind>,
    /// The message about the last answer.
    pub refusal: Option<String>,
    /// A line that is no bot's text.
    pub notice: Option<String>,
    /// Which of its dialogue's editions the conversation runs, from 1.
    pub edition: Option<u64>,
}

/// A level at which plans run.
pub trait World {
    /// Something exists from here on.
    ///
    /// # Errors
    /// When it cannot.
    fn define(&mut self, definition: &plan::Definition) -> Result<(), String>;
    /// Somebody does something.
    ///
    /// # Errors
    /// When it is not offered or is refused.
    fn act(&mut self, action: &plan::Action) -> Result<(), String>;
    /// What the acting visitor sees.
    fn screen(&mut self) -> Screen;
    /// Where a link in the newest texts leads.
    fn link(&mut self, words: &str) -> Option<String>;
    /// Whether a slot is on offer.
    ///
    /// # Errors
    /// When no slot is asked for.
    fn offers_slot(&mut self, at: plan::Moment) -> Result<bool, String>;
    /// Why a dialogue is not the one on this page; `None` when it is.
    fn why(&mut self, dialogue: &str) -> Option<String>;
    /// What the server holds, after everything unsent has arrived.
    fn holds(&mut self) -> &dyn super::server::Holds;
    /// The acting visitor's token, for asking about their conversations.
    fn visitor(&mut self) -> Option<engine::wire::Opaque>;
    /// What is stored on the device; empty where nothing is.
    ///
    /// # Errors
    /// Where this level has no device.
    fn stored(&mut self) -> Result<Vec<String>, String>;
    /// Requests since the last visit, the loader not counted.
    ///
    /// # Errors
    /// Where this level makes none.
    fn requests(&mut self) -> Result<Vec<String>, String>;
    /// Lets the world go on for a moment; says whether anything goes on by itself.
    fn breathe(&mut self) -> bool {
        false
    }
    /// At the end of a plan: whether everything around it is as it was.
    ///
    /// # Errors
    /// What is not.
    fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// A plan's value as the engine holds it.
#[must_use]
pub fn value(value: &plan::Value) -> Value {
    match value {
        plan::Value::Text(text) => Value::Text(text.clone()),
        plan::Value::Number(number) => Value::Number(number.millionths),
        plan::Value::Boolean(value) => Value::Boolean(*value),
        plan::Value::Date(date) => {
            Value::Date(engine::calendar::read_date(&date.to_string()).unwrap_or_default())
        }
        plan::Value::Moment(moment) => Value::DateTime(moment.milliseconds() / 1_000),
    }
}

/// A plan's mode of consent as the engine names it.
#[must_use]
pub fn consent(mode: plan::Consent) -> Consent {
    match mode {
        plan::Consent::Wait => Consent::Wait,
        plan::Consent::Essential => Consent::Essential,
        plan::Consent::Full => Consent::Full,
    }
}

/// The errors among diagnoses, in one line.
#[must_use]
pub fn in_words(all: &[Diagnosis]) -> String {
    let errors: Vec<String> = all
        .iter()
        .filter(|fault| fault.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    errors.join("; ")
}
