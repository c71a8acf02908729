//! Our own words in letters and on the meeting page, one language a file.

mod arabic;
mod chinese_simplified;
mod chinese_traditional;
mod dutch;
mod english;
mod french;
mod german;
mod italian;
mod japanese;
mod korean;
mod portuguese;
mod spanish;
mod swedish;

use engine::ids::Timestamp;

use crate::meetings::zone::{Zone, offset_label};

/// A language this program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// English; for every language without words of its own.
    English,
    /// Swedish.
    Swedish,
    /// German.
    German,
    /// French.
    French,
    /// Spanish.
    Spanish,
    /// Italian.
    Italian,
    /// Portuguese as written in Brazil.
    Portuguese,
    /// Dutch.
    Dutch,
    /// Japanese.
    Japanese,
    /// Korean.
    Korean,
    /// Chinese in simplified characters.
    ChineseSimplified,
    /// Chinese in traditional characters.
    ChineseTraditional,
    /// Arabic, written from right to left.
    Arabic,
}

/// The words of one language. `{}` stands for what is put in.
#[derive(Debug)]
#[allow(missing_docs)]
pub struct Words {
    pub meeting_with: &'static str,
    pub cancelled_with: &'static str,
    pub moved_with: &'static str,
    pub booked: &'static str,
    pub moved: &'static str,
    pub cancelled: &'static str,
    pub when: &'static str,
    pub who: &'static str,
    pub length: &'static str,
    pub change: &'static str,
    pub not_you: &'static str,
    pub cancel: &'static str,
    pub cancel_ask: &'static str,
    pub move_to: &'static str,
    pub other_times: &'static str,
    pub no_other_times: &'static str,
    pub passed: &'static str,
    pub taken: &'static str,
    pub overtaken: &'static str,
    pub unknown: &'static str,
    pub undo: &'static str,
    pub undo_ask: &'static str,
    pub undone: &'static str,
    pub registered_note: &'static str,
    pub all_times: &'static str,
    minutes: &'static str,
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
}

