//! The visitor's side.
use wasm_bindgen::prelude::*;

/// Begins.
#[wasm_bindgen(start)]
pub fn start() {}
