//! The server is the real one, asked over HTTP. The browser is a model of what `widget/src/sync.rs` and `talk.rs` do with
//! a log: kept on the device at every line, told to other tabs, sent in batches until acknowledged, given up for another
//! tab's when that was first.

use crate::questions::{Dice, QUESTIONS, dialogue};
use engine::check::Catalogue;
use engine::compiled::Edition;
use engine::conversation::Conversation;
use engine::ids::{ConversationId, ConversationKey, EditionId, Timestamp};
use engine::wire::{
    Answer, Batch, Begin, Entry, Input, InputsAnswer, Opaque, Page, Sender, Surface,
};
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use usher_tests::run::{LiveServer, Server, Time, WORKSPACE};

/// From so many runs on, everything that can happen must have happened.
const MANY: u64 = 1_000;
/// Tabs of a browser.
const TABS: usize = 2;
/// The most that one courier has to send when the network is kind.
const TRIES: usize = 40;

/// A log as the device keeps it.
#[derive(Clone)]
struct Saved {
    begin: Begin,
    entries: Vec<Entry>,
    kept: Option<u32>,
}

impl Saved {
    fn last(&self) -> u32 {
        self.entries.last().map_or(0, |entry| entry.seq)
    }

    fn is_unsent(&self) -> bool {
        self.kept.is_none_or(|kept| self.last() > kept)
    }
}

/// A page with the conversation on it.
struct Tab {
    saved: Saved,
    state: Conversation,
    /// What another tab has told and this one has not heard yet.
    told: VecDeque<Entry>,
}

/// Something the visitor has answered.
struct Given {
    entry: Entry,
    tab: usize,
    /// Whether the tab said that another one was first.
    overtaken: bool,
    /// Whether its tab was closed before the answer was acknowledged.
    left: bool,
    /// Whether another tab's lines took its place on the device meanwhile, with nobody there to be told.
    written_over: bool,
}

/// What became of all answers of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    lines: usize,
    kept: usize,
    overtaken: usize,
    /// Overtaken when their tab was closed already, so that nobody was there to be told.
    unseen: usize,
    sent: usize,
    lost: usize,
    doubled: usize,
    late: usize,
    closed: usize,
}

struct Run<'a> {
    server: &'a mut LiveServer,
    edition: &'a Edition,
    dice: Dice,
    conversation: ConversationId,
    visitor: Option<Opaque>,
    clock: Timestamp,
    online: bool,
    /// Tabs of some browsers cannot hear each other.
    apart: bool,
    device: Option<Saved>,
    tabs: [Option<Tab>; TABS],
    /// Messages that are still on their way; nobody waits for their answers any more.
    under_way: Vec<Batch>,
    given: Vec<Given>,
    tally: Tally,
}

