//! One run: somebody with a browser, two tabs at most, and a network.

use super::ledger::Ledger;
use super::{Tally, World};
use crate::questions::Dice;
use serde_json::{Value, json};
use std::thread;
use std::time::{Duration, Instant};
use usher_tests::chromium::{Ahead, Complaint, Line, Manner, Session, Tab, Voice};
use usher_tests::front::{CHAT_HOST, Front, Places, Speed};
use usher_tests::run::{FIND, LAUNCHER, Seen, WORKSPACE, reading};

/// Tabs of a browser.
const TABS: usize = 2;
/// Notes what the frame says to other tabs and to its visitor.
const WITNESS: &str = include_str!("witness.js");
/// What the visitor is told when another tab was first.
const TOLD: &str = "You went on in another tab, up to here.";
/// Where the panel is.
const PANEL: &str = "[role=dialog]";
/// How long the chat may take to be there, also over a slow network.
const PATIENCE: Duration = Duration::from_secs(25);
/// As long as this nothing may be under way where nothing of ours is to come.
const QUIET: Duration = Duration::from_millis(1_200);
/// How long a press may take to be noticed; browsers on a busy machine lose one now and then.
const PRESSED: Duration = Duration::from_millis(1_000);
/// How long everything may take to arrive once the network is there.
const FLUSHED: Duration = Duration::from_secs(30);

/// Answers come, but not before their tab is gone.
const TOO_LATE: Speed = Speed {
    latency: Duration::from_secs(20),
    bytes_per_second: 1_000_000,
};

/// How long an idle tab is left alone.
const IDLE: Duration = Duration::from_secs(6);

struct Open {
    tab: Tab,
    page: usize,
}

pub struct Visit<'w> {
    world: &'w World,
    dice: Dice,
    front: Front,
    context: String,
    manner: Manner,
    tabs: [Option<Open>; TABS],
    ledger: Ledger,
    tally: Tally,
    complaints: Vec<Complaint>,
    story: Vec<String>,
}

impl<'w> Visit<'w> {
    /// Somebody new. The tabs of some browsers cannot hear each other.
    pub fn begin(world: &'w World, dice: Dice, apart: bool) -> Result<Self, String> {
        let server = &world.server;
        let places = Places::of_plans(server.address());
        let front = Front::start(&server.runtime(), &world.machine.authority, places)?;
        let context = world.machine.chromium.new_context(front.port())?;
        let given = format!(
            "{}, {}, {}, {apart}",
            json!(CHAT_HOST),
            json!(format!("usher:{WORKSPACE}:conversations")),
            json!(TOLD)
        );
        let manner = Manner {
            ahead: Ahead(server.app().clock.offset_ms()),
            size: (800, 600),
            script: WITNESS.replace("__GIVEN__", &given),
            ..Manner::default()
        };
        Ok(Self {
            world,
            dice,
            front,
            context,
            manner,
            tabs: [const { None }; TABS],
            ledger: Ledger::default(),
            tally: Tally::default(),
            complaints: Vec::new(),
            story: vec![format!("tabs apart: {apart}")],
        })
    }

    /// What has happened.
    pub fn story(&self) -> String {
        self.story.join("; ")
    }

    /// Everything that happens, and what must hold in the end.
    pub fn live(&mut self) -> Result<Tally, String> {
        self.open(0)?;
        self.answer(0)?;
        let (steps, chance) = (6 + self.dice.roll(10), self.dice.roll(u64::MAX));
        for n in 0..steps {
            // How much chance a step takes depends on how fast the machine is; the next one must not.
            self.dice = Dice(chance ^ n);
            self.step()?;
        }
        self.flush()?;
        let fates = self.ledger.check(self.world, false)?;
        self.tally.add(fates);
        Ok(self.tally)
    }

