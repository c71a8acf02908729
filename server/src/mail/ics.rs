//! Calendar entries: one event per object, instants in UTC, one identifier for the life of the event.

use engine::ids::Timestamp;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use serde::{Deserialize, Serialize};

use super::letter::{Address, one_line};

/// Longest text of a property, in characters.
const TEXT_CHARS: usize = 2_000;

/// What a calendar is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Put it in, and answer the organiser.
    Request,
    /// Take it out.
    Cancel,
    /// Put it in; nobody waits for an answer.
    Publish,
}

impl Method {
    /// As it stands in the object and beside its MIME type.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Method::Request => "REQUEST",
            Method::Cancel => "CANCEL",
            Method::Publish => "PUBLISH",
        }
    }
}

/// One revision of an event.
#[derive(Clone, Debug)]
pub struct Invitation<'a> {
    /// What a calendar is asked to do.
    pub method: Method,
    /// Names the event for ever.
    pub uid: &'a str,
    /// Grows with each revision, from 0.
    pub sequence: u32,
    /// When this revision was made.
    pub stamp: Timestamp,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// What it is called.
    pub title: &'a str,
    /// More about it.
    pub description: &'a str,
    /// Where; possibly empty.
    pub place: &'a str,
    /// Who invites; nobody for events that are published.
    pub organizer: Option<&'a Address>,
    /// Who sends it in the organiser's name.
    pub sent_by: Option<&'a Address>,
    /// Who is invited.
    pub attendees: &'a [Address],
}

impl Invitation<'_> {
    /// The iCalendar object: CRLF line ends, lines of at most 76 octets.
    #[must_use]
    pub fn ics(&self) -> String {
        let mut event = Event::new();
        event
            .uid(&one_line(self.uid, 200))
            .sequence(self.sequence)
            .timestamp(instant(self.stamp))
            .starts(instant(self.start))
            .ends(instant(self.end))
            .summary(&one_line(self.title, TEXT_CHARS))
            .status(match self.method {
                Method::Cancel => EventStatus::Cancelled,
                Method::Request | Method::Publish => EventStatus::Confirmed,
            });
        let description = paragraphs(self.description);
        if !description.is_empty() {
            event.description(&description);
        }
        let place = one_line(self.place, TEXT_CHARS);
        if !place.is_empty() {
            event.location(&place);
        }
        if let Some(organizer) = self.organizer {
            let mut line = person("ORGANIZER", organizer);
            if let Some(sent_by) = self
                .sent_by
                .filter(|sender| sender.email != organizer.email)
            {
                line.add_parameter(
                    "SENT-BY",
                    &format!("\"mailto:{}\"", mailbox(&sent_by.email)),
                );
            }
            event.append_property(line);
        }
        for attendee in self.attendees {
            let mut line = person("ATTENDEE", attendee);
            line.add_parameter("ROLE", "REQ-PARTICIPANT");
            line.add_parameter("PARTSTAT", "ACCEPTED");
            line.add_parameter("RSVP", "FALSE");
            event.append_multi_property(line);
        }
        let mut calendar = Calendar::empty();
        calendar.append_property(Property::new("VERSION", "2.0"));
        calendar.append_property(Property::new("PRODID", "-//Usher//Meetings//EN"));
        calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
        calendar.append_property(Property::new("METHOD", self.method.word()));
        calendar.push(event.done());
        calendar.done().to_string()
    }
}

fn person(property: &str, address: &Address) -> Property {
    let mut line = Property::new(property, format!("mailto:{}", mailbox(&address.email)));
    let name = parameter(&address.name);
    if !name.is_empty() {
        line.add_parameter("CN", &format!("\"{name}\""));
    }
    line
}

/// An address without anything that could end its property.
fn mailbox(email: &str) -> String {
    let allowed = |c: &char| {
        !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | ',' | ';' | '\\')
    };
    email.chars().filter(allowed).collect()
}

/// A parameter's value by RFC 6868, which has its own signs for what a quoted value cannot hold.
fn parameter(text: &str) -> String {
    let mut value = String::new();
    for c in one_line(text, 120).chars() {
        match c {
            '^' => value.push_str("^^"),
            '"' => value.push_str("^'"),
            c => value.push(c),
        }
    }
    value
}

/// Text with its line breaks and without other control characters.
fn paragraphs(text: &str) -> String {
    let lines: Vec<String> = text
        .lines()
        .map(|line| one_line(line, TEXT_CHARS))
        .collect();
    lines.join("\n").trim().chars().take(TEXT_CHARS).collect()
}

fn instant(moment: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(moment.0).unwrap_or_default()
}
