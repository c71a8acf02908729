//! The chat's own words, as visitors read and hear them, in the languages that plans speak.

use serde_json::{Value, json};

/// Names of controls and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Minimise,
    Dismiss,
    Menu,
    Restart,
    Back,
    Skip,
    OpenDocument,
    Search,
    Download,
    CloseDocument,
    Decline,
    NoneFits,
    Later,
    Book,
    Send,
    Yes,
    No,
}

impl Name {
    /// In every language.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Name::Minimise => &["Minimise", "Minimera", "تصغير"],
            Name::Dismiss => &["Hide this message", "Göm meddelandet", "إخفاء هذه الرسالة"],
            Name::Menu => &["Menu", "Meny", "القائمة"],
            Name::Restart => &["Start over", "Börja om", "البدء من جديد"],
            Name::Back => &[
                "Change previous answer",
                "Ändra förra svaret",
                "تغيير الإجابة السابقة",
            ],
            Name::Skip => &["Skip", "Hoppa över", "تخطٍّ"],
            Name::OpenDocument => &["Open", "Öppna", "فتح"],
            Name::Search => &["Search the document"],
            Name::Download => &["Download"],
            Name::CloseDocument => &["Close the document"],
            Name::Decline => &["No thanks", "Nej tack", "لا، شكرًا"],
            Name::NoneFits => &[
                "No time suits me",
                "Ingen tid passar",
                "لا يناسبني أي من هذه الأوقات",
            ],
            Name::Later => &["Later days", "Senare dagar", "أيام لاحقة"],
            Name::Book => &["Book this time", "Boka tiden", "حجز هذا الوقت"],
            Name::Send => &["Send", "Skicka", "إرسال"],
            Name::Yes => &["Yes", "Ja", "نعم"],
            Name::No => &["No", "Nej", "لا"],
        }
    }
}

/// What the reader of the screen needs.
pub(super) fn for_reading() -> Value {
    json!({
        "they": ["They wrote:", "De skrev:", "كتبوا:"],
        "you": ["You wrote:", "Du skrev:", "كتبتَ:"],
        "answers": ["Answers", "Svar", "الإجابات"],
        "days": ["Days", "Dagar", "الأيام"],
        "loading": ["Loading", "Hämtar", "جارٍ التحميل", "Looking for free times", "Letar efter lediga tider", "جارٍ البحث عن أوقات متاحة"],
        "ended": ["That was all for now.", "Det var allt för den här gången.", "هذا كل شيء الآن."],
        "dismiss": Name::Dismiss.words(),
        "yes_no": ["Yes No", "Ja Nej", "نعم لا"],
    })
}
