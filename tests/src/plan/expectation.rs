//! What must hold.

use super::card::InputKind;
use super::definition::{Field, Person};
use super::error::Fault;
use super::time::Moment;
use super::token::Words;

/// A statement of what must hold, on screen for the acting visitor or in what the server keeps.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// `shows D1 [as FORM]`
    Shows(String, Option<Form>),
    /// `shows nothing`
    ShowsNothing,
    /// `holds D1`: chosen, waiting for its events, nothing shown.
    Holds(String),
    /// `continues D1`: on screen, where it was.
    Continues(String),
    /// `says "A" "B"`: the bot's texts end with these.
    Says(Vec<String>),
    /// `says nothing new`: no text since the last action.
    SaysNothingNew,
    /// `offers "Yes" "No"`: exactly these answers, in order.
    Offers(Vec<String>),
    /// `offers slot MOMENT`: among others.
    OffersSlot(Moment),
    /// `asks for KIND`
    AsksFor(InputKind),
    /// `refuses ["part of the message"]`
    Refuses(Option<String>),
    /// `links "words" "address"`, in the newest texts.
    Links {
        /// The link's words.
        words: String,
        /// Where it leads; compare with `same_address`.
        address: String,
    },
    /// `counts D1 engaged 1 ...`
    Counts(String, Vec<Count>),
    /// `goal "NAME" 1`
    Goal(String, u64),
    /// `activity "NAME" ["WHAT"] 1`
    Activity {
        /// As the log calls it.
        name: String,
        /// The goal, document or dialogue it is about; any when absent.
        named: Option<String>,
        /// How many.
        count: u64,
    },
    /// `viewed "DOCUMENT" pages 2 furthest 3 [downloaded] [searched "WORDS" "WORDS"]`: the newest activity that tells
    /// how it was read.
    Viewed(String, Viewed),
    /// `meeting A2 MOMENT`
    Meeting {
        /// Whose.
        agent: String,
        /// Its start.
        at: Moment,
    },
    /// `mail to "ADDRESS" 1`
    Mail {
        /// To whom.
        to: String,
        /// How many.
        count: u64,
    },
    /// `person NAME ...`, after the first time; `person with email "X" ...`
    Person(PersonHolds, Vec<Field>),
    /// `no person with email "X"`
    NoPerson(String),
    /// `why D2 not "REASON"`
    WhyNot(String, String),
    /// `why D1`: it won.
    Why(String),
    /// `edition D1 2`: the conversation on screen runs its second edition.
    Edition(String, u64),
    /// `score D1 2`, `score D1 none`: of the acting visitor's newest conversation with it.
    Score(String, Option<u64>),
    /// `exposed "ARM" 1`
    Exposed(String, u64),
    /// `notice "part of a line that is no bot's text"`
    Notice(String),
    /// `stored on device nothing`
    StoredNothing,
    /// `requests N`: since the last visit.
    Requests(u64),
}

/// How a document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Viewed {
    /// How many different pages were seen.
    pub pages: u64,
    /// The last of them.
    pub furthest: u64,
    /// Whether it was downloaded.
    pub downloaded: bool,
    /// What was searched for.
    pub terms: Vec<String>,
}

impl Viewed {
    fn take(words: &mut Words) -> Result<Self, Fault> {
        words.phrase("pages")?;
        let pages = number(words)?;
        words.phrase("furthest")?;
        Ok(Self {
            pages,
            furthest: number(words)?,
            downloaded: words.take_phrase("downloaded"),
            terms: if words.take_phrase("searched") {
                words.texts("what was looked for")?
            } else {
                Vec::new()
            },
        })
    }
}

/// How a dialogue is on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The launcher alone.
    Launcher,
    /// The launcher with the opening card beside it.
    Poke,
    /// The open panel.
    Panel,
}

/// Which record a person statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonHolds {
    /// The one the plan calls so.
    Named(String),
    /// The one with that address.
    WithEmail(String),
}

/// A counter with its expected value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which.
    pub counter: Counter,
    /// How many.
    pub count: u64,
}

/// What is counted of a dialogue, over all visitors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// Runs in which it was shown.
    Triggered,
    /// Runs with a response.
    Engaged,
    /// Runs that came to an end.
    Completed,
    /// People who gave a valid address.
    Acquired,
    /// Meetings booked.
    Meetings,
}

const COUNTERS: [(&str, Counter); 5] = [
    ("triggered", Counter::Triggered),
    ("engaged", Counter::Engaged),
    ("completed", Counter::Completed),
    ("acquired", Counter::Acquired),
    ("meetings", Counter::Meetings),
];

