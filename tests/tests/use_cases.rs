//! The use cases, each as its visitors live through it: the demo, its own dialogues and pages, the
//! chat on another site than the page. What is seen is asserted, and what the server then holds.

use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use usher_tests::chromium::Chromium;
use usher_tests::demo::Demo;
use usher_tests::run::{Machine, Seen, Visitor};

/// How long something may take to be seen or held.
const PATIENCE: Duration = Duration::from_secs(8);

/// One after the other: a demo, a server and a browser are enough for one machine.
static TURN: Mutex<()> = Mutex::new(());

/// A demo, and a browser for its visitors.
struct Stage {
    demo: Demo,
    machine: Arc<Machine>,
    _turn: MutexGuard<'static, ()>,
}

/// Nothing when this machine has no browser and need not have one.
fn stage() -> Option<Stage> {
    if !Chromium::is_here() {
        return None;
    }
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    Some(Stage {
        demo: Demo::start().unwrap_or_else(|why| panic!("{why}")),
        machine: Machine::shared().unwrap_or_else(|why| panic!("{why}")),
        _turn: turn,
    })
}

impl Stage {
    /// Somebody with a browser of their own.
    fn guest(&self) -> Guest<'_> {
        let visitor = self.demo.visitor(&self.machine);
        Guest {
            demo: &self.demo,
            visitor: visitor.unwrap_or_else(|why| panic!("{why}")),
        }
    }

    /// Somebody who comes by one of the demo's ways of being known.
    fn known(&self, who: &str) -> Guest<'_> {
        let mut guest = self.guest();
        guest.visits(&format!("/demo/as/{who}"));
        guest
    }

    /// What the report counts of a dialogue.
    fn counts(&self, dialogue: &str) -> Value {
        let report = self.demo.api("report").expect("a report");
        let all = report["dialogues"].as_array().cloned().unwrap_or_default();
        all.into_iter()
            .find(|counts| counts["dialogue"] == dialogue)
            .unwrap_or_default()
    }

    /// Holds when the report says so much of a dialogue.
    fn counted(&self, dialogue: &str, wanted: &[(&str, i64)]) {
        soon(&format!("{dialogue}: {wanted:?}"), || {
            let counts = self.counts(dialogue);
            let right = wanted.iter().all(|(what, count)| counts[what] == *count);
            if right {
                Ok(())
            } else {
                Err(counts.to_string())
            }
        });
    }

    /// Holds when so many goals of a name are proven.
    fn proven(&self, goal: &str, count: usize) {
        soon(&format!("{count} times {goal:?}"), || {
            let goals = self.demo.list("goals?proven=true")?;
            let found = goals.iter().filter(|one| one["goal"] == goal).count();
            if found == count {
                Ok(())
            } else {
                Err(found.to_string())
            }
        });
    }

    /// A person by address.
    fn person(&self, email: &str) -> Value {
        self.demo
            .api(&format!("people/{email}"))
            .unwrap_or_else(|why| panic!("{email}: {why}"))
    }

    /// Holds when the mailbox shows all of this.
    fn mailed(&self, wanted: &[&str]) {
        soon(&format!("mail with {wanted:?}"), || {
            let mailbox = self.demo.mailbox()?;
            match wanted.iter().find(|words| !mailbox.contains(**words)) {
                None => Ok(()),
                Some(missing) => Err(format!("no {missing:?} in the mailbox")),
            }
        });
    }
}

/// Somebody on the site.
struct Guest<'a> {
    demo: &'a Demo,
    visitor: Visitor,
}

