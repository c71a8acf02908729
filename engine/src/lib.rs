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
pub mod authored;
pub mod compiled;
pub mod ids;
pub mod value;
pub mod wire;
