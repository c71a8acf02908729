//! What a reviewer sees above a draft: its name, a comment box, and the way out.

use crate::dom;
use crate::texts::{Say, Texts};
use web_sys::Element;

pub(super) fn draw(texts: &Texts, name: &str) -> Element {
    let plan = "div.ribbon(b(span=0,span=1),button[data-do=comment]=2,button[data-do=leave]=3)";
    let test = [texts.say(Say::Test), ": "].concat();
    dom::build(
        plan,
        &[&test, name, texts.say(Say::Comment), texts.say(Say::Leave)],
    )
}

/// The box for a comment about the card on screen.
pub fn sheet(texts: &Texts) -> Element {
    let plan = "form.sheet[data-do=comment-send](label[for=comment]=0,textarea[id=comment][maxlength=2000][required],div.row(button.quiet[data-do=comment-shut]=1,button.action[type=submit]=2))";
    let words = [Say::CommentHint, Say::Cancel, Say::Send].map(|what| texts.say(what));
    dom::build(plan, &words)
}
