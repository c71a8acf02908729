//! Dresses a letter as MIME: plain text, the same as HTML, and the calendar entry beside them.

use engine::ids::Timestamp;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message, MultiPart, SinglePart};
use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use super::letter::{Address, Entry, Letter, Passage};

/// Why a letter cannot be sent, now or ever.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    /// Not an address mail can go to.
    #[error("{0:?} is not a mail address")]
    Address(String),
    /// The builder refused the rest.
    #[error("the mail cannot be built: {0}")]
    Message(#[from] lettre::error::Error),
    /// A content type was refused.
    #[error("the calendar part has no content type")]
    ContentType,
}

/// RFC 3834: nobody's absence notice should answer this.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".into())
    }
}

/// The language of the text.
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(tag: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(tag.into()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// RFC 8058: mail programs offer one click that posts to this address.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(address: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(address.trim_matches(['<', '>']).into()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), format!("<{}>", self.0))
    }
}

/// RFC 8058: what that click posts.
#[derive(Clone)]
struct OneClick;

impl Header for OneClick {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".into())
    }
}

/// The message for `letter` from `sender`, written at `at`. `id` names it in every attempt, so that a
/// letter that is posted twice is recognised as one.
///
/// # Errors
/// When an address is none.
pub fn compose(
    letter: &Letter,
    sender: &Address,
    id: &str,
    at: Timestamp,
) -> Result<Message, Unsendable> {
    let named = Address::new(&letter.company, &sender.email);
    let from = mailbox(if named.name.is_empty() {
        sender
    } else {
        &named
    })?;
    let domain = from.email.domain().to_owned();
    let millis = u64::try_from(at.0).unwrap_or(0);
    let mut message = Message::builder()
        .from(from)
        .to(mailbox(&letter.to)?)
        .subject(letter.subject.clone())
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(format!("<{id}@{domain}>")));
    if let Some(reply_to) = &letter.reply_to {
        message = message.reply_to(mailbox(reply_to)?);
    }
    if letter.automatic {
        message = message.header(AutoSubmitted);
    }
    if let Some(undo) = &letter.undo {
        message = message
            .header(ListUnsubscribe(undo.clone()))
            .header(OneClick);
    }
    let language = tag(&letter.language);
    if !language.is_empty() {
        message = message.header(ContentLanguage(language));
    }
    let words = MultiPart::alternative()
        .singlepart(SinglePart::plain(plain(letter)))
        .singlepart(SinglePart::html(html(letter)));
    let Some(entry) = &letter.entry else {
        return Ok(message.multipart(words)?);
    };
    let words = words.singlepart(calendar(entry)?);
    let file = Attachment::new("invite.ics".into());
    let file = file.body(
        entry.ics.clone(),
        ContentType::parse("application/ics").map_err(|_| Unsendable::ContentType)?,
    );
    Ok(message.multipart(MultiPart::mixed().multipart(words).singlepart(file))?)
}

fn calendar(entry: &Entry) -> Result<SinglePart, Unsendable> {
    let kind = format!(
        "text/calendar; charset=utf-8; method={}",
        entry.method.word()
    );
    let kind = ContentType::parse(&kind).map_err(|_| Unsendable::ContentType)?;
    Ok(SinglePart::builder().header(kind).body(entry.ics.clone()))
}

/// An address as the builder takes it: strictly read, with the name in one line.
fn mailbox(address: &Address) -> Result<Mailbox, Unsendable> {
    let clean = Address::new(&address.name, &address.email);
    let email = clean.email.parse();
    let email = email.map_err(|_| Unsendable::Address(clean.email.chars().take(80).collect()))?;
    let name = (!clean.name.is_empty()).then_some(clean.name);
    Ok(Mailbox::new(name, email))
}

/// A language tag without anything a header or an attribute could be broken with.
fn tag(language: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    language.chars().filter(allowed).take(35).collect()
}

fn plain(letter: &Letter) -> String {
    let passages: Vec<String> = letter
        .passages
        .iter()
        .map(|passage| match passage {
            Passage::Words(words) | Passage::Note(words) => words.clone(),
            Passage::Link(words, address) => format!("{words}:\n{address}"),
            Passage::Facts(facts) => {
                let lines = facts
                    .iter()
                    .map(|(label, value)| format!("{label}: {value}"));
                lines.collect::<Vec<_>>().join("\n")
            }
        })
        .collect();
    passages.join("\n\n") + "\n"
}

