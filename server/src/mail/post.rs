//! Where letters go: an SMTP server, or a maildir in the data folder where none is configured.

use engine::ids::Timestamp;
use lettre::message::Message;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::compose::{Unsendable, compose};
use super::letter::{Address, Letter};
use crate::private;
use crate::store::StoreError;

/// The folder of letters inside the data folder, a maildir.
pub const FOLDER: &str = "mail";
/// How long one SMTP command may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a letter did not leave.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// It never will: a wrong address, or the server said no for good.
    #[error("{0}")]
    Never(String),
    /// It may later.
    #[error("{0}")]
    NotNow(String),
}

/// Somewhere to put letters. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Post {
    sender: Address,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Maildir(PathBuf),
}

/// An SMTP address that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "the SMTP address is not usable ({0}); it looks like smtps://name:password@mail.example.com"
)]
pub struct NoSmtp(String);

impl Post {
    /// By SMTP: `smtps://user:password@host` with TLS from the start, `smtp://host:587?tls=required`
    /// with STARTTLS, `smtp://localhost:25` without. Called inside the runtime, which keeps connections warm.
    ///
    /// # Errors
    /// When the address cannot be read.
    pub fn smtp(sender: Address, url: &str) -> Result<Self, NoSmtp> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url);
        let builder = builder.map_err(|fault| NoSmtp(fault.to_string()))?;
        let transport = builder.timeout(Some(PATIENCE)).build();
        Ok(Self {
            sender,
            way: Way::Smtp(transport),
        })
    }

    /// Into the maildir of a data folder.
    #[must_use]
    pub fn maildir(sender: Address, data: &Path) -> Self {
        Self {
            sender,
            way: Way::Maildir(data.join(FOLDER)),
        }
    }

    /// Who letters come from.
    #[must_use]
    pub fn sender(&self) -> &Address {
        &self.sender
    }

    /// Sends a letter. The same `id` again is the same letter: a maildir keeps one, readers of mail
    /// see one message id.
    ///
    /// # Errors
    /// When it did not leave, and whether it ever will.
    pub async fn send(&self, letter: &Letter, id: &str, at: Timestamp) -> Result<(), Undelivered> {
        let message = compose(letter, &self.sender, id, at)
            .map_err(|fault: Unsendable| Undelivered::Never(fault.to_string()))?;
        match &self.way {
            Way::Smtp(transport) => match transport.send(message).await {
                Ok(_) => Ok(()),
                Err(fault) if fault.is_permanent() => Err(Undelivered::Never(told(&fault))),
                Err(fault) => Err(Undelivered::NotNow(told(&fault))),
            },
            Way::Maildir(folder) => {
                let (folder, id) = (folder.clone(), id.to_owned());
                let kept = tokio::task::spawn_blocking(move || keep(&folder, &id, &message));
                match kept.await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(fault)) => Err(Undelivered::NotNow(format!(
                        "the maildir cannot be written: {fault}"
                    ))),
                    Err(_) => Err(Undelivered::NotNow("the server is stopping".into())),
                }
            }
        }
    }
}

/// What the mail server said, without the address book of the message.
fn told(fault: &lettre::transport::smtp::Error) -> String {
    match fault.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if fault.is_timeout() => "the mail server did not answer in time".into(),
        None => format!("the mail server cannot be used: {fault}"),
    }
}

fn keep(folder: &Path, id: &str, message: &Message) -> std::io::Result<()> {
    for part in ["tmp", "new", "cur"] {
        private::folder(&folder.join(part))?;
    }
    let safe: String = id
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    // By its id alone, which begins with when it was made: sent again it is the same file.
    let name = format!("{safe}.usher");
    let (draft, kept) = (
        folder.join("tmp").join(&name),
        folder.join("new").join(&name),
    );
    let mut file = private::open(&draft)?;
    file.set_len(0)?;
    file.write_all(&message.formatted())?;
    file.sync_all()?;
    std::fs::rename(&draft, &kept)
}

/// Removes the letters to these addresses from the maildir of a data folder. Letters about them to others
/// stay: they are those others' mail.
///
/// # Errors
/// When a letter cannot be removed.
pub async fn forget(data: &Path, addresses: &[String]) -> Result<(), StoreError> {
    let (folder, addresses) = (data.join(FOLDER), addresses.to_vec());
    let removed = tokio::task::spawn_blocking(move || remove(&folder, &addresses));
    let removed = removed.await.map_err(|_| StoreError::Stopped)?;
    removed.map_err(|fault| StoreError::File("the maildir".into(), fault))
}

fn remove(folder: &Path, addresses: &[String]) -> std::io::Result<()> {
    // In the order in which letters move: one that has gone meanwhile is met in a later part, if anywhere.
    for part in ["tmp", "new", "cur"] {
        let letters = match std::fs::read_dir(folder.join(part)) {
            Ok(letters) => letters,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => continue,
            Err(fault) => return Err(fault),
        };
        for letter in letters {
            let path = letter?.path();
            match remove_if_to(&path, addresses) {
                Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
    }
    Ok(())
}

fn remove_if_to(path: &Path, addresses: &[String]) -> std::io::Result<()> {
    if is_to(&std::fs::read(path)?, addresses) {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

fn is_to(letter: &[u8], addresses: &[String]) -> bool {
    let message = mail_parser::MessageParser::default().parse_headers(letter);
    let to = message.as_ref().and_then(mail_parser::Message::to);
    to.is_some_and(|to| {
        to.iter()
            .filter_map(mail_parser::Addr::address)
            .any(|to| addresses.contains(&to.to_lowercase()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_letter_that_moves_on_while_letters_are_forgotten_is_no_fault() {
        let data = tempfile::tempdir().expect("a folder");
        let post = Post::maildir(Address::of("hello@acme.example"), data.path());
        let letter = Letter::new(Address::of("ann@visitor.example"), "en", "Hello");
        let sent = post.send(&letter, "letter-1", Timestamp(7)).await;
        sent.expect("kept");
        let folder = data.path().join("mail");
        // What was listed and is not there any more when it is read.
        for part in ["tmp", "new"] {
            let gone = folder.join(part).join("gone");
            std::os::unix::fs::symlink(folder.join("nowhere"), gone).expect("a link");
        }
        forget(data.path(), &["ann@visitor.example".into()])
            .await
            .expect("forgotten");
        let kept = std::fs::read_dir(folder.join("new")).expect("a folder");
        assert_eq!(kept.count(), 1, "the link alone");
    }

    #[tokio::test]
    async fn a_letter_kept_twice_is_one_file() {
        let data = tempfile::tempdir().expect("a folder");
        let post = Post::maildir(Address::of("hello@acme.example"), data.path());
        let letter = Letter::new(Address::of("ann@visitor.example"), "en", "Hello");
        for at in [7, 8] {
            post.send(&letter, "letter-1", Timestamp(at))
                .await
                .expect("kept");
        }
        let kept: Vec<_> = std::fs::read_dir(data.path().join("mail/new"))
            .expect("a folder")
            .collect();
        assert_eq!(kept.len(), 1);
    }

    #[tokio::test]
    async fn an_smtp_address_is_read_or_explained() {
        let sender = Address::of("hello@acme.example");
        assert!(Post::smtp(sender.clone(), "smtp://127.0.0.1:2525").is_ok());
        assert!(Post::smtp(sender.clone(), "smtps://u:p@mail.example").is_ok());
        assert!(Post::smtp(sender, "mail.example").is_err());
    }
}
