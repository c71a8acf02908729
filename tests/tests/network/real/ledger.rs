//! Every answer that was given, and what has become of it.

use super::{Tally, World};
use engine::compiled::decode;
use engine::ids::ConversationId;
use engine::wire::{Answer, Batch, Entry, Input};
use serde_json::Value;

/// What the answers of a question are called.
const LABELS: [&str; 3] = ["One", "Two", "Three"];

/// An answer as its page told other tabs of it.
struct Given {
    conversation: ConversationId,
    entry: Entry,
    /// The log up to it, as the device kept it then.
    log: Vec<Entry>,
    /// Milliseconds on the browser's clock.
    at: i64,
    page: usize,
}

/// A page with the chat on it, from its load until it is closed or loaded again.
#[derive(Default)]
struct Page {
    is_gone: bool,
    /// Whether anything of the chat was to be seen: what is over by what the device keeps is not shown again.
    is_seen: bool,
    /// What it found on the device.
    found: Vec<Batch>,
    /// When the visitor was told that another tab was first.
    told: Vec<i64>,
    /// How much of its diary is known here.
    read: usize,
}

enum Fate {
    Kept,
    Shown,
    Unseen,
}

/// What the device kept of a conversation when a page wrote to it.
struct Kept {
    conversation: ConversationId,
    entries: Vec<Entry>,
    at: i64,
    page: usize,
}

#[derive(Default)]
pub struct Ledger {
    given: Vec<Given>,
    kept: Vec<Kept>,
    pages: Vec<Page>,
}

impl Ledger {
    /// A page has begun; its number.
    pub fn begins(&mut self) -> usize {
        self.pages.push(Page::default());
        self.pages.len() - 1
    }

    pub fn is_seen(&mut self, page: usize) {
        self.pages[page].is_seen = true;
    }

    pub fn ends(&mut self, page: usize) {
        self.pages[page].is_gone = true;
    }

    /// Takes in what a page has noted; says whether any of it is new.
    pub fn read(&mut self, page: usize, diary: &[Value]) -> Result<bool, String> {
        let fresh = diary.get(self.pages[page].read..).unwrap_or(&[]);
        self.pages[page].read = diary.len();
        for note in fresh {
            let at = note["at"].as_i64().unwrap_or_default();
            if note["told"] == true {
                self.pages[page].told.push(at);
                continue;
            }
            let kept = kept(note["kept"].as_str().unwrap_or_default())?;
            if note["line"].is_null() {
                self.pages[page].found = kept;
                continue;
            }
            let line = serde_json::from_value::<Vec<u8>>(note["line"].clone());
            let line = line.map_err(|fault| fault.to_string())?;
            let (conversation, entry) = decode::<(ConversationId, Entry)>(&line)
                .map_err(|fault| format!("a line to other tabs cannot be read: {fault:?}"))?;
            let own = kept
                .into_iter()
                .find(|log| log.conversation == conversation);
            let entries = own.map_or_else(Vec::new, |log| log.entries);
            let mut log = entries.clone();
            self.kept.push(Kept {
                conversation,
                entries,
                at,
                page,
            });
            if matches!(entry.input, Input::Answered(..)) {
                log.retain(|other| other.seq <= entry.seq);
                self.given.push(Given {
                    conversation,
                    entry,
                    log,
                    at,
                    page,
                });
            }
        }
        Ok(!fresh.is_empty())
    }

    pub fn conversations(&self) -> Vec<ConversationId> {
        let mut all: Vec<_> = self.given.iter().map(|given| given.conversation).collect();
        all.sort_unstable_by_key(|id| id.0);
        all.dedup();
        all
    }

