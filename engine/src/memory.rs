//! What a visitor's browser remembers: how far each dialogue has come, and what happened on the site.

use crate::compiled::{EventRule, Publication, Repeat, Theme};
use crate::ids::{ConversationId, DAY, DialogueId, EditionId, MINUTE, Timestamp, fnv1a};
use crate::parts::before;
use crate::url::PageUrl;
use crate::wire::{Device, Page};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A session ends after so long without activity.
pub const SESSION_MS: i64 = 30 * MINUTE;
/// An unfinished conversation continues for so long after its last input.
pub const RESUME_MS: i64 = 180 * DAY;
/// Exit intent counts after so long on the page, in milliseconds.
pub const EXIT_AFTER_MS: u32 = 5_000;
/// On touch screens, exit intent counts after so many percent of the page.
pub const EXIT_AFTER_PERCENT: u8 = 50;
/// Pages whose visible time is kept per dialogue; the longest unseen goes first.
const PAGES_KEPT: usize = 16;
/// Conversations of flows that can be found again; the longest untouched goes first.
const FLOWS_KEPT: usize = 8;

/// The record a browser keeps where consent allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorMemory {
    /// Chance, decided once per browser.
    pub seed: u64,
    /// Per dialogue, by id.
    pub dialogues: Vec<DialogueMemory>,
    /// The conversation that is engaged and unfinished.
    pub open: Option<OpenConversation>,
    /// Seconds of visible time on the site.
    pub site_seconds: u32,
    /// Experiments seen: (experiment, arm).
    pub exposed: Vec<(u64, u8)>,
    /// Pages that *visited* criteria ask for: (their number, the last day seen).
    pub visited: Vec<(u16, i32)>,
    /// The present session.
    pub session: Session,
    /// Conversations of flows that are engaged and unfinished, longest untouched first.
    pub flows: Vec<OpenConversation>,
    /// Sessions with a poke: (the day of the first that counts, how many).
    pub poked: (i32, u8),
}

/// A stretch of activity without a gap of `SESSION_MS`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Counts up.
    pub number: u32,
    /// The last activity.
    pub last: Timestamp,
    /// Whether the poke was dismissed.
    pub dismissed: bool,
    /// Whether an exit intent was seen.
    pub left: bool,
    /// Whether a poke has shown.
    pub poked: bool,
    /// Whether the page has hidden everything.
    pub hidden: bool,
}

/// The conversation that goes on wherever the visitor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenConversation {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Of which dialogue.
    pub dialogue: DialogueId,
    /// The edition it runs.
    pub edition: EditionId,
    /// Its last input.
    pub last: Timestamp,
}

/// How far a dialogue has come with this visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialogueMemory {
    /// Which.
    pub dialogue: DialogueId,
    /// The admission this is about, from 1.
    pub run: u32,
    /// How far that run has come.
    pub stage: Stage,
    /// Events that have happened in this run, one bit each in the order of the entry's events.
    pub events: u8,
    /// `VisitorMemory::site_seconds` when the run was admitted.
    pub site_seconds_before: u32,
    /// Seconds of visible time per page: (hash of its address without fragment, seconds), longest unseen first.
    pub pages: Vec<(u64, u32)>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Nothing shown yet.
    Admitted,
    /// Shown.
    Triggered,
    /// Answered.
    Engaged,
    /// Come to an end.
    Completed(Timestamp),
}

/// Something the page noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The page was visible for so many more seconds.
    Visible(u32),
    /// The deepest scroll so far, in percent of the page.
    Scrolled(u8),
    /// The pointer left through the top edge of the focused page, so many milliseconds after it was shown.
    PointerLeft(u32),
    /// A screen was scrolled up fast on a touch screen: milliseconds on the page, deepest percent.
    FlungUp(u32, u8),
}

