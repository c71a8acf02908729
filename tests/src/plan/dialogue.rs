//! What the block of a dialogue or flow says. Its cards have their own file.

use super::card::Card;
use super::condition::{Condition, Group};
use super::error::Fault;
use super::time::Duration;
use super::token::Words;
use super::tree::{Node, Placed};

/// Where a dialogue begins before its own lines are laid over it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An authored document in a file beside the plan.
    File(String),
    /// A dialogue or flow defined above.
    Named(String),
}

impl Source {
    pub(super) fn of(word: String) -> Self {
        if word.ends_with(".json") {
            Source::File(word)
        } else {
            Source::Named(word)
        }
    }
}

/// The lines of a block, to be laid over what was there; over nothing for a new dialogue. Any target or exclusion
/// replaces all targets and exclusions, any criterion all criteria, any event all events; a card replaces the one of its
/// name or is added; a detail, a UTM field or a translation replaces the one of its name. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// Page patterns.
    pub targets: Vec<String>,
    /// Page patterns of exclusions.
    pub exclusions: Vec<String>,
    /// As written; whether it is allowed is for the product to say.
    pub priority: Option<u64>,
    /// The campaign name.
    pub campaign: Option<String>,
    /// The language of the texts.
    pub language: Option<String>,
    /// Values of `{{my.NAME}}`.
    pub details: Vec<(String, String)>,
    /// UTM fields by their short names: `medium`, `source`, `campaign`, `term`, `content`.
    pub utm: Vec<(String, String)>,
    /// All must hold.
    pub criteria: Vec<Condition>,
    /// All must have happened.
    pub events: Vec<Event>,
    /// When it may come again.
    pub repeat: Option<Repeat>,
    /// Whether visitors may go back.
    pub back: Option<bool>,
    /// Whether visitors may start over.
    pub restart: Option<bool>,
    /// Its cards, in order.
    pub cards: Vec<Card>,
    /// Its texts in other languages.
    pub translations: Vec<Translation>,
}

/// The texts of a block in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// `sv`
    pub language: String,
    /// Each text as the cards have it, and what stands for it.
    pub texts: Vec<(String, String)>,
}

/// Something that must happen on the page first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Visible time on the page, over visits.
    TimeOnPage(Duration),
    /// Visible time on the site, over visits.
    TimeOnSite(Duration),
    /// Percent of the page scrolled past.
    Scroll(u8),
    /// The visitor is about to leave.
    ExitIntent,
}

/// When a completed dialogue may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Never.
    Once,
    /// So long after the completion of its last run.
    Every(Duration),
    /// At the next page view.
    Always,
}

impl Change {
    /// Reads the block of a dialogue.
    pub(super) fn dialogue(block: &[Node]) -> Result<Self, Placed> {
        Change::read(block, true)
    }

    /// Reads the block of a flow, which has no audience and no settings of a dialogue.
    pub(super) fn flow(block: &[Node]) -> Result<Self, Placed> {
        Change::read(block, false)
    }

    fn read(block: &[Node], dialogue: bool) -> Result<Self, Placed> {
        let mut change = Change::default();
        for node in block {
            let mut words = node.words()?;
            let word = words
                .word("a word of a dialogue's block")
                .map_err(|fault| node.at(fault))?;
            let known = change.shared(&word, &mut words, node)?
                || dialogue && change.own(&word, &mut words, node)?;
            if !known {
                let of = if dialogue { "dialogue" } else { "flow" };
                return Err(node.at(Fault(format!(
                    "unknown word in the block of a {of}: {word}"
                ))));
            }
            words.end().map_err(|fault| node.at(fault))?;
        }
        Ok(change)
    }

