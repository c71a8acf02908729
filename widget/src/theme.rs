//! The workspace's look, as custom properties of the frame's document.

use crate::dom;
use engine::compiled::Theme;

/// Puts a theme on. `mode` is what the page has set, over the theme's own.
pub fn wear(theme: &Theme, mode: Option<&str>) {
    dom::variable("--accent", &colour(theme.accent));
    dom::variable("--on-accent", &colour(theme.on_accent));
    dom::variable("--accent-dark", &colour(theme.accent_dark));
    dom::variable("--on-accent-dark", &colour(theme.on_accent_dark));
    if !theme.font.is_empty() {
        dom::variable("--font", &theme.font);
    }
    let dark = match mode {
        Some("dark") => true,
        Some("light") => false,
        _ => match theme.mode {
            1 => false,
            2 => true,
            _ => dom::media("(prefers-color-scheme: dark)"),
        },
    };
    if let Some(root) = dom::document().document_element() {
        dom::class(&root, "dark", dark);
        dom::class(&root, "light", !dark);
    }
    if dark {
        dom::variable("--accent", &colour(theme.accent_dark));
        dom::variable("--on-accent", &colour(theme.on_accent_dark));
    }
}

fn colour(rgb: u32) -> String {
    let mut text = String::from("#");
    for shift in [20, 16, 12, 8, 4, 0] {
        text.push(char::from_digit(rgb >> shift & 15, 16).unwrap_or('0'));
    }
    text
}
