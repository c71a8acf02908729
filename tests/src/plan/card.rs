//! Cards as plans write them. A port without an arrow ends the stream.

use super::condition::Condition;
use super::error::Fault;
use super::parse::{Node, Placed};
use super::token::Words;
use super::value::{AttributeName, Value};

/// One step of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Unique within its stream.
    pub name: String,
    /// What it is.
    pub kind: CardKind,
}

/// The kinds of cards. Every `to`, and every other port, is the card that follows; none ends the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum CardKind {
    /// Says something.
    Message {
        /// What.
        text: String,
        /// The card that follows.
        to: Option<String>,
    },
    /// Offers answers.
    Question {
        /// The attribute that answers fill.
        attribute: Option<AttributeName>,
        /// What is asked.
        text: String,
        /// In order.
        answers: Vec<Answer>,
    },
    /// Asks for a piece of information.
    Capture(Capture),
    /// Offers a document.
    Document {
        /// Its name.
        name: String,
        /// Its address.
        address: String,
        /// After it was opened.
        opened: Option<String>,
        /// After it was declined.
        declined: Option<String>,
    },
    /// Books a meeting.
    Meeting(Meeting),
    /// Marks a goal as reached.
    Goal {
        /// Its name.
        name: String,
        /// As written; whether it is allowed is for the product to say.
        score: Option<u64>,
        /// The subject of the mail that reaching it sends.
        confirmation: Option<String>,
        /// The card that follows.
        to: Option<String>,
    },
    /// Sets an attribute.
    Action {
        /// Which.
        attribute: AttributeName,
        /// To what.
        value: Value,
        /// The card that follows.
        to: Option<String>,
    },
    /// Chooses by conditions.
    Branch {
        /// In order.
        cases: Vec<Case>,
        /// When none holds.
        otherwise: Option<String>,
    },
    /// Chooses by weight.
    Experiment {
        /// In order.
        arms: Vec<Arm>,
    },
    /// Runs a flow.
    Flow {
        /// Its name.
        flow: String,
        /// The card that follows.
        to: Option<String>,
    },
}

/// An answer of a question.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// What the button says.
    pub label: String,
    /// What is stored when that is not the label.
    pub stores: Option<Value>,
    /// What else it does.
    pub effect: Option<Effect>,
    /// The card that follows.
    pub to: Option<String>,
}

/// What an answer does to the visitor's identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The visitor says that the person is them.
    ConfirmsIdentity,
    /// The visitor says that it is somebody else.
    DeniesIdentity,
}

/// A capture card.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// The attribute it fills.
    pub attribute: AttributeName,
    /// What is asked.
    pub text: String,
    /// How the answer is read; by the attribute when absent.
    pub input: Option<InputKind>,
    /// Whether it may be skipped.
    pub optional: bool,
    /// Whether a known value is taken without asking.
    pub skip_when_known: bool,
    /// Whether free mail providers are refused.
    pub business_only: bool,
    /// Mail domains that are refused.
    pub blocked: Vec<String>,
    /// Values to pick from; none when it is typed.
    pub picks: Vec<String>,
    /// After an answer.
    pub given: Option<String>,
    /// After a skip.
    pub skipped: Option<String>,
}

/// A meeting card.
#[derive(Clone, Debug, PartialEq)]
pub struct Meeting {
    /// What is asked.
    pub text: String,
    /// The one agent it is about; all agents in turn when absent.
    pub agent: Option<String>,
    /// After booking.
    pub booked: Option<String>,
    /// When no time suits.
    pub none: Option<String>,
    /// When no time can be offered.
    pub unavailable: Option<String>,
}

/// A condition of a branch, and the card that follows where it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// What must hold.
    pub condition: Condition,
    /// The card that follows.
    pub to: Option<String>,
}

/// An arm of an experiment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// Its share among all weights.
    pub weight: u64,
    /// The card that follows.
    pub to: Option<String>,
}