impl Run<'_> {
    fn resume(&self, saved: Saved) -> Tab {
        let begun = Conversation::begin(self.edition, saved.begin.edition, &saved.begin);
        let (mut state, _) = begun.expect("what was begun begins again");
        for entry in &saved.entries {
            let done = state.handle(self.edition, &entry.input, entry.at);
            done.expect("a kept log runs");
        }
        Tab {
            saved,
            state,
            told: VecDeque::new(),
        }
    }

    fn open_tabs(&self) -> Vec<usize> {
        (0..TABS).filter(|n| self.tabs[*n].is_some()).collect()
    }

    /// The visitor does the next thing in a tab: opens the panel, or answers what waits there.
    fn answer(&mut self, n: usize) {
        let choice = u16::try_from(self.dice.roll(3)).expect("small");
        self.clock = self.clock.plus(1_000);
        let Some(tab) = &mut self.tabs[n] else { return };
        let input = match tab.state.awaiting(self.edition) {
            _ if !tab.state.is_opened() => Input::Opened,
            Some((card, _)) => Input::Answered(card, Answer::Choice(choice)),
            None => return,
        };
        let at = self.clock.max(tab.state.last());
        if tab.state.handle(self.edition, &input, at).is_err() {
            return;
        }
        let entry = Entry {
            seq: tab.saved.last() + 1,
            at,
            input,
            digest: tab.state.digest(),
        };
        tab.saved.entries.push(entry.clone());
        let saved = tab.saved.clone();
        self.keep(&saved, Some(saved.clone()));
        self.given.push(Given {
            entry: entry.clone(),
            tab: n,
            overtaken: false,
            left: false,
            written_over: false,
        });
        if !self.apart {
            for other in (0..TABS).filter(|other| *other != n) {
                if let Some(other) = &mut self.tabs[other] {
                    other.told.push_back(entry.clone());
                }
            }
        }
    }

    /// A tab hears what another one has told.
    fn hear(&mut self, n: usize) {
        let Some(tab) = &mut self.tabs[n] else { return };
        let Some(entry) = tab.told.pop_front() else {
            return;
        };
        let mut state = tab.state.clone();
        if entry.seq == tab.saved.last() + 1
            && state.handle(self.edition, &entry.input, entry.at).is_ok()
            && state.digest() == entry.digest
        {
            tab.state = state;
            tab.saved.entries.push(entry);
        }
    }

    /// A tab sends what the server lacks, and what befalls the message is drawn by lot.
    fn send(&mut self, n: usize, kindly: bool) {
        let Some(tab) = self.tabs[n].as_ref().filter(|tab| tab.saved.is_unsent()) else {
            return;
        };
        let from = tab.saved.kept.unwrap_or(0) as usize;
        let batch = Batch {
            sender: Sender {
                workspace: WORKSPACE.into(),
                visitor: self.visitor,
                gpc: false,
            },
            conversation: self.conversation,
            key: ConversationKey(self.conversation.0),
            begin: tab.saved.kept.is_none().then(|| tab.saved.begin.clone()),
            entries: tab.saved.entries.get(from..).unwrap_or(&[]).to_vec(),
            fault: None,
        };
        self.tally.sent += 1;
        if !self.online && !kindly {
            self.tally.lost += 1;
            return;
        }
        match if kindly { 9 } else { self.dice.roll(10) } {
            0 | 1 => self.tally.lost += 1,
            2 => {
                self.tally.lost += 1;
                let _ = self.deliver(&batch);
            }
            3 => {
                self.tally.doubled += 1;
                let _ = self.deliver(&batch);
                let answer = self.deliver(&batch);
                self.take(n, answer);
            }
            4 => {
                self.tally.late += 1;
                self.under_way.push(batch);
            }
            _ => {
                let answer = self.deliver(&batch);
                self.take(n, answer);
            }
        }
    }

    fn deliver(&mut self, batch: &Batch) -> InputsAnswer {
        match self.server.inputs(batch) {
            Ok(answer) => answer,
            Err(_) => panic!(
                "the server does not answer: {:?}",
                self.server.holds().refused()
            ),
        }
    }

    /// A message that was given up arrives after all.
    fn arrive_late(&mut self) {
        if !self.under_way.is_empty() {
            let count = u64::try_from(self.under_way.len()).unwrap_or(1);
            let n = usize::try_from(self.dice.roll(count)).unwrap_or(0);
            let batch = self.under_way.swap_remove(n);
            let _ = self.deliver(&batch);
        }
    }

    fn take(&mut self, n: usize, answer: InputsAnswer) {
        let Some(mut tab) = self.tabs[n].take() else {
            return;
        };
        match answer {
            InputsAnswer::Kept(kept) => {
                self.visitor = kept.visitor.or(self.visitor);
                tab.saved.kept = tab.saved.kept.max(Some(kept.through));
                let ended = tab.state.has_ended() && tab.state.is_opened();
                let needed = tab.saved.is_unsent() || !ended;
                let device = Some(tab.saved.clone()).filter(|_| needed);
                self.keep(&tab.saved, device);
            }
            InputsAnswer::Overtaken { begin, entries } => {
                let saved = Saved {
                    begin: *begin,
                    kept: Some(entries.last().map_or(0, |entry| entry.seq)),
                    entries,
                };
                for given in &mut self.given {
                    given.overtaken |= tab.saved.entries.contains(&given.entry)
                        && !saved.entries.contains(&given.entry);
                }
                self.keep(&saved, Some(saved.clone()));
                let told = std::mem::take(&mut tab.told);
                tab = self.resume(saved);
                tab.told = told;
            }
        }
        self.tabs[n] = Some(tab);
    }

    fn close(&mut self, n: usize) {
        let Some(tab) = self.tabs[n].take() else {
            return;
        };
        self.tally.closed += 1;
        let kept = tab.saved.kept.unwrap_or(0);
        // Nothing is kept of a conversation that another tab has brought to its end.
        let device: &[Entry] = self.device.as_ref().map_or(&[], |saved| &saved.entries);
        let forked = self.device.is_none() || !tab.saved.entries.starts_with(device);
        for given in &mut self.given {
            let unsent = given.entry.seq > kept && tab.saved.entries.contains(&given.entry);
            given.left |= unsent;
            given.written_over |= unsent && forked && !device.contains(&given.entry);
        }
    }

    /// Keeps a tab's log on the device in place of the one that was there, or nothing when it has come to its end.
    /// What another tab has written behind it stays.
    fn keep(&mut self, own: &Saved, now: Option<Saved>) {
        let newest = own.entries.last();
        let beyond = |before: &Saved| {
            let mut earlier = before.entries.iter().rev().skip(1);
            newest.is_some_and(|newest| {
                earlier.any(|entry| entry.seq == newest.seq && entry.digest == newest.digest)
            })
        };
        if now.is_some() && self.device.as_ref().is_some_and(beyond) {
            return;
        }
        let Some(before) = std::mem::replace(&mut self.device, now) else {
            return;
        };
        if !before.entries.starts_with(&own.entries) {
            for given in &mut self.given {
                given.written_over |=
                    before.entries.contains(&given.entry) && !own.entries.contains(&given.entry);
            }
        }
    }

    fn open(&mut self, n: usize) {
        if self.tabs[n].is_none()
            && let Some(saved) = self.device.clone()
        {
            self.tabs[n] = Some(self.resume(saved));
        }
    }

    /// Something happens.
    fn step(&mut self) {
        let n = usize::try_from(self.dice.roll(TABS as u64)).expect("small");
        match self.dice.roll(16) {
            0..=4 => self.answer(n),
            5..=8 => self.send(n, false),
            9 | 10 => self.hear(n),
            11 => self.arrive_late(),
            12 => self.online = !self.online,
            13 => self.close(n),
            _ => self.open(n),
        }
    }

    /// The network is kind at last: whoever has anything to say says it. Then the visitor comes back to what the device
    /// keeps.
    fn flush(&mut self) {
        while !self.under_way.is_empty() {
            self.arrive_late();
        }
        self.say_all();
        for n in self.open_tabs() {
            self.close(n);
        }
        self.open(0);
        self.say_all();
    }

    fn say_all(&mut self) {
        for _ in 0..TRIES {
            for n in self.open_tabs() {
                while self.tabs[n]
                    .as_ref()
                    .is_some_and(|tab| !tab.told.is_empty())
                {
                    self.hear(n);
                }
                self.send(n, true);
            }
        }
    }

    /// What must hold in the end.
    fn check(mut self) -> Tally {
        let (id, scope) = (self.conversation.to_string(), self.server.scope().clone());
        let log = self.server.app().store.log(&scope, id);
        let log = match self.server.wait_for(log) {
            Ok(log) => log.entries,
            Err(why) => {
                assert!(self.given.iter().all(|given| given.left), "{why}");
                Vec::new()
            }
        };
        for (entry, seq) in log.iter().zip(1..) {
            assert_eq!(entry.seq, seq, "the log has no gap");
        }
        for tab in self.tabs.iter().flatten() {
            assert!(!tab.saved.is_unsent(), "a tab still has something to say");
            assert!(
                log.starts_with(&tab.saved.entries),
                "a tab shows what the server does not have"
            );
        }
        self.tally.lines = self.given.len();
        for given in &self.given {
            let times = log.iter().filter(|entry| **entry == given.entry).count();
            let place = log.iter().find(|entry| entry.seq == given.entry.seq);
            match (times, given.overtaken) {
                // Also when the tab that gave it had to give way, and another one had taken it over by then.
                (1, _) => self.tally.kept += 1,
                (0, true) => self.tally.overtaken += 1,
                (0, false) if given.left && given.written_over => self.tally.unseen += 1,
                _ => panic!(
                    "line {} of tab {} is {times} times in the log, overtaken {}, left {}, in its place {place:?}",
                    given.entry.seq, given.tab, given.overtaken, given.left
                ),
            }
        }
        self.tally
    }
}

