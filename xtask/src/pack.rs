//! Compressing files the way a web server delivers them.

use crate::Failure;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Brotli at quality 11 with the largest ordinary window.
pub fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut packed, 4096, 11, 22);
    writer.write_all(bytes).expect("a vector takes every byte");
    drop(writer);
    packed
}

/// Gzip at level 9.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("a vector takes every byte");
    writer.finish().expect("a vector takes every byte")
}

/// Where the server serves a file: under the first 16 bytes of its SHA-256, as it embeds it.
pub fn address(name: &str, bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    format!("/f/-/{digits}.{ending}")
}

/// Writes a file with `.br` and `.gz` beside it.
///
/// # Errors
/// When one cannot be written.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    for (suffix, content) in [
        ("", bytes.to_vec()),
        (".br", brotli(bytes)),
        (".gz", gzip(bytes)),
    ] {
        let path = folder.join(format!("{name}{suffix}"));
        fs::write(&path, content).map_err(|fault| format!("{}: {fault}", path.display()))?;
    }
    Ok(())
}
