//! The files of the widget as they were built into the binary, each named by its content.

/// A file of the widget.
#[derive(Debug)]
pub struct Asset {
    /// Its name in the build, `usher.bin`.
    pub name: &'static str,
    /// The first eight bytes of its SHA-256 in hexadecimal digits; of our own words that of all languages, and the
    /// language behind a dot.
    pub hash: &'static str,
    /// As it is.
    pub bytes: &'static [u8],
    /// In brotli.
    pub brotli: Option<&'static [u8]>,
    /// In gzip.
    pub gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A file by its name in the build.
#[must_use]
pub fn named(name: &str) -> Option<&'static Asset> {
    WIDGET.iter().find(|asset| asset.name == name)
}

/// A file by the name it is served under, `<hash>.<ext>`, or `<hash>.<language>.txt`.
#[must_use]
pub fn hashed(file: &str) -> Option<&'static Asset> {
    let (hash, extension) = file.rsplit_once('.')?;
    WIDGET
        .iter()
        .find(|asset| asset.hash == hash && asset.extension() == extension)
}

/// Whether the binary was built with the widget.
#[must_use]
pub fn has_widget() -> bool {
    ["usher.bin", "frame.html", "loader.js", "panel.js"]
        .into_iter()
        .all(|name| named(name).is_some())
}

impl Asset {
    /// The part of the name behind the last dot.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        self.name
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }

    /// Where it is served.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/f/-/{}.{}", self.hash, self.extension())
    }
}

/// The media type of a file by the end of its name.
#[must_use]
pub fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "jpg" | "jpeg" => "image/jpeg",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_viewer_names_is_served() {
        // A build without the widget serves nothing.
        let Some(viewer) = named("viewer.js") else {
            return;
        };
        let script = String::from_utf8_lossy(viewer.bytes).into_owned();
        let named: Vec<&str> = script
            .split("/f/-/")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '`', '\'']).next())
            .collect();
        assert!(named.len() >= 8, "{named:?}");
        for file in named {
            assert!(hashed(file).is_some(), "{file}");
        }
    }
}
