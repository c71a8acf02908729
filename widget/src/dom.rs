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

/// A new element with a class and words in it.
pub fn words(tag: &str, class: &str, text: &str) -> Element {
    let element = element(tag, class);
    element.set_text_content(Some(text));
    element
}

/// A button that does something: the action it names is handled by the page's one listener.
pub fn button(class: &str, action: &str, label: &str) -> Element {
    let button = words("button", class, label);
    attr(&button, "type", "button");
    attr(&button, "data-do", action);
    button
}

/// A button that shows an icon and says what it does.
pub fn icon_button(class: &str, action: &str, icon: &str, label: &str) -> Element {
    let button = button(class, action, "");
    attr(&button, "aria-label", label);
    attr(&button, "title", label);
    add(&button, &self::icon(icon));
    button
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
