//! The document viewer: our own script and style around pdf.js, which is delivered as its makers release it.

use crate::{Failure, pack, shrink, words};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// pdf.js as it is released, and what it is called here.
const PDFJS: [(&str, &str); 2] = [
    ("pdf.min.mjs", "pdf.js"),
    ("pdf.worker.min.mjs", "pdf.worker.js"),
];
/// Decoders and fonts that pdf.js asks for by these names, for the documents that need them.
const SUPPLIES: [&str; 4] = [
    "openjpeg.wasm",
    "jbig2.wasm",
    "FoxitSymbol.pfb",
    "FoxitDingbats.pfb",
];
/// What stands in the script for the addresses of the other files.
const FILES: &str = "__FILES__";

/// Builds the viewer's files from `embed` into `www`.
///
/// # Errors
/// When a file cannot be read or written, or a language lacks a sentence.
pub fn build(embed: &Path, www: &Path) -> Result<(), Failure> {
    let bytes = |name: &str| {
        let path = embed.join(name);
        fs::read(&path).map_err(|fault| format!("{}: {fault}", path.display()))
    };
    let text =
        |name: &str| String::from_utf8(bytes(name)?).map_err(|fault| format!("{name}: {fault}"));
    let mut files = BTreeMap::new();
    let mut deliver = |name: &str, content: &[u8]| {
        files.insert(name.to_owned(), pack::address(name, content));
        pack::write(www, name, content)
    };
    // In a block of its own, so that its names are nobody else's.
    let younger = shrink::module(&format!("{{{}}}", text("pdfjs/younger.js")?))?;
    for (released, name) in PDFJS {
        let script = text(&format!("pdfjs/{released}"))?;
        let script: String = script
            .lines()
            .filter(|line| !line.starts_with("//# sourceMappingURL"))
            .collect::<Vec<_>>()
            .join("\n");
        deliver(name, format!("{younger}{script}\n").as_bytes())?;
    }
    for name in SUPPLIES {
        deliver(name, &bytes(&format!("pdfjs/{name}"))?)?;
    }
    let style = shrink::style(&text("viewer.css")?);
    deliver("viewer.css", style.as_bytes())?;

    let script = text("viewer.js")? + &text("viewer-search.js")?;
    let languages = languages(embed)?;
    words::check(&languages, &[plans(&script)])?;
    let mut spoken = BTreeMap::new();
    for (name, words) in &languages {
        pack::write(www, name, words.as_bytes())?;
        let language = name.trim_start_matches("viewer.").trim_end_matches(".txt");
        spoken.insert(language, pack::address(name, words.as_bytes()));
    }
    let mut addresses = serde_json::to_value(files).map_err(|fault| fault.to_string())?;
    addresses["languages"] = serde_json::to_value(spoken).map_err(|fault| fault.to_string())?;
    let script = script.replacen(FILES, &addresses.to_string(), 1);
    pack::write(www, "viewer.js", shrink::module(&script)?.as_bytes())
}

/// The viewer's words by file name; English first.
fn languages(embed: &Path) -> Result<Vec<(String, String)>, Failure> {
    let fault = |fault: std::io::Error| format!("{}: {fault}", embed.display());
    let mut languages = Vec::new();
    for file in fs::read_dir(embed).map_err(fault)? {
        let file = file.map_err(fault)?;
        let name = file.file_name().to_string_lossy().into_owned();
        if name.starts_with("viewer.") && name.ends_with(".txt") {
            languages.push((name, fs::read_to_string(file.path()).map_err(fault)?));
        }
    }
    languages.sort_by_key(|(name, _)| (name != "viewer.en.txt", name.clone()));
    Ok(languages)
}

/// The keys that the script asks for, spelled as plans spell them.
fn plans(script: &str) -> String {
    let mut keys = String::new();
    for before in ["words.", "words['", "tool('"] {
        for rest in script.split(before).skip(1) {
            let key: String = rest
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '-')
                .collect();
            if !key.is_empty() {
                keys.push_str(&format!("~{key} "));
            }
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_ask_for_a_sentence_is_noticed() {
        let script =
            "fill(words.match, 1), words['no-match'], tool('zoom-in', 'more', act), words[key]";
        assert_eq!(plans(script), "~match ~no-match ~zoom-in ");
    }
}