impl Tongue {
    /// By a language tag such as `sv-SE`, in capitals or not.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        let tag = tag.to_ascii_lowercase();
        let mut subtags = tag.split(['-', '_']);
        match subtags.next().unwrap_or_default() {
            "sv" => Tongue::Swedish,
            "de" => Tongue::German,
            "fr" => Tongue::French,
            "es" => Tongue::Spanish,
            "it" => Tongue::Italian,
            "pt" => Tongue::Portuguese,
            "nl" => Tongue::Dutch,
            "ja" => Tongue::Japanese,
            "ko" => Tongue::Korean,
            "zh" => chinese(subtags),
            "ar" => Tongue::Arabic,
            _ => Tongue::English,
        }
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Tongue::English => "en",
            Tongue::Swedish => "sv",
            Tongue::German => "de",
            Tongue::French => "fr",
            Tongue::Spanish => "es",
            Tongue::Italian => "it",
            Tongue::Portuguese => "pt-BR",
            Tongue::Dutch => "nl",
            Tongue::Japanese => "ja",
            Tongue::Korean => "ko",
            Tongue::ChineseSimplified => "zh-Hans",
            Tongue::ChineseTraditional => "zh-Hant",
            Tongue::Arabic => "ar",
        }
    }

    /// Which way it is written.
    #[must_use]
    pub fn direction(self) -> &'static str {
        match self {
            Tongue::English
            | Tongue::Swedish
            | Tongue::German
            | Tongue::French
            | Tongue::Spanish
            | Tongue::Italian
            | Tongue::Portuguese
            | Tongue::Dutch
            | Tongue::Japanese
            | Tongue::Korean
            | Tongue::ChineseSimplified
            | Tongue::ChineseTraditional => "ltr",
            Tongue::Arabic => "rtl",
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Tongue::English => &english::WORDS,
            Tongue::Swedish => &swedish::WORDS,
            Tongue::German => &german::WORDS,
            Tongue::French => &french::WORDS,
            Tongue::Spanish => &spanish::WORDS,
            Tongue::Italian => &italian::WORDS,
            Tongue::Portuguese => &portuguese::WORDS,
            Tongue::Dutch => &dutch::WORDS,
            Tongue::Japanese => &japanese::WORDS,
            Tongue::Korean => &korean::WORDS,
            Tongue::ChineseSimplified => &chinese_simplified::WORDS,
            Tongue::ChineseTraditional => &chinese_traditional::WORDS,
            Tongue::Arabic => &arabic::WORDS,
        }
    }

    /// So many minutes, a number that five divides.
    #[must_use]
    pub fn minutes(self, count: u16) -> String {
        let pattern = if self == Tongue::Arabic && matches!(count % 100, 3..=10) {
            arabic::FEW_MINUTES
        } else {
            self.words().minutes
        };
        fill(pattern, &count.to_string())
    }

    /// A day by the clocks of a zone: weekday and date.
    #[must_use]
    pub fn date(self, at: Timestamp, zone: &Zone) -> String {
        let wall = zone.wall(at);
        let weekday = usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(wall.month() - 1).unwrap_or(0);
        let words = self.words();
        let weekday = words.weekdays.get(weekday).copied().unwrap_or_default();
        let month = words.months.get(month).copied().unwrap_or_default();
        let (day, year) = (wall.day(), wall.year());
        match self {
            Tongue::English => format!("{weekday}, {day} {month} {year}"),
            Tongue::German => format!("{weekday}, {day}. {month} {year}"),
            Tongue::Swedish | Tongue::French | Tongue::Italian | Tongue::Dutch => {
                format!("{weekday} {day} {month} {year}")
            }
            Tongue::Spanish | Tongue::Portuguese => {
                format!("{weekday}, {day} de {month} de {year}")
            }
            Tongue::Japanese => format!("{year}年{month}{day}日（{weekday}）"),
            Tongue::Korean => format!("{year}년 {month} {day}일 {weekday}"),
            Tongue::ChineseSimplified | Tongue::ChineseTraditional => {
                format!("{year}年{month}{day}日{weekday}")
            }
            Tongue::Arabic => format!("{weekday}، {day} {month} {year}"),
        }
    }

    /// A moment by the clocks of a zone: weekday, date and time.
    #[must_use]
    pub fn moment(self, at: Timestamp, zone: &Zone) -> String {
        let date = self.date(at, zone);
        let time = zone.wall(at).strftime("%H:%M");
        match self {
            Tongue::English | Tongue::Spanish => format!("{date}, {time}"),
            Tongue::Swedish => format!("{date} kl. {time}"),
            Tongue::German => format!("{date}, {time} Uhr"),
            Tongue::French => format!("{date} à {time}"),
            Tongue::Italian => format!("{date}, ore {time}"),
            Tongue::Portuguese => format!("{date}, às {time}"),
            Tongue::Dutch => format!("{date} om {time} uur"),
            Tongue::Japanese
            | Tongue::Korean
            | Tongue::ChineseSimplified
            | Tongue::ChineseTraditional => format!("{date} {time}"),
            Tongue::Arabic => format!("{date}، {time}"),
        }
    }

    /// `moment`, followed by the zone and how far its clocks are from UTC then, so that a repeated
    /// hour can be told apart.
    #[must_use]
    pub fn moment_and_zone(self, at: Timestamp, zone: &Zone) -> String {
        let offset = offset_label(zone.ahead_ms(at));
        format!("{} ({}, {offset})", self.moment(at, zone), zone.name())
    }
}

