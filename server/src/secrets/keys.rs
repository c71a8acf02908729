//! The key file: what seals the secrets in the database and signs what the server originates.
//!
//! It holds one key of 32 bytes, or two while one replaces the other: both open and verify, the first seals and signs.
//! A running server notices when the file changes.

use super::{mac, random};
use crate::private;
use crate::signing::{self, Verdict};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use engine::wire::Signature;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

/// The name of the key file in the data folder.
pub const KEY_FILE: &str = "key";

/// Most keys in a file.
const MOST: usize = 2;
const NONCE_BYTES: usize = 12;

type Root = [u8; 32];

/// Something was sealed with another key, for another place, or was altered.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret cannot be opened with this key file")]
pub struct Sealed;

/// What a signature is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Facts about a visitor.
    Snapshot,
    /// A slot that was booked.
    Booking,
}

/// The server's own keys. One file per data folder. Cheap to clone; all clones change together.
#[derive(Clone)]
pub struct Keys(Arc<Shared>);

struct Shared {
    path: PathBuf,
    held: RwLock<Held>,
}

/// The keys, the first first, and which state of the file they were read from.
#[derive(Clone)]
struct Held {
    state: Option<State>,
    derived: Arc<[Derived]>,
}

/// When a file was written, how long it is, and which file it is: two may be written within one tick of its clock.
type State = (SystemTime, u64, u64);

struct Derived {
    seal: [u8; 32],
    snapshot: [u8; 32],
    booking: [u8; 32],
    links: [u8; 32],
    fingerprint: [u8; 32],
}

impl Derived {
    fn from_root(root: &Root) -> Self {
        Self {
            seal: mac(root, &[b"seal"]),
            snapshot: mac(root, &[b"snapshot"]),
            booking: mac(root, &[b"booking"]),
            links: mac(root, &[b"links"]),
            fingerprint: mac(root, &[b"fingerprint"]),
        }
    }

    fn signing(&self, purpose: Purpose) -> &[u8; 32] {
        match purpose {
            Purpose::Snapshot => &self.snapshot,
            Purpose::Booking => &self.booking,
        }
    }
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
    /// When the file cannot be read, written, or holds no key.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(KEY_FILE);
        let roots = match read(&path) {
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => {
                let root = random::<32>();
                match keep(&path, &[root]) {
                    Err(raced) if raced.kind() == io::ErrorKind::AlreadyExists => {
                        return Self::open(folder);
                    }
                    made => made.map(|()| vec![root])?,
                }
            }
            found => found?,
        };
        let held = RwLock::new(Held {
            state: state(&path),
            derived: derived(&roots),
        });
        Ok(Self(Arc::new(Shared { path, held })))
    }

    /// Reads the file again when it has changed. A file that cannot be read changes nothing.
    ///
    /// # Errors
    /// When it has changed and cannot be read.
    pub fn refresh(&self) -> io::Result<()> {
        let state = state(&self.0.path);
        if self.held().state != state {
            self.hold(state, &read(&self.0.path)?);
        }
        Ok(())
    }

    fn hold(&self, state: Option<State>, roots: &[Root]) {
        let derived = derived(roots);
        let mut held = self.0.held.write().unwrap_or_else(PoisonError::into_inner);
        *held = Held { state, derived };
    }

    fn replace(&self, roots: &[Root]) -> io::Result<()> {
        replace(&self.0.path, roots)?;
        self.hold(state(&self.0.path), roots);
        Ok(())
    }

    fn held(&self) -> Held {
        let held = self.0.held.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// The key that seals and signs, and does so in `work`.
    fn with_first<T>(&self, work: impl FnOnce(&Derived) -> T) -> T {
        let held = self.held();
        work(
            held.derived
                .first()
                .expect("a file without a key is refused"),
        )
    }

    /// What names each key without giving it away, the first first: the database keeps those.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<[u8; 32]> {
        let held = self.held();
        held.derived.iter().map(|key| key.fingerprint).collect()
    }

    /// Signs bytes for one holder in one workspace.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, workspace: &str, holder: &str, bytes: &[u8]) -> Signature {
        self.with_first(|key| signing::sign(key.signing(purpose), workspace, holder, bytes))
    }

    /// Checks a signature for any of several holders, by each key.
    #[must_use]
    pub fn verify(
        &self,
        purpose: Purpose,
        workspace: &str,
        holders: &[&str],
        bytes: &[u8],
        signature: &Signature,
    ) -> Verdict {
        let mut found = Verdict::Forged;
        for key in self.held().derived.iter() {
            let key = key.signing(purpose);
            match signing::verify(key, workspace, holders, bytes, signature) {
                Verdict::Genuine => return Verdict::Genuine,
                Verdict::Forged => {}
                other => found = other,
            }
        }
        found
    }

    /// The secret in a link of a mail: 128 bits that only this server can make again.
    #[must_use]
    pub fn link(&self, parts: &[&[u8]]) -> [u8; 16] {
        self.with_first(|key| {
            let mut token = [0; 16];
            token.copy_from_slice(&mac(&key.links, parts)[..16]);
            token
        })
    }

    /// Encrypts a secret for one place (workspace and purpose); it opens nowhere else.
    #[must_use]
    pub fn seal(&self, place: &[&str], secret: &[u8]) -> Vec<u8> {
        let nonce = random::<NONCE_BYTES>();
        let place = place.join("\n");
        let sealed = self.with_first(|key| {
            ChaCha20Poly1305::new(&Key::from(key.seal)).encrypt(
                &Nonce::from(nonce),
                Payload {
                    msg: secret,
                    aad: place.as_bytes(),
                },
            )
        });
        let sealed = sealed.expect("a secret is far shorter than the cipher's limit");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Reads what `seal` wrote.
    ///
    /// # Errors
    /// When it was sealed for another place or with another key, or was altered.
    pub fn open_sealed(&self, place: &[&str], sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        if let Some(secret) = self.opened(place, sealed, MOST) {
            return Ok(secret);
        }
        // Another program may have put a new key into the file just now.
        let _ = self.refresh();
        self.opened(place, sealed, MOST).ok_or(Sealed)
    }

    /// Whether it was sealed with the first key.
    #[must_use]
    pub fn is_newly_sealed(&self, place: &[&str], sealed: &[u8]) -> bool {
        self.opened(place, sealed, 1).is_some()
    }

    fn opened(&self, place: &[&str], sealed: &[u8], most: usize) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        let place = place.join("\n");
        let payload = || Payload {
            msg: sealed,
            aad: place.as_bytes(),
        };
        self.held().derived.iter().take(most).find_map(|key| {
            ChaCha20Poly1305::new(&Key::from(key.seal))
                .decrypt(&Nonce::from(*nonce), payload())
                .ok()
        })
    }

    /// Puts a new key into the file, behind the one there is: it opens and verifies, and does not seal yet.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add(&self) -> io::Result<()> {
        let mut roots = read(&self.0.path)?;
        if roots.len() < MOST {
            roots.push(random::<32>());
        }
        self.replace(&roots)
    }

    /// Lets the last key of the file seal and sign from now on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn promote(&self) -> io::Result<()> {
        let mut roots = read(&self.0.path)?;
        roots.rotate_right(1);
        self.replace(&roots)
    }

    /// Takes every key but the first out of the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn drop_others(&self) -> io::Result<()> {
        let roots = read(&self.0.path)?;
        self.replace(&roots[..1])
    }
}

