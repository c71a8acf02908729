//! A PDF as small as one can be that has pages and words on them.

use std::fmt::Write as _;

/// The words on every page, after its number.
pub const WORDS: &str = "What people earn, and what they are told about it.";

/// A document of so many pages. Each says which one it is; the last one also says "The end".
#[must_use]
pub fn pdf(pages: u16) -> Vec<u8> {
    // Object 1 is the catalogue, 2 the tree of pages, 3 the font; then come a page and its content, in turns.
    let page = |n: u16| 4 + 2 * (n - 1);
    let kids: String = (1..=pages).fold(String::new(), |mut kids, n| {
        let _ = write!(kids, "{} 0 R ", page(n));
        kids
    });
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R /Lang (en) >>".to_owned(),
        format!("<< /Type /Pages /Kids [ {kids}] /Count {pages} >>"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    for n in 1..=pages {
        let end = if n == pages { "The end." } else { "" };
        let content = format!(
            "BT /F1 28 Tf 72 740 Td (Page {n} of {pages}) Tj /F1 14 Tf 0 -40 Td ({WORDS}) Tj 0 -24 Td ({end}) Tj ET"
        );
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 595 842 ] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            page(n) + 1
        ));
        objects.push(format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        ));
    }
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::new();
    for (n, object) in (1..).zip(&objects) {
        places.push(file.len());
        let _ = write!(file, "{n} 0 obj\n{object}\nendobj\n");
    }
    let table = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(file, "{place:010} 00000 n ");
    }
    let _ = write!(
        file,
        "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    file.into_bytes()
}
