//! Randomness, hashes, signatures and the key file.
//!
//! Tokens are stored hashed only. What must be read again (login secrets,
//! webhook secrets) is sealed with a key that lies beside the database, not in
//! it. No type here prints what it holds.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io;
use std::path::Path;

/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "key";

const NONCE_BYTES: usize = 12;

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

/// Something was sealed with another key, for another place, or was altered.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret cannot be opened with this key file")]
pub struct Sealed;

/// The server's own key. One per data folder.
#[derive(Clone)]
pub struct Keys {
    seal: [u8; 32],
    snapshot: [u8; 32],
    booking: [u8; 32],
    links: [u8; 32],
    fingerprint: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Reads the key file of a data folder, and makes it the first time.
    ///
    /// # Errors
    /// When the file cannot be read, written, or is not 32 bytes long.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(KEY_FILE);
        match std::fs::read(&path) {
            Ok(bytes) => match <[u8; 32]>::try_from(bytes) {
                Ok(root) => Ok(Self::from_root(&root)),
                Err(_) => Err(io::Error::other(format!(
                    "{} is damaged: a key file holds exactly 32 bytes",
                    path.display()
                ))),
            },
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                let root = random::<32>();
                match keep(&path, &root) {
                    Err(raced) if raced.kind() == io::ErrorKind::AlreadyExists => {
                        Self::open(folder)
                    }
                    made => made.map(|()| Self::from_root(&root)),
                }
            }
            Err(unreadable) => Err(unreadable),
        }
    }

    fn from_root(root: &[u8; 32]) -> Self {
        Self {
            seal: mac(root, &[b"seal"]),
            snapshot: mac(root, &[b"snapshot"]),
            booking: mac(root, &[b"booking"]),
            links: mac(root, &[b"links"]),
            fingerprint: mac(root, &[b"fingerprint"]),
        }
    }

    /// The key that signs facts snapshots.
    #[must_use]
    pub fn snapshot(&self) -> &[u8; 32] {
        &self.snapshot
    }

    /// The key that signs bookings.
    #[must_use]
    pub fn booking(&self) -> &[u8; 32] {
        &self.booking
    }

    /// The key that the secrets in links of mails are made with.
    #[must_use]
    pub fn links(&self) -> &[u8; 32] {
        &self.links
    }

    /// What names the key file without giving it away: the database keeps it.
    #[must_use]
    pub fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }

    /// Encrypts a secret for one place (workspace and purpose); it opens nowhere else.
    #[must_use]
    pub fn seal(&self, place: &[&str], secret: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE_BYTES>();
        let place = place.join("\n");
        let sealed = ChaCha20Poly1305::new(&Key::from(self.seal))
            .encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: secret,
                    aad: place.as_bytes(),
                },
            )
            .expect("a secret is far shorter than the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Reads what `seal` wrote.
    ///
    /// # Errors
    /// When it was sealed for another place or with another key, or was altered.
    pub fn open_sealed(&self, place: &[&str], sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Sealed)?;
        let place = place.join("\n");
        ChaCha20Poly1305::new(&Key::from(self.seal))
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: place.as_bytes(),
                },
            )
            .map_err(|_| Sealed)
    }
}

fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = crate::private::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_only() {
        let keys = Keys::from_root(&[7; 32]);
        let sealed = keys.seal(&["w1", "login"], b"secret");
        assert_eq!(
            keys.open_sealed(&["w1", "login"], &sealed).unwrap(),
            b"secret"
        );
        assert!(keys.open_sealed(&["w2", "login"], &sealed).is_err());
        assert!(
            Keys::from_root(&[8; 32])
                .open_sealed(&["w1", "login"], &sealed)
                .is_err()
        );
    }

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
