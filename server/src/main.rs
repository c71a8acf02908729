//! The binary `usher`.

fn main() {}
