//! Letters over real SMTP, read by another implementation.

mod office;
#[path = "office/sink.rs"]
mod sink;

use calcard::icalendar::{ICalendar, ICalendarProperty};
use engine::ids::{DAY, HOUR, MINUTE};
use engine::wire::Booked;
use mail_parser::{MessageParser, MimeHeaders, PartType};
use office::{NAME, Office, Setting, agents, booking_of, slot};
use sink::{Mail, Sink};
use std::time::Duration;
use usher_server::store::{Fate, Kind};

/// What a mail program makes of a mail.
struct Opened {
    subject: String,
    text: String,
    html: String,
    method: Option<String>,
    ics: Option<String>,
    id: String,
    headers: Vec<String>,
}

fn open(mail: &Mail) -> Opened {
    let message = MessageParser::default()
        .parse(mail.text.as_bytes())
        .expect("a message");
    let calendar = message.parts.iter().find(|part| {
        part.content_type()
            .is_some_and(|kind| kind.subtype() == Some("calendar"))
    });
    let text_of = |part: &mail_parser::MessagePart<'_>| match &part.body {
        PartType::Text(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            String::from_utf8(bytes.to_vec()).expect("UTF-8")
        }
        _ => String::new(),
    };
    Opened {
        subject: message.subject().unwrap_or_default().into(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        method: calendar.and_then(|part| {
            part.content_type()
                .and_then(|kind| kind.attribute("method"))
                .map(str::to_owned)
        }),
        ics: calendar.map(text_of),
        id: message.message_id().unwrap_or_default().into(),
        headers: message
            .headers()
            .iter()
            .map(|header| header.name().to_owned())
            .collect(),
    }
}

/// The one event of a calendar object, as another implementation reads it.
struct Event {
    uid: String,
    sequence: String,
    start: String,
    method: String,
}

fn event(ics: &str) -> Event {
    let calendar = ICalendar::parse(ics).expect("a calendar");
    let field = |component: &str, property: ICalendarProperty| -> String {
        let of = |found: &&calcard::icalendar::ICalendarComponent| {
            found.component_type.as_str() == component
        };
        let all: Vec<_> = calendar.components.iter().filter(of).collect();
        assert_eq!(all.len(), 1, "{component}");
        let entry = all[0]
            .entries
            .iter()
            .find(|entry| entry.name == property)
            .expect("a field");
        format!("{:?}", entry.values.first().expect("a value"))
    };
    let line = |name: &str| {
        let line = ics
            .lines()
            .find(|line| line.starts_with(name))
            .expect("a line");
        line.trim_end().to_owned()
    };
    Event {
        uid: field("VEVENT", ICalendarProperty::Uid),
        sequence: field("VEVENT", ICalendarProperty::Sequence),
        start: line("DTSTART"),
        method: line("METHOD"),
    }
}

async fn office_and_sink(count: usize) -> (Office, Sink) {
    let sink = Sink::open().await;
    let smtp = Some(format!("smtp://{}", sink.address));
    (
        Office::open(
            agents(count),
            Setting {
                smtp,
                ..Setting::default()
            },
        )
        .await,
        sink,
    )
}

