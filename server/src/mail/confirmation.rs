//! The mail a goal card sends to whoever reached it: to the address on file, and nowhere else.

use engine::compile::ConfirmationMail;
use engine::compiled::{Edition, Subject};
use engine::conversation::{Piece, pieces, plain};
use engine::identity::reveal;
use engine::ids::{MINUTE, SECOND, Timestamp};
use engine::value::Value;
use engine::wire::Strength;

use super::ics::{Invitation, Method};
use super::letter::{Address, Entry, Letter, Passage};
use super::words::Tongue;
use crate::store::Portrait;

/// Everything a confirmation is made of.
#[derive(Debug)]
pub struct Occasion<'a> {
    /// What the author wrote.
    pub mail: &'a ConfirmationMail,
    /// The edition its tokens are numbered by.
    pub edition: &'a Edition,
    /// Who reached the goal.
    pub portrait: &'a Portrait,
    /// The address on file.
    pub email: &'a str,
    /// Whether what is stored may be shown at that address. Otherwise every token but the address
    /// itself shows its fallback, so that a stranger's words reach nobody.
    pub trusted: bool,
    /// The company, and where its mail comes from: who organises the event.
    pub organizer: &'a Address,
    /// The goal's id, which names the calendar entry too.
    pub goal: &'a str,
    /// Where the registration can be undone.
    pub undo: &'a str,
    /// When the letter is written.
    pub now: Timestamp,
}

impl Occasion<'_> {
    /// The letter.
    #[must_use]
    pub fn letter(&self) -> Letter {
        let words = Tongue::of(&self.edition.language).words();
        let shows = |token: u16| self.shows(token);
        let subject = plain(&pieces(&self.mail.subject, &shows));
        let mut letter = Letter::new(Address::of(self.email), &self.edition.language, &subject);
        letter.passages = passages(&pieces(&self.mail.body, &shows));
        if let Some(event) = &self.mail.event {
            let start = Timestamp(event.start.saturating_mul(SECOND));
            let title = plain(&pieces(&event.title, &shows));
            let invitation = Invitation {
                method: Method::Publish,
                uid: self.goal,
                sequence: 0,
                stamp: self.now,
                start,
                end: start.plus(i64::from(event.minutes) * MINUTE),
                title: &title,
                description: "",
                place: &event.place,
                organizer: Some(self.organizer),
                sent_by: None,
                attendees: &[],
            };
            letter.entry = Some(Entry {
                method: Method::Publish,
                ics: invitation.ics(),
            });
        }
        letter.undo = Some(self.undo.to_owned());
        letter
            .with(Passage::Link(words.undo.into(), self.undo.into()))
            .with(Passage::Note(words.registered_note.into()))
    }

    fn shows(&self, token: u16) -> Option<String> {
        let token = self.edition.tokens.get(usize::from(token))?;
        if token.subject == Subject::Person && token.name == "email" {
            return Some(self.email.to_owned());
        }
        let value: &Value = match token.subject {
            Subject::Person => self.portrait.values.get(&token.name)?,
            Subject::Company => self.portrait.company.as_ref()?.values.get(&token.name)?,
        };
        let strength = if self.trusted {
            Strength::Verified
        } else {
            Strength::Anonymous
        };
        reveal(strength, token.subject, &token.name, value)
    }
}

/// A text as passages: a paragraph for each block, and each link once more on a line of its own.
fn passages(pieces: &[Piece]) -> Vec<Passage> {
    let mut passages: Vec<Passage> = plain(pieces)
        .split("\n\n")
        .map(str::trim)
        .filter(|block| !block.is_empty())
        .map(|block| Passage::Words(block.to_owned()))
        .collect();
    for piece in pieces {
        if let Piece::Link(_, address, label) = piece
            && address.starts_with("http")
        {
            passages.push(Passage::Link(plain(label), address.clone()));
        }
    }
    passages
}
