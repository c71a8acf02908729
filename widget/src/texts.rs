//! Our own words, one sentence a line in the order below. English is always here; other languages are
//! fetched when a dialogue speaks them. What authors write comes with their editions.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use engine::reading::Fault;

/// Everything the widget says itself.
#[derive(Clone, Copy)]
pub enum Say {
    /// Names the frame.
    Chat,
    /// The launcher.
    Open,
    /// The launcher while a message waits.
    OpenUnread,
    /// Minimises the panel.
    Minimise,
    /// Hides the poke.
    Dismiss,
    /// The menu's button.
    Menu,
    /// Starts over.
    Restart,
    /// Asks before starting over.
    RestartSure,
    /// Does not.
    Cancel,
    /// The link to the privacy policy.
    Privacy,
    /// Stands before the first personal datum.
    PrivacyLine,
    /// Asks the previous question again.
    Back,
    /// Names the log.
    Log,
    /// Precedes the bot's words, for listeners.
    They,
    /// Precedes the visitor's words, for listeners.
    You,
    /// Names the group of answers.
    Answers,
    /// Jumps to the newest words.
    Newest,
    /// Sends what was typed.
    Send,
    /// Leaves an optional question unanswered.
    Skip,
    /// Stands in the transcript for a skipped question.
    Skipped,
    /// The one answer to a question of yes or no.
    Yes,
    /// The other.
    No,
    /// Opens a document.
    OpenDocument,
    /// Goes on without it.
    Decline,
    /// Announces that a link leaves the page.
    NewTab,
    /// While something is on its way.
    Loading,
    /// The dialogue could not be had.
    Failed,
    /// Tries once more.
    Retry,
    /// No network.
    Offline,
    /// The server does not answer.
    Reconnecting,
    /// Another tab went on first.
    Overtaken,
    /// The stream has ended.
    Ended,
    /// The conversation goes on where it was.
    WelcomeBack,
    /// While times are asked for.
    SlotsLoading,
    /// Times cannot be had now.
    SlotsFailed,
    /// Goes on without a meeting.
    GoOn,
    /// None of the times fits.
    NoneFits,
    /// Names the choice of a day.
    Days,
    /// Names the choice of a time.
    Times,
    /// Asks for times further ahead.
    Later,
    /// Precedes the time zone.
    Zone,
    /// Follows a number of minutes.
    Minutes,
    /// Books the time.
    Book,
    /// Back to the times.
    OtherTime,
    /// While a booking is on its way.
    Booking,
    /// The booking could not be made now.
    BookingFailed,
    /// Somebody was faster.
    Taken,
    /// The invitation needs an address.
    AddressNeeded,
    /// What the booked meeting is called.
    Booked,
    /// Precedes the agent's name.
    With,
    /// Adds the meeting to a calendar.
    Calendar,
    /// Changes or cancels the meeting.
    Change,
    /// The ribbon of a test.
    Test,
    /// Ends the test.
    Leave,
    /// Opens the comment box.
    Comment,
    /// What a comment is about.
    CommentHint,
    /// The comment has arrived.
    CommentSent,
    /// The comment has not.
    CommentFailed,
    /// The test cannot be had.
    TestFailed,
    /// The first of the sentences about wrong answers, in the order of `Fault`.
    Fault,
}

/// The words of a language.
pub struct Texts {
    /// The first part of the language's tag.
    pub tag: &'static str,
    lines: Vec<&'static str>,
}

impl Texts {
    /// English.
    pub fn english() -> &'static Self {
        Self::lasting("en", include_str!("../../www/embed/texts.en.txt"))
    }

    /// The words of a language as its file has them, kept for the life of the page.
    pub fn read(tag: String, file: String) -> &'static Self {
        Self::lasting(tag.leak(), file.leak())
    }

    fn lasting(tag: &'static str, file: &'static str) -> &'static Self {
        Box::leak(Box::new(Self {
            tag,
            lines: file.split('\n').collect(),
        }))
    }

    /// A sentence; nothing where the file lacks it.
    pub fn say(&self, what: Say) -> &'static str {
        self.line(what as usize)
    }

    #[inline(never)]
    fn line(&self, n: usize) -> &'static str {
        self.lines.get(n).copied().unwrap_or_default()
    }

    /// What is wrong with an answer.
    pub fn fault(&self, fault: Fault) -> &'static str {
        let n = match fault {
            Fault::Empty => 0,
            Fault::TooLong => 1,
            Fault::Address => 2,
            Fault::FreeMail => 3,
            Fault::Domain => 4,
            Fault::Phone => 5,
            Fault::Number => 6,
            Fault::Date => 7,
            Fault::Moment => 8,
            Fault::Boolean => 9,
            Fault::Choice => 10,
        };
        self.line(Say::Fault as usize + n)
    }
}

/// The first part of a language tag.
pub fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

/// Whether a language is read from right to left.
pub fn is_rtl(tag: &str) -> bool {
    matches!(primary(tag), "ar" | "fa" | "he" | "ur")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_sentence_and_no_more() {
        for file in [
            include_str!("../../www/embed/texts.en.txt"),
            include_str!("../../www/embed/texts.sv.txt"),
            include_str!("../../www/embed/texts.ar.txt"),
        ] {
            assert_eq!(file.lines().count(), Say::Fault as usize + 11);
            assert!(file.lines().all(|line| !line.trim().is_empty()));
        }
    }
}
