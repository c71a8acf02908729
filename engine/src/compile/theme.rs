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
    /// What is drawn on.
    pub paper: String,
    /// What is written with; black or white by the paper when absent.
    pub ink: Option<String>,
    /// The paper in dark mode.
    pub paper_dark: String,
    /// The ink in dark mode; black or white by the paper when absent.
    pub ink_dark: Option<String>,
    /// How round the panel's corners are, 0 to 28 CSS pixels.
    pub radius: u8,
    /// How much air there is between things.
    pub density: Density,
    /// Whether the launcher changes sides in languages that are read from right to left.
    pub mirrored: bool,
    /// Whether words are set in the font of the page's `<body>`, where the visitor has it.
    pub page_font: bool,
    /// What is heard when a message comes; nothing before the visitor has touched the page.
    pub sound: Sound,
    /// The `z-index` where the browser has no top layer.
    pub layer: u32,
    /// How often a visitor meets the poke.
    pub cap: Option<Cap>,
    /// Hours of the visitor's day without poke and sound.
    pub quiet: Option<Quiet>,
    /// Whether events also go to the page's `dataLayer`.
    pub analytics: bool,
    /// Whether the page's title counts messages that wait.
    pub title: bool,
    /// What a visitor can do to a conversation beside minimising it.
    pub close: Close,
}

/// What closing the panel does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Close {
    /// It minimises: the conversation stays where it is.
    #[default]
    Keep,
    /// There is a control to end the conversation, too.
    End,
}

/// How much air there is between things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Density {
    /// As drawn.
    #[default]
    Comfortable,
    /// Less.
    Compact,
}

/// What is heard when a message comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// Nothing.
    #[default]
    None,
    /// A low, short tone.
    Soft,
    /// Two clear ones.
    Bright,
}

/// How often a visitor meets the poke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// In at most so many sessions ...
    pub sessions: u8,
    /// ... of so many days, 1 to 90.
    pub days: u8,
}

/// Hours without poke and sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The hour it begins, 0 to 23.
    pub from: u8,
    /// The hour it ends.
    pub to: u8,
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
            paper: "#FFFFFF".into(),
            ink: None,
            paper_dark: "#14161B".into(),
            ink_dark: None,
            radius: 20,
            density: Density::Comfortable,
            mirrored: true,
            page_font: false,
            sound: Sound::None,
            layer: 2_147_483_647,
            cap: None,
            quiet: None,
            analytics: false,
            title: false,
            close: Close::Keep,
        }
    }
}

const WHITE: u32 = 0xFF_FFFF;
const INK: u32 = 0x16_181D;
const INK_DARK: u32 = 0xEC_EEF2;
/// Least contrast of words on the paper: what is less important is drawn with two thirds of the ink.
const INK_CONTRAST: f64 = 9.0;
/// Least contrast of accent-coloured controls against the paper.
const CONTROL_CONTRAST: f64 = 3.0;
/// Least contrast of text on the accent.
const TEXT_CONTRAST: f64 = 4.5;

/// The look as the frame's page gets it. Colours are `0xRRGGBB`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Style {
    /// The accent.
    pub accent: u32,
    /// Text on the accent.
    pub on_accent: u32,
    /// Words in the accent's colour; the ink where the accent is too pale for words.
    pub accent_ink: u32,
    /// What is drawn on.
    pub paper: u32,
    /// What is written with.
    pub ink: u32,
    /// The same five in dark mode.
    pub accent_dark: u32,
    /// Text on it.
    pub on_accent_dark: u32,
    /// Words in it.
    pub accent_ink_dark: u32,
    /// The paper.
    pub paper_dark: u32,
    /// The ink.
    pub ink_dark: u32,
    /// 0 follows the page's browser, 1 light, 2 dark.
    pub mode: u8,
    /// Whether the launcher sits at the start (left, in left-to-right languages) of the page.
    pub at_start: bool,
    /// Distance to the page's bottom, in CSS pixels.
    pub bottom: u16,
    /// Distance to the page's side, in CSS pixels.
    pub side: u16,
    /// The line in the panel's head.
    pub label: String,
    /// A CSS font family list, or empty for the system's.
    pub font: String,
    /// How round the panel's corners are, in CSS pixels.
    pub radius: u8,
    /// Less air between things.
    pub compact: bool,
    /// Whether the launcher changes sides in languages that are read from right to left.
    pub mirrored: bool,
    /// Whether words are set in the page's own font.
    pub page_font: bool,
    /// 0 silent, 1 soft, 2 bright.
    pub sound: u8,
    /// How far in front of the page it stands.
    pub layer: u32,
    /// Whether events also go to the page's `dataLayer`.
    pub analytics: bool,
    /// Whether the page's title counts messages that wait.
    pub title: bool,
}

/// How the widget behaves, as browsers get it.
///
/// # Errors
/// Says every value that cannot be used and why.
pub fn theme(look: &Look) -> Result<Theme, Vec<String>> {
    style(look)?;
    Ok(Theme {
        avatar: look.avatar.clone(),
        delay_ms: look.delay_ms,
        poke_on_phones: look.poke_on_phones,
        privacy: look.privacy.clone(),
        sound: look.sound != Sound::None,
        cap_sessions: look.cap.map_or(0, |cap| cap.sessions),
        cap_days: look.cap.map_or(0, |cap| cap.days),
        quiet_from: look.quiet.map_or(0, |quiet| quiet.from),
        quiet_to: look.quiet.map_or(0, |quiet| quiet.to),
        ends: look.close == Close::End,
    })
}

