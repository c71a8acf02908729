//! The lines of a conversation, oldest first.

use super::launcher;
use crate::dom;
use crate::page::host_of;
use crate::texts::{Say, Texts};
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use engine::compiled::{Mark, Theme};
use engine::conversation::Piece;
use engine::ids::CardId;
use engine::wire::Booking;
use web_sys::Element;

/// One line of the transcript.
pub enum Line {
    /// A card's words.
    Bot(CardId, Vec<Piece>),
    /// What the visitor chose or typed.
    You(String),
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
}

/// What lines need to be drawn.
pub struct Stage<'a> {
    /// Our words.
    pub texts: &'a Texts,
    /// How it looks.
    pub theme: &'a Theme,
    /// The host of the page around us: links to it stay in the tab.
    pub site: &'a str,
}

/// Draws a line; `first` of the bot's group carries the face.
pub(super) fn draw(stage: &Stage<'_>, line: &Line, first: bool) -> Element {
    match line {
        Line::Bot(card, words) => {
            let plan = if first {
                "div.turn bot first(div.bubble[dir=auto](span.aside=0))"
            } else {
                "div.turn bot(div.bubble[dir=auto](span.aside=0))"
            };
            let turn = dom::build(plan, &[stage.texts.say(Say::They)]);
            if let Some(bubble) = turn.first_element_child() {
                pieces(stage, &bubble, *card, words);
            }
            if first {
                let _ = turn.prepend_with_node_1(&launcher::face(&stage.theme.avatar));
            }
            turn
        }
        Line::You(words) => dom::build(
            "div.turn you(div.bubble[dir=auto](span.aside=0,span=1))",
            &[stage.texts.say(Say::You), words],
        ),
        Line::Meeting(booking) => super::meeting::draw(stage.texts, booking),
        Line::Note(words) => dom::build("div.turn note=0", &[words]),
    }
}

/// Three dots while the next words are on their way.
pub(super) fn dots() -> Element {
    dom::build(
        "div.turn bot[aria-hidden=true](div.bubble dots(i,i,i))",
        &[],
    )
}

/// An answer to press.
pub(super) fn choice(label: &str, action: &str, n: usize) -> Element {
    let plan = "button.choice[data-do=$0][data-n=$1][dir=auto]=2";
    dom::build(plan, &[action, &n.to_string(), label])
}

fn pieces(stage: &Stage<'_>, parent: &Element, card: CardId, all: &[Piece]) {
    let mut list: Option<Element> = None;
    let mut item: Option<Element> = None;
    for piece in all {
        let into = item.as_ref().unwrap_or(parent);
        match piece {
            Piece::Text(words, mark) => dom::add(into, &marked(words, *mark)),
            Piece::Link(number, address, label) => {
                dom::add(into, &link(stage, card, *number, address, label));
            }
            Piece::Break => {
                if item.take().is_none() {
                    dom::add(parent, &dom::element("br", ""));
                }
                list = None;
            }
            Piece::Item => {
                let holder = list.get_or_insert_with(|| {
                    let holder = dom::element("ul", "");
                    dom::add(parent, &holder);
                    holder
                });
                let next = dom::element("li", "");
                dom::add(holder, &next);
                item = Some(next);
            }
        }
    }
}

fn marked(words: &str, mark: Mark) -> Element {
    let mut piece = dom::build("span=0", &[words]);
    for (bit, tag) in [
        (Mark::BOLD, "strong"),
        (Mark::ITALIC, "em"),
        (Mark::CODE, "code"),
    ] {
        if mark.has(bit) {
            let around = dom::element(tag, "");
            dom::add(&around, &piece);
            piece = around;
        }
    }
    piece
}

fn link(stage: &Stage<'_>, card: CardId, number: u8, address: &str, label: &[Piece]) -> Element {
    let known = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| {
            address
                .get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
    if !known {
        let plain = dom::element("span", "");
        pieces(stage, &plain, card, label);
        return plain;
    }
    let plan = "a[href=$0][data-do=link][data-card=$1][data-n=$2]";
    let link = dom::build(plan, &[address, &card.0.to_string(), &number.to_string()]);
    pieces(stage, &link, card, label);
    target(stage.texts, stage.site, &link, address);
    link
}

/// Links within the site stay in the tab, others open one of their own and say so.
fn target(texts: &Texts, site: &str, link: &Element, address: &str) {
    match host_of(address) {
        Some(host) if host == site => dom::attr(link, "target", "_top"),
        Some(_) => away(texts, link),
        None => {}
    }
}

/// Opens in a tab of its own.
fn away(texts: &Texts, link: &Element) {
    dom::attr(link, "target", "_blank");
    dom::attr(link, "rel", "noopener noreferrer");
    dom::plant(link, "span.aside=0", &[texts.say(Say::NewTab)]);
}