impl VisitorMemory {
    /// The memory of a new browser.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            ..Self::default()
        }
    }

    /// As much of it as conversations need: all that may be kept without full consent.
    #[must_use]
    pub fn essential(&self) -> Self {
        let mut less = self.clone();
        less.visited.clear();
        less.site_seconds = 0;
        for dialogue in &mut less.dialogues {
            dialogue.pages.clear();
        }
        less
    }

    /// What is remembered of a dialogue.
    #[must_use]
    pub fn of(&self, dialogue: DialogueId) -> Option<&DialogueMemory> {
        self.dialogues
            .iter()
            .find(|memory| memory.dialogue == dialogue)
    }

    fn of_mut(&mut self, dialogue: DialogueId) -> &mut DialogueMemory {
        let at = match self
            .dialogues
            .iter()
            .position(|memory| memory.dialogue == dialogue)
        {
            Some(at) => at,
            None => {
                self.dialogues.push(DialogueMemory {
                    dialogue,
                    run: 1,
                    stage: Stage::Admitted,
                    events: 0,
                    site_seconds_before: 0,
                    pages: Vec::new(),
                });
                self.dialogues.len() - 1
            }
        };
        &mut self.dialogues[at]
    }

    /// The last day a numbered page was seen.
    #[must_use]
    pub fn visited_on(&self, pattern: u16) -> Option<i32> {
        self.visited
            .iter()
            .find(|(number, _)| *number == pattern)
            .map(|(_, day)| *day)
    }

    /// Notes activity: after a pause of `SESSION_MS` a new session begins.
    pub fn touch(&mut self, now: Timestamp) {
        if self.session.number == 0 || now.since(self.session.last) >= SESSION_MS {
            self.session = Session {
                number: self.session.number.saturating_add(1),
                ..Session::default()
            };
        }
        self.session.last = self.session.last.max(now);
    }

    /// Notes a page view: the session, and the pages that criteria ask for.
    /// A conversation past its time is let go.
    pub fn arrive(&mut self, publication: &Publication, page: &Page, now: Timestamp) {
        self.touch(now);
        if self
            .open
            .is_some_and(|open| now.since(open.last) >= RESUME_MS)
        {
            self.open = None;
        }
        self.flows.retain(|flow| now.since(flow.last) < RESUME_MS);
        if let Some(url) = PageUrl::parse(&page.url) {
            let day = now.day(page.zone_minutes);
            for (number, pattern) in (0u16..).zip(&publication.visited) {
                if pattern.covers(&url) {
                    self.visited.retain(|(seen, _)| *seen != number);
                    self.visited.push((number, day));
                }
            }
        }
    }

    /// Notes what happened on a page, for every live dialogue that waits for it there.
    /// Says whether an event of any has happened by it.
    pub fn observe(
        &mut self,
        publication: &Publication,
        page: &Page,
        signal: Signal,
        now: Timestamp,
    ) -> bool {
        self.touch(now);
        if let Signal::Visible(seconds) = signal {
            self.site_seconds = self.site_seconds.saturating_add(seconds);
        }
        let leaving = leaves(signal) && !core::mem::replace(&mut self.session.left, true);
        let Some(url) = PageUrl::parse(&page.url) else {
            return false;
        };
        let address = before(&page.url, b'#');
        let address = fnv1a(0, address.as_bytes());
        let site_seconds = self.site_seconds;
        let mut happened = false;
        for place in publication
            .targets
            .entries(&url, publication.entries.len())
            .iter()
        {
            let Some(entry) = publication
                .entries
                .get(place)
                .filter(|e| !e.events.is_empty())
            else {
                continue;
            };
            if entry.is_excluded(publication, &url) {
                continue;
            }
            let memory = self.of_mut(entry.dialogue);
            memory.admit(entry.repeat, site_seconds, now);
            if matches!(memory.stage, Stage::Engaged | Stage::Completed(_)) {
                continue;
            }
            for (n, rule) in entry.events.iter().enumerate().take(8) {
                let now_true = match (*rule, signal) {
                    (EventRule::TimeOnPage(wanted), Signal::Visible(seconds)) => {
                        memory.add_page_time(address, seconds) >= wanted
                    }
                    (EventRule::TimeOnSite(wanted), Signal::Visible(_)) => {
                        site_seconds.saturating_sub(memory.site_seconds_before) >= wanted
                    }
                    (EventRule::Scroll(wanted), Signal::Scrolled(percent)) => percent >= wanted,
                    (EventRule::ExitIntent, _) => leaving,
                    _ => false,
                };
                if now_true && memory.events >> n & 1 == 0 {
                    memory.events |= 1 << n;
                    happened = true;
                }
            }
        }
        happened
    }

    /// Notes that a dialogue was put on screen; says whether this is the first time in its run.
    pub fn shown(&mut self, dialogue: DialogueId, repeat: Repeat, now: Timestamp) -> bool {
        let site_seconds = self.site_seconds;
        let memory = self.of_mut(dialogue);
        memory.admit(repeat, site_seconds, now);
        let first = memory.stage == Stage::Admitted;
        if first {
            memory.stage = Stage::Triggered;
        }
        first
    }

    /// Notes a response: from now on the conversation goes wherever the visitor goes.
    pub fn engaged(&mut self, open: OpenConversation) {
        let memory = self.of_mut(open.dialogue);
        if matches!(memory.stage, Stage::Admitted | Stage::Triggered) {
            memory.stage = Stage::Engaged;
        }
        self.touch(open.last);
        self.open = Some(open);
    }

    /// Notes a response in a flow. It can be found again, and is in no dialogue's way.
    pub fn engaged_flow(&mut self, open: OpenConversation) {
        let memory = self.of_mut(open.dialogue);
        if matches!(memory.stage, Stage::Admitted | Stage::Triggered) {
            memory.stage = Stage::Engaged;
        }
        self.touch(open.last);
        self.flows
            .retain(|flow| flow.conversation != open.conversation);
        if self.flows.len() == FLOWS_KEPT {
            self.flows.remove(0);
        }
        self.flows.push(open);
    }

    /// The number of a flow's next run: a flow may be started any number of times.
    pub fn start_flow(&mut self, flow: DialogueId) -> u32 {
        let memory = self.of_mut(flow);
        if memory.stage != Stage::Admitted {
            memory.run = memory.run.saturating_add(1);
        }
        memory.stage = Stage::Triggered;
        memory.run
    }

    /// Notes that a flow came to an end.
    pub fn completed_flow(
        &mut self,
        flow: DialogueId,
        conversation: ConversationId,
        now: Timestamp,
    ) {
        self.of_mut(flow).stage = Stage::Completed(now);
        self.touch(now);
        self.flows.retain(|flow| flow.conversation != conversation);
    }

    /// Whether the poke may be drawn beside the launcher: not once it was dismissed in this session, not on phones
    /// or in quiet hours where the theme says so, not in more sessions than the theme's cap.
    #[must_use]
    pub fn may_poke(&self, theme: &Theme, page: &Page, now: Timestamp) -> bool {
        let (first, sessions) = self.poked;
        let counts = now.day(page.zone_minutes) - first < i32::from(theme.cap_days.max(1));
        !self.session.dismissed
            && (theme.poke_on_phones || page.device != Device::Phone)
            && !is_quiet(theme, page, now)
            && (self.session.poked
                || theme.cap_sessions == 0
                || !counts
                || sessions < theme.cap_sessions)
    }

    /// Notes that the poke is on screen.
    pub fn poke(&mut self, theme: &Theme, page: &Page, now: Timestamp) {
        if core::mem::replace(&mut self.session.poked, true) {
            return;
        }
        let today = now.day(page.zone_minutes);
        let (first, sessions) = self.poked;
        self.poked = if today - first < i32::from(theme.cap_days.max(1)) {
            (first, sessions.saturating_add(1))
        } else {
            (today, 1)
        };
    }

    /// Notes that the conversation came to an end.
    pub fn completed(&mut self, dialogue: DialogueId, now: Timestamp) {
        self.of_mut(dialogue).stage = Stage::Completed(now);
        self.touch(now);
        if self.open.is_some_and(|open| open.dialogue == dialogue) {
            self.open = None;
        }
    }

    /// Notes that a page which a *visited* criterion asks for was seen on a day.
    pub fn visited_page(&mut self, number: u16, day: i32) {
        match self.visited.iter_mut().find(|(known, _)| *known == number) {
            Some((_, seen)) => *seen = day.max(*seen),
            None => self.visited.push((number, day)),
        }
    }

    /// Notes an experiment's arm; the first one seen holds.
    pub fn exposed(&mut self, experiment: u64, arm: u8) {
        if !self.exposed.iter().any(|(seen, _)| *seen == experiment) {
            self.exposed.push((experiment, arm));
        }
    }
}

