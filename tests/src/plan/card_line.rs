//! Reads cards.

use super::card::{Answer, Arm, Capture, Card, CardKind, Case, Effect, InputKind, Meeting};
use super::condition::Condition;
use super::error::Fault;
use super::token::Words;
use super::tree::{Node, Placed};
use super::value::{AttributeName, Value};

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
        agreement: None,
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
        } else if words.take_phrase("may agree") {
            capture.agreement = Some((words.text("what is agreed to")?, false));
        } else if words.take_phrase("must agree") {
            capture.agreement = Some((words.text("what is agreed to")?, true));
        } else if words.is_empty() {
            return Ok(capture);
        } else {
            [capture.given, capture.skipped] = exits(words, ["given", "skipped"])?;
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
