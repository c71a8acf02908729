//! What a visitor does in an open document.

use super::visitor::Visitor;
use super::words::Name;
use std::time::{Duration, Instant};

/// Where the document is.
const VIEWER: &str = "[role=dialog] [role=dialog]";
/// How long the sheet may take to come.
const SHEET: Duration = Duration::from_secs(2);
/// How long a page may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

impl Visitor {
    /// Turns to a page, and waits until it can be read.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn read_page(&self, page: u16) -> Result<(), String> {
        let pages = self.pages()?;
        if page > pages {
            return Err(format!("there are only {pages} pages"));
        }
        self.press("input[inputmode=numeric]", None, VIEWER)?;
        self.fill(&page.to_string())?;
        self.words_of_page(page).map(|_| ())
    }

    /// How many pages the document has, once one of them can be read.
    ///
    /// # Errors
    /// When no document is shown.
    pub fn pages(&self) -> Result<u16, String> {
        self.words_in("[data-page]")?;
        let frame = self.shown_frame()?.ok_or("nothing is on screen")?;
        let pages = frame.evaluate(&format!(
            "document.querySelectorAll('{VIEWER} [data-page]').length"
        ))?;
        let pages = pages.as_u64().and_then(|pages| u16::try_from(pages).ok());
        pages.ok_or_else(|| "no document is shown".into())
    }

    /// The words of a page, as they can be selected; waits for them.
    ///
    /// # Errors
    /// When they do not come.
    pub fn words_of_page(&self, page: u16) -> Result<String, String> {
        self.words_in(&format!("[data-page=\"{page}\"]"))
    }

    fn words_in(&self, page: &str) -> Result<String, String> {
        let script = format!(
            "[].map.call(document.querySelectorAll('{VIEWER} {page} .textLayer'), function (layer) {{ return layer.textContent; }}).join('')"
        );
        let since = Instant::now();
        loop {
            let frame = self.shown_frame()?.ok_or("nothing is on screen")?;
            let sheet = format!("!!document.querySelector('{VIEWER}')");
            if since.elapsed() > SHEET && frame.evaluate(&sheet)? == false {
                return Err("no document is shown".into());
            }
            match frame.evaluate(&script)?.as_str() {
                Some(words) if !words.is_empty() => return Ok(words.to_owned()),
                _ if since.elapsed() > PATIENCE => return Err("no page can be read".into()),
                _ => std::thread::sleep(Duration::from_millis(30)),
            }
        }
    }

    /// Searches for words.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn search(&self, words: &str) -> Result<(), String> {
        self.pages()?;
        if self.find("input[type=search]", None, VIEWER)?.is_none() {
            self.press_named(Name::Search, VIEWER)?;
        }
        self.press("input[type=search]", None, VIEWER)?;
        self.fill(words)
    }

    /// Downloads the document.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn download(&self) -> Result<(), String> {
        self.pages()?;
        self.press_named(Name::Download, VIEWER)
    }

    /// Shuts the document.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn close_document(&self) -> Result<(), String> {
        self.pages()?;
        self.press_named(Name::CloseDocument, VIEWER)
    }

    /// Writes over what stands where the keyboard is, and sends it.
    fn fill(&self, text: &str) -> Result<(), String> {
        let tab = self.open_tab()?;
        let frame = tab.frame().ok_or("the frame is gone")?;
        // A finger's press becomes a click a little later.
        let since = Instant::now();
        let select =
            "document.activeElement.tagName === 'INPUT' && !document.activeElement.select()";
        while frame.evaluate(select)? != true {
            if since.elapsed() > SHEET {
                return Err("nothing can be typed into".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        tab.write(text)?;
        tab.key("Enter")
    }
}
