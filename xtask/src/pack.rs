//! Compressing files the way a web server delivers them.

use crate::Failure;
use brotli::enc::BrotliEncoderParams;
use brotli::enc::backward_references::BrotliEncoderMode;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Brotli at quality 11, with whichever of its models of data and windows makes the smallest file.
pub fn brotli(bytes: &[u8]) -> Vec<u8> {
    let models = [
        (BrotliEncoderMode::BROTLI_MODE_GENERIC, 22),
        (BrotliEncoderMode::BROTLI_MODE_FONT, 16),
    ];
    let packed = models.into_iter().map(|(mode, window)| {
        let parameters = BrotliEncoderParams {
            quality: 11,
            lgwin: window,
            mode,
            size_hint: bytes.len(),
            ..BrotliEncoderParams::default()
        };
        let mut packed = Vec::new();
        let mut bytes = bytes;
        brotli::BrotliCompress(&mut bytes, &mut packed, &parameters)
            .expect("a vector takes every byte");
        packed
    });
    packed.min_by_key(Vec::len).unwrap_or_default()
}

/// Gzip at level 9.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).expect("a vector takes every byte");
    writer.finish().expect("a vector takes every byte")
}

/// Where the server serves a file: under the first eight bytes of its SHA-256, as it embeds it.
pub fn address(name: &str, bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
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
