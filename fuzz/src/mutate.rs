//! Random changes to an input, the same for the same seed.

use fastrand::Rng;

/// Signs that mean something to one reader or another.
const WORDS: [&[u8]; 24] = [
    b"\0",
    b"\r\n",
    b"\n",
    b"\"",
    b"\\",
    b"{{",
    b"}}",
    b"](",
    b"**",
    b"`",
    b"://",
    b"%00",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"\xff\xff\xff\xff\x0f",
    b"\x80\x00",
    b"null",
    b"-1",
    b"1e999",
    b"[",
    b"{",
    b"javascript:",
    b"@",
    b"*",
];

/// An input made of one of the corpus and, now and then, a piece of another.
///
/// # Panics
/// When there is no corpus.
#[must_use]
pub fn mutated(corpus: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut bytes = corpus[random.usize(..corpus.len())].clone();
    for _ in 0..random.usize(1..=6) {
        let at = random.usize(..=bytes.len());
        let end = (at + random.usize(..=12)).min(bytes.len());
        match random.u8(..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.u8(..8),
            1 if at < bytes.len() => bytes[at] = random.u8(..),
            2 => bytes.insert(at, random.u8(..)),
            3 => drop(bytes.drain(at..end)),
            4 => {
                let word = WORDS[random.usize(..WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            5 => {
                let piece = bytes[at..end].to_vec();
                let times = random.usize(1..=40);
                bytes.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = &corpus[random.usize(..corpus.len())];
                let from = random.usize(..=other.len());
                let to = (from + random.usize(..=40)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes.truncate(crate::LONGEST);
    bytes
}