/// Whether the theme wants quiet at this hour of the visitor's day.
#[must_use]
pub fn is_quiet(theme: &Theme, page: &Page, now: Timestamp) -> bool {
    let (from, to) = (theme.quiet_from, theme.quiet_to);
    let hour = now.hour(page.zone_minutes);
    if from <= to {
        (from..to).contains(&hour)
    } else {
        hour >= from || hour < to
    }
}

fn leaves(signal: Signal) -> bool {
    match signal {
        Signal::PointerLeft(ms) => ms >= EXIT_AFTER_MS,
        Signal::FlungUp(ms, percent) => ms >= EXIT_AFTER_MS && percent >= EXIT_AFTER_PERCENT,
        Signal::Visible(_) | Signal::Scrolled(_) => false,
    }
}

impl DialogueMemory {
    /// Whether the dialogue may come (again) now.
    #[must_use]
    pub fn may_come(&self, repeat: Repeat, now: Timestamp) -> bool {
        match (self.stage, repeat) {
            (Stage::Admitted | Stage::Triggered, _) | (Stage::Completed(_), Repeat::Always) => true,
            (Stage::Completed(at), Repeat::EveryDays(days)) => {
                now.since(at) >= i64::from(days) * DAY
            }
            (Stage::Engaged, _) | (Stage::Completed(_), Repeat::Once) => false,
        }
    }

    /// Begins the next run when the last is completed and the policy allows: its event gates start anew.
    fn admit(&mut self, repeat: Repeat, site_seconds: u32, now: Timestamp) {
        if matches!(self.stage, Stage::Completed(_)) && self.may_come(repeat, now) {
            self.run = self.run.saturating_add(1);
            self.stage = Stage::Admitted;
            self.events = 0;
            self.site_seconds_before = site_seconds;
            self.pages.clear();
        }
    }

    fn add_page_time(&mut self, address: u64, seconds: u32) -> u32 {
        let before = match self.pages.iter().position(|(page, _)| *page == address) {
            Some(at) => self.pages.remove(at).1,
            None => 0,
        };
        if self.pages.len() == PAGES_KEPT {
            self.pages.remove(0);
        }
        let total = before.saturating_add(seconds);
        self.pages.push((address, total));
        total
    }
}
