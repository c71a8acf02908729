//! What a reviewer sees above a draft: its name, a comment box, and the way out.

use crate::dom;
use crate::texts::Texts;
use web_sys::Element;

pub(super) fn draw(texts: &Texts, name: &str) -> Element {
    let ribbon = dom::element("div", "ribbon");
    dom::add(
        &ribbon,
        &dom::words("b", "", &[texts.test, ": ", name].concat()),
    );
    dom::add(&ribbon, &dom::button("", "comment", texts.comment));
    dom::add(&ribbon, &dom::button("", "leave", texts.leave));
    ribbon
}

/// The box for a comment about the card on screen.
pub fn sheet(texts: &Texts) -> Element {
    let sheet = dom::element("form", "sheet");
    dom::attr(&sheet, "data-do", "comment-send");
    let label = dom::words("label", "", texts.comment_hint);
    dom::attr(&label, "for", "comment");
    let words = dom::element("textarea", "");
    dom::attr(&words, "id", "comment");
    dom::attr(&words, "maxlength", "2000");
    dom::attr(&words, "required", "");
    let row = dom::element("div", "row");
    let send = dom::words("button", "action", texts.send);
    dom::add(&row, &dom::button("quiet", "comment-shut", texts.cancel));
    dom::add(&row, &send);
    dom::add(&sheet, &label);
    dom::add(&sheet, &words);
    dom::add(&sheet, &row);
    sheet
}
