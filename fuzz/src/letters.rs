//! What the server writes for other programs to read: calendar entries and the headers of mails.

use calcard::icalendar::{ICalendar, ICalendarComponentType, ICalendarProperty};
use engine::ids::Timestamp;
use mail_parser::MessageParser;
use std::collections::BTreeSet;
use usher_server::mail::compose::compose;
use usher_server::mail::ics::{Invitation, Method};
use usher_server::mail::{Address, Letter, Passage};

/// The headers that a letter may have, in lower case.
const HEADERS: [&str; 12] = [
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-language",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
];

/// So many texts, which stand behind each other with a zero between them.
fn texts<const N: usize>(bytes: &[u8]) -> [String; N] {
    let mut parts = bytes.split(|byte| *byte == 0);
    std::array::from_fn(|_| {
        let part = parts.next().unwrap_or_default();
        let part = &part[..part.len().min(4_096)];
        String::from_utf8_lossy(part).into_owned()
    })
}

/// Title, description, place, name, address and identifier: another implementation reads one event with one of each.
pub fn ics(bytes: &[u8]) {
    let [title, description, place, name, email, uid] = texts(bytes);
    let attendees = [Address::new(&name, &email)];
    let organizer = Address::new(&title, "sofia@acme.example");
    let written = Invitation {
        method: Method::Request,
        uid: &uid,
        sequence: 1,
        stamp: Timestamp(1_800_000_000_000),
        start: Timestamp(1_800_003_600_000),
        end: Timestamp(1_800_005_400_000),
        title: &title,
        description: &description,
        place: &place,
        organizer: Some(&organizer),
        sent_by: None,
        attendees: &attendees,
    }
    .ics();
    assert!(
        written.len() <= bytes.len() * 8 + 4_000,
        "{}",
        written.len()
    );
    for line in written.split("\r\n") {
        // The library counts without the space that begins the last piece of a folded line; nobody minds one octet.
        assert!(line.len() <= 76, "{line:?}");
        assert!(!line.contains(['\r', '\n', '\0']), "{line:?}");
    }
    let calendar = ICalendar::parse(&written);
    let calendar = calendar.unwrap_or_else(|fault| panic!("{fault:?}: {written}"));
    let events: Vec<_> = calendar
        .components
        .iter()
        .filter(|part| part.component_type == ICalendarComponentType::VEvent)
        .collect();
    assert_eq!(
        (events.len(), calendar.components.len()),
        (1, 2),
        "{written}"
    );
    for (property, least) in [
        (ICalendarProperty::Summary, 1),
        (ICalendarProperty::Uid, 1),
        (ICalendarProperty::Dtstart, 1),
        (ICalendarProperty::Attendee, 1),
        (ICalendarProperty::Organizer, 1),
        (ICalendarProperty::Description, 0),
        (ICalendarProperty::Location, 0),
    ] {
        let count = events[0]
            .entries
            .iter()
            .filter(|entry| entry.name == property)
            .count();
        assert!(
            (least..=1).contains(&count),
            "{property:?} {count}: {written}"
        );
    }
}

/// Name, address, subject, company, language, words and a link's address: one recipient, known headers, each once.
pub fn mail_header(bytes: &[u8]) {
    let [name, email, subject, company, language, words, link] = texts(bytes);
    let sender = Address::new("Usher", "usher@acme.example");
    let mut letter = Letter::new(Address::new(&name, &email), &language, &subject)
        .from(&company)
        .with(Passage::Words(words))
        .with(Passage::Link("More".into(), link));
    letter.reply_to = Some(Address::new(&company, "sales@acme.example"));
    letter.undo = Some("https://chat.example.com/m/undo/AAAA".into());
    let composed = compose(&letter, &sender, "m1", Timestamp(1_800_000_000_000));
    let Ok(message) = composed else {
        // What is no address is none under another name, too.
        letter.to.name = String::new();
        let again = compose(&letter, &sender, "m1", Timestamp(1_800_000_000_000));
        assert!(again.is_err());
        return;
    };
    let written = message.formatted();
    assert!(
        written.len() <= bytes.len() * 16 + 8_000,
        "{}",
        written.len()
    );
    let head = written.windows(4).position(|four| four == b"\r\n\r\n");
    let head = &written[..head.expect("a head")];
    for line in head.split(|byte| *byte == b'\n') {
        assert!(line.len() <= 998);
        // An address may have letters of any script, which servers pass on that say SMTPUTF8.
        let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).expect("UTF-8");
        assert!(
            !line.contains(|c: char| c.is_control() && c != '\t'),
            "{line:?}"
        );
    }
    let parsed = MessageParser::default().parse(&written).expect("a message");
    let mut seen = BTreeSet::new();
    for header in parsed.root_part().headers() {
        let name = header.name().to_ascii_lowercase();
        assert!(HEADERS.contains(&name.as_str()), "{name}");
        assert!(seen.insert(name), "twice: {}", header.name());
    }
    let to: Vec<_> = parsed.to().into_iter().flat_map(|to| to.iter()).collect();
    assert_eq!(to.len(), 1, "{to:?}");
    let expected = letter.to.email.trim();
    assert_eq!(
        to[0].address().map(str::to_lowercase),
        Some(expected.to_lowercase())
    );
}
