//! One published version of a dialogue in one language.

use super::condition::Condition;
use super::text::Markup;
use crate::ids::{AttributeId, CardId, DialogueId, DocumentId};
use crate::value::{Value, ValueType};
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A dialogue or flow as the visitor's browser and the server's replay run it.
/// The cards of every flow it calls are in `cards` too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// The rules this edition is run by for ever.
    pub rules: u16,
    /// Which dialogue.
    pub dialogue: DialogueId,
    /// Its name, as activities carry it.
    pub name: String,
    /// The language of the texts in this file.
    pub language: String,
    /// Whether the visitor may go back a question.
    pub back: bool,
    /// Whether the visitor may start over.
    pub restart: bool,
    /// Where the stream begins.
    pub opening: CardId,
    /// Other cards that a page may start it at.
    pub entries: Vec<CardId>,
    /// All cards, of called flows too.
    pub cards: Vec<Card>,
    /// The attributes that cards set, ask for or show.
    pub attributes: Vec<Attribute>,
    /// What tokens in texts stand for.
    pub tokens: Vec<TokenName>,
    /// How many atoms the server answers for this edition.
    pub atoms: u16,
    /// Their truth for a visitor nobody knows, one bit each, lowest first.
    pub anonymous: Vec<u8>,
}

/// An attribute by its authored name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// Of whom.
    pub subject: Subject,
    /// Its name, `industry`.
    pub name: String,
    /// Its type.
    pub kind: ValueType,
    /// The atom that says whether a stored value exists, when a card asks for it.
    pub known: Option<crate::ids::AtomId>,
}

/// Whose attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// The person's.
    Person,
    /// Their company's.
    Company,
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenName {
    /// Whose attribute.
    pub subject: Subject,
    /// Its name.
    pub name: String,
    /// The attribute of this edition whose local value it shows, when a card can set it.
    pub local: Option<AttributeId>,
}

/// One step of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The author's id for it, unique within its stream; `flow/card` for cards of flows.
    pub id: String,
    /// What it is.
    pub kind: CardKind,
}

/// Where a port leads: a card, or the end of the stream it is in.
pub type Route = Option<CardId>;

/// The kinds of cards, each with its ports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardKind {
    /// Says something. Port: next.
    Message {
        /// What is said.
        text: Markup,
        /// What follows.
        next: Route,
    },
    /// Offers answers, one port each.
    Question {
        /// What is asked.
        text: Markup,
        /// The attribute that the answer fills.
        attribute: Option<AttributeId>,
        /// The answers on offer.
        answers: Vec<Answer>,
    },
    /// Asks for a piece of information. Ports: given, skipped.
    Capture(Capture),
    /// Offers a document. Ports: opened, declined.
    Document(DocumentCard),
    /// Books a meeting. Ports: booked, none fits, unavailable.
    Meeting(Meeting),
    /// Marks a goal as reached. Port: next.
    Goal(Goal),
    /// Sets an attribute. Port: next.
    Action {
        /// Which.
        attribute: AttributeId,
        /// To what; tokens are replaced by what they show when the card is passed.
        to: Field,
        /// What follows.
        next: Route,
    },
    /// Chooses by conditions in order. One port each, and otherwise.
    Branch {
        /// The first that holds wins.
        conditions: Vec<(Condition, Route)>,
        /// When none holds.
        otherwise: Route,
    },
    /// Chooses by weight. One port per arm.
    Experiment {
        /// Names the experiment for ever: a hash of the dialogue and the card's id.
        experiment: u64,
        /// The arms.
        arms: Vec<Arm>,
    },
    /// Runs a flow's cards, then goes on. Port: done.
    Flow {
        /// The flow's name.
        name: String,
        /// Its first card.
        entry: CardId,
        /// What follows when the flow has ended.
        next: Route,
    },
}

/// An answer of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What the button says.
    pub label: String,
    /// What is stored, when the question fills an attribute.
    pub stores: Option<Value>,
    /// What else it does.
    pub effect: Effect,
    /// What follows.
    pub next: Route,
}

/// What an answer does beside leading on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Nothing.
    None,
    /// The visitor says that the known address is theirs.
    ConfirmIdentity,
    /// The visitor says that it is not: this browser and that person part at once.
    DenyIdentity,
}

/// An information capture card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// What is asked.
    pub text: Markup,
    /// What stands in the empty input.
    pub placeholder: String,
    /// What the answer fills.
    pub attribute: AttributeId,
    /// How the answer is read.
    pub field: InputKind,
    /// Values to pick from; free typing when empty.
    pub picklist: Vec<(String, Value)>,
    /// What happens when a value is known already.
    pub known: KnownValue,
    /// Whether the visitor may skip.
    pub optional: bool,
    /// Which addresses are refused.
    pub refuse: Refusals,
    /// What the visitor may agree to beside it.
    pub agreement: Option<Agreement>,
    /// After an answer, or when a known value stands.
    pub given: Route,
    /// After a skip.
    pub skipped: Route,
}

/// What kind of input awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputKind {
    /// A line of text.
    Text,
    /// A mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A day and a time of day.
    DateTime,
}

/// What a capture does about a stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KnownValue {
    /// Ask; the answer replaces it.
    Overwrite,
    /// Do not ask.
    Skip,
}

/// Which mail addresses a capture refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// Addresses at free mail providers.
    pub free_mail: bool,
    /// Addresses at these domains.
    pub domains: Vec<String>,
}

/// A box to tick beside a capture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// What ticking it says.
    pub text: Markup,
    /// Whether no answer counts without it.
    pub required: bool,
}

/// A document card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCard {
    /// What is said beside it.
    pub text: Markup,
    /// Its name, as activities carry it.
    pub name: String,
    /// Its address.
    pub url: String,
    /// The copy that was kept of it when this edition was published; none when it could not be had.
    pub file: Option<DocumentFile>,
    /// After it was opened.
    pub opened: Route,
    /// After the visitor went on without it.
    pub declined: Route,
}

/// A document that the chat origin serves, and the viewer shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFile {
    /// Its content's name, by which it is served.
    pub id: DocumentId,
    /// How large it is.
    pub bytes: u32,
}

/// A meeting card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// What is asked.
    pub text: Markup,
    /// The pool whose ring assigns, or one agent.
    pub host: Host,
    /// The attribute that takes the agent's name.
    pub agent_to: Option<AttributeId>,
    /// After booking.
    pub booked: Route,
    /// When no time suits the visitor.
    pub none: Route,
    /// When no time can be offered.
    pub unavailable: Route,
}

/// Who takes a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Host {
    /// The next of a pool, by its name.
    Pool(String),
    /// One agent, by name.
    Agent(String),
}

/// A goal card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// Its name, shared by all dialogues of the workspace.
    pub name: String,
    /// 0 to 3.
    pub score: Option<u8>,
    /// Whether reaching it sends a confirmation mail; its words stay on the server.
    pub confirmation: bool,
    /// What follows.
    pub next: Route,
}

/// An arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its share among all weights.
    pub weight: u16,
    /// What follows.
    pub next: Route,
}

/// What an action card writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Field {
    /// A constant.
    Constant(Value),
    /// Nothing: the value is cleared.
    Clear,
    /// What these spans show (`Text` and `Token` only).
    Tokens(Markup),
}
