//! What every part of Miaopi agrees on. Pure: builds for wasm, does no I/O, reads no clock, draws no randomness.
//!
//! Where to start: [`domain`] for people, vehicles, money, plans and funders; [`flow`] for the blocks a process
//! is made of and the machine that runs them; [`protocol`] for what travels over HTTP.

pub mod domain;
pub mod flow;
pub mod protocol;
