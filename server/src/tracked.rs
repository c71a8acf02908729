//! Links for mails: a page with a person's token in its fragment, which reaches no server's log.

use engine::url::PageUrl;

/// Longest page, in bytes.
const PAGE_BYTES: usize = 2_048;

/// The page of a link, or nothing for a link that is only the fragment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page(String);

impl Page {
    /// Reads the page a link is to lead to; an empty text is no page.
    ///
    /// # Errors
    /// Says why it cannot lead there.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.len() > PAGE_BYTES || text.contains(char::is_whitespace) {
            return Err("a web address such as https://www.example.com/event");
        }
        match PageUrl::parse(text) {
            None => Err("a web address such as https://www.example.com/event"),
            Some(_) if text.contains('#') => {
                Err("an address without #: the link carries its token there")
            }
            Some(_) => Ok(Self(text.to_owned())),
        }
    }

    /// The link with a token.
    #[must_use]
    pub fn with(&self, token: &str) -> String {
        format!("{}#usher-link={token}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_of_the_web_and_has_the_fragment_to_itself() {
        let link = |page: &str| Page::parse(page).map(|page| page.with("t"));
        assert_eq!(link(""), Ok("#usher-link=t".into()));
        assert_eq!(
            link("https://w.example/a?b=c"),
            Ok("https://w.example/a?b=c#usher-link=t".into())
        );
        for page in [
            "javascript:alert(1)",
            "data:text/html,x",
            "w.example",
            "https://",
            "https://w.example/a b",
            "https://w.example/#part",
        ] {
            assert!(link(page).is_err(), "{page}");
        }
    }
}
