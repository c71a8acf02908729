//! The sites around the chat: plain pages with the one script tag, long enough to scroll.

use super::{CHAT_ORIGIN, EMPTY};
use crate::run::WORKSPACE;

/// A page of a site, in a language.
pub(super) fn page(path: &str, language: &str) -> String {
    let title = path.split(['?', '#']).next().unwrap_or(path);
    let words: String = (1..=40)
        .map(|n| {
            format!("<p>Paragraph {n} of a page that has more to say than one screen holds.</p>\n")
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>body {{ margin: 0 auto; max-width: 60ch; padding: 24px; font: 18px/1.6 serif }} p {{ margin: 0 0 32px }}</style>\n\
         </head>\n<body>\n<h1>A page</h1>\n{words}\
         <script async src=\"{CHAT_ORIGIN}/w/{WORKSPACE}.js\"></script>\n</body>\n</html>\n",
        escape(title)
    )
}

/// A page on which nothing of ours is, with an empty frame of the chat origin.
pub(super) fn empty() -> String {
    format!(
        "<!doctype html>\n<title>Empty</title>\n<link rel=\"icon\" href=\"data:,\">\n<iframe src=\"{CHAT_ORIGIN}{EMPTY}\"></iframe>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