/// What kind of input awaits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InputKind {
    /// Anything.
    Text,
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A day and a time of day.
    DateTime,
    /// A time for a meeting.
    Slot,
}

impl InputKind {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let word = words.word("a kind of input")?;
        Ok(match word.as_str() {
            "text" => InputKind::Text,
            "email" => InputKind::Email,
            "phone" => InputKind::Phone,
            "number" => InputKind::Number,
            "boolean" => InputKind::Boolean,
            "date" => InputKind::Date,
            "date-time" => InputKind::DateTime,
            "slot" => InputKind::Slot,
            _ => {
                let kinds = "text, email, phone, number, boolean, date, date-time or slot";
                return Err(Fault::expected(kinds, &word));
            }
        })
    }
}

impl Card {
    /// Reads a card; `words` stand behind the word `card`, `node` is its line with its block.
    pub(super) fn take(words: &mut Words, node: &Node) -> Result<Self, Placed> {
        let at = |fault| node.at(fault);
        let name = words.name("the card's name").map_err(at)?;
        let kind = words.word("the card's kind").map_err(at)?;
        let kind = match kind.as_str() {
            "question" => question(words, node)?,
            "branch" => branch(node)?,
            "experiment" => CardKind::Experiment {
                arms: node.block.iter().map(arm).collect::<Result<_, _>>()?,
            },
            _ => {
                node.no_block()?;
                plain(&kind, words).map_err(at)?
            }
        };
        Ok(Card { name, kind })
    }
}

/// The cards that need no block.
fn plain(kind: &str, words: &mut Words) -> Result<CardKind, Fault> {
    Ok(match kind {
        "message" => CardKind::Message {
            text: words.text("what is said")?,
            to: arrow(words)?,
        },
        "capture" => CardKind::Capture(capture(words)?),
        "document" => {
            let name = words.text("the document's name")?;
            let address = words.word("the document's address")?;
            let [opened, declined] = exits(words, ["opened", "declined"])?;
            CardKind::Document {
                name,
                address,
                opened,
                declined,
            }
        }
        "meeting" => {
            let text = words.text("what is asked")?;
            let agent = words
                .take_phrase("with")
                .then(|| words.name("an agent"))
                .transpose()?;
            let [booked, none, unavailable] = exits(words, ["booked", "none", "unavailable"])?;
            CardKind::Meeting(Meeting {
                text,
                agent,
                booked,
                none,
                unavailable,
            })
        }
        "goal" => goal(words)?,
        "action" => CardKind::Action {
            attribute: AttributeName::take(words)?,
            value: Value::take(words)?,
            to: arrow(words)?,
        },
        "flow" => CardKind::Flow {
            flow: words.name("a flow")?,
            to: arrow(words)?,
        },
        _ => return Err(format!("unknown kind of card: {kind}").into()),
    })
}

fn goal(words: &mut Words) -> Result<CardKind, Fault> {
    let name = words.text("the goal's name")?;
    let (mut score, mut confirmation) = (None, None);
    loop {
        if words.take_phrase("score") {
            score = Some(words.count("a score")?);
        } else if words.take_phrase("confirmation") {
            confirmation = Some(words.text("the mail's subject")?);
        } else {
            return Ok(CardKind::Goal {
                name,
                score,
                confirmation,
                to: arrow(words)?,
            });
        }
    }
}

fn capture(words: &mut Words) -> Result<Capture, Fault> {
    let mut capture = Capture {
        attribute: AttributeName::take(words)?,
        text: words.text("what is asked")?,
        input: None,
        optional: false,
        skip_when_known: false,
        business_only: false,
        blocked: Vec::new(),
        picks: Vec::new(),
        given: None,
        skipped: None,
    };
    loop {
        if words.take_phrase("as") {
            capture.input = Some(InputKind::take(words)?);
        } else if words.take_phrase("optional") {
            capture.optional = true;
        } else if words.take_phrase("skip when known") {
            capture.skip_when_known = true;
        } else if words.take_phrase("business only") {
            capture.business_only = true;
        } else if words.take_phrase("blocked") {
            capture.blocked = words.texts("a mail domain")?;
        } else if words.take_phrase("from") {
            capture.picks = words.texts("a value")?;
        } else {
            [capture.given, capture.skipped] = exits(words, ["given", "skipped"])?;
            return Ok(capture);
        }
    }
}

