//! What the two who meet are told: booked, moved, cancelled.

use engine::ids::Timestamp;

use super::ics::{Invitation, Method};
use super::letter::{Address, Entry, Letter, Passage};
use super::words::{Tongue, fill};
use crate::meetings::Zone;
use crate::outbox::{News, Reader};
use crate::store::Meeting;
use crate::transcript::{Line, Voice};

/// Everything a letter about a meeting is made of.
#[derive(Debug)]
pub struct Occasion<'a> {
    /// The meeting as it stands.
    pub meeting: &'a Meeting,
    /// What happened.
    pub news: News,
    /// Where the visitor can change it.
    pub manage: &'a str,
    /// The company, and where its mail comes from.
    pub sender: &'a Address,
    /// What was said in the conversation; for the agent.
    pub transcript: &'a [Line],
    /// When the letter is written.
    pub now: Timestamp,
}

impl Occasion<'_> {
    /// The letter to one of the two.
    #[must_use]
    pub fn letter(&self, reader: Reader) -> Letter {
        match reader {
            Reader::Guest => self.to_guest(),
            Reader::Agent => self.to_agent(),
        }
    }

    /// To the visitor: no word in it was written by a visitor unless the address is known to be theirs.
    fn to_guest(&self) -> Letter {
        let meeting = self.meeting;
        let tongue = Tongue::of(&meeting.language);
        let words = tongue.words();
        let (subject, opening) = match self.news {
            News::Booked => (words.meeting_with, words.booked),
            News::Moved => (words.moved_with, words.moved),
            News::Cancelled => (words.cancelled_with, words.cancelled),
        };
        let zone = Zone::parse(&meeting.zone).or_else(|_| Zone::parse(&meeting.agent_zone));
        let zone = zone.unwrap_or_else(|_| Zone::utc());
        let name = if meeting.trusted {
            meeting.name.as_str()
        } else {
            ""
        };
        let guest = Address::new(name, &meeting.email);
        let agent = Address::new(&meeting.agent, &meeting.agent_email);
        let mut letter = Letter::new(guest.clone(), tongue.tag(), &fill(subject, &meeting.agent))
            .with(Passage::Words(opening.into()))
            .with(Passage::Facts(vec![
                (
                    words.when.into(),
                    tongue.moment_and_zone(meeting.start, &zone),
                ),
                (
                    words.length.into(),
                    tongue.minutes(meeting.length().in_minutes()),
                ),
                (words.who.into(), meeting.agent.clone()),
            ]));
        if self.news != News::Cancelled {
            letter = letter
                .with(Passage::Link(words.change.into(), self.manage.into()))
                .with(Passage::Note(words.not_you.into()));
        }
        let description = match self.news {
            News::Cancelled => String::new(),
            News::Booked | News::Moved => format!("{}: {}", words.change, self.manage),
        };
        letter.entry = Some(self.entry(
            Method::Request,
            &fill(words.meeting_with, &meeting.agent),
            &description,
            &agent,
            &[guest],
        ));
        letter.reply_to = Some(agent);
        letter
    }

    /// To the agent: who comes, when by the agent's own clock, and what was said.
    fn to_agent(&self) -> Letter {
        let meeting = self.meeting;
        let zone = Zone::parse(&meeting.agent_zone).unwrap_or_else(|_| Zone::utc());
        let guest = Address::new(&meeting.name, &meeting.email);
        let agent = Address::new(&meeting.agent, &meeting.agent_email);
        let (subject, opening) = match self.news {
            News::Booked => (
                "Booked: meeting with {}",
                "A visitor has booked a meeting with you.",
            ),
            News::Moved => (
                "Moved: meeting with {}",
                "A visitor has moved the meeting with you to another time.",
            ),
            News::Cancelled => (
                "Cancelled: meeting with {}",
                "A visitor has cancelled the meeting with you.",
            ),
        };
        let who = if guest.email.is_empty() {
            "a visitor who was forgotten"
        } else {
            guest.called()
        };
        let mut visitor = if guest.email.is_empty() {
            who.to_owned()
        } else {
            guest.email.clone()
        };
        if !guest.name.is_empty() {
            visitor = format!("{} ({visitor})", guest.name);
        }
        let mut letter = Letter::new(agent.clone(), "en", &fill(subject, who))
            .with(Passage::Words(opening.into()))
            .with(Passage::Facts(vec![
                (
                    "When".into(),
                    Tongue::English.moment_and_zone(meeting.start, &zone),
                ),
                (
                    "Length".into(),
                    format!("{} minutes", meeting.length().in_minutes()),
                ),
                ("Visitor".into(), visitor.clone()),
            ]));
        if !meeting.trusted && !meeting.email.is_empty() {
            letter = letter.with(Passage::Note(
                "The visitor typed this address in the chat; nothing has proven yet that it is theirs.".into(),
            ));
        }
        if self.news == News::Booked && !self.transcript.is_empty() {
            letter = letter
                .with(Passage::Words("What was said before:".into()))
                .with(Passage::Facts(spoken(self.transcript)));
        }
        let title = format!("Meeting with {who}");
        let description = visitor;
        letter.entry = Some(self.entry(Method::Publish, &title, &description, &agent, &[]));
        if !meeting.email.is_empty() {
            letter.reply_to = Some(Address::of(&meeting.email));
        }
        letter
    }

    fn entry(
        &self,
        method: Method,
        title: &str,
        description: &str,
        agent: &Address,
        attendees: &[Address],
    ) -> Entry {
        let method = if self.news == News::Cancelled {
            Method::Cancel
        } else {
            method
        };
        let invitation = Invitation {
            method,
            uid: &self.meeting.id,
            sequence: self.meeting.sequence,
            stamp: self.now,
            start: self.meeting.start,
            end: self.meeting.end,
            title,
            description,
            place: "",
            organizer: Some(agent),
            sent_by: Some(self.sender),
            attendees,
        };
        Entry {
            method,
            ics: invitation.ics(),
        }
    }
}

