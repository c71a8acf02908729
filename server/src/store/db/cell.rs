//! What goes into a statement and comes out of a row.

use super::{Fault, Read};
use bytes::Bytes;

/// One value as both databases know it. Booleans are the integers 0 and 1; times are milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// The type of a parameter, known also where its value is absent: PostgreSQL asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Sort {
    Integer,
    Text,
    Blob,
}

/// A parameter of a statement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bound<'a> {
    pub sort: Sort,
    pub cell: Cell<'a>,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub name: String,
    pub sort: Sort,
}

/// A cell that stays when its row has gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owned {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<Cell<'_>> for Owned {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Owned::Null,
            Cell::Integer(n) => Owned::Integer(n),
            Cell::Text(text) => Owned::Text(text.into()),
            Cell::Blob(bytes) => Owned::Blob(bytes.into()),
        }
    }
}

impl Owned {
    /// How many bytes it holds, about.
    pub fn len(&self) -> usize {
        match self {
            Owned::Null | Owned::Integer(_) => 8,
            Owned::Text(text) => text.len(),
            Owned::Blob(bytes) => bytes.len(),
        }
    }

    /// As a parameter.
    pub fn bound(&self) -> Bound<'_> {
        let (sort, cell) = match self {
            Owned::Null => (Sort::Text, Cell::Null),
            Owned::Integer(n) => (Sort::Integer, Cell::Integer(*n)),
            Owned::Text(text) => (Sort::Text, Cell::Text(text)),
            Owned::Blob(bytes) => (Sort::Blob, Cell::Blob(bytes)),
        };
        Bound { sort, cell }
    }

    /// Bytes that no other cell, nor two that follow each other, writes.
    pub fn write(&self, out: &mut dyn FnMut(&[u8])) {
        let (sort, length) = match self {
            Owned::Null => (0, 0),
            Owned::Integer(_) => (1, 8),
            Owned::Text(text) => (2, text.len()),
            Owned::Blob(bytes) => (3, bytes.len()),
        };
        out(&[sort]);
        out(&u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
        match self {
            Owned::Null => {}
            Owned::Integer(n) => out(&n.to_le_bytes()),
            Owned::Text(text) => out(text.as_bytes()),
            Owned::Blob(bytes) => out(bytes),
        }
    }
}

/// A parameter that outlives what it was made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    sort: Sort,
    cell: Owned,
}

impl Kept {
    fn bound(&self) -> Bound<'_> {
        Bound {
            sort: self.sort,
            cell: self.cell.bound().cell,
        }
    }
}

impl From<Bound<'_>> for Kept {
    fn from(bound: Bound<'_>) -> Self {
        Self {
            sort: bound.sort,
            cell: bound.cell.into(),
        }
    }
}

/// Something that can be stored.
pub(crate) trait ToCell {
    const SORT: Sort;
    fn cell(&self) -> Cell<'_>;
}

/// Something that can be read from a row.
pub(crate) trait FromCell: Sized {
    /// Nothing when the cell holds something else.
    fn from_cell(cell: Cell<'_>) -> Option<Self>;
}

pub(crate) fn bound<T: ToCell + ?Sized>(value: &T) -> Bound<'_> {
    Bound {
        sort: T::SORT,
        cell: value.cell(),
    }
}

macro_rules! integers {
    ($($type:ty),+) => {$(
        impl ToCell for $type {
            const SORT: Sort = Sort::Integer;
            fn cell(&self) -> Cell<'_> {
                Cell::Integer(i64::from(*self))
            }
        }
        impl FromCell for $type {
            fn from_cell(cell: Cell<'_>) -> Option<Self> {
                match cell {
                    Cell::Integer(n) => Self::try_from(n).ok(),
                    _ => None,
                }
            }
        }
    )+};
}

integers!(u8, u16, u32, i32, i64);

impl ToCell for bool {
    const SORT: Sort = Sort::Integer;
    fn cell(&self) -> Cell<'_> {
        Cell::Integer(i64::from(*self))
    }
}

impl FromCell for bool {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Integer(n) => Some(n != 0),
            _ => None,
        }
    }
}

