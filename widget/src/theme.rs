//! The workspace's look, as custom properties of the frame's document.

use crate::hands::{colour, flag, media, variable};
use engine::compiled::Theme;

/// Puts a theme on.
pub fn wear(theme: &Theme) {
    let dark = match theme.mode {
        1 => false,
        2 => true,
        _ => media("(prefers-color-scheme: dark)"),
    };
    let (accent, on_accent) = if dark {
        (theme.accent_dark, theme.on_accent_dark)
    } else {
        (theme.accent, theme.on_accent)
    };
    colour("--accent", accent);
    colour("--on-accent", on_accent);
    if !is_legible(accent, dark) {
        variable("--accent-ink", "var(--ink)");
    }
    if !theme.font.is_empty() {
        variable("--font", &theme.font);
    }
    flag(":root", if dark { "dark" } else { "light" }, true);
    flag(":root", "start", theme.at_start);
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
