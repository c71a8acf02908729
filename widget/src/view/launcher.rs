//! The round button in the corner.

use super::icons;
use crate::dom;
use crate::texts::{Say, Texts};
use engine::compiled::Theme;
use web_sys::Element;

pub(super) fn draw(theme: &Theme) -> Element {
    let launcher = dom::button("launcher", "toggle", "");
    if theme.avatar.is_empty() {
        let talk = dom::icon(icons::TALK);
        dom::attr(&talk, "class", "talk");
        dom::add(&launcher, &talk);
    } else {
        dom::add(&launcher, &picture("talk", &theme.avatar));
    }
    let shut = dom::icon(icons::DOWN);
    dom::attr(&shut, "class", "shut");
    dom::add(&launcher, &shut);
    launcher
}

/// Says what pressing it does, and whether something waits.
pub(super) fn label(launcher: &Element, texts: &Texts, open: bool, unread: bool) {
    let words = if open {
        texts.say(Say::Minimise)
    } else if unread {
        texts.say(Say::OpenUnread)
    } else {
        texts.say(Say::Open)
    };
    dom::attr(launcher, "aria-label", words);
    dom::attr(
        launcher,
        "aria-expanded",
        if open { "true" } else { "false" },
    );
    let badge = launcher.query_selector(".badge").ok().flatten();
    match badge {
        Some(badge) if !unread => badge.remove(),
        None if unread => {
            let badge = dom::words("span", "badge", "1");
            dom::attr(&badge, "aria-hidden", "true");
            dom::add(launcher, &badge);
        }
        _ => {}
    }
}

/// A picture that says nothing by itself.
pub(super) fn picture(class: &str, address: &str) -> Element {
    let picture = dom::element("img", class);
    dom::attr(&picture, "alt", "");
    dom::attr(&picture, "referrerpolicy", "no-referrer");
    dom::attr(&picture, "src", address);
    picture
}

/// The round face beside the bot's words.
pub(super) fn face(address: &str) -> Element {
    let face = dom::element("span", "face");
    dom::attr(&face, "aria-hidden", "true");
    if address.is_empty() {
        dom::add(&face, &dom::icon(icons::TALK));
    } else {
        dom::add(&face, &picture("", address));
    }
    face
}
