//! A list whose items are read when they are asked for, so that opening an index of a thousand
//! dialogues costs what the few on this page cost.

use crate::bytes::{Read, item};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeTuple;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(not(feature = "authoring"))]
use core::cell::OnceCell as Once;
#[cfg(feature = "authoring")]
use std::sync::OnceLock as Once;

/// Items, each as postcard until it is first asked for.
pub struct Table<T> {
    /// Where each item ends in `bytes`.
    ends: Vec<u32>,
    bytes: Vec<u8>,
    read: Vec<Once<Option<Box<T>>>>,
}

impl<T> Table<T> {
    pub(crate) fn new(ends: Vec<u32>, bytes: Vec<u8>) -> Self {
        let mut read = Vec::new();
        read.resize_with(ends.len(), Once::new);
        Self { ends, bytes, read }
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<T: Read> Table<T> {
    /// An item by its place; none where there is none, or where its bytes are broken.
    #[must_use]
    pub fn get(&self, place: u16) -> Option<&T> {
        let place = usize::from(place);
        let read = || {
            let start = match place.checked_sub(1) {
                Some(before) => *self.ends.get(before)?,
                None => 0,
            };
            let bytes = self
                .bytes
                .get(start as usize..*self.ends.get(place)? as usize)?;
            item(bytes).map(Box::new)
        };
        self.read.get(place)?.get_or_init(read).as_deref()
    }

    /// All items that can be read.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        (0u16..)
            .take(self.len())
            .filter_map(|place| self.get(place))
    }
}

impl<T: Serialize> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let (mut ends, mut bytes) = (Vec::new(), Vec::new());
        for item in items {
            bytes = postcard::to_extend(&item, bytes).unwrap_or_default();
            ends.push(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        }
        Self::new(ends, bytes)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self::new(self.ends.clone(), self.bytes.clone())
    }
}

impl<T> PartialEq for Table<T> {
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.bytes == other.bytes
    }
}

impl<T> Eq for Table<T> {}

impl<T: Read + fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Bytes copied in one go, not one by one.
struct Blob(Vec<u8>);

impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Blob;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Blob, E> {
                Ok(Blob(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl<T> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut pair = serializer.serialize_tuple(2)?;
        pair.serialize_element(&self.ends)?;
        pair.serialize_element(&Blob(self.bytes.clone()))?;
        pair.end()
    }
}

impl<'de, T> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair<T>(PhantomData<T>);
        impl<'de, T> Visitor<'de> for Pair<T> {
            type Value = Table<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<Table<T>, A::Error> {
                let short = || A::Error::custom("a table has two parts");
                let ends = pair.next_element()?.ok_or_else(short)?;
                let Blob(bytes) = pair.next_element()?.ok_or_else(short)?;
                Ok(Table::new(ends, bytes))
            }
        }
        deserializer.deserialize_tuple(2, Pair(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    #[test]
    fn items_are_read_when_asked_for() {
        let table: Table<String> = ["one", "", "three"].map(String::from).into_iter().collect();
        let bytes = postcard::to_allocvec(&table).unwrap();
        let read: Table<String> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(read, table);
        assert_eq!(read.get(2).map(String::as_str), Some("three"));
        assert_eq!(read.get(3), None);
        assert_eq!(read.iter().count(), 3);
    }

    #[test]
    fn broken_tables_give_nothing() {
        let broken: Table<String> = Table::new(alloc::vec![9, 2], alloc::vec![200, 1, 1]);
        assert_eq!(broken.get(0), None);
        assert_eq!(broken.get(1), None);
    }
}
