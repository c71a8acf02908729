//! What a visitor does in an open document.

use super::visitor::Visitor;
use super::words::Name;

/// Where the document is.
const VIEWER: &str = "[role=dialog] [role=dialog]";

impl Visitor {
    /// Turns to a page.
    ///
    /// # Errors
    /// When there is no such page.
    pub fn read_page(&self, page: u16) -> Result<(), String> {
        let pages = self.pages()?;
        if page > pages {
            return Err(format!("there are only {pages} pages"));
        }
        self.press("input[inputmode=numeric]", None, VIEWER)?;
        self.fill(&page.to_string())
    }

    /// How many pages the document says it has.
    ///
    /// # Errors
    /// When no document is shown.
    pub fn pages(&self) -> Result<u16, String> {
        self.wait_for_page(1)?;
        let frame = self.shown_frame()?.ok_or("nothing is on screen")?;
        let pages = frame.evaluate(&format!(
            "document.querySelectorAll('{VIEWER} [data-page]').length"
        ))?;
        let pages = pages.as_u64().and_then(|pages| u16::try_from(pages).ok());
        pages.ok_or_else(|| "no document is shown".into())
    }

    /// Waits until the words of a page can be read.
    ///
    /// # Errors
    /// When they do not come.
    pub fn wait_for_page(&self, page: u16) -> Result<String, String> {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        loop {
            let frame = self.shown_frame()?.ok_or("nothing is on screen")?;
            let words = frame.evaluate(&format!(
                "(document.querySelector('{VIEWER} [data-page=\"{page}\"] .textLayer') || {{}}).textContent || ''"
            ))?;
            match words.as_str() {
                Some(words) if !words.is_empty() => return Ok(words.to_owned()),
                _ if std::time::Instant::now() > until => {
                    return Err(format!("page {page} does not come"));
                }
                _ => std::thread::sleep(std::time::Duration::from_millis(30)),
            }
        }
    }

    /// Searches for words.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn search(&self, words: &str) -> Result<(), String> {
        self.wait_for_page(1)?;
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
        self.wait_for_page(1)?;
        self.press_named(Name::Download, VIEWER)
    }

    /// Shuts the document.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn close_document(&self) -> Result<(), String> {
        self.wait_for_page(1)?;
        self.press_named(Name::CloseDocument, VIEWER)
    }

    /// Writes over what stands where the keyboard is, and sends it.
    fn fill(&self, text: &str) -> Result<(), String> {
        let tab = self.open_tab()?;
        let frame = tab.frame().ok_or("the frame is gone")?;
        frame.evaluate("document.activeElement.select()")?;
        tab.write(text)?;
        tab.key("Enter")
    }
}