    /// Both tabs answer at one moment, while answers of the server take their time, and are closed without having heard
    /// any. What the device keeps then is what the server did not take: who comes back is told so.
    pub fn come_back(&mut self) -> Result<(), String> {
        self.open(0)?;
        self.choose(0)?;
        self.open(1)?;
        self.is_asked(1)?;
        self.front.weather().set_speed(Some(TOO_LATE));
        let kept = "window[Symbol.for('witness')].kept";
        let other = self.frame(1).ok_or("the frame is gone")?;
        let before = other.evaluate(&format!("localStorage.getItem({kept})"))?;
        self.choose(0)?;
        // What the other has written is not known everywhere at once.
        other.evaluate(&format!("localStorage.setItem({kept}, {before})"))?;
        self.choose(1)?;
        self.set_line(Line::Cut)?;
        for n in 0..TABS {
            self.close(n)?;
        }
        self.front.weather().set_speed(None);
        self.set_line(Line::Open)?;
        self.open(0)?;
        self.comes_right(false)?;
        match self.ledger.check(self.world, false)? {
            Tally { shown: 1, .. } => Ok(()),
            tally => Err(format!("no overtaken answer was shown as such: {tally:?}")),
        }
    }

    /// Gives the answer of a tab's number.
    fn choose(&mut self, n: usize) -> Result<(), String> {
        self.is_asked(n)?;
        self.read_diary(n)?;
        let frame = self.frame(n).ok_or("the frame is gone")?;
        frame.evaluate(&format!("window[Symbol.for('witness')].answer({n})"))?;
        if self.read_diary(n)? {
            Ok(())
        } else {
            Err(format!("the answer in {n} is not noticed"))
        }
    }