/// Waits until nothing is due and nothing has changed for a while, so that nothing is under way either.
async fn delivered(office: &Office) {
    let mut before = Vec::new();
    let mut quiet = 0;
    for _ in 0..400 {
        let waiting = office
            .store
            .outbox(&office.scope, Some(Fate::Waiting), 1_000)
            .await
            .expect("the outbox");
        let due = waiting.iter().any(|row| row.due <= office.clock.now());
        quiet = if due || waiting != before {
            0
        } else {
            quiet + 1
        };
        if quiet == 12 {
            return;
        }
        before = waiting;
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("something stays in the outbox");
}

async fn book(office: &Office, n: u64, start: engine::ids::Timestamp) -> String {
    match office.book(&office.visitor(n), start).await {
        (_, Some(Booked::Done { entry, .. })) => booking_of(&entry).manage,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_confirmed_to_both_with_an_entry_for_their_calendars() {
    let (office, sink) = office_and_sink(1).await;
    let manage = book(&office, 1, slot(2)).await;
    delivered(&office).await;
    // A letter that confirms the goal may come as well, before or after it.
    let to_guest = sink.mails_to("guest1@visitor.example");
    let invitation = to_guest
        .iter()
        .find(|mail| open(mail).subject == "Meeting with A1")
        .expect("an invitation");
    let told = open(invitation);
    assert!(told.text.contains(&manage) && told.html.contains(&manage));
    assert!(
        told.text.contains("11:00 (Europe/Stockholm, UTC+01:00)"),
        "{}",
        told.text
    );
    assert_eq!(told.method.as_deref(), Some("REQUEST"));
    let read = event(&told.ics.expect("an entry"));
    assert_eq!(
        (read.start.as_str(), read.method.as_str()),
        ("DTSTART:20270104T100000Z", "METHOD:REQUEST")
    );
    assert!(
        !invitation.text.contains("pills")
            && !told.text.contains(NAME)
            && !told.html.contains(NAME)
    );
    let to_agent = sink.mails_to("a1@acme.example");
    let told = open(&to_agent[0]);
    assert!(told.subject.contains(NAME));
    assert!(
        told.text.contains("guest1@visitor.example") && told.text.contains("Yes, let us"),
        "{}",
        told.text
    );
    assert_eq!(sink.mails()[0].from, "hello@acme.example");
    assert_eq!((to_agent.len(), to_agent[0].to.len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_and_cancelling_by_the_link_revise_one_and_the_same_entry() {
    let (office, sink) = office_and_sink(1).await;
    let manage = book(&office, 1, slot(2)).await;
    delivered(&office).await;
    let path = manage
        .split_once("/m/")
        .map(|(_, token)| format!("/m/{token}"))
        .expect("a link");
    let (status, page) = office.page(&path).await;
    assert!(status == 200 && page.contains("Meeting with A1") && page.contains("UTC+01:00"));
    assert_eq!(office.meetings().await[0].sequence, 0);

    let (status, page) = office
        .form(&path, &format!("sequence=0&start={}", slot(6).0))
        .await;
    assert!(status == 200 && page.contains("new time"), "{page}");
    let (status, _) = office.form(&path, "sequence=0").await;
    assert_eq!(status, 409);
    let (status, page) = office.form(&path, "sequence=1").await;
    assert!(status == 200 && page.contains("cancelled"), "{page}");
    let (status, _) = office.form(&path, "sequence=1").await;
    assert_eq!(status, 200);
    delivered(&office).await;

    let told: Vec<_> = sink.mails_to("a1@acme.example").iter().map(open).collect();
    let events: Vec<Event> = told
        .iter()
        .filter_map(|told| told.ics.as_deref())
        .map(event)
        .collect();
    assert!(events.iter().all(|event| event.uid == events[0].uid));
    let sequences: Vec<&str> = events.iter().map(|event| event.sequence.as_str()).collect();
    let mut sorted = sequences.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sequences, sorted, "ascending, each once");
    let last = events.last().expect("an event");
    assert!(last.sequence.contains('2'), "{}", last.sequence);
    assert_eq!(last.method, "METHOD:CANCEL");
    let activities = office
        .store
        .activities(&office.scope, Default::default(), Some(Kind::Meeting))
        .await;
    let activity = activities.expect("activities").items.remove(0);
    assert_eq!(activity.attributes["meeting status"], "Cancelled");
    assert_eq!(
        activity.attributes["Scheduled For"],
        "2027-01-04T12:00:00.000Z"
    );
    let slots = office.slots(&office.visitor(2)).await;
    assert!(slots.starts.contains(&slot(2)) && slots.starts.contains(&slot(6)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_leads_nowhere_says_so_alike_whatever_it_is() {
    let (office, _) = office_and_sink(1).await;
    let mut answers = Vec::new();
    for path in [
        "/m/x",
        "/m/AAAAAAAAAAAAAAAAAAAAAA",
        "/m/%00",
        "/m/undo/AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        answers.push(office.page(path).await);
        answers.push(office.form(path, "sequence=0").await);
    }
    assert!(answers.iter().all(|(status, _)| *status == 404));
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_confirmed_once_without_a_strangers_words_and_can_be_undone() {
    let (office, sink) = office_and_sink(1).await;
    book(&office, 1, slot(2)).await;
    delivered(&office).await;
    office.clock.advance(HOUR + 30 * MINUTE);
    delivered(&office).await;
    let told: Vec<_> = sink
        .mails_to("guest1@visitor.example")
        .iter()
        .map(open)
        .collect();
    let confirmations: Vec<_> = told
        .iter()
        .filter(|told| told.subject.starts_with("You are in"))
        .collect();
    assert_eq!(confirmations.len(), 1);
    let told = confirmations[0];
    assert_eq!(told.subject, "You are in, friend");
    assert!(!told.text.contains(NAME) && !told.html.contains(NAME));
    assert!(told.text.contains("https://acme.example/more"));
    assert_eq!(told.method.as_deref(), Some("PUBLISH"));
    assert!(
        told.headers
            .iter()
            .any(|name| name.eq_ignore_ascii_case("List-Unsubscribe-Post"))
    );
    let read = event(told.ics.as_deref().expect("an entry"));
    assert_eq!(read.start, "DTSTART:20270305T100000Z");

    let token = told
        .text
        .split("/m/undo/")
        .nth(1)
        .and_then(|rest| rest.split_whitespace().next());
    let path = format!("/m/undo/{}", token.expect("an undo link"));
    let goal = || async {
        let goals = office
            .store
            .goals(&office.scope, Default::default(), None)
            .await
            .expect("goals");
        goals.items[0].attributes.get("Registration").cloned()
    };
    let (status, page) = office.page(&path).await;
    assert!(status == 200 && page.contains("Undo my registration"));
    assert_eq!(goal().await, None);
    let (status, page) = office.form(&path, "List-Unsubscribe=One-Click").await;
    assert!(status == 200 && page.contains("undone"), "{page}");
    assert_eq!(goal().await, Some(serde_json::json!("undone")));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_one_invitation_and_one_other_letter_an_hour_from_strangers() {
    let (office, sink) = office_and_sink(5).await;
    for n in 0..3 {
        let visitor = office.visitor_at(n, "victim@elsewhere.example");
        let (status, _) = office.book(&visitor, slot(2)).await;
        assert_eq!(status, 200);
    }
    let counts = || {
        let mails = sink.mails_to("victim@elsewhere.example");
        let invitations = mails.iter().map(open);
        let invitations = invitations.filter(|told| told.subject.starts_with("Meeting with"));
        let invitations = invitations.count();
        (invitations, mails.len() - invitations)
    };
    for hour in 0..22 {
        delivered(&office).await;
        let (invitations, others) = counts();
        assert_eq!(invitations, 3.min(hour + 1), "in hour {hour}");
        assert!(others <= hour + 1 && others <= 3, "in hour {hour}");
        office.clock.advance(HOUR + MINUTE);
    }
    office.clock.advance(3 * DAY);
    delivered(&office).await;
    let (invitations, others) = counts();
    assert!(invitations == 3 && others <= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_busy_gets_it_later_and_one_that_says_never_is_shown() {
    let (office, sink) = office_and_sink(1).await;
    sink.refuse(&["451 later", "451 later", "550 nobody here"]);
    book(&office, 1, slot(2)).await;
    delivered(&office).await;
    for _ in 0..4 {
        office.clock.advance(2 * HOUR);
        delivered(&office).await;
    }
    let rows = office
        .store
        .outbox(&office.scope, None, 100)
        .await
        .expect("the outbox");
    let meetings: Vec<_> = rows.iter().filter(|row| row.kind == "meeting").collect();
    let dead: Vec<_> = meetings
        .iter()
        .filter(|row| row.fate == Fate::Dead)
        .collect();
    assert_eq!(
        meetings.iter().filter(|row| row.fate == Fate::Sent).count() + dead.len(),
        meetings.len()
    );
    assert!(
        dead.iter()
            .all(|row| row.fault.as_deref() == Some("the mail server answered 550"))
    );
    let ids: Vec<String> = sink.mails().iter().map(|mail| open(mail).id).collect();
    let mut once = ids.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), ids.len());
    assert_eq!(office.meetings().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_is_forgotten_leaves_free_time_and_no_trace() {
    let (office, sink) = office_and_sink(1).await;
    let manage = book(&office, 1, slot(2)).await;
    delivered(&office).await;
    office
        .store
        .forget(&office.scope, "guest1@visitor.example".into())
        .await
        .expect("forgotten");
    delivered(&office).await;
    let meetings = office.meetings().await;
    let meeting = &meetings[0];
    assert!(meeting.is_cancelled() && meeting.email.is_empty() && meeting.person.is_none());
    let told = open(sink.mails_to("a1@acme.example").last().expect("a letter"));
    assert_eq!(told.method.as_deref(), Some("CANCEL"));
    assert!(!told.text.contains("guest1"), "{}", told.text);
    let path = manage
        .split_once("/m/")
        .map(|(_, token)| format!("/m/{token}"))
        .expect("a link");
    assert_eq!(office.page(&path).await.0, 404);
    assert!(
        office
            .slots(&office.visitor(2))
            .await
            .starts
            .contains(&slot(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_mail_server_letters_lie_in_the_maildir() {
    let office = Office::open(agents(1), Setting::default()).await;
    book(&office, 1, slot(2)).await;
    delivered(&office).await;
    let folder = office.folder.path().join("mail/new");
    let subjects: Vec<String> = std::fs::read_dir(folder)
        .expect("a maildir")
        .map(|file| {
            let letter = std::fs::read(file.expect("a file").path()).expect("readable");
            let text = String::from_utf8(letter).expect("7-bit");
            open(&Mail {
                from: String::new(),
                to: Vec::new(),
                text,
            })
            .subject
        })
        .collect();
    // The letter about the goal leaves before the invitation or waits for it.
    let meetings = subjects
        .iter()
        .filter(|subject| subject.to_lowercase().contains("meeting with"));
    assert_eq!(meetings.count(), 2, "{subjects:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_come_in_the_name_of_the_company_and_its_events_have_an_organiser() {
    let (office, sink) = office_and_sink(1).await;
    let settings = office
        .store
        .workspace(&office.scope)
        .await
        .expect("a workspace");
    let settings = usher_server::store::Settings {
        title: "Acme Rockets".into(),
        zone: "Europe/Stockholm".into(),
        ..settings.settings
    };
    let changed = office.store.set_settings(&office.scope, settings);
    changed.await.expect("changed");
    let notice = office
        .store
        .create_goal_mail(&office.scope, None, "sales@acme.example".into());
    notice.await.expect("a notice");
    book(&office, 1, slot(2)).await;
    delivered(&office).await;
    office.clock.advance(HOUR + MINUTE);
    delivered(&office).await;
    let mails = sink.mails();
    assert!(mails.len() >= 4);
    for mail in &mails {
        assert!(mail.text.contains("Acme Rockets"), "{}", mail.text);
        assert_eq!(mail.from, "hello@acme.example");
    }
    let notice = open(&sink.mails_to("sales@acme.example")[0]);
    assert!(
        notice.text.contains("Sunday") && notice.text.contains("Europe/Stockholm"),
        "{}",
        notice.text
    );
    let told = sink.mails_to("guest1@visitor.example");
    let confirmation = told
        .iter()
        .map(open)
        .find(|told| told.method.as_deref() == Some("PUBLISH"));
    let ics = confirmation.expect("a confirmation").ics.expect("an entry");
    let unfolded = ics.replace("\r\n ", "");
    assert!(
        unfolded.contains("ORGANIZER;CN=\"Acme Rockets\":mailto:hello@acme.example"),
        "{unfolded}"
    );
}