fn run(server: &mut LiveServer, edition: &Edition, id: EditionId, seed: u64) -> Tally {
    let mut dice = Dice(seed);
    let clock = server.app().clock.now().plus(-3_600_000);
    let begin = Begin {
        dialogue: edition.dialogue,
        edition: id,
        language: edition.language.clone(),
        run: 1,
        seed,
        exposed: Vec::new(),
        page: Page {
            url: "https://w.example/1".into(),
            ..Page::default()
        },
        snapshot: None,
        at: clock,
        card: None,
        surface: Surface::Corner,
        source: String::new(),
    };
    let apart = dice.one_in(3);
    let mut run = Run {
        server,
        edition,
        dice,
        conversation: ConversationId((u128::from(seed) << 32 | 0xC0DE).to_be_bytes()),
        visitor: None,
        clock,
        online: true,
        apart,
        device: None,
        tabs: [const { None }; TABS],
        under_way: Vec::new(),
        given: Vec::new(),
        tally: Tally::default(),
    };
    let first = Saved {
        begin,
        entries: Vec::new(),
        kept: None,
    };
    run.tabs[0] = Some(run.resume(first));
    run.answer(0);
    let steps = 20 + run.dice.roll(60);
    for _ in 0..steps {
        run.step();
    }
    run.flush();
    run.check()
}

