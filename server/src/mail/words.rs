//! Our own words in letters and on the meeting page, by language.

use engine::ids::Timestamp;

use crate::meetings::zone::{Zone, offset_label};

/// A language this program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// English; for every language without words of its own.
    English,
    /// Swedish.
    Swedish,
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
    pub minutes: &'static str,
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
    weekdays: [&'static str; 7],
    months: [&'static str; 12],
}

impl Tongue {
    /// By a language tag such as `sv-SE`.
    #[must_use]
    pub fn of(tag: &str) -> Self {
        match tag.split(['-', '_']).next().unwrap_or_default() {
            "sv" | "SV" => Tongue::Swedish,
            "ar" | "AR" => Tongue::Arabic,
            _ => Tongue::English,
        }
    }

    /// Its tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Tongue::English => "en",
            Tongue::Swedish => "sv",
            Tongue::Arabic => "ar",
        }
    }

    /// Which way it is written.
    #[must_use]
    pub fn direction(self) -> &'static str {
        match self {
            Tongue::English | Tongue::Swedish => "ltr",
            Tongue::Arabic => "rtl",
        }
    }

    /// Its words.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Tongue::English => &ENGLISH,
            Tongue::Swedish => &SWEDISH,
            Tongue::Arabic => &ARABIC,
        }
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
            Tongue::Swedish => format!("{weekday} {day} {month} {year}"),
            Tongue::Arabic => format!("{weekday}، {day} {month} {year}"),
        }
    }

    /// A moment by the clocks of a zone: weekday, date and time.
    #[must_use]
    pub fn moment(self, at: Timestamp, zone: &Zone) -> String {
        let date = self.date(at, zone);
        let time = zone.wall(at).strftime("%H:%M");
        match self {
            Tongue::English => format!("{date}, {time}"),
            Tongue::Swedish => format!("{date} kl. {time}"),
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

/// `pattern` with `value` in place of `{}`.
#[must_use]
pub fn fill(pattern: &str, value: &str) -> String {
    pattern.replace("{}", value)
}

const ENGLISH: Words = Words {
    meeting_with: "Meeting with {}",
    cancelled_with: "Cancelled: meeting with {}",
    moved_with: "Moved: meeting with {}",
    booked: "Your meeting is booked. The invitation for your calendar is attached.",
    moved: "Your meeting has a new time. The invitation for your calendar is attached.",
    cancelled: "This meeting is cancelled.",
    when: "When",
    who: "With",
    length: "Length",
    minutes: "{} minutes",
    change: "Move or cancel the meeting",
    not_you: "If you did not ask for this meeting, cancel it with the link above; nobody else will write to you about it.",
    cancel: "Cancel the meeting",
    cancel_ask: "You can cancel the meeting, or move it to one of the times below.",
    move_to: "Move here",
    other_times: "Other times",
    no_other_times: "There are no other times at present.",
    passed: "This meeting has begun or is over, so it cannot be changed any more.",
    taken: "Somebody was faster: that time is gone. Your meeting is unchanged.",
    overtaken: "The meeting was changed in the meantime. This is how it stands now.",
    unknown: "This link leads to no meeting. Perhaps it was not copied whole.",
    undo: "Undo my registration",
    undo_ask: "With one click we forget this registration. You will get no more mail about it.",
    undone: "Your registration is undone.",
    registered_note: "You get this mail because somebody gave this address in a chat on our site. Was it not you? Then undo it with the link above.",
    all_times: "All times: {}",
    weekdays: [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ],
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
};

const SWEDISH: Words = Words {
    meeting_with: "Möte med {}",
    cancelled_with: "Inställt: möte med {}",
    moved_with: "Ny tid: möte med {}",
    booked: "Ditt möte är bokat. Inbjudan till din kalender är bifogad.",
    moved: "Ditt möte har fått en ny tid. Inbjudan till din kalender är bifogad.",
    cancelled: "Mötet är inställt.",
    when: "När",
    who: "Med",
    length: "Längd",
    minutes: "{} minuter",
    change: "Flytta eller avboka mötet",
    not_you: "Har du inte bett om mötet kan du avboka det med länken ovan; ingen annan kommer att höra av sig om det.",
    cancel: "Avboka mötet",
    cancel_ask: "Du kan avboka mötet eller flytta det till en av tiderna nedan.",
    move_to: "Flytta hit",
    other_times: "Andra tider",
    no_other_times: "Det finns inga andra tider just nu.",
    passed: "Mötet har börjat eller är över och kan inte längre ändras.",
    taken: "Någon hann före: den tiden är borta. Ditt möte är oförändrat.",
    overtaken: "Mötet ändrades under tiden. Så här ser det ut nu.",
    unknown: "Länken leder inte till något möte. Kanske kopierades den inte i sin helhet.",
    undo: "Ångra min anmälan",
    undo_ask: "Med ett klick glömmer vi anmälan. Du får inga fler brev om den.",
    undone: "Din anmälan är borttagen.",
    registered_note: "Du får det här brevet eftersom någon angav den här adressen i en chatt på vår webbplats. Var det inte du? Ångra då med länken ovan.",
    all_times: "Alla tider: {}",
    weekdays: [
        "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag",
    ],
    months: [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
};

const ARABIC: Words = Words {
    meeting_with: "اجتماع مع {}",
    cancelled_with: "أُلغي: اجتماع مع {}",
    moved_with: "موعد جديد: اجتماع مع {}",
    booked: "تم حجز اجتماعك. الدعوة إلى تقويمك مرفقة.",
    moved: "لاجتماعك موعد جديد. الدعوة إلى تقويمك مرفقة.",
    cancelled: "أُلغي هذا الاجتماع.",
    when: "الموعد",
    who: "مع",
    length: "المدة",
    minutes: "{} دقيقة",
    change: "تغيير موعد الاجتماع أو إلغاؤه",
    not_you: "إن لم تطلب هذا الاجتماع فألغه بالرابط أعلاه؛ ولن يراسلك أحد بشأنه.",
    cancel: "إلغاء الاجتماع",
    cancel_ask: "يمكنك إلغاء الاجتماع أو نقله إلى أحد المواعيد أدناه.",
    move_to: "انقل إلى هنا",
    other_times: "مواعيد أخرى",
    no_other_times: "لا توجد مواعيد أخرى حاليًا.",
    passed: "بدأ هذا الاجتماع أو انتهى، فلا يمكن تغييره بعد الآن.",
    taken: "سبقك شخص آخر: لم يعد هذا الموعد متاحًا. اجتماعك باقٍ كما هو.",
    overtaken: "تغيّر الاجتماع في هذه الأثناء. هذه حاله الآن.",
    unknown: "لا يؤدي هذا الرابط إلى أي اجتماع. ربما لم يُنسخ كاملًا.",
    undo: "إلغاء تسجيلي",
    undo_ask: "بنقرة واحدة نحذف هذا التسجيل، ولن تصلك رسائل أخرى بشأنه.",
    undone: "أُلغي تسجيلك.",
    registered_note: "وصلتك هذه الرسالة لأن شخصًا ذكر هذا العنوان في محادثة على موقعنا. إن لم تكن أنت فألغِ التسجيل بالرابط أعلاه.",
    all_times: "كل الأوقات: {}",
    weekdays: [
        "الاثنين",
        "الثلاثاء",
        "الأربعاء",
        "الخميس",
        "الجمعة",
        "السبت",
        "الأحد",
    ],
    months: [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
};
