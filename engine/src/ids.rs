//! The names of things: small copyable identifiers, and the one unit of time.

use core::fmt;
use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

/// Milliseconds in a second, minute, hour and day.
pub const SECOND: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// This moment, `ms` milliseconds later (or earlier, when negative); saturates.
    #[must_use]
    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` until this moment; negative when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar day this moment falls on, in days since 1970-01-01, where
    /// clocks are `offset_minutes` ahead of UTC.
    #[must_use]
    pub fn day(self, offset_minutes: i16) -> i32 {
        let local = self.0.saturating_add(i64::from(offset_minutes) * MINUTE);
        i32::try_from(local.div_euclid(DAY)).unwrap_or(i32::MAX)
    }

    /// The hour of the day, 0 to 23, where clocks are `offset_minutes` ahead of UTC.
    #[must_use]
    pub fn hour(self, offset_minutes: i16) -> u8 {
        let local = self.0.saturating_add(i64::from(offset_minutes) * MINUTE);
        u8::try_from(local.rem_euclid(DAY) / HOUR).unwrap_or(0)
    }
}

/// A dialogue or conversational flow, numbered within its workspace in the order of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DialogueId(pub u32);

/// A card of one edition: its place in `Edition::cards`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CardId(pub u16);

/// An attribute an edition speaks of: its place in `Edition::attributes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AttributeId(pub u16);

/// A condition on stored data, answered by the server: its place in the edition's atom table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AtomId(pub u16);

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $size:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; $size]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                for byte in self.0 {
                    for nibble in [byte >> 4, byte & 15] {
                        let digit = if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
                        fmt::Write::write_char(f, digit as char)?;
                    }
                }
                Ok(())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl $name {
            /// Reads the lower-case hexadecimal digits that `Display` writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let digit = |c: u8| match c {
                    b'0'..=b'9' => Some(c - b'0'),
                    b'a'..=b'f' => Some(c - b'a' + 10),
                    _ => None,
                };
                let text = text.as_bytes();
                if text.len() != 2 * $size {
                    return None;
                }
                let mut bytes = [0; $size];
                for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
                    *byte = digit(*pair.first()?)? << 4 | digit(*pair.last()?)?;
                }
                Some(Self(bytes))
            }
        }
    };
}

bytes_id! {
    /// One published, immutable version of a dialogue: the first 12 bytes of the SHA-256 of its content:
    /// enough to name it, and every index carries one per dialogue.
    EditionId, 12
}
bytes_id! {
    /// One conversation: 16 random bytes made by the visitor's browser.
    ConversationId, 16
}
bytes_id! {
    /// One signed answer of the identity lookup: 16 random bytes made by the server.
    SnapshotId, 16
}
bytes_id! {
    /// One kept document: the first 16 bytes of the SHA-256 of its content.
    DocumentId, 16
}
bytes_id! {
    /// The secret that proves a conversation to be the sender's: 16 random bytes kept in frame storage.
    ConversationKey, 16
}

/// FNV-1a over bytes, 64 bits: for digests and experiment arms, never for secrets.
#[must_use]
pub fn fnv1a(seed: u64, bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}