    /// The lines that dialogues and flows have in common. Says whether `word` begins one.
    fn shared(&mut self, word: &str, words: &mut Words, node: &Node) -> Result<bool, Placed> {
        let at = |fault| node.at(fault);
        match word {
            "card" => self.cards.push(Card::take(words, node)?),
            "language" => {
                self.language = Some(words.text("a language").map_err(at)?);
                node.no_block()?;
            }
            "in" => {
                let language = words.text("a language").map_err(at)?;
                let texts = node
                    .block
                    .iter()
                    .map(translated)
                    .collect::<Result<_, _>>()?;
                self.translations.push(Translation { language, texts });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The lines that only dialogues have.
    fn own(&mut self, word: &str, words: &mut Words, node: &Node) -> Result<bool, Placed> {
        if word == "when" {
            self.criteria.push(criterion(words, node)?);
            return Ok(true);
        }
        let known = self.setting(word, words).map_err(|fault| node.at(fault))?;
        if known {
            node.no_block()?;
        }
        Ok(known)
    }

    fn setting(&mut self, word: &str, words: &mut Words) -> Result<bool, Fault> {
        match word {
            "target" => self.targets.push(words.word("a page pattern")?),
            "not" => self.exclusions.push(words.word("a page pattern")?),
            "priority" => self.priority = Some(words.count("a priority")?),
            "campaign" => self.campaign = Some(words.text("a campaign name")?),
            "details" => named_texts(words, "a detail", &mut self.details)?,
            "utm" => named_texts(words, "a UTM field", &mut self.utm)?,
            "event" => self.events.push(event(words)?),
            "repeat" => self.repeat = Some(repeat(words)?),
            "no" if words.take_phrase("back") => self.back = Some(false),
            "no" if words.take_phrase("restart") => self.restart = Some(false),
            "no" => return Err(Fault::expected("back or restart", &words.found())),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// `"Thanks." is "Tack."`
fn translated(node: &Node) -> Result<(String, String), Placed> {
    let mut words = node.words()?;
    let mut read = || {
        let text = words.text("a text")?;
        words.phrase("is")?;
        let translation = words.text("its translation")?;
        words.end()?;
        Ok((text, translation))
    };
    let pair = read().map_err(|fault| node.at(fault))?;
    node.no_block()?;
    Ok(pair)
}

/// `NAME "text", NAME "text"`
fn named_texts(
    words: &mut Words,
    what: &str,
    into: &mut Vec<(String, String)>,
) -> Result<(), Fault> {
    loop {
        into.push((words.name(what)?, words.text(what)?));
        if !words.take_comma() {
            return Ok(());
        }
    }
}

fn event(words: &mut Words) -> Result<Event, Fault> {
    if words.take_phrase("time on page") {
        Duration::parse(&words.word("a duration")?).map(Event::TimeOnPage)
    } else if words.take_phrase("time on site") {
        Duration::parse(&words.word("a duration")?).map(Event::TimeOnSite)
    } else if words.take_phrase("scroll") {
        percent(words).map(Event::Scroll)
    } else if words.take_phrase("exit intent") {
        Ok(Event::ExitIntent)
    } else {
        let events = "time on page, time on site, scroll or exit intent";
        Err(Fault::expected(events, &words.found()))
    }
}

fn repeat(words: &mut Words) -> Result<Repeat, Fault> {
    if words.take_phrase("once") {
        Ok(Repeat::Once)
    } else if words.take_phrase("always") {
        Ok(Repeat::Always)
    } else {
        words.phrase("every")?;
        Duration::parse(&words.word("a duration")?).map(Repeat::Every)
    }
}

/// `50%`
pub(super) fn percent(words: &mut Words) -> Result<u8, Fault> {
    let word = words.word("a share such as 50%")?;
    word.strip_suffix('%')
        .and_then(|number| number.parse().ok())
        .filter(|share| *share <= 100)
        .ok_or_else(|| Fault::expected("a share such as 50%", &word))
}

fn criterion(words: &mut Words, node: &Node) -> Result<Condition, Placed> {
    let group = if words.take_phrase("any") {
        Group::Any
    } else if words.take_phrase("all") {
        Group::All
    } else {
        node.no_block()?;
        return Condition::take(words).map_err(|fault| node.at(fault));
    };
    if node.block.is_empty() {
        return Err(node.at("a group needs a block of conditions".into()));
    }
    let member = |member: &Node| {
        let mut words = member.words()?;
        let condition = Condition::take(&mut words).map_err(|fault| member.at(fault))?;
        words.end().map_err(|fault| member.at(fault))?;
        member.no_block()?;
        Ok(condition)
    };
    let of = node.block.iter().map(member).collect::<Result<_, _>>()?;
    Ok(Condition::Group(group, of))
}