impl Guest<'_> {
    fn visits(&mut self, path: &str) {
        let address = self.demo.page(path);
        self.done(path, |visitor| visitor.visit(&address, None));
    }

    fn opens(&mut self) {
        self.done("open", |visitor| visitor.open());
    }

    fn answers(&mut self, label: &str) {
        self.done(label, |visitor| visitor.answer(label));
    }

    fn types(&mut self, text: &str) {
        self.done(text, |visitor| visitor.write(text));
    }

    fn done(&mut self, what: &str, act: impl FnOnce(&mut Visitor) -> Result<(), String>) {
        let done = act(&mut self.visitor).and_then(|()| self.visitor.settle());
        done.unwrap_or_else(|why| panic!("{what}: {why}; seen: {:?}", self.visitor.read()));
    }

    fn seen(&self) -> Seen {
        self.visitor.read().unwrap_or_else(|why| panic!("{why}"))
    }

    /// Holds when the newest words of the chat are these.
    fn reads(&self, wanted: &[&str]) {
        soon(&format!("{wanted:?}"), || {
            self.visitor.settle()?;
            let said = self.visitor.read()?.said;
            let newest = said
                .get(said.len().saturating_sub(wanted.len())..)
                .unwrap_or(&[]);
            if newest == wanted {
                Ok(())
            } else {
                Err(format!("{said:?}"))
            }
        });
    }

    /// Holds when these are the answers on offer.
    fn may_choose(&self, wanted: &[&str]) {
        assert_eq!(self.seen().offers, wanted);
    }

    /// Holds when nothing of the chat is on screen.
    fn sees_nothing(&self) {
        self.visitor.settle().unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(self.seen().form, None, "{:?}", self.seen());
    }

    /// Why a dialogue lost on this page.
    fn told_why_not(&self, dialogue: &str) -> String {
        let why = self.visitor.why().unwrap_or_else(|why| panic!("{why}"));
        why.lost.get(dialogue).cloned().unwrap_or_default()
    }

    /// Where a link in the words leads.
    fn link(&self, words: &str) -> String {
        let links = self.seen().links;
        let found = links.iter().rev().find(|(label, _)| label == words);
        found
            .unwrap_or_else(|| panic!("no {words:?} among {links:?}"))
            .1
            .clone()
    }

    /// At the end: the consoles stayed empty, the pages are untouched.
    fn leaves(mut self) {
        self.visitor
            .look_back()
            .unwrap_or_else(|why| panic!("{why}"));
    }

    /// Gives name, company and address as the flow asks for them.
    fn introduces_herself(&mut self, name: &str, company: &str, email: &str) {
        self.reads(&["What may we call you?"]);
        self.types(name);
        self.reads(&[&format!(
            "Nice to meet you, {name}. Which company are you with?"
        )]);
        self.types(company);
        self.reads(&["And the work address where mail reaches you?"]);
        self.types(email);
    }
}

