//! The visitor's side of Usher: a program that lives in a frame on the chat origin, listens to the page around
//! it, asks the engine what should happen, and draws that. It decides nothing itself.
//!
//! - [`hands`] is the way to the browser: what it tells, and the orders it obeys.
//! - [`page`] is the loop, [`decide`] leads to what is on screen, [`actions`] is what the visitor does.
//! - [`flows`] are conversations that the page starts.
//! - [`talk`] is a conversation, [`sync`] gets every line of it to the server, [`storage`] what this browser keeps.
//! - [`view`] draws.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod actions;
mod decide;
mod flows;
mod hands;
mod meetings;
mod net;
mod page;
mod storage;
mod sync;
mod talk;
mod testing;
mod view;
mod why;

use wasm_bindgen::prelude::wasm_bindgen;

/// Begins as soon as the module is there.
#[wasm_bindgen(start)]
pub fn start() {
    page::begin();
}

/// Memory by a small allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static MEMORY: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

/// Without the standard library's own, which would carry the text of every panic to visitors who never see it:
/// the program stops, and the host page goes on.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