/// Which Chinese the subtags behind `zh` ask for: by the script, else by the place they name.
fn chinese<'a>(mut subtags: impl Iterator<Item = &'a str>) -> Tongue {
    subtags
        .find_map(|subtag| match subtag {
            "hans" => Some(Tongue::ChineseSimplified),
            "hant" | "tw" | "hk" | "mo" => Some(Tongue::ChineseTraditional),
            _ => None,
        })
        .unwrap_or(Tongue::ChineseSimplified)
}

/// `pattern` with `value` in place of `{}`.
#[must_use]
pub fn fill(pattern: &str, value: &str) -> String {
    pattern.replace("{}", value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every language, and one moment in it: 15 January 2027, 09:00.
    const ALL: [(Tongue, &str); 13] = [
        (Tongue::English, "Friday, 15 January 2027, 09:00"),
        (Tongue::Swedish, "fredag 15 januari 2027 kl. 09:00"),
        (Tongue::German, "Freitag, 15. Januar 2027, 09:00 Uhr"),
        (Tongue::French, "vendredi 15 janvier 2027 à 09:00"),
        (Tongue::Spanish, "viernes, 15 de enero de 2027, 09:00"),
        (Tongue::Italian, "venerdì 15 gennaio 2027, ore 09:00"),
        (
            Tongue::Portuguese,
            "sexta-feira, 15 de janeiro de 2027, às 09:00",
        ),
        (Tongue::Dutch, "vrijdag 15 januari 2027 om 09:00 uur"),
        (Tongue::Japanese, "2027年1月15日（金） 09:00"),
        (Tongue::Korean, "2027년 1월 15일 금요일 09:00"),
        (Tongue::ChineseSimplified, "2027年1月15日星期五 09:00"),
        (Tongue::ChineseTraditional, "2027年1月15日星期五 09:00"),
        (Tongue::Arabic, "الجمعة، 15 يناير 2027، 09:00"),
    ];

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        for (tongue, _) in ALL {
            assert_eq!(Tongue::of(tongue.tag()), tongue);
        }
    }

    #[test]
    fn chinese_is_told_apart_by_script_and_then_by_place() {
        let simplified = ["zh", "zh-CN", "zh-SG", "ZH-HANS", "zh_Hans_HK"];
        let traditional = ["zh-Hant", "zh-TW", "zh-HK", "zh_mo", "zh-Hant-CN"];
        for tag in simplified {
            assert_eq!(Tongue::of(tag), Tongue::ChineseSimplified, "{tag}");
        }
        for tag in traditional {
            assert_eq!(Tongue::of(tag), Tongue::ChineseTraditional, "{tag}");
        }
    }

    #[test]
    fn a_region_changes_nothing_else_and_what_we_do_not_speak_is_english() {
        for (tag, tongue) in [
            ("pt-BR", Tongue::Portuguese),
            ("pt", Tongue::Portuguese),
            ("de_AT", Tongue::German),
            ("SV-se", Tongue::Swedish),
            ("fi", Tongue::English),
            ("", Tongue::English),
        ] {
            assert_eq!(Tongue::of(tag), tongue, "{tag}");
        }
    }

    #[test]
    fn every_language_spells_a_moment_its_own_way() {
        for (tongue, spelled) in ALL {
            let at = Timestamp(1_800_003_600_000);
            assert_eq!(tongue.moment(at, &Zone::utc()), spelled);
        }
    }

    #[test]
    fn every_language_has_one_place_for_what_is_put_in() {
        for (tongue, _) in ALL {
            let words = tongue.words();
            for pattern in [
                words.meeting_with,
                words.cancelled_with,
                words.moved_with,
                words.minutes,
                words.all_times,
            ] {
                assert_eq!(pattern.matches("{}").count(), 1, "{pattern}");
            }
        }
    }

    #[test]
    fn arabic_counts_few_minutes_in_the_plural() {
        let spelled = [5, 10, 15, 105].map(|count| Tongue::Arabic.minutes(count));
        assert_eq!(spelled, ["5 دقائق", "10 دقائق", "15 دقيقة", "105 دقائق"]);
    }
}
