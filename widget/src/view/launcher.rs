//! The round button in the corner.

use super::icons;
use crate::dom;
use crate::texts::{Say, Texts};
use engine::compiled::Theme;
use web_sys::Element;

pub(super) fn draw(theme: &Theme) -> Element {
    let launcher = dom::build(
        "button.launcher[data-do=toggle]@0@1",
        &[icons::TALK, icons::DOWN],
    );
    if !theme.avatar.is_empty()
        && let Some(talk) = launcher.first_element_child()
    {
        let _ = talk.replace_with_with_node_1(&picture(&theme.avatar));
    }
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
    match dom::find(launcher, ".badge") {
        Some(badge) if !unread => badge.remove(),
        None if unread => {
            dom::plant(launcher, "span.badge[aria-hidden=true]=0", &["1"]);
        }
        _ => {}
    }
}

/// A picture that says nothing by itself.
fn picture(address: &str) -> Element {
    dom::build("img[alt][referrerpolicy=no-referrer][src=$0]", &[address])
}

/// The round face beside the bot's words.
pub(super) fn face(address: &str) -> Element {
    let face = dom::build("span.face[aria-hidden=true]", &[]);
    if address.is_empty() {
        dom::add(&face, &dom::icon(icons::TALK));
    } else {
        dom::add(&face, &picture(address));
    }
    face
}
