//! Meeting arithmetic: when an agent can be met, and whose turn it is.
//!
//! Pure: no clock, no store, no chance. Instants are UTC, in steps of five minutes;
//! local time exists only in an agent's working hours and in the words of a mail.

pub mod hours;
pub mod offer;
pub mod quanta;
pub mod ring;
pub mod span;
pub mod zone;

pub use hours::Hours;
pub use offer::{Diary, Offer, Terms, Unbookable};
pub use quanta::Length;
pub use ring::{Ring, Seat, Turn};
pub use span::Span;
pub use zone::Zone;
