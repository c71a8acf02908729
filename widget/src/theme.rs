//! The workspace's look, as custom properties of the frame's document.

use crate::dom;
use alloc::string::String;
use engine::compiled::Theme;

/// Puts a theme on.
pub fn wear(theme: &Theme) {
    let dark = match theme.mode {
        1 => false,
        2 => true,
        _ => dom::media("(prefers-color-scheme: dark)"),
    };
    let (accent, on_accent) = if dark {
        (theme.accent_dark, theme.on_accent_dark)
    } else {
        (theme.accent, theme.on_accent)
    };
    dom::variable("--accent", &colour(accent));
    dom::variable("--on-accent", &colour(on_accent));
    if !is_legible(accent, dark) {
        dom::variable("--accent-ink", "var(--ink)");
    }
    if !theme.font.is_empty() {
        dom::variable("--font", &theme.font);
    }
    if let Some(root) = dom::document().document_element() {
        dom::class(&root, "dark", dark);
        dom::class(&root, "light", !dark);
    }
}

/// Whether words in this colour can be read on our paper: a contrast of about 4.5, with the eye's
/// response taken as a square.
fn is_legible(rgb: u32, dark: bool) -> bool {
    let part = |shift: u32, weight: u32| (rgb >> shift & 255).pow(2) / 64 * weight;
    let light = part(16, 2126) + part(8, 7152) + part(0, 722);
    let white = 255_u32.pow(2) / 64 * 10_000;
    if dark {
        light > white / 100 * 22
    } else {
        light < white / 100 * 18
    }
}

fn colour(rgb: u32) -> String {
    let mut text = String::from("#");
    for shift in [20, 16, 12, 8, 4, 0] {
        text.push(char::from_digit(rgb >> shift & 15, 16).unwrap_or('0'));
    }
    text
}