/// Waits until something holds.
fn soon(what: &str, holds: impl Fn() -> Result<(), String>) {
    let until = Instant::now() + PATIENCE;
    loop {
        match holds() {
            Ok(()) => return,
            Err(found) if Instant::now() > until => panic!("{what}, but: {found}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

#[test]
fn use_case_1_default_catch_all_dialogue_for_all_site_visitors() {
    let Some(stage) = stage() else { return };
    let mut kim = stage.guest();
    kim.visits("/");
    kim.reads(&["Hello. I know my way around here. What brings you?"]);
    kim.opens();
    kim.may_choose(&[
        "What does Espalier do?",
        "I would like a demo",
        "A question about prices",
        "Support or jobs",
        "Keep me posted",
    ]);
    kim.answers("Keep me posted");
    kim.answers("Yes, send it");
    kim.introduces_herself("Kim", "Acme", "kim@gmail.com");
    assert!(
        kim.seen().refusal.is_some(),
        "free mail is refused: {:?}",
        kim.seen()
    );
    kim.types("kim@acme.example");
    kim.reads(&[
        "Welcome. The next one comes on the first Tuesday of the month.",
        "Anything else I can do?",
    ]);
    stage.proven("Newsletter", 1);
    stage.mailed(&["kim@acme.example", "You are on the list"]);

    kim.answers("Show me the choices again");
    kim.answers("I would like a demo");
    kim.answers("250 to 5,000");
    kim.reads(&["Here is when one of us is free. Half an hour, your own time zone."]);
    kim.done("book", |visitor| visitor.book_first());
    kim.reads(&[
        "It is in the calendar, Kim. Bring one open role: we will show you who inside could take it.",
        "Anything else I can do?",
    ]);
    kim.answers("That was all, thank you");
    kim.reads(&["Then enjoy your day. You will find me in this corner."]);
    stage.proven("Demo request", 1);
    stage.counted(
        "Default catch-all",
        &[
            ("triggered", 1),
            ("engaged", 1),
            ("completed", 1),
            ("acquired", 1),
            ("meetings", 1),
        ],
    );
    let person = stage.person("kim@acme.example");
    assert_eq!(person["source"], "dynamicChat");
    assert_eq!(person["attributes"]["firstName"], "Kim");
    assert_eq!(person["attributes"]["companySize"], "250-5000");
    assert_eq!(person["attributes"]["stage"], "Qualified");
    stage.mailed(&["invite.ics"]);
    kim.leaves();
}

#[test]
fn level_up_account_based_marketing() {
    let Some(stage) = stage() else { return };
    let mut robin = stage.known("robin");
    robin.reads(&["Hello, and welcome from the shop floor. Which of these is on your mind today?"]);
    assert!(
        robin
            .told_why_not("Default catch-all")
            .contains("behind Default catch-all, retail")
    );
    robin.opens();
    robin.answers("Filling store-manager roles");
    robin.answers("We do not know who is ready");
    robin.reads(&[
        "Your rota knows. Whoever opens the store when the manager is ill belongs on the list. Espalier reads a year of shifts in a night and shows you the names.",
        "Foss & Daughters found forty that way. This is how.",
    ]);
    robin.done("document", |visitor| visitor.open_document());
    robin.reads(&["Shall we run it over one of your regions?"]);
    robin.answers("Not yet");
    stage.proven("Guide read", 1);
    let read = stage.demo.list("activities").expect("activities");
    let read = read
        .iter()
        .find(|one| one["activity"] == "Interacted with Document in Dialogue");
    assert!(
        read.is_some_and(|one| one["person"].is_string()),
        "{read:?}"
    );
    soon("what Robin is interested in", || {
        let robin = stage.person("robin@foss.example");
        if robin["attributes"]["interest"] == "Skills map" {
            Ok(())
        } else {
            Err(robin.to_string())
        }
    });

    let mut stranger = stage.guest();
    stranger.visits("/");
    stranger.reads(&["Hello. I know my way around here. What brings you?"]);
    assert!(
        stranger
            .told_why_not("Default catch-all, retail")
            .contains("audience")
    );
    robin.leaves();
    stranger.leaves();
}

#[test]
fn use_case_2_promoting_event_and_webinar_registration() {
    let Some(stage) = stage() else { return };
    let mut lee = stage.guest();
    lee.visits("/events/talent-day");
    lee.reads(&["Talent Day 2027 is on Thursday 4 February 2027. Shall we keep you a seat?"]);
    lee.answers("Yes, please");
    lee.reads(&[
        "Lovely. Reserve your seat: it takes a minute.\n\nThursday 4 February 2027, Stockholm and online.",
    ]);
    let seat = lee.link("Reserve your seat");
    assert!(
        seat.starts_with(&format!(
            "{}/events/talent-day/register?",
            stage.demo.site()
        )),
        "{seat}"
    );
    for part in [
        "utm_source=chat",
        "utm_medium=website",
        "utm_content=event-page",
        "utm_campaign=",
    ] {
        assert!(seat.contains(part), "{part} in {seat}");
    }
    stage.proven("Event interest", 1);
    stage.counted(
        "Talent Day promotion",
        &[("triggered", 1), ("engaged", 1), ("completed", 1)],
    );
    lee.visits("/events/talent-day/registered");
    lee.sees_nothing();

    lee.visits("/resources/skills-before-roles");
    lee.reads(&["Nora and Malik answer questions about this on Tuesday 26 January 2027 at 14:00. Would you like to be there?"]);
    lee.answers("Who speaks?");
    lee.answers("Yes, please");
    let seat = lee.link("Keep me a seat");
    assert!(
        seat.contains("/events/skills-webinar") && seat.contains("utm_content=resources"),
        "{seat}"
    );
    stage.proven("Webinar interest", 1);
    lee.leaves();
}

#[test]
fn level_up_register_known_people() {
    let Some(stage) = stage() else { return };
    let mut ada = stage.known("ada");
    ada.visits("/events/talent-day");
    ada.reads(&["Good to see you again. Talent Day 2027 is on Thursday 4 February 2027: shall we register you?"]);
    ada.answers("Yes, please");
    ada.reads(&["Is this your email address? a•••@corp.example"]);
    ada.answers("Yes");
    ada.reads(&[
        "You are registered. A confirmation with everything you need, and a date for your calendar, is on its way to that address.",
    ]);
    stage.proven("Event registration", 1);
    stage.mailed(&[
        "ada@corp.example",
        "You are coming to Talent Day 2027",
        ".ics",
    ]);

    let mut other = stage.known("ada");
    other.visits("/events/talent-day");
    other.answers("Yes, please");
    other.answers("No");
    other.reads(&[
        "Thank you for telling us; we have forgotten that address on this browser. Fill in the form on the registration page, it takes a minute.",
    ]);
    stage.proven("Event registration", 1);
    let goals = stage.demo.list("goals?proven=true").expect("goals");
    let ada_here = stage.person("ada@corp.example");
    assert!(
        goals.iter().all(|goal| goal["person"] == ada_here["id"]),
        "{goals:?}"
    );
    ada.leaves();
    other.leaves();
}

#[test]
fn use_case_3_extending_campaign_content_engagement() {
    let Some(stage) = stage() else { return };
    let mut noor = stage.guest();
    noor.visits("/landing/talent-index?utm_source=newsletter");
    noor.reads(&["You came for the Talent Health Index. Two minutes, three questions, no address needed. What would help?"]);
    noor.answers("Take me to the questions");
    let questions = noor.link("the three questions");
    assert!(questions.contains("/survey"), "{questions}");
    stage.proven("Survey started", 1);
    noor.visits("/survey");
    noor.sees_nothing();

    noor.visits("/survey/thank-you?growth=4&clarity=3&moves=2");
    noor.reads(&["There is your number. What would you like to do with it?"]);
    noor.answers("Compare it with my industry");
    noor.answers("Energy");
    noor.introduces_herself("Noor", "Voltaire", "noor@voltaire.example");
    noor.reads(&[
        "It is in your mailbox. Until you look there: the whole report is here.",
        "Twelve minutes, with figures for five industries.",
    ]);
    noor.done("decline", |visitor| visitor.decline());
    noor.reads(&["If you want to talk about it later, you will find me here."]);
    stage.proven("Talent index survey", 1);
    stage.mailed(&["noor@voltaire.example", "Your industry beside your index"]);
    assert_eq!(
        stage.person("noor@voltaire.example")["attributes"]["industry"],
        "Energy"
    );

    // Somebody who answers nothing is known by the page only.
    let mut quiet = stage.guest();
    quiet.visits("/survey/thank-you");
    quiet.reads(&["There is your number. What would you like to do with it?"]);

    stage.demo.move_clock(20).expect("the clock");
    for guest in [&mut noor, &mut quiet] {
        guest.visits("/pricing");
        guest.reads(&[
            "Welcome back. You looked at your talent index not long ago. Has anything moved since?",
        ]);
    }
    noor.answers("I am here for something else");
    stage.counted(
        "Talent index, return within 45 days",
        &[("triggered", 2), ("engaged", 1)],
    );

    stage.demo.move_clock(30).expect("the clock");
    let mut late = stage.guest();
    late.visits("/product");
    late.reads(&["Hello. I know my way around here. What brings you?"]);
    quiet.visits("/product");
    quiet.reads(&["Hello. I know my way around here. What brings you?"]);
    assert!(
        quiet
            .told_why_not("Talent index, return within 45 days")
            .contains("audience")
    );
    for guest in [noor, quiet, late] {
        guest.leaves();
    }
}

#[test]
fn unknown_prospects_are_offered_a_demo_call() {
    let Some(stage) = stage() else { return };
    let mut sam = stage.guest();
    sam.visits("/pricing");
    sam.sees_nothing();
    sam.done("wait", |visitor| visitor.pass(6_000));
    sam.reads(&["Prices are easier with your own numbers. How many people work with you?"]);
    sam.answers("250 to 5,000");
    sam.reads(&["Half an hour on a call, and you know what it would do for one of your open roles. Shall we?"]);
    sam.answers("Yes, find a time");
    sam.introduces_herself("Sam", "Brook", "sam@brook.example");
    sam.reads(&["When suits you? Times are in your own zone."]);
    sam.done("book", |visitor| visitor.book_first());
    sam.reads(&["It is in the calendar, Sam. Bring one open role."]);
    stage.proven("Demo request", 1);
    stage.counted(
        "Demo call on the pricing page",
        &[
            ("triggered", 1),
            ("engaged", 1),
            ("completed", 1),
            ("acquired", 1),
            ("meetings", 1),
        ],
    );
    stage.mailed(&["sam@brook.example"]);

    let mut ada = stage.known("ada");
    ada.visits("/pricing");
    ada.done("wait", |visitor| visitor.pass(6_000));
    assert!(
        ada.told_why_not("Demo call on the pricing page")
            .contains("audience")
    );
    sam.leaves();
    ada.leaves();
}

#[test]
fn known_customers_get_content_first_and_a_call_next() {
    let Some(stage) = stage() else { return };
    let mut maya = stage.known("maya");
    maya.visits("/account");
    maya.reads(&["Good to have you here. What are you working on this quarter?"]);
    maya.answers("New managers");
    maya.done("document", |visitor| visitor.open_document());
    maya.reads(&["Was it of use?"]);
    maya.answers("Yes");
    maya.reads(&["Growth plans for new managers come with a buddy programme now. Shall your adviser show you?"]);
    maya.answers("Yes, find a time");
    maya.reads(&["Your advisers’ next free times:"]);
    maya.done("book", |visitor| visitor.book_first());
    maya.reads(&["Done. See you then."]);
    stage.proven("Guide read", 1);
    stage.proven("Upsell call", 1);
    stage.counted(
        "Content for customers, then a call",
        &[("completed", 1), ("meetings", 1), ("acquired", 0)],
    );
    let maya_here = stage.person("maya@norrvik.example");
    let goals = stage.demo.list("goals?proven=true").expect("goals");
    assert!(
        goals.iter().all(|goal| goal["person"] == maya_here["id"]),
        "{goals:?}"
    );
    stage.mailed(&["maya@norrvik.example"]);
    maya.leaves();
}

#[test]
fn a_dialogue_in_swedish_for_swedish_pages() {
    let Some(stage) = stage() else { return };
    let mut elsa = stage.guest();
    elsa.visits("/sv/");
    elsa.reads(&["Hej! Vad kan jag hjälpa dig med?"]);
    elsa.opens();
    elsa.answers("Jag har en fråga");
    elsa.types("Finns det ett kontor i Malmö?");
    elsa.reads(&["Vad får vi kalla dig?"]);
    elsa.types("Elsa");
    elsa.reads(&["Trevligt att träffas, Elsa. Vilket företag är du på?"]);
    elsa.done("skip", |visitor| visitor.skip());
    elsa.types("elsa");
    assert!(
        elsa.seen()
            .refusal
            .is_some_and(|words| words.contains("mejladress") || words.contains("e-postadress")),
        "{:?}",
        elsa.seen()
    );
    elsa.types("elsa@skog.example");
    elsa.reads(&["Tack, Elsa. Vi hör av oss."]);
    stage.proven("Question asked", 1);
    assert_eq!(
        stage.person("elsa@skog.example")["attributes"]["question"],
        "Finns det ett kontor i Malmö?"
    );
    elsa.leaves();
}
