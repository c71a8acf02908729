//! The visitor's side of Usher: a program that lives in a frame on the chat origin, listens to the page around
//! it, asks the engine what should happen, and draws that. It decides nothing itself.
//!
//! - [`host`] is the protocol with the page, [`net`] the one with the server, [`storage`] what this browser keeps.
//! - [`page`] is the loop, [`sync`] gets every line of every conversation to the server, [`talk`] is a conversation.
//! - [`view`] draws; [`texts`] are our own words; [`theme`] is the workspace's look.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod actions;
mod decide;
mod dom;
mod host;
mod meetings;
mod net;
mod page;
mod storage;
mod sync;
mod talk;
mod testing;
mod texts;
mod theme;
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
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Without the standard library's own, which would carry the text of every panic to visitors who never see it:
/// the program stops, and the host page goes on.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
