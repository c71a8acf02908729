//! Randomness, hashes, signatures and the key file.
//!
//! Tokens are stored hashed only. What must be read again (login secrets,
//! webhook secrets) is sealed with a key that lies beside the database, not in
//! it. No type here prints what it holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;

mod keys;

pub use keys::{KEY_FILE, Keys, Purpose, Sealed};

/// Bytes no one can guess.
///
/// # Panics
/// When the operating system has no randomness to give; nothing is safe then.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

/// A new secret of 160 random bits behind a prefix that says what it is, such as `ut_`.
#[must_use]
pub fn fresh_token(prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random::<20>()))
}

/// An identifier that sorts by the time it was made: 48 bits of milliseconds, then 80 random bits.
#[must_use]
pub fn fresh_id(now: engine::ids::Timestamp) -> String {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&now.0.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random::<10>());
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let text = hex(&bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..]
    )
}

/// SHA-256.
#[must_use]
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Base64 with the alphabet of URLs and no padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads what `base64url` wrote.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// HMAC-SHA256 over parts, each preceded by its length so that no two lists of parts agree.
#[must_use]
pub fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = keyed(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA256 over bytes as they are, for signatures that others compute too.
#[must_use]
pub fn mac_plain(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
#[must_use]
pub fn same(one: &[u8], other: &[u8]) -> bool {
    use subtle::ConstantTimeEq as _;
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let early = fresh_id(engine::ids::Timestamp(1_000));
        let late = fresh_id(engine::ids::Timestamp(2_000));
        assert!(early < late);
        assert_eq!(early.len(), 36);
    }

    #[test]
    fn parts_are_kept_apart_in_a_signature() {
        assert_ne!(mac(b"k", &[b"ab", b"c"]), mac(b"k", &[b"a", b"bc"]));
    }
}
