//! Dialogues, audiences, resolution and conversations as pure state machines.
//!
//! The engine reads no clock, socket, page or dice. It is told what happened and
//! when, and says what should be done. The widget runs it to be instant, the
//! server runs it again to know what is true, tests run it in milliseconds.

#![no_std]

extern crate alloc;
#[cfg(any(feature = "authoring", test))]
extern crate std;

#[cfg(feature = "authoring")]
pub mod atoms;
#[cfg(feature = "authoring")]
pub mod authored;
pub mod bytes;
pub mod calendar;
pub mod calls;
#[cfg(feature = "authoring")]
pub mod check;
#[cfg(feature = "authoring")]
pub mod compile;
pub mod compiled;
pub mod condition;
pub mod conversation;
pub mod fold;
#[cfg(feature = "authoring")]
pub mod identity;
pub mod ids;
#[cfg(feature = "authoring")]
pub mod markup;
pub mod memory;
pub mod parts;
#[cfg(feature = "authoring")]
pub mod pattern;
pub mod reading;
pub mod resolve;
pub mod target;
pub mod url;
pub mod value;
pub mod wire;