/// The look as the frame's page gets it.
///
/// # Errors
/// Says every value that cannot be used and why.
pub fn style(look: &Look) -> Result<Style, Vec<String>> {
    let mut faults = Vec::new();
    let accent = colour(&look.accent, "accent", &mut faults);
    let paper = colour(&look.paper, "paper", &mut faults);
    let paper_dark = colour(&look.paper_dark, "paper_dark", &mut faults);
    let mut written = |name: &str, own: &Option<String>, paper: Option<u32>| {
        let ink = match own {
            Some(text) => colour(text, name, &mut faults),
            None => paper.map(ink_on),
        };
        if let (Some(ink), Some(paper)) = (ink, paper)
            && contrast(ink, paper) < INK_CONTRAST
        {
            faults.push(format!(
                "{name} is too close to its paper: words need a contrast of {INK_CONTRAST}"
            ));
        }
        ink
    };
    let ink = written("ink", &look.ink, paper);
    let ink_dark = written("ink_dark", &look.ink_dark, paper_dark);
    let accent_dark = match &look.accent_dark {
        Some(text) => colour(text, "accent_dark", &mut faults),
        None => accent
            .zip(paper_dark)
            .map(|(accent, paper)| lightened(accent, paper)),
    };
    for (name, accent, paper) in [
        ("accent", accent, paper),
        ("accent_dark", accent_dark, paper_dark),
    ] {
        let (Some(accent), Some(paper)) = (accent, paper) else {
            continue;
        };
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
    if look.radius > 28 {
        faults.push("radius is at most 28".into());
    }
    if look.layer > 2_147_483_647 {
        faults.push("layer is at most 2147483647".into());
    }
    if let Some(cap) = look.cap
        && !((1..=100).contains(&cap.sessions) && (1..=90).contains(&cap.days))
    {
        faults.push("cap is 1 to 100 sessions of 1 to 90 days".into());
    }
    if let Some(quiet) = look.quiet
        && (quiet.from > 23 || quiet.to > 23)
    {
        faults.push("quiet names hours from 0 to 23".into());
    }
    match (accent, accent_dark, paper, paper_dark, ink, ink_dark) {
        (
            Some(accent),
            Some(accent_dark),
            Some(paper),
            Some(paper_dark),
            Some(ink),
            Some(ink_dark),
        ) if faults.is_empty() => Ok(Style {
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
            font: look.font.clone(),
            paper,
            ink,
            paper_dark,
            ink_dark,
            accent_ink: legible(accent, paper, ink),
            accent_ink_dark: legible(accent_dark, paper_dark, ink_dark),
            radius: look.radius,
            compact: look.density == Density::Compact,
            mirrored: look.mirrored,
            page_font: look.page_font,
            sound: match look.sound {
                Sound::None => 0,
                Sound::Soft => 1,
                Sound::Bright => 2,
            },
            layer: look.layer,
            analytics: look.analytics,
            title: look.title,
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
    if contrast(accent, WHITE) >= contrast(accent, INK) {
        WHITE
    } else {
        INK
    }
}

/// The accent where words in it can be read, else the ink.
fn legible(accent: u32, paper: u32, ink: u32) -> u32 {
    if contrast(accent, paper) >= TEXT_CONTRAST {
        accent
    } else {
        ink
    }
}

fn ink_on(paper: u32) -> u32 {
    if contrast(paper, INK) >= contrast(paper, INK_DARK) {
        INK
    } else {
        INK_DARK
    }
}

/// Mixed with white until it can be told from dark paper.
fn lightened(accent: u32, paper: u32) -> u32 {
    (0..=10)
        .map(|step| {
            channels(accent).iter().fold(0, |mixed, c| {
                let part = c + (1.0 - c) * f64::from(step) / 10.0;
                mixed << 8 | (part * 255.0).round() as u32
            })
        })
        .find(|mixed| contrast(*mixed, paper) >= TEXT_CONTRAST)
        .unwrap_or(WHITE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_look_is_readable() {
        let theme = style(&Look::default()).unwrap();
        assert!(contrast(theme.accent, theme.on_accent) >= TEXT_CONTRAST);
        assert!(contrast(theme.accent_dark, theme.on_accent_dark) >= TEXT_CONTRAST);
        assert!(contrast(theme.accent_dark, theme.paper_dark) >= CONTROL_CONTRAST);
        assert!((contrast(0, 0xFF_FFFF) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn every_field_is_described() {
        let described = include_str!("../../../docs/look.md");
        let look = serde_json::to_value(Look::default()).unwrap();
        for field in look.as_object().unwrap().keys() {
            assert!(described.contains(&format!("`{field}`")), "{field}");
        }
    }

    #[test]
    fn an_unreadable_look_is_refused() {
        let pale = Look {
            accent: "#FFFFEE".into(),
            privacy: "javascript:x".into(),
            ..Look::default()
        };
        assert_eq!(style(&pale).unwrap_err().len(), 2);
        assert!(
            style(&Look {
                accent: "blue".into(),
                ..Look::default()
            })
            .is_err()
        );
    }
}