    /// Waits until answers are on offer.
    fn is_asked(&self, n: usize) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if self
                .opens_panel(n)?
                .is_some_and(|seen| !seen.offers.is_empty())
            {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(30));
        }
        Err("no answers are offered".into())
    }

    fn step(&mut self) -> Result<(), String> {
        let n = usize::try_from(self.dice.roll(TABS as u64)).unwrap_or(0);
        match self.dice.roll(16) {
            0..=5 => self.answer(n),
            6 | 7 => self.answer_in_both(),
            8..=10 => {
                let line = match self.dice.roll(3) {
                    0 => Line::Open,
                    1 => Line::Slow,
                    _ => Line::Cut,
                };
                self.set_line(line)
            }
            11 => {
                thread::sleep(Duration::from_millis(self.dice.roll(800)));
                Ok(())
            }
            12 => {
                self.answer(n)?;
                self.close(n)
            }
            13 => self.reload(n),
            14 => self.close(n),
            _ => self.open(n),
        }
    }

    fn tell(&mut self, what: &str) {
        self.story.push(what.to_owned());
    }

    fn set_line(&mut self, line: Line) -> Result<(), String> {
        self.tell(&format!("network {line:?}"));
        match line {
            Line::Open => {}
            Line::Slow => self.tally.slowed += 1,
            Line::Cut => self.tally.cut += 1,
        }
        self.manner.line = line;
        for open in self.tabs.iter_mut().flatten() {
            open.tab.set_line(line)?;
        }
        Ok(())
    }

    /// Opens a tab; without a network no page comes.
    fn open(&mut self, n: usize) -> Result<(), String> {
        if self.tabs[n].is_some() || self.manner.line == Line::Cut {
            return Ok(());
        }
        self.tell(&format!("open {n}"));
        self.tally.opened += 1;
        let mut tab = Tab::open(&self.world.machine.chromium, &self.context, &self.manner)?;
        tab.set_line(self.manner.line)?;
        let path = self.dice.roll(3);
        tab.load(&format!("https://w.example/{path}"), None)?;
        let page = self.ledger.begins();
        self.tabs[n] = Some(Open { tab, page });
        self.arrive(n)
    }

    fn reload(&mut self, n: usize) -> Result<(), String> {
        if self.manner.line == Line::Cut || self.tabs[n].is_none() {
            return Ok(());
        }
        self.tell(&format!("reload {n}"));
        self.tally.reloaded += 1;
        self.read_diary(n)?;
        let page = self.ledger.begins();
        if let Some(open) = &mut self.tabs[n] {
            self.ledger.ends(open.page);
            open.page = page;
            open.tab.reload()?;
        }
        self.arrive(n)
    }

    /// Waits until the chat is there, or is not to come: a conversation that is over is not shown again.
    fn arrive(&self, n: usize) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let seen = self.sees(n)?;
            if seen.form.is_some() || self.front.diary().is_quiet(QUIET) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(30));
        }
        Err("the chat does not come".into())
    }

    fn close(&mut self, n: usize) -> Result<(), String> {
        self.read_diary(n)?;
        let Some(open) = self.tabs[n].take() else {
            return Ok(());
        };
        self.tell(&format!("close {n}"));
        self.tally.closed += 1;
        self.complaints.extend(open.tab.complaints());
        self.ledger.ends(open.page);
        open.tab.close()
    }

    fn frame(&self, n: usize) -> Option<Session> {
        self.tabs[n].as_ref()?.tab.frame()
    }

    fn sees(&self, n: usize) -> Result<Seen, String> {
        let Some(frame) = self.frame(n) else {
            return Ok(Seen::default());
        };
        // Its document may not be there yet.
        let Ok(seen) = frame.evaluate(&reading()) else {
            return Ok(Seen::default());
        };
        serde_json::from_value(seen).map_err(|fault| fault.to_string())
    }

    /// Takes in what the frame has noted; says whether any of it is new.
    fn read_diary(&mut self, n: usize) -> Result<bool, String> {
        let (Some(frame), Some(open)) = (self.frame(n), &self.tabs[n]) else {
            return Ok(false);
        };
        // A frame that has just come or is about to go has nothing to tell.
        let Ok(diary) = frame.evaluate("window[Symbol.for('witness')].diary") else {
            return Ok(false);
        };
        let diary = diary.as_array().map_or(&[][..], Vec::as_slice);
        self.ledger.read(open.page, diary)
    }

    /// Presses a control in the chat, in the tab in front; once more where it was when the chat has moved meanwhile.
    fn press(&self, n: usize, query: &str, name: Option<&str>, within: &str) -> Result<(), String> {
        self.press_once(n, query, name, within)
            .or_else(|_| self.press_once(n, query, name, within))
    }

    fn press_once(
        &self,
        n: usize,
        query: &str,
        name: Option<&str>,
        within: &str,
    ) -> Result<(), String> {
        let (Some(open), Some(frame)) = (&self.tabs[n], self.frame(n)) else {
            return Ok(());
        };
        let names = name.map(|name| vec![name]);
        let find = format!(
            "{FIND}({}, {}, {})",
            json!(query),
            json!(names),
            json!(within)
        );
        let at = frame.evaluate(&find)?;
        let place = "(function () { var box = document.querySelector('iframe').getBoundingClientRect(); return [box.left, box.top]; })()";
        let place = open.tab.page().evaluate(place)?;
        let number = |value: &Value| value.as_f64();
        let (Some(x), Some(y)) = (number(&at[0]), number(&at[1])) else {
            return Ok(());
        };
        let (left, top) = (number(&place[0]), number(&place[1]));
        open.tab
            .press(&frame, x + left.unwrap_or(0.0), y + top.unwrap_or(0.0))
    }

    /// What the panel shows when it is open; it is opened where it can be.
    fn opens_panel(&self, n: usize) -> Result<Option<Seen>, String> {
        let mut seen = self.sees(n)?;
        if matches!(seen.form.as_deref(), None | Some("panel")) {
            return Ok(seen.form.is_some().then_some(seen));
        }
        if let Some(open) = &self.tabs[n] {
            open.tab.show()?;
        }
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            self.press(n, LAUNCHER, None, "")?;
            let noticed = Instant::now() + PRESSED;
            while Instant::now() < noticed {
                seen = self.sees(n)?;
                if seen.form.as_deref() == Some("panel") && !seen.busy {
                    return Ok(Some(seen));
                }
                thread::sleep(Duration::from_millis(30));
            }
            // Who is cut off right after the launcher has come has no panel yet.
            if self.manner.line == Line::Cut {
                return Ok(None);
            }
        }
        Err(format!("the panel does not open: {}", brief(&seen)))
    }

    /// Gives one of the answers on offer.
    fn answer(&mut self, n: usize) -> Result<(), String> {
        self.open(n)?;
        let Some(seen) = self.opens_panel(n)? else {
            return Ok(());
        };
        let offers = seen.offers;
        if offers.is_empty() {
            return Ok(());
        }
        let choice = usize::try_from(self.dice.roll(3)).unwrap_or(0);
        let Some(label) = offers.get(choice) else {
            return Ok(());
        };
        self.tell(&format!("answer {label} in {n}"));
        if let Some(open) = &self.tabs[n] {
            open.tab.show()?;
        }
        self.read_diary(n)?;
        self.press(n, "button", Some(label), PANEL)?;
        let noticed = Instant::now() + PRESSED;
        while !self.read_diary(n)? && Instant::now() < noticed {
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Answers in both tabs at the same moment.
    fn answer_in_both(&mut self) -> Result<(), String> {
        for n in 0..TABS {
            self.open(n)?;
            if self.opens_panel(n)?.is_none() {
                return Ok(());
            }
        }
        self.tell("answer in both");
        self.tally.at_once += 1;
        let mut presses = Vec::new();
        for n in 0..TABS {
            let choice = self.dice.roll(3);
            let mut press = format!("window[Symbol.for('witness')].answer({choice})");
            if n > 0
                && let Some(frame) = self.frame(n)
            {
                // What the first writes at that moment is not known everywhere at once.
                let kept = "window[Symbol.for('witness')].kept";
                let before = frame.evaluate(&format!("localStorage.getItem({kept})"))?;
                press = format!("localStorage.setItem({kept}, {before}), {press}");
            }
            presses.extend(self.frame(n).map(|frame| (frame, press)));
        }
        thread::scope(|scope| {
            let pressing: Vec<_> = presses
                .iter()
                .map(|(frame, press)| scope.spawn(|| frame.evaluate(press)))
                .collect();
            for pressed in pressing {
                pressed
                    .join()
                    .unwrap_or_else(|_| Err("nobody pressed".into()))?;
            }
            Ok::<_, String>(())
        })?;
        for n in 0..TABS {
            self.read_diary(n)?;
        }
        Ok(())
    }

    /// The network is there at last. What open tabs have to say arrives; then the visitor comes back to what the device
    /// keeps, and the rest arrives too.
    fn flush(&mut self) -> Result<(), String> {
        self.set_line(Line::Open)?;
        self.comes_right(true)?;
        for n in 0..TABS {
            self.close(n)?;
        }
        self.open(0)?;
        self.comes_right(false)?;
        self.close(0)?;
        let complaint = self
            .complaints
            .iter()
            .find(|complaint| complaint.voice != Voice::Browser);
        match complaint {
            None => Ok(()),
            Some(complaint) => Err(format!("the console says {}", complaint.words)),
        }
    }

    /// Waits until the server has everything, and every panel shows what the server has. In the end the visitor looks.
    fn comes_right(&mut self, of_pages_still_there: bool) -> Result<(), String> {
        let until = Instant::now() + FLUSHED;
        let mut patient_until = Instant::now() + IDLE;
        loop {
            if !of_pages_still_there {
                self.opens_panel(0)?;
            }
            let wrong = self.is_right(of_pages_still_there);
            let now = Instant::now();
            if wrong.is_ok() || now > until {
                return wrong;
            }
            // A line that another tab has told, and that was overtaken there, stands in an idle tab until this one speaks.
            if now > patient_until {
                patient_until = now + IDLE;
                self.set_line(Line::Cut)?;
                self.set_line(Line::Open)?;
            }
            thread::sleep(Duration::from_millis(80));
        }
    }

    fn is_right(&mut self, of_pages_still_there: bool) -> Result<(), String> {
        for n in 0..TABS {
            self.read_diary(n)?;
        }
        for n in 0..TABS {
            let seen = self.sees(n)?;
            if let Some(open) = self.tabs[n].as_ref().filter(|_| seen.form.is_some()) {
                self.ledger.is_seen(open.page);
            }
            let shown = self.ledger.is_as_kept(self.world, &seen.you);
            shown.map_err(|why| format!("tab {n} {why}"))?;
        }
        self.ledger
            .check(self.world, of_pages_still_there)
            .map(|_| ())
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.tabs = [const { None }; TABS];
        self.world.machine.chromium.drop_context(&self.context);
    }
}

/// What is on screen, for whoever looks for the cause of a failure.
fn brief(seen: &Seen) -> String {
    let Seen {
        form,
        you,
        offers,
        refusal,
        notice,
        busy,
        ..
    } = seen;
    format!("{form:?}, said {you:?}, on offer {offers:?}, {refusal:?}, {notice:?}, busy {busy}")
}
