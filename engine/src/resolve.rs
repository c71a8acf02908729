//! Which dialogue a page view shows, and why not the others.

use crate::compiled::{Condition, Consent, EventRule, IndexEntry, Publication};
use crate::condition::{Circumstances, Clock};
use crate::ids::{AttributeId, EditionId, Timestamp};
use crate::memory::{DialogueMemory, OpenConversation, RESUME_MS, Stage, VisitorMemory};
use crate::parts::before;
use crate::reading;
use crate::url::PageUrl;
use crate::value::{MILLION, Value};
use crate::wire::{FRESH_MS, Page, Snapshot, Strength};
use alloc::string::String;
use alloc::vec::Vec;

/// What is known of the visitor when a page is decided.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The identity lookup's answer; nobody is known without one.
    pub snapshot: Option<&'a Snapshot>,
    /// What the visitor or the page has consented to.
    pub consent: Consent,
    /// Values known without the server, for conditions whose text travels.
    pub given: &'a [(AttributeId, Option<Value>)],
}

impl Facts<'_> {
    fn fresh(&self, now: Timestamp) -> Option<&Snapshot> {
        self.snapshot
            .filter(|snapshot| now.since(snapshot.made) <= FRESH_MS)
    }

    fn atoms(&self, edition: EditionId, now: Timestamp) -> Option<&[u8]> {
        let snapshot = self.fresh(now)?;
        let facts = snapshot
            .editions
            .iter()
            .find(|facts| facts.edition == edition)?;
        Some(&facts.atoms)
    }
}

/// What to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing.
    Nothing,
    /// The conversation begun before, where it was.
    Continue(OpenConversation),
    /// The dialogue at this place of the index has won and waits for its events; nothing else shows.
    Hold(u16),
    /// The dialogue at this place of the index, in this run.
    Show(u16, u32),
}

/// Why a live dialogue is not the one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Everything is switched off.
    ChatOff,
    /// The visitor has not consented.
    Consent,
    /// The page has hidden the chat for this session.
    Hidden,
    /// No target covers the page.
    NotIncluded,
    /// An exclusion covers the page.
    Excluded,
    /// The criterion at this place does not hold.
    Audience(u16),
    /// The visitor has been through it, or left it unfinished long ago.
    Completed,
    /// Its own priority (first) is weaker than that of the entry at this place.
    Priority(u8, u16),
    /// The entry at this place has the same priority and was published first.
    PublishedAfter(u16),
    /// This conversation is open.
    ConversationOpen(OpenConversation),
}

impl Why {
    /// The reason in words. `criteria` are the entry's, as their author wrote them.
    #[must_use]
    pub fn in_words(&self, publication: &Publication, criteria: &[String]) -> String {
        let name = |place: u16| {
            publication
                .entries
                .get(place)
                .map_or("", |entry| &entry.name)
        };
        match self {
            Why::ChatOff => "chat is off".into(),
            Why::Consent => "consent".into(),
            Why::Hidden => "the page has hidden the chat".into(),
            Why::NotIncluded => "URL not included".into(),
            Why::Excluded => "URL excluded".into(),
            Why::Audience(n) => [
                "audience: ",
                criteria.get(usize::from(*n)).map_or("", String::as_str),
            ]
            .concat(),
            Why::Completed => "completed".into(),
            Why::Priority(own, first) => {
                let own = reading::write(&Value::Number(i64::from(*own) * MILLION));
                ["priority ", &own, " behind ", name(*first)].concat()
            }
            Why::PublishedAfter(first) => ["published after ", name(*first)].concat(),
            Why::ConversationOpen(open) => {
                let open = publication
                    .entries
                    .iter()
                    .find(|entry| entry.dialogue == open.dialogue);
                [
                    "conversation is open: ",
                    open.map_or("another", |entry| &entry.name),
                ]
                .concat()
            }
        }
    }
}

impl IndexEntry {
    pub(crate) fn is_excluded(&self, publication: &Publication, url: &PageUrl<'_>) -> bool {
        self.excluded.iter().any(|id| {
            publication
                .targets
                .patterns
                .get(*id)
                .is_some_and(|target| target.pattern.covers(url))
        })
    }

    /// The language a page is met in: its own where the edition has it, else the edition's.
    #[must_use]
    pub fn language_for(&self, page: &str) -> &str {
        let first = before(page, b'-');
        [page, first]
            .iter()
            .find_map(|wanted| {
                self.languages
                    .iter()
                    .find(|known| crate::fold::same(known, wanted))
            })
            .or_else(|| self.languages.first())
            .map_or("en", String::as_str)
    }

    fn happened(&self, memory: Option<&DialogueMemory>, site_seconds: u32) -> bool {
        let events = memory.map_or(0, |memory| memory.events);
        self.events.iter().enumerate().all(|(n, rule)| {
            events >> n & 1 == 1
                || matches!(rule, EventRule::TimeOnSite(wanted) if site_seconds >= *wanted)
        })
    }
}

struct View<'a> {
    publication: &'a Publication,
    memory: &'a VisitorMemory,
    page: &'a Page,
    facts: Facts<'a>,
    now: Timestamp,
}