/// Does these runs; says whether all were as they must be.
pub fn run_all(seeds: Range<u64>) -> bool {
    let mut server =
        LiveServer::start(&Catalogue::default(), "https://chat.example", Time::Running)
            .unwrap_or_else(|why| panic!("{why}"));
    server
        .publish(&dialogue())
        .unwrap_or_else(|why| panic!("{why}"));
    let live = server
        .publication()
        .unwrap_or_else(|_| panic!("nothing is live"));
    let entry = live.entries.get(0).expect("one dialogue is live");
    let edition = server
        .edition(entry.edition, "en")
        .unwrap_or_else(|_| panic!("no edition"));

    let runs = seeds.end - seeds.start;
    let mut all = Tally::default();
    let mut whole = 0;
    for seed in seeds {
        let done = catch_unwind(AssertUnwindSafe(|| {
            run(&mut server, &edition, entry.edition, seed)
        }));
        let Ok(tally) = done else {
            eprintln!("repeat it with: -- --model 1 --seed {seed}");
            return false;
        };
        whole += usize::from(tally.lines > QUESTIONS);
        all.lines += tally.lines;
        all.kept += tally.kept;
        all.overtaken += tally.overtaken;
        all.unseen += tally.unseen;
        all.sent += tally.sent;
        all.lost += tally.lost;
        all.doubled += tally.doubled;
        all.late += tally.late;
        all.closed += tally.closed;
    }
    println!("a model: {runs} runs, {whole} of them to the end: {all:?}");
    let reasons = server.holds().refused();
    let strange: Vec<&String> = reasons
        .iter()
        .filter(|reason| !reason.starts_with("repeated batch"))
        .collect();
    if !strange.is_empty() {
        eprintln!("the server refused: {strange:?}");
        return false;
    }
    if runs < MANY {
        return true;
    }
    let goals = server.holds().goals("Through");
    let happened = [all.overtaken, all.late, all.doubled, all.closed];
    let all_happened = happened.iter().all(|count| *count > 0) && (1..=runs).contains(&goals);
    if !all_happened {
        eprintln!("too little has happened, and {goals} goals were reached");
    }
    all_happened
}
