//! A document in its viewer: what of it was seen, and when that is told.

use super::super::server::Server;
use super::Browser;
use engine::compiled::CardKind;
use engine::ids::{CardId, Timestamp};
use engine::wire::{Input, Viewing};
use std::collections::{BTreeMap, BTreeSet};

/// An open viewer.
pub(super) struct Reader {
    card: CardId,
    /// How many pages there are.
    of: u16,
    pages: BTreeSet<u16>,
    terms: Vec<String>,
    /// What the conversation has been told.
    told: Viewing,
}

impl Browser {
    /// The visitor opens the document on offer; one that is kept is shown here, from its first page on. `pages` says
    /// how many there are at each address.
    ///
    /// # Errors
    /// When no document is on offer.
    pub fn open_document(
        &mut self,
        pages: &BTreeMap<String, u16>,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(), String> {
        let (card, of) = match self.awaited() {
            Some((id, card)) => match &card.kind {
                CardKind::Document(document) => {
                    let kept = document.file.is_some();
                    (id, pages.get(&document.url).filter(|_| kept).copied())
                }
                _ => return Err("no document is on offer".into()),
            },
            None => return Err("nothing waits".into()),
        };
        self.input(&Input::DocumentOpened(card), server, now)?;
        if let (Some(of), Some(view)) = (of, self.view_mut()) {
            view.reader = Some(Reader {
                card,
                of,
                pages: BTreeSet::from([1]),
                terms: Vec::new(),
                told: Viewing::default(),
            });
        }
        Ok(())
    }

    /// Whether a document covers the conversation.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.view().is_some_and(|view| view.reader.is_some())
    }

    fn reader(&mut self) -> Result<&mut Reader, String> {
        self.view_mut()
            .and_then(|view| view.reader.as_mut())
            .ok_or_else(|| "no document is shown".into())
    }

    /// The visitor turns to a page.
    ///
    /// # Errors
    /// When no document is shown, or it has no such page.
    pub fn read_page(&mut self, page: u16) -> Result<(), String> {
        let reader = self.reader()?;
        if page > reader.of {
            return Err(format!("there are only {} pages", reader.of));
        }
        reader.pages.insert(page);
        Ok(())
    }

    /// The visitor searches in the document.
    ///
    /// # Errors
    /// When no document is shown.
    pub fn search(&mut self, words: &str) -> Result<(), String> {
        self.reader()?.terms.push(words.into());
        Ok(())
    }

    /// The visitor downloads the document, which is told at once.
    ///
    /// # Errors
    /// When no document is shown.
    pub fn download(&mut self, server: &mut dyn Server, now: Timestamp) -> Result<(), String> {
        self.reader()?;
        self.tell_viewing(true, server, now)
    }

    /// The visitor shuts the document.
    ///
    /// # Errors
    /// When no document is shown.
    pub fn close_document(
        &mut self,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(), String> {
        self.reader()?;
        self.put_away(server, now)?;
        if let Some(view) = self.view_mut() {
            view.reader = None;
        }
        Ok(())
    }

    /// The page goes out of sight: what was read so far is told.
    ///
    /// # Errors
    /// When the engine refuses it.
    pub fn put_away(&mut self, server: &mut dyn Server, now: Timestamp) -> Result<(), String> {
        self.tell_viewing(false, server, now)
    }

    fn tell_viewing(
        &mut self,
        downloaded: bool,
        server: &mut dyn Server,
        now: Timestamp,
    ) -> Result<(), String> {
        let Ok(reader) = self.reader() else {
            return Ok(());
        };
        let seen = Viewing {
            pages: u16::try_from(reader.pages.len()).unwrap_or(u16::MAX),
            furthest: reader.pages.last().copied().unwrap_or(0),
            ..Viewing::default()
        };
        let terms = std::mem::take(&mut reader.terms).join("\n");
        if !downloaded && terms.is_empty() && reader.told == seen {
            return Ok(());
        }
        reader.told = seen.clone();
        let card = reader.card;
        let viewing = Viewing {
            downloaded,
            terms,
            ..seen
        };
        self.input(&Input::DocumentViewed(card, viewing), server, now)
    }
}
