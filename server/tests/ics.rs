//! Calendar entries, read back by another implementation.

use calcard::icalendar::{ICalendar, ICalendarProperty};
use engine::ids::Timestamp;
use usher_server::mail::Address;
use usher_server::mail::ics::{Invitation, Method};

const NASTY: &str = "Eve \"x\";,:^\\ \r\nATTENDEE:mailto:attacker@evil.example\u{2028}😀 مرحبا";

fn invitation<'a>(
    organizer: &'a Address,
    attendees: &'a [Address],
    title: &'a str,
) -> Invitation<'a> {
    Invitation {
        method: Method::Request,
        uid: "meeting-1@acme.example",
        sequence: 3,
        stamp: Timestamp(1_800_000_000_000),
        start: Timestamp(1_800_003_600_000),
        end: Timestamp(1_800_005_400_000),
        title,
        description: "First line, with; signs\nsecond \\ line\r\nEND:VEVENT",
        place: "Room 5; upstairs, left",
        organizer: Some(organizer),
        sent_by: None,
        attendees,
    }
}

fn read(ics: &str) -> ICalendar {
    ICalendar::parse(ics).expect("another implementation reads it")
}

#[test]
fn an_invitation_is_one_event_with_the_fields_it_was_given() {
    let organizer = Address::new("Sofia Berg", "sofia@acme.example");
    let attendees = [Address::new(NASTY, "ann@visitor.example")];
    let ics = invitation(&organizer, &attendees, "Meeting, with; Sofia").ics();
    let calendar = read(&ics);
    let events: Vec<_> = calendar
        .components
        .iter()
        .filter(|component| component.component_type.as_str() == "VEVENT")
        .collect();
    assert_eq!(events.len(), 1);
    let event = events[0];
    let values = |property: ICalendarProperty| -> Vec<String> {
        event
            .entries
            .iter()
            .filter(|entry| entry.name == property)
            .flat_map(|entry| &entry.values)
            .filter_map(|value| value.as_text().map(str::to_owned))
            .collect()
    };
    assert_eq!(event.uid(), Some("meeting-1@acme.example"));
    assert_eq!(values(ICalendarProperty::Summary), ["Meeting, with; Sofia"]);
    assert_eq!(
        values(ICalendarProperty::Location),
        ["Room 5; upstairs, left"]
    );
    assert_eq!(
        values(ICalendarProperty::Description),
        ["First line, with; signs\nsecond \\ line\nEND:VEVENT"]
    );
    let people: Vec<&str> = ics
        .lines()
        .filter(|line| line.starts_with("ATTENDEE"))
        .collect();
    assert_eq!(people.len(), 1);
    let unfolded = ics.replace("\r\n ", "");
    let name = "CN=\"Eve ^'x^';,:^^\\ ATTENDEE:mailto:attacker@evil.example 😀 مرحبا\"";
    assert!(unfolded.contains(name), "{unfolded}");
    assert!(ics.contains("DTSTART:20270115T090000Z\r\n"));
    assert!(ics.contains("DTEND:20270115T093000Z\r\n"));
    assert!(ics.contains("SEQUENCE:3\r\n") && ics.contains("METHOD:REQUEST\r\n"));
    let attendee = event
        .entries
        .iter()
        .filter(|entry| entry.name == ICalendarProperty::Attendee);
    assert_eq!(attendee.count(), 1);
}

#[test]
fn lines_are_folded_within_characters_and_end_as_they_should() {
    let organizer = Address::new(&"Ö".repeat(300), "sofia@acme.example");
    let title = "Möte 😀 ".repeat(40);
    let ics = invitation(&organizer, &[], &title).ics();
    for line in ics.split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(['\r', '\n']));
    }
    let unfolded = ics.replace("\r\n ", "");
    assert!(unfolded.contains(title.trim()));
}

#[test]
fn a_cancellation_names_the_same_event_and_says_so_twice() {
    let organizer = Address::new("Sofia", "sofia@acme.example");
    let attendees = [Address::of("ann@visitor.example")];
    let mut invitation = invitation(&organizer, &attendees, "Meeting");
    invitation.method = Method::Cancel;
    let ics = invitation.ics();
    assert!(ics.contains("METHOD:CANCEL\r\n") && ics.contains("STATUS:CANCELLED\r\n"));
    assert_eq!(read(&ics).components.len(), 2);
}
