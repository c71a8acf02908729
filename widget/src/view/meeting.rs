//! A booked meeting, as a card of the transcript; and moments in words.

use super::{icons, launcher};
use crate::dom;
use crate::host::object;
use crate::texts::{Say, Texts};
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;
use engine::ids::{MINUTE, Timestamp};
use engine::wire::Booking;
use js_sys::Date;
use wasm_bindgen::JsValue;
use web_sys::Element;

pub(super) fn draw(texts: &Texts, booking: &Booking) -> Element {
    let card = dom::build(
        "div.turn box meeting(div.done@0(span=1),div.when,div.who(span=2),div.links(a[href=$3][download=meeting.ics]=4))",
        &[
            icons::DONE,
            texts.say(Say::Booked),
            &[texts.say(Say::With), " ", &booking.agent].concat(),
            &invitation(booking),
            texts.say(Say::Calendar),
        ],
    );
    let part = |what| dom::find(&card, what);
    if let (Some(moment), Some(who), Some(links)) = (part(".when"), part(".who"), part(".links")) {
        let _ = moment.replace_with_with_node_1(&when(texts, booking.start, booking.minutes));
        let _ = who.prepend_with_node_1(&launcher::face(&booking.picture));
        let manage = &booking.manage;
        if ["https://", "http://", "/"]
            .iter()
            .any(|start| manage.starts_with(start))
        {
            let plan = "a[href=$0][target=_blank][rel=noopener noreferrer](span=1,span.aside=2)";
            dom::plant(
                &links,
                plan,
                &[manage, texts.say(Say::Change), texts.say(Say::NewTab)],
            );
        }
    }
    card
}

/// Day, time, zone and length in the visitor's words.
pub(super) fn when(texts: &Texts, start: Timestamp, minutes: u16) -> Element {
    let day = format(
        texts,
        start,
        &[("weekday", "long"), ("day", "numeric"), ("month", "long")],
    );
    let time = format(
        texts,
        start,
        &[
            ("hour", "numeric"),
            ("minute", "2-digit"),
            ("timeZoneName", "short"),
        ],
    );
    let length = [
        &time,
        " · ",
        &minutes.to_string(),
        " ",
        texts.say(Say::Minutes),
    ]
    .concat();
    dom::build("div.when(span=0,small=1)", &[&day, &length])
}

/// A moment in the visitor's zone, by the browser.
pub fn format(texts: &Texts, at: Timestamp, parts: &[(&str, &str)]) -> String {
    let options: Vec<(&str, JsValue)> = parts
        .iter()
        .map(|(name, style)| (*name, (*style).into()))
        .collect();
    // The browser's own variant of the language knows whether clocks have 12 or 24 hours.
    let locale = dom::window()
        .navigator()
        .language()
        .filter(|tag| tag.starts_with(texts.tag));
    Date::new(&JsValue::from_f64(at.0 as f64))
        .to_locale_string(locale.as_deref().unwrap_or(texts.tag), &object(&options))
        .into()
}

/// The meeting for a calendar, as an address that holds the file itself.
fn invitation(booking: &Booking) -> String {
    let moment = |at: Timestamp| -> String {
        let iso: String = Date::new(&JsValue::from_f64(at.0 as f64))
            .to_iso_string()
            .into();
        let digits: String = iso.chars().filter(|c| !matches!(c, '-' | ':')).collect();
        [digits.split('.').next().unwrap_or_default(), "Z"].concat()
    };
    let safe = |text: &str| -> String {
        text.chars()
            .flat_map(|c| match c {
                '\\' | ';' | ',' => vec!['\\', c],
                c if c.is_control() => vec![' '],
                c => vec![c],
            })
            .collect()
    };
    let start = moment(booking.start);
    let end = moment(booking.start.plus(i64::from(booking.minutes) * MINUTE));
    let file = [
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Usher//Widget//EN\r\nBEGIN:VEVENT\r\nUID:",
        &safe(&booking.meeting),
        "\r\nDTSTAMP:",
        &start,
        "\r\nDTSTART:",
        &start,
        "\r\nDTEND:",
        &end,
        "\r\nSUMMARY:",
        &safe(&booking.agent),
        "\r\nURL:",
        &safe(&booking.manage),
        "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
    ]
    .concat();
    let encoded: String = js_sys::encode_uri_component(&file).into();
    ["data:text/calendar;charset=utf-8,", &encoded].concat()
}
