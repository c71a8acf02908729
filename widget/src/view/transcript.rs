//! The lines of a conversation, oldest first.

use super::slots::when;
use crate::hands::{draw, enter, invite, number, out, own, plant, word};
use alloc::string::String;
use alloc::vec::Vec;
use engine::compiled::Theme;
use engine::conversation::Piece;
use engine::ids::CardId;
use engine::wire::Booking;

/// One line of the transcript.
pub enum Line {
    /// A card's words.
    Bot(CardId, Vec<Piece>),
    /// What the visitor chose or typed.
    You(String),
    /// What the visitor did, in our own words, and what it was done with.
    Own(&'static str, &'static str),
    /// A booked meeting.
    Meeting(Booking),
    /// A sentence of our own.
    Note(&'static str),
}

impl Line {
    /// Whether the bot speaks.
    pub fn is_bot(&self) -> bool {
        matches!(self, Line::Bot(..))
    }

    /// Draws it; the first of the bot's group carries the face.
    pub(super) fn draw(&self, theme: &Theme, first: bool) {
        match self {
            Line::Bot(card, words) => {
                word(&theme.avatar);
                enter(
                    ".log",
                    if first {
                        "div.turn bot first(span.face[aria-hidden=true](%0))"
                    } else {
                        "div.turn bot"
                    },
                );
                enter("", "div.bubble[dir=auto](span.aside[dir=auto]~they)");
                pieces(Some(*card), words);
            }
            Line::You(words) => draw!(".log", YOU, words.as_str()),
            Line::Own(key, name) => {
                own(key);
                draw!(
                    ".log",
                    "div.turn you(div.bubble[dir=auto](span.aside[dir=auto]~you,span=0=1=2))",
                    if name.is_empty() { "" } else { " " },
                    *name
                );
            }
            Line::Meeting(booking) => meeting(booking),
            Line::Note(key) => {
                own(key);
                plant(".log", "div.turn note=0");
            }
        }
    }
}

const YOU: &str = "div.turn you(div.bubble[dir=auto](span.aside[dir=auto]~you,span=0))";

/// Elements for bold, italic and code, by the bits of `Mark`.
const MARKS: [&str; 8] = [
    "span=0",
    "strong=0",
    "em=0",
    "em(strong=0)",
    "code=0",
    "code(strong=0)",
    "code(em=0)",
    "code(em(strong=0))",
];

/// Words with their marks and links; a click on a link is told, unless no card is named.
pub(super) fn pieces(card: Option<CardId>, all: &[Piece]) {
    // How deep in a list: 0 none, 1 the list, 2 an item.
    let mut depth = 0;
    for piece in all {
        match piece {
            Piece::Text(words, mark) => {
                let plan = MARKS.get(usize::from(mark.0)).unwrap_or(&"span=0");
                draw!("", plan, words.as_str());
            }
            Piece::Link(n, address, label) => {
                word(address);
                if let Some(card) = card {
                    number(card.0.into());
                    number((*n).into());
                    enter("", "a[href=$0][data-do=link][data-card=$1][data-n=$2]");
                } else {
                    enter("", "a[target=_blank][href=$0]");
                }
                pieces(card, label);
                out();
            }
            Piece::Break if depth == 0 => plant("", "br"),
            Piece::Break => leave(&mut depth, 0),
            Piece::Item => {
                leave(&mut depth, 1);
                if depth == 0 {
                    enter("", "ul");
                }
                enter("", "li");
                depth = 2;
            }
        }
    }
    leave(&mut depth, 0);
}

fn leave(depth: &mut u8, to: u8) {
    while *depth > to {
        out();
        *depth -= 1;
    }
}

/// A booked meeting, as a card of the transcript.
fn meeting(booking: &Booking) {
    enter(".log", "div.turn box meeting(div.done@done(span~booked))");
    when("", booking.start, booking.minutes);
    draw!(
        "",
        "div.who(span.face[aria-hidden=true](%0),span~with=1=2)",
        booking.picture.as_str(),
        " ",
        booking.agent.as_str()
    );
    word(&booking.manage);
    plant(
        "",
        if booking.manage.is_empty() {
            "div.links(a.ics[download=meeting.ics]~calendar)"
        } else {
            "div.links(a.ics[download=meeting.ics]~calendar,a[target=_blank][href=$0]~change)"
        },
    );
    invite(
        &booking.meeting,
        &booking.agent,
        &booking.manage,
        booking.start.0 as f64,
        booking.minutes,
    );
}