fn derived(roots: &[Root]) -> Arc<[Derived]> {
    roots.iter().map(Derived::from_root).collect()
}

fn state(path: &Path) -> Option<State> {
    let found = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let which = std::os::unix::fs::MetadataExt::ino(&found);
    #[cfg(not(unix))]
    let which = 0;
    Some((found.modified().ok()?, found.len(), which))
}

fn read(path: &Path) -> io::Result<Vec<Root>> {
    let bytes = std::fs::read(path)?;
    let (roots, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() || !(1..=MOST).contains(&roots.len()) {
        return Err(io::Error::other(format!(
            "{} is damaged: a key file holds exactly 32 bytes, or 64 while one key replaces another",
            path.display()
        )));
    }
    Ok(roots.to_vec())
}

fn keep(path: &Path, roots: &[Root]) -> io::Result<()> {
    use std::io::Write as _;
    let mut file = private::create(path)?;
    file.write_all(roots.as_flattened())?;
    file.sync_all()
}

/// Replaces the file as a whole: a reader sees the one before or the one after.
fn replace(path: &Path, roots: &[Root]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    match std::fs::remove_file(&fresh) {
        Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
        _ => {}
    }
    keep(&fresh, roots)?;
    std::fs::rename(&fresh, path)?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (tempfile::TempDir, Keys) {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        (folder, keys)
    }

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_only() {
        let (_folder, keys) = keys();
        let sealed = keys.seal(&["w1", "login"], b"secret");
        let opened = keys.open_sealed(&["w1", "login"], &sealed);
        assert_eq!(opened.unwrap(), b"secret");
        assert!(keys.open_sealed(&["w2", "login"], &sealed).is_err());
        let (_other_folder, other) = self::keys();
        assert!(other.open_sealed(&["w1", "login"], &sealed).is_err());
    }

    #[test]
    fn while_one_key_replaces_the_other_both_open_and_verify() {
        let (folder, keys) = keys();
        let server = Keys::open(folder.path()).unwrap();
        let sealed = keys.seal(&["w", "login"], b"secret");
        let signed = |keys: &Keys| keys.sign(Purpose::Snapshot, "w", "v", b"facts");
        let is_genuine = |keys: &Keys, signature| {
            keys.verify(Purpose::Snapshot, "w", &["v"], b"facts", &signature) == Verdict::Genuine
        };
        let before = signed(&keys);
        keys.add().unwrap();
        keys.add().unwrap();
        assert_eq!(keys.fingerprints().len(), 2);
        assert_eq!(signed(&keys), before, "it does not sign yet");
        keys.promote().unwrap();
        let after = signed(&keys);
        assert_ne!(after, before);
        assert!(is_genuine(&keys, before) && is_genuine(&keys, after));
        assert!(!keys.is_newly_sealed(&["w", "login"], &sealed));
        let renewed = keys.seal(&["w", "login"], b"secret");
        // A server that has not looked at the file since finds the new key when it needs it.
        assert!(server.open_sealed(&["w", "login"], &renewed).is_ok());
        assert!(is_genuine(&server, after));
        keys.drop_others().unwrap();
        assert!(!is_genuine(&keys, before) && is_genuine(&keys, after));
        assert!(keys.open_sealed(&["w", "login"], &sealed).is_err());
        assert!(keys.open_sealed(&["w", "login"], &renewed).is_ok());
    }
}
