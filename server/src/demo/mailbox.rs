//! The demo's mails, read from the maildir that they are delivered into.

use super::Demo;
use super::pages::file;
use crate::site::live::escape;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use std::path::PathBuf;

/// Most mails shown.
const SHOWN: usize = 50;

/// A file that came with a mail.
pub struct Attachment {
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// All mails as HTML, newest first.
pub fn messages(demo: &Demo) -> String {
    let template = file("demo/message.html")
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let mut all = String::new();
    for path in newest(demo) {
        let (Some(name), Ok(bytes)) = (
            path.file_name().and_then(|name| name.to_str()),
            std::fs::read(&path),
        ) else {
            continue;
        };
        if let Some(mail) = MessageParser::default().parse(&bytes) {
            all.push_str(&shown(&template, name, &mail));
        }
    }
    all
}

fn shown(template: &str, name: &str, mail: &mail_parser::Message<'_>) -> String {
    let address = |header: Option<&mail_parser::Address<'_>>| {
        header
            .and_then(|header| header.first())
            .map_or_else(String::new, |one| {
                let email = one.address().unwrap_or_default();
                match one.name() {
                    Some(name) if !name.is_empty() => format!("{name} <{email}>"),
                    _ => email.to_owned(),
                }
            })
    };
    let files: String = (0..)
        .zip(mail.attachments())
        // Calendars find the invitation twice in a mail: a part without a name, and the file for people.
        .filter_map(|(n, part)| {
            let label = escape(part.attachment_name()?);
            Some(format!(
                "<a href=\"/demo/mailbox/{}/{n}\" download=\"{label}\">{label}</a>",
                escape(name)
            ))
        })
        .collect();
    let body = mail.body_text(0).unwrap_or_default();
    template
        .replace("{{from}}", &escape(&address(mail.from())))
        .replace("{{to}}", &escape(&address(mail.to())))
        .replace("{{subject}}", &escape(mail.subject().unwrap_or_default()))
        .replace(
            "{{date}}",
            &escape(&mail.date().map_or_else(String::new, day)),
        )
        .replace("{{attachments}}", &files)
        .replace("{{body}}", &linked(&body))
}

/// When a mail was sent, as people in Stockholm say it.
fn day(sent: &mail_parser::DateTime) -> String {
    let zoned =
        Timestamp::from_second(sent.to_timestamp()).and_then(|sent| sent.in_tz("Europe/Stockholm"));
    zoned.map_or_else(
        |_| sent.to_rfc3339(),
        |sent| sent.strftime("%A %-d %B %Y, %H:%M").to_string(),
    )
}

/// Plain text as HTML with its addresses made into links.
fn linked(text: &str) -> String {
    let mut html = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let address = word.trim_end();
        if address.starts_with("http://") || address.starts_with("https://") {
            let address = escape(address.trim_end_matches(['.', ',', ')', '>']));
            html.push_str(&format!("<a href=\"{address}\">{address}</a>"));
            html.push_str(&escape(
                &word[word.trim_end().trim_end_matches(['.', ',', ')', '>']).len()..],
            ));
        } else {
            html.push_str(&escape(word));
        }
    }
    html
}

/// One attachment of one mail.
pub fn attachment(demo: &Demo, name: &str, n: usize) -> Option<Attachment> {
    let path = newest(demo)
        .into_iter()
        .find(|path| path.file_name().is_some_and(|found| found == name))?;
    let bytes = std::fs::read(path).ok()?;
    let mail = MessageParser::default().parse(&bytes)?;
    let part = mail.attachments().nth(n)?;
    let media_type = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| {
            format!(
                "{}/{}",
                kind.ctype(),
                kind.subtype().unwrap_or("octet-stream")
            )
        },
    );
    Some(Attachment {
        media_type,
        bytes: part.contents().to_vec(),
    })
}

/// The mails' files, newest first. Their names begin with the time they were written.
fn newest(demo: &Demo) -> Vec<PathBuf> {
    let folder = demo.data.join("mail");
    let mut paths: Vec<PathBuf> = ["new", "cur"]
        .iter()
        .filter_map(|part| std::fs::read_dir(folder.join(part)).ok())
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    paths.sort_by(|one, other| other.file_name().cmp(&one.file_name()));
    paths.truncate(SHOWN);
    paths
}
