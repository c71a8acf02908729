//! Embeds what browsers load, under names made of their content, and the demo site.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    println!("cargo::rerun-if-env-changed=USHER_WWW");
    let www = env::var_os("USHER_WWW").map_or_else(|| here.join("../target/www"), PathBuf::from);
    let demo = here.join("../www");
    let mut code = String::from("/// Files of the widget.\npub static WIDGET: &[Asset] = &[\n");
    let found = files(&www)?;
    // All languages together, so that one name is enough for the frame's page.
    let mut texts = Sha256::new();
    for (_, path) in found.iter().filter(|(name, _)| language(name).is_some()) {
        texts.update(fs::read(path)?);
    }
    let texts = short_hash(texts.finalize().as_slice());
    for (name, path) in found {
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let bytes = fs::read(&path)?;
        let hash = match language(&name) {
            Some(language) => format!("{texts}.{language}"),
            None => short_hash(Sha256::digest(&bytes).as_slice()),
        };
        let beside = |suffix: &str| {
            let path = path.with_file_name(format!("{name}{suffix}"));
            if path.exists() {
                format!("Some(include_bytes!({path:?}))")
            } else {
                "None".into()
            }
        };
        let _ = writeln!(
            code,
            "    Asset {{ name: {name:?}, hash: {hash:?}, bytes: include_bytes!({path:?}), brotli: {}, gzip: {} }},",
            beside(".br"),
            beside(".gz"),
        );
    }
    let _ = writeln!(
        code,
        "];\n/// What the files of all languages are named by, before their language.\npub static TEXTS: &str = {texts:?};"
    );
    code.push_str("/// Files of the demo site, by their path below `www`.\npub static DEMO: &[(&str, &[u8])] = &[\n");
    for part in ["demo", "tokens.css"] {
        for (name, path) in files(&demo.join(part))? {
            let name = if name.is_empty() {
                part.to_owned()
            } else {
                format!("{part}/{name}")
            };
            let _ = writeln!(code, "    ({name:?}, include_bytes!({path:?})),");
        }
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("embedded.rs"), code)
}

/// The language of a file of our own words, `texts.<language>.txt`.
fn language(name: &str) -> Option<&str> {
    name.strip_prefix("texts.")?.strip_suffix(".txt")
}

/// As names have it: its first eight bytes in hexadecimal digits.
fn short_hash(hash: &[u8]) -> String {
    hash.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// All files below a folder by their path in it, sorted; the file itself under an empty name; none when it is missing.
fn files(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    println!("cargo::rerun-if-changed={}", root.display());
    let mut found = Vec::new();
    if root.is_file() {
        found.push((String::new(), root.canonicalize()?));
    }
    let mut folders = if root.is_dir() {
        vec![(String::new(), root.to_path_buf())]
    } else {
        Vec::new()
    };
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else {
                found.push((name, entry.path().canonicalize()?));
            }
        }
    }
    found.sort();
    Ok(found)
}
