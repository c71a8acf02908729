//! Our own words. English is always here; other languages are files of one line per sentence, in the order
//! below, fetched when a dialogue speaks them. What authors write comes with their editions.

mod en;

use alloc::boxed::Box;
use alloc::string::String;
use engine::reading::Fault;

/// Every sentence the widget says itself.
#[cfg_attr(test, derive(Debug))]
pub struct Texts {
    /// The first part of the language's tag.
    pub tag: &'static str,
    /// Names the frame.
    pub chat: &'static str,
    /// The launcher.
    pub open: &'static str,
    /// The launcher while a message waits.
    pub open_unread: &'static str,
    /// Minimises the panel.
    pub minimise: &'static str,
    /// Hides the poke.
    pub dismiss: &'static str,
    /// The menu's button.
    pub menu: &'static str,
    /// Starts over.
    pub restart: &'static str,
    /// Asks before starting over.
    pub restart_sure: &'static str,
    /// Does not.
    pub cancel: &'static str,
    /// The link to the privacy policy.
    pub privacy: &'static str,
    /// Stands before the first personal datum.
    pub privacy_line: &'static str,
    /// Asks the previous question again.
    pub back: &'static str,
    /// Names the log.
    pub log: &'static str,
    /// Precedes the bot's words, for listeners.
    pub they: &'static str,
    /// Precedes the visitor's words, for listeners.
    pub you: &'static str,
    /// Names the group of answers.
    pub answers: &'static str,
    /// Jumps to the newest words.
    pub newest: &'static str,
    /// Sends what was typed.
    pub send: &'static str,
    /// Leaves an optional question unanswered.
    pub skip: &'static str,
    /// Stands in the transcript for a skipped question.
    pub skipped: &'static str,
    /// The two answers to a question of yes or no.
    pub yes_no: [&'static str; 2],
    /// Opens a document.
    pub open_document: &'static str,
    /// Goes on without it.
    pub decline: &'static str,
    /// Announces that a link leaves the page.
    pub new_tab: &'static str,
    /// While something is on its way.
    pub loading: &'static str,
    /// The dialogue could not be had.
    pub failed: &'static str,
    /// Tries once more.
    pub retry: &'static str,
    /// No network.
    pub offline: &'static str,
    /// The server does not answer.
    pub reconnecting: &'static str,
    /// Another tab went on first.
    pub overtaken: &'static str,
    /// The stream has ended.
    pub ended: &'static str,
    /// The conversation goes on where it was.
    pub welcome_back: &'static str,
    /// While times are asked for.
    pub slots_loading: &'static str,
    /// Times cannot be had now.
    pub slots_failed: &'static str,
    /// Goes on without a meeting.
    pub go_on: &'static str,
    /// None of the times fits.
    pub none_fits: &'static str,
    /// Names the choice of a day.
    pub days: &'static str,
    /// Names the choice of a time.
    pub times: &'static str,
    /// Asks for times further ahead.
    pub later: &'static str,
    /// Precedes the time zone.
    pub zone: &'static str,
    /// Follows a number of minutes.
    pub minutes: &'static str,
    /// Books the time.
    pub book: &'static str,
    /// Back to the times.
    pub other_time: &'static str,
    /// While a booking is on its way.
    pub booking: &'static str,
    /// The booking could not be made now.
    pub booking_failed: &'static str,
    /// Somebody was faster.
    pub taken: &'static str,
    /// The invitation needs an address.
    pub address_needed: &'static str,
    /// What the booked meeting is called.
    pub booked: &'static str,
    /// Precedes the agent's name.
    pub with: &'static str,
    /// Adds the meeting to a calendar.
    pub calendar: &'static str,
    /// Changes or cancels the meeting.
    pub change: &'static str,
    /// The ribbon of a test.
    pub test: &'static str,
    /// Ends the test.
    pub leave: &'static str,
    /// Opens the comment box.
    pub comment: &'static str,
    /// What a comment is about.
    pub comment_hint: &'static str,
    /// The comment has arrived.
    pub comment_sent: &'static str,
    /// The comment has not.
    pub comment_failed: &'static str,
    /// The test cannot be had.
    pub test_failed: &'static str,
    /// What is wrong with an answer, in the order of `Fault`.
    pub faults: [&'static str; 11],
}

impl Texts {
    /// English.
    pub const ENGLISH: &'static Self = &en::TEXTS;

    /// The words of a language as its file has them, kept for the life of the page. A missing line is empty.
    pub fn read(tag: String, file: String) -> &'static Self {
        let mut rest: &'static str = file.leak();
        let mut next = || take_line(&mut rest);
        Box::leak(Box::new(Self {
            tag: tag.leak(),
            chat: next(),
            open: next(),
            open_unread: next(),
            minimise: next(),
            dismiss: next(),
            menu: next(),
            restart: next(),
            restart_sure: next(),
            cancel: next(),
            privacy: next(),
            privacy_line: next(),
            back: next(),
            log: next(),
            they: next(),
            you: next(),
            answers: next(),
            newest: next(),
            send: next(),
            skip: next(),
            skipped: next(),
            yes_no: [next(), next()],
            open_document: next(),
            decline: next(),
            new_tab: next(),
            loading: next(),
            failed: next(),
            retry: next(),
            offline: next(),
            reconnecting: next(),
            overtaken: next(),
            ended: next(),
            welcome_back: next(),
            slots_loading: next(),
            slots_failed: next(),
            go_on: next(),
            none_fits: next(),
            days: next(),
            times: next(),
            later: next(),
            zone: next(),
            minutes: next(),
            book: next(),
            other_time: next(),
            booking: next(),
            booking_failed: next(),
            taken: next(),
            address_needed: next(),
            booked: next(),
            with: next(),
            calendar: next(),
            change: next(),
            test: next(),
            leave: next(),
            comment: next(),
            comment_hint: next(),
            comment_sent: next(),
            comment_failed: next(),
            test_failed: next(),
            faults: core::array::from_fn(|_| next()),
        }))
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
        self.faults.get(n).copied().unwrap_or_default()
    }
}

/// Takes the first line.
#[inline(never)]
fn take_line(rest: &mut &'static str) -> &'static str {
    let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
    *rest = after;
    line
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
        let english = format!("{:?}", en::TEXTS).matches(": \"").count() + 2 + 11 - 1;
        for (tag, file) in [
            ("sv", include_str!("../../../www/embed/texts.sv.txt")),
            ("ar", include_str!("../../../www/embed/texts.ar.txt")),
        ] {
            assert_eq!(file.lines().count(), english, "{tag}");
            assert!(file.lines().all(|line| !line.trim().is_empty()), "{tag}");
            let texts = Texts::read(tag.into(), file.into());
            assert!(texts.faults.iter().all(|words| !words.is_empty()));
        }
    }
}
