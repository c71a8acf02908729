//! Reading from front to back.

use crate::compiled::{FORMAT, Mark, Table};
use crate::ids::{
    AtomId, AttributeId, CardId, ConversationId, ConversationKey, DialogueId, DocumentId,
    EditionId, SnapshotId, Timestamp,
};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Reads a document behind its format byte; none when the bytes are not exactly one.
#[must_use]
pub fn decode<T: Read>(bytes: &[u8]) -> Option<T> {
    let (format, rest) = bytes.split_first()?;
    if *format == FORMAT { item(rest) } else { None }
}

/// Reads something that stands without a format byte inside a document.
pub(crate) fn item<T: Read>(bytes: &[u8]) -> Option<T> {
    let mut reader = Reader {
        rest: bytes,
        broken: false,
    };
    let document = T::read(&mut reader);
    (!reader.broken && reader.rest.is_empty()).then_some(document)
}

/// Bytes that are read from front to back.
pub struct Reader<'a> {
    rest: &'a [u8],
    pub(super) broken: bool,
}

impl<'a> Reader<'a> {
    #[inline(never)]
    fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                *first
            }
            None => {
                self.broken = true;
                0
            }
        }
    }

    #[inline(never)]
    pub(super) fn number(&mut self) -> u64 {
        let mut value = 0;
        for shift in (0..70).step_by(7) {
            let byte = self.byte();
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return value;
            }
        }
        self.broken = true;
        0
    }

    #[inline(never)]
    fn signed(&mut self) -> i64 {
        let number = self.number();
        (number >> 1) as i64 ^ -((number & 1) as i64)
    }

    #[inline(never)]
    fn bytes(&mut self, count: usize) -> &'a [u8] {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                taken
            }
            None => {
                self.broken = true;
                &[]
            }
        }
    }

    /// How many things follow; each has a byte at least.
    #[inline(never)]
    fn count(&mut self) -> usize {
        let count = self.number() as usize;
        if count > self.rest.len() {
            self.broken = true;
            return 0;
        }
        count
    }
}

/// Can be read.
pub trait Read: Sized {
    /// Reads one.
    fn read(reader: &mut Reader<'_>) -> Self;
}

impl Read for bool {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.byte() == 1
    }
}

impl Read for u8 {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.byte()
    }
}

impl Read for String {
    #[inline(never)]
    fn read(reader: &mut Reader<'_>) -> Self {
        let count = reader.count();
        let bytes = reader.bytes(count);
        core::str::from_utf8(bytes)
            .map(String::from)
            .unwrap_or_else(|_| {
                reader.broken = true;
                String::new()
            })
    }
}

macro_rules! numbers {
    ($from:ident: $($type:ty),*) => {
        $(impl Read for $type {
            fn read(reader: &mut Reader<'_>) -> Self {
                reader.$from() as $type
            }
        })*
    };
}
numbers!(number: u16, u32, u64);
numbers!(signed: i16, i32, i64);

impl<const N: usize> Read for [u8; N] {
    fn read(reader: &mut Reader<'_>) -> Self {
        reader.bytes(N).try_into().unwrap_or([0; N])
    }
}

impl<T: Read> Read for Option<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        (reader.byte() == 1).then(|| T::read(reader))
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        let count = reader.count();
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(T::read(reader));
        }
        all
    }
}

impl<T: Read> Read for Box<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        Box::new(T::read(reader))
    }
}

impl<T> Read for Table<T> {
    fn read(reader: &mut Reader<'_>) -> Self {
        let ends = Read::read(reader);
        let count = reader.count();
        Table::new(ends, reader.bytes(count).to_vec())
    }
}

impl<A: Read, B: Read> Read for (A, B) {
    fn read(reader: &mut Reader<'_>) -> Self {
        (A::read(reader), B::read(reader))
    }
}

macro_rules! names {
    ($($type:ident),*) => {
        $(impl Read for $type {
            fn read(reader: &mut Reader<'_>) -> Self {
                Self(Read::read(reader))
            }
        })*
    };
}
names!(
    Timestamp,
    DialogueId,
    DocumentId,
    CardId,
    AttributeId,
    AtomId,
    EditionId,
    ConversationId,
    SnapshotId,
    ConversationKey,
    Mark
);
