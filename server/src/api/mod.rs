//! x
pub mod values;