    /// What has become of all answers, or of those whose page is still there.
    ///
    /// # Errors
    /// When one is lost or doubled, or was overtaken and its visitor was not told.
    pub fn check(&self, world: &World, of_pages_still_there: bool) -> Result<Tally, String> {
        let mut tally = Tally::default();
        for conversation in self.conversations() {
            let log = world.log(conversation);
            if log.iter().zip(1..).any(|(entry, seq)| entry.seq != seq) {
                return Err(format!("the log of {conversation} has a gap"));
            }
            for given in &self.given {
                let passed_over = of_pages_still_there && self.pages[given.page].is_gone;
                if given.conversation != conversation || passed_over {
                    continue;
                }
                tally.answers += 1;
                match self.fate(given, &log)? {
                    Fate::Kept => tally.kept += 1,
                    Fate::Shown => tally.shown += 1,
                    Fate::Unseen => tally.unseen += 1,
                }
            }
        }
        Ok(tally)
    }

    fn fate(&self, given: &Given, log: &[Entry]) -> Result<Fate, String> {
        let own = |entry: &&Entry| **entry == given.entry;
        let what = format!(
            "line {} of page {} ({:?}) in {}",
            given.entry.seq, given.page, given.entry.input, given.conversation
        );
        match log.iter().filter(own).count() {
            0 => {}
            1 => return Ok(Fate::Kept),
            times => return Err(format!("{what} arrived {times} times")),
        }
        let in_its_place = log.iter().any(|entry| entry.seq == given.entry.seq);
        let parted = given.log.iter().zip(log).any(|(own, kept)| own != kept);
        let page = &self.pages[given.page];
        // A tab that knew less has put its own line in the place of what this one left on the device.
        let written_over = page.is_gone
            && self.kept.iter().any(|kept| {
                kept.conversation == given.conversation
                    && kept.page != given.page
                    && kept.at >= given.at
                    && !kept.entries.contains(&given.entry)
            });
        if !in_its_place && !parted && !written_over {
            let lines = log.len();
            return Err(format!("{what} is lost: the server has {lines} lines"));
        }
        let is_told = |page: &Page| page.told.iter().any(|at| *at >= given.at);
        // A page that goes on with what the device keeps speaks for the one that is gone.
        let has_found = |page: &&Page| {
            page.is_seen
                && page.found.iter().any(|log| {
                    log.conversation == given.conversation && log.entries.contains(&given.entry)
                })
        };
        let heirs: Vec<&Page> = self.pages.iter().filter(has_found).collect();
        let is_shown = is_told(page) || page.is_gone && heirs.iter().any(|heir| is_told(heir));
        if is_shown {
            Ok(Fate::Shown)
        } else if page.is_gone && heirs.iter().all(|heir| heir.is_gone) {
            Ok(Fate::Unseen)
        } else {
            Err(format!("{what} was overtaken, and nobody was told"))
        }
    }

    /// What the server has of the visitor's answers, a conversation after the other.
    fn answers(&self, world: &World) -> Vec<Vec<&'static str>> {
        let label = |entry: &Entry| match entry.input {
            Input::Answered(_, Answer::Choice(n)) => LABELS.get(usize::from(n)).copied(),
            _ => None,
        };
        let conversations = self.conversations().into_iter();
        conversations
            .map(|conversation| world.log(conversation).iter().filter_map(label).collect())
            .collect()
    }

    /// Holds when a transcript shows what the server has of a conversation; its tab may be behind.
    ///
    /// # Errors
    /// When it shows something else.
    pub fn is_as_kept(&self, world: &World, said: &[String]) -> Result<(), String> {
        let answers = self.answers(world);
        let begins =
            |answers: &Vec<&str>| answers.get(..said.len()).is_some_and(|first| first == said);
        if said.is_empty() || answers.iter().any(begins) {
            Ok(())
        } else {
            Err(format!("shows {said:?}, but the server has {answers:?}"))
        }
    }
}

/// The conversations that the device keeps; it keeps bytes as characters.
fn kept(text: &str) -> Result<Vec<Batch>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let bytes: Result<Vec<u8>, _> = text.chars().map(|c| u8::try_from(u32::from(c))).collect();
    let bytes = bytes.map_err(|fault| fault.to_string())?;
    let all = decode::<Vec<(Batch, Option<u32>)>>(&bytes)
        .map_err(|fault| format!("what the device keeps cannot be read: {fault:?}"))?;
    Ok(all.into_iter().map(|(batch, _)| batch).collect())
}
