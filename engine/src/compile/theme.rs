//! A workspace's look, checked for contrast when it is saved.

use crate::compiled::Theme;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The look as people write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// `#3451DB`
    pub accent: String,
    /// The accent in dark mode; derived from `accent` when absent.
    pub accent_dark: Option<String>,
    /// Follow the browser, or always one.
    pub mode: Mode,
    /// Whether the launcher sits at the page's start side.
    pub at_start: bool,
    /// Distance to the page's bottom, in CSS pixels.
    pub bottom: u16,
    /// Distance to the page's side, in CSS pixels.
    pub side: u16,
    /// The line in the panel's head.
    pub label: String,
    /// The avatar's address.
    pub avatar: String,
    /// A CSS font family list.
    pub font: String,
    /// Milliseconds between the bot's texts, at most 3,000.
    pub delay_ms: u16,
    /// Whether the poke shows on phones.
    pub poke_on_phones: bool,
    /// Address of the privacy policy.
    pub privacy: String,
}

/// Light, dark, or as the visitor has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As the visitor has it.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            accent: "#3451DB".into(),
            accent_dark: None,
            mode: Mode::Auto,
            at_start: false,
            bottom: 20,
            side: 20,
            label: String::new(),
            avatar: String::new(),
            font: String::new(),
            delay_ms: 500,
            poke_on_phones: false,
            privacy: String::new(),
        }
    }
}

/// Papers the widget is drawn on.
const PAPER: u32 = 0xFF_FFFF;
const PAPER_DARK: u32 = 0x14_161B;
const INK: u32 = 0x16_181D;
/// Least contrast of accent-coloured controls against the paper.
const CONTROL_CONTRAST: f64 = 3.0;
/// Least contrast of text on the accent.
const TEXT_CONTRAST: f64 = 4.5;

/// The look as browsers get it.
///
/// # Errors
/// Says every value that cannot be used and why.
pub fn theme(look: &Look) -> Result<Theme, Vec<String>> {
    let mut faults = Vec::new();
    let accent = colour(&look.accent, "accent", &mut faults);
    let accent_dark = match &look.accent_dark {
        Some(text) => colour(text, "accent_dark", &mut faults),
        None => accent.map(lightened),
    };
    for (name, accent, paper) in [
        ("accent", accent, PAPER),
        ("accent_dark", accent_dark, PAPER_DARK),
    ] {
        let Some(accent) = accent else { continue };
        if contrast(accent, paper) < CONTROL_CONTRAST {
            faults.push(format!(
                "{name} is too close to the paper: buttons need a contrast of {CONTROL_CONTRAST}"
            ));
        }
        if contrast(accent, text_on(accent)) < TEXT_CONTRAST {
            faults.push(format!(
                "{name} can carry neither light nor dark text at a contrast of {TEXT_CONTRAST}"
            ));
        }
    }
    for (name, address) in [("avatar", &look.avatar), ("privacy", &look.privacy)] {
        let fine = address.is_empty() || crate::url::PageUrl::parse(address).is_some();
        if !fine {
            faults.push(format!("{name} is not a web address"));
        }
    }
    if look
        .font
        .chars()
        .any(|c| !(c.is_alphanumeric() || " ,'\"-_".contains(c)))
    {
        faults.push("font is a list of family names".into());
    }
    if look.delay_ms > 3_000 {
        faults.push("delay_ms is at most 3000".into());
    }
    match (accent, accent_dark) {
        (Some(accent), Some(accent_dark)) if faults.is_empty() => Ok(Theme {
            accent,
            on_accent: text_on(accent),
            accent_dark,
            on_accent_dark: text_on(accent_dark),
            mode: match look.mode {
                Mode::Auto => 0,
                Mode::Light => 1,
                Mode::Dark => 2,
            },
            at_start: look.at_start,
            bottom: look.bottom,
            side: look.side,
            label: look.label.clone(),
            avatar: look.avatar.clone(),
            font: look.font.clone(),
            delay_ms: look.delay_ms,
            poke_on_phones: look.poke_on_phones,
            privacy: look.privacy.clone(),
        }),
        _ => Err(faults),
    }
}

fn colour(text: &str, name: &str, faults: &mut Vec<String>) -> Option<u32> {
    let read = text
        .strip_prefix('#')
        .filter(|hex| hex.len() == 6)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    if read.is_none() {
        faults.push(format!("{name} is a colour like #3451DB, not \"{text}\""));
    }
    read
}

fn channels(colour: u32) -> [f64; 3] {
    [16, 8, 0].map(|shift| f64::from(colour >> shift & 0xFF) / 255.0)
}

fn luminance(colour: u32) -> f64 {
    let linear = channels(colour).map(|c| {
        if c <= 0.040_45 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

/// The contrast of two colours, 1 to 21, as WCAG defines it.
#[must_use]
pub(super) fn contrast(a: u32, b: u32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn text_on(accent: u32) -> u32 {
    if contrast(accent, PAPER) >= contrast(accent, INK) {
        PAPER
    } else {
        INK
    }
}

/// Mixed with white until it can be told from dark paper.
fn lightened(accent: u32) -> u32 {
    (0..=10)
        .map(|step| {
            channels(accent).iter().fold(0, |mixed, c| {
                let part = c + (1.0 - c) * f64::from(step) / 10.0;
                mixed << 8 | (part * 255.0).round() as u32
            })
        })
        .find(|mixed| contrast(*mixed, PAPER_DARK) >= TEXT_CONTRAST)
        .unwrap_or(PAPER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_look_is_readable() {
        let theme = theme(&Look::default()).unwrap();
        assert!(contrast(theme.accent, theme.on_accent) >= TEXT_CONTRAST);
        assert!(contrast(theme.accent_dark, theme.on_accent_dark) >= TEXT_CONTRAST);
        assert!(contrast(theme.accent_dark, PAPER_DARK) >= CONTROL_CONTRAST);
        assert!((contrast(0, 0xFF_FFFF) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn an_unreadable_look_is_refused() {
        let pale = Look {
            accent: "#FFFFEE".into(),
            privacy: "javascript:x".into(),
            ..Look::default()
        };
        assert_eq!(theme(&pale).unwrap_err().len(), 2);
        assert!(
            theme(&Look {
                accent: "blue".into(),
                ..Look::default()
            })
            .is_err()
        );
    }
}