impl Expectation {
    /// Reads the expectations that need no memory of earlier lines; `None` when `word` begins none.
    pub(super) fn take(word: &str, words: &mut Words) -> Result<Option<Self>, Fault> {
        Ok(Some(match word {
            "shows" if words.take_phrase("nothing") => Expectation::ShowsNothing,
            "shows" => Expectation::Shows(dialogue(words)?, Form::take(words)?),
            "holds" => Expectation::Holds(dialogue(words)?),
            "continues" => Expectation::Continues(dialogue(words)?),
            "says" if words.take_phrase("nothing new") => Expectation::SaysNothingNew,
            "says" => Expectation::Says(words.texts("a text")?),
            "offers" if words.take_phrase("slot") => Expectation::OffersSlot(moment(words)?),
            "offers" => Expectation::Offers(words.texts("an answer")?),
            "asks" => {
                words.phrase("for")?;
                Expectation::AsksFor(InputKind::take(words)?)
            }
            "refuses" => Expectation::Refuses(optional_text(words, "part of a message")?),
            "links" => Expectation::Links {
                words: words.text("a link's words")?,
                address: words.text("an address")?,
            },
            "counts" => Expectation::Counts(dialogue(words)?, counts(words)?),
            "goal" => Expectation::Goal(words.text("a goal")?, number(words)?),
            "activity" => Expectation::Activity {
                name: words.text("an activity")?,
                named: optional_text(words, "what it is about")?,
                count: number(words)?,
            },
            "viewed" => Expectation::Viewed(words.text("a document")?, Viewed::take(words)?),
            "meeting" => Expectation::Meeting {
                agent: words.name("an agent")?,
                at: moment(words)?,
            },
            "mail" => {
                words.phrase("to")?;
                Expectation::Mail {
                    to: words.text("an address")?,
                    count: number(words)?,
                }
            }
            "no" => {
                words.phrase("person with email")?;
                Expectation::NoPerson(words.text("an address")?)
            }
            "why" => {
                let name = dialogue(words)?;
                if words.take_phrase("not") {
                    Expectation::WhyNot(name, words.text("a reason")?)
                } else {
                    Expectation::Why(name)
                }
            }
            "edition" => Expectation::Edition(dialogue(words)?, number(words)?),
            "score" => {
                let name = dialogue(words)?;
                let score = (!words.take_phrase("none"))
                    .then(|| number(words))
                    .transpose()?;
                Expectation::Score(name, score)
            }
            "exposed" => Expectation::Exposed(words.text("an arm")?, number(words)?),
            "notice" => Expectation::Notice(words.text("part of a notice")?),
            "stored" => {
                words.phrase("on device nothing")?;
                Expectation::StoredNothing
            }
            "requests" => Expectation::Requests(number(words)?),
            _ => return Ok(None),
        }))
    }

    /// Reads what must hold of a person, behind whatever says which one.
    pub(super) fn person(who: PersonHolds, words: &mut Words) -> Result<Self, Fault> {
        let person = Person::take(String::new(), words)?;
        if person.company.is_some() || !person.lists.is_empty() {
            return Err("only attributes of a person can be asserted".into());
        }
        if person.fields.is_empty() {
            return Err("nothing is said about the person".into());
        }
        Ok(Expectation::Person(who, person.fields))
    }
}

impl Form {
    fn take(words: &mut Words) -> Result<Option<Self>, Fault> {
        if !words.take_phrase("as") {
            return Ok(None);
        }
        let word = words.word("launcher, poke or panel")?;
        Ok(Some(match word.as_str() {
            "launcher" => Form::Launcher,
            "poke" => Form::Poke,
            "panel" => Form::Panel,
            _ => return Err(Fault::expected("launcher, poke or panel", &word)),
        }))
    }
}

fn counts(words: &mut Words) -> Result<Vec<Count>, Fault> {
    let mut counts: Vec<Count> = Vec::new();
    while !words.is_empty() {
        let word = words.word("a counter")?;
        let (_, counter) = COUNTERS
            .into_iter()
            .find(|(name, _)| *name == word)
            .ok_or_else(|| {
                Fault::expected("triggered, engaged, completed, acquired or meetings", &word)
            })?;
        if counts.iter().any(|count| count.counter == counter) {
            return Err(format!("{word} is said twice").into());
        }
        let count = number(words)?;
        counts.push(Count { counter, count });
    }
    if counts.is_empty() {
        return Err("no counter is named".into());
    }
    Ok(counts)
}

fn dialogue(words: &mut Words) -> Result<String, Fault> {
    words.name("a dialogue")
}

fn number(words: &mut Words) -> Result<u64, Fault> {
    words.count("a number")
}

fn moment(words: &mut Words) -> Result<Moment, Fault> {
    Moment::parse(&words.word("a moment")?)
}

fn optional_text(words: &mut Words, what: &str) -> Result<Option<String>, Fault> {
    words.sees_text().then(|| words.text(what)).transpose()
}
