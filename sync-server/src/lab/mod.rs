//! The partner lab: plays every outside company over HTTP, as its own process.

pub mod ca;
pub mod tsa;
