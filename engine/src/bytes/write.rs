//! Writing, and the spelling of structs and enums.

use crate::compiled::FORMAT;
use crate::ids::{
    AttributeId, CardId, ConversationId, ConversationKey, DialogueId, EditionId, SnapshotId,
    Timestamp,
};
use alloc::string::String;
use alloc::vec::Vec;

/// Writes a document behind its format byte: the same bytes as `compiled::encode`.
#[must_use]
pub fn encode<T: Write + ?Sized>(document: &T) -> Vec<u8> {
    let mut out = alloc::vec![FORMAT];
    document.write(&mut out);
    out
}

/// Can be written.
pub trait Write {
    /// Writes it behind what is there.
    fn write(&self, out: &mut Vec<u8>);
}

#[inline(never)]
fn write_number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline(never)]
fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(bytes);
}

impl Write for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

impl Write for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }
}

impl Write for String {
    #[inline(never)]
    fn write(&self, out: &mut Vec<u8>) {
        write_number(out, self.len() as u64);
        write_bytes(out, self.as_bytes());
    }
}

macro_rules! written_numbers {
    ($($type:ident: $write:expr),*) => {
        $(impl Write for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let spell: fn($type) -> u64 = $write;
                write_number(out, spell(*self));
            }
        })*
    };
}
written_numbers!(
    u16: u64::from, u32: u64::from, u64: |n| n,
    i16: |n| zigzag(n.into()), i32: |n| zigzag(n.into()), i64: zigzag
);

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

impl<const N: usize> Write for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(out, self);
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(item) = self {
            item.write(out);
        }
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_number(out, self.len() as u64);
        for item in self {
            item.write(out);
        }
    }
}

impl<T: Write + ?Sized> Write for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl<A: Write, B: Write> Write for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
}

macro_rules! written_names {
    ($($type:ident),*) => {
        $(impl Write for $type {
            fn write(&self, out: &mut Vec<u8>) {
                self.0.write(out);
            }
        })*
    };
}
written_names!(
    Timestamp,
    DialogueId,
    CardId,
    AttributeId,
    EditionId,
    ConversationId,
    SnapshotId,
    ConversationKey
);

/// The writing of structs, field after field.
macro_rules! written_structs {
    ($($type:ident { $($field:ident),* $(,)? })*) => {
        $(impl $crate::bytes::Write for $type {
            #[inline(never)]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                let Self { $($field),* } = self;
                $($crate::bytes::Write::write($field, out);)*
            }
        })*
    };
}
pub(crate) use written_structs;

/// The writing of enums: the number of the variant, then what it holds.
macro_rules! written_enums {
    ($($type:path: $first:ident $(($($t0:ident),*))? $({$($f0:ident),*})?;
        $($n:literal $name:ident $(($($t:ident),*))? $({$($f:ident),*})?),*)*) => {
        $(impl $crate::bytes::Write for $type {
            #[inline(never)]
            fn write(&self, out: &mut alloc::vec::Vec<u8>) {
                type Whole = $type;
                match self {
                    Whole::$first $(($($t0),*))? $({$($f0),*})? => {
                        out.push(0);
                        $($($crate::bytes::Write::write($t0, out);)*)?
                        $($($crate::bytes::Write::write($f0, out);)*)?
                    }
                    $(Whole::$name $(($($t),*))? $({$($f),*})? => {
                        out.push($n);
                        $($($crate::bytes::Write::write($t, out);)*)?
                        $($($crate::bytes::Write::write($f, out);)*)?
                    })*
                }
            }
        })*
    };
}
pub(crate) use written_enums;
