//! start
pub mod cards;
