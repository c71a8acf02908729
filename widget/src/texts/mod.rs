//! Our own words, by language. What authors write comes with their editions.

mod ar;
mod en;
mod sv;

use engine::reading::Fault;

/// Every sentence the widget says itself.
pub struct Texts {
    /// The tag of the language.
    pub tag: &'static str,
    /// Whether it is read from right to left.
    pub rtl: bool,
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
    /// The words of a language, English where there are none.
    pub fn of(tag: &str) -> &'static Self {
        let primary = tag.split('-').next().unwrap_or(tag);
        match primary {
            "sv" => &sv::TEXTS,
            "ar" => &ar::TEXTS,
            _ => &en::TEXTS,
        }
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