impl ToCell for str {
    const SORT: Sort = Sort::Text;
    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl ToCell for String {
    const SORT: Sort = Sort::Text;
    fn cell(&self) -> Cell<'_> {
        Cell::Text(self)
    }
}

impl FromCell for String {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Text(text) => Some(text.into()),
            _ => None,
        }
    }
}

impl ToCell for [u8] {
    const SORT: Sort = Sort::Blob;
    fn cell(&self) -> Cell<'_> {
        Cell::Blob(self)
    }
}

impl ToCell for Vec<u8> {
    const SORT: Sort = Sort::Blob;
    fn cell(&self) -> Cell<'_> {
        Cell::Blob(self)
    }
}

impl FromCell for Vec<u8> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Blob(bytes) => Some(bytes.into()),
            _ => None,
        }
    }
}

impl ToCell for Bytes {
    const SORT: Sort = Sort::Blob;
    fn cell(&self) -> Cell<'_> {
        Cell::Blob(self)
    }
}

impl FromCell for Bytes {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Blob(bytes) => Some(Bytes::copy_from_slice(bytes)),
            _ => None,
        }
    }
}

impl<const N: usize> ToCell for [u8; N] {
    const SORT: Sort = Sort::Blob;
    fn cell(&self) -> Cell<'_> {
        Cell::Blob(self)
    }
}

impl<T: ToCell> ToCell for Option<T> {
    const SORT: Sort = T::SORT;
    fn cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Null, T::cell)
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: Cell<'_>) -> Option<Self> {
        match cell {
            Cell::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

impl<T: ToCell + ?Sized> ToCell for &T {
    const SORT: Sort = T::SORT;
    fn cell(&self) -> Cell<'_> {
        T::cell(self)
    }
}

/// The parameters of a statement, in order.
pub(crate) trait Parameters {
    fn bounds(&self) -> Vec<Bound<'_>>;
}

impl Parameters for () {
    fn bounds(&self) -> Vec<Bound<'_>> {
        Vec::new()
    }
}

impl<T: ToCell, const N: usize> Parameters for [T; N] {
    fn bounds(&self) -> Vec<Bound<'_>> {
        self.iter().map(bound).collect()
    }
}

impl Parameters for &[Bound<'_>] {
    fn bounds(&self) -> Vec<Bound<'_>> {
        self.to_vec()
    }
}

impl Parameters for Vec<Kept> {
    fn bounds(&self) -> Vec<Bound<'_>> {
        self.iter().map(Kept::bound).collect()
    }
}

macro_rules! tuples {
    ($($($name:ident),+;)+) => {$(
        impl<$($name: ToCell),+> Parameters for ($($name,)+) {
            #[expect(non_snake_case, reason = "each part is named by its type")]
            fn bounds(&self) -> Vec<Bound<'_>> {
                let ($($name,)+) = self;
                vec![$(bound($name)),+]
            }
        }
    )+};
}

tuples! {
    A;
    A, B;
    A, B, C;
    A, B, C, D;
    A, B, C, D, E;
    A, B, C, D, E, F;
    A, B, C, D, E, F, G;
    A, B, C, D, E, F, G, H;
    A, B, C, D, E, F, G, H, I;
    A, B, C, D, E, F, G, H, I, J;
    A, B, C, D, E, F, G, H, I, J, K;
    A, B, C, D, E, F, G, H, I, J, K, L;
}

/// More parameters than a tuple takes.
macro_rules! params {
    ($($value:expr),+ $(,)?) => {
        [$($crate::store::db::bound(&$value)),+].as_slice()
    };
}
pub(crate) use params;

/// Parameters that are kept until their statement runs.
macro_rules! row {
    ($($value:expr),+ $(,)?) => {
        vec![$($crate::store::db::Kept::from($crate::store::db::bound(&$value))),+]
    };
}
pub(crate) use row;

/// Reads a cell as what the program expects.
pub(super) fn read<T: FromCell>(cell: Cell<'_>, place: usize) -> Read<T> {
    T::from_cell(cell).ok_or(Fault::Cell(place))
}