/// A transcript as labelled lines.
#[must_use]
pub fn spoken(transcript: &[Line]) -> Vec<(String, String)> {
    let line = |line: &Line| {
        let voice = match line.voice {
            Voice::Dialogue => "Dialogue",
            Voice::Visitor => "Visitor",
        };
        (voice.to_owned(), line.words.clone())
    };
    transcript.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::State;

    fn meeting() -> Meeting {
        Meeting {
            id: "m-1".into(),
            position: 1,
            agent_id: "a-1".into(),
            agent: "Sofia Berg".into(),
            agent_email: "sofia@acme.example".into(),
            picture: String::new(),
            start: Timestamp(1_800_003_600_000),
            end: Timestamp(1_800_005_400_000),
            state: State::Scheduled,
            sequence: 0,
            email: "victim@elsewhere.example".into(),
            name: "BUY PILLS https://evil.example".into(),
            trusted: false,
            language: "sv-SE".into(),
            zone: "America/New_York".into(),
            agent_zone: "Europe/Stockholm".into(),
            conversation: "c".into(),
            card: 1,
            person: None,
            created: Timestamp(0),
            test: false,
        }
    }

    fn letter(meeting: &Meeting, news: News, reader: Reader) -> Letter {
        let said = Line {
            voice: Voice::Visitor,
            at: Timestamp(0),
            words: "PILLS too".into(),
        };
        let occasion = Occasion {
            meeting,
            news,
            manage: "https://chat.acme.example/m/secret",
            sender: &Address::new("Acme", "hello@acme.example"),
            transcript: &[said],
            now: Timestamp(1_800_000_000_000),
        };
        occasion.letter(reader)
    }

    #[test]
    fn an_unproven_address_gets_no_word_a_visitor_wrote() {
        for news in [News::Booked, News::Moved, News::Cancelled] {
            let told = format!("{:?}", letter(&meeting(), news, Reader::Guest));
            assert!(
                !told.contains("PILLS") && !told.contains("evil.example"),
                "{told}"
            );
        }
    }

    #[test]
    fn the_visitor_reads_their_own_language_clock_and_link() {
        let told = letter(&meeting(), News::Booked, Reader::Guest);
        assert_eq!(told.subject, "Möte med Sofia Berg");
        let text = format!("{:?}", told.passages);
        assert!(
            text.contains("fredag 15 januari 2027 kl. 04:00 (America/New_York, UTC-05:00)"),
            "{text}"
        );
        assert!(text.contains("https://chat.acme.example/m/secret"));
        let entry = told.entry.expect("an entry");
        assert_eq!(entry.method, Method::Request);
    }

    #[test]
    fn the_agent_reads_who_comes_and_what_was_said() {
        let told = letter(&meeting(), News::Booked, Reader::Agent);
        let text = format!("{:?}", told.passages);
        assert!(
            text.contains("10:00 (Europe/Stockholm, UTC+01:00)"),
            "{text}"
        );
        assert!(text.contains("victim@elsewhere.example") && text.contains("PILLS too"));
    }

    #[test]
    fn a_cancellation_takes_the_entry_out_for_both() {
        for reader in [Reader::Guest, Reader::Agent] {
            let told = letter(&meeting(), News::Cancelled, reader);
            let entry = told.entry.expect("an entry");
            assert!(entry.method == Method::Cancel && entry.ics.contains("METHOD:CANCEL"));
            assert!(!format!("{:?}", told.passages).contains("/m/secret"));
        }
    }
}