fn question(words: &mut Words, node: &Node) -> Result<CardKind, Placed> {
    let mut head = || {
        let attribute = (!words.sees_text())
            .then(|| AttributeName::take(words))
            .transpose()?;
        Ok((attribute, words.text("what is asked")?))
    };
    let (attribute, text) = head().map_err(|fault| node.at(fault))?;
    let answers = node.block.iter().map(answer).collect::<Result<_, _>>()?;
    Ok(CardKind::Question {
        attribute,
        text,
        answers,
    })
}

fn answer(node: &Node) -> Result<Answer, Placed> {
    let mut words = node.words()?;
    let mut read = || {
        let label = words.text("an answer")?;
        let (mut stores, mut effect) = (None, None);
        loop {
            if words.take_phrase("stores") {
                stores = Some(Value::take(&mut words)?);
            } else if words.take_phrase("confirms identity") {
                effect = Some(Effect::ConfirmsIdentity);
            } else if words.take_phrase("denies identity") {
                effect = Some(Effect::DeniesIdentity);
            } else {
                break;
            }
        }
        let to = arrow(&mut words)?;
        words.end()?;
        Ok(Answer {
            label,
            stores,
            effect,
            to,
        })
    };
    let answer = read().map_err(|fault| node.at(fault))?;
    node.no_block()?;
    Ok(answer)
}

fn branch(node: &Node) -> Result<CardKind, Placed> {
    let mut cases = Vec::new();
    let mut otherwise = None;
    for (place, line) in node.block.iter().enumerate() {
        let at = |fault| line.at(fault);
        let mut words = line.words()?;
        line.no_block()?;
        if words.take_phrase("otherwise") {
            otherwise = arrow(&mut words).map_err(at)?;
            if place + 1 != node.block.len() {
                return Err(at("otherwise must be the last line of a branch".into()));
            }
        } else {
            cases.push(Case {
                condition: Condition::take(&mut words).map_err(at)?,
                to: arrow(&mut words).map_err(at)?,
            });
        }
        words.end().map_err(at)?;
    }
    Ok(CardKind::Branch { cases, otherwise })
}

fn arm(node: &Node) -> Result<Arm, Placed> {
    let mut words = node.words()?;
    let mut read = || {
        let arm = Arm {
            name: words.text("an arm's name")?,
            weight: words.count("a weight")?,
            to: arrow(&mut words)?,
        };
        words.end()?;
        Ok(arm)
    };
    let arm = read().map_err(|fault| node.at(fault))?;
    node.no_block()?;
    Ok(arm)
}

/// `-> card`, or nothing.
fn arrow(words: &mut Words) -> Result<Option<String>, Fault> {
    words
        .take_arrow()
        .then(|| words.name("the card that follows"))
        .transpose()
}

/// `port -> card, port -> card`, in any order; a bare `-> card` stands for every port.
fn exits<const N: usize>(
    words: &mut Words,
    ports: [&str; N],
) -> Result<[Option<String>; N], Fault> {
    if let Some(card) = arrow(words)? {
        return Ok(std::array::from_fn(|_| Some(card.clone())));
    }
    let mut exits = [const { None }; N];
    if words.is_empty() {
        return Ok(exits);
    }
    loop {
        let port = words.word(&ports.join(" or "))?;
        let place = ports
            .iter()
            .position(|known| *known == port)
            .ok_or_else(|| Fault::expected(&ports.join(" or "), &port))?;
        if !words.take_arrow() {
            return Err(Fault::expected("->", &words.found()));
        }
        exits[place] = Some(words.name("the card that follows")?);
        if !words.take_comma() {
            return Ok(exits);
        }
    }
}