/// Which dialogue this page view shows.
#[must_use]
pub fn resolve(
    publication: &Publication,
    memory: &VisitorMemory,
    page: &Page,
    facts: Facts<'_>,
    now: Timestamp,
) -> Resolution {
    let view = View {
        publication,
        memory,
        page,
        facts,
        now,
    };
    if view.silence().is_some() {
        return Resolution::Nothing;
    }
    if let Some(open) = view.open() {
        return Resolution::Continue(open);
    }
    let Some(url) = PageUrl::parse(&page.url) else {
        return Resolution::Nothing;
    };
    let included = publication.targets.entries(&url, publication.entries.len());
    for place in included.iter() {
        let Some(entry) = publication.entries.get(place) else {
            continue;
        };
        if view.against(entry, &url).is_none() {
            return view.winner(place, entry);
        }
    }
    Resolution::Nothing
}

/// Why each live dialogue is not the one: none for the one that is.
#[must_use]
pub fn explain(
    publication: &Publication,
    memory: &VisitorMemory,
    page: &Page,
    facts: Facts<'_>,
    now: Timestamp,
) -> Vec<Option<Why>> {
    let view = View {
        publication,
        memory,
        page,
        facts,
        now,
    };
    let everywhere = view
        .silence()
        .or_else(|| view.open().map(Why::ConversationOpen));
    let url = PageUrl::parse(&page.url);
    let included = url
        .as_ref()
        .map(|url| publication.targets.entries(url, publication.entries.len()));
    let mut winner: Option<u16> = None;
    let mut reasons = Vec::with_capacity(publication.entries.len());
    for (place, entry) in (0u16..).zip(publication.entries.iter()) {
        let own = match (&url, &included) {
            (Some(url), Some(included)) if included.has(place) => view.against(entry, url),
            _ => Some(Why::NotIncluded),
        };
        let why = match everywhere {
            Some(Why::ConversationOpen(open)) if open.dialogue == entry.dialogue => None,
            Some(why) => Some(why),
            None => own.or_else(|| {
                let stronger = *winner.get_or_insert(place);
                let first = publication.entries.get(stronger)?;
                if stronger == place {
                    None
                } else if first.priority == entry.priority {
                    Some(Why::PublishedAfter(stronger))
                } else {
                    Some(Why::Priority(entry.priority, stronger))
                }
            }),
        };
        reasons.push(why);
    }
    reasons
}

impl View<'_> {
    fn silence(&self) -> Option<Why> {
        if !self.publication.chat_on {
            Some(Why::ChatOff)
        } else if self.facts.consent == Consent::Wait {
            Some(Why::Consent)
        } else if self.memory.session.hidden {
            Some(Why::Hidden)
        } else {
            None
        }
    }

    fn open(&self) -> Option<OpenConversation> {
        self.memory
            .open
            .filter(|open| self.now.since(open.last) < RESUME_MS)
    }

    /// The first reason against an entry whose targets include the page.
    fn against(&self, entry: &IndexEntry, url: &PageUrl<'_>) -> Option<Why> {
        if entry.is_excluded(self.publication, url) {
            return Some(Why::Excluded);
        }
        if let Some(criterion) = self.failing(entry) {
            return Some(Why::Audience(criterion));
        }
        let memory = self.memory.of(entry.dialogue);
        if memory.is_some_and(|memory| !memory.may_come(entry.repeat, self.now)) {
            return Some(Why::Completed);
        }
        None
    }

    fn failing(&self, entry: &IndexEntry) -> Option<u16> {
        if entry.criteria.is_empty() {
            return None;
        }
        let zone_minutes = self
            .facts
            .snapshot
            .map_or(0, |snapshot| snapshot.zone_minutes);
        let about = Circumstances {
            atoms: self
                .facts
                .atoms(entry.edition, self.now)
                .unwrap_or(&entry.anonymous),
            given: self.facts.given,
            strength: self
                .facts
                .fresh(self.now)
                .map_or(Strength::Anonymous, |snapshot| snapshot.strength),
            page: self.page,
            memory: Some(self.memory),
            clock: Clock {
                now: self.now,
                zone_minutes,
            },
        };
        let fails = |criterion: &Condition| !criterion.holds(&about);
        (0u16..)
            .zip(&entry.criteria)
            .find(|(_, criterion)| fails(criterion))
            .map(|(n, _)| n)
    }

    fn winner(&self, place: u16, entry: &IndexEntry) -> Resolution {
        let memory = self.memory.of(entry.dialogue);
        let total = self.memory.site_seconds;
        // A completed run that may come again begins anew, with its gates closed.
        let (memory, run, site_seconds) = match memory {
            Some(DialogueMemory {
                stage: Stage::Completed(_),
                run,
                ..
            }) => (None, run.saturating_add(1), 0),
            Some(known) => (
                memory,
                known.run,
                total.saturating_sub(known.site_seconds_before),
            ),
            None => (None, 1, total),
        };
        if entry.happened(memory, site_seconds) {
            Resolution::Show(place, run)
        } else {
            Resolution::Hold(place)
        }
    }
}