fn html(letter: &Letter) -> String {
    let language = tag(&letter.language);
    let direction = match language.get(..2) {
        Some("ar" | "he" | "fa" | "ur") => "rtl",
        _ => "ltr",
    };
    let mut body = String::new();
    for passage in &letter.passages {
        match passage {
            Passage::Words(words) => {
                let _ = write!(body, "<p style=\"margin:0 0 16px\">{}</p>", lines(words));
            }
            Passage::Note(words) => {
                let _ = write!(
                    body,
                    "<p style=\"margin:24px 0 0;font-size:13px;color:#5b6472\">{}</p>",
                    lines(words)
                );
            }
            Passage::Link(words, address) => {
                let _ = write!(
                    body,
                    "<p style=\"margin:0 0 16px\"><a href=\"{}\" style=\"color:#1f4fd8;font-weight:600\">{}</a></p>",
                    escape(address),
                    lines(words),
                );
            }
            Passage::Facts(facts) => {
                body.push_str("<table role=\"presentation\" style=\"margin:0 0 16px;border-collapse:collapse\">");
                for (label, value) in facts {
                    let _ = write!(
                        body,
                        "<tr><td style=\"padding:4px 16px 4px 0;color:#5b6472;vertical-align:top\">{}</td>\
                         <td style=\"padding:4px 0;font-weight:600\">{}</td></tr>",
                        escape(label),
                        lines(value),
                    );
                }
                body.push_str("</table>");
            }
        }
    }
    format!(
        "<!doctype html><html lang=\"{language}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\
         <body style=\"margin:0;padding:24px;background:#f4f5f7;color:#16202e;\
         font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif\">\
         <div style=\"max-width:560px;margin:0 auto;padding:32px;background:#fff;border-radius:12px\">{body}</div>\
         </body></html>",
        title = escape(&letter.subject),
    )
}

fn lines(words: &str) -> String {
    escape(words).replace('\n', "<br>")
}

/// Text as HTML shows it.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::ics::Method;

    fn letter() -> Letter {
        let to = Address::new(
            "Ann \"The\" Bo, ltd\r\nBcc: x@y.example",
            "ann@visitor.example",
        );
        let mut letter = Letter::new(to, "sv", "Hej\r\nBcc: z@y.example å")
            .with(Passage::Words("<b>Välkommen</b>".into()))
            .with(Passage::Facts(vec![("När".into(), "09:00".into())]))
            .with(Passage::Link(
                "Ändra".into(),
                "https://chat.example/m/x?a=1&b=\"2".into(),
            ));
        letter.entry = Some(Entry {
            method: Method::Request,
            ics: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".into(),
        });
        letter
    }

    fn sent(letter: &Letter) -> String {
        let sender = Address::new("Acme", "hello@acme.example");
        let message = compose(letter, &sender, "letter-1", Timestamp(0)).expect("a message");
        String::from_utf8(message.formatted()).expect("7-bit")
    }

    #[test]
    fn a_line_break_in_a_name_or_subject_makes_no_header() {
        let text = sent(&letter());
        let (headers, _) = text.split_once("\r\n\r\n").expect("a head");
        let names: Vec<&str> = headers
            .lines()
            .filter(|line| !line.starts_with([' ', '\t']))
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name)
            .collect();
        assert!(!names.contains(&"Bcc"), "{headers}");
        assert!(names.contains(&"Auto-Submitted") && names.contains(&"Content-Language"));
        assert!(headers.contains("Message-ID: <letter-1@acme.example>"));
    }

    #[test]
    fn the_calendar_part_carries_the_method_of_its_object() {
        let text = sent(&letter());
        assert!(text.contains("text/calendar; charset=utf-8; method=REQUEST"));
        assert!(text.contains("filename=\"invite.ics\""));
    }

    #[test]
    fn html_shows_words_and_never_becomes_markup() {
        let shown = html(&letter());
        assert!(shown.contains("&lt;b&gt;Välkommen&lt;/b&gt;"));
        assert!(shown.contains("href=\"https://chat.example/m/x?a=1&amp;b=&quot;2\""));
        assert!(shown.contains("lang=\"sv\" dir=\"ltr\""));
    }

    #[test]
    fn what_is_no_address_is_not_sent_to() {
        for wrong in [
            "",
            "ann",
            "ann@",
            "a b@c.example",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
        ] {
            let letter = Letter::new(Address::of(wrong), "en", "Hello");
            let sender = Address::of("hello@acme.example");
            assert!(
                compose(&letter, &sender, "x", Timestamp(0)).is_err(),
                "{wrong:?}"
            );
        }
    }
}
