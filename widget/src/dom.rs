//! The few things we ask of a document. No markup is ever parsed: text is text.

use alloc::boxed::Box;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Window};

/// The frame's window.
pub fn window() -> Window {
    js_sys::global().unchecked_into()
}

/// The frame's document.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// A new element with a class.
pub fn element(tag: &str, class: &str) -> Element {
    let element = document().create_element(tag).expect("our tags are valid");
    if !class.is_empty() {
        element.set_class_name(class);
    }
    element
}

/// Builds elements by a plan and the words for it; words never become plan.
///
/// A plan is a tag, then in any order `.class`, `[attribute]`, `[attribute=value]`, `[attribute=$0]` (a value
/// from the words), `=0` (words inside), `@0` (an icon by its path; `@0m` mirrors it where one reads from the
/// right), and `(plan,plan)` for what is inside.
pub fn build(plan: &str, words: &[&str]) -> Element {
    let mut rest = plan;
    grow(&mut rest, words)
}

/// Builds and appends.
pub fn plant(parent: &Element, plan: &str, words: &[&str]) -> Element {
    let element = build(plan, words);
    add(parent, &element);
    element
}

/// Takes what stands before the next sign of the plan.
fn word<'a>(rest: &mut &'a str, signs: &[char]) -> &'a str {
    let end = rest.find(signs).unwrap_or(rest.len());
    let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    *rest = after;
    word
}

fn pick<'a>(words: &[&'a str], digit: &str) -> &'a str {
    let n = digit
        .bytes()
        .next()
        .map_or(0, |digit| usize::from(digit.wrapping_sub(b'0')));
    words.get(n).copied().unwrap_or_default()
}

fn grow(rest: &mut &str, words: &[&str]) -> Element {
    const SIGNS: &[char] = &['.', '[', '=', '@', '(', ')', ','];
    let tag = word(rest, SIGNS);
    let grown = element(tag, "");
    if tag == "button" {
        attr(&grown, "type", "button");
    }
    loop {
        let mut chars = rest.chars();
        let sign = chars.next();
        if matches!(sign, None | Some(')' | ',')) {
            return grown;
        }
        *rest = chars.as_str();
        match sign {
            Some('.') => grown.set_class_name(word(rest, SIGNS)),
            Some('[') => {
                let pair = word(rest, &[']']);
                *rest = rest.strip_prefix(']').unwrap_or(rest);
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                match value.strip_prefix('$') {
                    Some(digit) => attr(&grown, name, pick(words, digit)),
                    None => attr(&grown, name, value),
                }
            }
            Some('=') => grown.set_text_content(Some(pick(words, word(rest, SIGNS)))),
            Some('@') => {
                let which = word(rest, SIGNS);
                let icon = icon(pick(words, which));
                if which.ends_with('m') {
                    attr(&icon, "class", "mirror");
                }
                add(&grown, &icon);
            }
            _ => {
                while !rest.is_empty() {
                    add(&grown, &grow(rest, words));
                    let inside = rest.starts_with(',');
                    *rest = rest.get(1..).unwrap_or_default();
                    if !inside {
                        break;
                    }
                }
            }
        }
    }
}

const SVG: &str = "http://www.w3.org/2000/svg";

/// An icon drawn with one path in a box of 24.
pub fn icon(path: &str) -> Element {
    let document = document();
    let svg = document
        .create_element_ns(Some(SVG), "svg")
        .expect("svg is a tag");
    attr(&svg, "viewBox", "0 0 24 24");
    attr(&svg, "aria-hidden", "true");
    let shape = document
        .create_element_ns(Some(SVG), "path")
        .expect("path is a tag");
    attr(&shape, "d", path);
    add(&svg, &shape);
    svg
}

/// Sets an attribute.
pub fn attr(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Appends a child.
pub fn add(parent: &Element, child: &Element) {
    let _ = parent.append_child(child);
}

/// Removes all children.
pub fn empty(element: &Element) {
    element.set_text_content(None);
}

/// The first element inside that a selector finds.
#[inline(never)]
pub fn find(inside: &Element, selector: &str) -> Option<Element> {
    inside.query_selector(selector).ok()?
}

/// Shows or hides an element.
pub fn show(element: &Element, shown: bool) {
    let _ = if shown {
        element.remove_attribute("hidden")
    } else {
        element.set_attribute("hidden", "")
    };
}

/// Whether an element is shown.
pub fn is_shown(element: &Element) -> bool {
    !element.has_attribute("hidden")
}

/// Adds or removes a class.
pub fn class(element: &Element, name: &str, on: bool) {
    let _ = element.class_list().toggle_with_force(name, on);
}

/// Moves the keyboard to an element.
pub fn focus(element: &Element) {
    let _ = element.unchecked_ref::<HtmlElement>().focus();
}

/// Sets a custom property on the document.
pub fn variable(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root
            .unchecked_ref::<HtmlElement>()
            .style()
            .set_property(name, value);
    }
}

/// Listens for the life of the frame.
pub fn listen(target: &EventTarget, name: &str, heard: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(heard);
    let _ = target.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Does something later, once.
pub fn after(ms: i32, then: Box<dyn FnOnce()>) {
    let closure = Closure::once_into_js(then);
    let _ =
        window().set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), ms);
}

/// Whether a media query holds.
pub fn media(query: &str) -> bool {
    window()
        .match_media(query)
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}
