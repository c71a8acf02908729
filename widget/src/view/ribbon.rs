//! What a reviewer sees above a draft: its name, a comment box, and the way out.

use crate::dom;
use crate::texts::{Say, Texts};
use web_sys::Element;

pub(super) fn draw(texts: &Texts, name: &str) -> Element {
    let ribbon = dom::element("div", "ribbon");
    dom::add(
        &ribbon,
        &dom::words("b", "", &[texts.say(Say::Test), ": ", name].concat()),
    );
    dom::add(
        &ribbon,
        &dom::button("", "comment", texts.say(Say::Comment)),
    );
    dom::add(&ribbon, &dom::button("", "leave", texts.say(Say::Leave)));
    ribbon
}

/// The box for a comment about the card on screen.
pub fn sheet(texts: &Texts) -> Element {
    let sheet = dom::element("form", "sheet");
    dom::attr(&sheet, "data-do", "comment-send");
    let label = dom::words("label", "", texts.say(Say::CommentHint));
    dom::attr(&label, "for", "comment");
    let words = dom::element("textarea", "");
    dom::attr(&words, "id", "comment");
    dom::attr(&words, "maxlength", "2000");
    dom::attr(&words, "required", "");
    let row = dom::element("div", "row");
    let send = dom::words("button", "action", texts.say(Say::Send));
    dom::add(
        &row,
        &dom::button("quiet", "comment-shut", texts.say(Say::Cancel)),
    );
    dom::add(&row, &send);
    dom::add(&sheet, &label);
    dom::add(&sheet, &words);
    dom::add(&sheet, &row);
    sheet
}
