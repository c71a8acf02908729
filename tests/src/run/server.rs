//! What a plan needs of a server: the in-memory model and the real one answer alike.

use crate::plan::{Agent, Busy, Company, Consent, Moment, Person, Viewed};
use engine::authored::{Dialogue, Flow};
use engine::compiled::{Edition, Publication};
use engine::ids::{EditionId, Timestamp};
use engine::value::Value;
use engine::wire::{
    AskSlots, Batch, Book, Booked, Identified, Identify, InputsAnswer, Opaque, Slots,
};

/// The chat origin cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away;

/// A server, as its author, its operator and its visitors' browsers meet it.
pub trait Server {
    /// Sets its clock.
    fn set_clock(&mut self, now: Timestamp);

    /// The workspace's own setting.
    fn set_consent(&mut self, consent: Consent);
    /// The workspace's time zone, by its IANA name.
    ///
    /// # Errors
    /// When there is no such zone.
    fn set_zone(&mut self, zone: &str) -> Result<(), String>;
    /// Milliseconds between the bot's texts.
    fn set_delay(&mut self, ms: u16);
    /// Takes a draft in: from now on the dialogue has its place among others.
    fn import(&mut self, dialogue: &Dialogue);
    /// Takes a flow in, so that dialogues may call it.
    fn import_flow(&mut self, flow: &Flow);
    /// Publishes a dialogue, anew or again.
    ///
    /// # Errors
    /// The faults that prevent it, in words.
    fn publish(&mut self, dialogue: &Dialogue) -> Result<(), String>;
    /// Publishes a flow: dialogues that call it get new editions.
    ///
    /// # Errors
    /// The faults that prevent it, in words.
    fn publish_flow(&mut self, flow: &Flow) -> Result<(), String>;
    /// Replaces words for everybody.
    ///
    /// # Errors
    /// The faults that prevent it, or that more than words has changed.
    fn correct(&mut self, dialogue: &Dialogue) -> Result<(), String>;
    /// Takes a dialogue off the pages.
    ///
    /// # Errors
    /// When it is not published.
    fn unpublish(&mut self, name: &str) -> Result<(), String>;
    /// Switches everything off or on.
    fn set_chat(&mut self, on: bool);
    /// Adds or changes a company.
    fn set_company(&mut self, company: &Company);
    /// Adds or changes a person.
    fn set_person(&mut self, person: &Person);
    /// Keeps a copy of a document of so many pages, as if publishing had fetched it.
    fn keep_pdf(&mut self, address: &str, pages: u16);
    /// Adds an agent.
    fn add_agent(&mut self, agent: &Agent);
    /// Blocks an agent's time.
    fn add_busy(&mut self, busy: &Busy);
    /// The token of a link mailed to a person.
    fn tracked_link(&mut self, person: &str) -> String;
    /// The token of the host's login for a person.
    fn login(&mut self, person: &str) -> String;

    /// The index of what is live.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn publication(&mut self) -> Result<Publication, Away>;
    /// An edition in a language.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn edition(&mut self, id: EditionId, language: &str) -> Result<Edition, Away>;
    /// The identity lookup.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn identify(&mut self, ask: &Identify) -> Result<Identified, Away>;
    /// Takes inputs in.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn inputs(&mut self, batch: &Batch) -> Result<InputsAnswer, Away>;
    /// Offers slots.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn slots(&mut self, ask: &AskSlots) -> Result<Slots, Away>;
    /// Books one.
    ///
    /// # Errors
    /// When it cannot be reached.
    fn book(&mut self, book: &Book) -> Result<Booked, Away>;
    /// Forgets a visitor whose consent was withdrawn.
    fn erase(&mut self, visitor: Option<Opaque>);

    /// What it holds.
    fn holds(&self) -> &dyn Holds;
}

/// What a server holds, for asserting.
pub trait Holds {
    /// Triggered, engaged, completed, acquired, meetings of a dialogue.
    fn counts(&self, dialogue: &str) -> [u64; 5];
    /// Proven goals by name.
    fn goals(&self, name: &str) -> u64;
    /// Activities by the log's name, about something named or anything.
    fn activities(&self, name: &str, named: Option<&str>) -> u64;
    /// What the newest activity about the reading of a document says.
    fn viewed(&self, document: &str) -> Option<Viewed>;
    /// A value of the person the plan calls so; `Err` when there is none.
    ///
    /// # Errors
    /// When there is no such person.
    fn person_value(&self, person: &str, attribute: &str) -> Result<Option<Value>, String>;
    /// A value of the person who has an address.
    ///
    /// # Errors
    /// When there is no such person.
    fn value_by_email(&self, email: &str, attribute: &str) -> Result<Option<Value>, String>;
    /// The score of the newest conversation of a visitor with a dialogue.
    fn score(&self, visitor: Option<Opaque>, dialogue: &str) -> Option<u64>;
    /// Visitors who took an arm.
    fn exposed(&self, arm: &str) -> u64;
    /// Whether an agent has a meeting then.
    fn has_meeting(&self, agent: &str, at: Moment) -> bool;
    /// Mails to an address.
    fn mails(&self, to: &str) -> u64;
    /// Inputs that were refused, with their reasons.
    fn refused(&self) -> Vec<String>;
    /// A live or former dialogue's criteria in words, by its name.
    fn criteria_words(&self, dialogue: &str) -> Vec<String>;
    /// Which of a dialogue's editions, from 1, an edition is.
    fn edition_number(&self, dialogue: &str, edition: EditionId) -> Option<u64>;
}
