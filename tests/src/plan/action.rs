//! What happens: the statements in which somebody does something.

use super::definition::{Company, Person};
use super::dialogue::{Change, percent};
use super::error::Fault;
use super::time::{Duration, Moment};
use super::token::Words;
use super::visitor::Visitor;

/// A statement in which somebody does something. Without a name it is the acting visitor.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `publish D1`: a dialogue or a flow.
    Publish(String),
    /// `unpublish D1`
    Unpublish(String),
    /// `change D1` with its block: then a new edition is published.
    Change(String, Change),
    /// `correct D1` with its block: words only, for everybody.
    Correct(String, Change),
    /// `chat off`, `chat on`
    Chat(bool),
    /// `set person Ada ...`
    SetPerson(Person),
    /// `set company Corp ...`
    SetCompany(Company),
    /// `visitor V2 ...`: from here on this browser acts.
    Visitor(Visitor),
    /// `visit URL [from URL]`: a page is loaded.
    Visit {
        /// Its address.
        address: String,
        /// The address that led there.
        from: Option<String>,
    },
    /// `navigate URL`: the open page changes its address without a load.
    Navigate(String),
    /// `refresh`: the open page is loaded again.
    Refresh,
    /// `leave`: the page, and its tab's visit, ends.
    Leave,
    /// `wait 31s`: the clock moves on.
    Wait(Duration),
    /// `at 2027-03-28T01:30Z`: the clock moves on to a moment.
    At(Moment),
    /// `scroll 51%`: so much of the page has been scrolled past.
    Scroll(u8),
    /// `exit intent`: the pointer leaves through the top edge, or its like on touch.
    ExitIntent,
    /// `open`: the visitor opens the panel.
    Open,
    /// `close`: the visitor closes the panel.
    Close,
    /// `dismiss`: the poke's close control.
    Dismiss,
    /// `answer "Yes"`: the visitor picks an answer or a value of a picklist.
    Answer(String),
    /// `type "ada@corp.example"`: the visitor types and sends.
    Type(String),
    /// `tick`: the visitor ticks the box beside what is asked.
    Tick,
    /// `skip`: the visitor leaves an optional capture out.
    Skip,
    /// `back`
    Back,
    /// `restart`
    Restart,
    /// `click "here"`: a link, by its words.
    Click(String),
    /// `open document`
    OpenDocument,
    /// `read page 2`: turns to it in the document that is shown.
    ReadPage(u16),
    /// `search "pay gap"`, in the document that is shown.
    Search(String),
    /// `download`: the document that is shown.
    Download,
    /// `close document`
    CloseDocument,
    /// `decline`: the document is not wanted, or no time suits.
    Decline,
    /// `book 2027-01-05T09:00Z`
    Book(Moment),
    /// `network off`, `network on`: whether this visitor reaches the chat origin.
    Network(bool),
    /// `new tab`: from here on the acting visitor acts in it.
    NewTab,
    /// `tab 1`: from here on the acting visitor acts in that one.
    Tab(u64),
    /// `clear storage`: cookies included.
    ClearStorage,
    /// `consent MODE` after the first visit: the page's call.
    Consent(Consent),
}

/// When anything may be stored or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Nothing at all before the page grants more.
    Wait,
    /// Nothing before the visitor responds.
    Essential,
    /// Storage and identity at load.
    Full,
}

impl Consent {
    pub(super) fn take(words: &mut Words) -> Result<Self, Fault> {
        let word = words.word("full, essential or wait")?;
        Ok(match word.as_str() {
            "full" => Consent::Full,
            "essential" => Consent::Essential,
            "wait" => Consent::Wait,
            _ => return Err(Fault::expected("full, essential or wait", &word)),
        })
    }
}

impl Action {
    /// Reads the actions that need no block; `None` when `word` begins none.
    pub(super) fn take(word: &str, words: &mut Words) -> Result<Option<Self>, Fault> {
        Ok(Some(match word {
            "publish" => Action::Publish(words.name("a dialogue or flow")?),
            "unpublish" => Action::Unpublish(words.name("a dialogue")?),
            "chat" => Action::Chat(switch(words)?),
            "set" => set(words)?,
            "visitor" => Action::Visitor(Visitor::take(words)?),
            "visit" => Action::Visit {
                address: address(words)?,
                from: words
                    .take_phrase("from")
                    .then(|| address(words))
                    .transpose()?,
            },
            "navigate" => Action::Navigate(address(words)?),
            "refresh" => Action::Refresh,
            "leave" => Action::Leave,
            "wait" => Action::Wait(Duration::parse(&words.word("a duration")?)?),
            "at" => Action::At(Moment::parse(&words.word("a moment")?)?),
            "scroll" => Action::Scroll(percent(words)?),
            "exit" => {
                words.phrase("intent")?;
                Action::ExitIntent
            }
            "open" if words.take_phrase("document") => Action::OpenDocument,
            "open" => Action::Open,
            "close" if words.take_phrase("document") => Action::CloseDocument,
            "close" => Action::Close,
            "read" => {
                words.phrase("page")?;
                Action::ReadPage(page(words)?)
            }
            "search" => Action::Search(words.text("what is looked for")?),
            "download" => Action::Download,
            "dismiss" => Action::Dismiss,
            "answer" => Action::Answer(words.text("an answer")?),
            "type" => Action::Type(words.text("what is typed")?),
            "tick" => Action::Tick,
            "skip" => Action::Skip,
            "back" => Action::Back,
            "restart" => Action::Restart,
            "click" => Action::Click(words.text("a link's words")?),
            "decline" => Action::Decline,
            "book" => Action::Book(Moment::parse(&words.word("a moment")?)?),
            "network" => Action::Network(switch(words)?),
            "new" => {
                words.phrase("tab")?;
                Action::NewTab
            }
            "tab" => match words.count("a tab's number")? {
                0 => return Err("tabs are counted from 1".into()),
                number => Action::Tab(number),
            },
            "clear" => {
                words.phrase("storage")?;
                Action::ClearStorage
            }
            _ => return Ok(None),
        }))
    }
}

fn set(words: &mut Words) -> Result<Action, Fault> {
    if words.take_phrase("person") {
        let name = words.name("a person")?;
        Person::take(name, words).map(Action::SetPerson)
    } else if words.take_phrase("company") {
        Company::take(words).map(Action::SetCompany)
    } else {
        Err(Fault::expected("person or company", &words.found()))
    }
}

/// `off`, `on`
fn switch(words: &mut Words) -> Result<bool, Fault> {
    let word = words.word("on or off")?;
    match word.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(Fault::expected("on or off", &word)),
    }
}

/// A number of pages, or of a page.
pub(super) fn page(words: &mut Words) -> Result<u16, Fault> {
    match words.count("a number of pages")? {
        0 => Err("pages are counted from 1".into()),
        count => u16::try_from(count).map_err(|_| "there are not so many pages".into()),
    }
}

/// A whole web address.
pub(super) fn address(words: &mut Words) -> Result<String, Fault> {
    let word = words.word("a web address")?;
    if word.starts_with("https://") || word.starts_with("http://") {
        Ok(word)
    } else {
        Err(Fault::expected(
            "an address that begins with https:// or http://",
            &word,
        ))
    }
}
